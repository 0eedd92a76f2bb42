package trace

import (
	"time"

	"bouncelog/parser"
)

// lookup finds the held message of a queue id: that of the same instance, else the only other one on this host. Postfix's
// master.cf can give one service of an instance another syslog_name, so the instance that a line shows may not be its queue's.
func (t *Tracker) lookup(host, instance, id []byte) *node {
	t.key = append(append(append(t.key[:0], host...), 0), id...)
	first := t.live[string(t.key)]
	if first == nil || first.chain == nil && first.m.Instance == string(instance) {
		return first
	}
	for n := first; n != nil; n = n.chain {
		if n.m.Instance == string(instance) {
			return n
		}
	}
	if first.chain == nil {
		return first
	}
	return nil
}

// kept asks the keeper for the message that r belongs to and holds it again.
func (t *Tracker) kept(r *parser.Record, begin bool) *node {
	if t.opt.Keeper == nil {
		return nil
	}
	belong := belongs
	if begin {
		belong = t.continues
	}
	return t.keptOf(r, begin, belong)
}

// keptTwin asks for the message that the same line began in another log of this host.
func (t *Tracker) keptTwin(r *parser.Record) *node {
	if t.opt.Keeper == nil {
		return nil
	}
	return t.keptOf(r, false, t.continues)
}

func (t *Tracker) keptOf(r *parser.Record, begin bool, belong func(*Message, *parser.Record) bool) *node {
	k := Key{Host: t.strings.of(r.Host), Instance: t.strings.of(r.Instance), QueueID: string(r.QueueID)}
	found, err := t.opt.Keeper.Find(k, begin, r.Time)
	if err != nil {
		t.fail(err)
		return nil
	}
	var best *Message
	for _, m := range found {
		if !belong(m, r) {
			continue
		}
		if best == nil || m.Instance == k.Instance && best.Instance != k.Instance {
			best = m
		}
	}
	if best == nil {
		return nil
	}
	if n := t.holds(best); n != nil {
		return n
	}
	if n := t.lookup(r.Host, r.Instance, r.QueueID); n != nil && n.m.Instance == best.Instance && n.m.First > best.First {
		// An older log is read after a newer one: the newer incarnation of the queue id keeps its place.
		return &node{m: best, detached: true}
	}
	return t.hold1(best)
}

func (t *Tracker) fail(err error) {
	if t.err == nil {
		t.err = err
	}
}

// holds is the node that holds the message with m's ID, if it is the newest incarnation of its key.
func (t *Tracker) holds(m *Message) *node {
	t.setKey(m.Host, m.QueueID)
	for n := t.live[string(t.key)]; n != nil; n = n.chain {
		if n.m.ID == m.ID {
			return n
		}
	}
	return nil
}

func (t *Tracker) setKey(host, id string) {
	t.key = append(append(append(t.key[:0], host...), 0), id...)
}

// create starts a new incarnation of the record's queue id.
func (t *Tracker) create(r *parser.Record) *node {
	m := &Message{
		ID:  t.next,
		Key: Key{Host: t.strings.of(r.Host), Instance: t.strings.of(r.Instance), QueueID: string(r.QueueID)},
		MTA: r.MTA, First: r.Time, Last: r.Time,
		Log: r.Line.Log, Line: r.Line.Number, Offset: r.Line.Offset,
	}
	t.next++
	n := t.hold1(m)
	t.touch(n, r)
	return n
}

// hold1 puts a message into memory in place of an older incarnation.
func (t *Tracker) hold1(m *Message) *node {
	t.setKey(m.Host, m.QueueID)
	first := t.live[string(t.key)]
	for n := first; n != nil; n = n.chain {
		if n.m.Instance == m.Instance {
			// The older incarnation stays in the list of changed messages until the next flush.
			delete(t.indexes, n.m)
			n.m, n.dirty, n.forwarded = m, false, false
			t.refresh(n)
			return n
		}
	}
	n := &node{m: m}
	if first != nil {
		n.key, n.chain = first.key, first.chain
		first.chain = n
	} else {
		n.key = string(t.key)
		t.live[n.key] = n
	}
	n.prev, n.next = t.lru.prev, &t.lru
	t.lru.prev.next = n
	t.lru.prev = n
	t.held++
	return n
}

