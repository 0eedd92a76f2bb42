package parser

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// to is a line of the fake MTA that carries no absolute time; begin is one that does.
func to(stamp string) string { return stamp + " mx fake/smtp[1]: Q1 to=<a>" }

func begin(t *testing.T, stamp, id string) string {
	return fmt.Sprintf("%s mx fake/smtpd[1]: Q%d begin", stamp, unixAt(t, id))
}

func modTime(t *testing.T, s string) time.Time { return time.Unix(unixAt(t, s), 0) }

func TestDays(t *testing.T) {
	for d := time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC); d.Year() < 2105; d = d.AddDate(0, 0, 1) {
		n := daysFromCivil(d.Year(), int(d.Month()), d.Day())
		if n != d.Unix()/86400 {
			t.Fatalf("%s: %d", d, n)
		}
		if y, m, day := civilFromDays(n); y != d.Year() || m != int(d.Month()) || day != d.Day() {
			t.Fatalf("%s: %d-%d-%d", d, y, m, day)
		}
	}
}

// A1: the year is the latest in which the stamp is not after the log's modification time.
func TestYearOfModificationTime(t *testing.T) {
	for _, c := range []struct{ name, stamp, mod, want string }{
		{"same year", "Nov 20 07:13:50", "2024-11-22T00:00:00Z", "2024-11-20T07:13:50Z"},
		{"December read in January", "Dec 31 23:59:59", "2025-01-05T00:00:00Z", "2024-12-31T23:59:59Z"},
		{"January", "Jan  1 00:00:00", "2025-01-05T00:00:00Z", "2025-01-01T00:00:00Z"},
		{"later today than the clock says", "Nov 22 20:00:00", "2024-11-22T00:00:00Z", "2024-11-22T20:00:00Z"},
		{"two days later", "Nov 24 20:00:00", "2024-11-22T00:00:00Z", "2023-11-24T20:00:00Z"},
		{"future over New Year", "Jan  1 00:30:00", "2024-12-31T23:50:00Z", "2025-01-01T00:30:00Z"},
		{"leap day", "Feb 29 12:00:00", "2025-02-10T00:00:00Z", "2024-02-29T12:00:00Z"},
		{"leap day in a leap year that it is not yet", "Feb 29 12:00:00", "2024-02-10T00:00:00Z", "2020-02-29T12:00:00Z"},
	} {
		l := newLogTest(t, Options{ModTime: modTime(t, c.mod)})
		if got := l.at(to(c.stamp)); got != c.want {
			t.Errorf("%s: %s of a log written at %s is %s, want %s", c.name, c.stamp, c.mod, got, c.want)
		}
	}
}

func TestYearWithoutModificationTimeIsThatOfNow(t *testing.T) {
	l := newLogTest(t, Options{}) // 2026-11-22
	l.wantAt(to("Nov 23 00:10:00"), "2026-11-23T00:10:00Z")
	l = newLogTest(t, Options{})
	l.wantAt(to("Dec 23 00:10:00"), "2025-12-23T00:10:00Z")
}

func TestNewYearForward(t *testing.T) {
	l := newLogTest(t, Options{ModTime: modTime(t, "2025-01-02T00:00:00Z")})
	l.wantAt(to("Dec 31 23:59:59"), "2024-12-31T23:59:59Z")
	l.wantAt(to("Jan  1 00:00:01"), "2025-01-01T00:00:01Z")
	l.wantAt(to("Jan  1 00:00:02"), "2025-01-01T00:00:02Z")
}

// A few lines out of order around midnight must not turn the year twice.
func TestNewYearBackward(t *testing.T) {
	l := newLogTest(t, Options{ModTime: modTime(t, "2025-01-02T00:00:00Z")})
	l.wantAt(to("Dec 31 23:59:59"), "2024-12-31T23:59:59Z")
	l.wantAt(to("Jan  1 00:00:00"), "2025-01-01T00:00:00Z")
	l.wantAt(to("Dec 31 23:59:58"), "2024-12-31T23:59:58Z")
	l.wantAt(to("Jan  1 00:00:01"), "2025-01-01T00:00:01Z")
}

