package store

import "hash/maphash"

// keyTable finds keys by dimension and text. Each recipient looks several up, most of them long out of the processor's cache: Go's map would
// miss it three times before it comes to the key, this once.
type keyTable struct {
	seed  maphash.Seed
	slots []keySlot // a power of two, at most three in four used
	count int
}

type keySlot struct {
	hash uint64
	key  *key // nil: free
}

func newKeyTable() keyTable {
	return keyTable{seed: maphash.MakeSeed(), slots: make([]keySlot, 256)}
}

func (t *keyTable) hash(d Dim, text string) uint64 {
	return maphash.String(t.seed, text) + uint64(d)*0x9E3779B97F4A7C15
}

// find returns nil where there is none.
func (t *keyTable) find(d Dim, text string) *key {
	hash := t.hash(d, text)
	mask := uint64(len(t.slots) - 1)
	for i := hash & mask; t.slots[i].key != nil; i = (i + 1) & mask {
		if s := &t.slots[i]; s.hash == hash && s.key.dim == d && s.key.text == text {
			return s.key
		}
	}
	return nil
}

// add enters a key that find did not find.
func (t *keyTable) add(k *key) {
	t.count++
	if 4*t.count > 3*len(t.slots) {
		old := t.slots
		t.slots = make([]keySlot, 2*len(old))
		for _, s := range old {
			if s.key != nil {
				t.place(s)
			}
		}
	}
	t.place(keySlot{t.hash(k.dim, k.text), k})
}

func (t *keyTable) place(s keySlot) {
	mask := uint64(len(t.slots) - 1)
	i := s.hash & mask
	for t.slots[i].key != nil {
		i = (i + 1) & mask
	}
	t.slots[i] = s
}
