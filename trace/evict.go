package trace

// About how many bytes each takes, with what is counted of it and its place in the tables.
const (
	messageWeight   = 1500
	recipientWeight = 100
	attemptWeight   = 350
)

// weight is about how many bytes of memory the message takes. Strings that an attempt has from the one before count once.
func (m *Message) weight() int {
	n := messageWeight + len(m.Sender) + len(m.MessageID) + len(m.Subject) + len(m.ClientHost) + len(m.Helo)
	for _, rc := range m.Recipients {
		n += recipientWeight + len(rc.Address) + len(rc.Orig) + attemptWeight*len(rc.Attempts)
		last := ""
		for i := range rc.Attempts {
			if a := &rc.Attempts[i]; a.Reply != last {
				last = a.Reply
				n += len(a.RelayHost) + len(a.RelayIP) + len(a.Reply)
			}
		}
	}
	return n
}

func (t *Tracker) weigh(n *node) {
	t.weight -= n.weight
	n.weight = n.m.weight()
	t.weight += n.weight
}

// Weight is about how many bytes the messages took as of the last Changed or Evict, with those that a keeper gave back since. New ones are not in it yet.
func (t *Tracker) Weight() int { return t.weight }

// Evict drops messages from memory: those that ended and were quiet for a while, and more while they take more than limit bytes. With a keeper that has
// all as of the last Changed leave is nil, and nothing must have changed since; else leave gets each message before it is dropped.
func (t *Tracker) Evict(limit int, leave func(*Message)) {
	for _, n := range t.changed {
		t.weigh(n)
	}
	for n := t.ended.next; n != &t.ended && (t.horizon()-n.m.Last > int64(late) || t.weight > limit); n = t.ended.next {
		t.leave(n, leave)
	}
	for n := t.open.next; n != &t.open && t.now-n.m.Last > int64(lifetime); n = t.open.next {
		t.leave(n, leave)
	}
	if t.weight > limit {
		t.lighten(limit, leave)
	}
	t.leaveRefusals(t.opt.Keeper != nil && leave == nil)
	t.sweep()
}

func (t *Tracker) leave(n *node, leave func(*Message)) {
	if leave != nil {
		leave(n.m)
	}
	t.drop(n)
}

// lighten drops open messages, the heaviest first, and of those that weigh the same the ones touched longest ago. A message is heavy by its attempts,
// and the more it has, the longer it waits for the next: for the room of one that is tried every hour many can stay that are about to go.
func (t *Tracker) lighten(limit int, leave func(*Message)) {
	const step, steps = 1 << 10, 256
	class := func(n *node) int { return min(n.weight/step, steps-1) }
	var weights [steps]int
	for n := t.open.next; n != &t.open; n = n.next {
		weights[class(n)] += n.weight
	}
	heaviest, kept := 0, weights[0] // the heaviest class of which something stays
	for heaviest < steps-1 && kept <= limit {
		heaviest++
		kept += weights[heaviest]
	}
	for n := t.open.next; n != &t.open; {
		next := n.next
		c := class(n)
		if c > heaviest || c == heaviest && kept > limit {
			if c == heaviest {
				kept -= n.weight
			}
			t.leave(n, leave)
		}
		n = next
	}
}
