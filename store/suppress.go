package store

import (
	"cmp"
	"slices"
	"time"

	"bouncelog/classify"
	"bouncelog/parser"
	"bouncelog/trace"
)

// Suppression is an address that a list owner should stop mailing.
type Suppression struct {
	Address     string
	Bounces     int
	First, Last time.Time // bounces of the window
	Category    string
	Cause       string
	Reply       string // of the last bounce
}

// Suppressions lists the addresses that bounced at least minBounces times since a time, always for a cause by which mailing should
// stop, and were not delivered to after their last bounce. They are sorted by address.
func (s *Store) Suppressions(since time.Time, minBounces int) ([]Suppression, error) {
	found := map[string]*suppression{}
	err := s.read(func(r *session) error {
		// First who bounced, then whether mail reached them since: most addresses never bounce and need no memory.
		err := r.scan(since, time.Time{}, markFailed, func(m *trace.Message) error {
			eachEnd(m, since, func(address string, a *trace.Attempt) { noteBounce(found, address, a) })
			return nil
		})
		if err != nil || len(found) == 0 {
			return err
		}
		return r.scan(since, time.Time{}, 0, func(m *trace.Message) error {
			eachEnd(m, since, func(address string, a *trace.Attempt) {
				if f := found[address]; f != nil && a.Outcome == parser.OutcomeDelivered && a.Time > f.last {
					f.delivered = true
				}
			})
			return nil
		})
	})
	if err != nil {
		return nil, err
	}
	var list []Suppression
	for address, f := range found {
		if f.n < max(minBounces, 1) || f.delivered {
			continue
		}
		list = append(list, Suppression{Address: address, Bounces: f.n, First: time.Unix(0, f.first), Last: time.Unix(0, f.last),
			Category: string(f.verdict.Category), Cause: f.verdict.Cause, Reply: f.reply})
	}
	slices.SortFunc(list, func(a, b Suppression) int { return cmp.Compare(a.Address, b.Address) })
	return list, nil
}

type suppression struct {
	n           int
	first, last int64
	verdict     *classify.Verdict
	reply       string
	delivered   bool
}

// eachEnd calls f with the event that ended each recipient of user mail since a time.
func eachEnd(m *trace.Message, since time.Time, f func(address string, a *trace.Attempt)) {
	if !m.Mail() {
		return
	}
	low, _ := window(since, time.Time{})
	for _, r := range m.Recipients {
		n := len(r.Attempts)
		if !r.Final || n == 0 || r.Address == "" {
			continue
		}
		if a := &r.Attempts[n-1]; a.Time >= low {
			f(lower(r.Address), a)
		}
	}
}

func noteBounce(found map[string]*suppression, address string, a *trace.Attempt) {
	v := verdictOf(a)
	if v == nil || !v.Suppress || a.Outcome != parser.OutcomeBounced && a.Outcome != parser.OutcomeExpired {
		return
	}
	s := found[address]
	if s == nil {
		s = &suppression{first: a.Time}
		found[address] = s
	}
	s.n++
	s.first = min(s.first, a.Time)
	if a.Time >= s.last {
		s.last, s.verdict, s.reply = a.Time, v, a.Reply
	}
}
