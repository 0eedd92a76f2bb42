package postfix

import (
	"bytes"

	"bouncelog/parser"
)

// delivery reads the record of one delivery attempt (log_adhoc.c) behind "to=":
//
//	to=<a@b>, orig_to=<c@d>, relay=mx.b[192.0.2.1]:25, conn_use=2, delay=1.2, delays=0.1/0/0.5/0.6, tls=..., dsn=2.0.0, status=sent (250 ok)
//
// Only the fields up to the status are Postfix's own. They are read in the order in which it writes them; what
// looks like a field inside of an address or of the remote server's words never is one.
func delivery(d daemon, m []byte, r *parser.Record) parser.Result {
	to, m, ok := listAddress(m)
	if !ok {
		return parser.Unrecognized
	}
	if rest, has := bytes.CutPrefix(m, fieldOrigTo); has {
		if r.OrigRecipient, m, ok = listAddress(rest); !ok {
			return parser.Unrecognized
		}
	}
	if !hasPrefix(m, ", relay=") {
		return parser.Unrecognized
	}
	if m = setRelay(m[len(", relay="):], r); m == nil {
		return parser.Unrecognized
	}
	if hasPrefix(m, ", conn_use=") {
		_, n := number(m[len(", conn_use="):])
		m = m[len(", conn_use=")+n:]
	}
	if hasPrefix(m, ", delay=") {
		v, n := decimal(m[len(", delay="):])
		if n > 0 {
			r.Delay = v
		}
		m = m[len(", delay=")+n:]
	}
	m = skipField(m, ", delays=")
	m = skipField(m, ", tls=") // 3.11
	if hasPrefix(m, ", dsn=") {
		m = m[len(", dsn="):]
		n := parser.EnhancedCode(m)
		r.Enhanced = m[:n:n]
		m = m[n:]
	}
	if !hasPrefix(m, ", status=") {
		return parser.Unrecognized
	}
	m = m[len(", status="):]
	end := 0
	for end < len(m) && (alnum(m[end]) || m[end] == '-') {
		end++
	}
	status := m[:end]
	text := parenthesised(m[end:])

	r.Kind = parser.KindAttempt
	r.Recipients = append(r.Recipients, to)
	switch string(status) {
	case "sent":
		sent(text, r)
	case "deferred", "SOFTBOUNCE": // soft_bounce = yes: bounced, but kept in the queue
		r.Outcome = parser.OutcomeDeferred
		failed(text, r)
	case "bounced":
		r.Outcome = parser.OutcomeBounced
		failed(text, r)
	case "expired": // in patched versions; Postfix itself says it of the whole message
		r.Outcome = parser.OutcomeExpired
		failed(text, r)
	case "deliverable":
		r.Probe, r.Own = true, true
		r.Outcome, r.Reply = parser.OutcomeDelivered, text
	case "undeliverable", "undeliverable-but-not-cached":
		r.Probe = true
		failed(text, r)
		r.Outcome = parser.OutcomeBounced
		if len(r.Enhanced) > 0 && r.Enhanced[0] == '4' {
			r.Outcome = parser.OutcomeDeferred
		}
	default:
		// The action names of trace(8) records, as of "sendmail -bv" and NOTIFY=SUCCESS: "expanded", "relayed", "delivered".
		switch string(status) {
		case "expanded", "relayed", "delivered", "delayed", "failed":
			return parser.Known
		}
		return parser.Unrecognized
	}
	return parser.Found
}

var fieldOrigTo = []byte(", orig_to=")

// listAddress reads "<a@b>" or, from patched versions, "a@b" in front of ", " and returns what follows.
func listAddress(m []byte) (addr, rest []byte, ok bool) {
	if len(m) > 0 && m[0] == '<' {
		addr, n := address(m[1:], ", relay=", ", orig_to=<", ", orig_to=")
		if n < 0 {
			return nil, nil, false
		}
		return addr, m[1+n:], true
	}
	n := index(m, ", ")
	if n < 0 {
		return nil, nil, false
	}
	return m[:n], m[n:], true
}

// skipField steps over a field without spaces.
func skipField(m []byte, name string) []byte {
	if !hasPrefix(m, name) {
		return m
	}
	if n := index(m[len(name):], ", "); n >= 0 {
		return m[len(name)+n:]
	}
	return m
}

