package parser

// What the lines of several MTAs are asked.

// IsAlnum reports whether b holds ASCII letters and digits only.
func IsAlnum(b []byte) bool {
	for _, c := range b {
		if !alnum[c] {
			return false
		}
	}
	return true
}

// QuotedLen is the length of the quoted string (RFC 5321 section 4.1.2) that b begins with, 0 if it does not or if the string never ends.
func QuotedLen(b []byte) int {
	if len(b) == 0 || b[0] != '"' {
		return 0
	}
	for i := 1; i < len(b); i++ {
		switch b[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return 0
}
