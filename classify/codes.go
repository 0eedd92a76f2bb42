package classify

import "strings"

// codes are the codes that a reply begins with.
type codes struct {
	reply    int    // 0: none
	enhanced string // "": none
	head     int    // bytes of the text that the codes take
}

// findCodes reads the reply code (RFC 5321 section 4.2) and the enhanced status code (RFC 3463) at the beginning of a
// text: "550 5.1.1 no such user", "550-5.1.1 ...", "#5.1.0 Address rejected", "#550 5.2.2 STOREDRV...". Some MTAs
// put the codes behind words of their own ("host mx said: 550 5.1.1 ...", "SMTP error ... after RCPT TO:<a>: 550 ..."); so where there
// are none in front, the first in the text that stand behind a space, colon or bracket count.
func findCodes(s string) codes {
	i := 0
	for i < len(s) && (s[i] == ' ' || s[i] == '\t' || s[i] == '#' || s[i] == '<' || s[i] == '(' || s[i] == '"' || s[i] == '\'') {
		i++
	}
	if c := codesAt(s, i); c.head > 0 {
		return c
	}
	for ; i < len(s); i++ {
		if c := s[i]; (c == '4' || c == '5') && i > 0 && strings.IndexByte(" :([<#'\"=;,", s[i-1]) >= 0 {
			if found := codesAt(s, i); found.head > 0 && (found.enhanced != "" || plausibleReplyCode(s, i)) {
				found.head = 0
				return found
			}
		}
	}
	return codes{}
}

// codesAt reads the codes at s[i:]; head is 0 if there are none.
func codesAt(s string, i int) codes {
	var c codes
	start := i
	if n := replyCodeLen(s[i:]); n > 0 {
		c.reply = int(s[i]-'0')*100 + int(s[i+1]-'0')*10 + int(s[i+2]-'0')
		i += n
		c.head = i
		for i < len(s) && (s[i] == ' ' || s[i] == '\t' || s[i] == '-' || s[i] == '#' || s[i] == '(' || s[i] == '[' && i+1 < len(s) && isDigit(s[i+1])) {
			i++
		}
	}
	if n := enhancedLen(s[i:]); n > 0 {
		c.enhanced = s[i : i+n]
		c.head = i + n
		// "5.1.1 550 user unknown": the reply code behind the enhanced one
		if c.reply == 0 {
			k := i + n
			for k < len(s) && (s[k] == ' ' || s[k] == '\t' || s[k] == ')') {
				k++
			}
			if k > i+n && replyCodeLen(s[k:]) > 0 && plausibleReplyCode(s, k) {
				c.reply = int(s[k]-'0')*100 + int(s[k+1]-'0')*10 + int(s[k+2]-'0')
			}
		}
	}
	if c.head == start {
		c.head = 0
	}
	return c
}

// bracketedCode is the enhanced code that qmail and its descendants write behind their words: "553 sorry, ... (#5.7.1)", "(#5.1.1 - chkuser)".
// Beside a reply code it counts only if it is of the same class.
func bracketedCode(s string, reply int) string {
	i := strings.LastIndex(s, "(#")
	if i < 0 {
		return ""
	}
	s = s[i+2:]
	n := enhancedLen(s)
	if n == 0 || s[0] == '2' || reply != 0 && int(s[0]-'0') != reply/100 {
		return ""
	}
	return s[:n]
}

// plausibleReplyCode tells a reply code within a text from another number: it begins with 4 or 5 and is followed by a space or "-" and
// then by a word or an enhanced code.
func plausibleReplyCode(s string, i int) bool {
	if s[i] != '4' && s[i] != '5' || s[i+1] > '7' || i+4 >= len(s) || s[i+3] != ' ' && s[i+3] != '-' {
		return false
	}
	if i > 0 && s[i-1] != ':' && (i < 2 || s[i-2] != ':') && enhancedLen(s[i+4:]) == 0 {
		return false
	}
	c := s[i+4]
	return isLetter(c) || c == '#' || c == '<' || c == '(' || c == '[' || c == '"' || c == '\'' || c >= 0x80 || enhancedLen(s[i+4:]) > 0
}

func replyCodeLen(s string) int {
	if len(s) < 3 || s[0] < '1' || s[0] > '5' || !isDigit(s[1]) || !isDigit(s[2]) {
		return 0
	}
	if len(s) > 3 && (isDigit(s[3]) || isLetter(s[3]) || s[3] >= 0x80) || len(s) > 4 && s[3] == '.' && isDigit(s[4]) {
		return 0
	}
	return 3
}

// enhancedLen is the length of the enhanced status code that s begins with, 0 if there is none.
func enhancedLen(s string) int {
	if len(s) < 5 || s[0] != '2' && s[0] != '4' && s[0] != '5' || s[1] != '.' {
		return 0
	}
	i := 2
	for part := range 2 {
		start := i
		for i < len(s) && i-start < 3 && isDigit(s[i]) {
			i++
		}
		if i == start || i < len(s) && isDigit(s[i]) {
			return 0
		}
		if part == 0 {
			if i >= len(s) || s[i] != '.' {
				return 0
			}
			i++
		}
	}
	if i < len(s) && isLetter(s[i]) || i+1 < len(s) && s[i] == '.' && isDigit(s[i+1]) {
		return 0 // 5.1.1b, or 5.1.1.2: a version or an address
	}
	return i
}

func isEnhanced(w string) bool { return enhancedLen(w) == len(w) && len(w) > 0 }

// codeMatches reports whether a code of a rule ("550", "55x", "5.7.26", "5.7", "x.7.26") covers one of the reply's.
func codeMatches(pattern string, reply int, enhanced string) bool {
	if len(pattern) == 3 && pattern[1] != '.' {
		return reply != 0 && digitMatches(pattern[0], reply/100) && digitMatches(pattern[1], reply/10%10) && digitMatches(pattern[2], reply%10)
	}
	if len(enhanced) < len(pattern) || pattern[0] != 'x' && pattern[0] != enhanced[0] || pattern[1:] != enhanced[1:len(pattern)] {
		return false
	}
	return len(enhanced) == len(pattern) || enhanced[len(pattern)] == '.'
}

func digitMatches(p byte, d int) bool { return p == 'x' || int(p-'0') == d }

func isDigit(c byte) bool  { return c >= '0' && c <= '9' }
func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// headEnd is where the codes in front of a text end, 0 if there are none.
func headEnd(s string) int {
	i := 0
	for i < len(s) && (s[i] == ' ' || s[i] == '\t' || s[i] == '#' || s[i] == '<' || s[i] == '(' || s[i] == '"' || s[i] == '\'') {
		i++
	}
	return codesAt(s, i).head
}
