package store

import (
	"database/sql/driver"
	"errors"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"bouncelog/trace"
)

var sameZone = cmp.Comparer(func(a, b *time.Location) bool { return true })

// Counting by windows gives the figures that counting by hours gives, also of messages that change and of those that are finished.
func TestByWindow(t *testing.T) {
	start := time.Date(2026, 10, 24, 22, 0, 0, 0, time.UTC)
	edges := []time.Time{start.Add(30 * time.Hour), start.Add(5 * time.Hour), start.Add(6 * time.Hour)}
	o := AggregateOptions{Zone: time.UTC, Provider: testProvider, KeepAll: true}
	hourly := NewAggregates(o)
	o.ByWindow, o.Edges = true, edges
	coarse := NewAggregates(o)
	r := rand.New(rand.NewPCG(1, 7))
	g := newTraffic(start, 3000)
	for range 6000 {
		m := g.next()
		other := m.Clone()
		for range r.IntN(3) {
			hourly.Update(m)
			coarse.Update(other)
			change(r, m)
			counted := other.Counted
			other = m.Clone()
			other.Counted = counted
		}
		hourly.Update(m)
		coarse.Finish(other)
		if other.Counted != nil {
			t.Fatal("a finished message remembers what it counted")
		}
	}
	if len(coarse.cells) > len(hourly.cells)/2 {
		t.Errorf("%d cells by window, %d by hour", len(coarse.cells), len(hourly.cells))
	}
	if diff := cmp.Diff(hourly.Totals(), coarse.Totals()); diff != "" {
		t.Error(diff)
	}
	from, until, _ := hourly.Span()
	if f, u, _ := coarse.Span(); !f.Equal(from) || !u.Equal(until) {
		t.Errorf("span %v to %v, want %v to %v", f, u, from, until)
	}
	slices.SortFunc(edges, time.Time.Compare)
	for i, w := range [][2]time.Time{{}, {from, until}, {from, edges[0]}, {edges[0], edges[1]}, {edges[0], edges[2]}, {edges[2], until}, {edges[1], {}}} {
		want := hourly.Figures(w[0], w[1], 0)
		if diff := cmp.Diff(want, coarse.Figures(w[0], w[1], 0), sameZone); diff != "" {
			t.Errorf("window %d, by hour (-) and by window (+): %.2000s", i, diff)
		}
		if len(want.By[DimDomain]) == 0 || want.Totals.DelayMedian < 0 {
			t.Errorf("window %d holds nothing", i)
		}
	}
}

// Several windows asked for at once are answered as each alone is, by the store, its messages and the aggregates.
func TestFiguresOf(t *testing.T) {
	s := mustOpen(t, filepath.Join(t.TempDir(), "db"))
	start := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	load(t, s, newTraffic(start, 500), 3000, 500)
	day := func(n int) time.Time { return start.AddDate(0, 0, n) }
	window := func(since, until time.Time, dims DimSet, top int) Ask {
		return Ask{Since: since, Until: until, Dims: dims, Top: top}
	}
	asks := []Ask{
		window(day(2), day(3), AllDims, 0), window(time.Time{}, time.Time{}, AllDims, 3), window(day(1), day(2), Dims(DimProvider), 0),
		window(day(1).Add(5*time.Hour), day(3).Add(7*time.Hour), AllDims, 0), window(day(-20), day(-19), AllDims, 0), window(day(0), day(1), 0, 0),
		window(day(2), day(3), AllDims&^Dims(DimReply), 0), window(day(3), time.Time{}, AllDims, 0),
	}
	for name, of := range sources(t, s) {
		together, err := of(asks)
		if err != nil {
			t.Fatal(err)
		}
		for i, a := range asks {
			alone, err := of([]Ask{a})
			if err != nil {
				t.Fatal(err)
			}
			for _, replies := range [][]Reply{alone[0].Replies, together[i].Replies} {
				for j, r := range replies { // which example was first depends on what was counted before
					replies[j] = Reply{Template: r.Template, Count: r.Count, Cause: r.Cause}
				}
			}
			if diff := cmp.Diff(alone[0], together[i], sameZone); diff != "" {
				t.Errorf("%s, window %d, alone (-) and together (+): %.2000s", name, i, diff)
			}
			all, err := of([]Ask{window(a.Since, a.Until, AllDims, a.Top)})
			if err != nil {
				t.Fatal(err)
			}
			for d := range DimCount {
				want := all[0].By[d]
				if !a.Dims.Has(d) {
					want = nil
				}
				if diff := cmp.Diff(want, together[i].By[d]); diff != "" {
					t.Errorf("%s, window %d, %s: %.2000s", name, i, d, diff)
				}
			}
			if !a.Dims.Has(DimReply) && len(together[i].Replies) > 0 {
				t.Errorf("%s, window %d has replies", name, i)
			}
		}
		if together[0].Totals.Messages == 0 || len(together[3].Replies) == 0 || together[4].Totals.Messages != 0 {
			t.Errorf("%s: %+v", name, together[0].Totals)
		}
	}
}

