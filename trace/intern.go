package trace

import "github.com/cespare/xxhash/v2"

// interner keeps one copy of strings that repeat: hosts, relays, codes. It is a table of fixed size in which a string takes the
// place of another with the same hash, so that it is fast and a stranger's inventions cannot fill the memory.
type interner struct{ slots []string }

const internSlots = 1 << 13

func (in *interner) of(b []byte) string {
	if len(b) == 0 {
		return ""
	}
	if in.slots == nil {
		in.slots = make([]string, internSlots)
	}
	slot := &in.slots[xxhash.Sum64(b)%internSlots]
	if *slot != string(b) {
		*slot = string(b)
	}
	return *slot
}
