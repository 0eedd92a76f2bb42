package tail

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// collector is a consumer that counts lines. Every log is read from its beginning.
type collector struct {
	t       *testing.T
	mu      sync.Mutex
	seen    map[string]int
	order   []string
	long    int64
	opened  int
	ended   int
	cut     int
	rests   []string
	notices []string
	logs    map[*Log]int64 // where each stands
	clock   time.Time
	changed chan struct{}
	ticks   chan time.Time
	hold    chan struct{} // not nil: nothing is taken until it is closed
	place   func(*Log) Place
}

func newCollector(t *testing.T) *collector {
	return &collector{t: t, seen: map[string]int{}, logs: map[*Log]int64{}, clock: time.Unix(1_000_000, 0),
		changed: make(chan struct{}, 1), ticks: make(chan time.Time)}
}

// follow follows a name with ticks and a clock that the test drives.
func (c *collector) follow(name string, o Options) {
	o.Tick, o.Now = c.ticks, func() time.Time {
		c.mu.Lock()
		defer c.mu.Unlock()
		return c.clock
	}
	c.run(func(ctx context.Context, out chan<- *Event) { NewFollower(name, o).Run(ctx, out) })
}

func (c *collector) run(source func(context.Context, chan<- *Event)) {
	ctx, cancel := context.WithCancel(c.t.Context())
	out := make(chan *Event)
	var wg sync.WaitGroup
	wg.Go(func() { source(ctx, out) })
	wg.Go(func() {
		for {
			if c.hold != nil {
				select {
				case <-c.hold:
				case <-ctx.Done():
					return
				}
			}
			select {
			case e := <-out:
				c.take(e)
				e.Release()
			case <-ctx.Done():
				return
			}
		}
	})
	c.t.Cleanup(func() {
		cancel()
		wg.Wait()
	})
}

func (c *collector) take(e *Event) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch e.Kind {
	case Opened:
		c.opened++
		p := Place{}
		switch {
		case c.place != nil:
			p = c.place(e.Log)
		case e.Log.File != nil:
			info, err := e.Log.File.Stat()
			p.Ready = err == nil && info.Size() > 0
		}
		c.logs[e.Log] = p.Offset
		e.Place(p)
	case Lines:
		if at := c.logs[e.Log]; e.Offset < at || e.Offset > at && e.Long == 0 || e.End != e.Offset+int64(len(e.Data)) {
			c.t.Errorf("chunk [%d, %d) of %d bytes after %d", e.Offset, e.End, len(e.Data), at)
		}
		c.logs[e.Log] = e.End
		c.long += e.Long
		n := int64(0)
		for line := range bytes.Lines(e.Data) {
			s := string(bytes.TrimSuffix(line, []byte("\n")))
			c.seen[s]++
			c.order = append(c.order, s)
			n++
		}
		if n != e.Lines {
			c.t.Errorf("a chunk of %d lines says %d", n, e.Lines)
		}
	case Truncated:
		c.cut++
		c.rests = append(c.rests, string(e.Data))
	case Ended:
		c.ended++
	case Notice:
		c.notices = append(c.notices, e.Text)
	}
	select {
	case c.changed <- struct{}{}:
	default:
	}
}

// until waits for a condition on what was collected, and drives the follower's ticks meanwhile.
func (c *collector) until(what string, cond func() bool) {
	c.t.Helper()
	deadline := time.After(20 * time.Second)
	for {
		c.mu.Lock()
		ok := cond()
		c.mu.Unlock()
		if ok {
			return
		}
		select {
		case <-c.changed:
		case c.ticks <- time.Time{}:
		case <-deadline:
			c.mu.Lock()
			defer c.mu.Unlock()
			c.t.Fatalf("no %s; have %d lines, opened %d, ended %d, truncated %d, notices %q", what, len(c.order), c.opened, c.ended, c.cut, c.notices)
		}
	}
}

// advance lets time pass for the follower.
func (c *collector) advance(d time.Duration) {
	c.mu.Lock()
	c.clock = c.clock.Add(d)
	c.mu.Unlock()
}

