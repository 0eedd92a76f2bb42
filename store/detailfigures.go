package store

import (
	"slices"
	"time"

	"bouncelog/trace"
)

// detailFigures counts the messages of windows again, those that pass the filter. Windows that touch are read in one go.
func (s *session) detailFigures(f Filter, zone *time.Location, asks []Ask) ([]*Figures, error) {
	order := make([]int, len(asks))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return asks[a].Since.Compare(asks[b].Since) })
	list := make([]*Figures, len(asks))
	for len(order) > 0 {
		// The zero time is the first of all as the beginning of a window, and no end of one.
		until := asks[order[0]].Until
		n := 1
		for n < len(order) && (until.IsZero() || !asks[order[n]].Since.After(until)) {
			if next := asks[order[n]].Until; next.IsZero() || next.After(until) && !until.IsZero() {
				until = next
			}
			n++
		}
		run := make([]Ask, n)
		for i, at := range order[:n] {
			run[i] = asks[at]
		}
		figures, err := s.countAgain(f, zone, run, run[0].Since, until)
		if err != nil {
			return nil, err
		}
		for i, at := range order[:n] {
			list[at] = figures[i]
		}
		order = order[n:]
	}
	return list, nil
}

// countAgain counts the messages of a span of time for the windows in it.
func (s *session) countAgain(f Filter, zone *time.Location, asks []Ask, since, until time.Time) ([]*Figures, error) {
	c := newClock(zone)
	r := recount{newKeyCounts(c, asks), sharer{interner: newInterner(), clock: c}}
	match := f.matcher()
	visit := func(m *trace.Message) error {
		if match.narrow(m) {
			r.message(m)
		}
		return nil
	}
	since, until = hours(c, since, until)
	if err := s.scan(since, until, 0, visit); err != nil {
		return nil, err
	}
	// What waits in the queue may have been silent for longer than the window.
	low, high := window(since, until)
	err := s.eachSilent(&decoder{s: s}, low, func(m *trace.Message) error {
		if m.First < high {
			return visit(m)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	list := r.figures()
	detailsFrom, err := s.detailsFrom()
	if err != nil {
		return nil, err
	}
	for _, figures := range list {
		figures.FromDetails, figures.DetailsFrom = true, detailsFrom
		if err := s.firstSeen(figures.Replies); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// firstSeen sets when replies were first seen ever, not in the window.
func (s *session) firstSeen(replies []Reply) error {
	for i := range replies {
		r := &replies[i]
		id, err := s.strings.id(s.conn, r.Template, false)
		if err != nil {
			return err
		}
		first, err := s.number("SELECT first FROM reply WHERE template = ?", id)
		if err != nil {
			return err
		}
		if first != 0 {
			r.First = time.Unix(0, first)
		}
	}
	return nil
}

// recount counts messages straight into windows, each message once.
type recount struct {
	*keyCounts
	sharer sharer
}

func (r *recount) message(m *trace.Message) {
	s := &r.sharer
	s.share(m, false)
	for _, e := range s.events {
		for _, k := range s.keys[e.from : int(e.from)+int(e.n)] {
			r.count(k, e)
		}
	}
	if s.interner.count >= maxKeys {
		s.interner.sealed = true
	}
}

func (r *recount) count(k *key, e event) {
	switch {
	case k == nil:
	case k.dim == DimTotal:
		for _, f := range e.fields[:e.count] {
			r.totals.add(e.hour, f, 1)
		}
	default:
		for i, t := range r.tallies {
			if t.wants(k.dim, e.hour) {
				sum := sumOf(r.sums[i], k)
				for _, f := range e.fields[:e.count] {
					sum.add(f, 1)
				}
			}
		}
	}
}
