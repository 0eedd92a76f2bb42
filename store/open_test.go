package store

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"bouncelog/trace"
)

func TestReaderNeverCreates(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "none", "db")
	if _, err := OpenReader(path); !errors.Is(err, ErrNoDatabase) || !strings.Contains(err.Error(), "bouncelog ingest") {
		t.Errorf("missing file: %v", err)
	}
	empty := filepath.Join(dir, "empty")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenReader(empty); !errors.Is(err, ErrNoDatabase) {
		t.Errorf("empty file: %v", err)
	}
	if _, err := OpenReader(dir); err == nil || !strings.Contains(err.Error(), "directory") {
		t.Errorf("directory: %v", err)
	}
	list, _ := os.ReadDir(dir)
	if len(list) != 1 {
		t.Errorf("a reader made files: %v", list)
	}
}

func TestRefusesForeignFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "db")
	if err := os.WriteFile(path, []byte(strings.Repeat("this is no database\n", 500)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenReader(path); !errors.Is(err, ErrCorrupt) {
		t.Errorf("reader: %v", err)
	}
	if _, err := Open(path, Options{}); !errors.Is(err, ErrCorrupt) {
		t.Errorf("writer: %v", err)
	}
	other := filepath.Join(t.TempDir(), "db")
	c, err := dial(other, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.script("CREATE TABLE theirs (x)"); err != nil {
		t.Fatal(err)
	}
	c.close()
	if _, err := Open(other, Options{}); !errors.Is(err, ErrNoDatabase) {
		t.Errorf("another program's database: %v", err)
	}
}

func TestRefusesNewerVersion(t *testing.T) {
	path := filepath.Join(t.TempDir(), "db")
	s := mustOpen(t, path)
	if err := s.w.script("PRAGMA user_version = 99"); err != nil {
		t.Fatal(err)
	}
	s.Close()
	if _, err := Open(path, Options{}); !errors.Is(err, ErrNewer) {
		t.Errorf("writer: %v", err)
	}
	if _, err := OpenReader(path); !errors.Is(err, ErrNewer) {
		t.Errorf("reader: %v", err)
	}
}

func TestSecondWriterIsToldWhoWrites(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state", "db")
	first, err := Open(path, Options{Command: "bouncelog tail"})
	if err != nil {
		t.Fatal(err)
	}
	_, err = Open(path, Options{})
	if !errors.Is(err, ErrInUse) || !strings.Contains(err.Error(), "(bouncelog tail)") || !strings.Contains(err.Error(), "pid ") {
		t.Errorf("second writer: %v", err)
	}
	r, err := OpenReader(path)
	if err != nil {
		t.Fatalf("a reader beside the writer: %v", err)
	}
	r.Close()
	first.Close()
	mustOpen(t, path)
	for name, mode := range map[string]os.FileMode{path: 0o600, filepath.Dir(path): 0o700} {
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != mode {
			t.Errorf("%s: mode %v, want %v, %v", filepath.Base(name), info.Mode().Perm(), mode, err)
		}
	}
}

func TestZoneIsFixed(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Skip("no zone data")
	}
	path := filepath.Join(t.TempDir(), "db")
	s, err := Open(path, Options{Zone: berlin})
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
	if s = mustOpen(t, path); s.Zone().String() != "Europe/Berlin" {
		t.Errorf("zone %v", s.Zone())
	}
}

// A commit that finds no room says so, leaves nothing behind, and succeeds when there is room again.
func TestFullDisk(t *testing.T) {
	path := filepath.Join(t.TempDir(), "db")
	s, err := Open(path, Options{Zone: time.UTC, MaxPages: 100})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	g := newTraffic(time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC), 2000)
	a := NewAggregates(AggregateOptions{Zone: time.UTC})
	b := &Batch{Logs: []*LogState{{Name: "maillog", Position: 7}}}
	for range 3000 {
		m := g.next()
		a.Update(m)
		b.Messages = append(b.Messages, m)
	}
	b.Aggregates, b.NextID = a.Take(), g.id
	for range 2 {
		if err := s.Commit(b); !errors.Is(err, ErrFull) {
			t.Fatalf("commit without room: %v", err)
		}
	}
	// The keeper still knows what could not be written.
	if m, err := s.Keeper(nil).Find(trace.Key{Host: "mx1", QueueID: b.Messages[5].QueueID}, false, b.Messages[5].First); err != nil || len(m) != 1 {
		t.Errorf("Find: %v, %v", m, err)
	}
	if meta, err := s.Meta(); err != nil || meta.Messages != 0 || meta.Logs != 0 {
		t.Fatalf("after failed commits: %+v, %v", meta, err)
	}
	if err := s.w.script("PRAGMA max_page_count = 100000"); err != nil {
		t.Fatal(err)
	}
	if err := s.Commit(b); err != nil {
		t.Fatal(err)
	}
	f, err := s.Figures(Filter{}, time.Time{}, time.Time{}, 0)
	if err != nil || f.Totals.Messages != 3000 {
		t.Errorf("%d messages, %v", f.Totals.Messages, err)
	}
	if meta, err := s.Meta(); err != nil || meta.Messages != 3000 || meta.Logs != 1 {
		t.Errorf("%+v, %v", meta, err)
	}
}