// refresh moves a node to the young end of the ring.
func (t *Tracker) refresh(n *node) {
	if n.next == &t.lru {
		return
	}
	n.prev.next, n.next.prev = n.next, n.prev
	n.prev, n.next = t.lru.prev, &t.lru
	t.lru.prev.next = n
	t.lru.prev = n
}

// touch notes that the line was of this message.
func (t *Tracker) touch(n *node, r *parser.Record) {
	m := n.m
	if r.Time < m.First {
		m.First = r.Time
		m.Log, m.Line, m.Offset, m.EndOffset = r.Line.Log, r.Line.Number, r.Line.Offset, 0
	}
	if r.Time > m.Last {
		m.Last = r.Time
	}
	if r.Line.Log == m.Log {
		m.EndOffset = max(m.EndOffset, r.Line.Offset+int64(len(r.Line.Text))+1)
	}
	if !n.dirty {
		n.dirty = true
		t.changed = append(t.changed, m)
	}
	if !n.detached {
		t.refresh(n)
	}
}

// isHeld reports whether m is the message that memory holds under its queue id, not one that was dropped and may have been kept and
// looked up again since.
func (t *Tracker) isHeld(m *Message) bool {
	n := t.lookup([]byte(m.Host), []byte(m.Instance), []byte(m.QueueID))
	return n != nil && n.m == m
}

// change notes that a message changed by a line of another message.
func (t *Tracker) change(m *Message) {
	n := t.lookup([]byte(m.Host), []byte(m.Instance), []byte(m.QueueID))
	switch {
	case n == nil || n.m != m:
		t.changed = append(t.changed, m)
	case !n.dirty:
		n.dirty = true
		t.changed = append(t.changed, m)
	}
}

// Changed calls fn for each message that changed since the last call, in the order of their first change. fn may keep a Clone only.
func (t *Tracker) Changed(fn func(*Message)) {
	// A message may stand twice when an older incarnation was corrected late; the state is the same.
	for _, m := range t.changed {
		fn(m)
	}
	for _, m := range t.changed {
		t.setKey(m.Host, m.QueueID)
		for n := t.live[string(t.key)]; n != nil; n = n.chain {
			if n.m == m {
				n.dirty = false
			}
		}
	}
	clear(t.changed)
	t.changed = t.changed[:0]
}

// ChangedCount is the number of messages that the next Changed will name.
func (t *Tracker) ChangedCount() int { return len(t.changed) }

// Held is the number of messages in memory.
func (t *Tracker) Held() int { return t.held }

// Evict drops messages from memory that the keeper has: those that ended and were quiet for a while, and the ones
// touched longest ago while more than limit are held; open ones go to spill first, unless it is nil. It must only be called when nothing
// changed since Changed.
func (t *Tracker) Evict(limit int, spill func(*Message)) {
	for n := t.lru.next; n != &t.lru; {
		next := n.next
		old := n.m.Ended != 0 && t.now-n.m.Last > int64(late) || t.now-n.m.Last > int64(lifetime)
		if !n.dirty && (old || t.held > limit) {
			if !old && spill != nil {
				spill(n.m)
			}
			t.drop(n)
		} else if !old && t.held <= limit && t.now-n.m.Last < int64(time.Minute) {
			break // the rest of the ring is younger
		}
		n = next
	}
	for id, m := range t.byMessageID {
		if t.now-m.Last > int64(handed) {
			delete(t.byMessageID, id)
		}
	}
	for id, h := range t.awaited {
		if t.now-h.time > int64(handed) {
			delete(t.awaited, id)
		}
	}
	for k := range t.refused {
		if t.now-k.time > int64(late) {
			delete(t.refused, k)
		}
	}
}

func (t *Tracker) drop(n *node) {
	delete(t.indexes, n.m)
	n.prev.next, n.next.prev = n.next, n.prev
	t.held--
	first := t.live[n.key]
	if first == n {
		if n.chain == nil {
			delete(t.live, n.key)
		} else {
			t.live[n.key] = n.chain
		}
		return
	}
	for p := first; p != nil; p = p.chain {
		if p.chain == n {
			p.chain = n.chain
			return
		}
	}
}
