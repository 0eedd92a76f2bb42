package exim

import (
	"bytes"

	"bouncelog/parser"
)

// parseRefusal reads the refusals of our own server whose lines begin with other words than the client (smtp_in.c, daemon.c,
// receive.c), with or without a message id. It returns Unrecognized for all other lines and leaves r as it was.
func parseRefusal(b []byte, r *parser.Record) parser.Result {
	temporarily := hasPrefix(b, "temporarily ")
	v := b
	if temporarily {
		v = b[len("temporarily "):]
	}
	switch {
	case hasPrefix(v, "rejected "):
		return parseRejectedFirst(b, v[len("rejected "):], r)
	case hasPrefix(v, "refused connection from "):
		return refusedSession(b, v[len("refused connection from "):], parser.StageConnect, r)
	case hasPrefix(b, "Connection from "), hasPrefix(b, "connection from "):
		rest := b[len("Connection from "):]
		h, after := readHost(rest)
		i := index(after, " refused")
		if h.ip == nil || i < 0 {
			return parser.Unrecognized
		}
		reject(b, bytes.TrimPrefix(after[i+len(" refused"):], []byte(": ")), h, r, parser.StageConnect)
		r.Session = true
		return parser.Found
	case hasPrefix(b, "TLS error on "):
		return parseTLSError(b, r)
	case hasPrefix(b, "SMTP "):
		return parseProtocol(b, r)
	case hasPrefix(b, "unqualified "):
		return parseUnqualified(b, r)
	case hasPrefix(b, "too many recipients: "):
		i := index(b, ": sender=<")
		if i < 0 {
			return parser.Unrecognized
		}
		a, n := angle(b[i+len(": sender="):])
		h := hostField(b[i+len(": sender=")+n:])
		reject(b, b[:i], h, r, parser.StageRcpt)
		r.HasSender, r.Sender = true, a
		return parser.Found
	}
	// "plain_login authenticator failed for mail.a.example (helo) [192.0.2.1]: 535 Incorrect authentication data (set_id=ann)"
	if n := bytes.IndexByte(b, ' '); n > 0 && hasPrefix(b[n:], " authenticator failed for ") {
		return parseAuthFailed(b, b[n+len(" authenticator failed for "):], r)
	}
	return parser.Unrecognized
}

// parseProtocol reads the errors for which smtp_in.c ends a session, or refuses to authenticate:
//
//	SMTP protocol synchronization error (input sent without waiting for greeting): rejected connection from H=[192.0.2.1] input="..."
//	SMTP protocol synchronization error (next input sent too soon: ...): rejected "RSET" H=mail.a.example [192.0.2.1] next input="..."
//	SMTP protocol error in "AUTH LOGIN" H=mail.a.example (helo) [192.0.2.1] AUTH command used when not advertised
//	SMTP call from mail.a.example [192.0.2.1] dropped: too many nonmail commands (last was "RSET")
//
// What the client sent stands in quotes, its own quotes escaped.
func parseProtocol(b []byte, r *parser.Record) parser.Result {
	rest := b[len("SMTP "):]
	switch {
	case hasPrefix(rest, "protocol synchronization error ("):
		i := index(rest, "): rejected ")
		if i < 0 {
			return parser.Unrecognized
		}
		rest = rest[i+len("): rejected "):]
		st := parser.StageNone
		if hasPrefix(rest, "connection from ") {
			rest, st = rest[len("connection from "):], parser.StageConnect
		} else if len(rest) > 0 && rest[0] == '"' {
			rest = rest[quoted(rest):]
		}
		h := hostField(rest)
		if h.ip == nil {
			return parser.Known
		}
		reject(b, b[:len("SMTP ")+i+1], h, r, st)
		r.Session = true
		return parser.Found
	case hasPrefix(rest, "protocol error in \"AUTH"):
		rest = rest[len("protocol error in "):]
		rest = rest[quoted(rest):]
		const words = "AUTH command used when not advertised"
		if !hasSuffix(b, words) {
			return parser.Known
		}
		h := hostField(rest)
		if h.ip == nil {
			return parser.Known
		}
		reject(b, b[len(b)-len(words):], h, r, parser.StageAuth)
		r.Session = true
		return parser.Found
	case hasPrefix(rest, "call from "):
		h, after := readHost(rest[len("call from "):])
		after = afterInterface(after)
		if h.ip == nil || !hasPrefix(after, "dropped: too many ") {
			return parser.Unrecognized
		}
		reject(b, after[len("dropped: "):], h, r, parser.StageNone)
		r.Session = true
		return parser.Found
	}
	return parser.Unrecognized
}

