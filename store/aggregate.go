package store

import (
	"math/bits"
	"slices"
	"sync"
	"time"

	"bouncelog/classify"
	"bouncelog/trace"
)

// AggregateOptions is what counting depends on.
type AggregateOptions struct {
	Zone *time.Location // the report zone; nil: the machine's
	// Provider names the mail provider behind a relay or a recipient domain for delivered mail, which has no verdict; nil or "": none.
	Provider func(relayHost, domain string) string
	// KeepAll is for a run without a store (report FILE): what was counted stays until Figures is asked, and memory is bounded by counting
	// the keys beyond the first 200,000 under "(other)" and, beyond 500,000 figures, the dimensions with many keys by day.
	KeepAll bool
	// ByWindow, with KeepAll, counts the dimensions with many keys not by the hour but by the spans that Edges part, which takes a fraction of
	// the memory. Figures are then right for windows that begin and end with an edge, or beyond all that was counted.
	ByWindow bool
	Edges    []time.Time
	// MaxKeys bounds the keys that are known at a time; 0: 200,000, some 30 MB.
	MaxKeys int
}

// Aggregates holds figures by hour, dimension and key. The same one serves ingest and tail, which Take what was counted for
// each commit, and `report FILE`, which reads it directly with Figures. Update and Recall may be called side by side, the rest by one goroutine; what Take returned may
// be used by another one.
type Aggregates struct {
	mu sync.Mutex // Update and Recall may run side by side; nothing else may run beside them

	options AggregateOptions
	clock   *clock
	sharer  sharer
	edges   []slot // sorted; nil: count by the hour

	cells []*cell
	left  map[cellKey]*cell // those from which their keys have gone on to another hour
	slab  []cell
	run   [fieldCount]int64 // all of it, flushed or not

	firstHour, lastHour slot // of what cells hold; lastHour < firstHour: nothing
}

type cellKey struct {
	key  *key
	hour slot
}

// cell is what one key counted in one hour, or in a span of which it is the first hour counted. Most keys have few figures in an hour, so only
// those are there that were counted.
type cell struct {
	has  [2]uint64 // bits by field
	n    []int64   // in the order of the fields
	room [5]int64  // for n as long as it is short: mostly all that is added to lies side by side
	key  *key
	hour slot
}

func (c *cell) add(f field, n int64) {
	word, bit := f/64, uint64(1)<<(f%64)
	i := bits.OnesCount64(c.has[word] & (bit - 1))
	if word == 1 {
		i += bits.OnesCount64(c.has[0])
	}
	if c.has[word]&bit == 0 {
		c.has[word] |= bit
		if len(c.n) == cap(c.n) {
			c.n = slices.Grow(c.n, len(c.n))
		}
		c.n = slices.Insert(c.n, i, 0)
	}
	c.n[i] += n
}

// each calls f with every figure that is not 0, in the order of the fields.
func (c *cell) each(f func(field, int64)) {
	i := 0
	for word, set := range c.has {
		for ; set != 0; set &= set - 1 {
			if n := c.n[i]; n != 0 {
				f(field(64*word+bits.TrailingZeros64(set)), n)
			}
			i++
		}
	}
}

// maxCells bounds a run without a store: beyond it dimensions with many keys are counted by day.
const maxCells = 500_000

// NewAggregates returns empty aggregates.
func NewAggregates(o AggregateOptions) *Aggregates {
	if o.MaxKeys == 0 {
		o.MaxKeys = maxKeys
	}
	a := &Aggregates{
		options: o,
		clock:   newClock(o.Zone),
	}
	if o.KeepAll && o.ByWindow {
		a.edges = []slot{-1 << 31}
		for _, t := range o.Edges {
			a.edges = append(a.edges, a.clock.hour(t.UnixNano()), a.clock.hour(t.UnixNano()+3600e9-1)) // an hour that holds one counts whole
		}
		slices.Sort(a.edges)
	}
	a.sharer = sharer{interner: newInterner(), clock: a.clock, providers: providers{o.Provider, map[string]*classify.Verdict{}}}
	a.Reset()
	return a
}

// Update counts m: it takes back what m.Counted says was counted before, adds what m amounts to now, and remembers that in
// m.Counted. It also marks delivered attempts with their provider (Attempt.Verdict), so call it before m is cloned for a Batch.
func (a *Aggregates) Update(m *trace.Message) {
	a.mu.Lock()
	defer a.mu.Unlock()
	old := a.recount(m)
	if old == nil {
		old = &counted{}
		old.keys, old.events = old.keys0[:0], old.events0[:0]
		m.Counted = old
	}
	old.keys = append(old.keys[:0], a.sharer.keys...)
	old.events = append(old.events[:0], a.sharer.events...)
}

// Finish is Update of a message that nobody changes any more: what it counted need not be remembered.
func (a *Aggregates) Finish(m *trace.Message) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.recount(m)
	m.Counted = nil
}

