package exim

import (
	"bytes"

	"bouncelog/parser"
)

// recipient reads the address with which a delivery line begins (string_log_address in deliver.c) and returns the rest, which
// begins with a field, ": reason" or nothing.
//
//	bob@b.example                         the final address
//	alice <sales@a.example>               a local delivery: the user, and the address that came in the envelope
//	x@y.example (p@a.example) <o@a.example>
//	|/usr/bin/vacation ann (b@a.example) <o@a.example>    pipe, file, autoreply: no address of their own
//
// Pipes, files and autoreplies count for the address that led to them: the parent in brackets, else the original.
func recipient(b []byte, r *parser.Record) (rest []byte, ok bool) {
	if len(b) == 0 {
		return b, false
	}
	var to []byte
	if n := bytes.IndexByte(b, ' '); n > 0 && hasPrefix(b[n:], " |/") {
		b = b[n+1:] // "=> sales+spam |/usr/bin/autorespond ...": the pipe's local part has the router's local_part_prefix in front
	}
	command := b[0] == '|' || b[0] == '/' || b[0] == '>' || b[0] == ':' || hasPrefix(b, "save ") || hasPrefix(b, "discarded <")
	if command {
		n := commandEnd(b)
		to, b = b[:n], b[n:]
	} else {
		n := addressEnd(b)
		to, b = b[:n], b[n:]
		if a, l := angle(to); l == len(to) && l > 1 {
			to = a
		}
	}
	parent, orig := []byte(nil), []byte(nil)
	if hasPrefix(b, " (") {
		if i := bytes.IndexByte(b, ')'); i > 0 {
			parent = b[2:i]
			if j := index(parent, ", "); j >= 0 {
				parent = parent[:j] // +all_parents: the nearest comes first
			}
			b = b[i+1:]
		}
	}
	if hasPrefix(b, " <") {
		var n int
		orig, n = angle(b[1:])
		b = b[1+n:]
	}
	if string(orig) == "<system-filter>" || string(orig) == "system-filter" {
		orig = nil // an address that the system filter added comes from no recipient
	}
	if command {
		if parent == nil {
			parent, orig = orig, nil
		}
		if len(parent) > 0 {
			to = parent
		}
	}
	if len(to) == 0 {
		return b, false
	}
	r.Recipients = append(r.Recipients, to)
	if len(orig) > 0 {
		r.OrigRecipient = orig
	}
	return b, true
}

// addressEnd is the length of an address without spaces outside quotes; one that Exim could not parse ("a b@c.example: malformed")
// runs to the reason.
func addressEnd(b []byte) int {
	n := token(b)
	if n > 0 && b[n-1] == ':' {
		return n - 1 // "bob@b.example: retry timeout exceeded"
	}
	if n == len(b) {
		if i := index(b, ": "); i >= 0 && quotedOpen(b) {
			return i
		}
		return n
	}
	if afterAddress(b[n:]) {
		return n
	}
	if i := index(b[n:], ": "); i >= 0 {
		return n + i
	}
	return n
}

// quotedOpen reports whether a quoted string in b, which holds one word, never ends.
func quotedOpen(b []byte) bool {
	i := bytes.IndexByte(b, '"')
	return i >= 0 && (b[len(b)-1] != '"' || i == len(b)-1)
}

// commandEnd is the length of a pipe command, file name or autoreply, which may hold anything, "<arguments>" too: up to the first
// " <address>" or " (parent) <address>" after which no further address follows and the line goes on as a delivery line does.
func commandEnd(b []byte) int {
	for i := 0; i+1 < len(b); i++ {
		if b[i] != ' ' {
			continue
		}
		switch b[i+1] {
		case '<':
			if _, n := angle(b[i+1:]); b[i+n] == '>' && afterLastAddress(b[i+1+n:]) {
				return i
			}
		case '(':
			j := index(b[i:], ") <")
			if j > 2 && bytes.IndexByte(b[i+2:i+j], '(') < 0 && bytes.IndexByte(b[i+2:i+j], '@') > 0 {
				if _, n := angle(b[i+j+2:]); afterLastAddress(b[i+j+2+n:]) {
					return i
				}
			}
		}
	}
	if i := index(b, ": "); i > 0 {
		return i
	}
	return len(b)
}

// afterLastAddress reports whether b is how a delivery line goes on after the address in angle brackets.
func afterLastAddress(b []byte) bool {
	return afterAddress(b) && !hasPrefix(b, " <") && !hasPrefix(b, " (")
}

