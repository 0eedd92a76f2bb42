package classify

import "strings"

// literalSet finds every one of some thousand literals in a text in one pass. Each literal is represented by three bytes
// of it, the rarest; a table hashed by three bytes leads from a place in the text to the literals that may lie there,
// which are then compared. With replies of a few hundred bytes that is faster than an automaton, whose tables would
// not fit the processor's cache, and it is built in a few milliseconds.
type literalSet struct {
	text  []string
	flags []literalFlags
	index map[string]int32
	marks bitset   // buckets that hold something
	heads []uint32 // bucket -> first entry; one more than there are buckets
	entry []literalEntry
}

type literalEntry struct {
	gram   uint32
	id     int32
	offset int32 // of the gram in the literal
}

type literalFlags uint8

const (
	hasAt  literalFlags = 1 << iota // may be found inside mail addresses
	hasDot                          // may be found inside host names
	single                          // one word
)

const (
	gramLen    = 3
	bucketBits = 15
)

func newLiteralSet() *literalSet { return &literalSet{index: map[string]int32{}} }

// add puts a normalized literal of at least gramLen bytes into the set and returns its number.
func (ls *literalSet) add(s string) int32 {
	if id, found := ls.index[s]; found {
		return id
	}
	id := int32(len(ls.text))
	ls.index[s] = id
	ls.text = append(ls.text, s)
	var f literalFlags
	if strings.Contains(s, "@") {
		f |= hasAt | hasDot
	}
	if strings.ContainsAny(s, ".") {
		f |= hasDot
	}
	if !strings.ContainsFunc(s, func(r rune) bool { return r < 0x80 && !wordBytes[r] }) {
		f |= single
	}
	ls.flags = append(ls.flags, f)
	return id
}

// build makes the table once all literals are there.
func (ls *literalSet) build() {
	frequency := map[uint32]int{}
	for _, s := range ls.text {
		for i := 0; i+gramLen <= len(s); i++ {
			frequency[gramAt(s, i)]++
		}
	}
	entries := make([]literalEntry, len(ls.text))
	counts := make([]uint32, 1<<bucketBits+1)
	for id, s := range ls.text {
		best := 0
		for i := 1; i+gramLen <= len(s); i++ {
			if frequency[gramAt(s, i)] < frequency[gramAt(s, best)] {
				best = i
			}
		}
		entries[id] = literalEntry{gramAt(s, best), int32(id), int32(best)}
		counts[bucket(entries[id].gram)+1]++
		ls.marks.set(gramHash(entries[id].gram))
	}
	for b := 1; b < len(counts); b++ {
		counts[b] += counts[b-1]
	}
	ls.heads = append([]uint32(nil), counts...)
	ls.entry = make([]literalEntry, len(entries))
	for _, e := range entries {
		b := bucket(e.gram)
		ls.entry[counts[b]] = e
		counts[b]++
	}
}

// find calls found for each literal at each place s[start:end] where it lies, until found returns false.
func (ls *literalSet) find(s string, found func(id int32, start, end int) bool) {
	if len(s) < gramLen {
		return
	}
	gram := uint32(s[0])<<8 | uint32(s[1])
	for i := gramLen - 1; i < len(s); i++ {
		gram = gram<<8&0xffffff | uint32(s[i])
		h := gramHash(gram)
		if !ls.marks.has(h) {
			continue
		}
		b := h >> (32 - bucketBits)
		for k := ls.heads[b]; k < ls.heads[b+1]; k++ {
			e := &ls.entry[k]
			if e.gram != gram {
				continue
			}
			start := i - gramLen + 1 - int(e.offset)
			lit := ls.text[e.id]
			if start >= 0 && start+len(lit) <= len(s) && s[start:start+len(lit)] == lit && !found(e.id, start, start+len(lit)) {
				return
			}
		}
	}
}

func gramAt(s string, i int) uint32 {
	return uint32(s[i])<<16 | uint32(s[i+1])<<8 | uint32(s[i+2])
}

func gramHash(gram uint32) uint32 { return gram * 0x9E3779B1 }

func bucket(gram uint32) uint32 { return gramHash(gram) >> (32 - bucketBits) }

// findBytes is find for a short text in a buffer.
func (ls *literalSet) findBytes(s []byte, found func(id int32, start, end int)) {
	if len(s) < gramLen {
		return
	}
	gram := uint32(s[0])<<8 | uint32(s[1])
	for i := gramLen - 1; i < len(s); i++ {
		gram = gram<<8&0xffffff | uint32(s[i])
		h := gramHash(gram)
		if !ls.marks.has(h) {
			continue
		}
		b := h >> (32 - bucketBits)
		for k := ls.heads[b]; k < ls.heads[b+1]; k++ {
			e := &ls.entry[k]
			if e.gram != gram {
				continue
			}
			start := i - gramLen + 1 - int(e.offset)
			lit := ls.text[e.id]
			if start >= 0 && start+len(lit) <= len(s) && string(s[start:start+len(lit)]) == lit {
				found(e.id, start, start+len(lit))
			}
		}
	}
}