// lines waits until n different lines came, and fails if any is lost or doubled. Two more ticks bring what would come too much.
func (c *collector) lines(want ...string) {
	c.t.Helper()
	c.until(fmt.Sprintf("%d lines", len(want)), func() bool { return len(c.seen) >= len(want) })
	for range 2 {
		if c.ticks != nil {
			c.ticks <- time.Time{}
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	lost, doubled := 0, 0
	for _, w := range want {
		switch n := c.seen[w]; {
		case n == 0:
			lost++
		case n > 1:
			doubled++
		}
	}
	if lost > 0 || doubled > 0 || len(c.seen) != len(want) {
		c.t.Errorf("written %d, seen %d, lost %d, doubled %d", len(want), len(c.seen), lost, doubled)
	}
}

// log is a file that a test writes to.
type log struct {
	t     *testing.T
	f     *os.File
	lines []string // all that were written, over all files
}

func create(t *testing.T, name string) *log {
	l := &log{t: t}
	l.reopen(name)
	t.Cleanup(func() { l.f.Close() })
	return l
}

// reopen opens the file of a name, as a writer does that was told to.
func (l *log) reopen(name string) {
	l.t.Helper()
	f, err := os.OpenFile(name, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		l.t.Fatal(err)
	}
	if l.f != nil {
		l.f.Close()
	}
	l.f = f
}

// write writes n more lines, no two alike.
func (l *log) write(n int) {
	l.t.Helper()
	var b bytes.Buffer
	for range n {
		s := fmt.Sprintf("line-%07d", len(l.lines))
		l.lines = append(l.lines, s)
		b.WriteString(s + "\n")
	}
	l.raw(b.String())
}

func (l *log) raw(s string) {
	l.t.Helper()
	if _, err := l.f.WriteString(s); err != nil {
		l.t.Fatal(err)
	}
}

func rename(t *testing.T, from, to string) {
	t.Helper()
	if err := os.Rename(from, to); err != nil {
		t.Fatal(err)
	}
}

func TestAppended(t *testing.T) {
	for _, poll := range []bool{false, true} {
		t.Run(fmt.Sprintf("poll=%v", poll), func(t *testing.T) {
			name := filepath.Join(t.TempDir(), "maillog")
			l := create(t, name)
			l.write(3)
			c := newCollector(t)
			c.follow(name, Options{Poll: poll})
			c.lines(l.lines...)
			l.write(1000)
			c.lines(l.lines...)
			if !slices.Equal(c.order, l.lines) {
				t.Error("the order changed")
			}
		})
	}
}

// TestWatched sees that a written line is noticed without a tick.
func TestWatched(t *testing.T) {
	name := filepath.Join(t.TempDir(), "maillog")
	l := create(t, name)
	l.write(1)
	c := newCollector(t)
	c.follow(name, Options{})
	c.lines(l.lines...)
	c.ticks = nil
	for range 20 {
		l.write(1)
		c.until("line", func() bool { return len(c.seen) == len(l.lines) })
	}
}

func TestPartialLine(t *testing.T) {
	name := filepath.Join(t.TempDir(), "maillog")
	l := create(t, name)
	c := newCollector(t)
	c.follow(name, Options{})
	l.write(1)
	l.raw("half")
	c.lines(l.lines...)
	l.raw("-")
	for range 3 {
		c.ticks <- time.Time{}
	}
	l.raw("line\n")
	c.lines(append(l.lines, "half-line")...)
}

// TestRenamed is logrotate's "create": the writer goes on with the old file until it is told to open the new one.
func TestRenamed(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "maillog")
	l := create(t, name)
	c := newCollector(t)
	c.follow(name, Options{Grace: time.Minute})
	l.write(100)
	c.lines(l.lines...) // it is being read before it is renamed
	for i := range 20 {
		rename(t, name, fmt.Sprintf("%s.%d", name, i))
		l.write(10)
		next := create(t, name)
		l.write(10)
		c.until("line of the old file", func() bool { return len(c.seen) == len(l.lines) })
		next.f.Close()
		l.reopen(name)
		l.write(100)
		c.lines(l.lines...) // a file that came and went unseen is the consumer's to find
	}
}

// TestRenamedLate writes to the renamed file after the new one was opened and read.
func TestRenamedLate(t *testing.T) {
	name := filepath.Join(t.TempDir(), "maillog")
	old := create(t, name)
	old.write(10)
	c := newCollector(t)
	c.follow(name, Options{Grace: time.Minute})
	c.lines(old.lines...)
	rename(t, name, name+".1")
	next := create(t, name)
	next.raw("new\n")
	c.until("new line", func() bool { return c.seen["new"] == 1 })
	for range 5 {
		old.write(7)
		c.lines(append(old.lines, "new")...)
		c.advance(50 * time.Second) // each write prolongs the grace
	}
	c.advance(61 * time.Second)
	c.until("end of the old file", func() bool { return c.ended == 1 })
}

// TestLastLineOfClosed has an old file end without a line break: it is a line when the file is closed for good, not before.
func TestLastLineOfClosed(t *testing.T) {
	name := filepath.Join(t.TempDir(), "maillog")
	l := create(t, name)
	l.write(5)
	l.raw("last")
	c := newCollector(t)
	c.follow(name, Options{Grace: time.Minute})
	c.lines(l.lines...)
	rename(t, name, name+".1")
	create(t, name)
	for range 3 {
		c.ticks <- time.Time{}
	}
	c.lines(l.lines...)
	c.advance(2 * time.Minute)
	c.until("end", func() bool { return c.ended == 1 })
	c.lines(append(l.lines, "last")...)
}

// TestEmptyRenamed rotates a file before anything was written to it, and writes to it then.
func TestEmptyRenamed(t *testing.T) {
	name := filepath.Join(t.TempDir(), "maillog")
	l := create(t, name)
	c := newCollector(t)
	c.follow(name, Options{Grace: time.Minute})
	c.until("file", func() bool { return c.opened == 1 })
	rename(t, name, name+".1")
	next := create(t, name)
	next.raw("new\n")
	c.until("new line", func() bool { return c.seen["new"] == 1 })
	l.write(5)
	c.lines(append(l.lines, "new")...)
}

func TestCopyTruncate(t *testing.T) {
	tests := []struct {
		name  string
		after int // lines that the new content has when it is first seen
	}{{"shorter", 2}, {"same size", 10}, {"longer than the old offset", 500}}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			name := filepath.Join(t.TempDir(), "maillog")
			l := create(t, name)
			l.write(10)
			l.raw("par")
			c := newCollector(t)
			c.follow(name, Options{})
			c.lines(l.lines...)
			l.raw("tial") // read or not: it is a rest then
			if err := os.Truncate(name, 0); err != nil {
				t.Fatal(err)
			}
			l.write(tt.after)
			c.lines(l.lines...)
			c.mu.Lock()
			defer c.mu.Unlock()
			if c.cut != 1 || !strings.HasPrefix(c.rests[0], "par") {
				t.Errorf("truncations %d with rests %q", c.cut, c.rests)
			}
		})
	}
}