func TestYearsFollowALogLongerThanAYear(t *testing.T) {
	l := newLogTest(t, Options{Year: 2021})
	want := 2021
	for m := range 40 {
		month := time.Month(m%12 + 1)
		if m > 0 && month == time.January {
			want++
		}
		l.wantAt(to(month.String()[:3]+" 15 12:00:00"), time.Date(want, month, 15, 12, 0, 0, 0, time.UTC).Format(time.RFC3339))
	}
}

// A log without queue ids that carry time is counted back from its modification time over all its New Years.
func TestPrimeCountsNewYears(t *testing.T) {
	var lines []string
	for m := range 30 { // from July 2022 to December 2024
		lines = append(lines, to(time.Month((m+6)%12 + 1).String()[:3]+" 15 12:00:00"))
	}
	l := newLogTest(t, Options{ModTime: modTime(t, "2025-01-10T00:00:00Z")})
	for _, line := range lines {
		if !l.stream.Prime([]byte(line + "\n")) {
			t.Fatal("Prime wants no more before it has seen the end")
		}
	}
	l.wantAt(lines[0], "2022-07-15T12:00:00Z")
	for _, line := range lines[1:29] {
		l.at(line)
	}
	l.wantAt(lines[29], "2024-12-15T12:00:00Z")
}

func TestPrimeKnowsLeapDays(t *testing.T) {
	l := newLogTest(t, Options{ModTime: modTime(t, "2026-11-22T00:00:00Z")})
	l.stream.Prime([]byte(to("Feb 28 12:00:00") + "\n" + to("Feb 29 12:00:00") + "\n" + to("Mar  1 12:00:00") + "\n"))
	l.wantAt(to("Feb 28 12:00:00"), "2024-02-28T12:00:00Z")
	l.wantAt(to("Feb 29 12:00:00"), "2024-02-29T12:00:00Z")
	l.wantAt(to("Mar  1 12:00:00"), "2024-03-01T12:00:00Z")
}

func TestPrimeByQueueIDs(t *testing.T) {
	l := newLogTest(t, Options{ModTime: modTime(t, "2026-11-22T00:00:00Z"), Local: mustZone(t, "Europe/Berlin")})
	block := to("Jun 10 05:00:00") + "\n" + begin(t, "Jun 10 05:00:01", "2019-06-10T12:00:00Z") + "\n"
	if l.stream.Prime([]byte(block)) {
		t.Error("Prime wants more though a queue id has told year and zone")
	}
	l.wantAt(to("Jun 10 05:00:00"), "2019-06-10T12:00:00Z")
}

// Rotated logs in another order than their names, one read right after another: each has its own Stream and so its own year.
func TestQueueIDsOverruleAWrongGuess(t *testing.T) {
	l := newLogTest(t, Options{ModTime: modTime(t, "2026-11-22T00:00:00Z")})
	l.wantAt(to("Jun 10 05:00:00"), "2026-06-10T05:00:00Z") // not primed: nothing is known yet
	l.wantAt(begin(t, "Jun 10 05:00:01", "2019-06-10T05:00:00Z"), "2019-06-10T05:00:01Z")
	l.wantAt(to("Jun 10 05:00:02"), "2019-06-10T05:00:02Z")
	l.wantAt(to("Jan 10 05:00:02"), "2020-01-10T05:00:02Z")
}

func TestYearAndTimezoneOverrule(t *testing.T) {
	l := newLogTest(t, Options{Year: 2021, Timezone: mustZone(t, "America/New_York"), ModTime: modTime(t, "2026-11-22T00:00:00Z")})
	l.stream.Prime([]byte(begin(t, "Jun 10 05:00:00", "2019-06-10T05:00:00Z") + "\n"))
	l.wantAt(begin(t, "Jun 10 05:00:00", "2019-06-10T05:00:00Z"), "2021-06-10T09:00:00Z")
	l.wantAt(to("Dec 10 05:00:00"), "2021-12-10T10:00:00Z")
}

