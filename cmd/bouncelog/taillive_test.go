package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"bouncelog/store"
)

// mailWriter writes a Postfix log as a mail server does, rotates it in every way, and keeps a copy of every byte.
type mailWriter struct {
	t     testing.TB
	name  string
	all   *os.File // every line that was written, in order
	f     *os.File
	buf   bytes.Buffer
	n     int      // messages
	lines int64    // written
	gap   int64    // lines of another program that were written between a copy and the truncation
	turn  int      // of rotations
	ends  []int    // messages that were written when each began
	fails []string // recipients whose failure must be printed
	late  []int    // deferred messages that are still to be delivered
}

func newMailWriter(t testing.TB, name string) *mailWriter {
	w := &mailWriter{t: t, name: name, all: mustCreate(t, name+".all")}
	w.reopen()
	return w
}

func mustCreate(t testing.TB, name string) *os.File {
	t.Helper()
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func (w *mailWriter) must(err error) {
	if err != nil {
		w.t.Error(err)
	}
}

func (w *mailWriter) reopen() {
	f, err := os.OpenFile(w.name, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	w.must(err)
	if w.f != nil {
		w.f.Close()
	}
	w.f = f
}

func (w *mailWriter) line(format string, args ...any) {
	w.buf.WriteString(time.Now().Format("2006-01-02T15:04:05.000000Z07:00"))
	w.buf.WriteString(" mx1 postfix/")
	fmt.Fprintf(&w.buf, format, args...)
	w.buf.WriteByte('\n')
	w.lines++
}

// message writes one message: two of three are delivered, the third bounces or is deferred first and delivered a hundred later.
func (w *mailWriter) message() {
	k := w.n
	w.n++
	id, to := fmt.Sprintf("%011X", 0x10000000000+k), fmt.Sprintf("u%d@d%d.example", k, k/20)
	w.line("smtpd[101]: %s: client=app%d.example[192.0.2.%d]", id, k%7, k%250)
	w.line("cleanup[102]: %s: message-id=<%d@app.example>", id, k)
	w.line("qmgr[103]: %s: from=<s%d@sender.example>, size=%d, nrcpt=1 (queue active)", id, k%11, 1000+k%5000)
	switch {
	case k%3 < 2:
		w.delivered(k)
	case k%2 == 0:
		w.line("smtp[104]: %s: to=<%s>, relay=mx.d%d.example[198.51.100.9]:25, delay=1.5, delays=0.1/0/0.4/1, dsn=5.1.1, status=bounced (host mx.d%d.example[198.51.100.9] said: 550 5.1.1 <%s>: Recipient address rejected: User unknown (in reply to RCPT TO command))", id, to, k/20, k/20, to)
		w.line("qmgr[103]: %s: removed", id)
		w.fails = append(w.fails, to)
	default:
		w.line("smtp[104]: %s: to=<%s>, relay=mx.d%d.example[198.51.100.9]:25, delay=1.5, delays=0.1/0/0.4/1, dsn=4.2.0, status=deferred (host mx.d%d.example[198.51.100.9] said: 450 4.2.0 <%s>: Recipient address rejected: Greylisted (in reply to RCPT TO command))", id, to, k/20, k/20, to)
		w.late = append(w.late, k)
		w.fails = append(w.fails, to)
	}
	if len(w.late) > 0 && w.late[0] < k-100 {
		w.delivered(w.late[0])
		w.late = w.late[1:]
	}
}

func (w *mailWriter) delivered(k int) {
	id := fmt.Sprintf("%011X", 0x10000000000+k)
	w.line("smtp[104]: %s: to=<u%d@d%d.example>, relay=mx.d%d.example[198.51.100.9]:25, delay=2, delays=0.1/0/0.4/1.5, dsn=2.0.0, status=sent (250 2.0.0 OK queued)", id, k, k/20, k/20)
	w.line("qmgr[103]: %s: removed", id)
}

// flush writes what was gathered: to the log in two writes, the first of which ends inside a line.
func (w *mailWriter) flush() {
	b := w.buf.Bytes()
	_, err := w.all.Write(b)
	w.must(err)
	half := rand.IntN(len(b) + 1)
	for _, part := range [][]byte{b[:half], b[half:]} {
		_, err := w.f.Write(part)
		w.must(err)
	}
	w.buf.Reset()
}

func (w *mailWriter) messages(n int) {
	for range n {
		w.message()
	}
	w.flush()
}

// between writes lines between copy and truncation. They are lost to whoever did not read them at once, so they tell nothing about mail.
func (w *mailWriter) between() {
	for range 10 {
		w.gap++
		_, err := fmt.Fprintf(w.f, "%s mx1 cron[1]: between copy and truncation %d\n", time.Now().Format("2006-01-02T15:04:05.000000Z07:00"), w.gap)
		w.must(err)
	}
}

// rotate rotates by one method after the other.
func (w *mailWriter) rotate() {
	w.turn++
	w.ends = append(w.ends, w.n)
	old := fmt.Sprintf("%s.%d", w.name, w.turn)
	switch w.turn % 5 {
	case 0: // create; the writer keeps writing to the old file for a while
		w.must(os.Rename(w.name, old))
		w.messages(20)
		w.reopen()
	case 1: // copytruncate
		w.must(copyFile(w.name, old))
		w.between()
		w.must(os.Truncate(w.name, 0))
	case 2: // create and compress at once
		w.must(os.Rename(w.name, old))
		w.messages(5)
		w.reopen()
		w.messages(5)
		w.must(compress(old))
	case 3: // by date, the new file comes late
		w.must(os.Rename(w.name, fmt.Sprintf("%s-20261122-%d", w.name, 1_000_000_000+w.turn)))
		w.messages(50)
		w.reopen()
	case 4: // copytruncate and compress
		w.must(copyFile(w.name, old))
		w.between()
		w.must(os.Truncate(w.name, 0))
		w.messages(5)
		w.must(compress(old))
	}
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	if _, err = io.Copy(out, in); err != nil {
		return err
	}
	return out.Close()
}

func compress(name string) error {
	in, err := os.Open(name)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(name + ".gz")
	if err != nil {
		return err
	}
	z := gzip.NewWriter(out)
	if _, err := io.Copy(z, in); err != nil {
		return err
	}
	if err := z.Close(); err != nil {
		return err
	}
	if err := out.Close(); err != nil {
		return err
	}
	return os.Remove(name)
}

// running is a `bouncelog tail` in a process of its own.
type running struct {
	t       testing.TB
	cmd     *exec.Cmd
	stderr  *notes
	printed *printedSet
	done    chan struct{} // its output ended
}

// printedSet are the recipients of the failures that were printed, over all processes.
type printedSet struct {
	mu      sync.Mutex
	seen    map[string]int
	at      map[string]time.Time // when each was printed first; nil: not kept
	changed chan struct{}
}

func newPrintedSet() *printedSet {
	return &printedSet{seen: map[string]int{}, changed: make(chan struct{}, 1)}
}

// program is the command in a process of its own (see TestMain).
func program(t testing.TB, args ...string) *exec.Cmd {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(exe)
	c.Args = append([]string{"bouncelog"}, args...)
	c.Env = append(os.Environ(), "TZ=UTC", "XDG_CONFIG_HOME="+t.TempDir())
	c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	return c
}

func startTail(t testing.TB, db string, set *printedSet, args ...string) *running {
	t.Helper()
	return startTailEnv(t, db, set, nil, nil, args...)
}

// startTailEnv starts it with more environment and global flags.
func startTailEnv(t testing.TB, db string, set *printedSet, env, flags []string, args ...string) *running {
	t.Helper()
	r := &running{t: t, printed: set, done: make(chan struct{}), stderr: &notes{changed: make(chan struct{}, 1)}}
	all := append(append([]string{"--db", db}, flags...), "tail", "--format", "jsonl")
	r.cmd = program(t, append(all, args...)...)
	r.cmd.Env = append(r.cmd.Env, env...)
	r.cmd.Stderr = r.stderr
	out, err := r.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := r.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(r.done)
		sc := bufio.NewScanner(out)
		sc.Buffer(nil, 1<<20)
		for sc.Scan() {
			var e struct {
				Recipient, Log string
				Offset         *int64
			}
			if json.Unmarshal(sc.Bytes(), &e) != nil {
				continue // cut by SIGKILL
			}
			if e.Log == "" || e.Offset == nil {
				t.Errorf("an event without its place: %s", sc.Bytes())
			}
			set.mu.Lock()
			if set.seen[e.Recipient]++; set.at != nil && set.seen[e.Recipient] == 1 {
				set.at[e.Recipient] = time.Now()
			}
			set.mu.Unlock()
			select {
			case set.changed <- struct{}{}:
			default:
			}
		}
	}()
	return r
}

// waitFor waits until the failure of a recipient is printed.
func (r *running) waitFor(recipient string) {
	r.t.Helper()
	r.waitWithin(recipient, 90*time.Second)
}

func (r *running) waitWithin(recipient string, limit time.Duration) {
	r.t.Helper()
	deadline := time.After(limit)
	for {
		r.printed.mu.Lock()
		n := r.printed.seen[recipient]
		r.printed.mu.Unlock()
		if n > 0 {
			return
		}
		select {
		case <-r.printed.changed:
		case <-deadline:
			r.cmd.Process.Signal(syscall.SIGQUIT)
			<-r.done
			r.cmd.Wait()
			r.t.Fatalf("%s was not printed; stderr: %s", recipient, r.stderr.String())
		}
	}
}

func (r *running) kill() {
	r.cmd.Process.Kill()
	<-r.done
	r.cmd.Wait()
	if strings.Contains(r.stderr.String(), "panic") || strings.Contains(r.stderr.String(), "goroutine ") {
		r.t.Errorf("stderr: %s", r.stderr.String())
	}
}

// stop ends it by SIGTERM, which takes less than a second or two.
func (r *running) stop() time.Duration {
	r.t.Helper()
	began := time.Now()
	r.cmd.Process.Signal(syscall.SIGTERM)
	<-r.done
	if err := r.cmd.Wait(); err != nil {
		r.t.Errorf("stopped by SIGTERM: %v; stderr: %s", err, r.stderr.String())
	}
	return time.Since(began)
}

// powerLoss stops the process, takes a copy of the database as the disk would have it, and kills the process. It returns the copy's name.
func (r *running) powerLoss(db, copied string) string {
	r.t.Helper()
	r.cmd.Process.Signal(syscall.SIGSTOP)
	var status syscall.WaitStatus
	if _, err := syscall.Wait4(r.cmd.Process.Pid, &status, syscall.WUNTRACED, nil); err != nil || !status.Stopped() {
		r.t.Errorf("it did not stop: %v", err)
	}
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := copyFile(db+suffix, copied+suffix); err != nil && !os.IsNotExist(err) {
			r.t.Error(err)
		}
	}
	r.cmd.Process.Signal(syscall.SIGCONT)
	r.kill()
	if info, err := os.Stat(copied); err != nil || info.Size() == 0 {
		return db // it had not begun to write
	}
	return copied
}

