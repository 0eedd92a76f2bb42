package store

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"bouncelog/classify"
	"bouncelog/trace"
)

// load commits n messages of one host in batches and returns them.
func load(t *testing.T, s *Store, g *traffic, n, batch int) []*trace.Message {
	t.Helper()
	a := NewAggregates(AggregateOptions{Zone: s.Zone(), Provider: testProvider})
	var all []*trace.Message
	for len(all) < n {
		b := &Batch{Logs: []*LogState{{ID: 1, Name: "maillog"}}}
		for range batch {
			m := g.next()
			a.Update(m)
			all = append(all, m)
			b.Messages = append(b.Messages, m.Clone())
		}
		b.NextID, b.Aggregates = g.id, a.Take()
		b.Logs[0].Position = g.id - 1
		if err := s.Commit(b); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// agree checks that aggregates, messages and the position in the log speak of the same number of messages.
func agree(t *testing.T, s *Store) int64 {
	t.Helper()
	f, err := s.Figures(Filter{}, time.Time{}, time.Time{}, 0)
	if err != nil {
		t.Fatal(err)
	}
	d, err := s.Figures(Filter{Host: []string{"mx1"}}, time.Time{}, time.Time{}, 0)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(d.Totals, f.Totals); diff != "" {
		t.Fatalf("messages (-) and aggregates (+): %s", diff)
	}
	logs, err := s.Logs()
	if err != nil {
		t.Fatal(err)
	}
	var position int64
	if len(logs) > 0 {
		position = logs[0].Position
	}
	if position != f.Totals.Messages {
		t.Fatalf("position %d, messages %d", position, f.Totals.Messages)
	}
	return position
}

// What a killed writer leaves, at whatever moment, is a whole number of commits: the files are copied while it writes.
func TestExactlyOnce(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "db")
	s := mustOpen(t, path)
	g := newTraffic(time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC), 5000)
	const batch = 200
	load(t, s, g, batch, batch)
	stop, copies := make(chan struct{}), make(chan string, 40)
	go func() {
		defer close(copies)
		for i := range 40 {
			select {
			case <-stop:
				return
			default:
			}
			to := filepath.Join(dir, "copy"+string(rune('A'+i)))
			// The log first: a checkpoint between the two copies moves pages that the copied log has as well.
			copyFile(t, path+"-wal", to+"-wal")
			copyFile(t, path, to)
			copies <- to
		}
	}()
	load(t, s, g, 4000, batch)
	close(stop)
	n, checked := int64(0), 0
	for c := range copies {
		r := mustOpen(t, c)
		if got := agree(t, r); got%batch != 0 || got < n {
			t.Fatalf("%d messages after %d", got, n)
		} else {
			n = got
		}
		r.Close()
		checked++
	}
	if checked == 0 || n == 0 {
		t.Fatal("no copy was made in time")
	}
	if got := agree(t, s); got != 4200 {
		t.Errorf("%d messages in the end", got)
	}
}

func copyFile(t *testing.T, from, to string) {
	in, err := os.Open(from)
	if err != nil {
		t.Error(err)
		return
	}
	defer in.Close()
	out, err := os.Create(to)
	if err != nil {
		t.Error(err)
		return
	}
	defer out.Close()
	if _, err := io.Copy(out, in); err != nil {
		t.Error(err)
	}
}

