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
