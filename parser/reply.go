package parser

// ReplyCodes finds the reply code (RFC 5321 section 4.2: 200 to 599) and the enhanced status code (RFC 3463: 2, 4 or 5,
// then two numbers) with which a reply begins: "550 5.1.1 no such user", "550-5.1.1 ...", "5.1.1 <a>: ...",
// "#5.1.0 Address rejected", "550 #5.1.0 ...", "smtp; 550 5.1.1 ...". Of a multi-line reply ("452-4.2.2 a\n452 4.2.2 b") the first line's count. code is 0 and enhanced nil where
// there is none; enhanced points into text.
func ReplyCodes(text []byte) (code int16, enhanced []byte) {
	i := skipSpace(text, 0)
	if len(text)-i > 5 && string(text[i+4:i+5]) == ";" && (text[i]|0x20) == 's' && (text[i+3]|0x20) == 'p' { // "smtp; 550 ...", RFC 3464 section 2.3.6
		i = skipSpace(text, i+5)
	}
	if i < len(text) && text[i] == '#' { // Exchange: "#550 5.2.2 STOREDRV..."
		i++
	}
	if c, n := replyCode(text[i:]); n > 0 {
		code = c
		i += n
	}
	for i < len(text) && (text[i] == ' ' || text[i] == '-' || text[i] == '#' || text[i] == '(' || text[i] == '[' || text[i] == ':' && code != 0) {
		i++
	}
	if n := EnhancedCode(text[i:]); n > 0 {
		enhanced = text[i : i+n]
	}
	return code, enhanced
}

// EnhancedCode is the length of the enhanced status code that b begins with, 0 if it begins with none. The digits
// are those of RFC 3463 section 2: class 2, 4 or 5, then 1 to 3 digits twice.
func EnhancedCode(b []byte) int {
	if len(b) < 5 || (b[0] != '2' && b[0] != '4' && b[0] != '5') || b[1] != '.' {
		return 0
	}
	subject := digitsLen(b[2:])
	dot := 2 + subject
	if subject == 0 || subject > 3 || dot >= len(b) || b[dot] != '.' {
		return 0
	}
	detail := digitsLen(b[dot+1:])
	if detail == 0 || detail > 3 {
		return 0
	}
	i := dot + 1 + detail
	// "5.1.1.2" is an address or a version, not a code; "5.1.1." ends a sentence.
	if i+1 < len(b) && b[i] == '.' && isDigit(b[i+1]) {
		return 0
	}
	return i
}

// digitsLen is how many digits b begins with.
func digitsLen(b []byte) int {
	for i, c := range b {
		if !isDigit(c) {
			return i
		}
	}
	return len(b)
}

// replyCode reads three digits of a valid reply code that are followed by a space, "-", "#" or the end.
func replyCode(b []byte) (code int16, n int) {
	if len(b) < 3 || b[0] < '2' || b[0] > '5' || !isDigit(b[1]) || !isDigit(b[2]) {
		return 0, 0
	}
	if len(b) > 3 && isDigit(b[3]) || len(b) > 4 && b[3] == '.' && isDigit(b[4]) || len(b) > 3 && isLetter(b[3]) {
		return 0, 0
	}
	return int16(b[0]-'0')*100 + int16(b[1]-'0')*10 + int16(b[2]-'0'), 3
}

func skipSpace(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\t') {
		i++
	}
	return i
}

func isDigit(c byte) bool  { return c >= '0' && c <= '9' }
func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }
