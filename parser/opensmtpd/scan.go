package opensmtpd

import "bytes"

// field reads `key=value `, where the value is <...>, "..." or a word.
func field(b []byte) (key, value, rest []byte) {
	i := bytes.IndexByte(b, '=')
	if i < 0 {
		return nil, nil, nil
	}
	key, b = b[:i], b[i+1:]
	if len(b) > 0 && (b[0] == '<' || b[0] == '"') {
		end := "> "
		if b[0] == '"' {
			end = `" `
		}
		value, rest = until(b[1:], end)
		if len(rest) == 0 && len(value) > 0 && value[len(value)-1] == end[0] {
			value = value[:len(value)-1] // the last one
		}
		return key, value, rest
	}
	value, rest = until(b, " ")
	return key, value, rest
}

// until cuts b at the first sep; without one all of it is before.
func until(b []byte, sep string) (before, after []byte) {
	before, after, _ = bytes.Cut(b, []byte(sep))
	return before, after
}

func word(b []byte) (first, rest []byte) { return until(b, " ") }

// unquote takes off the quotes around b; the last one may be cut off.
func unquote(b []byte) []byte {
	if len(b) > 0 && b[0] == '"' {
		b = b[1:]
		if n := len(b); n > 0 && b[n-1] == '"' {
			b = b[:n-1]
		}
	}
	return b
}

// path is the address in "<a@b.example> SIZE=100".
func path(b []byte) []byte {
	b = bytes.TrimSpace(b)
	if len(b) > 0 && b[0] == '<' {
		if i := bytes.IndexByte(b, '>'); i > 0 {
			return b[1:i]
		}
		return b[1:]
	}
	a, _ := word(b)
	return a
}

// messageOf is the message's id in an envelope's.
func messageOf(evpid []byte) []byte {
	if len(evpid) != 16 || !isHex(evpid) {
		return nil
	}
	return evpid[:8]
}

// duration reads "1d2h3m4s"; -1 if it is none.
func duration(b []byte) float64 {
	sum, n, any := 0.0, 0.0, false
	for _, c := range b {
		switch {
		case c >= '0' && c <= '9':
			n, any = n*10+float64(c-'0'), true
			continue
		case c == 'd':
			sum += n * 86400
		case c == 'h':
			sum += n * 3600
		case c == 'm':
			sum += n * 60
		case c == 's':
			sum += n
		default:
			return -1
		}
		n = 0
	}
	if !any {
		return -1
	}
	return sum
}

func number(b []byte) (n int64) {
	for _, c := range b {
		if c < '0' || c > '9' || n > 1<<50 {
			return 0
		}
		n = n*10 + int64(c-'0')
	}
	return n
}

// address is an IP address as logged: IPv6 perhaps in brackets. Where a name stands (the domain, when no host of it was
// reached; "local", for the socket of sendmail(8)), it is nil.
func address(b []byte) []byte {
	b = bytes.TrimPrefix(b, []byte("IPv6:"))
	if len(b) > 1 && b[0] == '[' {
		b = bytes.TrimPrefix(bytes.TrimSuffix(b[1:], []byte("]")), []byte("IPv6:"))
	}
	if bytes.IndexByte(b, ':') > 0 {
		return b
	}
	if len(b) == 0 {
		return nil
	}
	for _, c := range b {
		if c != '.' && (c < '0' || c > '9') {
			return nil
		}
	}
	return b
}

// unknown is nil for the names that say that there is none.
func unknown(host []byte) []byte {
	switch string(host) {
	case "", "-", "<unknown>", "unknown", "(unknown)":
		return nil
	}
	return host
}

func isHex(b []byte) bool {
	for _, c := range b {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return len(b) > 0
}

func hasPrefix(b []byte, p string) bool { return len(b) >= len(p) && string(b[:len(p)]) == p }

func hasFoldPrefix(b []byte, p string) bool {
	return len(b) >= len(p) && bytes.EqualFold(b[:len(p)], []byte(p))
}
