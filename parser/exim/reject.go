package exim

import (
	"bytes"

	"bouncelog/parser"
)

// parseHostLine reads a line that begins with the other side, "H=...", "U=ident" or "F=<sender>" (host_and_ident in host.c): what our
// own server refused, and with a message id also what happened to one remote host of several.
//
//	H=mail.a.example (helo) [192.0.2.1]:4711 I=[192.0.2.25]:25 F=<ann@a.example> rejected RCPT <bob@b.example>: Unknown user
//	H=mx.b.example [192.0.2.2]: SMTP error from remote mail server after RCPT TO:<bob@b.example>: 451 later
func parseHostLine(f *parser.Frame, b []byte, r *parser.Record) parser.Result {
	withID := r.QueueID != nil
	if hasPrefix(b, "DSH=") {
		b = b[2:]
	}
	var h host
	for len(b) > 0 {
		if b[0] == ':' && (len(b) == 1 || b[1] == ' ') {
			return parseHostReason(skipSpace(b[1:]), h, r)
		}
		b = skipSpace(b)
		if len(b) == 0 {
			break
		}
		n := token(b)
		if b[n-1] == ':' && (n == len(b) || b[n] == ' ') {
			n--
		}
		name, v := field(b[:n])
		switch string(name) {
		case "H":
			var rest []byte
			h, rest = readHost(b[2:])
			b = rest
			continue
		case "F":
			if a, l := angle(v); l > 0 {
				_, l = angle(b[2:])
				r.HasSender, r.Sender = true, a
				b = b[2+l:]
				continue
			}
			// local_scan's line has no brackets, "<>" for the null sender.
			r.HasSender, r.Sender = true, v
		case "A":
			r.AuthUser = authUser(v)
		case "":
			if !isMark(b[:n]) {
				return parseVerb(f, b, h, r, withID)
			}
		}
		b = b[max(n, 1):]
	}
	return parser.Unrecognized
}

// isMark knows the words without a value among the fields: DNSSEC, TCP fast open, chunking, pipelining ("L", "L-", "L.").
func isMark(b []byte) bool {
	switch string(b) {
	case "DS", "TFO", "TFO*", "TFO**", "K", "PRDR", "L", "L-", "L.", "L*", "L.-", "L*-":
		return true
	}
	return false
}

// client puts the other side of a refusal into the record.
func client(h host, r *parser.Record) {
	r.ClientHost, r.ClientIP, r.Helo = h.name, h.ip, h.helo
}

// parseHostReason reads "H=host [ip]: REASON" (write_logs in transports/smtp.c).
func parseHostReason(b []byte, h host, r *parser.Record) parser.Result {
	if hasPrefix(b, "rejected by DCC") {
		return reject(b, b, h, r, parser.StageEndOfData)
	}
	if !isHostReason(b) {
		// "mx.b.example [192.0.2.2]: Broken pipe": the host is named twice where nothing but the system's words are known
		again, rest := readHost(b)
		if again.ip == nil || !hasPrefix(rest, ": ") || !isHostReason(rest[2:]) {
			return parser.Unrecognized
		}
		b = rest[2:]
	}
	return hint(b, h, r)
}

// hint makes the words of a host that failed those of the attempt that follows. Without a message they are of a call-back.
func hint(b []byte, h host, r *parser.Record) parser.Result {
	if r.QueueID == nil {
		r.HasSender, r.Sender = false, nil
		return parser.Known
	}
	r.Kind = parser.KindHint
	r.RelayHost, r.RelayIP, r.RelayPort = h.name, h.ip, h.port
	readReason(b, r)
	r.GaveUp = false
	return parser.Found
}

func isHostReason(b []byte) bool {
	if isSession(b) {
		return true
	}
	for _, s := range hostReasons {
		if hasPrefix(b, s) {
			return true
		}
	}
	if isStrerror(b) {
		return true
	}
	code, _ := parser.ReplyCodes(b) // what the server said to AUTH, where no authenticator knows what to make of it
	return code >= 400
}

// hostReasons are further messages that transports/smtp.c and tls-*.c give for a remote host.
var hostReasons = [...]string{
	"a TLS session is required", "TLS session", "TLS error", "TLS connect", "TLS support not available", "DANE ", "authentication required but ",
	"bad first read from TLS conn", "transport filter process failed", "failed to expand ", "failed to write a data block",
	"utf8 support required but not offered", "send() to ", "smtp send to ", "SMTP send to ", "failure while setting up TLS", "certificate verification failed",
	"not authenticated", "internal allocation problem", "tls lib init failed", "SMTP server closed the connection", "socks",
	"bind of ", "unable to bind ", "server did not advertise", "Proxy ", "proxy ", "Expected ", "cannot fulfil",
}