func TestZoneOfQueueIDs(t *testing.T) {
	for _, c := range []struct{ local, stamp, id, want string }{
		{"UTC", "Jun 10 14:00:01", "2024-06-10T12:00:00Z", "2024-06-10T12:00:01Z"},
		{"Europe/Berlin", "Jun 10 14:00:01", "2024-06-10T12:00:00Z", "2024-06-10T12:00:01Z"},
		{"Europe/Berlin", "Jun 10 12:00:01", "2024-06-10T12:00:00Z", "2024-06-10T12:00:01Z"},
		{"UTC", "Jun 10 17:30:04", "2024-06-10T12:00:00Z", "2024-06-10T12:00:04Z"},
		{"UTC", "Jun 10 02:00:04", "2024-06-10T12:00:00Z", "2024-06-10T12:00:04Z"},
		{"UTC", "Jan  1 01:59:59", "2023-12-31T23:59:59Z", "2023-12-31T23:59:59Z"},
		{"UTC", "Dec 31 19:00:30", "2024-01-01T00:00:29Z", "2024-01-01T00:00:30Z"},
		{"UTC", "2024-06-10 14:00:01", "2024-06-10T12:00:00Z", "2024-06-10T12:00:01Z"},
	} {
		l := newLogTest(t, Options{ModTime: modTime(t, "2026-11-22T00:00:00Z"), Local: mustZone(t, c.local)})
		if got := l.at(begin(t, c.stamp, c.id)); got != c.want {
			t.Errorf("%s with an id of %s on a machine in %s: %s, want %s", c.stamp, c.id, c.local, got, c.want)
		}
	}
}

// Messages that took a quarter of an hour or more to arrive look like another zone; most do not.
func TestSlowMessagesAreOutvoted(t *testing.T) {
	l := newLogTest(t, Options{ModTime: modTime(t, "2024-11-22T00:00:00Z")})
	var b strings.Builder
	b.WriteString(begin(t, "Jun 10 14:31:00", "2024-06-10T12:00:00Z") + "\n") // half an hour
	for range 4 {
		b.WriteString(begin(t, "Jun 10 14:31:01", "2024-06-10T12:31:00Z") + "\n")
	}
	l.stream.Prime([]byte(b.String()))
	l.wantAt(to("Jun 10 14:31:00"), "2024-06-10T12:31:00Z")
	for range 2 {
		l.wantAt(begin(t, "Jun 10 15:31:01", "2024-06-10T12:31:00Z"), "2024-06-10T13:31:01Z")
	}
	l.wantAt(to("Jun 10 15:31:02"), "2024-06-10T13:31:02Z")
}

func TestFixedOffsetFollowsDaylightSaving(t *testing.T) {
	l := newLogTest(t, Options{ModTime: modTime(t, "2024-11-22T00:00:00Z")}) // a UTC machine reads a log from Berlin
	l.wantAt(begin(t, "Oct 27 02:30:00", "2024-10-27T00:30:00Z"), "2024-10-27T00:30:00Z")
	for i := range voteStreak {
		l.at(begin(t, fmt.Sprintf("Oct 27 04:00:0%d", i), fmt.Sprintf("2024-10-27T03:00:0%dZ", i)))
	}
	l.wantAt(to("Oct 27 04:00:10"), "2024-10-27T03:00:10Z")
}

func TestDaylightSavingFold(t *testing.T) {
	l := newLogTest(t, Options{Local: mustZone(t, "Europe/Berlin"), ModTime: modTime(t, "2024-11-22T00:00:00Z")})
	l.wantAt(to("Oct 27 01:59:59"), "2024-10-26T23:59:59Z")
	l.wantAt(to("Oct 27 02:00:00"), "2024-10-27T00:00:00Z")
	l.wantAt(to("Oct 27 02:59:59"), "2024-10-27T00:59:59Z")
	l.wantAt(to("Oct 27 02:00:00"), "2024-10-27T01:00:00Z") // the second time
	l.wantAt(to("Oct 27 02:59:59"), "2024-10-27T00:59:59Z") // a late line of the first
	l.wantAt(to("Oct 27 02:00:01"), "2024-10-27T01:00:01Z")
	l.wantAt(to("Oct 27 02:20:00"), "2024-10-27T01:20:00Z")
	l.wantAt(to("Oct 27 02:59:59"), "2024-10-27T01:59:59Z")
	l.wantAt(to("Oct 27 03:00:00"), "2024-10-27T02:00:00Z")
}

// A queue id tells the two hours apart even where the log is quiet.
func TestDaylightSavingFoldByQueueID(t *testing.T) {
	l := newLogTest(t, Options{Local: mustZone(t, "Europe/Berlin"), ModTime: modTime(t, "2024-11-22T00:00:00Z")})
	l.wantAt(to("Oct 27 01:10:00"), "2024-10-26T23:10:00Z")
	l.wantAt(begin(t, "Oct 27 02:10:00", "2024-10-27T01:10:00Z"), "2024-10-27T01:10:00Z")
	l.wantAt(to("Oct 27 02:10:05"), "2024-10-27T01:10:05Z")
}