// parenthesised is the text in " (text)". Postfix cuts records at a length, so the last bracket may be missing; the text may
// hold any brackets itself.
func parenthesised(m []byte) []byte {
	if len(m) < 2 || m[0] != ' ' || m[1] != '(' {
		return nil
	}
	m = m[2:]
	if len(m) > 0 && m[len(m)-1] == ')' {
		m = m[:len(m)-1]
	}
	return trim(m)
}

// setRelay takes apart "mx.b[192.0.2.1]:25", "host[private/lmtp]", "[private/lmtp]", "local", "dovecot" or "none" in front of ", " and
// returns what follows, nil if that does not.
func setRelay(m []byte, r *parser.Record) (rest []byte) {
	host, ip, port, n := hostPort(m)
	if n == 0 || !hasPrefix(m[n:], ", ") {
		end := index(m, ", ")
		if end < 0 {
			return nil
		}
		if host, ip, port, n = hostPort(m[:end]); n == 0 {
			host = m[:end]
		}
		n = end
	}
	if string(m[:n]) == "none" {
		return m[n:]
	}
	if len(host) == 0 && n > 0 {
		host = m[1:bytes.IndexByte(m, ']')]
	}
	r.RelayHost, r.RelayIP, r.RelayPort = host, ip, port
	return m[n:]
}

// sent reads the words of a delivery that succeeded.
func sent(text []byte, r *parser.Record) {
	r.Outcome = parser.OutcomeDelivered
	r.Reply = text
	code, enhanced := parser.ReplyCodes(text)
	if code == 0 {
		r.Own = true
		// discard(8), "status=sent (silently)", is a transport that the routing chose, like /dev/null: a delivery.
		if hasPrefix(text, "forwarded as ") { // local(8): aliases and .forward start a new message
			r.Outcome = parser.OutcomeReinjected
			r.NextQueueID = token(text[len("forwarded as "):])
			r.NextLocal = true
		}
		return
	}
	r.ReplyCode = code
	if enhanced != nil {
		r.Enhanced = enhanced
	}
	if discardedByFilter(text) {
		r.Outcome = parser.OutcomeDiscarded
		return
	}
	r.NextQueueID = nextQueueID(text)
}

// discardedByFilter knows amavis's "250 2.7.0 Ok, discarded, id=02218-09 - spam" and Proxmox's "250 2.7.0 BLOCKED (3802E45DFA5)": taken
// and dropped.
func discardedByFilter(text []byte) bool {
	for i := range text[:min(len(text), len("250 2.7.0 ")+1)] {
		if text[i] == 'O' && hasPrefix(text[i:], "Ok, discarded") {
			return true
		}
	}
	return hasPrefix(text, "250 2.7.0 BLOCKED (")
}

// nextQueueID is the id under which the next hop says that it queued the message, nil if it says none.
func nextQueueID(text []byte) []byte {
	if i := lastIndex(text, "ueued as "); i > 0 { // Postfix, also behind amavis's "from MTA(smtp:[127.0.0.1]:10025): "
		return token(text[i+len("ueued as "):])
	}
	if i := index(text, "OK id="); i >= 0 { // Exim
		return token(text[i+len("OK id="):])
	}
	for _, words := range [...]string{" Message accepted for delivery", " Saved", " - gsmtp"} { // Sendmail, Dovecot's LMTP, Google
		if i := lastIndex(text, words); i > 0 {
			start := bytes.LastIndexByte(text[:i], ' ') + 1
			if t := token(text[start:i]); len(t) == i-start && len(t) >= 5 && parser.EnhancedCode(t) == 0 {
				return t
			}
		}
	}
	if i := index(text, "ok:  Message "); i > 0 { // IronPort: "250 ok:  Message 7295650 accepted"
		return token(text[i+len("ok:  Message "):])
	}
	return nil
}

// inToken marks the bytes of a token.
var inToken = func() (t [256]bool) {
	for c := range t {
		t[c] = alnum(byte(c))
	}
	for _, c := range []byte("-_./+") {
		t[c] = true
	}
	return t
}()

// token is the id that b begins with: letters, digits and what other servers put into theirs.
func token(b []byte) []byte {
	n := 0
	for n < len(b) && inToken[b[n]] {
		n++
	}
	for n > 0 && b[n-1] == '.' { // "OK: queued as."
		n--
	}
	if n == 0 {
		return nil
	}
	return b[:n]
}
