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
		a := t.newAttempt(r)
		t.record(m, rc, &a)
	}
	if len(r.Recipients) == 0 {
		rc := t.addRecipient(m, "", "")
		a := t.newAttempt(r)
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

// refuse makes a message of its own of a refusal that belongs to no queue id.
func (t *Tracker) refuse(r *parser.Record) {
	k := refusal{t.host, r.Time, r.Hash}
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
				m.Recipients = nil
				t.describe(m, r)
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
	m := t.furnish(&room{}, r)
	m.Begun, m.Ended = r.Time, r.Time
	if len(same) > 0 || len(t.refused) < maxRefused {
		t.refused[k] = append(same, m)
	}
	t.describe(m, r)
}

// describe fills a refusal's message by its line; anew, where the line was cut when it was read before.
func (t *Tracker) describe(m *Message, r *parser.Record) {
	m.Rejected, m.SessionReject = r.Outcome == parser.OutcomeRejected && !r.Session, r.Session
	m.EndOffset = r.Line.Offset + int64(len(r.Line.Text)) + 1
	m.SenderKnown, m.Size = r.HasSender, r.Size
	t.clip.add(&m.Sender, r.Sender)
	t.clip.add(&m.MessageID, r.MessageID)
	t.clip.add(&m.Subject, r.Subject)
	t.addClient(m, r)
	t.clip.cut()
	t.orphans = append(t.orphans, m)
	if len(r.Recipients) == 0 {
		a := t.newAttempt(r)
		t.record(m, t.addRecipient(m, "", ""), &a)
	}
	for _, addr := range r.Recipients {
		rc := t.addRecipient(m, string(addr), string(r.OrigRecipient))
		a := t.newAttempt(r)
		t.record(m, rc, &a)
	}
}
