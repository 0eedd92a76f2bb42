package classify

import "strings"

// tokenKind tells what part of a reply changes from one message to the next.
type tokenKind uint8

const (
	tokNone    tokenKind = iota
	tokNumber            // digits, also with dots: 3600, 10.5
	tokID                // queue ids, session ids: letters and digits in turn
	tokHost              // mx1.example.net
	tokIP                // 192.0.2.1, 2001:db8::1
	tokAddress           // alice@example.net
	tokControl           // a byte that Template uses as a mark of its own
	tokURLHost           // the host of a URL: it varies little and says much, so it is never blanked
)

// scanner finds the variable parts of a reply. It goes over the bytes once and allocates nothing.
type scanner struct {
	s   string
	pos int
}

// wordBytes marks the bytes that a word may consist of. "=" and ":" belong to words only inside addresses and IPv6
// addresses; word cuts them off elsewhere.
var wordBytes = func() (t [256]bool) {
	for c := range 256 {
		t[c] = c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z' || c >= 0x80 || strings.IndexByte(".-_+@:=", byte(c)) >= 0
	}
	return t
}()

// telling marks the word bytes without which a word is no variable part.
var telling = func() (t [256]bool) {
	for _, c := range []byte("0123456789.@:=") {
		t[c] = true
	}
	return t
}()

// next returns the next variable part s[start:end]; ok is false at the end.
func (sc *scanner) next() (start, end int, kind tokenKind, ok bool) {
	s, i := sc.s, sc.pos
	for i < len(s) {
		c := s[i]
		if !wordBytes[c] {
			if c >= markFirst && c <= markLast {
				sc.pos = i + 1
				return i, i + 1, tokControl, true
			}
			if c == '\\' && i+1 < len(s) && (s[i+1] == 'n' || s[i+1] == 'r') {
				i++ // an escaped line break is no letter of the word behind it
			}
			i++
			continue
		}
		e, last := i+1, telling[c]
		seen := false // a byte before the last tells something
		for e < len(s) && wordBytes[s[e]] {
			seen = seen || last
			last = telling[s[e]]
			e++
		}
		if !seen && (!last || isJoint(s[e-1])) {
			i = e // letters alone, most words
			continue
		}
		a, b, kind, rest := word(s, i, e)
		if kind != tokNone {
			sc.pos = rest
			return a, b, kind, true
		}
		i = rest
	}
	sc.pos = i
	return 0, 0, tokNone, false
}

// word judges s[i:e], a run of word bytes: the variable part in it, if any, and where to go on.
func word(s string, i, e int) (start, end int, kind tokenKind, rest int) {
	for i < e && isJoint(s[i]) {
		i++
	}
	end = e
	for end > i && isJoint(s[end-1]) {
		end--
	}
	if i == end {
		return 0, 0, tokNone, e
	}
	w := s[i:end]
	if len(w) > 4 && w[3] == '-' && replyCodeLen(w) > 0 {
		return 0, 0, tokNone, i + 4 // the code of a continued line: "550-5.1.1 ...", "550-mx1.example.net ..."
	}
	digits, at, colon, eq := 0, -1, -1, -1
	for k := 0; k < len(w); k++ {
		switch c := w[k]; {
		case c >= '0' && c <= '9':
			digits++
		case c == '@' && at < 0:
			at = k
		case c == ':' && colon < 0:
			colon = k
		case c == '=' && eq < 0:
			eq = k
		}
	}
	if at > 0 {
		if colon >= 0 { // mailto:alice@example.net, rfc822;..., SMTP:...
			if colon < at {
				return 0, 0, tokNone, i + colon + 1
			}
			end = i + colon
		}
		if k := strings.Index(w[at:end-i], ".."); k > 1 { // alice@example.net...User unknown
			end = i + at + k
			e = end
		}
		if k := strings.LastIndex(w[:at], "..") + 2; k > 1 && k < at { // not allowed...alice@example.net
			return i + k, end, tokAddress, e
		}
		if eq >= 0 && eq < at && eq <= 5 && !strings.ContainsAny(w[:eq], ".-_+0123456789") { // id=alice@example.net
			i += eq + 1
		}
		return i, end, tokAddress, e
	}
	if eq >= 0 {
		if eq == 0 {
			return 0, 0, tokNone, i + 1
		}
		return word2(s, i, i+eq, i+eq+1)
	}
	if colon >= 0 {
		if isIPv6(w) {
			return i, end, tokIP, e
		}
		return word2(s, i, i+colon, i+colon+1)
	}
	if digits == 0 && strings.IndexByte(w, '.') < 0 {
		return 0, 0, tokNone, e
	}
	return i, end, kindOf(s, i, end, digits), e
}

