package parser

import (
	"bytes"

	"github.com/cespare/xxhash/v2"
)

// copies finds what Exim writes twice to syslog: with syslog_duplication, which is the default, an entry for the main log
// and the reject or panic log goes out once for each, one right after the other from the same process. Both usually
// land in one file, where they are one event.
//
// With syslog_duplication=false an equal second line is a second event (a client that tries the same
// recipient twice), so the log must not show entries for the reject log that came once.
type copies struct {
	ring    [16]copyLine
	next    int
	pairs   int64
	singles int64
}

type copyLine struct {
	process uint64 // host and pid; 0: unused
	text    uint64 // message and second
	paired  bool
	reject  bool // goes to the reject log, so a copy is due
}

// isCopy reports whether the frame repeats the process's line before it.
func (c *copies) isCopy(f *Frame) bool {
	if mainLogOnly(f.Message) {
		return false
	}
	var d xxhash.Digest
	d.ResetWithSeed(uint64(f.PID))
	d.Write(f.Host)
	process := max(d.Sum64(), 1)
	d.ResetWithSeed(uint64(f.Time / 1e9))
	d.Write(f.Message)
	text := d.Sum64()

	slot := -1
	for i := range c.ring {
		if c.ring[i].process == process {
			slot = i
			break
		}
	}
	if slot < 0 {
		slot = c.next
		c.next = (c.next + 1) % len(c.ring)
	}
	l := &c.ring[slot]
	if l.process == process && l.text == text && !l.paired && c.pairs >= c.singles {
		l.paired = true
		if l.reject {
			c.pairs++
		}
		return true
	}
	if l.reject && !l.paired {
		c.singles++
	}
	*l = copyLine{process: process, text: text, reject: bytes.Contains(f.Message, []byte(" rejected "))}
	return false
}

// mainLogOnly reports whether m is an arrival, a delivery or an end: "1xV1lo-00002P-2W => a@b.example ...". Those go to
// the main log alone, so each counts.
func mainLogOnly(m []byte) bool {
	i := bytes.IndexByte(m[:min(len(m), 24)], ' ')
	if i < 0 || !looksEximID(m[:i]) || len(m) < i+4 {
		return false
	}
	switch string(m[i+1 : i+4]) {
	case "<= ", "(= ", "=> ", "-> ", ">> ", "*> ", "** ", "== ", "Com":
		return true
	}
	return false
}
