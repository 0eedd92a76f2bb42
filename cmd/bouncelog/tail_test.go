package main

import (
	"bytes"
	"database/sql/driver"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/mattn/go-sqlite3"

	"bouncelog/store"
)

// scene is a followed log with what was written to it, and the store.
type scene struct {
	t    *testing.T
	dir  string
	name string
	db   string
	w    *mailWriter
	set  *printedSet
}

func newScene(t *testing.T) *scene {
	t.Parallel()
	dir := t.TempDir()
	s := &scene{t: t, dir: dir, name: filepath.Join(dir, "maillog"), db: filepath.Join(dir, "live.db"), set: newPrintedSet()}
	s.w = newMailWriter(t, s.name)
	return s
}

func (s *scene) start(args ...string) *running {
	return startTail(s.t, s.db, s.set, append(args, s.name)...)
}

// upTo writes messages until one fails, and waits until that is printed.
func (s *scene) upTo(r *running) {
	s.t.Helper()
	for n := len(s.w.fails); len(s.w.fails) == n; {
		s.w.message()
	}
	s.w.flush()
	r.waitFor(s.w.fails[len(s.w.fails)-1])
}

// same fails if the store does not hold what one ingest of all that was written would.
func (s *scene) same() {
	s.t.Helper()
	batch := filepath.Join(s.dir, "batch.db")
	os.Remove(batch)
	if out, err := program(s.t, "--db", batch, "ingest", s.name+".all").CombinedOutput(); err != nil {
		s.t.Fatalf("ingest: %v: %s", err, out)
	}
	if lost, doubled := compareStores(s.t, s.db, batch); lost != 0 || doubled != 0 {
		s.t.Errorf("%d lines written, lost %d, doubled %d; %s", s.w.lines, lost, doubled, listing(s.dir))
	}
}

// TestTailRotatedWhileDown rotates once, or five times with every method, while nobody reads.
func TestTailRotatedWhileDown(t *testing.T) {
	for _, times := range []int{1, 2, 5, 10} {
		t.Run(fmt.Sprint(times), func(t *testing.T) {
			s := newScene(t)
			r := s.start()
			s.w.messages(200)
			s.upTo(r)
			r.stop()
			for range times {
				s.w.messages(100)
				s.w.rotate()
				s.w.messages(100)
			}
			r = s.start()
			s.upTo(r)
			r.stop()
			s.same()
		})
	}
}

// TestTailRotatedOut has the rotated files compressed by time, while the new log is not there yet.
func TestTailRotatedOut(t *testing.T) {
	s := newScene(t)
	r := s.start()
	s.w.messages(200)
	s.upTo(r)
	r.stop()
	s.w.messages(100)
	must(t, os.Rename(s.name, s.name+".1"))
	must(t, compress(s.name+".1"))
	r = s.start()
	r.waitFor(s.w.fails[len(s.w.fails)-1]) // from the compressed file alone
	s.w.reopen()
	s.w.messages(100)
	s.upTo(r)
	r.stop()
	s.same()
}

// TestTailTwoCopies starts while a rotated file and its compressed copy are both there, complete.
func TestTailTwoCopies(t *testing.T) {
	s := newScene(t)
	r := s.start()
	s.w.messages(200)
	s.upTo(r)
	r.stop()
	for _, old := range []string{s.name + ".2", s.name + ".1"} { // one that was begun, one that was never seen
		s.w.messages(100)
		must(t, os.Rename(s.name, old))
		must(t, copyFile(old, old+".copy"))
		must(t, compress(old))
		must(t, os.Rename(old+".copy", old))
		s.w.reopen()
	}
	r = s.start()
	s.upTo(r)
	r.stop()
	s.same()
}

// TestTailUnseenGeneration rotates twice between two looks: the file between was never opened under the log's name.
func TestTailUnseenGeneration(t *testing.T) {
	s := newScene(t)
	r := s.start()
	s.w.messages(100)
	s.upTo(r)
	r.cmd.Process.Signal(syscall.SIGSTOP)
	for i := range 3 {
		must(t, os.Rename(s.name, fmt.Sprintf("%s.%d", s.name, i)))
		s.w.messages(20)
		s.w.reopen()
		s.w.messages(100)
	}
	r.cmd.Process.Signal(syscall.SIGCONT)
	s.upTo(r)
	r.stop()
	s.same()
}

// TestTailShortened finds an older, shorter state of the log in its place, as after a crash of the machine or from a backup: what is in it was
// read, what is added to it was not.
func TestTailShortened(t *testing.T) {
	s := newScene(t)
	r := s.start()
	s.w.messages(200)
	s.upTo(r)
	r.stop()
	b, err := os.ReadFile(s.name)
	must(t, err)
	must(t, os.Truncate(s.name, int64(bytes.LastIndexByte(b[:len(b)/2], '\n')+1)))
	for range 2 {
		r = s.start()
		s.w.messages(50)
		s.upTo(r)
		r.stop()
	}
	s.same()
}

