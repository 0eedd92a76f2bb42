package store

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"bouncelog/parser"
	"bouncelog/trace"
)

// CrossRow is one combination of keys of a cross table. Of its Counts only what happens to recipients is filled: outcomes,
// deferrals and categories; arrivals have no cause and no relay.
type CrossRow struct {
	Keys []string // in the order of the dimensions; "" where the event has none (mail that was delivered has no cause)
	Counts
}

// crossKeys are the dimensions of a cross table and how an event gets its key.
var crossKeys = map[string]func(c *crossTable, m *trace.Message, r *trace.Recipient, a *trace.Attempt) string{
	"host": func(_ *crossTable, m *trace.Message, _ *trace.Recipient, _ *trace.Attempt) string { return m.Host },
	"mta":  func(_ *crossTable, m *trace.Message, _ *trace.Recipient, _ *trace.Attempt) string { return m.MTA },
	"user": func(_ *crossTable, m *trace.Message, _ *trace.Recipient, _ *trace.Attempt) string { return m.AuthUser },
	"sender": func(_ *crossTable, m *trace.Message, _ *trace.Recipient, _ *trace.Attempt) string {
		if m.SenderKnown && m.Sender == "" {
			return "<>"
		}
		return domainOf(m.Sender)
	},
	"domain": func(_ *crossTable, _ *trace.Message, r *trace.Recipient, _ *trace.Attempt) string {
		return domainOf(r.Address)
	},
	"provider": func(c *crossTable, _ *trace.Message, _ *trace.Recipient, _ *trace.Attempt) string {
		return c.provider
	},
	"relay": func(_ *crossTable, _ *trace.Message, _ *trace.Recipient, a *trace.Attempt) string {
		return cmp.Or(lower(a.RelayHost), a.RelayIP)
	},
	"outcome": func(_ *crossTable, _ *trace.Message, _ *trace.Recipient, a *trace.Attempt) string {
		return a.Outcome.String()
	},
	"code": func(_ *crossTable, _ *trace.Message, _ *trace.Recipient, a *trace.Attempt) string {
		if !a.Outcome.Failed() {
			return ""
		}
		if v := verdictOf(a); a.Enhanced == "" && v != nil {
			return v.Enhanced
		}
		return a.Enhanced
	},
	"category": func(_ *crossTable, _ *trace.Message, _ *trace.Recipient, a *trace.Attempt) string {
		if v := verdictOf(a); v != nil {
			return string(v.Category)
		}
		return ""
	},
	"cause": func(_ *crossTable, _ *trace.Message, _ *trace.Recipient, a *trace.Attempt) string {
		if v := verdictOf(a); v != nil {
			return v.Cause
		}
		return ""
	},
	"blocklist": func(_ *crossTable, _ *trace.Message, _ *trace.Recipient, a *trace.Attempt) string {
		if v := verdictOf(a); v != nil {
			return v.Blocklist
		}
		return ""
	},
	"day": func(c *crossTable, _ *trace.Message, _ *trace.Recipient, a *trace.Attempt) string {
		return time.Unix(0, a.Time).In(c.clock.zone).Format(time.DateOnly)
	},
	"hour": func(c *crossTable, _ *trace.Message, _ *trace.Recipient, a *trace.Attempt) string {
		return time.Unix(0, a.Time).In(c.clock.zone).Format("15")
	},
}

