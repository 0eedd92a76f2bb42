package trace

// clip copies parts of a line into strings. What is added up to a cut becomes pieces of one string: that is one allocation for each line,
// and they live and die together, as they belong to one message.
type clip struct {
	buf   []byte
	parts []clipping
}

type clipping struct {
	to  *string
	end int // in buf
}

// add puts a copy of b into *to at the next cut.
func (c *clip) add(to *string, b []byte) {
	c.buf = append(c.buf, b...)
	c.parts = append(c.parts, clipping{to, len(c.buf)})
}

// cut sets the strings that were added.
func (c *clip) cut() {
	if len(c.parts) == 0 {
		return
	}
	all, from := string(c.buf), 0
	for i, p := range c.parts {
		*p.to = all[from:p.end]
		from = p.end
		c.parts[i].to = nil
	}
	c.buf, c.parts = c.buf[:0], c.parts[:0]
}