// afterAddress reports whether b is how a delivery line goes on after its addresses.
func afterAddress(b []byte) bool {
	if len(b) == 0 || b[0] == ':' && (len(b) == 1 || b[1] == ' ') {
		return true
	}
	if b[0] != ' ' {
		return false
	}
	b = b[1:]
	if len(b) == 0 || b[0] == '<' || b[0] == '(' || b[0] == ':' {
		return true
	}
	if name, _ := field(b); name != nil && len(name) <= 3 {
		return true
	}
	return hasPrefix(b, "defer (") || hasPrefix(b, "routing") || hasPrefix(b, "mua_wrapper ")
}

// fields are what the named fields of a delivery line say beyond the record.
type fields struct {
	strerror []byte // the system's words for errno, in a line "defer (111): Connection refused"
	words    []byte // the line from there on
}

// readFields reads the fields of a delivery line into r and returns the reason, without its ": ".
func readFields(b []byte, r *parser.Record, f *fields) (reason []byte) {
	for {
		if len(b) > 0 && b[0] == ':' && (len(b) == 1 || b[1] == ' ') {
			return skipSpace(b[1:])
		}
		b = skipSpace(b)
		if len(b) == 0 {
			return nil
		}
		if b[0] == ':' {
			return skipSpace(b[1:]) // "... H=h [ip] : reason"
		}
		if hasPrefix(b, "defer (") {
			b = readErrno(b[7:], f)
			continue
		}
		n := token(b)
		tok := b[:n]
		if tok[n-1] == ':' && (n == len(b) || b[n] == ' ') {
			tok = tok[:n-1]
			n--
		}
		name, v := field(tok)
		switch string(name) {
		case "H":
			var h host
			h, b = readHost(b[2:])
			if r.RelayHost == nil && r.RelayIP == nil {
				r.RelayHost, r.RelayIP, r.RelayPort = h.name, h.ip, h.port
			}
			continue
		case "F":
			if a, l := angle(b[2:]); l > 0 {
				r.HasSender, r.Sender = true, a
				b = b[2+l:]
				continue
			}
		case "P":
			if _, l := angle(b[2:]); l > 0 {
				b = b[2+l:]
				continue
			}
		case "C":
			confirmation(unquote(v), r)
		case "QT":
			if d := seconds(v); d >= 0 {
				r.Delay = d
			}
		}
		b = b[max(n, 1):]
	}
}

// readErrno reads "111): Connection refused" after "defer (". The system's words have no ": " in front of a field or reason, so
// they end at " H=", " DT=" or ": ".
func readErrno(b []byte, f *fields) []byte {
	n := bytes.IndexByte(b, ')')
	if n < 0 {
		return nil
	}
	number := b[:n]
	b = b[n+1:]
	if len(number) == 0 || number[0] == '-' || number[0] == '0' || !hasPrefix(b, ": ") {
		return b // Exim's own error numbers have no words
	}
	b = b[2:]
	end := len(b)
	for _, mark := range [...]string{" H=", " DT=", ": "} {
		if i := index(b[:end], mark); i >= 0 {
			end = i
		}
	}
	f.strerror, f.words = b[:end], b
	return b[end:]
}

// confirmation reads C="250 2.0.0 Ok: queued as 4ZXY" of a delivery: the remote server's words and its queue id.
func confirmation(words []byte, r *parser.Record) {
	r.Reply = words
	r.ReplyCode, r.Enhanced = parser.ReplyCodes(words)
	r.NextQueueID = nextID(words)
}

// nextID finds the id under which the next server queued a message: Exim's "OK id=1xV1lo-00002P-2W", Postfix's "queued as 4ZXY",
// Sendmail's "4AM7 Message accepted for delivery".
func nextID(words []byte) []byte {
	for from := 0; ; { // " id=" begins with a byte that is not rare
		i := index(words[from:], "id=")
		if i < 0 {
			break
		}
		from += i + len("id=")
		if i = from - len(" id="); i < 0 || words[i] != ' ' {
			continue
		}
		if n := idLen(words[from:]); n > 0 {
			return words[from : from+n]
		}
		break
	}
	if i := index(words, "queued as "); i >= 0 {
		id := words[i+len("queued as "):]
		n := 0
		for n < len(id) && (isAlnum(id[n]) || id[n] == '-') {
			n++
		}
		if n > 0 {
			return id[:n]
		}
	}
	if i := index(words, " Message accepted for delivery"); i > 0 {
		start := bytes.LastIndexByte(words[:i], ' ') + 1
		if parser.IsAlnum(words[start:i]) && i-start >= 6 {
			return words[start:i]
		}
	}
	return nil
}

