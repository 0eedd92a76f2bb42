package trace

// What nodes are found by, each in a table of its own.
const (
	byQueueID = iota
	byMessageID
	tables
)

// table finds nodes by the hash of a name. The nodes are its entries, so that to enter and to remove one costs neither memory nor
// another hash. It is as large as what is held, which is bounded.
type table struct {
	by    int     // byQueueID or byMessageID
	slots []*node // a power of two of them
	count int
}

// entry is a node's place in each table.
type entry struct {
	hash [tables]uint32 // 0: not in the table
	next [tables]*node  // in the same slot
}

// first is the first of the nodes among which those with this hash are, next the one after n.
func (t *table) first(hash uint32) *node {
	if len(t.slots) == 0 {
		return nil
	}
	return *t.slot(hash)
}

func (t *table) next(n *node) *node { return n.entry.next[t.by] }

// has reports whether the node is in the table with this hash.
func (t *table) has(n *node, hash uint32) bool { return n.entry.hash[t.by] == hash|1 }

func (t *table) slot(hash uint32) **node { return &t.slots[hash>>1&uint32(len(t.slots)-1)] }

func (t *table) add(n *node, hash uint32) {
	if 2*t.count >= len(t.slots) {
		t.grow()
	}
	n.entry.hash[t.by] = hash | 1 // never 0
	t.put(n)
	t.count++
}

func (t *table) put(n *node) {
	slot := t.slot(n.entry.hash[t.by])
	n.entry.next[t.by], *slot = *slot, n
}

func (t *table) grow() {
	old := t.slots
	t.slots = make([]*node, max(2*len(old), 1024))
	for _, n := range old {
		for n != nil {
			next := t.next(n)
			t.put(n)
			n = next
		}
	}
}

// remove takes a node out, if it is in.
func (t *table) remove(n *node) {
	hash := n.entry.hash[t.by]
	if hash == 0 {
		return
	}
	at := t.slot(hash)
	for *at != n {
		at = &(*at).entry.next[t.by]
	}
	*at = t.next(n)
	n.entry.hash[t.by], n.entry.next[t.by] = 0, nil
	t.count--
}