func TestTruncatedToZero(t *testing.T) {
	name := filepath.Join(t.TempDir(), "maillog")
	l := create(t, name)
	l.write(10)
	c := newCollector(t)
	c.follow(name, Options{})
	c.lines(l.lines...)
	if err := os.Truncate(name, 0); err != nil {
		t.Fatal(err)
	}
	c.until("truncation", func() bool { return c.cut == 1 })
	l.write(1)
	c.lines(l.lines...)
}

// TestTruncatedBeforePlaced has the consumer read the file up to a place, and the file is truncated and grows beyond that before the
// follower reads on there.
func TestTruncatedBeforePlaced(t *testing.T) {
	name := filepath.Join(t.TempDir(), "maillog")
	l := create(t, name)
	l.write(10)
	c := newCollector(t)
	c.place = func(g *Log) Place {
		p := Place{Ready: true}
		if len(c.logs) > 0 { // by the time that it is asked for the new content
			return p
		}
		text, err := os.ReadFile(name)
		if err != nil {
			t.Error(err)
		}
		for line := range bytes.Lines(text) {
			c.seen[strings.TrimSuffix(string(line), "\n")]++
		}
		p.Offset, p.Line, p.Before = int64(len(text)), 10, text
		if err := os.Truncate(name, 0); err != nil {
			t.Error(err)
		}
		l.write(500)
		return p
	}
	c.follow(name, Options{})
	c.until("500 lines more", func() bool { return len(c.seen) >= 510 })
	c.lines(l.lines...)
	if c.cut != 1 {
		t.Errorf("truncations %d", c.cut)
	}
}