// TestTailFirstStart reads the live log whole and leaves its past alone: nobody asked for it.
func TestTailFirstStart(t *testing.T) {
	s := newScene(t)
	must(t, os.WriteFile(s.name+".1", []byte("2020-01-01T00:00:00+00:00 mx1 postfix/smtp[1]: 3F0AA2C01: to=<old@old.example>, relay=mx.old.example[192.0.2.1]:25, delay=1, dsn=5.1.1, status=bounced (old)\n"), 0o644))
	s.w.messages(50)
	r := s.start()
	s.upTo(r)
	r.stop()
	s.same()
}

// TestTailStopped stops by SIGTERM in the middle of a stream: it takes less than a second, and what was read is committed.
func TestTailStopped(t *testing.T) {
	s := newScene(t)
	for range 3 {
		r := s.start()
		s.w.messages(500)
		s.upTo(r)
		if d := r.stop(); d > 2*time.Second { // one second, and some for a busy machine
			t.Errorf("SIGTERM took %s", d)
		}
		s.same()
	}
}

// TestTailContinuesMessages restarts between a message's beginning and its bounce: the bounce carries what was read before.
func TestTailContinuesMessages(t *testing.T) {
	s := newScene(t)
	id := "3ABCDEF0123"
	s.w.line("smtpd[7]: %s: client=app.example[192.0.2.7]", id)
	s.w.line("cleanup[8]: %s: message-id=<open@app.example>", id)
	s.w.line("qmgr[9]: %s: from=<sender@sender.example>, size=4711, nrcpt=1 (queue active)", id)
	r := s.start()
	s.upTo(r)
	r.kill()
	s.w.line("smtp[10]: %s: to=<open@rcpt.example>, relay=mx.rcpt.example[198.51.100.1]:25, delay=9, delays=8/0/0/1, dsn=5.1.1, status=bounced (host mx.rcpt.example[198.51.100.1] said: 550 5.1.1 no such user (in reply to RCPT TO command))", id)
	s.w.flush()
	r = s.start()
	r.waitFor("open@rcpt.example")
	r.stop()
	why, err := program(t, "--db", s.db, "why", "--format", "json", "open@rcpt.example").Output()
	must(t, err)
	for _, want := range []string{`"message_id": "open@app.example"`, `"sender": "sender@sender.example"`, `"size": 4711`, `"client_ip": "192.0.2.7"`} {
		if !strings.Contains(strings.ReplaceAll(string(why), `":"`, `": "`), want) && !strings.Contains(strings.ReplaceAll(string(why), `":`, `": `), want) {
			t.Errorf("the bounce after the restart lacks %s: %s", want, why)
		}
	}
	s.same()
}

// TestTailLocked has another program lock the database: reading waits, says so once, and goes on by itself.
func TestTailLocked(t *testing.T) {
	s := newScene(t)
	r := s.start()
	notes := r.stderr
	s.w.messages(50)
	s.upTo(r)
	c, err := (&sqlite3.SQLiteDriver{}).Open("file:" + s.db + "?_busy_timeout=10000")
	must(t, err)
	exec := func(sql string) {
		_, err := c.(driver.ExecerContext).ExecContext(t.Context(), sql, nil)
		must(t, err)
	}
	exec("BEGIN IMMEDIATE")
	s.w.messages(500)
	notes.wait(t, "locked")
	exec("ROLLBACK")
	must(t, c.Close())
	notes.wait(t, "can be written again")
	s.upTo(r)
	r.stop()
	if n := strings.Count(r.stderr.String(), "locked"); n > 2 { // the message names the reason twice
		t.Errorf("said %d times: %s", n, r.stderr.String())
	}
	s.same()
}

// TestTailDiskFull fills the disk under the database.
func TestTailDiskFull(t *testing.T) {
	s := newScene(t)
	disk := filepath.Join(s.dir, "disk")
	must(t, os.Mkdir(disk, 0o755))
	if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, "size=24m"); err != nil {
		t.Skipf("no small disk to fill: %v", err)
	}
	t.Cleanup(func() { syscall.Unmount(disk, syscall.MNT_DETACH) })
	s.db = filepath.Join(disk, "live.db")
	r := s.start()
	notes := r.stderr
	s.w.messages(20)
	s.upTo(r)
	filler := filepath.Join(disk, "filler")
	f, err := os.Create(filler)
	must(t, err)
	for block := make([]byte, 4096); err == nil; {
		_, err = f.Write(block)
	}
	f.Close()
	s.w.messages(3000)
	notes.wait(t, "no space left")
	must(t, os.Remove(filler))
	notes.wait(t, "can be written again")
	s.upTo(r)
	r.stop()
	s.same()
}

