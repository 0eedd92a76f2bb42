package main

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"bouncelog/ingest"
	"bouncelog/report"
)

// progress draws a bar on a terminal while logs are read: bytes, rate and time left. Elsewhere it is silent.
type progress struct {
	w      io.Writer
	on     bool
	now    func() time.Time
	total  int64            // bytes on the disk of all files that are known
	at     map[string]int64 // and how far each is read
	begun  time.Time
	drawn  time.Time
	length int
}

func newProgress(w io.Writer, on bool) *progress {
	return &progress{w: w, on: on, now: time.Now, at: map[string]int64{}, begun: time.Now()}
}

// file announces a log and its size; at is where reading begins.
func (p *progress) file(name string, size, at int64) {
	noteEncoding(p.w, name)
	p.total += size - at
	p.at[name] = 0
}

// read notes that a log was read up to n bytes behind where it began.
func (p *progress) read(name string, n int64) {
	if !p.on {
		return
	}
	p.at[name] = n
	now := p.now()
	if now.Sub(p.drawn) < 200*time.Millisecond {
		return
	}
	p.drawn = now
	var done int64
	for _, n := range p.at {
		done += n
	}
	elapsed := now.Sub(p.begun).Seconds()
	line := fmt.Sprintf("%s  %s/s", sizeText(done), sizeText(int64(float64(done)/max(elapsed, 0.001))))
	if p.total > 0 && done <= p.total {
		const cells = 24
		full := int(done * cells / p.total)
		left := time.Duration(elapsed / float64(max(done, 1)) * float64(p.total-done) * 1e9).Round(time.Second)
		line = fmt.Sprintf("[%s%s] %3d %%  %s of %s  %s/s  %s left", strings.Repeat("#", full), strings.Repeat(".", cells-full),
			done*100/p.total, sizeText(done), sizeText(p.total), sizeText(int64(float64(done)/max(elapsed, 0.001))), left)
	}
	line += "  " + report.Clean(filepath.Base(name))
	p.draw(line)
}

func (p *progress) draw(line string) {
	pad := max(p.length-len(line), 0)
	p.length = len(line)
	fmt.Fprint(p.w, "\r", line, strings.Repeat(" ", pad))
}

// done wipes the bar away.
func (p *progress) done() {
	if p.length > 0 {
		fmt.Fprint(p.w, "\r", strings.Repeat(" ", p.length), "\r")
	}
}

// sizeText is a number of bytes for people, in powers of ten as disks are sold and rates are quoted.
func sizeText(n int64) string {
	switch {
	case n >= 10e9:
		return fmt.Sprintf("%.1f GB", float64(n)/1e9)
	case n >= 1e6:
		return fmt.Sprintf("%.1f MB", float64(n)/1e6)
	case n >= 1e3:
		return fmt.Sprintf("%.0f kB", float64(n)/1e3)
	}
	return fmt.Sprintf("%d B", n)
}

// writeSummary shows a run's counts to people.
func writeSummary(w io.Writer, s *ingest.Summary) error {
	rate := ""
	if s.Seconds > 0.05 {
		rate = fmt.Sprintf(" in %.1f s (%s/s)", s.Seconds, sizeText(int64(float64(s.Bytes)/s.Seconds)))
	}
	var b strings.Builder
	fmt.Fprintf(&b, "read %s, %s, %s%s\n", report.Plural(int64(s.Files), "file"), report.Plural(s.Lines, "line"), sizeText(s.Bytes), rate)
	row := func(name string, n int64, note string) {
		if n != 0 || note == "" {
			fmt.Fprintf(&b, "  %-16s %12s%s\n", name, report.Count(n), note)
		}
	}
	row("messages", s.Messages, "")
	row("recipients", s.Recipients, "")
	row("delivered", s.Delivered, "")
	row("bounced", s.Bounced, "")
	row("expired", s.Expired, "")
	if s.Bounced+s.Expired > 0 {
		c := s.ByCategory
		fmt.Fprintf(&b, "  %-16s %12s\n", "of those", fmt.Sprintf("hard %s, soft %s, block %s, content %s", report.Count(c.Hard), report.Count(c.Soft), report.Count(c.Block), report.Count(c.Content)))
	}
	row("deferrals", s.Deferrals, "  attempts")
	row("rejected", s.Rejected, "  by our own server")
	row("session rejects", s.SessionRejects, "  connections, logins")
	row("discarded", s.Discarded, " ")
	row("bounce messages", s.DSNs, "  sent by this host")
	row("other programs", s.Foreign, "  lines")
	row("unrecognized", s.Unrecognized, "  lines of a mail server that no parser knows; -v lists them")
	row("too long", s.LongLines, "  lines of more than 1 MiB, skipped")
	_, err := io.WriteString(w, b.String())
	return err
}