// word2 judges the first part of a word that "=" or ":" divides.
func word2(s string, i, e, rest int) (int, int, tokenKind, int) {
	for e > i && isJoint(s[e-1]) {
		e--
	}
	digits := 0
	for k := i; k < e; k++ {
		if s[k] >= '0' && s[k] <= '9' {
			digits++
		}
	}
	if e == i {
		return 0, 0, tokNone, rest
	}
	return i, e, kindOf(s, i, e, digits), rest
}

// kindOf judges a word without "@", ":" and "=".
func kindOf(s string, i, e, digits int) tokenKind {
	w := s[i:e]
	turns, dots, other := 0, 0, 0
	label, shortLabel, hostBytes := 0, false, true
	for k := 0; k < len(w); k++ {
		c := w[k]
		digit := c >= '0' && c <= '9'
		if k > 0 && digit != (w[k-1] >= '0' && w[k-1] <= '9') {
			turns++
		}
		switch {
		case c == '.':
			dots++
			shortLabel = shortLabel || k == label
			label = k + 1
		case digit:
		default:
			other++
			if c == '+' || c >= 0x80 {
				hostBytes = false
			}
		}
	}
	switch {
	case other == 0 && dots == 0:
		if len(w) == 3 && (w[0] == '4' || w[0] == '5') {
			return tokNone // a reply code
		}
		return tokNumber
	case other == 0:
		if isEnhanced(w) {
			return tokNone
		}
		if dots == 3 && !shortLabel {
			return tokIP
		}
		return tokNumber
	case dots > 0 && hostBytes && !shortLabel && isTopLabel(w[label:], dots):
		if i >= 2 && s[i-1] == '/' && s[i-2] == '/' {
			return tokURLHost
		}
		return tokHost
	case turns >= 2 && len(w) >= 6 && digits >= 2 && digits*4 >= len(w), len(w) >= 12 && digits >= 4:
		return tokID
	}
	return tokNone
}

// isTopLabel reports whether a word that ends in this label is a host name. "rejected.Please" is none: with one dot only
// the labels that sentences do not run into count.
func isTopLabel(label string, dots int) bool {
	if len(label) < 2 || len(label) > 24 {
		return false
	}
	for k := 0; k < len(label); k++ {
		if c := label[k] | 0x20; (c < 'a' || c > 'z') && !(len(label) > 4 && (label[0]|0x20) == 'x' && label[2] == '-') {
			return false
		}
	}
	if dots >= 2 || len(label) == 2 {
		return true
	}
	var low [16]byte
	if len(label) > len(low) {
		return false
	}
	for k := 0; k < len(label); k++ {
		low[k] = label[k] | 0x20
	}
	switch string(low[:len(label)]) {
	case "com", "net", "org", "edu", "gov", "mil", "int", "info", "biz", "test", "example", "local", "localdomain",
		"internal", "invalid", "arpa", "lan", "cloud", "email", "online", "shop", "site", "dev", "app", "xyz":
		return true
	}
	return false
}

func isIPv6(w string) bool {
	colons, digits := 0, 0
	for k := 0; k < len(w); k++ {
		switch c := w[k]; {
		case c == ':':
			colons++
		case c >= '0' && c <= '9', c|0x20 >= 'a' && c|0x20 <= 'f', c == '.':
			digits++
		default:
			return false
		}
	}
	return digits > 0 && (colons > 2 || colons >= 2 && strings.Contains(w, "::"))
}

// isJoint reports whether c belongs to a word only between other bytes of it.
func isJoint(c byte) bool {
	return c == '.' || c == '-' || c == ':' || c == '+' || c == '=' || c == '_'
}
