package parser

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/cespare/xxhash/v2"
)

// stateVersion changes with the layout of State. A state of another version is refused; the log is then read on
// without what was unfinished.
const stateVersion = 2

// ErrState is what Restore returns for bytes that no State of this version wrote.
var ErrState = errors.New("the stored reading position is damaged or of another version")

// State is everything that is unfinished between two lines: year and zone, pieces of split entries, each host's last line.
// A Stream that Restores it reads on as if it had read the lines before. It is small: a few KiB, far less for most logs.
func (s *Stream) State() []byte {
	if s.primer != nil {
		s.finishPrime()
	}
	s.Keep()
	var e encoder
	e.uint(stateVersion)
	c := &s.clock
	e.bool(c.anchored)
	e.int(c.lastCivil)
	e.int(c.last)
	e.uint(uint64(c.mode))
	e.int(c.fixed)
	e.int(int64(c.votes))
	e.int(c.pendingOff)
	e.int(int64(c.pending))

	e.bool(s.ownLog)
	e.bool(s.ownMTA)
	e.bytes(s.cursor)
	e.bytes(s.partial)

	e.uint(uint64(len(s.lasts.hosts)))
	e.uint(uint64(s.lasts.next))
	for _, h := range s.lasts.hosts {
		e.bytes(h.host)
		e.bytes(h.text)
	}
	e.uint(uint64(len(s.pieces)))
	for _, u := range s.pieces {
		e.uint(u.key)
		e.uint(uint64(u.next))
		e.uint(uint64(u.total))
		e.int(u.line.Number)
		e.int(u.line.Offset)
		e.uint(uint64(u.header))
		e.bytes(u.text)
	}
	e.uint(uint64(s.copies.next))
	e.int(s.copies.pairs)
	e.int(s.copies.singles)
	used := 0
	for _, l := range s.copies.ring {
		if l.process != 0 {
			used++
		}
	}
	e.uint(uint64(used))
	for i, l := range s.copies.ring {
		if l.process != 0 {
			e.uint(uint64(i))
			e.uint(l.process)
			e.uint(l.text)
			e.bool(l.paired)
			e.bool(l.reject)
		}
	}
	return binary.LittleEndian.AppendUint32(e.b, uint32(xxhash.Sum64(e.b)))
}

// Restore puts the stream where another one was when it wrote State. Options that overrule (year, zone) stay in
// force. On an error, which wraps ErrState, the stream is as new and can be used.
func (s *Stream) Restore(state []byte) error {
	if len(state) < 5 || binary.LittleEndian.Uint32(state[len(state)-4:]) != uint32(xxhash.Sum64(state[:len(state)-4])) {
		return fmt.Errorf("restore: %w", ErrState)
	}
	d := decoder{b: state[:len(state)-4]}
	if v := d.uint(); v != stateVersion {
		return fmt.Errorf("restore: version %d: %w", v, ErrState)
	}
	c := s.clock
	c.anchored = d.bool()
	c.lastCivil, c.last = d.int(), d.int()
	mode, fixed := zoneMode(d.uint()), d.int()
	c.votes, c.pendingOff, c.pending = int(d.int()), d.int(), int(d.int())
	if c.mode != zoneGiven && mode <= zoneFixed {
		c.mode, c.fixed = mode, fixed
	}

	own, ownMTA, cursor, partial := d.bool(), d.bool(), d.bytes(), d.bytes()

	var lasts repeats
	hosts := d.count(maxLastHosts)
	lasts.next = d.count(maxLastHosts - 1)
	for range hosts {
		lasts.hosts = append(lasts.hosts, &lastLine{host: d.bytes(), text: d.bytes()})
	}
	var open pieces
	for range d.count(maxPieces) {
		u := unfinished{key: d.uint(), next: d.count(1 << 20), total: d.count(1 << 20), line: Line{Number: d.int(), Offset: d.int()}}
		u.header, u.text = d.count(1<<20), d.bytes()
		open = append(open, u)
	}
	var cp copies
	cp.next = d.count(len(cp.ring) - 1)
	cp.pairs, cp.singles = d.int(), d.int()
	for range d.count(len(cp.ring)) {
		i := d.count(len(cp.ring) - 1)
		cp.ring[i] = copyLine{process: d.uint(), text: d.uint(), paired: d.bool(), reject: d.bool()}
	}
	if d.bad || len(d.b) > 0 {
		return fmt.Errorf("restore: %w", ErrState)
	}
	c.key = 0 // of another lastCivil
	s.clock, s.primer = c, nil
	s.ownLog, s.ownMTA, s.cursor, s.partial = own, ownMTA, cursor, partial
	s.lasts, s.pieces, s.copies = lasts, open, cp
	return nil
}

// encoder appends values in varints.
type encoder struct{ b []byte }

func (e *encoder) uint(v uint64) { e.b = binary.AppendUvarint(e.b, v) }
func (e *encoder) int(v int64)   { e.b = binary.AppendVarint(e.b, v) }

func (e *encoder) bool(v bool) {
	if v {
		e.uint(1)
	} else {
		e.uint(0)
	}
}

func (e *encoder) bytes(v []byte) {
	e.uint(uint64(len(v)))
	e.b = append(e.b, v...)
}

// decoder reads what encoder wrote. After the first value that does not fit, bad is set and all values are zero.
type decoder struct {
	b   []byte
	bad bool
}

func (d *decoder) uint() uint64 {
	v, n := binary.Uvarint(d.b)
	if n <= 0 || d.bad {
		d.bad = true
		return 0
	}
	d.b = d.b[n:]
	return v
}

func (d *decoder) int() int64 {
	v, n := binary.Varint(d.b)
	if n <= 0 || d.bad {
		d.bad = true
		return 0
	}
	d.b = d.b[n:]
	return v
}

func (d *decoder) bool() bool { return d.uint() != 0 }

// count reads a number from 0 to limit.
func (d *decoder) count(limit int) int {
	v := d.uint()
	if v > uint64(limit) {
		d.bad = true
		return 0
	}
	return int(v)
}

func (d *decoder) bytes() []byte {
	n := d.uint()
	if n > uint64(len(d.b)) {
		d.bad = true
	}
	if d.bad || n == 0 {
		return nil
	}
	v := append([]byte(nil), d.b[:n]...)
	d.b = d.b[n:]
	return v
}
