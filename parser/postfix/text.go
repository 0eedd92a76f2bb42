package postfix

import (
	"bytes"

	"bouncelog/parser"
)

func hasPrefix(b []byte, s string) bool { return len(b) >= len(s) && string(b[:len(s)]) == s }

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
func alnum(c byte) bool   { return isDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'z' }

// trim takes off the space in front that RFC 5424 headers leave, and line ends behind.
func trim(m []byte) []byte {
	if len(m) > 0 && m[0] > ' ' && m[len(m)-1] > ' ' { // nearly always
		return m
	}
	for len(m) > 0 && (m[0] == ' ' || m[0] == '\t') {
		m = m[1:]
	}
	for len(m) > 0 && (m[len(m)-1] == ' ' || m[len(m)-1] == '\r' || m[len(m)-1] == '\n') {
		m = m[:len(m)-1]
	}
	return m
}

// index is bytes.Index for a constant that begins with a byte that is rare in b.
func index(b []byte, s string) int {
	for i := 0; ; i++ {
		k := bytes.IndexByte(b[i:], s[0])
		if k < 0 || i+k+len(s) > len(b) {
			return -1
		}
		if i += k; string(b[i:i+len(s)]) == s {
			return i
		}
	}
}

// lastIndex finds the last s. What is looked for stands near the end and begins with a byte that is rare there, so
// that going backwards byte by byte is quicker than bytes.LastIndex's hashes.
func lastIndex(b []byte, s string) int {
	for i := len(b) - len(s); i >= 0; i-- {
		if b[i] == s[0] && string(b[i:i+len(s)]) == s {
			return i
		}
	}
	return -1
}

// number reads the decimal digits that b begins with, at most 18.
func number(b []byte) (v int64, n int) {
	for n < len(b) && n < 18 && isDigit(b[n]) {
		v = v*10 + int64(b[n]-'0')
		n++
	}
	return v, n
}

// decimal reads "0.08" or "117" and the number of bytes that it took.
func decimal(b []byte) (v float64, n int) {
	whole, n := number(b)
	if n == 0 {
		return 0, 0
	}
	v = float64(whole)
	if n+1 < len(b) && b[n] == '.' && isDigit(b[n+1]) {
		frac, k := number(b[n+1:])
		scale := 1.0
		for range k {
			scale *= 10
		}
		v += float64(frac) / scale
		n += 1 + k
	}
	return v, n
}

// hostPort reads "host[1.2.3.4]:25", "host[2001:db8::1]", "[1.2.3.4]:53195", "host[private/lmtp]" and the number of bytes
// that it took; 0 if b does not begin with that. The name ends at the first "[" and holds no space. ip is what stands in the
// brackets if that is an address, by its alphabet: not a socket's path or "unknown".
func hostPort(b []byte) (host, ip []byte, port int32, n int) {
	open := 0
	for open < len(b) && b[open] != '[' && b[open] != ' ' {
		open++
	}
	if open == len(b) || b[open] == ' ' {
		return nil, nil, 0, 0
	}
	n = open + 1
	var seen ipClass
	for n < len(b) && b[n] != ']' {
		seen |= ipClasses[b[n]]
		n++
	}
	if n == len(b) || seen&ipSpace != 0 {
		return nil, nil, 0, 0
	}
	host, ip = b[:open], b[open+1:n]
	if seen&ipScope != 0 { // fe80::1%eth0
		seen = 0
		for _, c := range ip[:bytes.IndexByte(ip, '%')] {
			seen |= ipClasses[c]
		}
	}
	if seen&ipDot == 0 || seen&ipNone != 0 {
		ip = nil
	}
	n++
	if n+1 < len(b) && b[n] == ':' && isDigit(b[n+1]) {
		v, k := number(b[n+1:])
		if v <= 65535 {
			port = int32(v)
			n += 1 + k
		}
	}
	return host, ip, port, n
}

// ipClass is a set of what bytes are in an address.
type ipClass uint8

const (
	ipDigit ipClass = 1 << iota
	ipDot
	ipScope
	ipSpace
	ipNone
)

var ipClasses = func() (t [256]ipClass) {
	for c := range t {
		t[c] = ipNone
	}
	for _, c := range []byte("0123456789abcdefABCDEF") {
		t[c] = ipDigit
	}
	t['.'], t[':'], t['%'], t[' '] = ipDot, ipDot, ipScope, ipSpace|ipNone
	return t
}()

// unknownNil is nil for the word by which Postfix says that it does not know.
func unknownNil(b []byte) []byte {
	if len(b) == 0 || string(b) == "unknown" {
		return nil
	}
	return b
}

// address reads "<a@b>" with the bracket that b begins with taken off already: to the first ">" that stands outside of a
// quoted local part and is followed by next (all of the list are tried) or, if next is empty, by the end. n is the
// length with the ">"; -1 if it never ends.
func address(b []byte, ends ...string) (addr []byte, n int) {
	i := parser.QuotedLen(b)
	for i < len(b) {
		k := bytes.IndexByte(b[i:], '>')
		if k < 0 {
			return nil, -1
		}
		i += k
		rest := b[i+1:]
		for _, e := range ends {
			if e == "" && len(rest) == 0 || e != "" && hasPrefix(rest, e) {
				return b[:i], i + 1
			}
		}
		i++
	}
	return nil, -1
}