// parseVerb reads what follows the fields of the other side.
func parseVerb(f *parser.Frame, b []byte, h host, r *parser.Record, withID bool) parser.Result {
	all := b
	switch {
	case hasPrefix(b, "temporarily rejected "):
		return parseRejected(all, b[len("temporarily rejected "):], h, r, withID)
	case hasPrefix(b, "rejected "):
		return parseRejected(all, b[len("rejected "):], h, r, withID)
	case hasPrefix(b, "sender verify fail for <"), hasPrefix(b, "sender verify defer for <"):
		// The words belong to the refusal that follows in the same session.
		if f.PID == 0 {
			return parser.Known
		}
		r.Kind, r.Own, r.Stage = parser.KindHint, true, parser.StageRcpt
		client(h, r)
		r.Reply = b
		return parser.Found
	case hasPrefix(b, "RCPT "):
		rest := b[len("RCPT "):]
		to, n := angle(rest)
		if n == 0 {
			n = commandLen(rest)
			to = rest[:n]
		}
		if !hasPrefix(rest[n:], ": discarded by ") {
			return parser.Unrecognized
		}
		reject(all, rest[n+2:], h, r, parser.StageRcpt)
		r.Outcome = parser.OutcomeDiscarded
		addRecipient(r, to)
		return parser.Found
	case hasPrefix(b, "dropped by "): // "dropped by 'connect' ACL: words", of a client that began with TLS
		reason := b[len("dropped by "):]
		if i := index(reason, ": "); i > 0 {
			reason = reason[i+2:]
		} else {
			reason = nil
		}
		reject(all, reason, h, r, parser.StageConnect)
		r.Session = true
		return parser.Found
	case hasPrefix(b, "Warning: "), hasPrefix(b, "incomplete transaction"):
		return parser.Known
	case hasPrefix(b, "TLS error on connection"):
		if i := index(b, ": "); i > 0 && withID {
			res := hint(b[i+2:], h, r)
			r.Stage = parser.StageTLS
			return res
		}
		return parser.Known
	case isHostReason(b):
		return hint(b, h, r)
	}
	if withID && bytes.IndexByte(b[:token(b)], '@') > 0 {
		return parseCutthrough(b, h, r)
	}
	return parser.Unrecognized
}

// parseCutthrough reads the address and what follows in a line about a delivery that was tried while its message came in (verify.c):
//
//	H=client [ip] bob@b.example F=<ann@a.example> rejected after DATA: R=r T=t H=mx.b.example [192.0.2.2] C="550 no"
//	H=client [ip] bob@b.example F=<ann@a.example> tmp-reject from cutthrough after DATA: R=r T=t H=mx.b.example [192.0.2.2] C="451 later"
//
// What is refused for good is refused to the client too. After a temporary refusal the message is taken and queued, unless
// cutthrough_delivery has the option defer=pass.
func parseCutthrough(b []byte, h host, r *parser.Record) parser.Result {
	rest, ok := recipient(b, r)
	if !ok {
		return parser.Unrecognized
	}
	i := index(rest, " after DATA: ")
	if i < 0 {
		return parser.Unrecognized
	}
	forGood := index(rest[:i], " rejected") >= 0
	if !forGood && index(rest[:i], "tmp-reject from cutthrough") < 0 {
		return parser.Unrecognized
	}
	readFields(rest[:i], r, &fields{})
	r.Reply, r.ReplyCode, r.Enhanced, r.NextQueueID = nil, 0, nil, nil
	readFields(rest[i+len(" after DATA: "):], r, &fields{})
	r.NextQueueID, r.Stage = nil, parser.StageEndOfData
	if !forGood {
		r.Kind, r.Outcome = parser.KindAttempt, parser.OutcomeDeferred
		return parser.Found
	}
	client(h, r)
	r.Kind, r.Outcome, r.Whole = parser.KindReject, parser.OutcomeRejected, true
	return parser.Found
}

// reject fills a refusal of our own server; all is what to show where it gives no reason.
func reject(all, reason []byte, h host, r *parser.Record, stage parser.Stage) parser.Result {
	if len(reason) == 0 {
		reason = all
	}
	client(h, r)
	r.Kind, r.Outcome, r.Stage, r.Own = parser.KindReject, parser.OutcomeRejected, stage, true
	r.Reply = reason
	r.ReplyCode, r.Enhanced = parser.ReplyCodes(reason)
	return parser.Found
}

// parseRejected reads "WHAT: REASON" after "rejected " (smtp_handle_acl_fail in smtp_in.c). What names the ACL and the command's
// argument, which the client typed and Exim cut to 100 characters.
func parseRejected(all, b []byte, h host, r *parser.Record, withID bool) parser.Result {
	what, n := whatRejected(b)
	if n == 0 {
		return parser.Unrecognized
	}
	arg := b[n:]
	end := commandLen(arg)
	if n > 0 && b[n-1] == ':' {
		end = 0
		arg = b[n-1:]
	}
	reason := []byte(nil)
	if end < len(arg) {
		reason = skipSpace(arg[end+1:])
	}
	if what.skip {
		return parser.Known
	}
	reject(all, reason, h, r, what.stage)
	r.Session = what.session
	r.Whole = what.whole && withID
	switch what.stage {
	case parser.StageRcpt:
		addRecipient(r, argument(arg[:end]))
		readCallout(reason, r)
	case parser.StageMail:
		if a, n := angle(arg[:end]); n > 0 {
			r.HasSender, r.Sender = true, a
		}
	case parser.StageHello:
		if r.Helo == nil {
			r.Helo = arg[:end]
		}
	}
	return parser.Found
}