// TestReplacedByLarger puts another file in the place, larger than what was read of the first.
func TestReplacedByLarger(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "maillog")
	l := create(t, name)
	l.write(10)
	c := newCollector(t)
	c.follow(name, Options{})
	c.lines(l.lines...)
	l.reopen(filepath.Join(dir, "other"))
	l.write(1000)
	rename(t, filepath.Join(dir, "other"), name)
	c.lines(l.lines...)
}

func TestSymlinkSwitched(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "current")
	l := create(t, filepath.Join(dir, "log.a"))
	if err := os.Symlink("log.a", name); err != nil {
		t.Fatal(err)
	}
	l.write(10)
	c := newCollector(t)
	c.follow(name, Options{})
	c.lines(l.lines...)
	l.reopen(filepath.Join(dir, "log.b"))
	l.write(10)
	if err := os.Symlink("log.b", name+".new"); err != nil {
		t.Fatal(err)
	}
	rename(t, name+".new", name)
	c.lines(l.lines...)
	l.write(10)
	c.lines(l.lines...)
}

// TestVanished has the name missing for a while; the old file is read on, then the new one.
func TestVanished(t *testing.T) {
	name := filepath.Join(t.TempDir(), "maillog")
	l := create(t, name)
	l.write(10)
	c := newCollector(t)
	c.follow(name, Options{})
	c.lines(l.lines...)
	if err := os.Remove(name); err != nil {
		t.Fatal(err)
	}
	l.write(10)
	c.lines(l.lines...)
	l.reopen(name)
	l.write(10)
	c.lines(l.lines...)
}

// TestCameBack moves a file away and back again: it is the same log, read on where it was.
func TestCameBack(t *testing.T) {
	name := filepath.Join(t.TempDir(), "maillog")
	l := create(t, name)
	l.write(10)
	c := newCollector(t)
	c.follow(name, Options{})
	c.lines(l.lines...)
	rename(t, name, name+".away")
	other := create(t, name)
	other.raw("other\n")
	c.until("the other file", func() bool { return c.seen["other"] == 1 })
	rename(t, name+".away", name)
	for range 3 {
		c.ticks <- time.Time{}
	}
	l.write(10)
	c.lines(append(l.lines, "other")...)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.opened != 2 {
		t.Errorf("asked %d times where to read on, want 2", c.opened)
	}
}

// TestWaitedFor starts before there is a file, with one that can't be opened in its place at first: each is told once.
func TestWaitedFor(t *testing.T) {
	name := filepath.Join(t.TempDir(), "maillog")
	c := newCollector(t)
	c.follow(name, Options{})
	c.until("notice", func() bool { return len(c.notices) == 1 })
	if err := os.Symlink("maillog", name); err != nil { // a loop: it can't be opened, by root neither
		t.Fatal(err)
	}
	c.until("second notice", func() bool { return len(c.notices) == 2 })
	for range 10 {
		c.ticks <- time.Time{}
	}
	if err := os.Remove(name); err != nil {
		t.Fatal(err)
	}
	c.until("third notice", func() bool { return len(c.notices) == 3 })
	l := create(t, name)
	l.write(3)
	c.lines(l.lines...)
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.notices) != 4 || !strings.Contains(c.notices[0], "does not exist") || !strings.Contains(c.notices[3], "can be read now") {
		t.Errorf("notices %q", c.notices)
	}
}

// TestUnreadable replaces a log by one that may not be read until its mode is set.
func TestUnreadable(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root reads everything; TestWaitedFor covers the waiting")
	}
	name := filepath.Join(t.TempDir(), "maillog")
	l := create(t, name)
	l.write(3)
	c := newCollector(t)
	c.follow(name, Options{})
	c.lines(l.lines...)
	rename(t, name, name+".1")
	l.reopen(name)
	if err := os.Chmod(name, 0); err != nil {
		t.Fatal(err)
	}
	l.write(3)
	c.until("notice", func() bool { return len(c.notices) == 1 })
	if err := os.Chmod(name, 0o644); err != nil {
		t.Fatal(err)
	}
	c.lines(l.lines...)
}

