package store

import (
	"database/sql/driver"
	"math"
)

// seen tells which hashes occur among the search keys of some days at all, so that a look-up of what is not there need not ask the database. It
// covers two weeks or so: of a whole season's keys it would be full and tell nothing.
type seen struct {
	bits     []uint64 // by hash; nil: not needed so far
	ready    bool     // the keys of its days were read
	from, to int32    // these days
	asked    int      // look-ups in other days since it was made
}

// seenBits is the size of the filter as a power of two: 8 MB, of which a day of a million messages marks a fifth.
const seenBits = 26

const (
	seenAfter = 2_000 // look-ups cost about as much as reading the keys of a busy server's two weeks
	seenBack  = 1     // days before those that are asked for
	seenAhead = 8     // and after them: logs are read as time goes on
)

func (f *seen) covers(from, to int32) bool { return f.ready && from >= f.from && to <= f.to }

// excludes reports whether no key of these days has the hash.
func (f *seen) excludes(hash uint32, from, to int32) bool {
	if !f.covers(from, to) {
		return false
	}
	for _, b := range seenPlaces(hash) {
		if f.bits[b>>6]&(1<<(b&63)) == 0 {
			return true
		}
	}
	return false
}

func (f *seen) mark(hash uint32) {
	if f.bits == nil {
		return
	}
	for _, b := range seenPlaces(hash) {
		f.bits[b>>6] |= 1 << (b & 63)
	}
}

// seenPlaces are the bits that a hash marks: two, which one that is not there seldom has both of.
func seenPlaces(hash uint32) [2]uint32 {
	return [2]uint32{hash & (1<<seenBits - 1), hash * 0x9e3779b1 >> (32 - seenBits)}
}

// due counts a look-up, and reports whether there were so many in days that are not covered that these should be.
func (f *seen) due(from, to int32) bool {
	if f.covers(from, to) {
		return false
	}
	f.asked++
	return f.asked > seenAfter
}

// begin empties the filter for days about these. What is committed from now on is marked; fill reads what was committed before.
func (f *seen) begin(from, to int32) {
	if f.bits == nil {
		f.bits = make([]uint64, 1<<(seenBits-6))
	}
	clear(f.bits)
	f.ready, f.asked = false, 0
	f.from, f.to = from-seenBack, to+seenAhead
}

// fill reads the keys of the filter's days.
func (k *keeperState) fill(r *session) error {
	days, err := r.days()
	if err != nil {
		return err
	}
	to := k.seen.to
	if len(days) == 0 || days[0] <= to {
		to = math.MaxInt32 // what comes later is not stored yet
	}
	mark := func(h uint32, _ int64) bool {
		k.seen.mark(h)
		return true
	}
	for _, day := range days {
		if day < k.seen.from || day > to {
			continue
		}
		err := r.query(func(row []driver.Value) error {
			k.mu.Lock()
			defer k.mu.Unlock()
			return eachEntry(blob(row[1]), uint32(integer(row[0])&(1<<bucketBits-1)), mark)
		}, "SELECT b.id, b.entries FROM key_fold f CROSS JOIN key_block b ON b.id >= f.id << "+partShift+" AND b.id < f.id + 1 << "+partShift+" WHERE f.day = ?", int64(day))
		if err != nil {
			return err
		}
	}
	err = r.query(func(row []driver.Value) error {
		k.mu.Lock()
		defer k.mu.Unlock()
		k.seen.mark(uint32(integer(row[0])))
		return nil
	}, "SELECT DISTINCT hash FROM recent_key")
	if err != nil {
		return err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.seen.to, k.seen.ready = to, true
	return nil
}
