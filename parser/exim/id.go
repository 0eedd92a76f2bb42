package exim

import "bouncelog/parser"

// flag is the two characters with which a line about a message begins (Exim specification, section 52.9).
type flag uint8

const (
	noFlag     flag = iota
	arrived         // "<= ", and "(= " for a message that was taken but refused by a fake reject
	delivered       // "=> ", "-> " (further address of the same delivery), ">> " (cutthrough)
	suppressed      // "*> "
	failed          // "** "
	deferred        // "== "
)

func flagOf(b []byte) flag {
	if len(b) < 3 || b[2] != ' ' {
		return noFlag
	}
	switch string(b[:2]) {
	case "<=", "(=":
		return arrived
	case "=>", "->", ">>":
		return delivered
	case "*>":
		return suppressed
	case "**":
		return failed
	case "==":
		return deferred
	}
	return noFlag
}

// idLen is the length of the message id that b begins with, 0 if there is none. What follows must not continue it:
// "1xV1lo-00002P-2W-H" is a spool file.
func idLen(b []byte) int {
	for _, n := range [...]int{16, 23} {
		if len(b) >= n && idEnds(b, n) && parser.EximID(b[:n]) {
			return n
		}
	}
	return 0
}

func idEnds(b []byte, n int) bool {
	return len(b) == n || !alnum[b[n]] && b[n] != '-'
}

// splitID divides a message into its id and what is said of it; id is nil where the message begins with none.
func splitID(b []byte) (id, rest []byte) {
	n := idLen(b)
	if n == 0 || n < len(b) && b[n] != ' ' {
		return nil, b
	}
	return b[:n:n], trimLine(b[n:])
}

// base62 is the value of an id's digit, -1 for other characters.
func base62(c byte) int64 {
	switch {
	case c >= '0' && c <= '9':
		return int64(c - '0')
	case c >= 'A' && c <= 'Z':
		return int64(c-'A') + 10
	case c >= 'a' && c <= 'z':
		return int64(c-'a') + 36
	}
	return -1
}
