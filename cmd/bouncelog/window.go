package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"bouncelog/report"
)

// when reads a point in time as people write it: "2026-11-22", "2026-11-22 14:00", "2026-11-22T14:00:05+01:00", "today", "yesterday", "now", or
// an age such as "90m", "24h", "7d", "2w" before now. day is true where it names a whole day, of which it is the beginning. No log holds anything
// before 1970 or after 2200: what lies beyond is moved there.
func when(s string, now time.Time, zone *time.Location) (t time.Time, day bool, err error) {
	now = now.In(zone)
	midnight := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, zone)
	switch s = strings.TrimSpace(s); s {
	case "now":
		return now, false, nil
	case "today":
		return midnight, true, nil
	case "yesterday":
		return midnight.AddDate(0, 0, -1), true, nil
	}
	if t, err := time.ParseInLocation("2006-01-02", s, zone); err == nil {
		return within(t), true, nil
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04:05", "2006-01-02 15:04"} {
		if t, err := time.ParseInLocation(layout, s, zone); err == nil {
			return within(t), false, nil
		}
	}
	if n, unit, ok := age(s); ok {
		switch unit {
		case 'd':
			return now.AddDate(0, 0, -n), false, nil
		case 'w':
			return now.AddDate(0, 0, -7*n), false, nil
		case 'h':
			return now.Add(-time.Duration(n) * time.Hour), false, nil
		default:
			return now.Add(-time.Duration(n) * time.Minute), false, nil
		}
	}
	return time.Time{}, false, fmt.Errorf("%q is no time: give a date (2026-11-22), a time (2026-11-22 14:00), today, yesterday, or an age (90m, 24h, 7d, 2w)", s)
}

// age reads "7d": at most five digits and a unit.
func age(s string) (n int, unit byte, ok bool) {
	if len(s) < 2 || len(s) > 6 {
		return 0, 0, false
	}
	unit = s[len(s)-1]
	if strings.IndexByte("mhdw", unit) < 0 {
		return 0, 0, false
	}
	n, err := strconv.Atoi(s[:len(s)-1])
	return n, unit, err == nil && n >= 0
}

// window is that of --day, or of --since and --until: until is exclusive, but a day given as --until is meant whole.
func window(day, since, until string, now time.Time, zone *time.Location) (report.Window, error) {
	w := report.Window{Zone: zone}
	if day != "" && (since != "" || until != "") {
		return w, usageError{fmt.Errorf("give --day, or --since and --until, not both")}
	}
	if since == "" && until == "" {
		if day == "" {
			day = "yesterday"
		}
		t, whole, err := when(day, now, zone)
		if err == nil && !whole {
			err = fmt.Errorf("%q is no day", day)
		}
		if err != nil {
			return w, usageError{fmt.Errorf("--day: %w", err)}
		}
		if !t.After(firstTime) || !t.Before(lastTime) {
			return w, usageError{fmt.Errorf("--day: %s is a day of which no log can be", day)}
		}
		return report.Day(t, zone), nil
	}
	w.Until = now
	if until != "" {
		t, whole, err := when(until, now, zone)
		if err != nil {
			return w, usageError{fmt.Errorf("--until: %w", err)}
		}
		if whole {
			t = within(t.AddDate(0, 0, 1))
		}
		w.Until = t
	}
	w.Since = w.Until.AddDate(0, 0, -1)
	if since != "" {
		t, _, err := when(since, now, zone)
		if err != nil {
			return w, usageError{fmt.Errorf("--since: %w", err)}
		}
		w.Since = t
	}
	if !w.Since.Before(w.Until) {
		return w, usageError{fmt.Errorf("--since %s is not before --until %s", w.Since.Format(time.RFC3339), w.Until.Format(time.RFC3339))}
	}
	return w, nil
}

var (
	firstTime = time.Unix(0, 0)
	lastTime  = time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC)
)

// within is t, or the end of the years of logs that is nearest to it.
func within(t time.Time) time.Time {
	switch {
	case t.Before(firstTime):
		return firstTime.In(t.Location())
	case t.After(lastTime):
		return lastTime.In(t.Location())
	}
	return t
}
