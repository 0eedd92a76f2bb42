package store

import (
	"cmp"
	"slices"
	"sync"
	"time"
)

// Ask is a window that figures are wanted of, and how much of it. A window begins and ends with an hour: the hour that holds Since is
// counted whole.
type Ask struct {
	Since, Until time.Time // [Since, Until); a zero time is open
	Dims         DimSet    // what Figures.By is to hold, and with DimReply Figures.Replies; totals and hours always come
	Top          int       // rows a dimension; 0: all
	Cut          Cut
}

// Cut says of which dimensions a few rows are enough: domains and relays are as many as strangers like, and to name them all takes longer
// than to count them. Figures.Left tells of the others.
type Cut struct {
	Dims DimSet
	Rows int // the first ones, and as many of the first of which mail expired
	// Like, if it is not 0, is the number, from 1, of an earlier Ask with the same Dims: the rows are those with the keys of its rows, and Left is empty.
	Like int
}

// DimSet is a set of dimensions.
type DimSet uint32

// AllDims holds every dimension.
const AllDims DimSet = 1<<DimCount - 1

// Dims is the set of some dimensions.
func Dims(dims ...Dim) DimSet {
	var s DimSet
	for _, d := range dims {
		s |= 1 << d
	}
	return s
}

// Has reports whether d is in the set.
func (s DimSet) Has(d Dim) bool { return s>>d&1 != 0 }

// tally adds up what one Ask wants, whatever the source.
type tally struct {
	Ask
	from, to slot
	by       [DimCount]map[string]*sum

	left  [DimCount]Left             // of keys that are not in by
	named [DimCount]map[int64]string // the keys in by, of dimensions that are cut
}

func newTallies(c *clock, asks []Ask) []*tally {
	list := make([]*tally, len(asks))
	for i, a := range asks {
		t := &tally{Ask: a}
		t.from, t.to = c.window(a.Since, a.Until)
		for d := range t.by {
			t.by[d], t.named[d] = map[string]*sum{}, map[int64]string{}
		}
		list[i] = t
	}
	return list
}

// wants reports whether the figures of a dimension in an hour belong to the tally.
func (t *tally) wants(d Dim, h slot) bool { return h >= t.from && h < t.to && t.Dims.Has(d) }

// name puts the sum of an id's key, for Asks that are like this one too.
func (t *tally) name(d Dim, id int64, key string, s *sum) {
	t.put(d, key, s)
	if t.cuts(d) {
		t.named[d][id] = key
	}
}

// put adds s, which becomes the tally's own.
func (t *tally) put(d Dim, key string, s *sum) {
	if old := t.by[d][key]; old != nil {
		old.merge(s)
		return
	}
	t.by[d][key] = s
}

// sumOf returns m's sum of the key, made where it is missing.
func sumOf[K comparable](m map[K]*sum, k K) *sum {
	s := m[k]
	if s == nil {
		s = new(sum)
		m[k] = s
	}
	return s
}

// totals are the figures of DimTotal by hour, over the whole past: those of any window are made of them, and so is the stock at its end.
type totals struct {
	from, to slot // the hours of all windows; of others only the flow is kept
	hours    map[slot]*sum
	flow     map[slot]int64 // recipients that came to wait less those that ceased to

	sorted []hourSum // made of the maps when first asked for
	stocks []hourStock
}

type hourSum struct {
	hour slot
	*sum
}

type hourStock struct {
	hour slot
	n    int64 // at the end of the hour
}

// newTotals serves the windows of the tallies.
func newTotals(tallies []*tally) *totals {
	t := &totals{from: 1<<31 - 1, to: -1 << 31, hours: map[slot]*sum{}, flow: map[slot]int64{}}
	for _, w := range tallies {
		t.from, t.to = min(t.from, w.from), max(t.to, w.to)
	}
	return t
}

func (t *totals) add(h slot, f field, n int64) {
	if h >= t.to {
		return
	}
	switch f {
	case fDeferredIn:
		t.flow[h] += n
	case fDeferredOut:
		t.flow[h] -= n
	}
	if h >= t.from {
		sumOf(t.hours, h).add(f, n)
	}
}

