package classify

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// normalize brings a reply into the form that rules are written for: lower case, without the accents of Latin letters,
// white space and line breaks (real ones, "\n" and "#012" as MTAs and syslog daemons write them) as one space, the codes that
// each line of a multi-line reply repeats said once, typographic quotes as plain ones, and one space at either end, so that " rbl "
// asks for a whole word. Bytes that are no UTF-8 are read as Latin-1, which is what old servers send.
func normalize(dst []byte, text string, c codes) []byte {
	dst = append(dst[:0], ' ')
	i, repeat := 0, ""
	if c.head > 0 { // the codes in one form: "#550-5.1.1 " -> "550 5.1.1 "
		if code := headCode(text); code != "" {
			dst = append(append(dst, code...), ' ')
			if multiLine(text, c.head) || strings.Contains(text[:min(len(text), c.head+1)], code+"-") {
				repeat = code
			}
		}
		if c.enhanced != "" {
			dst = append(append(dst, c.enhanced...), ' ')
		}
		for i = c.head; i < len(text) && text[i] == '-'; i++ {
		}
	}
	space := true // the last byte written is a space
	for i < len(text) {
		b := text[i]
		if n := lineBreak(text[i:]); n > 0 {
			b = ' '
			i += n - 1
		}
		if b <= ' ' || b == 0x7f {
			if !space {
				dst = append(dst, ' ')
				space = true
			}
			i++
			continue
		}
		if space && repeat != "" && b == repeat[0] && strings.HasPrefix(text[i:], repeat) {
			if n := repeated(text[i:], c.enhanced); n > 0 {
				i += n
				continue
			}
		}
		space = false
		if b < utf8.RuneSelf {
			if b >= 'A' && b <= 'Z' {
				b += 'a' - 'A'
			}
			dst = append(dst, b)
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(text[i:])
		if r == utf8.RuneError && n <= 1 {
			r, n = rune(b), 1
		}
		i += n
		before := len(dst)
		dst = appendFolded(dst, r)
		if len(dst) > before && dst[len(dst)-1] == ' ' {
			if before > 0 && dst[before-1] == ' ' {
				dst = dst[:before]
			}
			space = true
		}
	}
	if !space {
		dst = append(dst, ' ')
	}
	return dst
}

// normalizeLiteral brings a literal of a rule into the form of the text that it is looked for in. Spaces at its ends stay.
func normalizeLiteral(s string) string {
	if isPlain(s) {
		return s
	}
	out := string(normalize(nil, s, codes{}))
	if !strings.HasPrefix(s, " ") {
		out = strings.TrimPrefix(out, " ")
	}
	if !strings.HasSuffix(s, " ") {
		out = strings.TrimSuffix(out, " ")
	}
	return out
}

// headCode is the reply code at the beginning of text, behind "#" or spaces; "" if there is none.
func headCode(text string) string {
	for i := 0; i < len(text); i++ {
		if isDigit(text[i]) {
			if replyCodeLen(text[i:]) > 0 {
				return text[i : i+3]
			}
			return ""
		}
	}
	return ""
}

// multiLine reports whether line breaks of any form follow the codes.
func multiLine(text string, head int) bool {
	for i := head; i < len(text); i++ {
		if text[i] == '\n' || lineBreak(text[i:]) > 0 {
			return true
		}
	}
	return false
}

// lineBreak is the length of an escaped line break that s begins with, 0 if there is none. Exim writes "\n", rsyslog "#012",
// others "\012" and "\015\012".
func lineBreak(s string) int {
	if s[0] != '\\' && s[0] != '#' {
		return 0
	}
	if s[0] == '\\' && len(s) > 1 && (s[1] == 'n' || s[1] == 'r') {
		return 2
	}
	if len(s) > 3 && s[1] == '0' && s[2] == '1' && (s[3] == '2' || s[3] == '5') {
		return 4
	}
	return 0
}

// repeated is the length of the codes at the beginning of s, a continued line of a reply, where they are those of its first
// line: "550-", "550-5.1.1 ", "550 5.1.1 ". s begins with the reply code.
func repeated(s, enhanced string) int {
	if len(s) < 4 || s[3] != '-' && s[3] != ' ' {
		return 0
	}
	n := 4
	if enhanced != "" && strings.HasPrefix(s[n:], "#"+enhanced) {
		n++
	}
	if enhanced != "" && strings.HasPrefix(s[n:], enhanced) {
		n += len(enhanced)
		for n < len(s) && s[n] == ' ' {
			n++
		}
	}
	return n
}

// appendFolded appends r in lower case, a Latin letter without its accent.
func appendFolded(dst []byte, r rune) []byte {
	switch {
	case r == 0x00a0 || r == 0x3000 || r >= 0x2000 && r <= 0x200b:
		return append(dst, ' ')
	case r == 0x2018 || r == 0x2019 || r == 0x201a || r == 0x00b4 || r == 0x02bc:
		return append(dst, '\'')
	case r == 0x201c || r == 0x201d || r == 0x201e || r == 0x00ab || r == 0x00bb:
		return append(dst, '"')
	case r >= 0x2010 && r <= 0x2014:
		return append(dst, '-')
	case r == 0x00df:
		return append(dst, 's', 's')
	case r >= 0x00c0 && r <= 0x017f:
		if plain := latin[r-0x00c0]; plain != ' ' {
			return append(dst, plain)
		}
	case r >= 0xff01 && r <= 0xff5e: // full-width forms of ASCII
		r -= 0xfee0
	}
	return utf8.AppendRune(dst, unicode.ToLower(r))
}

// latin gives the plain letters of U+00C0 to U+017F; a space stands for none.
const latin = "aaaaaa ceeeeiiiidnooooo ouuuuy  aaaaaa ceeeeiiiidnooooo ouuuuy y" +
	"aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiii  jjkk llllll  llnnnnnn nnoooooo  rrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs"

// isPlain reports whether s is as normalize would leave it, which most literals are.
func isPlain(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < ' ' || c >= 0x7f || c >= 'A' && c <= 'Z' || c == ' ' && i > 0 && s[i-1] == ' ' || c == '\\' || c == '#' {
			return false
		}
	}
	return true
}