func TestCountReader(t *testing.T) {
	for _, c := range []struct {
		block string
		want  []int64 // hour, key, field, n of each figure
	}{
		{"[]", nil},
		{"[[4,0,1,2]]", []int64{4, 0, 1, 2}},
		{"[[-4,7,1,-2,20,3],[0,12345678901,2,5]]", []int64{-4, 7, 1, -2, -4, 7, 20, 3, 0, 12345678901, 2, 5}},
		{"[[1,2]]", nil},
	} {
		var got []int64
		err := eachCount(c.block, 0, func(h slot, key int64, f field, n int64) { got = append(got, int64(h), key, int64(f), n) })
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, %v", c.block, got, err)
		}
		var all, one keySums
		one.only = map[int64]string{0: ""}
		if err := errors.Join(all.addDays([]string{c.block, c.block}), one.addDays([]string{c.block})); err != nil {
			t.Errorf("%s: %v", c.block, err)
		}
		want := map[int64]*sum{}
		for f := range slices.Chunk(c.want, 4) {
			sumOf(want, f[1]).add(field(f[2]), 2*f[3])
		}
		for id, s := range all.all() {
			if w := sumOf(want, id); w.n != s.n || (w.hist == nil) != (s.hist == nil) || w.hist != nil && *w.hist != *s.hist {
				t.Errorf("%s: key %d has %v, want %v", c.block, id, s, w)
			}
		}
		for id, s := range one.all() {
			if w := sumOf(want, id); id != 0 || w.n[fDelivered] != 2*s.n[fDelivered] {
				t.Errorf("%s: key %d of the one wanted has %v", c.block, id, s)
			}
		}
	}
	damaged := func(block string, k *keySums) {
		t.Helper()
		if err := eachCount(block, 0, func(slot, int64, field, int64) {}); err == nil {
			t.Errorf("%s: no error", block)
		}
		if err := k.addDays([]string{block}); err == nil {
			t.Errorf("%s: no error of sums", block)
		}
	}
	whole := "[[4,0,1,2],[5,17,3,12]]"
	for i := range len(whole) {
		damaged(whole[:i], &keySums{})
		damaged(whole[:i], &keySums{only: map[int64]string{}})
	}
	for _, bad := range []string{"[[1,2,3]]", "[[1,2,3,-]]", "[[1,2,3,4]", "[[1,2,3,4]]]", "[[1,2,3,4],]", "[[1,2,x,4]]", "[1,2,3,4]", "[[1,2,3,4] ]", "[[1 2,3,4]]"} {
		damaged(bad, &keySums{})
	}
}

