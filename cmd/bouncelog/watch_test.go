package main

import (
	"testing"

	"bouncelog/parser"
	"bouncelog/report"
	"bouncelog/trace"
)

// TestWatchWaiting follows who waits: a recipient that was put off until it is delivered, whatever becomes of another one with its address.
func TestWatchWaiting(t *testing.T) {
	w := newWatch(report.Window{})
	m := &trace.Message{ID: 1}
	attempt := func(r *trace.Recipient, outcome parser.Outcome) int {
		r.Attempts = append(r.Attempts, trace.Attempt{Time: int64(len(r.Attempts) + 1), Outcome: outcome, Final: outcome.Ends()})
		w.event(&trace.Event{Message: m, Recipient: r, Attempt: &r.Attempts[len(r.Attempts)-1]}, nil)
		return len(w.waiting())
	}
	slow, quick := &trace.Recipient{Address: "a@b.example"}, &trace.Recipient{Address: "a@b.example"}
	for i, step := range []struct {
		r       *trace.Recipient
		outcome parser.Outcome
		waiting int
	}{
		{slow, parser.OutcomeDeferred, 1},
		{quick, parser.OutcomeDelivered, 1},
		{slow, parser.OutcomeDeferred, 1},
		{slow, parser.OutcomeDelivered, 0},
	} {
		if got := attempt(step.r, step.outcome); got != step.waiting {
			t.Errorf("step %d: %d wait, want %d", i, got, step.waiting)
		}
	}
}
