package trace

import (
	"hash/maphash"
	"time"

	"bouncelog/parser"
)

// lookup finds the held message of a queue id: that of the same instance, else the only other one on this host. Postfix's
// master.cf can give one service of an instance another syslog_name, so the instance that a line shows may not be its queue's.
func (t *Tracker) lookup(r *parser.Record, id []byte) *node {
	var other *node
	several := false
	hash := t.hash(t.host, id)
	for n := t.live.first(hash); n != nil; n = t.live.next(n) {
		if !t.live.has(n, hash) || !n.is(t.host, id) {
			continue
		}
		if n.m.Instance == string(r.Instance) {
			return n
		}
		several = other != nil
		other = n
	}
	if several {
		return nil
	}
	return other
}

// is reports whether the node is of this queue id.
func (n *node) is(host string, id []byte) bool { return n.m.QueueID == string(id) && n.m.Host == host }

// hash is that of a queue id in the table of held messages. Nobody can know which ones share a slot.
func (t *Tracker) hash(host string, id []byte) uint32 {
	of := t.hostHash
	if host != t.host {
		of = maphash.String(t.seed, host)
	}
	return uint32(31*of ^ maphash.Bytes(t.seed, id))
}

// holder is the node that holds m itself, not what was kept of it and looked up again since, or nil.
func (t *Tracker) holder(m *Message) *node {
	if n := t.holds(m); n != nil && n.m == m {
		return n
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
	k := Key{Host: t.host, Instance: t.strings.again(&t.instance, r.Instance), QueueID: string(r.QueueID)}
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
	if n := t.lookup(r, r.QueueID); n != nil && n.m.Instance == best.Instance && n.m.First > best.First {
		// An older log is read after a newer one: the newer incarnation of the queue id keeps its place.
		return &node{m: best, detached: true}
	}
	n := t.install(best, &node{})
	t.weigh(n)
	return n
}

func (t *Tracker) fail(err error) {
	if t.err == nil {
		t.err = err
	}
}

// holds is the node that holds the message with m's ID, if it is the newest incarnation of its key.
func (t *Tracker) holds(m *Message) *node {
	for n := t.live.first(t.hash(m.Host, []byte(m.QueueID))); n != nil; n = t.live.next(n) {
		if n.m.ID == m.ID {
			return n
		}
	}
	return nil
}

// owner is the message that the record's line belongs to, created where none is known, with the line noted.
func (t *Tracker) owner(r *parser.Record) *node {
	n := t.find(r)
	if n == nil {
		n = t.create(r)
	}
	t.touch(n, r)
	return n
}

// create starts a new incarnation of the record's queue id.
func (t *Tracker) create(r *parser.Record) *node {
	// One allocation holds the node with its message: there is one for every message of a log.
	h := &struct {
		node
		room
	}{}
	t.furnish(&h.room, r)
	h.text.room(len(r.QueueID) + len(r.ClientHost) + len(r.ClientIP) + len(r.Helo) + len(r.AuthUser) + len(r.Sender) + len(r.MessageID))
	h.message.QueueID = h.text.of(r.QueueID)
	n := t.install(&h.message, &h.node)
	t.touch(n, r)
	return n
}

// furnish makes a new message of what every line says.
func (t *Tracker) furnish(in *room, r *parser.Record) *Message {
	m := &in.message
	m.ID, m.MTA, m.First, m.Last = t.next, r.MTA, r.Time, r.Time
	m.Host, m.Instance = t.host, t.strings.again(&t.instance, r.Instance)
	m.Log, m.Line, m.Offset = r.Line.Log, r.Line.Number, r.Line.Offset
	m.first = &in.first
	t.next++
	return m
}

// install puts a message into memory, with fresh as its node, in place of an older incarnation if there is one.
func (t *Tracker) install(m *Message, fresh *node) *node {
	id := []byte(m.QueueID)
	hash := t.hash(m.Host, id)
	for n := t.live.first(hash); n != nil; n = t.live.next(n) {
		if !t.live.has(n, hash) || n.m.Instance != m.Instance || !n.is(m.Host, id) {
			continue
		}
		if n.changed != 0 { // the older incarnation goes on its way without a node
			t.orphans = append(t.orphans, n.m)
		}
		t.release(n)
		n.m, n.forwarded, n.remembered = m, false, false
		t.refresh(n)
		return n
	}
	fresh.m = m
	t.live.add(fresh, hash)
	t.enqueue(fresh)
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
	t.text = &n.text
	t.mark(n)
	if !n.detached {
		t.refresh(n)
	}
}

// mark notes that a node's message changed.
func (t *Tracker) mark(n *node) {
	switch {
	case n.changed != 0:
	case n.detached:
		t.orphans = append(t.orphans, n.m)
		n.changed = -1
	default:
		t.changed = append(t.changed, n)
		n.changed = len(t.changed)
	}
}

// unmark takes a node off the list of changed ones; the last takes its place.
func (t *Tracker) unmark(n *node) {
	if n.changed <= 0 {
		return
	}
	last := len(t.changed) - 1
	t.changed[n.changed-1], t.changed[last].changed = t.changed[last], n.changed
	t.changed[last] = nil
	t.changed, n.changed = t.changed[:last], 0
}

// change notes that a message changed by a line of another message.
func (t *Tracker) change(m *Message) {
	if n := t.holder(m); n != nil {
		t.mark(n)
	} else {
		t.orphans = append(t.orphans, m)
	}
}

// Changed calls fn for each message that changed since the last call. fn may keep a Clone only. A message may be named twice when an older
// incarnation of a queue id was corrected late; its state is the same both times.
func (t *Tracker) Changed(fn func(*Message)) {
	t.Strays(fn)
	for _, n := range t.changed {
		fn(n.m)
		n.changed = 0
		t.settleRing(n)
		t.weigh(n)
	}
	clear(t.changed)
	t.changed = t.changed[:0]
}

// Strays is Changed for messages alone that are found by no queue id: refusals, older incarnations.
func (t *Tracker) Strays(fn func(*Message)) {
	for _, m := range t.orphans {
		fn(m)
	}
	clear(t.orphans)
	t.orphans = t.orphans[:0]
}

// Harvest calls fn for each message that ended and was quiet for a while, and forgets it: fn may keep it. changed is true for those that
// Changed would have named. To harvest often keeps the memory small that the tracker works on.
func (t *Tracker) Harvest(fn func(m *Message, changed bool)) {
	for n := t.ended.next; n != &t.ended && t.horizon()-n.m.Last > int64(late); n = t.ended.next {
		fn(n.m, n.changed != 0)
		t.drop(n)
	}
	t.sweep()
}

// ChangedCount is the number of messages that the next Changed will name.
func (t *Tracker) ChangedCount() int { return len(t.changed) + len(t.orphans) }

// Held is the number of messages in memory.
func (t *Tracker) Held() int { return t.live.count }

// Behind says that lines from this time on may still come, because logs are read side by side; 0: that of the newest line. What such a line
// can speak of is not forgotten.
func (t *Tracker) Behind(time int64) { t.behind = time }

// horizon is the time of the oldest line that may come next. Logs may be read the newest first: the line at hand tells, not the newest.
func (t *Tracker) horizon() int64 {
	if t.behind != 0 {
		return min(t.behind, t.at)
	}
	return t.at
}

// sweep forgets what was kept for lines that did not come.
func (t *Tracker) sweep() {
	if t.now-t.swept < int64(time.Minute) {
		return
	}
	t.swept = t.now
	now := t.horizon()
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
	t.release(n)
	t.live.remove(n)
	n.prev.next, n.next.prev = n.next, n.prev
	n.prev, n.next = nil, nil // its memory is that of its message, which may live on
}

// release forgets what is kept of a node's message, which leaves it.
func (t *Tracker) release(n *node) {
	delete(t.indexes, n.m)
	t.byMessageID.remove(n)
	t.unmark(n)
	t.weight -= n.weight
	n.weight = 0
}