// hostField reads the client of " H=host [ip]..." where it stands at the start of b.
func hostField(b []byte) (h host) {
	b = skipSpace(b)
	if hasPrefix(b, "H=") {
		h, _ = readHost(b[2:])
	}
	return h
}

// refusedSession reads "HOST (why)" or "HOST: why" after the words of a refused connection.
func refusedSession(all, b []byte, st parser.Stage, r *parser.Record) parser.Result {
	h, rest := readHost(b)
	if h.ip == nil {
		return parser.Unrecognized
	}
	rest = afterInterface(rest)
	reject(all, bytes.TrimPrefix(rest, []byte(": ")), h, r, st)
	r.Session = true
	return parser.Found
}

// afterInterface skips " I=[ip]:port" and " U=ident" after a host.
func afterInterface(b []byte) []byte {
	for {
		s := skipSpace(b)
		if !hasPrefix(s, "I=[") && !hasPrefix(s, "U=") && !hasPrefix(s, "Ci=") {
			return s
		}
		n := token(s)
		if n > 0 && s[n-1] == ':' {
			n--
		}
		b = s[n:]
	}
}

// parseRejectedFirst reads what follows a leading "rejected ":
//
//	EHLO from [192.0.2.1]: syntactically invalid argument(s): (no argument given)
//	"EHLO x" from [192.0.2.1]
//	MAIL from mail.a.example [192.0.2.1]: no HELO/EHLO given
//	MAIL command H=mail.a.example [192.0.2.1]: too many messages in one connection
//	MAIL FROM:<ann@a.example> H=mail.a.example [192.0.2.1]: message too big: size=149987 max=100000
//	from <ann@a.example> H=mail.a.example [192.0.2.1]: message too big: read=147603 max=100000
func parseRejectedFirst(all, b []byte, r *parser.Record) parser.Result {
	switch {
	case hasPrefix(b, "EHLO from "), hasPrefix(b, "HELO from "):
		return refusedSession(all, b[len("EHLO from "):], parser.StageHello, r)
	case hasPrefix(b, "\"EHLO "), hasPrefix(b, "\"HELO "):
		// The name may hold quotes: the client stands after the last `" from `.
		i := bytes.LastIndex(b, []byte("\" from "))
		if i < 0 {
			return parser.Unrecognized
		}
		h, _ := readHost(b[i+len("\" from "):])
		if h.helo == nil {
			h.helo = b[len("\"EHLO "):max(i, len("\"EHLO "))]
		}
		reject(all, nil, h, r, parser.StageHello)
		r.Session = true
		return parser.Found
	case hasPrefix(b, "XCLIENT from "):
		return parser.Known // no mail was refused
	case len(b) > 0 && b[0] == '"' && bytes.Contains(b, []byte("\" from ")): // "WELLKNOWN x" from client.example
		return parser.Known
	case hasPrefix(b, "MAIL from "):
		h, rest := readHost(b[len("MAIL from "):])
		if h.ip == nil {
			return parser.Unrecognized
		}
		rest = afterInterface(rest)
		return reject(all, bytes.TrimPrefix(rest, []byte(": ")), h, r, parser.StageMail)
	case hasPrefix(b, "MAIL command "):
		return rejectedSender(all, b[len("MAIL command "):], nil, false, r, parser.StageMail)
	case hasPrefix(b, "MAIL FROM:<"):
		a, n := angle(b[len("MAIL FROM:"):])
		return rejectedSender(all, b[len("MAIL FROM:")+n:], a, true, r, parser.StageMail)
	case hasPrefix(b, "from <"):
		a, n := angle(b[len("from "):])
		res := rejectedSender(all, b[len("from ")+n:], a, true, r, parser.StageEndOfData)
		r.Whole = res == parser.Found && r.QueueID != nil
		return res
	}
	return parser.Unrecognized
}