// TestTailReload reads rules again on SIGHUP, and keeps the old ones where the new ones are wrong.
func TestTailReload(t *testing.T) {
	s := newScene(t)
	own := filepath.Join(s.dir, "own-good.toml")
	must(t, os.WriteFile(own, nil, 0o644))
	live := startTailEnv(t, s.db, s.set, nil, []string{"--rules", own}, s.name)
	notes := live.stderr
	s.upTo(live)
	must(t, os.WriteFile(own, []byte("nonsense ="), 0o644))
	live.cmd.Process.Signal(syscall.SIGHUP)
	notes.wait(t, "stay as they were")
	must(t, os.WriteFile(own, nil, 0o644))
	live.cmd.Process.Signal(syscall.SIGHUP)
	notes.wait(t, "were read again")
	s.upTo(live)
	live.stop()
	s.same()
}

// TestTailStdin reads a pipe to its end and stops.
func TestTailStdin(t *testing.T) {
	s := newScene(t)
	s.w.messages(300)
	c := program(t, "--db", s.db, "tail", "--format", "jsonl", "-")
	log, err := os.ReadFile(s.name)
	must(t, err)
	c.Stdin = bytes.NewReader(bytes.TrimSuffix(log, []byte("\n"))) // the last line lacks its end
	out, err := c.Output()
	must(t, err)
	if n := bytes.Count(out, []byte("\n")); n != len(s.w.fails) {
		t.Errorf("%d failures were printed, want %d", n, len(s.w.fails))
	}
	s.same()
}

// TestTailSeveral follows two logs, each from its own position.
func TestTailSeveral(t *testing.T) {
	s := newScene(t)
	other := newMailWriter(t, filepath.Join(s.dir, "other.log"))
	other.n = 1_000_000
	for range 3 {
		r := s.start(other.name)
		s.w.messages(100)
		other.messages(100)
		for n := len(other.fails); len(other.fails) == n; {
			other.message()
		}
		other.flush()
		r.waitFor(other.fails[len(other.fails)-1])
		s.upTo(r)
		r.kill()
		other.messages(10)
	}
	r := s.start(other.name)
	s.upTo(r)
	for n := len(other.fails); len(other.fails) == n; {
		other.message()
	}
	other.flush()
	r.waitFor(other.fails[len(other.fails)-1])
	r.stop()
	both, err := os.OpenFile(s.name+".all", os.O_APPEND|os.O_WRONLY, 0)
	must(t, err)
	b, err := os.ReadFile(other.name + ".all")
	must(t, err)
	_, err = both.Write(b)
	must(t, err)
	both.Close()
	s.same()
}

// TestTailNotify speaks to systemd: ready, alive, stopping.
func TestTailNotify(t *testing.T) {
	s := newScene(t)
	socket, err := os.MkdirTemp("", "n")
	must(t, err)
	defer os.RemoveAll(socket)
	c, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: socket + "/s", Net: "unixgram"})
	must(t, err)
	defer c.Close()
	r := startTailEnv(t, s.db, s.set, []string{"NOTIFY_SOCKET=" + socket + "/s", "WATCHDOG_USEC=300000"}, nil, s.name)
	s.upTo(r)
	var got []string
	buf := make([]byte, 100)
	c.SetReadDeadline(time.Now().Add(20 * time.Second))
	for range 3 {
		n, err := c.Read(buf)
		must(t, err)
		got = append(got, string(buf[:n]))
	}
	r.stop()
	for {
		n, err := c.Read(buf)
		must(t, err)
		if got = append(got, string(buf[:n])); got[len(got)-1] == "STOPPING=1" {
			break
		}
	}
	if s := strings.Join(got, " "); !strings.HasPrefix(s, "READY=1 WATCHDOG=1 WATCHDOG=1") && !strings.HasPrefix(s, "WATCHDOG=1") {
		t.Errorf("told systemd %s", s)
	}
}

// TestTailInUse tells who holds the database.
func TestTailInUse(t *testing.T) {
	s := newScene(t)
	st, err := store.Open(s.db, store.Options{Command: "the test"})
	must(t, err)
	defer st.Close()
	out, err := program(t, "--db", s.db, "tail", s.name).CombinedOutput()
	if err == nil || !bytes.Contains(out, []byte("the test")) {
		t.Errorf("err %v: %s", err, out)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// notes follows what a process says on stderr.
type notes struct {
	mu      sync.Mutex
	b       bytes.Buffer
	changed chan struct{}
}

func (n *notes) Write(p []byte) (int, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	select {
	case n.changed <- struct{}{}:
	default:
	}
	return n.b.Write(p)
}

func (n *notes) String() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.b.String()
}

func (n *notes) wait(t *testing.T, text string) {
	t.Helper()
	deadline := time.After(30 * time.Second)
	for !strings.Contains(n.String(), text) {
		select {
		case <-n.changed:
		case <-deadline:
			t.Fatalf("it did not say %q: %s", text, n.String())
		}
	}
}
