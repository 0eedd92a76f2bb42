package store

import (
	"database/sql/driver"
	"encoding/binary"
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/cespare/xxhash/v2"

	"bouncelog/trace"
)

// Search keys lead from a text (queue id, message-id, address, domain, client, user, subject) to the messages that hold it. Only 28 bits of
// the text's hash are kept: a message that is found is looked at anyway, so a false one costs a look.
//
// An index at random places of one big table slows down as it grows. So keys are sorted in memory and written as blocks, each with
// one day's and one part of the hash range's entries of one fold; a look-up reads the blocks of its part in each
// fold of each day. What commits in small pieces (tail) gathers in recent_key and folds when there is enough.
const (
	hashBits   = 28
	bucketBits = 9
	partShift  = "9"    // bucketBits, for SQL
	foldKeys   = 40_000 // entries from which a fold is worth its blocks
)

// hashOf is the hash of a key without regard to the case of ASCII letters.
func hashOf(s string) uint32 {
	for i := range len(s) {
		if c := s[i]; c >= 'A' && c <= 'Z' {
			var room [64]byte
			return uint32(xxhash.Sum64(lowered(room[:0], s)) >> (64 - hashBits))
		}
	}
	return uint32(xxhash.Sum64String(s) >> (64 - hashBits))
}

func lowered(b []byte, s string) []byte {
	b = append(b, s...)
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			b[i] = c | 0x20
		}
	}
	return b
}

// refusalKey finds a refusal that has no queue id.
func refusalKey(host string, time int64) string {
	return strconv.FormatInt(time, 10) + " " + host
}

// identityHash is the hash of what a later line knows a message by.
func identityHash(m *trace.Message) uint32 {
	if m.QueueID == "" {
		return hashOf(refusalKey(m.Host, m.First))
	}
	return hashOf(m.QueueID)
}

// keyDay is the day under which a message's keys are kept.
func keyDay(m *trace.Message) int32 {
	return int32(floorDiv(m.First, 86400e9))
}

// messageKeys appends the hashes of all keys of m, each once.
func messageKeys(dst []uint32, m *trace.Message) []uint32 {
	start := len(dst)
	add := func(s string) {
		if s == "" {
			return
		}
		h := hashOf(s)
		if len(dst)-start > 64 || !slices.Contains(dst[start:], h) { // many recipients: repeats cost less than looking for them
			dst = append(dst, h)
		}
	}
	address := func(s string) {
		if i := strings.LastIndexByte(s, '@'); i >= 0 {
			add(s[i+1:])
		}
		add(s)
	}
	if m.QueueID == "" {
		add(refusalKey(m.Host, m.First))
	}
	add(m.QueueID)
	add(m.ParentQueueID) // so that a story finds its bounce messages
	add(m.PrevQueueID)
	add(m.MessageID)
	address(m.Sender)
	add(m.ClientIP)
	add(m.AuthUser)
	add(m.Subject)
	for _, r := range m.Recipients {
		address(r.Address)
		if r.Orig != "" && r.Orig != r.Address {
			address(r.Orig)
		}
	}
	return dst
}

// keyEntry says that a message holds a key.
type keyEntry struct {
	day     int32
	hash    uint32
	message int64
}

func blockID(fold int64, bucket uint32) int64 { return fold<<bucketBits | int64(bucket) }

// writeKeys stores new entries: directly as blocks if there are many, else as rows that fold later.
func (w *writer) writeKeys(entries []keyEntry) error {
	if len(entries) == 0 {
		return nil
	}
	if len(entries) >= foldKeys {
		return w.foldKeys(entries)
	}
	slices.SortFunc(entries, compareEntries)
	const rows = 30
	args := make([]any, 0, 3*rows)
	for chunk := range slices.Chunk(entries, rows) {
		args = args[:0]
		for _, e := range chunk {
			args = append(args, int64(e.hash), e.message, int64(e.day))
		}
		if err := w.exec(w.insertRows("INSERT OR IGNORE INTO recent_key VALUES ", 3, len(chunk)), args...); err != nil {
			return err
		}
	}
	w.next.recentKeys += len(entries)
	if w.next.recentKeys < foldKeys {
		return nil
	}
	var all []keyEntry
	err := w.query(func(r []driver.Value) error {
		all = append(all, keyEntry{hash: uint32(integer(r[0])), message: integer(r[1]), day: int32(integer(r[2]))})
		return nil
	}, "SELECT hash, message, day FROM recent_key ORDER BY hash, message")
	if err != nil {
		return err
	}
	w.next.recentKeys = 0
	if err := w.exec("DELETE FROM recent_key"); err != nil {
		return err
	}
	return w.foldKeys(all)
}

func compareEntries(a, b keyEntry) int {
	switch {
	case a.hash != b.hash:
		if a.hash < b.hash {
			return -1
		}
		return 1
	case a.message != b.message:
		if a.message < b.message {
			return -1
		}
		return 1
	}
	return 0
}

// dayRuns parts entries where the day changes. Messages come in the order in which they began, so the parts are mostly long.
func dayRuns(entries []keyEntry) iter.Seq2[int32, []keyEntry] {
	return func(yield func(int32, []keyEntry) bool) {
		start := 0
		for i := range entries {
			if i+1 < len(entries) && entries[i+1].day == entries[i].day {
				continue
			}
			if !yield(entries[i].day, entries[start:i+1]) {
				return
			}
			start = i + 1
		}
	}
}

// An entry is one number while it is sorted: its hash, and the distance of its message from the least one, for which 36 bits are far more than a fold holds.
const messageBits = 64 - hashBits

