package trace

import (
	"bouncelog/parser"
)

// reject follows a refusal by our own server.
func (t *Tracker) reject(r *parser.Record) {
	if len(r.QueueID) == 0 || r.Session {
		t.refuse(r)
		return
	}
	n := t.find(r)
	if n == nil {
		// Sendmail refuses recipients before it says "from=". Until then nothing was accepted, and there may never be.
		n = t.create(r)
		n.m.Rejected = r.Outcome == parser.OutcomeRejected
	}
	t.touch(n, r)
	m := n.m
	t.context(n, r)
	if len(r.Recipients) == 0 && r.Whole {
		t.rejectWhole(m, r)
		t.settleRing(n)
		return
	}
	for _, addr := range r.Recipients {
		rc := t.recipient(m, r, addr)
		if t.repeatsOtherLog(rc, r) {
			continue
		}
		a := t.newAttempt(r, rc)
		t.record(m, rc, &a)
	}
	if len(r.Recipients) == 0 {
		rc := t.addRecipient(m, "", "")
		a := t.newAttempt(r, rc)
		t.record(m, rc, &a)
	}
	if r.Whole {
		t.whole(m, r)
		t.settleRing(n)
	}
}

// rejectWhole ends all recipients of a message that was refused after its data; none may be known by name.
func (t *Tracker) rejectWhole(m *Message, r *parser.Record) {
	named := false
	for _, rc := range m.Recipients {
		if t.repeatsOtherLog(rc, r) {
			return
		}
		if rc.Address == "" || rc.Final {
			continue
		}
		named = true
		t.end1(m, rc, r)
	}
	if !named {
		t.end1(m, t.addRecipient(m, "", ""), r)
	}
	t.whole(m, r)
}

func (t *Tracker) whole(m *Message, r *parser.Record) {
	switch r.Outcome {
	case parser.OutcomeRejected:
		m.Rejected = true
		t.end(m, r.Time)
	case parser.OutcomeDiscarded:
		t.end(m, r.Time)
	}
}

// describe fills a refusal's message by its line; anew, where the line was cut when it was read before.
func (t *Tracker) describe(m *Message, r *parser.Record) {
	m.Rejected, m.SessionReject = r.Outcome == parser.OutcomeRejected && !r.Session, r.Session
	m.EndOffset = r.Line.Offset + int64(len(r.Line.Text)) + 1
	m.SenderKnown, m.Size = r.HasSender, r.Size
	t.text = &text{}
	t.text.room(len(r.Sender) + len(r.MessageID) + len(r.ClientHost) + len(r.ClientIP) + len(r.Helo) + len(r.Reply))
	m.Sender = t.text.of(r.Sender)
	m.MessageID = t.text.of(r.MessageID)
	m.Subject = t.text.of(r.Subject)
	t.addClient(m, r)
	t.orphans = append(t.orphans, m)
	if len(r.Recipients) == 0 {
		a := t.newAttempt(r, nil)
		t.record(m, t.addRecipient(m, "", ""), &a)
	}
	for _, addr := range r.Recipients {
		rc := t.addRecipient(m, string(addr), string(r.OrigRecipient))
		a := t.newAttempt(r, rc)
		t.record(m, rc, &a)
	}
}
