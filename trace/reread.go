package trace

import (
	"slices"

	"bouncelog/parser"
)

// Reread says that the line at this offset of a log was read before while its end was not written yet, and comes again, whole. What
// it said then is taken back when it comes.
func (t *Tracker) Reread(log int32, offset int64) { t.reread[log] = offset }

func (t *Tracker) rereads(r *parser.Record) bool {
	if len(t.reread) == 0 {
		return false
	}
	offset, ok := t.reread[r.Line.Log]
	return ok && offset == r.Line.Offset
}

// retract takes back the events that the record's line gave when it was read before.
func (t *Tracker) retract(r *parser.Record) {
	if len(r.QueueID) == 0 {
		return // see refuse
	}
	n := t.find(r)
	if n == nil {
		return
	}
	m := n.m
	for _, rc := range m.Recipients {
		before := len(rc.Attempts)
		rc.own()
		rc.Attempts = slices.DeleteFunc(rc.Attempts, func(a Attempt) bool {
			return a.Log == r.Line.Log && a.Offset == r.Line.Offset && a.Seq == r.Seq
		})
		if len(rc.Attempts) < before {
			rc.recount()
		}
	}
	delete(t.indexes, m)
	m.Recipients = slices.DeleteFunc(m.Recipients, func(rc *Recipient) bool { return len(rc.Attempts) == 0 })
	t.change(m)
}

// recount finds a recipient's state from its attempts.
func (rc *Recipient) recount() {
	rc.Outcome, rc.Final = parser.OutcomeNone, false
	for i := range rc.Attempts {
		a := &rc.Attempts[i]
		if !rc.Final {
			rc.Outcome = a.Outcome
		}
		a.Final = a.Outcome.Ends() && !rc.Final
		rc.Final = rc.Final || a.Final
	}
	rc.renumber(0)
}
