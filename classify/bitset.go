package classify

// bitset tells cheaply that a hash is not among those of a set: it fits the processor's first cache, which the set's tables do not.
type bitset [1 << bucketBits / 64]uint64

func (b *bitset) set(h uint32) {
	h >>= 32 - bucketBits
	b[h/64] |= 1 << (h % 64)
}

func (b *bitset) has(h uint32) bool {
	h >>= 32 - bucketBits
	return b[h/64]&(1<<(h%64)) != 0
}
