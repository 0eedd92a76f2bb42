package store

import (
	"path/filepath"
	"testing"
	"time"

	"bouncelog/parser"
	"bouncelog/trace"
)

// What waited at a moment is found by the marks of long lives, also by those of before the hours were noted in them.
func TestLives(t *testing.T) {
	s := mustOpen(t, filepath.Join(t.TempDir(), "db"))
	start := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	lives := []time.Duration{time.Minute, time.Hour, time.Hour + time.Second, 2*time.Hour - time.Second, 2 * time.Hour, 26 * time.Hour, 120 * time.Hour}
	g := newTraffic(start, 1000)
	b := &Batch{Aggregates: NewAggregates(AggregateOptions{Zone: s.Zone()})}
	for i, life := range lives {
		m := g.next()
		m.ID = int64(i+1) << spanBits // a span of its own
		m.First, m.Last = start.UnixNano(), start.Add(life).UnixNano()
		m.Begun, m.Ended = m.First, m.Last
		m.Recipients[0].Attempts = []trace.Attempt{
			{Time: m.First, Outcome: parser.OutcomeDeferred, Try: 1},
			{Time: m.Last, Outcome: parser.OutcomeDelivered, Final: true, Try: 2},
		}
		m.Recipients[0].Outcome, m.Recipients[0].Final = parser.OutcomeDelivered, true
		b.Messages, b.NextID = append(b.Messages, m), m.ID+1
	}
	if err := s.Commit(b); err != nil {
		t.Fatal(err)
	}
	check := func(what string) {
		t.Helper()
		for at := start.Add(time.Hour); at.Before(start.Add(130 * time.Hour)); at = at.Add(time.Hour) {
			want := 0
			for _, life := range lives {
				if !start.Add(life).Before(at) {
					want++
				}
			}
			q, err := s.Queue(Filter{}, at)
			if err != nil {
				t.Fatal(err)
			}
			if len(q) != want {
				t.Errorf("%s: %d waited after %s, want %d", what, len(q), at.Sub(start), want)
			}
		}
	}
	check("marks with hours")
	n, err := s.w.number("SELECT count(*) FROM marked_message WHERE "+tookHours("?"), 100)
	if err != nil || n != 1 {
		t.Errorf("%d marks of more than 100 hours, %v", n, err)
	}
	if err := s.w.exec("UPDATE marked_message SET marks = marks & ?", 1<<lifeShift-1); err != nil {
		t.Fatal(err)
	}
	check("marks without")
}
