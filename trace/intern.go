package trace

import "hash/maphash"

// interner keeps one copy of strings that repeat: hosts, users, codes. It is a table of fixed size in which a string takes the
// place of another with the same hash, so that it is fast and a stranger's inventions cannot fill the memory.
type interner struct {
	seed  maphash.Seed
	slots []string
}

const internSlots = 1 << 13

func newInterner() interner {
	return interner{maphash.MakeSeed(), make([]string, internSlots)}
}

// again is of for what is likely to be the same as the last time, which is kept in last.
func (in *interner) again(last *string, b []byte) string {
	if *last != string(b) {
		*last = in.of(b)
	}
	return *last
}

func (in *interner) of(b []byte) string {
	if len(b) == 0 {
		return ""
	}
	slot := &in.slots[maphash.Bytes(in.seed, b)%internSlots]
	if *slot != string(b) {
		*slot = string(b)
	}
	return *slot
}
