package trace

import (
	"bouncelog/parser"
)

// refusal is the identity of a refusal without a queue id: the same line at the same time.
type refusal struct {
	host string
	time int64
	hash uint32
}

// reject follows a refusal by our own server.
func (t *Tracker) reject(r *parser.Record) {
	if len(r.QueueID) == 0 || r.Session {
		t.refuse(r)
		return
	}
	n := t.find(r.Host, r.Instance, r.QueueID, r)
	if n == nil {
		// Sendmail refuses recipients before it says "from=". Until then nothing was accepted, and there may never be.
		n = t.create(r)
		n.m.Rejected = r.Outcome == parser.OutcomeRejected
	}
	t.touch(n, r)
	m := n.m
	t.context(m, r)
	if len(r.Recipients) == 0 && r.Whole {
		t.rejectWhole(m, r)
		return
	}
	for _, addr := range r.Recipients {
		rc := t.recipient(m, r, addr)
		if t.repeatsOtherLog(rc, r) {
			continue
		}
		a := t.newAttempt(m, r)
		t.record(m, rc, a)
	}
	if len(r.Recipients) == 0 {
		rc := t.addRecipient(m, "", "")
		a := t.newAttempt(m, r)
		t.record(m, rc, a)
	}
	if r.Whole {
		t.whole(m, r)
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

// refuse makes a message of its own of a refusal that belongs to no queue id.
func (t *Tracker) refuse(r *parser.Record) {
	k := refusal{t.strings.of(r.Host), r.Time, r.Hash}
	same, known := t.refused[k]
	if !known && t.opt.Keeper != nil && (t.overlaps(r) || t.rereads(r)) {
		kept, err := t.opt.Keeper.Refused(k.host, k.time)
		if err != nil {
			t.fail(err)
		}
		for _, m := range kept {
			if len(m.Recipients) == 0 || len(m.Recipients[0].Attempts) == 0 {
				continue
			}
			if m.Recipients[0].Attempts[0].Hash == k.hash || m.Offset == r.Line.Offset && m.Log == r.Line.Log {
				same = append(same, m)
			}
		}
	}
	if t.rereads(r) {
		for _, m := range same {
			if m.Log == r.Line.Log && m.Offset == r.Line.Offset {
				t.refuseAgain(m, r)
				return
			}
		}
	}
	for _, m := range same {
		a := &m.Recipients[0].Attempts[0]
		if a.unseenIn(r.Line.Log) && r.Hash != 0 {
			for _, rc := range m.Recipients {
				rc.Attempts[0].Also = append(rc.Attempts[0].Also, r.Line.Log)
			}
			t.orphans = append(t.orphans, m)
			t.refused[k] = same
			return
		}
	}
	m := &Message{
		ID: t.next, Key: Key{Host: k.host, Instance: t.strings.of(r.Instance)}, MTA: r.MTA,
		First: r.Time, Last: r.Time, Begun: r.Time, Ended: r.Time,
		Log: r.Line.Log, Line: r.Line.Number, Offset: r.Line.Offset,
	}
	t.next++
	if len(same) > 0 || len(t.refused) < maxRefused {
		t.refused[k] = append(same, m)
	}
	t.refuseAgain(m, r)
}

// refuseAgain fills a refusal's message by its line; anew, where the line was cut when it was read before.
func (t *Tracker) refuseAgain(m *Message, r *parser.Record) {
	m.Recipients = nil
	m.Rejected, m.SessionReject = r.Outcome == parser.OutcomeRejected && !r.Session, r.Session
	m.EndOffset = r.Line.Offset + int64(len(r.Line.Text)) + 1
	m.SenderKnown, m.Sender = r.HasSender, t.strings.of(r.Sender)
	m.MessageID, m.Subject, m.Size = string(r.MessageID), string(r.Subject), r.Size
	t.setClient(m, r)
	t.orphans = append(t.orphans, m)
	if len(r.Recipients) == 0 {
		t.record(m, t.addRecipient(m, "", ""), t.newAttempt(m, r))
	}
	for _, addr := range r.Recipients {
		rc := t.addRecipient(m, string(addr), string(r.OrigRecipient))
		t.record(m, rc, t.newAttempt(m, r))
	}
}