// sort makes the lists; nothing is added after it.
func (t *totals) sort() {
	for h, s := range t.hours {
		t.sorted = append(t.sorted, hourSum{h, s})
	}
	slices.SortFunc(t.sorted, func(a, b hourSum) int { return cmp.Compare(a.hour, b.hour) })
	for h, n := range t.flow {
		t.stocks = append(t.stocks, hourStock{h, n})
	}
	slices.SortFunc(t.stocks, func(a, b hourStock) int { return cmp.Compare(a.hour, b.hour) })
	for i := 1; i < len(t.stocks); i++ {
		t.stocks[i].n += t.stocks[i-1].n
	}
}

// window is what the hours [from, to) hold, in order.
func (t *totals) window(from, to slot) []hourSum {
	first, _ := slices.BinarySearchFunc(t.sorted, from, func(s hourSum, h slot) int { return cmp.Compare(s.hour, h) })
	end, _ := slices.BinarySearchFunc(t.sorted, to, func(s hourSum, h slot) int { return cmp.Compare(s.hour, h) })
	return t.sorted[first:max(first, end)]
}

// stock is the number of recipients that waited for a later attempt at a moment.
func (t *totals) stock(at slot) int64 {
	i, _ := slices.BinarySearchFunc(t.stocks, at, func(s hourStock, h slot) int { return cmp.Compare(s.hour, h) })
	if i == 0 {
		return 0
	}
	return t.stocks[i-1].n
}

// figures makes everything but Replies. An open end of the window becomes that of the hours with data.
func (t *tally) figures(all *totals, zone *time.Location) *Figures {
	hours := slices.DeleteFunc(slices.Clone(all.window(t.from, t.to)), func(s hourSum) bool { return s.zero() })
	since, until := t.Since, t.Until
	var total sum
	f := &Figures{Zone: zone, Deferred: all.stock(t.to)}
	for i, s := range hours {
		if i == 0 && since.IsZero() {
			since = s.hour.time(zone)
		}
		if i == len(hours)-1 && until.IsZero() {
			until = s.hour.time(zone).Add(time.Hour)
		}
		total.merge(s.sum)
		f.Hours = append(f.Hours, s.row(s.hour.time(zone).Format(time.RFC3339)))
	}
	f.Since, f.Until, f.Totals = since.In(zone), until.In(zone), total.row("")
	var sorting sync.WaitGroup // of domains and relays side by side, which take as long as all else at the end of a report
	for d := range DimCount {
		if d != DimTotal && d != DimReply && t.Dims.Has(d) {
			sorting.Go(func() { f.By[d] = rows(t.by[d], t.Top) })
		}
	}
	sorting.Wait()
	f.Left = t.left
	return f
}

// cuts reports whether the tally wants some rows of a dimension.
func (t *tally) cuts(d Dim) bool { return t.Cut.Dims.Has(d) && t.Dims.Has(d) }

// cutFigures leaves out of the answers to asks what their Cuts do.
func cutFigures(asks []Ask, list []*Figures) {
	for i, a := range asks {
		for d := range DimCount {
			f := list[i]
			switch {
			case !a.Cut.Dims.Has(d):
			case a.Cut.Like > 0:
				f.By[d] = rowsLike(f.By[d], list[a.Cut.Like-1].By[d])
			default:
				f.By[d] = cutRows(f.By[d], a.Cut.Rows, &f.Left[d])
			}
		}
	}
}

// cutRows is the first n of list and the first n of which mail expired; the others go to left.
func cutRows(list []Row, n int, left *Left) []Row {
	expired := 0
	var kept []Row
	for i, r := range list {
		if r.Expired > 0 {
			expired++
		}
		if i < n || r.Expired > 0 && expired <= n {
			kept = append(kept, r)
		} else {
			left.add(&r.Counts)
		}
	}
	return kept
}

// rowsLike is the rows whose keys others have.
func rowsLike(list, others []Row) []Row {
	keys := make(map[string]bool, len(others))
	for _, r := range others {
		keys[r.Key] = true
	}
	return slices.DeleteFunc(list, func(r Row) bool { return !keys[r.Key] })
}

// add counts a row.
func (l *Left) add(c *Counts) {
	l.Rows++
	if c.Expired > 0 {
		l.Expired++
	}
	l.Add(c)
}