// Strings are found whether they stand close together or far apart, and a missing one is damage.
func TestStringsOf(t *testing.T) {
	s := mustOpen(t, filepath.Join(t.TempDir(), "db"))
	load(t, s, newTraffic(time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC), 500), 1000, 1000)
	err := s.read(func(r *session) error {
		var all []int64
		err := r.query(func(row []driver.Value) error {
			all = append(all, integer(row[0]))
			return nil
		}, "SELECT id FROM string ORDER BY id")
		if err != nil {
			return err
		}
		last := all[len(all)-1]
		for _, ids := range [][]int64{nil, all, {all[0], last}, {all[0], all[2], last}} {
			texts, err := r.stringsOf(ids)
			if err != nil || len(texts) != len(ids) {
				t.Fatalf("%d of %d strings, %v", len(texts), len(ids), err)
			}
			for i, id := range ids {
				if want, err := r.stringOf(id); err != nil || texts[i] != want {
					t.Errorf("string %d: %q, want %q, %v", id, texts[i], want, err)
				}
			}
		}
		if _, err := r.stringsOf([]int64{last, last + 1}); err == nil {
			t.Error("no error for a missing string")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// countAgain counts all messages of the store anew.
func countAgain(t *testing.T, s *Store, o AggregateOptions) *Aggregates {
	t.Helper()
	a := NewAggregates(o)
	err := s.read(func(r *session) error {
		return r.scan(time.Time{}, time.Time{}, 0, func(m *trace.Message) error {
			a.Update(m)
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// sources answer Asks, each in its own way.
func sources(t *testing.T, s *Store) map[string]func([]Ask) ([]*Figures, error) {
	memory := countAgain(t, s, AggregateOptions{Zone: s.Zone(), Provider: testProvider, KeepAll: true})
	return map[string]func([]Ask) ([]*Figures, error){
		"store":    func(a []Ask) ([]*Figures, error) { return s.FiguresOf(Filter{}, a) },
		"messages": func(a []Ask) ([]*Figures, error) { return s.FiguresOf(Filter{Host: []string{"mx1"}}, a) },
		"memory":   func(a []Ask) ([]*Figures, error) { return memory.FiguresOf(a), nil },
	}
}

// A cut leaves out rows and says what they amount to; what is like it has the same keys.
func TestCut(t *testing.T) {
	s := mustOpen(t, filepath.Join(t.TempDir(), "db"))
	start := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	load(t, s, newTraffic(start, 500), 3000, 500)
	cut := Cut{Dims: Dims(DimDomain, DimRelay), Rows: 2}
	like := cut
	like.Like = 1
	asks := []Ask{
		{Since: start.AddDate(0, 0, 2), Until: start.AddDate(0, 0, 4), Dims: AllDims},
		{Since: start, Until: start.AddDate(0, 0, 2), Dims: AllDims &^ Dims(DimReply)},
	}
	for name, of := range sources(t, s) {
		whole, err := of(asks)
		if err != nil {
			t.Fatal(err)
		}
		short := slices.Clone(asks)
		short[0].Cut, short[1].Cut = cut, like
		got, err := of(short)
		if err != nil {
			t.Fatal(err)
		}
		for d := range DimCount {
			all, before := whole[0].By[d], whole[1].By[d]
			if !cut.Dims.Has(d) {
				if !cmp.Equal(all, got[0].By[d]) || !cmp.Equal(before, got[1].By[d]) || got[0].Left[d] != (Left{}) {
					t.Errorf("%s: %s is cut", name, d)
				}
				continue
			}
			var want, wantBefore []Row
			var left Left
			expired := 0
			for i, r := range all {
				if r.Expired > 0 {
					expired++
				}
				if i >= 2 && (r.Expired == 0 || expired > 2) {
					left.add(&r.Counts)
					continue
				}
				want = append(want, r)
				for _, b := range before {
					if b.Key == r.Key {
						wantBefore = append(wantBefore, b)
					}
				}
			}
			byKey := func(a, b Row) int { return strings.Compare(a.Key, b.Key) }
			slices.SortFunc(wantBefore, byKey)
			slices.SortFunc(got[1].By[d], byKey)
			if diff := cmp.Diff(want, got[0].By[d]); diff != "" {
				t.Errorf("%s, %s: %s", name, d, diff)
			}
			if diff := cmp.Diff(left, got[0].Left[d]); diff != "" || left.Rows == 0 || expired <= 2 {
				t.Errorf("%s, %s, what is left of %d and %d expired: %s", name, d, left.Rows, expired, diff)
			}
			if diff := cmp.Diff(wantBefore, got[1].By[d]); diff != "" || len(wantBefore) == 0 || got[1].Left[d] != (Left{}) {
				t.Errorf("%s, %s before: %s", name, d, diff)
			}
		}
	}
}
