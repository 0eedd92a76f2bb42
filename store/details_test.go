package store

import (
	"context"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"bouncelog/classify"
	"bouncelog/parser"
	"bouncelog/trace"
)

// What is read from the messages one by one agrees with the aggregates: the queue, cross tables, replies behind a key.
func TestDetailsAgreeWithFigures(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	start := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	s := mustOpen(t, filepath.Join(t.TempDir(), "db"))
	defer s.Close()
	g := newTraffic(start, 1000)
	a := NewAggregates(AggregateOptions{Zone: s.Zone(), Provider: testProvider})
	b := &Batch{}
	for range 3000 {
		m := g.next()
		for range r.IntN(3) { // some stay open, some end again
			change(r, m)
		}
		for _, rc := range m.Recipients {
			if n := len(rc.Attempts); n > 0 && rc.Attempts[n-1].Outcome == parser.OutcomeDeferred {
				m.Ended = 0
			}
		}
		a.Update(m)
		b.Messages = append(b.Messages, m.Clone())
	}
	b.NextID, b.Aggregates = g.id, a.Take()
	if err := s.Commit(b); err != nil {
		t.Fatal(err)
	}
	waiting := 0
	for _, at := range []time.Time{start.Add(3 * time.Hour), start.Add(24*time.Hour + 10*time.Minute), start.AddDate(0, 0, 2), start.AddDate(1, 0, 0)} {
		f, err := s.Figures(Filter{}, start, at, 0)
		if err != nil {
			t.Fatal(err)
		}
		q, err := s.Queue(Filter{}, at)
		if err != nil {
			t.Fatal(err)
		}
		if int64(len(q)) != f.Deferred {
			t.Errorf("%s: %d in the queue, %d deferred", at, len(q), f.Deferred)
		}
		waiting += len(q)
	}
	if waiting == 0 {
		t.Error("no mail ever waited: the test shows nothing")
	}

	since, until := start.Add(5*time.Hour), start.Add(30*time.Hour)
	f, err := s.Figures(Filter{}, since, until, 0)
	if err != nil {
		t.Fatal(err)
	}
	for dim, name := range map[Dim]string{DimDomain: "domain", DimProvider: "provider", DimSenderDomain: "sender", DimHost: "host", DimRelay: "relay"} {
		rows, err := s.Cross(Filter{}, []string{name}, since, until)
		if err != nil {
			t.Fatal(err)
		}
		byKey := map[string]Counts{}
		for _, r := range rows {
			byKey[r.Keys[0]] = r.Counts
		}
		for _, want := range f.By[dim] {
			got := byKey[want.Key]
			if got.Delivered != want.Delivered || got.Deferrals != want.Deferrals || got.Bounced != want.Bounced || got.Expired != want.Expired || got.Hard != want.Hard ||
				got.Soft != want.Soft || got.Block != want.Block || got.Content != want.Content {
				t.Errorf("by %s %q: %+v, want %+v", name, want.Key, got, want.Counts)
			}
		}
	}
	rows, err := s.Cross(Filter{}, []string{"domain", "cause", "day"}, since, until)
	if err != nil {
		t.Fatal(err)
	}
	var sum Counts
	for _, r := range rows {
		sum.Delivered += r.Delivered
		sum.Deferrals += r.Deferrals
		sum.Bounced += r.Bounced + r.Expired
	}
	if c := f.Totals; sum.Delivered != c.Delivered || sum.Deferrals != c.Deferrals || sum.Bounced != c.Bounced+c.Expired {
		t.Errorf("the cross table sums up to %+v, want %+v", sum, c.Counts)
	}
	if _, err := s.Cross(Filter{}, []string{"nonsense"}, since, until); err == nil {
		t.Error("a dimension that does not exist is taken")
	}

	host := f.By[DimHost][0].Key
	replies, err := s.Behind(Filter{}, map[Dim][]string{DimHost: {host, "other.example"}}, since, until, 100000)
	if err != nil {
		t.Fatal(err)
	}
	var n, want int64
	for _, r := range replies[DimHost][host] {
		n += r.Count
	}
	for _, r := range f.Replies {
		want += r.Count
	}
	if len(f.By[DimHost]) == 1 && n != want || n == 0 {
		t.Errorf("%d replies behind the host, want %d", n, want)
	}
	if len(replies[DimHost]["other.example"]) != 0 {
		t.Error("a host that never spoke has replies")
	}
}

func TestReclassifySince(t *testing.T) {
	start := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	s := mustOpen(t, filepath.Join(t.TempDir(), "db"))
	defer s.Close()
	load(t, s, newTraffic(start, 1000), 3000, 500)
	if err := s.SetRulesVersion("old"); err != nil {
		t.Fatal(err)
	}
	other := judgeFunc(func(e *trace.Event) {
		e.Attempt.Verdict = &classify.Verdict{Category: classify.Soft, Cause: "greylisted", Rule: "new"}
	})
	since := start.AddDate(0, 0, 2)
	if _, err := s.ReclassifySince(context.Background(), since, other, testProvider, "new", nil); err != nil {
		t.Fatal(err)
	}
	before, err := s.Figures(Filter{}, start, start.AddDate(0, 0, 1), 0)
	if err != nil {
		t.Fatal(err)
	}
	after, err := s.Figures(Filter{}, since.Add(time.Hour), since.AddDate(0, 0, 1), 0)
	if err != nil {
		t.Fatal(err)
	}
	if len(before.By[DimCause]) < 2 || len(after.By[DimCause]) != 1 {
		t.Errorf("causes: %d before, %d after; want several and one", len(before.By[DimCause]), len(after.By[DimCause]))
	}
	if v, err := s.RulesVersion(); err != nil || v != "old" {
		t.Errorf("version %q, %v: a part that was classified again is not the whole", v, err)
	}
}

func TestSecret(t *testing.T) {
	path := filepath.Join(t.TempDir(), "db")
	s := mustOpen(t, path)
	reader, err := OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	if _, err := reader.Secret(nil); err != ErrNoSecret {
		t.Errorf("a reader made a key: %v", err)
	}
	key, err := s.Secret([]byte("short"))
	if err != nil || len(key) != secretLen {
		t.Fatalf("key %x, %v", key, err)
	}
	again, err := reader.Secret(make([]byte, secretLen))
	if err != nil || string(again) != string(key) {
		t.Errorf("the key changed: %x, %x, %v", key, again, err)
	}
	if yes, err := reader.Redacted(); yes || err != nil {
		t.Error(yes, err)
	}
	if err := s.SetRedacted(); err != nil {
		t.Fatal(err)
	}
	if yes, err := reader.Redacted(); !yes || err != nil {
		t.Error(yes, err)
	}
	s.Close()
}