// compareStores counts recipients' facts by domain in both, and says what one has and the other has not.
func compareStores(t *testing.T, live, batch string) (lost, doubled int64) {
	t.Helper()
	read := func(name string) *store.Figures {
		s, err := store.OpenReader(name)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		f, err := s.Figures(store.Filter{}, time.Time{}, time.Time{}, 0)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	l, b := read(live), read(batch)
	count := func(r store.Row) map[string]int64 {
		return map[string]int64{"recipients": r.Recipients, "delivered": r.Delivered, "bounced": r.Bounced, "expired": r.Expired,
			"deferrals": r.Deferrals, "in": r.DeferredIn, "out": r.DeferredOut, "hard": r.Hard, "soft": r.Soft}
	}
	rows := map[string]map[string]int64{}
	for _, r := range b.By[store.DimDomain] {
		rows[r.Key] = count(r)
	}
	for _, r := range l.By[store.DimDomain] {
		if rows[r.Key] == nil {
			rows[r.Key] = map[string]int64{}
		}
		for k, n := range count(r) {
			rows[r.Key][k] -= n
		}
	}
	shown := 0
	for key, row := range rows {
		for k, n := range row {
			if n > 0 {
				lost += n
			} else {
				doubled -= n
			}
			if n != 0 && shown < 10 {
				shown++
				t.Logf("%s %s: %+d in batch", key, k, n)
			}
		}
	}
	if l.Totals.Counts != b.Totals.Counts {
		t.Errorf("totals\nlive  %+v\nbatch %+v", l.Totals.Counts, b.Totals.Counts)
	}
	return lost, doubled
}

// soak is one run of writer, rotations and kills.
type soak struct {
	duration          time.Duration
	rate              int // lines a second
	rotate, killAfter time.Duration
	args              []string
	kills             int  // at least so many
	full              bool // the writer must keep up with the rate
}

// run writes, rotates and kills for a while, then lets tail catch up, and compares its store with that of one ingest of all that was
// written.
func (s soak) run(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "maillog")
	w := newMailWriter(t, name)
	set := newPrintedSet()
	db := filepath.Join(dir, "live.db")
	// What was rotated away before the log was ever seen is nobody's to read.
	w.messages(20)
	first := startTail(t, db, set, append(s.args, name)...)
	first.waitFor(w.fails[len(w.fails)-1])
	first.kill()
	ctx, cancel := context.WithTimeout(t.Context(), s.duration)
	defer cancel()
	written := make(chan struct{})
	go func() {
		defer close(written)
		tick := time.NewTicker(10 * time.Millisecond)
		defer tick.Stop()
		rotated, began := time.Now(), time.Now()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			for due := int64(time.Since(began).Seconds() * float64(s.rate)); w.lines < due; {
				w.messages(20)
			}
			if time.Since(rotated) > s.rotate {
				w.rotate()
				rotated = time.Now()
			}
		}
	}()
	kills, losses := 0, 0
	var said []string
	var down time.Duration
	for ctx.Err() == nil {
		r := startTail(t, db, set, append(s.args, name)...)
		wait(ctx, s.killAfter/2+rand.N(s.killAfter))
		switch kills++; {
		case kills%4 == 3:
			losses++
			old := db
			if db = r.powerLoss(old, filepath.Join(dir, fmt.Sprintf("live%d.db", kills))); db != old {
				for _, suffix := range []string{"", "-wal", "-shm", ".lock"} {
					os.Remove(old + suffix)
				}
			}
		default:
			r.kill()
		}
		said = append(said, r.stderr.String())
		if kills%5 == 0 { // several rotations pass while nobody reads
			began := time.Now()
			wait(ctx, 3*s.rotate)
			down += time.Since(began)
		}
	}
	<-written
	rate := float64(w.lines) / s.duration.Seconds()
	for w.n%6 != 5 { // the last message bounces or is deferred, so that its line is printed
		w.message()
	}
	w.message()
	last := w.fails[len(w.fails)-1]
	w.flush()
	r := startTail(t, db, set, append(s.args, name)...)
	began := time.Now()
	r.waitWithin(last, 90*time.Second+s.duration) // kills and copies of the database leave much to catch up with
	caughtUp := time.Since(began)
	stopped := r.stop()

	batch := filepath.Join(dir, "batch.db")
	if out, err := program(t, "--db", batch, "ingest", name+".all").CombinedOutput(); err != nil {
		t.Fatalf("ingest: %v: %s", err, out)
	}
	lost, doubled := compareStores(t, db, batch)
	unprinted := 0
	for _, f := range w.fails {
		if set.seen[f] == 0 {
			unprinted++
		}
	}
	t.Logf("%d lines (%.0f a second) and %d between copy and truncation, %d messages, %d rotations, %d kills (%d of them power losses), %s down; caught up in %s, stopped in %s; lost %d, doubled %d, failures never printed %d of %d",
		w.lines, rate, w.gap, w.n, w.turn, kills, losses, down.Round(time.Millisecond), caughtUp.Round(time.Millisecond), stopped.Round(time.Millisecond), lost, doubled, unprinted, len(w.fails))
	if lost != 0 || doubled != 0 || unprinted != 0 {
		t.Errorf("lost %d, doubled %d, never printed %d; files: %s\nmessages by each rotation: %d; said: %s", lost, doubled, unprinted, listing(dir), w.ends, strings.Join(slices.Compact(said), ""))
	}
	if kills < s.kills {
		t.Errorf("%d kills are too few, want %d", kills, s.kills)
	}
	if s.full && rate < 0.98*float64(s.rate) {
		t.Errorf("the writer came to %.0f lines a second only, not to %d", rate, s.rate)
	}
	if stopped > 3*time.Second {
		t.Errorf("SIGTERM took %s", stopped)
	}
}

func wait(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

func listing(dir string) string {
	out, _ := exec.Command("ls", "-la", dir).CombinedOutput()
	return string(out)
}

// TestTailKilled kills tail again and again while its log is rotated in every way.
func TestTailKilled(t *testing.T) {
	soak{duration: 6 * time.Second, rate: 4000, rotate: time.Second, killAfter: 700 * time.Millisecond}.run(t)
}

// TestSoak is `make soak`: SOAK is its duration, such as 10m; SOAKRATE the lines a second.
func TestSoak(t *testing.T) {
	d, err := time.ParseDuration(os.Getenv("SOAK"))
	if err != nil {
		t.Skip("SOAK is not set to a duration: see make soak")
	}
	rate := 20_000
	if n := os.Getenv("SOAKRATE"); n != "" {
		fmt.Sscan(n, &rate)
	}
	// A kill takes the time until it, a fifth of three rotations and the copy of a database: 10 minutes have room for some 115.
	soak{duration: d, rate: rate, rotate: 3 * time.Second, killAfter: max(d/220, 2*time.Second), kills: int(d / (6 * time.Second)),
		args: []string{"--grace", "10s"}, full: true}.run(t)
}
