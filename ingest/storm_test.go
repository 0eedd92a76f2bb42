package ingest_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bouncelog/ingest"
	"bouncelog/store"
)

// storm is a log that is rotated as logrotate does, all numbers moving up by one, between any two looks of who follows it.
type storm struct {
	t       *testing.T
	name    string
	keep    int  // rotated files that stay; 0: all
	files   int  // rotated now
	written int  // messages
	left    int  // rotations to come in the middle of what the conveyor does
	copies  bool // rotate by copy and truncation
	notes   []string
}

// fill writes some messages to the file that has the name.
func (s *storm) fill(n int) {
	s.t.Helper()
	var b strings.Builder
	for range n {
		s.written++
		at := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC).Add(time.Duration(s.written) * 100 * time.Millisecond)
		fmt.Fprintf(&b, "%s mx1 postfix/smtp[1]: %011X: to=<u%d@d.example>, relay=mx.d.example[192.0.2.1]:25, delay=1, dsn=5.1.1, status=bounced (host mx.d.example[192.0.2.1] said: 550 5.1.1 no such user)\n",
			at.Format("2006-01-02T15:04:05.000000Z07:00"), 0x10000000000+s.written, s.written)
	}
	f, err := os.OpenFile(s.name, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		s.t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString(b.String()); err != nil {
		s.t.Fatal(err)
	}
}

func (s *storm) numbered(n int) string { return fmt.Sprintf("%s.%d", s.name, n) }

// rotate moves all files up by one and begins another.
func (s *storm) rotate() {
	s.t.Helper()
	for n := s.files; n > 0; n-- {
		s.must(os.Rename(s.numbered(n), s.numbered(n+1)))
	}
	if s.copies {
		text, err := os.ReadFile(s.name)
		s.must(err)
		s.must(os.WriteFile(s.numbered(1), text, 0o644))
		s.must(os.Truncate(s.name, 0))
		defer s.fill(s.files % 7) // the new content is shorter than the old one, as long, or longer
	} else {
		s.must(os.Rename(s.name, s.numbered(1)))
	}
	if s.files++; s.keep > 0 && s.files > s.keep {
		s.must(os.Remove(s.numbered(s.files)))
		s.files--
	}
	s.fill(30)
}

func (s *storm) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// conveyor returns one that has a rotation happen whenever it opened a file, as long as there are some left.
func (s *storm) conveyor(st *store.Store) *ingest.Conveyor {
	opt := options(s.t)
	opt.Store = st
	opt.OnFile = func(string, int64, int64) {
		if s.left > 0 {
			s.left--
			s.rotate()
		}
	}
	opt.OnNote = func(err error) { s.notes = append(s.notes, err.Error()) }
	c, err := ingest.New(opt)
	s.must(err)
	return c
}

// attach reads what the name stands for now, and what was missed before it. The file stays open, as whoever follows it keeps it.
func (s *storm) attach(c *ingest.Conveyor) {
	s.t.Helper()
	f, err := os.Open(s.name)
	s.must(err)
	s.t.Cleanup(func() { f.Close() })
	for {
		l, rest, err := c.Attach(s.t.Context(), s.name, f)
		s.must(err)
		for _, l := range rest {
			old := l.TakeFile()
			s.t.Cleanup(func() { old.Close() })
			c.End(l)
		}
		// As the follower does: what it was told to stand before the place must be there when it reads on.
		offset, _, before := l.Place()
		there := make([]byte, len(before))
		f.ReadAt(there, offset-int64(len(there)))
		if bytes.Equal(there, before) {
			break
		}
		s.must(c.Truncated(s.t.Context(), l, &ingest.Chunk{}))
	}
	s.must(c.Flush(s.t.Context()))
	s.must(c.Flush(s.t.Context())) // waits for the one before
}

func (s *storm) bounced(st *store.Store) int {
	s.t.Helper()
	f, err := st.Figures(store.Filter{}, time.Time{}, time.Time{}, 0)
	s.must(err)
	return int(f.Totals.Bounced)
}

func newStorm(t *testing.T) (*storm, *store.Store) {
	s := &storm{t: t, name: filepath.Join(t.TempDir(), "maillog")}
	st := openStore(t, filepath.Join(t.TempDir(), "db"))
	t.Cleanup(func() { st.Close() })
	s.fill(30)
	return s, st
}

// TestRotationStorm rotates many times between two looks, and again each time that a file is opened, so that the files change their names
// while they are looked for: each is read once.
func TestRotationStorm(t *testing.T) {
	for _, during := range []int{0, 1, 2, 7, 25, -1, -2, -7, -25} {
		t.Run(fmt.Sprint(during), func(t *testing.T) {
			s, st := newStorm(t)
			s.copies, during = during < 0, max(during, -during)
			c := s.conveyor(st)
			s.attach(c)
			for round := range 5 {
				for range round {
					s.rotate()
				}
				s.fill(3)
				s.left = during
				before := s.written
				s.attach(c)
				if got := s.bounced(st); got < before {
					t.Errorf("round %d: %d of the %d messages that were there at its beginning are stored", round, got, before)
				}
			}
			s.left = 0
			s.attach(c) // the storm is over
			s.must(c.Close())
			if got := s.bounced(st); got != s.written || len(s.notes) > 0 {
				t.Errorf("%d messages in %d files: %d stored; notes %q", s.written, s.files+1, got, s.notes)
			}
		})
	}
}

// TestRotatedAway removes what was not read to its end, while nobody reads: it is said, once, and what is left is read.
func TestRotatedAway(t *testing.T) {
	s, st := newStorm(t)
	s.keep = 2
	c := s.conveyor(st)
	s.attach(c)
	s.must(c.Close())
	s.fill(1)
	for range 5 {
		s.rotate()
	}
	for range 3 { // it is started again and again
		c = s.conveyor(st)
		s.attach(c)
		s.must(c.Close())
	}
	if got := s.bounced(st); got != 30+3*30 { // what was read at first, and the files that are left
		t.Errorf("%d stored", got)
	}
	if len(s.notes) != 1 || !strings.Contains(s.notes[0], "is gone: it was read up to line 30") {
		t.Errorf("notes %q", s.notes)
	}
}
