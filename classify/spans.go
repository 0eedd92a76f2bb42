package classify

import (
	"sort"
	"strings"
)

// span is a variable part of a normalized reply.
type span struct {
	start, end int
	kind       tokenKind
}

// findSpans appends the variable parts of s to dst.
func findSpans(dst []span, s string) []span {
	sc := scanner{s: s}
	for {
		start, end, kind, ok := sc.next()
		if !ok {
			return dst
		}
		dst = append(dst, span{start, end, kind})
	}
}

// admits reports whether a literal found at s[start:end] counts. Anybody may call his mailbox "virus@" and his host
// "spam.example.net", and what follows from that is nothing: inside an address a literal counts only if it has an "@" itself, inside a host
// name only with a dot; and where it begins or ends midway in such a part, that piece must show one. A number
// counts only as a whole.
func admits(spans []span, s string, start, end int, flags literalFlags) bool {
	first := sort.Search(len(spans), func(k int) bool { return spans[k].end > start })
	for k := first; k < len(spans); k++ {
		sp := &spans[k]
		if sp.start >= end {
			return true
		}
		if start <= sp.start && sp.end <= end {
			continue // the whole part is in the literal
		}
		if sp.start <= start && end <= sp.end { // inside
			switch sp.kind {
			case tokAddress:
				return flags&hasAt != 0
			case tokHost, tokURLHost:
				return flags&hasDot != 0
			case tokIP, tokNumber, tokControl:
				return false
			}
			return flags&single != 0
		}
		piece := s[max(start, sp.start):min(end, sp.end)]
		switch sp.kind {
		case tokAddress:
			if strings.IndexByte(piece, '@') < 0 {
				return false
			}
		case tokHost, tokURLHost:
			if strings.IndexByte(piece, '.') < 0 {
				return false
			}
		case tokID:
			if len(piece) < minPiece || !strings.ContainsAny(piece, "0123456789") {
				return false
			}
		default:
			return false
		}
	}
	return true
}

// minPiece is the shortest piece of a literal that is looked for inside variable parts.
const minPiece = 4

// appendBare appends a normalized reply without its addresses of mailboxes and hosts, bare or in brackets or quotes, so that words
// that stand on both sides of one come together. It appends nothing where there is none.
func appendBare(dst []byte, s string, spans []span) []byte {
	done, cut := 0, false
	for _, sp := range spans {
		if sp.kind != tokAddress && sp.kind != tokHost && sp.kind != tokIP {
			continue
		}
		start, end := sp.start, sp.end
		for start > done && strings.IndexByte("<([{'\"", s[start-1]) >= 0 {
			start--
		}
		for end < len(s) && strings.IndexByte(">)]}'\"", s[end]) >= 0 {
			end++
		}
		dst = append(dst, s[done:start]...)
		if n := len(dst); n > 0 && dst[n-1] == ' ' && end < len(s) && (s[end] == ' ' || s[end] == ':' || s[end] == ',' || s[end] == '.') {
			dst = dst[:n-1]
		}
		done, cut = end, true
	}
	if !cut {
		return dst
	}
	return append(dst, s[done:]...)
}
