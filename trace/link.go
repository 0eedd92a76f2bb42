package trace

import (
	"hash/maphash"

	"bouncelog/parser"
)

// place is where a queue id counts.
type place struct{ host, id string }

// handover is a recipient that was handed on to a queue id on this host that was not met yet.
type handover struct {
	from      *Message
	recipient string
	time      int64
}

// dsn follows a line that links a bounce message to its parent.
func (t *Tracker) dsn(r *parser.Record) {
	if len(r.Child) == 0 {
		if n := t.find(r); n != nil {
			t.touch(n, r)
		}
		return
	}
	n := t.find(r)
	if n != nil {
		t.touch(n, r)
		t.link(n.m, r, r.Child, r.DSN)
		if r.Outcome != parser.OutcomeNone && len(n.m.Recipients) < n.m.NRcpt {
			t.attempts(r)
		}
		return
	}
	// The parent's lines are in no log: the child is a bounce message all the same.
	t.link(nil, r, r.Child, r.DSN)
}

// link makes the queue id child a bounce message of parent. Before Postfix 3.11 the child's first line comes before this one,
// since 3.11 after it.
func (t *Tracker) link(parent *Message, r *parser.Record, child []byte, kind parser.DSNKind) {
	if kind == parser.DSNNone {
		kind = parser.DSNFailure
	}
	n := t.lookup(r, child)
	if n != nil && !isChild(n.m, r) {
		n = nil
	}
	if n == nil {
		c := *r
		c.QueueID = child
		if n = t.kept(&c, false); n != nil && !isChild(n.m, r) {
			n = nil
		}
		if n == nil {
			n = t.create(&c)
		}
	}
	t.change(n.m)
	n.m.DSN = kind
	n.m.ParentQueueID = string(r.QueueID)
	if !n.m.SenderKnown {
		n.m.SenderKnown = true
	}
	if parent != nil {
		n.m.ParentID = parent.ID
	}
}

// isChild reports whether m, met under the child's queue id, is the bounce message that the line announces.
func isChild(m *Message, r *parser.Record) bool {
	d := r.Time - m.First
	if m.DSN != parser.DSNNone {
		return d < int64(late) && d > -int64(late)
	}
	return d < int64(late) && d > -int64(late) && (m.Begun == 0 || m.ClientIP == "")
}

// adopt makes m, whose first line names its parent (Exim's "<= <> R="), that one's bounce message. Where the line does not say which sort
// it is, what became of the parent's recipients does: an autoreply names its parent too.
func (t *Tracker) adopt(m *Message, r *parser.Record, parent []byte, kind parser.DSNKind) {
	m.ParentQueueID = string(parent)
	c := *r
	c.QueueID = parent
	n := t.find(&c)
	if n != nil {
		m.ParentID = n.m.ID
	}
	if kind == parser.DSNNone {
		kind = reported(n)
	}
	m.DSN = kind
}

// reported tells what a message about the parent can report as its recipients stand.
func reported(n *node) parser.DSNKind {
	if n == nil || n.m.Begun == 0 || n.m.Rejected {
		return parser.DSNFailure // what happened before is not known, or it was refused
	}
	if n.m.DSN != parser.DSNNone {
		return parser.DSNPostmaster // bounce messages are not bounced: it was frozen, and somebody is told
	}
	kind := parser.DSNNone
	for _, rc := range n.m.Recipients {
		switch rc.Outcome {
		case parser.OutcomeBounced, parser.OutcomeExpired, parser.OutcomeRejected:
			return parser.DSNFailure
		case parser.OutcomeDeferred, parser.OutcomeHeld:
			kind = parser.DSNDelay
		}
	}
	return kind
}

