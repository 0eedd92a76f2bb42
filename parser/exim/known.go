package exim

import "bytes"

// phrase is a message by its constant parts: how it begins, and what comes later in it where the beginning alone is too short to tell.
type phrase struct{ begin, later string }

func (p *phrase) matches(b []byte) bool {
	return hasPrefix(b, p.begin) && (p.later == "" || index(b[len(p.begin):], p.later) >= 0)
}

func matchesAny(b []byte, phrases []phrase) bool {
	for i := range phrases {
		if phrases[i].matches(b) {
			return true
		}
	}
	return false
}

// isKnown reports whether b is a message of Exim that carries nothing to follow. The tables hold the constant parts of what
// log_write is called with in Exim 4.80 to 4.98, and what cPanel's and Debian's configurations add.
func isKnown(b []byte) bool {
	if len(b) == 0 || matchesAny(b, knownBy(b[0])) {
		return true
	}
	switch b[0] {
	case '"': // "a@b.example" from env-from rewritten as "c@d.example" by rule 1
		n := quoted(b)
		return index(b[n:], " rewritten as \"") >= 0 || hasPrefix(b[n:], " verb not allowed in ") || hasPrefix(b[n:], " is no longer available in retry rules")
	case '<': // <a@b.example>: address_pipe transport output: words
		_, n := angle(b)
		return hasPrefix(b[n:], ": ") && (index(b[n:], " transport output: ") > 0 || hasPrefix(b[n:], ": failed to expand transport's "))
	case '[': // [192.0.2.1] SSL verify error: depth=0 error=...
		_, _, n := address(b)
		return n > 0 && (hasPrefix(b[n:], " SSL verify ") || hasPrefix(b[n:], " TLS verify ") || hasPrefix(b[n:], " after QUIT, client reset TCP") ||
			index(b[n:], " Received TLS cert (DN: '") > 0)
	}
	n := bytes.IndexByte(b, ' ')
	if n <= 0 {
		return false
	}
	if matchesAny(b[n+1:], knownNamed) {
		return true
	}
	// "1 select() failure: Interrupted system call"
	if _, l := number(b); l == n && (hasPrefix(b[n+1:], "select() failure") || hasPrefix(b[n+1:], "accept() failure")) {
		return true
	}
	if idLen(b) == n && (hasPrefix(b[n+1:], "no recipients found in headers") || hasPrefix(b[n+1:], "bad addresses found in headers")) {
		return true // older versions named the message twice
	}
	return index(b, ": callout unencrypted to ") > 0 || index(b, ": delivering unencrypted to H=") > 0 ||
		index(b, ": accepted by +include_") > 0 || index(b, " (while routing <") > 0 || index(b, " (while verifying <") > 0
}
