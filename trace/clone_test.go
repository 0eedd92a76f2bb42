package trace

import (
	"encoding/json"
	"testing"

	"bouncelog/parser"
)

// TestClonesKeepAttempts changes attempts that a clone has too, in each of the ways in which a later line can.
func TestClonesKeepAttempts(t *testing.T) {
	line := func(tracker *Tracker, time int64, log int32, outcome parser.Outcome) {
		tracker.Add(&parser.Record{
			Kind: parser.KindAttempt, Outcome: outcome, Time: time * 1e9, Hash: uint32(time), QueueID: []byte("4F1C2A03B7"), Delay: -1,
			Recipients: [][]byte{[]byte("bob@example.com")}, Line: parser.Line{Log: log, Offset: 100 * time},
		})
	}
	for name, change := range map[string]func(tracker *Tracker, m *Message){
		"one more attempt":            func(tracker *Tracker, _ *Message) { line(tracker, 60, 1, parser.OutcomeDeferred) },
		"an attempt between others":   func(tracker *Tracker, _ *Message) { line(tracker, 25, 1, parser.OutcomeDeferred) },
		"an end before the last":      func(tracker *Tracker, _ *Message) { line(tracker, 25, 1, parser.OutcomeBounced) },
		"the same line elsewhere":     func(tracker *Tracker, _ *Message) { line(tracker, 30, 2, parser.OutcomeDeferred) },
		"the beginning, which is now": func(tracker *Tracker, _ *Message) { begin(tracker, "4F1C2A03B7", 5) },
		"a line that was cut": func(tracker *Tracker, _ *Message) {
			tracker.Reread(1, 3000)
			line(tracker, 30, 1, parser.OutcomeDelivered)
		},
		"a delivery that handed it on": func(tracker *Tracker, m *Message) {
			reinject(m.Recipients[0], "5F1C2A03B7")
		},
	} {
		t.Run(name, func(t *testing.T) {
			tracker := New(Options{})
			for time := int64(10); time < 50; time += 10 {
				line(tracker, time, 1, parser.OutcomeDeferred)
			}
			line(tracker, 50, 1, parser.OutcomeDelivered)
			var m *Message
			tracker.Changed(func(changed *Message) { m = changed })
			m.Recipients[0].Attempts[4].Next = "5F1C2A03B7" // as its line would say
			clone := m.Clone()
			before, was := asJSON(t, m), asJSON(t, clone)
			if cap(m.Recipients[0].Attempts) == len(m.Recipients[0].Attempts) {
				t.Fatal("there is no room for a change in place")
			}
			change(tracker, m)
			if asJSON(t, m) == before {
				t.Error("nothing changed")
			}
			if now := asJSON(t, clone); now != was {
				t.Errorf("the clone was\n%s\nand is\n%s", was, now)
			}
		})
	}
}

func begin(tracker *Tracker, id string, time int64) {
	tracker.Add(&parser.Record{Kind: parser.KindBegin, Time: time * 1e9, QueueID: []byte(id), Line: parser.Line{Log: 1, Offset: 100 * time}})
}

func asJSON(t *testing.T, m *Message) string {
	b, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
