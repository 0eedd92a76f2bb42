package exim

import "strings"

// isContinuation knows the lines of a reject log entry after its first: envelope, headers with the mark of what Exim takes them
// for ("P Received:", "I Message-ID:", "F From:", "  Subject:"), their folded parts, and the line between entries. None of
// them can be mistaken for an entry: those begin with neither space nor a single letter and a header's name.
func isContinuation(b []byte) bool {
	if piece, _ := splitMark(b); piece > 1 {
		return true
	}
	if len(b) < 2 {
		return false
	}
	switch {
	case b[0] == '\t', hasPrefix(b, "  "), hasPrefix(b, "#011"), hasPrefix(b, "^I"):
		return true
	case b[0] == '-':
		for _, c := range b {
			if c != '-' && c != '\r' && c != ' ' {
				return false
			}
		}
		return len(b) > 3
	case hasPrefix(b, "Envelope-from: <"), hasPrefix(b, "Envelope-to: <"), hasPrefix(b, " Suggested action: "):
		return true
	}
	return b[1] == ' ' && isHeaderMark(b[0]) && isHeader(b[2:])
}

// splitMark reads "[2/5] " or "[2\14] ", with which Exim numbers the pieces of an entry that it split for syslog: the number and the
// length. The framing puts pieces together; what comes here with a mark had lost its company.
func splitMark(b []byte) (piece int64, n int) {
	if len(b) < 6 || b[0] != '[' {
		return 0, 0
	}
	piece, l := number(b[1:])
	i := 1 + l
	if l == 0 || i >= len(b) || b[i] != '/' && b[i] != '\\' {
		return 0, 0
	}
	_, l = number(b[i+1:])
	i += 1 + l
	if l == 0 || i+1 >= len(b) || b[i] != ']' || b[i+1] != ' ' {
		return 0, 0
	}
	return piece, i + 2
}

// isHeaderMark knows header_line's types (macros.h): htype_from and so on; "*" is a header that was removed.
func isHeaderMark(c byte) bool {
	return strings.IndexByte("BCFIPRSTW* ", c) >= 0
}

func isHeader(b []byte) bool {
	for i, c := range b {
		switch {
		case c == ':':
			return i > 0
		case c <= ' ' || c >= 127:
			return false
		}
	}
	return false
}
