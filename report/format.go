package report

import (
	"fmt"
	"math"
	"strconv"
	"time"
)

// Count is n with a comma between thousands.
func Count(n int64) string {
	s := strconv.FormatInt(n, 10)
	from := 0
	if n < 0 {
		from = 1
	}
	for i := len(s) - 3; i > from; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// percent is a share of 1 as people read it: more digits where it is small.
func percent(f float64) string {
	p := f * 100
	switch {
	case p == 0:
		return "0%"
	case p == 100:
		return "100%"
	case math.Abs(p) < 0.01:
		if p < 0 {
			return "-<0.01%"
		}
		return "<0.01%"
	case math.Abs(p) < 1:
		return strconv.FormatFloat(p, 'f', 2, 64) + "%"
	case p > 99.9 && p < 100:
		return "99.9%" // never rounds up to "all"
	default:
		return strconv.FormatFloat(p, 'f', 1, 64) + "%"
	}
}

// signed is a change in a count.
func signed(n float64) string {
	r := math.Round(n)
	switch {
	case r > 0:
		return "+" + Count(int64(r))
	case r < 0:
		return Count(int64(r))
	}
	return "±0"
}

// duration is a span of seconds in at most two units.
func duration(sec float64) string {
	switch {
	case sec < 0:
		return "-" + duration(-sec)
	case sec == math.Trunc(sec) && sec < 60: // stamps of whole seconds promise no tenths
		return strconv.Itoa(int(sec)) + " s"
	case sec < 9.95:
		return strconv.FormatFloat(sec, 'f', 1, 64) + " s"
	case sec < 60:
		return strconv.Itoa(int(sec)) + " s"
	}
	s := int64(sec)
	switch {
	case s < 3600:
		return units(s, 60, "min", 1, "s")
	case s < 86400:
		return units(s, 3600, "h", 60, "min")
	default:
		return units(s, 86400, "d", 3600, "h")
	}
}

// atMost is a bound in seconds: stamps of whole seconds call short spans 0.
func atMost(sec float64) string {
	if sec < 1 {
		return "less than a second"
	}
	return duration(sec) + " or less"
}

func units(s, big int64, bigName string, small int64, smallName string) string {
	if rest := s % big / small; rest != 0 {
		return fmt.Sprintf("%d %s %d %s", s/big, bigName, rest, smallName)
	}
	return fmt.Sprintf("%d %s", s/big, bigName)
}

// size is a number of bytes.
func size(n int64) string {
	switch {
	case n < 1000:
		return fmt.Sprintf("%d bytes", n)
	case n < 1e6:
		return fmt.Sprintf("%.1f kB", float64(n)/1e3)
	case n < 1e9:
		return fmt.Sprintf("%.1f MB", float64(n)/1e6)
	}
	return fmt.Sprintf("%.1f GB", float64(n)/1e9)
}

// stamp is a time to the second in zone; date and hour are less of it.
func stamp(t time.Time, z *time.Location) string { return t.In(zone(z)).Format("2006-01-02 15:04:05") }

func minute(t time.Time, z *time.Location) string { return t.In(zone(z)).Format("2006-01-02 15:04") }

func zone(z *time.Location) *time.Location {
	if z == nil {
		return time.UTC
	}
	return z
}

// Plural is "1 message", "3 messages", "1,200 messages".
func Plural(n int64, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return Count(n) + " " + one + "s"
}
