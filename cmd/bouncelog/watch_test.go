package main

import (
	"fmt"
	"strings"
	"testing"

	"bouncelog/classify"
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

// TestWatchBounded lets everything fail with long words: what is kept stays within its room, the report says so, and what leaves the queue gives its room back.
func TestWatchBounded(t *testing.T) {
	w := newWatch(report.Window{})
	reply := strings.Repeat("x", 1<<20)
	verdict := &classify.Verdict{Suppress: true}
	fail := func(id int, outcome parser.Outcome) {
		r := &trace.Recipient{Address: fmt.Sprintf("u%d@b.example", id), Attempts: make([]trace.Attempt, 2)}
		a := &trace.Attempt{Time: int64(id), Outcome: outcome, Final: outcome.Ends(), Reply: reply, Verdict: verdict}
		w.event(&trace.Event{Message: &trace.Message{ID: int64(id)}, Recipient: r, Attempt: a}, nil)
	}
	for id := range 50 {
		fail(id, parser.OutcomeDeferred)
		fail(id, parser.OutcomeDelivered)
	}
	if w.bytes != 0 || w.short {
		t.Errorf("an empty queue takes %d bytes; short: %v", w.bytes, w.short)
	}
	for id := range 50 {
		fail(id, parser.OutcomeDeferred)
	}
	for id := range 50 {
		fail(100+id, parser.OutcomeBounced)
	}
	if !w.short || w.bytes > watchedBytes+len(reply)+deadWeight || len(w.waiting()) != 50 || len(w.suppressions()) < 10 {
		t.Errorf("short: %v, %d bytes, %d wait, %d are dead", w.short, w.bytes, len(w.waiting()), len(w.suppressions()))
	}
}
