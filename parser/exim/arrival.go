package exim

import "bouncelog/parser"

// parseArrival reads what follows "<= " (receive.c), for instance
//
//	ann@a.example H=mail.a.example (helo.a.example) [192.0.2.1]:4711 I=[192.0.2.25]:25 P=esmtpsa X=TLS1.3:c:256 CV=no
//	A=plain:ann S=1627 id=x1@a.example T="Lunch" from <ann@a.example> for bob@b.example
//	<> R=1xV1lo-00002P-2W U=exim P=local S=3473
//
// P= always follows the client, and nobody but us writes what comes after it up to the message-id; so P= forgets the fields before it that a
// HELO or ident string may have held.
func parseArrival(b []byte, r *parser.Record) parser.Result {
	n := token(b)
	if n == 0 {
		return parser.Unrecognized
	}
	r.Kind, r.HasSender, r.Sender = parser.KindBegin, true, b[:n]
	if string(r.Sender) == "<>" {
		r.Sender = r.Sender[:0]
	}
	first, forgeable := true, false // of a client that did not authenticate, after its certificate's name
	authenticated := false
	for b = skipSpace(b[n:]); len(b) > 0; b = skipSpace(b) {
		n := token(b)
		tok := b[:n]
		name, v := field(tok)
		switch string(name) {
		case "R":
			if first && len(r.Sender) == 0 && idLen(v) == len(v) && len(v) > 0 {
				r.Parent = v
			}
		case "H":
			if r.ClientIP == nil {
				var h host
				h, b = readHost(b[2:])
				r.ClientHost, r.ClientIP, r.Helo = h.name, h.ip, h.helo
				first = false
				continue
			}
		case "P":
			if !forgeable {
				authenticated = hasSuffix(v, "a") // "esmtpsa"
				r.AuthUser, r.Size, r.MessageID = nil, 0, nil
			}
		case "DN":
			forgeable = !authenticated // its quotes are not escaped: it may hold "A=" too
		case "A":
			if !forgeable {
				r.AuthUser = authUser(v)
			}
		case "S":
			if size, l := number(v); l == len(v) {
				r.Size = size
			}
		case "id", "id*":
			r.MessageID = v
		case "T":
			r.Subject = unquote(v)
			b = skipSpace(b[n:])
			parseTail(b, r)
			return done(r)
		case "":
			if string(tok) == "for" || string(tok) == "from" && hasPrefix(b, "from <") {
				parseTail(b, r)
				return done(r)
			}
		}
		first = false
		b = b[n:]
	}
	return done(r)
}

// done tells the kinds of Exim's own messages apart where the subject is logged (deliver.c, moan.c). Autoreplies name their parent too,
// and bounce_message_file may give any subject: else what became of the parent must tell.
func done(r *parser.Record) parser.Result {
	if r.Parent != nil {
		switch s := r.Subject; {
		case hasPrefix(s, "Mail delivery failed"), hasPrefix(s, "Mail failure"):
			r.DSN = parser.DSNFailure
		case hasPrefix(s, "Warning: message "):
			r.DSN = parser.DSNDelay
		case hasPrefix(s, "Delivery Status Notification"):
			r.DSN = parser.DSNSuccess
		case hasPrefix(s, "Message frozen"), hasPrefix(s, "Message ") && hasSuffix(s, " has been frozen"):
			r.DSN = parser.DSNPostmaster
		}
	}
	return parser.Found
}

// parseTail reads " from <sender> for a b c", which log_write itself appends.
func parseTail(b []byte, r *parser.Record) {
	if hasPrefix(b, "from ") {
		b = b[5:]
		_, n := angle(b)
		b = skipSpace(b[n:])
	}
	if !hasPrefix(b, "for ") {
		return
	}
	for b = skipSpace(b[4:]); len(b) > 0; b = skipSpace(b[token(b):]) {
		r.NRcpt++
	}
}

// authUser is the user in "A=plain:ann" and, with +smtp_mailauth, "A=plain:ann:sender@a.example" (user names with a colon
// are cut there; an address as user name keeps its domain). Some authenticators log no user.
func authUser(v []byte) []byte {
	for i, c := range v {
		if c == ':' {
			v = v[i+1:]
			for j, c := range v {
				if c == ':' {
					return v[:j]
				}
			}
			return v
		}
	}
	return nil
}
