package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"bouncelog/report"
)

func TestProgress(t *testing.T) {
	var out bytes.Buffer
	at := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	p := newProgress(&out, true)
	p.now = func() time.Time { return at }
	p.begun = at
	p.file("logs/\x1b[31mmaillog", 100_000_000, 0)
	at = at.Add(time.Second)
	p.read("logs/\x1b[31mmaillog", 25_000_000)
	if s := out.String(); !strings.Contains(s, "25 %") || !strings.Contains(s, "25.0 MB of 100.0 MB") || !strings.Contains(s, "25.0 MB/s") || !strings.Contains(s, "3s left") || strings.Contains(s, "\x1b") {
		t.Errorf("%q", s)
	}
	n := out.Len()
	at = at.Add(100 * time.Millisecond)
	p.read("logs/\x1b[31mmaillog", 26_000_000)
	if out.Len() != n {
		t.Error("drawn again after a tenth of a second")
	}
	p.done()
	if s := out.String(); !strings.HasSuffix(s, " \r") {
		t.Errorf("the bar is not wiped away: %q", s)
	}

	var silent bytes.Buffer
	q := newProgress(&silent, false)
	q.file("maillog", 10, 0)
	q.read("maillog", 10)
	q.done()
	if silent.Len() > 0 {
		t.Errorf("not on a terminal, yet %q", silent.String())
	}
}

func TestGrouped(t *testing.T) {
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", -1234567: "-1,234,567"} {
		if got := report.Count(n); got != want {
			t.Errorf("report.Count(%d) = %q, want %q", n, got, want)
		}
	}
}
