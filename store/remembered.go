package store

import "hash/maphash"

// remembered maps values to their ids. It holds two generations: when the young one is full it becomes the old one, so that what is
// used now and then stays and the rest is forgotten in the end.
//
// It is a table of its own because nearly every field of a message goes through one, and Go's map misses the processor's cache several times
// for each: here that is one small slot and one entry.
type remembered[V comparable] struct {
	seed       maphash.Seed
	most       int // entries of one generation
	young, old generation[V]
	forgot     bool // some value is known to the database and not here
}

type generation[V comparable] struct {
	slots   []uint32 // 1 + index of an entry, by hash; a power of two, at most half of them used
	entries []entry[V]
}

type entry[V comparable] struct {
	hash uint64
	id   int64
	v    V
}

// maxRemembered is how many values of each kind a connection remembers in one generation, where memory is no concern.
const maxRemembered = 50_000

func newRemembered[V comparable](most int) remembered[V] {
	return remembered[V]{seed: maphash.MakeSeed(), most: most}
}

func (r *remembered[V]) get(v V) (id int64, ok bool) {
	h := maphash.Comparable(r.seed, v)
	if id, ok = r.young.get(h, v); ok {
		return id, true
	}
	if id, ok = r.old.get(h, v); ok {
		r.add(h, v, id)
	}
	return id, ok
}

// put adds a value that get did not find.
func (r *remembered[V]) put(v V, id int64) { r.add(maphash.Comparable(r.seed, v), v, id) }

func (r *remembered[V]) add(h uint64, v V, id int64) {
	if len(r.young.entries) >= r.most {
		r.forgot = r.forgot || len(r.old.entries) > 0
		r.young, r.old = generation[V]{}, r.young
	}
	r.young.put(entry[V]{h, id, v})
}

func (g *generation[V]) get(h uint64, v V) (int64, bool) {
	if len(g.slots) == 0 {
		return 0, false
	}
	mask := uint64(len(g.slots) - 1)
	for i := h & mask; g.slots[i] != 0; i = (i + 1) & mask {
		if e := &g.entries[g.slots[i]-1]; e.hash == h && e.v == v {
			return e.id, true
		}
	}
	return 0, false
}

func (g *generation[V]) put(e entry[V]) {
	g.entries = append(g.entries, e)
	if 2*len(g.entries) > len(g.slots) {
		g.slots = make([]uint32, max(256, 2*len(g.slots)))
		for i := range g.entries {
			g.place(i)
		}
		return
	}
	g.place(len(g.entries) - 1)
}

func (g *generation[V]) place(entry int) {
	mask := uint64(len(g.slots) - 1)
	i := g.entries[entry].hash & mask
	for g.slots[i] != 0 {
		i = (i + 1) & mask
	}
	g.slots[i] = uint32(entry + 1)
}
