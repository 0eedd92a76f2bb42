package store

import (
	"cmp"
	"slices"
	"time"

	"bouncelog/parser"
	"bouncelog/trace"
)

// Behind finds the replies behind keys of dimensions whose replies the aggregates do not tell: domains, senders, users, relays and
// hosts. keys names the keys of interest; the result has at most top replies of each, the most frequent first. It
// goes once through the messages of the window.
func (s *Store) Behind(f Filter, keys map[Dim][]string, since, until time.Time, top int) (map[Dim]map[string][]Reply, error) {
	b := behind{clock: newClock(s.zone), found: map[Dim]map[string]map[string]*Reply{}}
	b.from, b.to = b.clock.window(since, until)
	for d, list := range keys {
		b.found[d] = map[string]map[string]*Reply{}
		for _, k := range list {
			b.found[d][k] = map[string]*Reply{}
		}
	}
	match := f.matcher()
	err := s.read(func(r *session) error {
		low, high := hours(b.clock, since, until)
		d := decoder{s: r, wants: func(a *trace.Attempt) bool { return a.Outcome.Failed() }}
		return r.scanBy(&d, low, high, markFailed, func(m *trace.Message) error {
			if match.narrow(m) {
				b.message(m)
			}
			return nil
		})
	})
	if err != nil {
		return nil, err
	}
	result := map[Dim]map[string][]Reply{}
	for d, byKey := range b.found {
		result[d] = map[string][]Reply{}
		for k, replies := range byKey {
			list := make([]Reply, 0, len(replies))
			for _, r := range replies {
				list = append(list, *r)
			}
			slices.SortFunc(list, func(x, y Reply) int {
				return cmp.Or(cmp.Compare(y.Count, x.Count), cmp.Compare(x.Template, y.Template))
			})
			result[d][k] = list[:min(len(list), top)]
		}
	}
	return result, nil
}

type behind struct {
	clock    *clock
	from, to slot
	found    map[Dim]map[string]map[string]*Reply // by key and template
}

func (b *behind) message(m *trace.Message) {
	if !m.Mail() {
		return
	}
	sender := domainOf(m.Sender)
	if m.SenderKnown && m.Sender == "" {
		sender = "<>"
	}
	for _, r := range m.Recipients {
		if r.Outcome == parser.OutcomeRejected {
			continue
		}
		end := endOf(r)
		for i := range r.Attempts {
			a := &r.Attempts[i]
			ended := i == end && (a.Outcome == parser.OutcomeBounced || a.Outcome == parser.OutcomeExpired)
			if a.Reply == "" || a.Outcome != parser.OutcomeDeferred && !ended {
				continue
			}
			if h := b.clock.hour(a.Time); h < b.from || h >= b.to {
				continue
			}
			b.reply(DimDomain, domainOf(r.Address), m, a)
			b.reply(DimSenderDomain, sender, m, a)
			b.reply(DimAuthUser, m.AuthUser, m, a)
			b.reply(DimRelay, cmp.Or(lower(a.RelayHost), a.RelayIP), m, a)
			b.reply(DimHost, m.Host, m, a)
		}
	}
}

// maxBehind bounds the templates kept of one key.
const maxBehind = 1000

func (b *behind) reply(d Dim, key string, m *trace.Message, a *trace.Attempt) {
	replies, ok := b.found[d][key]
	if !ok {
		return
	}
	template, _ := templateOf(a.Reply)
	r := replies[template]
	if r == nil {
		if len(replies) >= maxBehind {
			return
		}
		r = &Reply{Reply: a.Reply, Template: template, ExampleQueueID: m.QueueID, ExampleHost: m.Host}
		if v := verdictOf(a); v != nil {
			r.Category, r.Cause, r.Rule, r.Provider = string(v.Category), v.Cause, v.Rule, v.Provider
		}
		replies[template] = r
	}
	r.Count++
}
