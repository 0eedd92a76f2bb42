package store

import (
	"cmp"
	"slices"
	"time"

	"bouncelog/parser"
	"bouncelog/trace"
)

// Waiting is one recipient whose mail waited in the queue at a moment: it was deferred before and had not ended.
type Waiting struct {
	Host, QueueID string
	Address       string
	Domain        string    // of the address
	First, Last   time.Time // its first and last deferral before the moment
	Attempts      int64     // deferrals until then
	Category      string    // of the last deferral
	Cause         string
	Reply         string
}

// Queue lists the recipients that waited at a moment, the longest first. There are as many as Figures counts in Deferred of a window that
// ends with the moment: like there, it is moved to the end of its hour.
func (s *Store) Queue(f Filter, at time.Time) ([]Waiting, error) {
	_, at = hours(newClock(s.zone), time.Time{}, at)
	moment := at.UnixNano()
	var list []Waiting
	match := f.matcher()
	visit := func(m *trace.Message) error {
		if match.narrow(m) {
			list = appendWaiting(list, m, moment)
		}
		return nil
	}
	err := s.read(func(r *session) error {
		d := decoder{s: r, lastReply: true, wants: func(a *trace.Attempt) bool { return deferredBefore(a, moment) }}
		// Messages that began before the moment and spoke at it or later; then those that were silent by then and have not ended.
		if err := r.scanBy(&d, at, at, markFailed, visit); err != nil {
			return err
		}
		return r.eachSilent(&d, moment, visit)
	})
	slices.SortFunc(list, func(a, b Waiting) int {
		return cmp.Or(a.First.Compare(b.First), cmp.Compare(a.QueueID, b.QueueID), cmp.Compare(a.Address, b.Address))
	})
	return list, err
}

// appendWaiting adds the recipients of m that waited at a moment, by the rules of sharer.recipient.
func appendWaiting(list []Waiting, m *trace.Message, at int64) []Waiting {
	if !m.Mail() {
		return list
	}
	for _, r := range m.Recipients {
		if w, ok := waits(m, r, at); ok {
			list = append(list, w)
		}
	}
	return list
}

func waits(m *trace.Message, r *trace.Recipient, at int64) (w Waiting, ok bool) {
	if r.Outcome == parser.OutcomeRejected {
		return w, false
	}
	end := endOf(r)
	for i := range r.Attempts {
		a := &r.Attempts[i]
		if a.Time >= at {
			continue
		}
		if i == end && w.Attempts > 0 {
			return Waiting{}, false
		}
		if !deferredBefore(a, at) {
			continue
		}
		if w.Attempts == 0 {
			w.First = time.Unix(0, a.Time)
		}
		w.Attempts++
		w.Last, w.Reply = time.Unix(0, a.Time), a.Reply
		if v := verdictOf(a); v != nil {
			w.Category, w.Cause = string(v.Category), v.Cause
		}
	}
	w.Host, w.QueueID, w.Address, w.Domain = m.Host, m.QueueID, r.Address, domainOf(r.Address)
	return w, w.Attempts > 0
}

func deferredBefore(a *trace.Attempt, at int64) bool {
	return a.Time < at && a.Outcome == parser.OutcomeDeferred
}

// endOf is the index of the event that ended a recipient, as sharer.recipient counts it; -1: none did.
func endOf(r *trace.Recipient) int {
	for i := len(r.Attempts) - 1; i >= 0; i-- {
		if a := &r.Attempts[i]; a.Final || a.Outcome == parser.OutcomeReinjected {
			return i
		}
	}
	return -1
}
