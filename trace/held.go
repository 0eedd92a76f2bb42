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
	k := Key{Host: t.host, Instance: t.strings.of(r.Instance), QueueID: string(r.QueueID)}
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

func (t *Tracker) setKeyBytes(host string, id []byte) {
	t.key = append(append(append(t.key[:0], host...), 0), id...)
}

func (t *Tracker) setKey(host, id string) {
	t.key = append(append(append(t.key[:0], host...), 0), id...)
}

// owner is the message that the record's line belongs to, created where none is known, with the line noted.
func (t *Tracker) owner(r *parser.Record) *node {
	n := t.find(r.Host, r.Instance, r.QueueID, r)
	if n == nil {
		n = t.create(r)
	}
	t.touch(n, r)
	return n
}

// create starts a new incarnation of the record's queue id.
func (t *Tracker) create(r *parser.Record) *node {
	// One allocation holds the node with its message, and one string its key and its queue id: there is one for every message of a log.
	h := &struct {
		node
		room
	}{}
	t.setKeyBytes(t.host, r.QueueID)
	h.key = string(t.key)
	t.furnish(&h.room, r)
	h.message.QueueID = h.key[len(t.host)+1:]
	n := t.install(&h.message, &h.node)
	t.touch(n, r)
	return n
}

// furnish makes a new message of what every line says.
func (t *Tracker) furnish(in *room, r *parser.Record) *Message {
	m := &in.message
	m.ID, m.MTA, m.First, m.Last = t.next, r.MTA, r.Time, r.Time
	m.Host, m.Instance = t.host, t.strings.of(r.Instance)
	m.Log, m.Line, m.Offset = r.Line.Log, r.Line.Number, r.Line.Offset
	m.first = &in.first
	t.next++
	return m
}

// hold1 puts a message that the keeper gave into memory.
func (t *Tracker) hold1(m *Message) *node {
	t.setKey(m.Host, m.QueueID)
	return t.install(m, &node{key: string(t.key)})
}

// install puts a message into memory, with fresh as its node, in place of an older incarnation if there is one. t.key is its key.
func (t *Tracker) install(m *Message, fresh *node) *node {
	first := t.live[string(t.key)]
	for n := first; n != nil; n = n.chain {
		if n.m.Instance == m.Instance {
			if n.dirty { // the older incarnation goes on its way without a node
				t.orphans = append(t.orphans, n.m)
			}
			delete(t.indexes, n.m)
			n.m, n.forwarded, n.remembered = m, false, false
			n.dirty = false
			t.refresh(n)
			return n
		}
	}
	fresh.m = m
	if first != nil {
		fresh.key, fresh.chain = first.key, first.chain
		first.chain = fresh
	} else {
		t.live[fresh.key] = fresh
	}
	t.enqueue(fresh)
	t.held++
	return fresh
}

// enqueue puts a node at the young end of the ring of open messages, or of those that ended.
func (t *Tracker) enqueue(n *node) {
	ring := &t.open
	if n.m.Ended != 0 {
		ring = &t.ended
	}
	n.inEnded = n.m.Ended != 0
	n.prev, n.next = ring.prev, ring
	ring.prev.next = n
	ring.prev = n
}

// refresh moves a node to the young end of the ring that it belongs to.
func (t *Tracker) refresh(n *node) {
	if n.inEnded == (n.m.Ended != 0) && (n.next == &t.open || n.next == &t.ended) {
		return
	}
	n.prev.next, n.next.prev = n.next, n.prev
	t.enqueue(n)
}

// settleRing moves a node whose message ended, or not after all, since it was touched.
func (t *Tracker) settleRing(n *node) {
	if !n.detached && n.inEnded != (n.m.Ended != 0) {
		t.refresh(n)
	}
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
	t.mark(n)
	if !n.detached {
		t.refresh(n)
	}
}