func TestPrune(t *testing.T) {
	path := filepath.Join(t.TempDir(), "db")
	s := mustOpen(t, path)
	start := time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC)
	g := newTraffic(start, 300)
	all := load(t, s, g, 300*40, 6000) // 40 days
	before, err := s.Figures(Filter{}, time.Time{}, time.Time{}, 0)
	if err != nil {
		t.Fatal(err)
	}
	now := start.AddDate(0, 0, 40)
	if n, err := s.Prune(context.Background(), now); n != 0 || err != nil {
		t.Fatalf("without a retention: %d, %v", n, err)
	}
	if err := s.SetRetention(10); err != nil {
		t.Fatal(err)
	}
	pages, err := s.w.number("PRAGMA page_count")
	if err != nil {
		t.Fatal(err)
	}
	removed, err := s.Prune(context.Background(), now)
	if err != nil {
		t.Fatal(err)
	}
	cutoff := now.AddDate(0, 0, -10)
	want := int64(0)
	for _, m := range all {
		if m.Last < cutoff.UnixNano() {
			want++
		}
	}
	if removed != want || want == 0 {
		t.Errorf("removed %d, want %d", removed, want)
	}
	if left, _ := s.w.number("PRAGMA page_count"); left > pages*3/4 {
		t.Errorf("%d pages of %d are left", left, pages)
	}
	after, err := s.Figures(Filter{}, time.Time{}, time.Time{}, 0)
	if err != nil {
		t.Fatal(err)
	}
	if !after.DetailsFrom.Equal(cutoff) {
		t.Errorf("details from %v, want %v", after.DetailsFrom, cutoff)
	}
	after.DetailsFrom = time.Time{}
	if d := cmp.Diff(before, after, cmp.Comparer(func(a, b *time.Location) bool { return true })); d != "" {
		t.Errorf("figures changed: %s", d)
	}
	old, young := all[0], all[len(all)-1]
	if m, _, err := s.Matches(Search{Key: old.QueueID}); err != nil || len(m) != 0 {
		t.Errorf("an old message: %d matches, %v", len(m), err)
	}
	if m, _, err := s.Matches(Search{Key: young.QueueID}); err != nil || len(m) != 1 {
		t.Errorf("a young message: %d matches, %v", len(m), err)
	}
	if n, err := s.Prune(context.Background(), now); n != 0 || err != nil {
		t.Errorf("again: %d, %v", n, err)
	}
}

type judgeFunc func(*trace.Event)

func (f judgeFunc) Judge(e *trace.Event) { f(e) }

func TestReclassify(t *testing.T) {
	s := mustOpen(t, filepath.Join(t.TempDir(), "db"))
	load(t, s, newTraffic(time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC), 5000), 3000, 1000)
	before, err := s.Figures(Filter{}, time.Time{}, time.Time{}, 0)
	if err != nil {
		t.Fatal(err)
	}
	verdict := &classify.Verdict{Category: classify.Block, Cause: "renamed", Rule: "new", Provider: "somebody"}
	done, err := s.Reclassify(context.Background(), judgeFunc(func(e *trace.Event) { e.Attempt.Verdict = verdict }), nil, "rules 2", nil)
	if err != nil {
		t.Fatal(err)
	}
	if done.Messages != 3000 || done.Changed == 0 {
		t.Errorf("%+v", done)
	}
	agree(t, s)
	after, err := s.Figures(Filter{}, time.Time{}, time.Time{}, 0)
	if err != nil {
		t.Fatal(err)
	}
	if after.Totals.Block != before.Totals.Failures() || after.Totals.Hard != 0 || after.Totals.Delivered != before.Totals.Delivered {
		t.Errorf("totals %+v, before %+v", after.Totals, before.Totals)
	}
	if len(after.By[DimCause]) != 1 || after.By[DimCause][0].Key != "renamed" {
		t.Errorf("causes %+v", after.By[DimCause])
	}
	for _, r := range after.Replies {
		if r.Cause != "renamed" {
			t.Errorf("reply %+v", r)
		}
	}
	if v, err := s.RulesVersion(); err != nil || v != "rules 2" {
		t.Errorf("version %q, %v", v, err)
	}
	if done, err = s.Reclassify(context.Background(), judgeFunc(func(e *trace.Event) { e.Attempt.Verdict = verdict }), nil, "rules 2", nil); err != nil || done.Changed != 0 {
		t.Errorf("again: %+v, %v", done, err)
	}
}

func TestSuppressions(t *testing.T) {
	s := mustOpen(t, filepath.Join(t.TempDir(), "db"))
	all := load(t, s, newTraffic(time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC), 5000), 3000, 1000)
	list, err := s.Suppressions(time.Time{}, 1)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]bool{}
	for _, m := range all { // in the order of time; retries end soon
		r := m.Recipients[0]
		v := verdictOf(&r.Attempts[len(r.Attempts)-1])
		if v != nil && v.Suppress {
			want[r.Address] = true
		} else if r.Outcome == 1 {
			delete(want, r.Address)
		}
	}
	if len(list) != len(want) || len(list) == 0 {
		t.Errorf("%d addresses, want %d", len(list), len(want))
	}
	for _, l := range list {
		if !want[l.Address] || l.Cause != "unknown-user" || l.Reply == "" {
			t.Errorf("%+v", l)
		}
	}
}

