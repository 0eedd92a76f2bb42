package trace

import (
	"testing"
	"time"

	"bouncelog/parser"
)

// TestStateForgetsSessions: what is kept between two commits are the sessions of the last half hour, by the lines at hand, not all that were
// never seen to end.
func TestStateForgetsSessions(t *testing.T) {
	base := time.Date(2026, 11, 22, 7, 0, 0, 0, time.UTC)
	tr := New(Options{})
	add := func(tr *Tracker, pid int32, at time.Time) {
		tr.Add(&parser.Record{Kind: parser.KindSession, Host: []byte("mx"), PID: pid, Time: at.UnixNano(), ClientIP: []byte("192.0.2.1")})
	}
	add(tr, 1, base)
	add(tr, 2, base.Add(50*time.Minute))
	add(tr, 3, base.Add(time.Hour))
	state := func(tr *Tracker) int {
		t.Helper()
		b, err := tr.State()
		if err != nil {
			t.Fatal(err)
		}
		back := New(Options{})
		if err := back.Restore(b); err != nil {
			t.Fatal(err)
		}
		if _, err := back.State(); err != nil { // before its first line
			t.Fatal(err)
		}
		return len(back.sessions)
	}
	if n := state(tr); n != 2 {
		t.Errorf("%d sessions kept, want the two of the last half hour", n)
	}
	add(tr, 4, base.Add(-24*time.Hour)) // an older log is read after a newer one
	if n := state(tr); n != 1 {
		t.Errorf("%d sessions kept, want the one of the line at hand", n)
	}
}
