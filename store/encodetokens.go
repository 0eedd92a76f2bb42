package store

import (
	"math"
	"strconv"
	"unicode/utf8"
)

// close ends an array.
func (e *encoder) close() {
	if e.b[len(e.b)-1] == ',' {
		e.b[len(e.b)-1] = ']'
	} else {
		e.b = append(e.b, ']')
	}
	e.b = append(e.b, ',')
}

func (e *encoder) int(n int64) {
	e.b = strconv.AppendInt(e.b, n, 10)
	e.b = append(e.b, ',')
}

func (e *encoder) float(f float64) {
	switch {
	case f != f || math.IsInf(f, 0): // no number of JSON
		e.text(strconv.FormatFloat(f, 'g', -1, 64))
		return
	case f == -1:
		e.b = append(e.b, '-', '1')
	case f >= 0 && f < 1e9 && f == float64(int64(f*100+0.5))/100: // as most delays are logged; AppendFloat takes four times as long
		n := int64(f*100 + 0.5)
		e.b = strconv.AppendInt(e.b, n/100, 10)
		if n%100 != 0 {
			e.b = append(e.b, '.', byte('0'+n/10%10))
		}
		if n%10 != 0 {
			e.b = append(e.b, byte('0'+n%10))
		}
	default:
		e.b = strconv.AppendFloat(e.b, f, 'g', -1, 64)
	}
	e.b = append(e.b, ',')
}

// since writes a time that may be unknown, as null.
func (e *encoder) since(t, first int64) {
	if t == 0 {
		e.b = append(e.b, "null,"...)
		return
	}
	e.time(t, first)
}

// time writes the nanoseconds between two moments: most logs know seconds or microseconds, so that 12 s are "12e9".
func (e *encoder) time(t, first int64) {
	d := t - first
	switch {
	case d == 0:
		e.b = append(e.b, '0')
	case d%1e9 == 0:
		e.b = append(strconv.AppendInt(e.b, d/1e9, 10), "e9"...)
	case d%1e3 == 0:
		e.b = append(strconv.AppendInt(e.b, d/1e3, 10), "e3"...)
	default:
		e.b = strconv.AppendInt(e.b, d, 10)
	}
	e.b = append(e.b, ',')
}

// text writes a string, 0 for none.
func (e *encoder) text(s string) {
	if s == "" {
		e.b = append(e.b, '0', ',')
		return
	}
	e.b = append(e.b, '"')
	start := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= 0x20 && c != '"' && c != '\\' && c != 0x7f {
			continue
		}
		e.b = append(e.b, s[start:i]...)
		start = i + 1
		switch c {
		case '"', '\\':
			e.b = append(e.b, '\\', c)
		case '\n':
			e.b = append(e.b, '\\', 'n')
		default:
			e.b = append(e.b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		}
	}
	e.b = append(e.b, s[start:]...)
	e.b = append(e.b, '"', ',')
}

const hex = "0123456789abcdef"

// shared writes the dictionary's id of a string, or the string itself where it is too long for the dictionary.
func (e *encoder) shared(s string) {
	if s == "" {
		e.b = append(e.b, '0', ',')
		return
	}
	if len(s) > maxDictionaryText || !utf8.ValidString(s) {
		e.text(s)
		return
	}
	id, err := e.s.stringID(s)
	e.fail(err)
	e.int(id)
}
