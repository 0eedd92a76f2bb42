package trace

// table finds nodes by the hash of a name. The nodes bring their own entries, so that to enter and to remove one costs neither memory nor
// another hash. It is as large as what is held, which is bounded.
type table struct {
	slots []*entry // a power of two of them
	count int
}

// entry is a node's place in a table. It is in none while its node is nil.
type entry struct {
	hash uint64
	node *node
	next *entry // of the same slot
}

// at is the list that holds the entries with this hash, among others.
func (t *table) at(hash uint64) *entry {
	if len(t.slots) == 0 {
		return nil
	}
	return t.slots[hash&uint64(len(t.slots)-1)]
}

func (t *table) add(e *entry, n *node, hash uint64) {
	if 2*t.count >= len(t.slots) {
		t.grow()
	}
	e.hash, e.node = hash, n
	t.put(e)
	t.count++
}

func (t *table) put(e *entry) {
	slot := &t.slots[e.hash&uint64(len(t.slots)-1)]
	e.next, *slot = *slot, e
}

func (t *table) grow() {
	old := t.slots
	t.slots = make([]*entry, max(2*len(old), 1024))
	for _, e := range old {
		for e != nil {
			next := e.next
			t.put(e)
			e = next
		}
	}
}

// remove takes an entry out, if it is in.
func (t *table) remove(e *entry) {
	if e.node == nil {
		return
	}
	at := &t.slots[e.hash&uint64(len(t.slots)-1)]
	for *at != e {
		at = &(*at).next
	}
	*at = e.next
	e.node, e.next = nil, nil
	t.count--
}
