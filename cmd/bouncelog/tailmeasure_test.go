package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestTailLatency measures the time from a line being written to its failure being printed, at 20,000 lines a second for as
// long as LATENCY says. It fails where the 99th percentile is a second.
func TestTailLatency(t *testing.T) {
	d, err := time.ParseDuration(os.Getenv("LATENCY"))
	if err != nil {
		t.Skip("LATENCY is not set to a duration, such as 20s")
	}
	dir := t.TempDir()
	w := newMailWriter(t, filepath.Join(dir, "maillog"))
	set := newPrintedSet()
	set.at = map[string]time.Time{}
	r := startTail(t, filepath.Join(dir, "live.db"), set, w.name)
	written := map[string]time.Time{}
	w.messages(20)
	r.waitFor(w.fails[len(w.fails)-1])
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	began, from := time.Now(), w.lines
	for time.Since(began) < d {
		<-tick.C
		for due := int64(time.Since(began).Seconds() * 20_000); w.lines-from < due; {
			n := len(w.fails)
			w.messages(10)
			now := time.Now()
			for _, f := range w.fails[n:] {
				written[f] = now
			}
		}
	}
	n := len(w.fails)
	for len(w.fails) == n {
		w.message()
	}
	w.flush()
	r.waitFor(w.fails[len(w.fails)-1])
	memory := peakMemory(r.cmd.Process.Pid)
	r.stop()
	var late []time.Duration
	for f, at := range written {
		late = append(late, set.at[f].Sub(at))
	}
	slices.Sort(late)
	p := func(q float64) time.Duration { return late[int(q*float64(len(late)-1))].Round(time.Millisecond) }
	t.Logf("%d lines, %d failures in %s: printed after %s (half), %s (99 of 100), %s (the last); %s", w.lines, len(late), d, p(0.5), p(0.99), p(1), memory)
	if p(0.99) >= time.Second {
		t.Errorf("99th percentile %s", p(0.99))
	}
}

// peakMemory is the largest resident size that a process had.
func peakMemory(pid int) string {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err == nil {
		for line := range strings.Lines(string(b)) {
			if size, ok := strings.CutPrefix(line, "VmHWM:"); ok {
				return "peak memory " + strings.TrimSpace(size)
			}
		}
	}
	return "peak memory unknown"
}

const benchMessages = 200_000

// BenchmarkFollow appends to a log as fast as it can while it is followed; BenchmarkIngest reads the same bytes at once.
func BenchmarkFollow(b *testing.B) {
	for range b.N {
		dir := b.TempDir()
		w := newMailWriter(b, filepath.Join(dir, "maillog"))
		set := newPrintedSet()
		r := startTail(b, filepath.Join(dir, "live.db"), set, w.name)
		w.messages(20)
		r.waitFor(w.fails[len(w.fails)-1])
		from, began := w.lines, time.Now()
		for w.n < benchMessages {
			w.messages(1000)
		}
		written := time.Since(began)
		for n := len(w.fails); len(w.fails) == n; {
			w.message()
		}
		w.flush()
		r.waitFor(w.fails[len(w.fails)-1])
		b.ReportMetric(float64(w.lines-from)/time.Since(began).Seconds(), "lines/s")
		b.ReportMetric(float64(w.lines-from)/written.Seconds(), "written/s")
		b.Log(peakMemory(r.cmd.Process.Pid))
		r.stop()
		reportCPU(b, r.cmd, w.lines)
	}
}

func BenchmarkIngest(b *testing.B) {
	for range b.N {
		dir := b.TempDir()
		w := newMailWriter(b, filepath.Join(dir, "maillog"))
		for w.n < benchMessages {
			w.messages(1000)
		}
		began := time.Now()
		c := program(b, "--db", filepath.Join(dir, "batch.db"), "ingest", w.name)
		if out, err := c.CombinedOutput(); err != nil {
			b.Fatalf("%v: %s", err, out)
		}
		b.ReportMetric(float64(w.lines)/time.Since(began).Seconds(), "lines/s")
		reportCPU(b, c, w.lines)
	}
}

// reportCPU reports what a line costs of one processor, which a busy machine changes less than the time on the clock.
func reportCPU(b *testing.B, c *exec.Cmd, lines int64) {
	used := c.ProcessState.UserTime() + c.ProcessState.SystemTime()
	b.ReportMetric(float64(lines)/used.Seconds(), "lines/cpu-s")
}
