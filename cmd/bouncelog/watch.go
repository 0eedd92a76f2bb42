package main

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"bouncelog/classify"
	"bouncelog/ingest"
	"bouncelog/parser"
	"bouncelog/report"
	"bouncelog/trace"
)

// watch keeps, for a report straight on logs, what the aggregates do not: who waits in the queue at the window's end, and which
// addresses bounced for good. Its memory is that of the waiting mail and of the dead addresses.
type watch struct {
	window report.Window // without ends: all
	queue  map[waitingKey]*report.Deferral
	dead   map[string]*deadAddress
	bytes  int  // about what both take
	short  bool // there was no room for all
}

type waitingKey struct {
	message int64
	address string
}

// deadAddress is what becomes a report.Suppression; there may be many, and this takes half of its memory.
type deadAddress struct {
	bounces     int64
	first, last int64 // bounce, Unix nanoseconds
	verdict     *classify.Verdict
	reply       string
	delivered   bool // since the last bounce
}

// watchedBytes bounds the memory of a log in which everything fails; the weights are what an entry takes beside its reply.
const (
	watchedBytes  = 64 << 20
	waitingWeight = 400
	deadWeight    = 200
)

func newWatch(w report.Window) *watch {
	return &watch{window: w, queue: map[waitingKey]*report.Deferral{}, dead: map[string]*deadAddress{}}
}

// event is an ingest.Options.OnEvent.
func (w *watch) event(e *trace.Event, _ *ingest.Log) {
	m, r, a := e.Message, e.Recipient, e.Attempt
	if r == nil || !m.Mail() || a.Outcome == parser.OutcomeRejected {
		return
	}
	at := time.Unix(0, a.Time)
	if until := w.window.Until; !until.IsZero() && !at.Before(until) {
		return
	}
	switch {
	case a.Outcome == parser.OutcomeDeferred:
		w.deferred(m, r, a, at)
	case a.Final || a.Outcome == parser.OutcomeReinjected:
		if len(r.Attempts) > 1 { // else it did not wait
			w.gone(waitingKey{m.ID, r.Address})
		}
		if !at.Before(w.window.Since) {
			w.ended(r, a)
		}
	}
}

// room takes so many bytes for a new entry, if there are any left.
func (w *watch) room(weight int) bool {
	if w.bytes > watchedBytes {
		w.short = true
		return false
	}
	w.bytes += weight
	return true
}

func (w *watch) gone(k waitingKey) {
	if d := w.queue[k]; d != nil {
		w.bytes -= waitingWeight + len(d.Reply)
		delete(w.queue, k)
	}
}

func (w *watch) deferred(m *trace.Message, r *trace.Recipient, a *trace.Attempt, at time.Time) {
	k := waitingKey{m.ID, r.Address}
	d := w.queue[k]
	if d == nil {
		if !w.room(waitingWeight) {
			return
		}
		d = &report.Deferral{Since: at, QueueID: m.QueueID, Address: r.Address, Domain: domainOf(r.Address)}
		w.queue[k] = d
	}
	w.bytes += len(a.Reply) - len(d.Reply)
	d.Last, d.Reply = at, a.Reply
	d.Attempts++
	if v, ok := a.Verdict.(*classify.Verdict); ok && v != nil {
		d.Cause, d.Category = v.Cause, string(v.Category)
	}
}

func (w *watch) ended(r *trace.Recipient, a *trace.Attempt) {
	address := strings.ToLower(r.Address)
	v, _ := a.Verdict.(*classify.Verdict)
	switch a.Outcome {
	case parser.OutcomeDelivered:
		if d := w.dead[address]; d != nil && a.Time > d.last {
			d.delivered = true
		}
	case parser.OutcomeBounced, parser.OutcomeExpired:
		if v == nil || !v.Suppress || address == "" {
			return
		}
		d := w.dead[address]
		if d == nil {
			if !w.room(deadWeight) {
				return
			}
			d = &deadAddress{first: a.Time, last: a.Time}
			w.dead[strings.Clone(address)] = d // or all strings of its message would stay with it
		}
		d.bounces++
		d.first = min(d.first, a.Time) // several logs are not always read in the order of time
		if a.Time >= d.last {
			d.delivered = false
			w.bytes += len(a.Reply) - len(d.reply)
			d.last, d.verdict, d.reply = a.Time, v, strings.Clone(a.Reply)
		}
	}
}

// waiting lists the queue, the longest waiting first.
func (w *watch) waiting() []report.Deferral {
	list := make([]report.Deferral, 0, len(w.queue))
	for _, d := range w.queue {
		list = append(list, *d)
	}
	slices.SortFunc(list, func(a, b report.Deferral) int {
		return cmp.Or(a.Since.Compare(b.Since), cmp.Compare(a.QueueID, b.QueueID), cmp.Compare(a.Address, b.Address))
	})
	return list
}

// suppressions lists the addresses to stop mailing.
func (w *watch) suppressions() []report.Suppression {
	var list []report.Suppression
	for address, d := range w.dead {
		if !d.delivered {
			list = append(list, report.Suppression{Address: address, Bounces: d.bounces, First: time.Unix(0, d.first), Last: time.Unix(0, d.last),
				Category: string(d.verdict.Category), Cause: d.verdict.Cause, Reply: d.reply})
		}
	}
	slices.SortFunc(list, func(a, b report.Suppression) int { return cmp.Compare(a.Address, b.Address) })
	return list
}

func domainOf(address string) string {
	return strings.ToLower(address[strings.LastIndexByte(address, '@')+1:])
}
