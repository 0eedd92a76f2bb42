package exim

import "bytes"

// token is the length of the word at the start of b: up to a space, with a quoted string inside it ("DN=\"CN=a b\"", "T=\"x y\"",
// "\"a b\"@c.example") taken as a whole. A backslash in quotes protects the next character, as string_printing and
// the subject's escaping in receive.c write it.
func token(b []byte) int {
	for i := 0; i < len(b); i++ {
		switch c := b[i]; {
		case c > '"': // nearly always
		case c == ' ':
			return i
		case c == '"':
			i += quoted(b[i:]) - 1
		}
	}
	return len(b)
}

// quoted is the length of the quoted string that b begins with, quotes included; a string that was cut ends with b.
func quoted(b []byte) int {
	for i := 1; i < len(b); i++ {
		j := bytes.IndexByte(b[i:], '"')
		if j < 0 {
			return len(b)
		}
		k := bytes.IndexByte(b[i:i+j], '\\')
		if k < 0 {
			return i + j + 1
		}
		i += k + 1 // the character after the backslash
	}
	return len(b)
}

// unquote is what stands between the quotes of a value; a value without quotes is returned as it is.
func unquote(b []byte) []byte {
	if len(b) == 0 || b[0] != '"' {
		return b
	}
	n := quoted(b)
	if n >= 2 && b[n-1] == '"' {
		return b[1 : n-1]
	}
	return b[1:n]
}

// angle reads "<address>" at the start of b: the address and the length read; n is 0 if b does not begin with "<". The local part
// may be quoted and then hold ">" (RFC 5321 section 4.1.2). What was cut before its ">" ends with b.
func angle(b []byte) (addr []byte, n int) {
	if len(b) == 0 || b[0] != '<' {
		return nil, 0
	}
	for i := 1; i < len(b); i++ {
		switch b[i] {
		case '"':
			i += quoted(b[i:]) - 1
		case '>':
			return b[1:i], i + 1
		}
	}
	return b[1:], len(b)
}

func skipSpace(b []byte) []byte {
	for len(b) > 0 && b[0] == ' ' {
		b = b[1:]
	}
	return b
}

// field splits a token "NAME=value" or "NAME*=value"; name is nil if it is none.
func field(tok []byte) (name, value []byte) {
	for i, c := range tok {
		switch {
		case alnum[c] || c == '*' && i > 0:
		case c == '=' && i > 0:
			return tok[:i], tok[i+1:]
		default:
			return nil, tok
		}
	}
	return nil, tok
}

func isAlnum(c byte) bool { return alnum[c] }

// alnum marks letters and digits.
var alnum = func() (t [256]bool) {
	for _, c := range []byte("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") {
		t[c] = true
	}
	return t
}()

// number reads the decimal digits that b begins with and stops before it would overflow.
func number(b []byte) (v int64, n int) {
	for n < len(b) && n < 18 && b[n] >= '0' && b[n] <= '9' {
		v = v*10 + int64(b[n]-'0')
		n++
	}
	return v, n
}

// seconds reads Exim's durations ("0.025s", "3m12s", "1d2h", readconf_printtime and string_timediff); -1 if b is none.
func seconds(b []byte) float64 {
	total, read := 0.0, false
	for len(b) > 0 {
		v, n := number(b)
		if n == 0 {
			return -1
		}
		part := float64(v)
		b = b[n:]
		if len(b) > 0 && b[0] == '.' {
			frac, n := number(b[1:])
			b = b[1+n:]
			scale := 1.0
			for ; n > 0; n-- {
				scale *= 10
			}
			part += float64(frac) / scale // one rounding: 0.17, not 0.16999999999999998
		}
		if len(b) == 0 {
			return -1
		}
		switch b[0] {
		case 's':
		case 'm':
			part *= 60
		case 'h':
			part *= 3600
		case 'd':
			part *= 86400
		case 'w':
			part *= 7 * 86400
		default:
			return -1
		}
		total, read, b = total+part, true, b[1:]
	}
	if !read {
		return -1
	}
	return total
}

// hasPrefix is bytes.HasPrefix for a constant, without converting it.
func hasPrefix(b []byte, s string) bool {
	return len(b) >= len(s) && string(b[:len(s)]) == s
}

func hasSuffix(b []byte, s string) bool {
	return len(b) >= len(s) && string(b[len(b)-len(s):]) == s
}

// index is bytes.Index for a constant of any length: bytes.Index(b, []byte(s)) allocates beyond 32 bytes.
func index(b []byte, s string) int {
	for from := 0; len(b)-from >= len(s); from++ {
		i := bytes.IndexByte(b[from:len(b)-len(s)+1], s[0])
		if i < 0 {
			return -1
		}
		from += i
		if string(b[from:from+len(s)]) == s {
			return from
		}
	}
	return -1
}
