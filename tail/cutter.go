package tail

import "bytes"

const (
	blockSize = 256 << 10
	// maxLine is the longest line that is kept. syslog's own limits are 1 to 8 KiB; what is longer is an accident or an
	// attack, and is skipped and counted, so that memory is bounded.
	maxLine = 1 << 20
	// markSize is how much of what was read last is compared at each read (see generation.read).
	markSize = 64
)

// cutter cuts what is read of a log into chunks of whole lines.
type cutter struct {
	carry []byte // the beginning of a line whose end was not read yet
	off   int64  // where that line begins
	line  int64  // lines before it
	got   int64  // where the next read begins
	skip  bool   // inside a line that is too long; off stays at its beginning until its end is read
}

// room makes e's buffer ready for a read behind the carry and returns where the new bytes go. There are markSize bytes before the carry.
func (c *cutter) room(e *Event) (buf []byte, start int) {
	start = markSize + len(c.carry)
	if cap(e.buf) < start+blockSize {
		e.buf = make([]byte, start+blockSize)
	}
	buf = e.buf[:start+blockSize]
	copy(buf[markSize:], c.carry)
	return buf, start
}

// cut makes a chunk of e's buffer after n new bytes were read to start. It reports whether there is anything to send.
func (c *cutter) cut(e *Event, start, n int) bool {
	e.Chunk = Chunk{Offset: c.off, Line: c.line + 1}
	data := e.buf[markSize : start+n]
	c.got += int64(n)
	if c.skip {
		i := bytes.IndexByte(data, '\n')
		if i < 0 {
			return false
		}
		c.skip = false
		c.off = c.got - int64(len(data)-i-1)
		c.line++
		data = data[i+1:]
		e.Long, e.Offset, e.Line = 1, c.off, c.line+1
	}
	i := bytes.LastIndexByte(data, '\n') + 1
	e.Data = data[:i]
	c.carry = append(c.carry[:0], data[i:]...)
	if len(c.carry) > maxLine {
		c.skip, c.carry = true, nil
	}
	e.Lines = int64(bytes.Count(e.Data, []byte{'\n'}))
	c.off += int64(i)
	c.line += e.Lines
	e.End = c.off
	return i > 0 || e.Long > 0
}

// last makes a chunk of a last line without a line break. It reports whether there is one.
func (c *cutter) last(e *Event) bool {
	e.Chunk = Chunk{Offset: c.off, Line: c.line + 1, End: c.got}
	switch {
	case c.skip:
		e.Long, e.Offset, e.Line = 1, c.got, c.line+2
	case len(c.carry) > 0:
		e.buf = append(e.buf[:0], c.carry...)
		e.Data, e.Lines = e.buf, 1
	default:
		return false
	}
	c.line++
	c.off, c.carry, c.skip = c.got, nil, false
	return true
}