// The tracker finds what is staged, open, without a beginning, or ended not long ago.
func TestKeeper(t *testing.T) {
	path := filepath.Join(t.TempDir(), "db")
	s := mustOpen(t, path)
	at := time.Date(2026, 11, 5, 12, 0, 0, 0, time.UTC).UnixNano()
	message := func(id int64, queueID string, begun, ended bool) *trace.Message {
		m := &trace.Message{ID: id, Key: trace.Key{Host: "mx1", QueueID: queueID}, MTA: "postfix", First: at + id*1e9, Last: at + id*1e9, Log: 1}
		if begun {
			m.Begun = m.First
		}
		if ended {
			m.Ended = m.Last
		}
		return m
	}
	refusal := message(5, "", true, true)
	b := &Batch{NextID: 6, Messages: []*trace.Message{message(1, "OPEN", true, false), message(2, "HEADLESS", false, true), message(3, "ENDED", true, true),
		message(4, "ENDED", true, true), refusal}}
	a := NewAggregates(AggregateOptions{Zone: time.UTC})
	k := s.Keeper(a)
	check := func(when string) {
		t.Helper()
		for _, c := range []struct {
			queueID string
			begin   bool
			want    int
		}{{"OPEN", false, 1}, {"OPEN", true, 0}, {"HEADLESS", true, 1}, {"HEADLESS", false, 1}, {"ENDED", false, 2}, {"ENDED", true, 0}, {"NONE", false, 0}} {
			list, err := k.Find(trace.Key{Host: "mx1", Instance: "other", QueueID: c.queueID}, c.begin, at+86400e9)
			if err != nil || len(list) != c.want {
				t.Errorf("%s: Find(%s, %v): %d messages, want %d, %v", when, c.queueID, c.begin, len(list), c.want, err)
			}
			if len(list) == 2 && list[0].ID != 4 {
				t.Errorf("%s: the newest is not first", when)
			}
			for _, m := range list {
				if m.Counted == nil {
					t.Errorf("%s: Counted is not set", when)
				}
			}
		}
		if list, err := k.Find(trace.Key{Host: "mx2", QueueID: "OPEN"}, false, at); err != nil || len(list) != 0 {
			t.Errorf("%s: another host: %d, %v", when, len(list), err)
		}
		if list, err := k.Refused("mx1", refusal.First); err != nil || len(list) != 1 || list[0].ID != 5 {
			t.Errorf("%s: Refused: %d, %v", when, len(list), err)
		}
	}
	if list, err := k.Find(trace.Key{Host: "mx1", QueueID: "OPEN"}, false, at); err != nil || len(list) != 0 {
		t.Fatalf("empty: %d, %v", len(list), err)
	}
	s.Stage(b)
	check("staged")
	if err := s.Commit(b); err != nil {
		t.Fatal(err)
	}
	check("committed")
	asked := s.kept.seen.asked
	if list, err := k.Find(trace.Key{Host: "mx1", QueueID: "OPEN"}, false, at+86400e9); err != nil || len(list) != 1 || s.kept.seen.asked != asked {
		t.Errorf("a line of an open message: %d messages, %d look-ups, %v", len(list), s.kept.seen.asked-asked, err)
	}
	if _, err := k.Find(trace.Key{Host: "mx1", QueueID: "OPEN"}, false, at); err != nil || s.kept.seen.asked == asked {
		t.Errorf("a line from before it began: %d look-ups, %v", s.kept.seen.asked-asked, err)
	}
	s.Close()
	s = mustOpen(t, path)
	k = s.Keeper(a)
	check("opened again")
	s.kept.seen.asked = seenAfter
	check("with a filter")
	if !s.kept.seen.ready {
		t.Error("there is no filter")
	}
	clear(s.kept.open)
	clear(s.kept.byHash)
	s.kept.most = 1
	if err := s.kept.load(s.w.session); err != nil {
		t.Fatal(err)
	}
	if !s.kept.partial {
		t.Fatal("there are two open messages")
	}
	check("more are open than are known in memory")
	for _, id := range []string{"OPEN", "HEADLESS"} {
		if list, err := k.Find(trace.Key{Host: "mx1", QueueID: id}, false, at+30*86400e9); err != nil || len(list) != 1 {
			t.Errorf("%s 30 days later: %d, %v", id, len(list), err)
		}
	}
}
