package store

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// tally adds up aggregates of one window, whatever their source.
type tally struct {
	total sum
	by    [DimCount]map[string]*sum
	hours map[slot]*sum
}

func newTally() *tally {
	t := &tally{hours: map[slot]*sum{}}
	for d := range t.by {
		t.by[d] = map[string]*sum{}
	}
	return t
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

// Figures shows what is counted and not taken, for the window [since, until); a zero time is open. A window begins and ends with
// an hour: the hour that holds since is counted whole. top is the number of rows a dimension, 0: all.
func (a *Aggregates) Figures(since, until time.Time, top int) *Figures {
	from, to := a.clock.window(since, until)
	t := newTally()
	replies := map[string]*replyInfo{}
	var deferred int64
	for _, c := range a.cells {
		d := c.key.dim
		if d == DimTotal && c.hour < to {
			deferred += int64(c.n[fDeferredIn] - c.n[fDeferredOut])
		}
		if c.hour < from || c.hour >= to {
			continue
		}
		var s *sum
		if d == DimTotal {
			s = sumOf(t.hours, c.hour)
		} else {
			s = sumOf(t.by[d], c.key.text)
		}
		for i, n := range c.n {
			s.n[i] += int64(n)
		}
		if c.hist != nil {
			if s.hist == nil {
				s.hist = new([buckets]int64)
			}
			for i, n := range c.hist {
				s.hist[i] += int64(n)
			}
		}
		if d == DimReply {
			if old := replies[c.key.text]; c.key.reply != nil && (old == nil || c.key.reply.first < old.first) {
				replies[c.key.text] = c.key.reply
			}
		}
	}
	f := t.figures(since, until, a.clock.zone, top)
	f.Deferred = deferred
	f.Replies = replyRows(t.by[DimReply], top, func(template string) Reply {
		if i := replies[template]; i != nil {
			return i.row(template)
		}
		return Reply{Reply: template, Template: template}
	})
	return f
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

// figures makes everything but Deferred and Replies. An open end of the window becomes that of the hours with data.
func (t *tally) figures(since, until time.Time, zone *time.Location, top int) *Figures {
	for h, s := range t.hours {
		t.total.merge(s)
		if s.zero() {
			delete(t.hours, h)
		}
	}
	hours := slices.Sorted(maps.Keys(t.hours))
	if n := len(hours); n > 0 {
		if since.IsZero() {
			since = hours[0].time(zone)
		}
		if until.IsZero() {
			until = hours[n-1].time(zone).Add(time.Hour)
		}
	}
	f := &Figures{Since: since.In(zone), Until: until.In(zone), Zone: zone, Totals: t.total.row("")}
	for _, h := range hours {
		f.Hours = append(f.Hours, t.hours[h].row(h.time(zone).Format(time.RFC3339)))
	}
	for d := range DimCount {
		if d != DimTotal && d != DimReply {
			f.By[d] = rows(t.by[d], top)
		}
	}
	return f
}

// rows sorts the most failures first, then the most deliveries, then by key.
func rows(m map[string]*sum, top int) []Row {
	list := make([]Row, 0, len(m))
	for k, s := range m {
		if !s.zero() {
			list = append(list, s.row(k))
		}
	}
	slices.SortFunc(list, func(a, b Row) int {
		return cmp.Or(
			cmp.Compare(b.Failures(), a.Failures()),
			cmp.Compare(b.Delivered, a.Delivered),
			cmp.Compare(b.Deferrals, a.Deferrals),
			cmp.Compare(b.Rejected+b.SessionRejects, a.Rejected+a.SessionRejects),
			cmp.Compare(a.Key, b.Key))
	})
	if top > 0 && len(list) > top {
		list = list[:top:top]
	}
	return list
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