// parseDelivered reads what follows "=> ", "-> " or ">> ".
func parseDelivered(b []byte, r *parser.Record) parser.Result {
	if hasPrefix(b, "blackhole (RCPT ACL discarded") || hasPrefix(b, "blackhole (MAIL ACL discarded") {
		r.Kind = parser.KindContext // each recipient's line, "RCPT <bob@b.example>: discarded by RCPT ACL", said what became of it
		return parser.Found
	}
	if hasPrefix(b, "discarded (system filter)") || hasPrefix(b, "blackhole (") {
		// No recipient is named: all are dropped (deliver.c, receive.c).
		r.Kind, r.Outcome, r.Own = parser.KindGiveUp, parser.OutcomeDiscarded, true
		r.Reply = b
		return parser.Found
	}
	discarded := hasPrefix(b, ":blackhole:") || hasPrefix(b, "discarded <")
	rest, ok := recipient(b, r)
	if !ok {
		return parser.Unrecognized
	}
	r.Kind, r.Outcome = parser.KindAttempt, parser.OutcomeDelivered
	if discarded {
		r.Outcome = parser.OutcomeDiscarded
	}
	var f fields
	readFields(rest, r, &f)
	return parser.Found
}

// parseFailed reads what follows "** ".
func parseFailed(b []byte, r *parser.Record) parser.Result {
	if hasPrefix(b, "mua_wrapper is set ") {
		r.Kind, r.Outcome, r.Reply, r.Own = parser.KindGiveUp, parser.OutcomeBounced, b, true
		return parser.Found
	}
	rest, ok := recipient(b, r)
	if !ok {
		return parser.Unrecognized
	}
	r.Kind, r.Outcome = parser.KindAttempt, parser.OutcomeBounced
	var f fields
	reason := []byte(nil)
	if hasPrefix(rest, " routing yielded ") || hasPrefix(rest, " mua_wrapper ") {
		reason = rest[1:]
	} else {
		reason = readFields(rest, r, &f)
	}
	readReason(withoutTime(reason), r)
	// A bounce message that fails in its turn is kept, frozen: the line itself tells that only with +sender_on_delivery.
	r.Open = r.HasSender && len(r.Sender) == 0
	if f.strerror != nil && len(r.Reply) == 0 {
		r.Reply, r.Own = f.strerror, true
	}
	return parser.Found
}

// parseDeferred reads what follows "== ".
func parseDeferred(b []byte, r *parser.Record) parser.Result {
	rest, ok := recipient(b, r)
	if !ok {
		return parser.Unrecognized
	}
	r.Kind, r.Outcome = parser.KindAttempt, parser.OutcomeDeferred
	var f fields
	reason := withoutTime(readFields(rest, r, &f))
	if f.strerror != nil && (len(reason) == 0 || isHostAlone(reason)) {
		r.Reply, r.Own, r.Stage = f.strerror, true, connectStage(f.strerror)
		return parser.Found
	}
	readReason(reason, r)
	if r.GaveUp, r.NotTried = noReason(reason); r.GaveUp {
		return parser.Found
	}
	if r.Own && r.Stage == parser.StageNone && f.strerror != nil && hasPrefix(f.words[len(f.strerror):], ": ") {
		// "defer (13): Permission denied: failed to open /var/mail/ann" says it in two parts.
		r.Reply = f.words[:len(f.strerror)+len(": ")+len(reason)]
	}
	r.Outcome = parser.OutcomeDeferred // "==" is never the end, whatever the words
	return parser.Found
}

// isHostAlone knows "mx.b.example [192.0.2.2]", the reason where nothing but the system's words are known.
func isHostAlone(b []byte) bool {
	if b[len(b)-1] != ']' {
		return false
	}
	h, rest := readHost(b)
	return h.ip != nil && len(rest) == 0
}

// noReasons begin the reasons of deferrals that do not tell why, mostly because nothing was tried (deliver.c, transports/smtp.c): the words
// logged just before, or those of the last attempt, do.
var noReasons = [...]struct {
	words    string
	notTried bool
}{
	{"retry time not reached", true},     // remote hosts, routing
	{"Retry time not yet reached", true}, // local deliveries
	{"reusing SMTP connection skips previous routing defer", false},
	{"no host found for existing SMTP connection", false},
	{"some host address lookups failed and retry time not reached", false},
	{"authentication required but authentication attempt(s) failed", false}, // the line before says what the server answered
}

func noReason(b []byte) (found, notTried bool) {
	for i := range noReasons {
		if n := &noReasons[i]; len(b) > 0 && b[0] == n.words[0] && hasPrefix(b, n.words) {
			return true, n.notTried
		}
	}
	return false, false
}

// withoutTime takes off the " DT=0.004s" that +deliver_time puts after the reason of a "**" line.
func withoutTime(b []byte) []byte {
	if len(b) == 0 || b[len(b)-1] != 's' {
		return b
	}
	i := bytes.LastIndexByte(b, ' ')
	if last := b[i+1:]; hasPrefix(last, "DT=") && seconds(last[3:]) >= 0 {
		return b[:max(i, 0)]
	}
	return b
}
