package parser

import "bytes"

// is5424 reports whether b, after its priority, begins as RFC 5424 says: version 1, then a stamp or the nil value.
func is5424(b []byte) bool {
	return len(b) > 6 && b[0] == '1' && b[1] == ' ' && (b[2] == '-' && b[3] == ' ' || isDigit(b[2]) && isDigit(b[3]) && isDigit(b[4]) && isDigit(b[5]) && b[6] == '-')
}

// split5424 reads "1 2026-11-22T07:13:50.842517+00:00 mx postfix/smtp 123 - [id k="v"] text" (RFC 5424 section 6).
// A line that ends early gives what there is.
func split5424(b []byte, f *Frame, t *transport) {
	b = b[2:]
	var word []byte
	word, b = nextWord(b)
	var st stamp
	if n := parseStamp(word, &st); n == len(word) && n > 0 && t.stamp.better(&st) {
		t.stamp = st
	}
	word, b = nextWord(b)
	f.Host = nilValue(word)
	word, b = nextWord(b)
	f.Program = nilValue(word)
	word, b = nextWord(b)
	if pid, ok := digits(word); ok && pid < 1<<31 {
		f.PID = int32(pid)
	}
	_, b = nextWord(b) // MSGID
	b = skipStructuredData(b)
	if len(b) >= 3 && b[0] == 0xEF && b[1] == 0xBB && b[2] == 0xBF { // section 6.4: a BOM says that the message is UTF-8
		b = b[3:]
	}
	f.Message = trimSpaceLeft(b)
	inner(f, t)
}

// skipStructuredData takes off "-" or "[id name="value" ...][...]" and the space after it. Within values "\"", "\\"
// and "\]" are escaped (section 6.3.3).
func skipStructuredData(b []byte) []byte {
	b = trimSpaceLeft(b)
	if len(b) == 0 {
		return b
	}
	if b[0] == '-' {
		return b[min(2, len(b)):]
	}
	for len(b) > 0 && b[0] == '[' {
		quoted, end := false, -1
		for i := 1; i < len(b) && end < 0; i++ {
			switch {
			case b[i] == '\\' && quoted:
				i++
			case b[i] == '"':
				quoted = !quoted
			case b[i] == ']' && !quoted:
				end = i
			}
		}
		if end < 0 {
			return nil // cut within the structured data: there is no message
		}
		b = b[end+1:]
	}
	return trimSpaceLeft(b)
}

// nextWord cuts b at its first space.
func nextWord(b []byte) (word, rest []byte) {
	i := bytes.IndexByte(b, ' ')
	if i < 0 {
		return b, nil
	}
	return b[:i], b[i+1:]
}

// nilValue is nil for "-" (section 6, NILVALUE).
func nilValue(b []byte) []byte {
	if len(b) == 0 || len(b) == 1 && b[0] == '-' {
		return nil
	}
	return b
}
