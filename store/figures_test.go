package store

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"bouncelog/parser"
	"bouncelog/trace"
)

// change does to a message what a tracker might: one more attempt, a correction, a link that is learnt late.
func change(r *rand.Rand, m *trace.Message) {
	rc := m.Recipients[r.IntN(len(m.Recipients))]
	switch r.IntN(10) {
	case 0:
		m.DSN, m.ParentQueueID = parser.DSNFailure, "PARENT"
	case 1:
		m.PrevID, m.PrevQueueID = 1, "PREV"
	case 2:
		m.Rejected = !m.Rejected
	case 3:
		m.Begun, m.First = m.Begun-3600e9, m.First-3600e9
	case 4:
		rc.Outcome, rc.Final = parser.OutcomeReinjected, false
	case 5:
		m.Recipients = append(m.Recipients, &trace.Recipient{Address: "late@example.com"})
	case 6:
		m.Sender = fmt.Sprintf("other%d@example.net", r.IntN(5))
	default:
		n := len(rc.Attempts)
		a := trace.Attempt{Time: m.Last + int64(r.IntN(8))*3600e9, Try: n + 1, Outcome: parser.OutcomeDeferred, Reply: "450 4.2.0 try later", Verdict: greylist, Log: 1}
		switch r.IntN(3) {
		case 0:
			a.Outcome, a.Final, a.Delay, a.Verdict = parser.OutcomeDelivered, true, float64(r.IntN(5000)), nil
		case 1:
			a.Outcome, a.Final, a.Verdict = parser.OutcomeExpired, true, greylist
		}
		rc.Attempts = append(rc.Attempts, a)
		rc.Outcome, rc.Final = a.Outcome, a.Final
		m.Last = a.Time
	}
}

// Whatever happens to messages, in however many batches, the store's aggregates are those of its messages counted afresh.
func TestAggregatesAgreeWithDetails(t *testing.T) {
	for seed := range uint64(3) {
		r := rand.New(rand.NewPCG(seed, 7))
		path := filepath.Join(t.TempDir(), "db")
		s, err := Open(path, Options{Zone: time.FixedZone("", 0)})
		if err != nil {
			t.Fatal(err)
		}
		g := newTraffic(time.Date(2026, 10, 24, 22, 0, 0, 0, time.UTC), 3000)
		o := AggregateOptions{Zone: s.Zone(), Provider: testProvider}
		a := NewAggregates(o)
		live := map[int64]*trace.Message{}
		for range 12 {
			changed := map[int64]*trace.Message{}
			for range r.IntN(400) + 1 {
				m := g.next()
				live[m.ID] = m
				changed[m.ID] = m
			}
			for range 300 {
				id := r.Int64N(g.id-1) + 1
				m := live[id]
				if m == nil { // evicted: it comes back from the store
					if m, err = s.Keeper(a).Load(id); err != nil || m == nil {
						t.Fatal(id, err)
					}
					live[id] = m
				}
				change(r, m)
				changed[id] = m
				if r.IntN(3) == 0 {
					a.Update(m)
				}
			}
			b := &Batch{NextID: g.id}
			for _, m := range changed {
				a.Update(m)
				b.Messages = append(b.Messages, m.Clone())
			}
			b.Aggregates = a.Take()
			if err := s.Commit(b); err != nil {
				t.Fatal(err)
			}
			for id := range live {
				if r.IntN(2) == 0 {
					delete(live, id)
				}
			}
		}
		check := func(s *Store) {
			t.Helper()
			want := countAgain(t, s, AggregateOptions{Zone: s.Zone(), KeepAll: true})
			day := time.Date(2026, 10, 25, 0, 0, 0, 0, time.UTC)
			for _, w := range [][2]time.Time{{}, {day, day.AddDate(0, 0, 1)}, {day.Add(5 * time.Hour), day.Add(9 * time.Hour)}} {
				got, err := s.Figures(Filter{}, w[0], w[1], 0)
				if err != nil {
					t.Fatal(err)
				}
				f := want.Figures(w[0], w[1], 0)
				for i := range f.Replies { // which example was first depends on the order of counting
					f.Replies[i] = Reply{Template: f.Replies[i].Template, Count: f.Replies[i].Count}
				}
				for i := range got.Replies {
					got.Replies[i] = Reply{Template: got.Replies[i].Template, Count: got.Replies[i].Count}
				}
				if d := cmp.Diff(f, got, cmp.Comparer(func(a, b *time.Location) bool { return true })); d != "" {
					t.Fatal(d)
				}
				if w[0].IsZero() && got.Totals.Delivered == 0 {
					t.Fatal("nothing was counted")
				}
			}
		}
		check(s)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		reader, err := OpenReader(path)
		if err != nil {
			t.Fatal(err)
		}
		check(reader)
		reader.Close()
	}
}