// handOver recognises a delivery that only handed the recipient on to another queue id of this host: the attempt
// is then a re-injection, and the two are one message. A remote server's id may look like one of ours, so an
// id alone links nothing: the line must say that the hop is local, or the relay must be this host, or both must carry the same message-id.
//
// A relay that is named by an address of this host other than loopback is known by the next message's client, which is the same.
func (t *Tracker) handOver(m *Message, rc *Recipient, a *Attempt, r *parser.Record) {
	local := r.NextLocal || isLoopback(a.RelayHost, a.RelayIP)
	n := t.lookup(r, r.NextQueueID)
	if n == nil && local {
		c := *r
		c.QueueID = r.NextQueueID
		n = t.kept(&c, false)
	}
	if n != nil && n.m != m && near(n.m.First, a.Time) && (local || n.m.MessageID != "" && n.m.MessageID == m.MessageID || a.RelayIP != "" && n.m.ClientIP == a.RelayIP && n.m.First >= m.First) {
		a.Outcome = parser.OutcomeReinjected
		t.chain(m, n.m)
		return
	}
	if r.NextLocal {
		a.Outcome = parser.OutcomeReinjected
	}
	if local && len(t.awaited) < maxAwaited {
		t.awaited[place{m.Host, string(r.NextQueueID)}] = handover{m, rc.Address, a.Time}
	}
}

// passThrough recognises a delivery to a content filter that names no queue id: what the filter gave back stands in the log already,
// with the same message-id and sender, and as given in by this host.
func (t *Tracker) passThrough(m *Message, rc *Recipient, a *Attempt) {
	if m.MessageID == "" || !isLoopback(a.RelayHost, a.RelayIP) && (a.Stage != parser.StageNone || !isFilterRelay(a.RelayHost)) {
		return
	}
	n := t.newest(m.MessageID, t.hashOf(m.MessageID))
	if n == nil {
		return
	}
	next := n.m
	if next == m || next.ID < m.ID || next.Host != m.Host || next.PrevID != 0 && next.PrevID != m.ID || next.DSN != parser.DSNNone ||
		!near(next.First, a.Time) || !sameSender(m, next) {
		return
	}
	if !n.forwarded && !(isFilterRelay(a.RelayHost) && isLocalSource(next)) {
		return // a mailbox server on this host may send the message on by itself
	}
	a.Outcome, a.Next = parser.OutcomeReinjected, next.QueueID
	t.chain(m, next)
}

// chain makes next the continuation of m.
func (t *Tracker) chain(m, next *Message) {
	m.NextQueueID, m.NextID = next.QueueID, next.ID
	if next.PrevID == 0 && next.ID != m.ID {
		next.PrevQueueID, next.PrevID = m.QueueID, m.ID
		t.change(next)
	}
}

// continued corrects a hand-over whose next message was met only after it.
func (t *Tracker) continued(m *Message, r *parser.Record) {
	if len(t.awaited) == 0 {
		return
	}
	k := place{m.Host, m.QueueID}
	h, ok := t.awaited[k]
	if !ok || !near(m.First, h.time) || h.from == m || t.holder(h.from) == nil {
		return
	}
	delete(t.awaited, k)
	t.chain(h.from, m)
	for _, rc := range h.from.Recipients {
		reinject(rc, m.QueueID)
	}
	t.change(h.from)
}

// reinject turns the delivery to the next queue id into a re-injection.
func reinject(rc *Recipient, next string) {
	if rc.Outcome != parser.OutcomeDelivered {
		return
	}
	rc.own()
	a := &rc.Attempts[len(rc.Attempts)-1]
	if a.Next != next && next != "" {
		return
	}
	a.Outcome, a.Final = parser.OutcomeReinjected, false
	rc.Outcome, rc.Final = parser.OutcomeReinjected, false
}

func near(a, b int64) bool {
	d := a - b
	return d < int64(handed) && d > -int64(handed)
}

// follows notes that the line names the message that m continues (Postfix's orig_queue_id, from XFORWARD).
func (t *Tracker) follows(m *Message, r *parser.Record) {
	if string(r.OrigQueueID) == m.QueueID {
		return
	}
	n := t.lookup(r, r.OrigQueueID)
	if n == nil || n.m == m || !near(n.m.First, r.Time) && !near(n.m.Last, r.Time) {
		return // a queue id of another host, or not in this log
	}
	m.PrevQueueID, m.PrevID = n.m.QueueID, n.m.ID
	n.m.NextQueueID, n.m.NextID = m.QueueID, m.ID
	if r.Requeued {
		t.handOn(n.m, r, m.QueueID)
	}
	t.change(n.m)
}