// Ids that a failed commit gave may be given to others by the next one.
func TestUndoneIDs(t *testing.T) {
	var figures [2]*Figures
	for i := range figures {
		s := mustOpen(t, filepath.Join(t.TempDir(), "db"))
		batches := makeBatches(newTraffic(time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC), 2000), 2*batchSize)
		batches[0].Logs = []*LogState{{Name: "maillog"}}
		if i == 1 {
			if err := s.w.script("CREATE TEMP TRIGGER no BEFORE INSERT ON log BEGIN SELECT raise(ABORT, 'no'); END"); err != nil {
				t.Fatal(err)
			}
			if err := s.Commit(batches[0]); err == nil {
				t.Fatal("the commit did not fail")
			}
			if err := s.w.script("DROP TRIGGER no"); err != nil {
				t.Fatal(err)
			}
			slices.Reverse(batches)
		}
		for _, b := range batches {
			if err := s.Commit(b); err != nil {
				t.Fatal(err)
			}
		}
		var err error
		if figures[i], err = s.Figures(Filter{}, time.Time{}, time.Time{}, 0); err != nil {
			t.Fatal(err)
		}
	}
	if d := cmp.Diff(figures[0], figures[1], cmp.Comparer(func(a, b *time.Location) bool { return true })); d != "" {
		t.Error(d)
	}
}

func TestBusy(t *testing.T) {
	path := filepath.Join(t.TempDir(), "db")
	s, err := Open(path, Options{BusyTimeout: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	other, err := dial(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer other.close()
	if err := other.script("BEGIN IMMEDIATE"); err != nil {
		t.Fatal(err)
	}
	b := &Batch{NextID: 5}
	if err := s.Commit(b); !errors.Is(err, ErrBusy) {
		t.Fatalf("commit beside a transaction: %v", err)
	}
	if err := other.script("ROLLBACK"); err != nil {
		t.Fatal(err)
	}
	if err := s.Commit(b); err != nil {
		t.Fatal(err)
	}
	if _, next, err := s.TrackerState(); err != nil || next != 5 {
		t.Errorf("next id %d, %v", next, err)
	}
}

func TestLogs(t *testing.T) {
	s := mustOpen(t, filepath.Join(t.TempDir(), "db"))
	want := LogState{Ident: "abc", Name: "/var/log/maillog", HeadHash: 1<<63 + 5, HeadLen: 4096, Position: 1 << 40, TailHash: 1<<64 - 1, TailLen: 7, Line: 9,
		Cursor: "s=1", Host: "mx1", First: 1, Last: 2, State: []byte{0, 1, 255}, Foreign: 3, Unrecognized: 4}
	want.ID = s.NewLogID()
	second := &LogState{HeadHash: 1, HeadLen: 3}
	if err := s.Commit(&Batch{Logs: []*LogState{&want, second}, Tracker: []byte("state"), NextID: 42}); err != nil {
		t.Fatal(err)
	}
	if second.ID == 0 || second.ID == want.ID {
		t.Errorf("ids %d and %d", want.ID, second.ID)
	}
	logs, err := s.Logs()
	if err != nil || len(logs) != 2 {
		t.Fatal(len(logs), err)
	}
	got := *logs[0]
	if string(got.State) != string(want.State) {
		t.Errorf("state %v", got.State)
	}
	got.State, want.State = nil, nil
	if got.ID != want.ID || got.HeadHash != want.HeadHash || got.TailHash != want.TailHash || got.Cursor != want.Cursor || got.Unrecognized != 4 {
		t.Errorf("%+v", got)
	}
	if l, err := s.LogsByHead(want.HeadHash, 4096); err != nil || len(l) != 1 || l[0].ID != want.ID {
		t.Errorf("by head: %v, %v", l, err)
	}
	if state, next, err := s.TrackerState(); err != nil || string(state) != "state" || next != 42 {
		t.Errorf("tracker: %q %d %v", state, next, err)
	}
}

// A database in a directory that is read-only, as on a snapshot, is read all the same; with a write-ahead log it says what to do.
func TestReadOnlyDirectory(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root may write everywhere")
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "db")
	s, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o500); err != nil {
		t.Fatal(err)
	}
	r, err := OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Meta(); err != nil {
		t.Error(err)
	}
	r.Close()

	if err := os.Chmod(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path+"-wal", []byte("not read"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o500); err != nil {
		t.Fatal(err)
	}
	if r, err := OpenReader(path); err == nil || !strings.Contains(err.Error(), "db-wal") {
		t.Errorf("%v, %v", r, err)
	}
	os.Chmod(dir, 0o700)
}
