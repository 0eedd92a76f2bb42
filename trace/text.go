package trace

import "strings"

// textSize has room for what the later lines say of most messages with one recipient.
const textSize = 192

// text holds the strings of one message, which live and die together. Mostly two pieces of memory are enough for all: one for the line that
// begins it, as large as that needs, as there may be thousands of which no other line comes, and one for the rest.
type text struct{ piece strings.Builder }

// of is a copy of b. A text that is nil gives it memory of its own.
func (x *text) of(b []byte) string {
	switch {
	case len(b) == 0:
		return ""
	case x == nil:
		return string(b)
	}
	x.room(len(b))
	from := x.piece.Len()
	x.piece.Write(b)
	return x.piece.String()[from:]
}

// room makes sure that strings of n bytes in all need no more than one new piece.
func (x *text) room(n int) {
	if x == nil || x.piece.Cap()-x.piece.Len() >= n {
		return
	}
	if size := x.piece.Cap(); 0 < size && size < textSize {
		n = max(n, textSize)
	}
	x.piece.Reset() // what it held stays with those who have it
	x.piece.Grow(n)
}

// fill copies b into a string that is not there yet.
func (x *text) fill(s *string, b []byte) {
	if *s == "" {
		*s = x.of(b)
	}
}

// same is s where it says what b says, else "".
func same(s string, b []byte) string {
	if s != string(b) {
		return ""
	}
	return s
}

// missing is how much fill will copy.
func missing(s string, b []byte) int {
	if s != "" {
		return 0
	}
	return len(b)
}