// CrossDims are the names of the dimensions that Cross takes, sorted.
func CrossDims() []string {
	var names []string
	for n := range crossKeys {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

// maxCross bounds a cross table: combinations beyond it count under "(other)".
const maxCross = 200_000

// crossTable is one cross table being counted.
type crossTable struct {
	dims     []string
	from, to slot
	clock    *clock
	rows     map[string]*CrossRow
	keys     []string // of the event at hand
	joined   []byte
	provider string // of the recipient at hand
}

// Cross counts the events of a window by a combination of dimensions, most failures first. It reads messages: what retention has
// removed is missing. DSNs are left out, as in Figures.
func (s *Store) Cross(f Filter, dims []string, since, until time.Time) ([]CrossRow, error) {
	for _, d := range dims {
		if crossKeys[d] == nil {
			return nil, fmt.Errorf("no dimension %q: there are %s", d, strings.Join(CrossDims(), ", "))
		}
	}
	c := &crossTable{dims: dims, clock: newClock(s.zone), rows: map[string]*CrossRow{}, keys: make([]string, len(dims))}
	c.from, c.to = c.clock.window(since, until)
	match := f.matcher()
	err := s.read(func(r *session) error {
		low, high := hours(c.clock, since, until)
		return r.scan(low, high, 0, func(m *trace.Message) error {
			if match.narrow(m) {
				c.message(m)
			}
			return nil
		})
	})
	if err != nil {
		return nil, err
	}
	list := make([]CrossRow, 0, len(c.rows))
	for _, r := range c.rows {
		list = append(list, *r)
	}
	slices.SortFunc(list, func(a, b CrossRow) int {
		return cmp.Or(cmp.Compare(b.Bounced+b.Expired, a.Bounced+a.Expired), cmp.Compare(b.Deferrals, a.Deferrals),
			cmp.Compare(b.Rejected, a.Rejected), cmp.Compare(b.Delivered, a.Delivered), slices.Compare(a.Keys, b.Keys))
	})
	return list, nil
}

// message counts as sharer.message does.
func (c *crossTable) message(m *trace.Message) {
	if m.Probe || m.SessionReject || m.DSN != parser.DSNNone {
		return
	}
	for _, r := range m.Recipients {
		if m.Rejected || r.Outcome == parser.OutcomeRejected {
			if n := len(r.Attempts); n > 0 {
				c.provider = ""
				a := &r.Attempts[n-1]
				c.count(m, r, a, func(n *CrossRow) {
					if r.Outcome == parser.OutcomeDiscarded {
						n.Discarded++
					} else {
						n.Rejected++
					}
				})
			}
			continue
		}
		c.recipient(m, r)
	}
}

func (c *crossTable) recipient(m *trace.Message, r *trace.Recipient) {
	c.provider = ""
	for i := range r.Attempts {
		if v := verdictOf(&r.Attempts[i]); v != nil && v.Provider != "" {
			c.provider = v.Provider
		}
	}
	end := endOf(r)
	for i := range r.Attempts {
		a := &r.Attempts[i]
		switch {
		case a.Outcome == parser.OutcomeDeferred:
			c.count(m, r, a, func(n *CrossRow) { n.Deferrals++ })
		case i == end:
			c.end(m, r, a)
		}
	}
}

// end counts the event that ended a recipient.
func (c *crossTable) end(m *trace.Message, r *trace.Recipient, a *trace.Attempt) {
	var field *int64
	var n Counts
	switch a.Outcome {
	case parser.OutcomeDelivered:
		field = &n.Delivered
	case parser.OutcomeDiscarded:
		field = &n.Discarded
	case parser.OutcomeBounced:
		field = &n.Bounced
	case parser.OutcomeExpired:
		field = &n.Expired
	default:
		return
	}
	*field = 1
	if n.Bounced+n.Expired > 0 {
		switch categoryField(verdictOf(a)) {
		case fHard:
			n.Hard = 1
		case fSoft:
			n.Soft = 1
		case fBlock:
			n.Block = 1
		case fContent:
			n.Content = 1
		}
	}
	c.count(m, r, a, func(row *CrossRow) {
		row.Delivered += n.Delivered
		row.Discarded += n.Discarded
		row.Bounced += n.Bounced
		row.Expired += n.Expired
		row.Hard += n.Hard
		row.Soft += n.Soft
		row.Block += n.Block
		row.Content += n.Content
	})
}

// count adds to the row of an event, if it is of the window.
func (c *crossTable) count(m *trace.Message, r *trace.Recipient, a *trace.Attempt, add func(*CrossRow)) {
	if h := c.clock.hour(a.Time); h < c.from || h >= c.to {
		return
	}
	c.joined = c.joined[:0]
	for i, d := range c.dims {
		c.keys[i] = crossKeys[d](c, m, r, a)
		c.joined = append(append(c.joined, c.keys[i]...), 0)
	}
	row := c.rows[string(c.joined)]
	if row == nil {
		if len(c.rows) >= maxCross {
			for i := range c.keys {
				c.keys[i] = "(other)"
			}
			c.joined = append(c.joined[:0], "(other)"...)
			row = c.rows[string(c.joined)]
		}
		if row == nil {
			row = &CrossRow{Keys: slices.Clone(c.keys)}
			c.rows[string(c.joined)] = row
		}
	}
	add(row)
}

// hours moves the ends of a window to those of their hours, as Figures counts them; a zero time stays open.
func hours(c *clock, since, until time.Time) (low, high time.Time) {
	if !since.IsZero() {
		low = c.hour(since.UnixNano()).time(c.zone)
	}
	if !until.IsZero() {
		high = c.hour(until.UnixNano() - 1).time(c.zone).Add(time.Hour)
	}
	return low, high
}