// recount counts m in place of what was counted before, which it returns.
func (a *Aggregates) recount(m *trace.Message) *counted {
	s := &a.sharer
	s.share(m, true)
	old, _ := m.Counted.(*counted)
	same := 0
	if old != nil {
		same = s.common(old)
		for _, e := range old.events[same:] {
			a.apply(old.keys, &e, -1)
		}
	}
	for _, e := range s.events[same:] {
		a.apply(s.keys, &e, 1)
	}
	a.bound()
	return old
}

// Recall sets m.Counted to what m amounts to as it stands: for a message that comes back from the store, where it was
// counted in this state.
func (a *Aggregates) Recall(m *trace.Message) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.sharer.share(m, false)
	c := &counted{}
	c.keys, c.events = append(c.keys0[:0], a.sharer.keys...), append(c.events0[:0], a.sharer.events...)
	m.Counted = c
	a.bound()
}

// bound forgets keys when there are too many of them.
func (a *Aggregates) bound() {
	if a.options.KeepAll && len(a.cells) >= maxCells {
		a.sharer.daily = true
	}
	if a.sharer.interner.count < a.options.MaxKeys {
		return
	}
	if a.options.KeepAll {
		a.sharer.interner.sealed = true
		return
	}
	a.sharer.interner.forget()
}

// apply counts an event once, or takes it back.
func (a *Aggregates) apply(keys []*key, e *event, sign int64) {
	fields := e.fields[:e.count]
	wide := a.span(e.hour, e.daily)
	for _, k := range keys[e.from : int(e.from)+int(e.n)] {
		if k == nil {
			continue
		}
		span := wide
		if small(k.dim) {
			span = e.hour
		}
		if k.cell == nil || k.hour != span {
			a.locate(k, span, e.hour)
		}
		c := k.cell
		for _, f := range fields {
			c.add(f, sign)
		}
	}
	if e.from == 0 { // the total's key is the first
		for _, f := range fields {
			if f < fieldCount {
				a.run[f] += sign
			}
		}
	}
}

// span is the beginning of what the figures of dimensions with many keys are added up of: mostly an hour, as for the others.
func (a *Aggregates) span(hour slot, daily bool) slot {
	switch {
	case a.edges == nil && !daily:
		return hour
	case a.edges == nil:
		return a.clock.dayStart(hour)
	}
	i := len(a.edges) - 1
	for a.edges[i] > hour {
		i--
	}
	return a.edges[i]
}

// locate points the key at its cell of the span, which stands under an hour in it: the first that is counted.
func (a *Aggregates) locate(k *key, span, hour slot) {
	var c *cell
	if k.cell != nil {
		a.left[cellKey{k, k.hour}] = k.cell
		c = a.left[cellKey{k, span}]
	}
	if c == nil {
		if len(a.slab) == 0 {
			a.slab = make([]cell, 256)
		}
		c = &a.slab[0]
		a.slab = a.slab[1:]
		c.key, c.hour, c.n = k, hour, c.room[:0]
		a.cells = append(a.cells, c)
		if k.dim == DimTotal {
			if a.lastHour < a.firstHour {
				a.firstHour, a.lastHour = hour, hour
			}
			a.firstHour, a.lastHour = min(a.firstHour, hour), max(a.lastHour, hour)
		}
	}
	k.cell, k.hour = c, span
}

// Take returns what was counted since the last Take, for a Batch, and starts anew. What it returns is only for Commit, Figures
// and Empty.
func (a *Aggregates) Take() *Aggregates {
	t := &Aggregates{options: a.options, clock: newClock(a.clock.zone), cells: a.cells, firstHour: a.firstHour, lastHour: a.lastHour}
	a.Reset()
	return t
}

// Reset forgets the figures that were counted and not taken, but not Totals.
func (a *Aggregates) Reset() {
	for _, c := range a.cells {
		c.key.cell = nil
	}
	a.cells, a.slab = nil, nil
	a.left = map[cellKey]*cell{}
	a.firstHour, a.lastHour = 0, -1
}

// Empty reports whether there is nothing to commit.
func (a *Aggregates) Empty() bool { return a == nil || len(a.cells) == 0 }

// Totals are the sums of all that was counted since NewAggregates, taken or not: what this run read.
func (a *Aggregates) Totals() Counts {
	var c Counts
	for i, p := range c.fields() {
		*p = a.run[i]
	}
	return c
}

// Span is the time in which something was counted and not taken: hours from the first to the end of the last.
func (a *Aggregates) Span() (first, until time.Time, ok bool) {
	if a.lastHour < a.firstHour {
		return time.Time{}, time.Time{}, false
	}
	return a.firstHour.time(a.clock.zone), a.lastHour.time(a.clock.zone).Add(time.Hour), true
}
