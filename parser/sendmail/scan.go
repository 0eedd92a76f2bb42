package sendmail

import (
	"bytes"
	"strings"

	"bouncelog/parser"
)

func hasPrefix(b []byte, s string) bool { return len(b) >= len(s) && string(b[:len(s)]) == s }
func hasSuffix(b []byte, s string) bool { return len(b) >= len(s) && string(b[len(b)-len(s):]) == s }
func contains(b []byte, s string) bool  { return index(b, s) >= 0 }

// index is bytes.Index for a string, without copying it: the texts looked for begin with a byte that is rare enough.
func index(b []byte, s string) int {
	for from := 0; from+len(s) <= len(b); from++ {
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

// lastIndex is bytes.LastIndex for a string.
func lastIndex(b []byte, s string) int {
	for end := len(b); end >= len(s); {
		i := bytes.LastIndexByte(b[:end], s[len(s)-1])
		if i+1 < len(s) {
			return -1
		}
		if string(b[i+1-len(s):i+1]) == s {
			return i + 1 - len(s)
		}
		end = i
	}
	return -1
}

// addressEnd is the length of the address that b begins with: in angle brackets (which may hold a quoted local part with
// brackets and commas of its own), quoted ("|/usr/bin/vacation joe, away"), or bare, up to a comma. -1: it does not end.
func addressEnd(b []byte) int {
	if len(b) == 0 {
		return 0
	}
	if b[0] == '<' {
		if i := bytes.IndexByte(b, '>'); i > 0 && bytes.IndexByte(b[:i], '"') < 0 && bytes.IndexByte(b[:i], '\\') < 0 {
			return i + 1
		}
		quoted := false
		for i := 1; i < len(b); i++ {
			switch b[i] {
			case '\\':
				i++
			case '"':
				quoted = !quoted
			case '>':
				if !quoted {
					return i + 1
				}
			}
		}
		if i := bytes.IndexByte(b, '>'); i >= 0 && quoted { // <a"b@x>: the quote was no quote
			return i + 1
		}
		return -1
	}
	i := 0
	if b[0] == '"' {
		if i = parser.QuotedLen(b); i == 0 {
			return -1
		}
	}
	if n := bytes.IndexByte(b[i:], ','); n >= 0 {
		return i + n
	}
	return len(b)
}

// unbracket takes the angle brackets off a message-id.
func unbracket(b []byte) []byte {
	if len(b) > 1 && b[0] == '<' && b[len(b)-1] == '>' {
		return b[1 : len(b)-1]
	}
	return b
}

// address takes the angle brackets off an address; of "Bob" <bob@x>, as "sendmail -t" logs it, only what they hold stays.
func address(b []byte) []byte {
	if n := len(b); n > 1 && b[n-1] == '>' && b[0] != '<' {
		if i := lastIndex(b, " <"); i >= 0 {
			return b[i+2 : n-1]
		}
	}
	return unbracket(b)
}

// field takes ", key=value" off b; the value ends at the next comma and space.
func field(b []byte) (key, value, rest []byte, ok bool) {
	if !hasPrefix(b, ", ") {
		return nil, nil, b, false
	}
	i := 2
	for i < len(b) && keyByte[b[i]] {
		i++
	}
	if i == 2 || i >= len(b) || b[i] != '=' {
		return nil, nil, b, false
	}
	key, b = b[2:i], b[i+1:]
	for end := 0; ; end++ {
		comma := bytes.IndexByte(b[end:], ',')
		if comma < 0 {
			return key, b, nil, true
		}
		if end += comma; hasPrefix(b[end:], ", ") {
			return key, b[:end], b[end:], true
		}
	}
}

// keyByte marks the bytes of a field's key.
var keyByte = func() (t [256]bool) {
	for _, c := range []byte("abcdefghijklmnopqrstuvwxyz0123456789_") {
		t[c] = true
	}
	return t
}()

func number(b []byte) int64 {
	var n int64
	for _, c := range b {
		if c < '0' || c > '9' || n > 1<<52 {
			break
		}
		n = n*10 + int64(c-'0')
	}
	return n
}

// interval reads pintvl's "00:00:01" or "5+00:00:01" (days) as seconds; -1 if it is neither.
func interval(b []byte) float64 {
	var days, part, total int64
	digits, colons := 0, 0
	for _, c := range b {
		switch {
		case c >= '0' && c <= '9' && digits < 9:
			part = part*10 + int64(c-'0')
			digits++
		case c == '+' && colons == 0 && digits > 0:
			days, part, digits = part, 0, 0
		case c == ':' && colons < 2 && digits > 0:
			total = total*60 + part
			part, digits = 0, 0
			colons++
		default:
			return -1
		}
	}
	if colons != 2 || digits == 0 {
		return -1
	}
	return float64(days*86400 + total*60 + part)
}

// hostIP splits "mail.x. [192.0.2.1]", "[192.0.2.1]", "ident@mail.x [IPv6:2001:db8::1] (may be forged)" and "localhost". The
// name's trailing dot and the address's "IPv6:" are taken off; a name that is the address again is left out.
func hostIP(b []byte) (host, ip []byte) {
	b = bytes.TrimSpace(b)
	b = bytes.TrimSuffix(b, []byte(" (may be forged)"))
	if n := len(b); n > 2 && b[n-1] == ']' {
		if i := bytes.LastIndexByte(b, '['); i == 0 || i > 0 && (b[i-1] == ' ' || b[i-1] == '@') {
			ip = bytes.TrimPrefix(b[i+1:n-1], []byte("IPv6:"))
			if !isIP(ip) {
				ip = nil
			}
			b = bytes.TrimRight(b[:i], " ")
		}
	}
	if bytes.IndexByte(b, '@') >= 0 {
		b = b[bytes.LastIndexByte(b, '@')+1:] // an ident answer or a local user's name
	}
	if len(b) > 2 && b[0] == '[' && b[len(b)-1] == ']' {
		inner := bytes.TrimPrefix(b[1:len(b)-1], []byte("IPv6:"))
		if ip == nil && isIP(inner) {
			ip = inner
		}
		if isIP(inner) {
			b = nil
		}
	}
	if n := len(b); n > 1 && b[n-1] == '.' {
		b = b[:n-1]
	}
	if len(b) == 0 {
		b = nil
	}
	return b, ip
}

// isIP reports whether b is written like an address; it need not be one.
func isIP(b []byte) bool {
	if len(b) < 3 {
		return false
	}
	seps := 0
	for _, c := range b {
		kind := int(ipByte[c])
		if kind == 0 {
			return false
		}
		seps += kind - 1
	}
	return seps >= 2
}

// ipByte is 1 for the digits of addresses, 2 for what separates them.
var ipByte = func() (t [256]uint8) {
	for _, c := range []byte("0123456789abcdefABCDEF") {
		t[c] = 1
	}
	t['.'], t[':'] = 2, 2
	return t
}()

func client(b []byte, r *parser.Record) { r.ClientHost, r.ClientIP = hostIP(b) }

// prefixed reports whether b begins with one of the texts.
func prefixed(b []byte, texts []string) bool {
	for _, s := range texts {
		if hasPrefix(b, s) {
			return true
		}
	}
	return false
}

// equalFold reports whether b is s but for the case of ASCII letters.
func equalFold(b []byte, s string) bool { return len(b) == len(s) && strings.EqualFold(string(b), s) }
