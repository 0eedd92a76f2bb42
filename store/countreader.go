package store

import "strings"

// eachCount reads a block whose hours are relative to base.
func eachCount(s string, base slot, f func(h slot, key int64, fd field, n int64)) error {
	r := countReader{s: s}
	for r.row() {
		for r.figure() {
			f(base+slot(r.hour), r.key, r.field, r.n)
		}
	}
	return r.end()
}

// countReader reads a block row by row and figure by figure. It is written for speed: a report over months reads many megabytes of them.
type countReader struct {
	s  string
	at int

	hour, key int64
	field     field
	n         int64
	damaged   bool
}

// row goes to the next row's hour and key.
func (r *countReader) row() bool {
	if r.at+1 >= len(r.s) || r.s[r.at] == ']' || r.s[r.at+1] != '[' {
		return false
	}
	r.at++ // over the block's bracket or a comma
	r.hour, r.key = r.number(), r.number()
	return !r.damaged
}

// figure goes to the row's next field and number.
func (r *countReader) figure() bool {
	if r.damaged || r.at >= len(r.s) || r.s[r.at] != ',' {
		r.at++ // over the row's closing bracket
		return false
	}
	r.field, r.n = field(r.number()), r.number()
	return !r.damaged
}

// addTo adds the row's figures to a sum, like figure one by one; most of a report over months is spent here.
func (r *countReader) addTo(sum *sum) {
	s, i := r.s, r.at
	for i < len(s) && s[i] == ',' {
		f, comma := digits(s, i+1)
		start, sign := comma+1, int64(1)
		if start < len(s) && s[start] == '-' {
			start, sign = start+1, -1
		}
		n, end := digits(s, start)
		if comma == i+1 || end == start || s[comma] != ',' {
			r.damaged = true
			break
		}
		sum.add(field(f), sign*n)
		i = end
	}
	r.at = i + 1 // over the row's closing bracket
}

// skip goes over the row's figures.
func (r *countReader) skip() {
	end := strings.IndexByte(r.s[r.at:], ']')
	if end < 0 {
		r.damaged = true
		return
	}
	r.at += end + 1
}

// number reads the number after a bracket or a comma.
func (r *countReader) number() int64 {
	s, i := r.s, r.at+1
	if i >= len(s) || s[r.at] != ',' && s[r.at] != '[' {
		r.damaged = true
		return 0
	}
	sign := int64(1)
	if s[i] == '-' {
		sign = -1
		i++
	}
	n, end := digits(s, i)
	if end == i {
		r.damaged = true
	}
	r.at = end
	return sign * n
}

// digits reads the digits of s from i on.
func digits(s string, i int) (n int64, end int) {
	for i < len(s) && s[i]-'0' < 10 {
		n = n*10 + int64(s[i]-'0')
		i++
	}
	return n, i
}

// end is an error where the block did not end as it should.
func (r *countReader) end() error {
	if r.s == "[]" {
		return nil
	}
	if r.damaged || r.at != len(r.s)-1 || r.s[r.at] != ']' || r.s[r.at-1] != ']' {
		return errDamaged("a block of counts")
	}
	return nil
}

// blockReader reads a block's figures one by one.
type blockReader struct {
	countReader
	base slot
	head count // the figure at hand
	open bool  // inside a row
}

// next goes to the next figure; false: there is none, or the block is damaged.
func (b *blockReader) next() bool {
	for {
		if b.open && b.figure() {
			b.head.hour, b.head.key, b.head.field, b.head.n = b.base+slot(b.hour), b.key, b.field, b.n
			return true
		}
		if b.open = b.row(); !b.open {
			return false
		}
	}
}

// failed is the error of a block that did not end as it should, once next returned false.
func (b *blockReader) failed() error {
	if b.open {
		return nil
	}
	return b.end()
}
