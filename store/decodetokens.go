package store

import "strconv"

func (d *decoder) fail(what string) {
	if d.err == nil {
		d.err = errDamaged(what + " at byte " + strconv.Itoa(d.i))
	}
	d.i = len(d.b)
}

func (d *decoder) check(err error) {
	if err != nil && d.err == nil {
		d.err = err
		d.i = len(d.b)
	}
}

func (d *decoder) accept(c byte) bool {
	if d.i < len(d.b) && d.b[d.i] == c {
		d.i++
		return true
	}
	return false
}

// open begins an array.
func (d *decoder) open() {
	if !d.accept('[') {
		d.fail("no array")
	}
}

// more reports whether the array goes on; at its end it steps over "]" and the comma after it, but for the outermost one.
func (d *decoder) more() bool {
	if d.i >= len(d.b) {
		if d.err == nil {
			d.fail("an array without end")
		}
		return false
	}
	if d.b[d.i] != ']' {
		return true
	}
	if d.i+1 == len(d.b) {
		return false
	}
	d.i++
	d.accept(',')
	return false
}

// goesOn reports whether the array at hand has another element.
func (d *decoder) goesOn() bool { return d.i < len(d.b) && d.b[d.i] != ']' }

func (d *decoder) isText() bool { return d.i < len(d.b) && d.b[d.i] == '"' }

func (d *decoder) int() int64 {
	n, ok := d.digits()
	if !ok {
		d.fail("no number")
		return 0
	}
	d.accept(',')
	return n
}

func (d *decoder) digits() (int64, bool) {
	i := d.i
	neg := i < len(d.b) && d.b[i] == '-'
	if neg {
		i++
	}
	start := i
	var n uint64
	for i < len(d.b) && d.b[i] >= '0' && d.b[i] <= '9' {
		n = n*10 + uint64(d.b[i]-'0')
		i++
	}
	if i == start {
		return 0, false
	}
	d.i = i
	if neg {
		return -int64(n), true
	}
	return int64(n), true
}

// since reads a time that may be unknown.
func (d *decoder) since() int64 {
	if d.i < len(d.b) && d.b[d.i] == 'n' {
		d.i = min(d.i+len("null"), len(d.b))
		d.accept(',')
		return 0
	}
	return d.m.First + d.time()
}

func (d *decoder) time() int64 {
	n, ok := d.digits()
	if !ok {
		d.fail("no time")
		return 0
	}
	if d.accept('e') {
		e, _ := d.digits()
		switch e {
		case 3:
			n *= 1e3
		case 9:
			n *= 1e9
		default:
			d.fail("an unknown unit of time")
		}
	}
	d.accept(',')
	return n
}

func (d *decoder) float() float64 {
	if d.isText() {
		f, err := strconv.ParseFloat(d.text(), 64)
		if err != nil {
			d.fail("no number")
		}
		return f
	}
	start := d.i
	for d.i < len(d.b) && d.b[d.i] != ',' && d.b[d.i] != ']' {
		d.i++
	}
	s := d.b[start:d.i]
	d.accept(',')
	if len(s) == 2 && s[0] == '-' && s[1] == '1' {
		return -1
	}
	f, err := strconv.ParseFloat(string(s), 64)
	if err != nil {
		d.fail("no number")
	}
	return f
}

// text reads a string, or 0 for none.
func (d *decoder) text() string {
	if d.accept('0') {
		d.accept(',')
		return ""
	}
	s := d.quoted()
	d.accept(',')
	return s
}

func (d *decoder) quoted() string {
	if !d.accept('"') {
		d.fail("no string")
		return ""
	}
	start := d.i
	for d.i < len(d.b) {
		switch d.b[d.i] {
		case '"':
			d.i++
			return string(d.b[start : d.i-1])
		case '\\':
			return d.escaped(start)
		}
		d.i++
	}
	d.fail("a string without end")
	return ""
}

// escaped finishes a string that holds escapes.
func (d *decoder) escaped(start int) string {
	out := append([]byte(nil), d.b[start:d.i]...)
	for d.i < len(d.b) {
		c := d.b[d.i]
		d.i++
		switch {
		case c == '"':
			return string(out)
		case c != '\\':
			out = append(out, c)
		case d.i >= len(d.b):
		case d.b[d.i] == 'n':
			out = append(out, '\n')
			d.i++
		case d.b[d.i] == 'u' && d.i+5 <= len(d.b):
			n, err := strconv.ParseUint(string(d.b[d.i+1:d.i+5]), 16, 8)
			if err != nil {
				d.fail("a bad escape")
				return ""
			}
			out = append(out, byte(n))
			d.i += 5
		default:
			out = append(out, d.b[d.i])
			d.i++
		}
	}
	d.fail("a string without end")
	return ""
}