func TestDatedName(t *testing.T) {
	dir := t.TempDir()
	l := create(t, filepath.Join(dir, "mainlog-20261121"))
	l.write(5)
	c := newCollector(t)
	c.follow(filepath.Join(dir, "mainlog-%D"), Options{})
	c.lines(l.lines...)
	l.reopen(filepath.Join(dir, "mainlog-20261122"))
	l.write(5)
	c.lines(l.lines...)
}

// TestLongLine has a line longer than what is kept, written in pieces: it is skipped and counted, its neighbours are not.
func TestLongLine(t *testing.T) {
	name := filepath.Join(t.TempDir(), "maillog")
	l := create(t, name)
	c := newCollector(t)
	c.follow(name, Options{})
	l.write(5)
	piece := strings.Repeat("x", 100_000)
	for range 35 {
		l.raw(piece)
		c.ticks <- time.Time{}
	}
	l.raw("\n")
	l.write(5)
	c.lines(l.lines...)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.long != 1 {
		t.Errorf("%d long lines were counted, want 1", c.long)
	}
}

// TestSlowConsumer takes nothing for a while: reading pauses, nothing is lost, memory does not grow with what is written.
func TestSlowConsumer(t *testing.T) {
	name := filepath.Join(t.TempDir(), "maillog")
	l := create(t, name)
	c := newCollector(t)
	c.hold = make(chan struct{})
	c.follow(name, Options{})
	for i := range 10 {
		l.write(20_000)
		if i == 4 {
			rename(t, name, name+".1")
			l.write(100)
			l.reopen(name)
		}
	}
	close(c.hold)
	c.lines(l.lines...)
}

func TestPipe(t *testing.T) {
	for _, end := range []string{"", "\n"} {
		c := newCollector(t)
		c.place = func(*Log) Place { return Place{Ready: true} }
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		c.ticks = nil
		c.run(func(ctx context.Context, out chan<- *Event) {
			if err := Pipe(ctx, "-", r, out); err != nil {
				t.Error(err)
			}
		})
		fmt.Fprint(w, "one\ntw")
		c.until("first line", func() bool { return c.seen["one"] == 1 })
		fmt.Fprint(w, "o\nthree"+end)
		w.Close()
		c.until("end", func() bool { return c.ended == 1 })
		c.lines("one", "two", "three")
	}
}

// TestJournal follows a child that prints the entries behind a cursor and ends after a few.
func TestJournal(t *testing.T) {
	dir := t.TempDir()
	script := filepath.Join(dir, "journalctl")
	// Entries 1 to 9, three a run.
	err := os.WriteFile(script, []byte(`#!/bin/sh
n=0
for a in "$@"; do case "$a" in --after-cursor=*) n=${a#--after-cursor=};; esac; done
for i in 1 2 3; do n=$((n+1)); [ $n -le 9 ] && echo "$n"; done
echo "the journal was rotated" >&2
exit 1
`), 0o755)
	if err != nil {
		t.Fatal(err)
	}
	c := newCollector(t)
	c.ticks = nil
	c.place = func(l *Log) Place { // what the consumer read of the journal
		p := Place{Ready: true}
		for _, at := range c.logs {
			p.Offset = max(p.Offset, at)
		}
		if n := len(c.order); n > 0 {
			p.Cursor, p.Line = c.order[n-1], int64(n)
		}
		return p
	}
	j := &Journal{Command: script, Units: []string{"postfix"}, Retry: time.Millisecond}
	c.run(j.Run)
	c.until("9 entries", func() bool { return len(c.seen) == 9 })
	c.lines("1", "2", "3", "4", "5", "6", "7", "8", "9")
	if want := []string{"--unit=postfix"}; !slices.Equal(j.args("")[5:], want) {
		t.Errorf("arguments %q", j.args(""))
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.notices) != 1 || !strings.Contains(c.notices[0], "the journal was rotated") {
		t.Errorf("notices %q", c.notices)
	}
}
