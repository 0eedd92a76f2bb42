package parser

import "bytes"

// maxTag bounds a program name, so that a line without one is not searched to its end.
const maxTag = 128

// splitHeader reads what follows the stamp of a syslog line: host, program, pid and message (RFC 3164 section 4.1.2
// and 4.1.3, and what syslog daemons made of them):
//
//	mx postfix/smtp[123]: text           mx sendmail: text
//	postfix/smtp[123]: text              the host is empty
//	mx sendmail[9]: [ID 801593 mail.info] text      Solaris
//	<mail.info> mx sm-mta[9]: text       FreeBSD's syslogd -v -v; also after the host
//	mx mail:info sendmail[9]: text       AIX
//	mx last message repeated 2 times     without a program
func splitHeader(b []byte, f *Frame) {
	if b = trimSpaceLeft(b); len(b) > 0 && b[0] == '<' {
		b = skipFacility(b)
	}
	i := 0
	for i < len(b) && b[i] != ' ' {
		i++
	}
	token := b[:i]
	if hostless(b, token) {
		splitTag(b, f)
		return
	}
	if string(token) == "last" && bytes.HasPrefix(b, []byte("last message repeated ")) {
		f.Message = b
		return
	}
	rest := trimSpaceLeft(b[i:])
	f.Host = token
	if n := len(token); token[n-1] == ':' { // AIX: "Message forwarded from mx: ..." and relays that write "mx: prog[1]: ..."
		f.Host = token[:n-1]
	}
	splitTag(rest, f)
}

// hostless reports whether the first word after the stamp is the program already.
func hostless(b, token []byte) bool {
	n := len(token)
	if n == 0 {
		return true
	}
	if token[n-1] != ':' {
		return false
	}
	if n > 1 && token[n-2] == ']' {
		return true
	}
	// "sendmail: text", but not "mx: sendmail[9]: text".
	_, pid, _, ok := parseTag(trimSpaceLeft(b[n:]))
	return !ok || pid < 0
}

// splitTag reads "program[pid]: message"; without it all is message.
func splitTag(b []byte, f *Frame) {
	for range 2 {
		tag, pid, rest, ok := parseTag(b)
		if ok {
			f.Program, f.PID, f.Message = tag, max(pid, 0), skipMessageID(rest)
			return
		}
		next := skipFacility(b)
		if len(next) == len(b) {
			break
		}
		b = next
	}
	f.Message = b
}

// parseTag reads the program and pid that b begins with; pid is -1 if the tag has none.
func parseTag(b []byte) (tag []byte, pid int32, rest []byte, ok bool) {
	for i, c := range b[:min(len(b), maxTag)] {
		if !tagStop[c] {
			continue
		}
		switch {
		case i == 0:
			return nil, -1, nil, false
		case c == '[':
			pid, n := parsePID(b[i:])
			if n == 0 {
				return nil, -1, nil, false
			}
			return b[:i], pid, trimSpaceLeft(b[i+n:]), true
		case c == ':':
			if i+1 == len(b) || b[i+1] == ' ' {
				return b[:i], -1, trimSpaceLeft(b[i+1:]), true
			}
		case c != '(':
			return nil, -1, nil, false
		}
	}
	return nil, -1, nil, false
}

// parsePID reads "[123]:", "[123]" before a space, or the same with another word than a number, whose pid is 0.
func parsePID(b []byte) (pid int32, n int) {
	i, v := 1, 0
	for ; i < len(b) && i <= 10 && isDigit(b[i]); i++ {
		v = v*10 + int(b[i]-'0')
	}
	if i < len(b) && b[i] != ']' {
		end := bytes.IndexByte(b[:min(len(b), 32)], ']')
		if end < 0 {
			return 0, 0
		}
		i, v = end, 0
	}
	if i >= len(b) || v >= 1<<31 {
		return 0, 0
	}
	i++
	if i < len(b) && b[i] == ':' {
		i++
	} else if i < len(b) && b[i] != ' ' {
		return 0, 0
	}
	return int32(v), i
}

// tagStop marks the bytes at which the search for a tag's end looks closer; a program name holds none of them, but ":".
var tagStop = func() (stop [256]bool) {
	for c := range ' ' + 1 {
		stop[c] = true
	}
	for _, c := range []byte(`[:=<"(`) {
		stop[c] = true
	}
	return stop
}()

