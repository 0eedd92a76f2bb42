package main

import (
	"testing"
	"time"
)

func TestWindow(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 10, 26, 9, 30, 0, 0, berlin) // the day after the clocks went back
	f := func(day, since, until, wantSince, wantUntil string) {
		t.Helper()
		w, err := window(day, since, until, now, berlin)
		if err != nil {
			t.Errorf("%q %q %q: %v", day, since, until, err)
			return
		}
		if got := w.Since.Format(time.RFC3339); got != wantSince {
			t.Errorf("%q %q %q: since %s, want %s", day, since, until, got, wantSince)
		}
		if got := w.Until.Format(time.RFC3339); got != wantUntil {
			t.Errorf("%q %q %q: until %s, want %s", day, since, until, got, wantUntil)
		}
	}
	f("", "", "", "2026-10-25T00:00:00+02:00", "2026-10-26T00:00:00+01:00") // 25 hours long
	f("today", "", "", "2026-10-26T00:00:00+01:00", "2026-10-27T00:00:00+01:00")
	f("2026-02-28", "", "", "2026-02-28T00:00:00+01:00", "2026-03-01T00:00:00+01:00")
	f("", "7d", "", "2026-10-19T09:30:00+02:00", "2026-10-26T09:30:00+01:00")
	f("", "36h", "12h", "2026-10-24T22:30:00+02:00", "2026-10-25T21:30:00+01:00")
	f("", "2026-10-01", "2026-10-02", "2026-10-01T00:00:00+02:00", "2026-10-03T00:00:00+02:00")
	f("", "2026-10-01 08:00", "2026-10-01T09:00", "2026-10-01T08:00:00+02:00", "2026-10-01T09:00:00+02:00")
	f("", "", "2026-10-02", "2026-10-02T00:00:00+02:00", "2026-10-03T00:00:00+02:00")
	f("", "2026-10-01", "9999-12-31", "2026-10-01T00:00:00+02:00", "2200-01-01T01:00:00+01:00") // for ever, in times that can be counted
	f("", "0001-01-01", "2026-10-02", "1970-01-01T01:00:00+01:00", "2026-10-03T00:00:00+02:00")
	bad := func(day, since, until string) {
		t.Helper()
		if w, err := window(day, since, until, now, berlin); err == nil {
			t.Errorf("%q %q %q: no error but %v", day, since, until, w)
		}
	}
	bad("7d", "", "")
	bad("9999-12-31", "", "")
	bad("1066-10-14", "", "")
	bad("", "9999-12-31", "")
	bad("yesterday", "7d", "")
	bad("2026-02-30", "", "")
	bad("", "soon", "")
	bad("", "2d", "3d")
	bad("", "-3d", "")
}