func TestDaylightSavingGap(t *testing.T) {
	l := newLogTest(t, Options{Local: mustZone(t, "Europe/Berlin"), ModTime: modTime(t, "2024-11-22T00:00:00Z")})
	l.wantAt(to("Mar 31 01:59:59"), "2024-03-31T00:59:59Z")
	l.wantAt(to("Mar 31 02:30:00"), "2024-03-31T01:30:00Z") // there was no such time
	l.wantAt(to("Mar 31 03:00:00"), "2024-03-31T01:00:00Z")
	l.wantAt(to("Mar 31 03:30:00"), "2024-03-31T01:30:00Z")
}

// A2: RFC 3164 and RFC 3339 in one file. The complete stamps tell the year of the others.
func TestMixedStamps(t *testing.T) {
	block := []string{
		to("Jun 10 05:00:00"),
		"2019-06-10T05:00:01.5+00:00 mx fake/smtp[1]: Q1 to=<a>",
		to("Jun 10 05:00:02"),
		"<22>1 2019-06-10T05:00:03Z mx fake/smtp 1 - - Q1 to=<a>",
		"2019-06-10 05:00:04 Q1 to=<a>",
	}
	want := []string{"2019-06-10T05:00:00Z", "2019-06-10T05:00:01.5Z", "2019-06-10T05:00:02Z", "2019-06-10T05:00:03Z", "2019-06-10T05:00:04Z"}
	l := newLogTest(t, Options{ModTime: modTime(t, "2026-11-22T00:00:00Z")})
	l.stream.Prime([]byte(strings.Join(block, "\n") + "\n"))
	for i, line := range block {
		l.wantAt(line, want[i])
	}
}

// Where syslog was switched from one format to the other, the offset of the complete stamps holds for the others.
func TestZoneOfOtherStamps(t *testing.T) {
	l := newLogTest(t, Options{ModTime: modTime(t, "2026-11-22T00:00:00Z")})
	l.stream.Prime([]byte(to("Jun 10 05:00:00") + "\n2019-06-10T05:00:01+02:00 mx fake/smtp[1]: Q1 to=<a>\n"))
	l.wantAt(to("Jun 10 05:00:00"), "2019-06-10T03:00:00Z")
	// Docker's stamps are UTC whatever the container's zone is.
	l = newLogTest(t, Options{ModTime: modTime(t, "2026-11-22T00:00:00Z"), Local: mustZone(t, "Europe/Berlin")})
	l.stream.Prime([]byte(to("Jun 10 05:00:00") + "\n2019-06-10T03:00:01Z stdout F fake/smtp[1]: Q1 to=<a>\n"))
	l.wantAt(to("Jun 10 05:00:00"), "2019-06-10T03:00:00Z")
}

// The clock's shortcuts (same second, same offset span) must give what the time package gives, in any order of stamps.
func TestClockAgainstTimePackage(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for _, name := range []string{"Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"} {
		loc := mustZone(t, name)
		c := clock{loc: loc, mode: zoneGiven, now: time.Now}
		for range 20000 {
			at := time.Unix(1.6e9+rnd.Int64N(1.5e8), 0)
			if rnd.IntN(2) == 0 { // close to a change
				_, end := at.In(loc).ZoneBounds()
				if !end.IsZero() {
					at = end.Add(time.Duration(rnd.IntN(8*3600)-4*3600) * time.Second)
				}
			}
			local := at.In(loc)
			civil := time.Date(local.Year(), local.Month(), local.Day(), local.Hour(), local.Minute(), local.Second(), 0, time.UTC).Unix()
			c.last = 0 // as if nothing came before: the first of two
			got := c.unix(civil)
			if back := time.Unix(got, 0).In(loc); back.Format(time.DateTime) != local.Format(time.DateTime) {
				t.Fatalf("%s: %s became %s", name, local, back)
			}
			if got > at.Unix() {
				t.Fatalf("%s: %s became %s, the later one of two", name, local, time.Unix(got, 0).In(loc))
			}
		}
	}
}