// strictTag reports whether b is surely "host program[pid]: ..." or "program[pid]: ..." and not a message of
// Exim, whose own stamp looks like the one before b. The words that can stand first in Exim's messages
// are ids and its own; what strangers choose (HELO, addresses) comes after a "=", "<" or bracket.
func strictTag(b []byte) bool {
	if leadingEximID(b) > 0 {
		return false
	}
	if _, pid, _, ok := parseTag(b); ok && pid >= 0 {
		return true
	}
	i := bytes.IndexByte(b, ' ')
	if i <= 0 || !isHostToken(b[:i]) || looksEximID(b[:i]) {
		return false
	}
	tag, pid, _, ok := parseTag(b[i+1:])
	return ok && (pid > 0 || bytes.IndexByte(tag, '/') > 0)
}

// isHostToken reports whether b holds only what host names, addresses and "user@host" are made of.
func isHostToken(b []byte) bool {
	for _, c := range b {
		if !isLetter(c) && !isDigit(c) && c != '.' && c != '-' && c != '_' && c != ':' && c != '/' && c != '@' && c != '%' && c < 0x80 {
			return false
		}
	}
	return len(b) > 0
}

// looksEximID reports whether b has the form of an Exim message id of our century.
func looksEximID(b []byte) bool {
	return len(b) > 0 && b[0] >= '1' && b[0] <= '3' && EximID(b)
}

// EximID reports whether b has the form of an Exim message id: 6, 6 and 2 letters or digits as in 1xV1lo-00002P-2W, since Exim 4.97
// 6, 11 and 4.
func EximID(b []byte) bool {
	last := 13
	if len(b) == 23 {
		last = 18
	}
	if len(b) != 16 && len(b) != 23 || b[6] != '-' || b[last] != '-' {
		return false
	}
	for i, c := range b {
		if !alnum[c] && i != 6 && i != last {
			return false
		}
	}
	return true
}

// leadingEximID is the length of such an id if it is m's first word, and not all of it; else 0.
func leadingEximID(m []byte) int {
	switch {
	case len(m) > 16 && m[16] == ' ' && looksEximID(m[:16]):
		return 16
	case len(m) > 23 && m[23] == ' ' && looksEximID(m[:23]):
		return 23
	}
	return 0
}

// alnum marks letters and digits.
var alnum = func() (t [256]bool) {
	for _, c := range []byte("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") {
		t[c] = true
	}
	return t
}()

// skipFacility takes off a facility and level that a syslog daemon wrote into the header: "<mail.info> " (FreeBSD),
// "mail:info " and "mail.info " (AIX, some syslog-ng templates).
func skipFacility(b []byte) []byte {
	i := bytes.IndexByte(b[:min(len(b), 24)], ' ')
	if i < 5 {
		return b
	}
	word := b[:i]
	if word[0] == '<' && word[i-1] == '>' {
		word = word[1 : i-1]
		if bytes.IndexByte(word, '.') > 0 && isHostToken(word) {
			return trimSpaceLeft(b[i:])
		}
		return b
	}
	sep := bytes.IndexAny(word, ":.")
	if sep <= 0 {
		return b
	}
	switch string(word[sep+1:]) {
	case "debug", "info", "notice", "warning", "warn", "err", "error", "crit", "alert", "emerg":
	default:
		return b
	}
	switch string(word[:sep]) {
	case "mail", "daemon", "user", "auth", "kern", "syslog", "cron", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7":
		return trimSpaceLeft(b[i:])
	}
	return b
}

// skipMessageID takes off the "[ID 801593 mail.info] " of Solaris.
func skipMessageID(b []byte) []byte {
	if len(b) < 6 || b[0] != '[' || b[1] != 'I' || b[2] != 'D' || b[3] != ' ' || !isDigit(b[4]) {
		return b
	}
	i := bytes.IndexByte(b[:min(len(b), 64)], ']')
	if i < 0 {
		return b
	}
	return trimSpaceLeft(b[i+1:])
}

func trimSpaceLeft(b []byte) []byte {
	for len(b) > 0 && b[0] == ' ' {
		b = b[1:]
	}
	return b
}