// mark notes that a node's message changed.
func (t *Tracker) mark(n *node) {
	switch {
	case n.dirty:
	case n.detached:
		t.orphans = append(t.orphans, n.m)
		n.dirty = true
	default:
		n.dirty = true
		t.changed = append(t.changed, n)
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
	if n == nil || n.m != m {
		t.orphans = append(t.orphans, m)
		return
	}
	t.mark(n)
}

// Changed calls fn for each message that changed since the last call. fn may keep a Clone only. A message may be named twice when an older
// incarnation of a queue id was corrected late; its state is the same both times.
func (t *Tracker) Changed(fn func(*Message)) {
	for _, m := range t.orphans {
		fn(m)
	}
	for _, n := range t.changed {
		if !n.dirty { // harvested, or replaced by a new incarnation
			continue
		}
		fn(n.m)
		n.dirty = false
		t.settleRing(n)
	}
	clear(t.orphans)
	clear(t.changed)
	t.orphans, t.changed = t.orphans[:0], t.changed[:0]
}

// Harvest calls fn for each message that ended and was quiet for a while, and forgets it: fn may keep it. changed is true for those that
// Changed would have named. To harvest often keeps the memory small that the tracker works on.
func (t *Tracker) Harvest(fn func(m *Message, changed bool)) {
	for n := t.ended.next; n != &t.ended && t.horizon()-n.m.Last > int64(late); n = t.ended.next {
		fn(n.m, n.dirty)
		n.dirty = false
		t.drop(n)
	}
	t.sweep()
	// Nodes that are not dirty any more need no place among the changed ones.
	kept := t.changed[:0]
	for _, n := range t.changed {
		if n.dirty {
			kept = append(kept, n)
		}
	}
	clear(t.changed[len(kept):])
	t.changed = kept
}

// ChangedCount is about the number of messages that the next Changed will name.
func (t *Tracker) ChangedCount() int { return len(t.changed) + len(t.orphans) }

// Held is the number of messages in memory.
func (t *Tracker) Held() int { return t.held }

// Evict drops messages from memory that the keeper has: those that ended and were quiet for a while, and the ones
// touched longest ago while more than limit are held; open ones go to spill first, unless it is nil. It must only be called when nothing
// changed since Changed.
func (t *Tracker) Evict(limit int, spill func(*Message)) {
	for n := t.ended.next; n != &t.ended && (t.horizon()-n.m.Last > int64(late) || t.held > limit); n = t.ended.next {
		t.drop(n)
	}
	for n := t.open.next; n != &t.open && (t.now-n.m.Last > int64(lifetime) || t.held > limit); n = t.open.next {
		if spill != nil && t.now-n.m.Last <= int64(lifetime) {
			spill(n.m)
		}
		t.drop(n)
	}
	t.sweep()
}

// Behind says that lines from this time on may still come, because logs are read side by side; 0: that of the newest line. What such a line
// can speak of is not forgotten.
func (t *Tracker) Behind(time int64) { t.behind = time }

// horizon is the time of the oldest line that may come next.
func (t *Tracker) horizon() int64 {
	if t.behind != 0 {
		return min(t.behind, t.now)
	}
	return t.now
}

// sweep forgets what was kept for lines that did not come.
func (t *Tracker) sweep() {
	if t.now-t.swept < int64(time.Minute) {
		return
	}
	t.swept = t.now
	now := t.horizon()
	for id, m := range t.byMessageID {
		if now-m.Last > int64(handed) {
			delete(t.byMessageID, id)
		}
	}
	for id, h := range t.awaited {
		if now-h.time > int64(handed) {
			delete(t.awaited, id)
		}
	}
	for k := range t.refused {
		if now-k.time > int64(late) {
			delete(t.refused, k)
		}
	}
}

func (t *Tracker) drop(n *node) {
	delete(t.indexes, n.m)
	if n.m.MessageID != "" && t.byMessageID[n.m.MessageID] == n.m {
		delete(t.byMessageID, n.m.MessageID) // only held messages are linked by it; it would keep this one in memory
	}
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