// foldKeys writes entries as blocks. Those of the same hash come in the order of their messages.
func (w *writer) foldKeys(entries []keyEntry) error {
	base := entries[0].message
	end := map[int32]int{} // of each day's part of w.sorted
	for day, run := range dayRuns(entries) {
		end[day] += len(run)
		for _, e := range run {
			base = min(base, e.message)
		}
	}
	days := slices.Sorted(maps.Keys(end))
	at := 0
	for _, day := range days {
		at, end[day] = at+end[day], at
	}
	w.sorted = slices.Grow(w.sorted[:0], 2*len(entries))[:2*len(entries)]
	sorted, room := w.sorted[:len(entries)], w.sorted[len(entries):]
	for day, run := range dayRuns(entries) {
		part := sorted[end[day]:]
		for i, e := range run {
			part[i] = uint64(e.hash)<<messageBits | uint64(e.message-base)&(1<<messageBits-1)
		}
		end[day] += len(run)
	}
	const bucketShift = 64 - bucketBits
	var block []byte
	start := 0
	for _, day := range days {
		list := sorted[start:end[day]]
		start = end[day]
		sortByHash(list, room)
		w.next.fold++
		if err := w.exec("INSERT INTO key_fold VALUES (?, ?)", w.next.fold, int64(day)); err != nil {
			return err
		}
		for len(list) > 0 {
			bucket := list[0] >> bucketShift
			n := 1
			for n < len(list) && list[n]>>bucketShift == bucket {
				n++
			}
			block = appendBlock(block[:0], list[:n], uint32(bucket), base)
			if err := w.exec("INSERT INTO key_block VALUES (?, ?)", blockID(w.next.fold, uint32(bucket)), block); err != nil {
				return err
			}
			list = list[n:]
		}
	}
	return nil
}

// sortByHash sorts entries by their hash and leaves those of the same hash in their order: a radix sort of two rounds, a fraction of the work
// of one that compares. It needs as much room.
func sortByHash(list, room []uint64) {
	const digit = hashBits / 2
	from, to := list, room[:len(list)]
	for shift := messageBits; shift < 64; shift += digit {
		var at [1 << digit]uint32 // how many entries have the digit, then where the next of them goes
		for _, e := range from {
			at[e>>shift&(1<<digit-1)]++
		}
		sum := uint32(0)
		for i, n := range at {
			at[i], sum = sum, sum+n
		}
		for _, e := range from {
			d := e >> shift & (1<<digit - 1)
			to[at[d]] = e
			at[d]++
		}
		from, to = to, from
	}
}

// A block is the smallest message id, then for each entry the distance of its hash to the one before, and its message's
// distance to the smallest id or, where the hash repeats, to the message before; all as varints.
func appendBlock(b []byte, list []uint64, bucket uint32, base int64) []byte {
	const mask = 1<<messageBits - 1
	low := uint64(mask)
	for _, e := range list {
		low = min(low, e&mask)
	}
	b = binary.AppendVarint(b, base+int64(low))
	hash := uint64(bucket) << (hashBits - bucketBits)
	message := uint64(0)
	for i, e := range list {
		h, m := e>>messageBits, e&mask-low
		b = binary.AppendUvarint(b, h-hash)
		if h == hash && i > 0 {
			b = binary.AppendUvarint(b, m-message)
		} else {
			b = binary.AppendUvarint(b, m)
		}
		hash, message = h, m
	}
	return b
}

// eachEntry calls f with a block's entries until it returns false.
func eachEntry(block []byte, bucket uint32, f func(hash uint32, message int64) bool) error {
	low, n := binary.Varint(block)
	if n <= 0 {
		return errDamaged("an empty key block")
	}
	block = block[n:]
	hash := uint64(bucket) << (hashBits - bucketBits)
	message := uint64(0)
	for first := true; len(block) > 0; first = false {
		dh, n := binary.Uvarint(block)
		if n <= 0 {
			return errDamaged("a cut key block")
		}
		dm, k := binary.Uvarint(block[n:])
		if k <= 0 {
			return errDamaged("a cut key block")
		}
		block = block[n+k:]
		if dh == 0 && !first {
			message += dm
		} else {
			message = dm
		}
		hash += dh
		if !f(uint32(hash), low+int64(message)) {
			return nil
		}
	}
	return nil
}

// days lists the days that have key blocks, the newest first.
func (s *session) days() ([]int32, error) {
	var days []int32
	err := s.query(func(r []driver.Value) error {
		days = append(days, int32(integer(r[0])))
		return nil
	}, "SELECT DISTINCT day FROM key_fold ORDER BY day DESC")
	return days, err
}

// lookup calls found with the id of each message of one day's blocks that may hold the key.
func (s *session) lookup(day int32, hash uint32, found func(message int64)) error {
	bucket := hash >> (hashBits - bucketBits)
	return s.query(func(r []driver.Value) error {
		return eachEntry(blob(r[0]), bucket, func(h uint32, message int64) bool {
			if h == hash {
				found(message)
			}
			return h <= hash
		})
	}, "SELECT b.entries FROM key_fold f CROSS JOIN key_block b ON b.id = f.id << "+partShift+" | ? WHERE f.day = ?", int64(bucket), int64(day))
}

// lookupRecent is lookup for keys that have not folded yet.
func (s *session) lookupRecent(hash uint32, found func(message int64)) error {
	return s.query(func(r []driver.Value) error {
		found(integer(r[0]))
		return nil
	}, "SELECT message FROM recent_key WHERE hash = ?", int64(hash))
}