// handOn ends a queue file that was moved to another queue id as it stood, with the recipients that were still open.
func (t *Tracker) handOn(m *Message, r *parser.Record, next string) {
	for _, rc := range m.Recipients {
		if rc.Final || rc.Outcome == parser.OutcomeReinjected || t.repeatsOtherLog(rc, r) {
			continue
		}
		a := t.newAttempt(&parser.Record{Time: r.Time, Line: r.Line, Seq: r.Seq, Hash: r.Hash, Delay: -1}, rc)
		a.Outcome, a.Next, a.Local = parser.OutcomeReinjected, next, true
		t.record(m, rc, &a)
	}
	t.end(m, r.Time)
}

// remember keeps the newest message with a message-id, by which a content filter that names no queue id is seen through.
func (t *Tracker) remember(n *node) {
	hash := t.hashOf(n.m.MessageID)
	before := t.newest(n.m.MessageID, hash)
	if before != nil {
		t.byMessageID.remove(before)
		t.passedOn(before.m, n)
	}
	if !n.detached {
		t.byMessageID.remove(n) // it was cut off when it was read before
		t.byMessageID.add(n, hash)
	}
}

// newest is the node of the newest held message with a message-id, or nil.
func (t *Tracker) newest(id string, hash uint32) *node {
	for n := t.byMessageID.first(hash); n != nil; n = t.byMessageID.next(n) {
		if t.byMessageID.has(n, hash) && n.m.MessageID == id {
			return n
		}
	}
	return nil
}

func (t *Tracker) hashOf(id string) uint32 { return uint32(maphash.String(t.seed, id)) }

// passedOn makes the node's message the continuation of old, which has the same message-id, if a content filter passed it on.
func (t *Tracker) passedOn(old *Message, n *node) {
	m := n.m
	if old.Host == m.Host && m.PrevID == 0 && old.NextID == 0 && old.ID < m.ID &&
		m.DSN == parser.DSNNone && near(m.First, old.Last) && (isLocalSource(m) || n.forwarded) && sameSender(old, m) && passedThrough(old) {
		t.chain(old, m)
		for _, rc := range old.Recipients {
			if len(rc.Attempts) > 0 && rc.Attempts[len(rc.Attempts)-1].Next == "" {
				reinject(rc, "")
			}
		}
		t.change(old)
	}
}

// isLocalSource reports whether the message was submitted on this host itself: by a filter through loopback or the sendmail command.
func isLocalSource(m *Message) bool {
	return m.ClientIP == "" || isLoopback(m.ClientHost, m.ClientIP)
}

func sameSender(a, b *Message) bool { return !a.SenderKnown || !b.SenderKnown || a.Sender == b.Sender }

// passedThrough reports whether all deliveries of m went to a program or server of this host that can be a content filter:
// a mailing list's or a mailbox's delivery keeps its outcome.
func passedThrough(m *Message) bool {
	for _, rc := range m.Recipients {
		if rc.Outcome != parser.OutcomeDelivered || len(rc.Attempts) == 0 {
			continue
		}
		a := &rc.Attempts[len(rc.Attempts)-1]
		if isLoopback(a.RelayHost, a.RelayIP) || a.Stage == parser.StageNone && isFilterRelay(a.RelayHost) {
			return true
		}
	}
	return false
}

// isFilterRelay knows the names that master.cf services of content filters go by; mailbox transports are none.
func isFilterRelay(relay string) bool {
	switch relay {
	case "filter", "amavis", "smtp-amavis", "amavisfeed", "spamassassin", "spamfilter", "scan", "dspam", "mailscanner", "spamd", "clamsmtp", "bogofilter":
		return true
	}
	return false
}

// isLoopback reports whether a relay or client is this host.
func isLoopback(host, ip string) bool {
	switch {
	case len(ip) > 4 && ip[:4] == "127.":
		return true
	case ip == "::1", ip == "IPv6:::1":
		return true
	case ip != "":
		return false
	}
	return host == "localhost" || host == "127.0.0.1" || host == "::1" || host == "localhost.localdomain"
}

// rename follows a queue file that got another id.
func (t *Tracker) rename(r *parser.Record) {
	n := t.find(r)
	if n == nil || len(r.NextQueueID) == 0 {
		return
	}
	t.touch(n, r)
	c := *r
	c.QueueID = r.NextQueueID
	next := t.lookup(r, r.NextQueueID)
	if next == nil || !near(next.m.First, r.Time) {
		next = t.create(&c)
	}
	if next.m != n.m {
		t.chain(n.m, next.m)
		t.handOn(n.m, r, next.m.QueueID)
		t.change(n.m)
	}
}