// readCallout reads the answer of the recipient's own server, where our server asked it and refused for that (verify.c; the third form is that
// of older versions):
//
//	mx.b.example [192.0.2.2] : SMTP error from remote mail server after RCPT TO:<bob@b.example>: 550 5.1.1 no
//	mx.b.example [192.0.2.2] : response to "MAIL FROM:<ann@a.example>" was: 550 5.7.1 no
//	response to "RCPT TO:<bob@b.example>" from mx.b.example [192.0.2.2] was: 550 5.1.1 no
func readCallout(b []byte, r *parser.Record) {
	b = bytes.TrimPrefix(b, []byte("Could not complete recipient verify callout: "))
	var h host
	if !hasPrefix(b, "response to \"") {
		rest := b
		if h, rest = readHost(b); h.ip == nil || h.helo != nil || !hasPrefix(rest, " : ") {
			return
		}
		b = rest[len(" : "):]
	}
	var words []byte
	if hasPrefix(b, "response to \"") {
		b = b[len("response to "):]
		b = b[quoted(b):]
		if hasPrefix(b, " from ") {
			h, b = readHost(b[len(" from "):])
		}
		if h.ip == nil || !hasPrefix(b, " was: ") {
			return
		}
		words = b[len(" was: "):]
	} else {
		for _, begin := range remoteWords {
			if hasPrefix(b, begin) {
				b = b[len(begin):]
				words = skipSpace(b[min(commandLen(b)+1, len(b)):])
				break
			}
		}
	}
	if len(words) > 0 {
		r.Reply, r.Own = words, false
		r.ReplyCode, r.Enhanced = parser.ReplyCodes(words)
		r.RelayHost, r.RelayIP, r.RelayPort = h.name, h.ip, h.port
	}
}

// addRecipient notes whom a refusal was for, if the line says so.
func addRecipient(r *parser.Record, to []byte) {
	if len(to) > 0 {
		r.Recipients = append(r.Recipients, to)
	}
}

// argument is the address in a command's argument: "<bob@b.example> NOTIFY=NEVER" or "bob@b.example".
func argument(b []byte) []byte {
	if a, n := angle(b); n > 0 {
		return a
	}
	return b[:token(b)]
}

type whatKind struct {
	word    string // with the space or ":" that ends it
	stage   parser.Stage
	session bool
	whole   bool // ends the message that has an id by then
	skip    bool // no mail was refused
}

// whats are Exim's names of its ACLs (acl_wherenames) and the phrases that smtp_in.c uses for some.
var whats = [...]whatKind{
	{word: "RCPT ", stage: parser.StageRcpt},
	{word: "MAIL ", stage: parser.StageMail},
	{word: "after DATA", stage: parser.StageEndOfData, whole: true},
	{word: "by local_scan()", stage: parser.StageEndOfData, whole: true},
	{word: "by non-SMTP ACL", stage: parser.StageEndOfData, whole: true},
	{word: "during MIME ACL checks", stage: parser.StageEndOfData, whole: true},
	{word: "DATA", stage: parser.StageData},
	{word: "PREDATA", stage: parser.StageData},
	{word: "connection ", stage: parser.StageConnect, session: true},
	{word: "EHLO or HELO ", stage: parser.StageHello, session: true},
	{word: "EHLO ", stage: parser.StageHello, session: true},
	{word: "HELO ", stage: parser.StageHello, session: true},
	{word: "AUTH ", stage: parser.StageAuth, session: true},
	{word: "STARTTLS", stage: parser.StageTLS, session: true},
	{word: "VRFY ", skip: true},
	{word: "EXPN ", skip: true},
	{word: "ETRN ", skip: true},
	{word: "ATRN ", skip: true},
	{word: "QUIT", skip: true},
	{word: "DKIM ", stage: parser.StageEndOfData, whole: true},
	{word: "MAILAUTH ", skip: true},
}

// whatRejected finds the phrase that b begins with; n is its length with the space or colon after it.
func whatRejected(b []byte) (k whatKind, n int) {
	for _, k := range whats {
		w := k.word
		if !hasPrefix(b, w) {
			continue
		}
		n = len(w)
		if w[n-1] == ' ' || n == len(b) {
			return k, n
		}
		if b[n] == ':' || b[n] == ' ' {
			if hasPrefix(b, "after DATA PRDR") { // one recipient's, which the line does not name
				k.whole = false
			}
			return k, n + 1
		}
	}
	return k, 0
}
