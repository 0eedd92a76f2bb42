package store

import (
	"cmp"
	"slices"
	"time"
)

// Figures shows what is counted and not taken, for the window [since, until); a zero time is open. A window begins and ends with
// an hour: the hour that holds since is counted whole. top is the number of rows a dimension, 0: all.
func (a *Aggregates) Figures(since, until time.Time, top int) *Figures {
	return a.FiguresOf([]Ask{{Since: since, Until: until, Dims: AllDims, Top: top}})[0]
}

// FiguresOf is Figures of several windows, for little more than the cost of one.
func (a *Aggregates) FiguresOf(asks []Ask) []*Figures {
	c := newKeyCounts(a.clock, asks)
	for _, e := range a.cells {
		if e.key.dim == DimTotal {
			e.each(func(f field, n int64) { c.totals.add(e.hour, f, n) })
			continue
		}
		for i, t := range c.tallies {
			if t.wants(e.key.dim, e.hour) {
				e.each(sumOf(c.sums[i], e.key).add)
			}
		}
	}
	list := c.figures()
	cutFigures(asks, list)
	return list
}

// keyCounts counts by interned key for the windows of several Asks.
type keyCounts struct {
	clock   *clock
	tallies []*tally
	sums    []map[*key]*sum // of each tally
	totals  *totals
}

func newKeyCounts(c *clock, asks []Ask) *keyCounts {
	k := &keyCounts{clock: c, tallies: newTallies(c, asks)}
	k.totals = newTotals(k.tallies)
	k.sums = make([]map[*key]*sum, len(asks))
	for i := range k.sums {
		k.sums[i] = map[*key]*sum{}
	}
	return k
}

// figures ends the counting.
func (c *keyCounts) figures() []*Figures {
	c.totals.sort()
	list := make([]*Figures, len(c.tallies))
	for i, t := range c.tallies {
		var keys [DimCount]int
		for k := range c.sums[i] {
			keys[k.dim]++
		}
		for d, n := range keys {
			t.by[d] = make(map[string]*sum, n)
		}
		replies := map[string]*replyInfo{}
		for k, s := range c.sums[i] {
			t.put(k.dim, k.text, s)
			if r := k.reply.Load(); r != nil {
				if old := replies[k.text]; old == nil || r.first < old.first {
					replies[k.text] = r
				}
			}
		}
		f := t.figures(c.totals, c.clock.zone)
		f.Replies = replyRows(t.by[DimReply], t.Top, func(template string) Reply {
			if i := replies[template]; i != nil {
				return i.row(template)
			}
			return Reply{Reply: template, Template: template}
		})
		list[i] = f
	}
	return list
}

func (i *replyInfo) row(template string) Reply {
	r := Reply{Reply: i.text, Template: template, ExampleQueueID: i.queueID, ExampleHost: i.host, First: time.Unix(0, i.first)}
	if v := i.verdict; v != nil {
		r.Category, r.Cause, r.Rule, r.Provider = string(v.Category), v.Cause, v.Rule, v.Provider
	}
	return r
}

// window turns times into slots: [from, to).
func (c *clock) window(since, until time.Time) (from, to slot) {
	from, to = -1<<31, 1<<31-1
	if !since.IsZero() {
		from = c.hour(since.UnixNano())
	}
	if !until.IsZero() {
		to = slot(floorDiv(until.Unix()+slotSeconds-1, slotSeconds))
	}
	return from, to
}

// rows sorts the most failures first, then the most deliveries, then by key.
func rows(m map[string]*sum, top int) []Row {
	type ranked struct {
		by  [4]int64 // beside each other for the sorting
		key string
		*sum
	}
	list := make([]ranked, 0, len(m))
	for k, s := range m {
		if !s.zero() {
			list = append(list, ranked{[4]int64{s.n[fBounced] + s.n[fExpired], s.n[fDelivered], s.n[fDeferrals], s.n[fRejected] + s.n[fSessionRejects]}, k, s})
		}
	}
	slices.SortFunc(list, func(a, b ranked) int {
		if c := slices.Compare(b.by[:], a.by[:]); c != 0 {
			return c
		}
		return cmp.Compare(a.key, b.key)
	})
	if top > 0 && len(list) > top {
		list = list[:top]
	}
	out := make([]Row, len(list))
	for i, e := range list {
		out[i] = e.row(e.key)
	}
	return out
}

// replyRows lists replies, the most frequent first.
func replyRows(m map[string]*sum, top int, describe func(template string) Reply) []Reply {
	type count struct {
		template string
		n        int64
	}
	counts := make([]count, 0, len(m))
	for k, s := range m {
		if n := s.n[fDeferrals] + s.n[fBounced] + s.n[fExpired]; n > 0 {
			counts = append(counts, count{k, n})
		}
	}
	slices.SortFunc(counts, func(a, b count) int {
		return cmp.Or(cmp.Compare(b.n, a.n), cmp.Compare(a.template, b.template))
	})
	if top > 0 && len(counts) > top {
		counts = counts[:top]
	}
	list := make([]Reply, len(counts))
	for i, c := range counts {
		list[i] = describe(c.template)
		list[i].Count = c.n
	}
	return list
}
