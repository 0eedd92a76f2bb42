package trace

import (
	"bytes"
	"hash/maphash"
	"slices"
)

// few is the number of recipients up to which looking at each is quicker than an index.
const few = 48

// index finds the recipients of a message that has many. What it finds must be looked at again: it is never corrected, only added to, and
// goes by hashes, since a message may have so many recipients that a map of their addresses takes as much memory as they do.
type index struct {
	count   int               // recipients that were entered
	newest  map[uint32]uint32 // by hash of an address or a local part: what was entered last, as 1 + its place in entries
	entries []indexEntry

	// What endIfAllEnded found of the recipients that stand first: how many have ended, how many of them count, the time of the last.
	ended, taken int
	last         int64
}

type indexEntry struct {
	recipient *Recipient
	before    uint32 // of the same hash, as in newest
}

// named gives the recipients among which those with this address, or with this local part, are, in the order in which they were met. It is
// valid until the next call.
func (t *Tracker) named(m *Message, addr []byte, local bool) []*Recipient {
	if len(m.Recipients) <= few {
		return m.Recipients
	}
	x := t.indexes[m]
	if x == nil {
		if len(t.indexes) >= maxIndexes {
			clear(t.indexes)
		}
		x = &index{newest: make(map[uint32]uint32, 4*len(m.Recipients))}
		t.indexes[m] = x
	}
	for ; x.count < len(m.Recipients); x.count++ {
		t.enter(x, m.Recipients[x.count])
	}
	t.found = t.found[:0]
	for at := x.newest[t.addressHash(addr, local)]; at != 0; at = x.entries[at-1].before {
		t.found = append(t.found, x.entries[at-1].recipient)
	}
	slices.Reverse(t.found)
	return t.found
}

func (t *Tracker) enter(x *index, rc *Recipient) {
	address := []byte(rc.Address)
	x.add(t.addressHash(address, false), rc)
	if local, _, ok := bytes.Cut(address, []byte("@")); ok {
		x.add(t.addressHash(local, true), rc)
	}
}

func (x *index) add(hash uint32, rc *Recipient) {
	x.entries = append(x.entries, indexEntry{rc, x.newest[hash]})
	x.newest[hash] = uint32(len(x.entries))
}

// addressHash is the same for addresses, or for local parts, that differ in case only.
func (t *Tracker) addressHash(addr []byte, local bool) uint32 {
	t.key = t.key[:0]
	if local {
		t.key = append(t.key, 0)
	}
	for _, c := range addr {
		t.key = append(t.key, lower(c))
	}
	return uint32(maphash.Bytes(t.seed, t.key))
}

// readdress gives a recipient another address.
func (t *Tracker) readdress(m *Message, rc *Recipient, address string) {
	rc.Address = address
	if x := t.indexes[m]; x != nil {
		t.enter(x, rc)
	}
}