// rejectedSender reads " H=host [ip] U=ident: REASON" (receive.c writes "H=" without a space before it in one place).
func rejectedSender(all, b, sender []byte, known bool, r *parser.Record, st parser.Stage) parser.Result {
	var h host
	b = skipSpace(b)
	if hasPrefix(b, "H=") {
		h, b = readHost(b[2:])
	}
	b = afterInterface(b)
	if len(b) > 0 && b[0] != ':' {
		return parser.Unrecognized
	}
	reject(all, bytes.TrimPrefix(b, []byte(": ")), h, r, st)
	r.HasSender, r.Sender = known, sender
	return parser.Found
}

// parseUnqualified reads "unqualified recipient rejected: <root> H=mail.a.example [192.0.2.1]".
func parseUnqualified(b []byte, r *parser.Record) parser.Result {
	i := index(b, " rejected: <")
	if i < 0 {
		return parser.Unrecognized
	}
	what := b[len("unqualified "):max(i, len("unqualified "))]
	a, n := angle(b[i+len(" rejected: "):])
	h := hostField(b[i+len(" rejected: ")+n:])
	switch string(what) {
	case "verify":
		return parser.Known
	case "sender":
		reject(b, b[:i+len(" rejected")], h, r, parser.StageMail)
		r.HasSender, r.Sender = true, a
	case "recipient":
		reject(b, b[:i+len(" rejected")], h, r, parser.StageRcpt)
		addRecipient(r, a)
	default:
		return parser.Unrecognized
	}
	return parser.Found
}

// parseTLSError reads "TLS error on connection from HOST (SSL_accept): words". Only a handshake that fails refuses anyone; an error in
// reading or writing is a client that hung up. "connection to" is ours as a client.
func parseTLSError(b []byte, r *parser.Record) parser.Result {
	rest := b[len("TLS error on "):]
	out := hasPrefix(rest, "connection to ")
	switch {
	case out:
		rest = rest[len("connection to "):]
	case hasPrefix(rest, "connection from "):
		rest = rest[len("connection from "):]
	case hasPrefix(rest, "connection Ci="): // +connection_id: "connection Ci=7 from HOST"
		rest = rest[len("connection Ci="):]
		_, n := number(rest)
		rest = bytes.TrimPrefix(rest[n:], []byte(" from "))
	default:
		return parser.Unrecognized
	}
	h, after := readHost(rest)
	if h.ip == nil {
		return parser.Known // "from local process"
	}
	after = afterInterface(after)
	if hasPrefix(after, "(via inetd) ") {
		after = after[len("(via inetd) "):]
	}
	words := after
	if len(after) > 0 && after[0] == '(' {
		if i := index(after, "): "); i > 0 {
			words = after[i+3:]
		}
	}
	if out {
		res := hint(words, h, r)
		r.Stage = parser.StageTLS
		return res
	}
	for _, s := range [...]string{"(recv)", "(send)", "(SSL_read)", "(SSL_write)", "(gnutls_record_recv)"} {
		if hasPrefix(after, s) {
			return parser.Known
		}
	}
	reject(b, words, h, r, parser.StageTLS)
	r.Session = true
	return parser.Found
}

// parseAuthFailed reads "HOST: 535 words (set_id=user)". The user is what the client gave, so it ends with the line and not at
// the first bracket; only after a temporary failure ("435 Unable to authenticate at present (set_id=user): reason") more follows.
func parseAuthFailed(all, b []byte, r *parser.Record) parser.Result {
	h, rest := readHost(bytes.TrimPrefix(b, []byte("H=")))
	if h.ip == nil {
		return parser.Unrecognized
	}
	words := bytes.TrimPrefix(afterInterface(rest), []byte(": "))
	var user []byte
	if i := index(words, " (set_id="); i >= 0 {
		user = words[i+len(" (set_id="):]
		words = words[:i]
		if j := index(user, "): "); j >= 0 && hasPrefix(words, "435 ") {
			user = user[:j+1]
		}
		if j := bytes.LastIndexByte(user, ')'); j >= 0 {
			user = user[:j]
		}
	}
	reject(all, words, h, r, parser.StageAuth)
	r.Session = true
	if len(user) > 0 {
		r.AuthUser = user
	}
	return parser.Found
}
