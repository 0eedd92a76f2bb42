package sendmail

import (
	"bytes"

	"bouncelog/parser"
)

// refused fills in a refusal of a recipient or a message by our own server.
func refused(stage parser.Stage, reply []byte, r *parser.Record) parser.Result {
	r.Kind, r.Outcome, r.Stage, r.Own = parser.KindReject, parser.OutcomeRejected, stage, true
	r.Reply = reply
	codes(nil, r)
	if r.ReplyCode == 0 {
		r.ReplyCode, r.Enhanced = ownCodes(unaddressed(reply), r.Enhanced)
	}
	return parser.Found
}

// refusedSession fills in a refusal of the session. The id of the line is that of an envelope that never became a message.
func refusedSession(stage parser.Stage, reply []byte, r *parser.Record) parser.Result {
	r.QueueID, r.Session = nil, true
	return refused(stage, reply, r)
}

// refusedAddress reads what usrerr (err.c) logs for a recipient that the server did not take: "<joe@x>... User unknown". The words
// after "... " are free: a virtusertable's "error:" entry may say anything.
func refusedAddress(b []byte, r *parser.Record) parser.Result {
	n := addressEnd(b)
	if n < 0 || !hasPrefix(b[n:], "... ") || len(b) == n+len("... ") {
		return parser.Unrecognized
	}
	r.Recipients = append(r.Recipients[:0], address(b[:n]))
	return refused(parser.StageRcpt, b, r)
}

// refusedWithoutAddress reads the same without brackets ("joe... User unknown"), and errors that name no recipient.
func refusedWithoutAddress(b []byte, r *parser.Record) parser.Result {
	if i := bareEnd(b); i > 0 {
		text := b[i+len("... "):]
		if _, enhanced := parser.ReplyCodes(text); bytes.IndexByte(b[:i], '@') > 0 && len(text) > 0 || enhanced != nil || isOwn(text) {
			r.Recipients = append(r.Recipients[:0], b[:i])
			return refused(parser.StageRcpt, b, r)
		}
		return parser.Unrecognized
	}
	if isOwn(b) {
		// The server logs its words (LogUsrErrs in srvrsmtp.c) from the milters' judgement of the sender on.
		stage := parser.StageRcpt
		if string(b) == "Command rejected" || string(b) == "Please try again later" {
			stage = parser.StageMail
		}
		return refused(stage, b, r)
	}
	return parser.Unrecognized
}

// unaddressed is what follows "<joe@x>... " or "joe... ", else all of b.
func unaddressed(b []byte) []byte {
	n := 0
	switch {
	case len(b) == 0:
		return b
	case b[0] == '<':
		n = max(addressEnd(b), 0)
	default:
		n = bareEnd(b)
	}
	if n > 0 && hasPrefix(b[n:], "... ") {
		return b[n+len("... "):]
	}
	return b
}

// bareEnd is where "... " follows an address without brackets that b begins with: joe, or "|/bin/sh -c x" in quotes; 0 if there is none.
func bareEnd(b []byte) int {
	if b[0] == '"' {
		if n := parser.QuotedLen(b); n > 0 && hasPrefix(b[n:], "... ") {
			return n
		}
		return 0
	}
	if i := index(b, "... "); i > 0 && bytes.IndexByte(b[:i], ' ') < 0 {
		return i
	}
	return 0
}

func isOwn(b []byte) bool {
	code, _ := ownCodes(b, nil)
	return code != 0
}

// tooLarge reads collect's "message size (147607) exceeds maximum (100000)"; "to=" lines of the recipients follow.
func tooLarge(b []byte, r *parser.Record) parser.Result {
	if !contains(b, ") exceeds maximum (") {
		return parser.Unrecognized
	}
	return hint(b, r)
}

// session reads lines that may or may not carry a queue id: rule sets, milters, authentication, TLS, connections.
func session(m []byte, r *parser.Record) parser.Result {
	switch m[0] {
	case 'r':
		if hasPrefix(m, "ruleset=") {
			return ruleset(m[len("ruleset="):], r)
		}
		if hasPrefix(m, "rejecting ") && (hasSuffix(m, " due to traffic before response") || contains(m, " due to pre-greeting traffic")) {
			// greet_pause: "rejecting commands from h.x [192.0.2.1] due to pre-greeting traffic after 0 seconds"
			if i, j := index(m, " from "), lastIndex(m, " due to "); i > 0 && j >= i+len(" from ") {
				client(m[i+len(" from "):j], r)
			}
			res := refusedSession(parser.StageConnect, m, r)
			r.ReplyCode = 554
			return res
		}
	case 'M':
		if hasPrefix(m, "Milter: ") {
			return milter(m[len("Milter: "):], r)
		}
	case 'A':
		if hasPrefix(m, "AUTH failure (") {
			return authFailure(m, r)
		}
		if hasPrefix(m, "AUTH=server, relay=") {
			return authServer(m, r)
		}
	case 'S':
		if hasPrefix(m, "STARTTLS=server, error: accept failed=") {
			if i := lastIndex(m, ", relay="); i >= 0 {
				client(m[i+len(", relay="):], r)
			}
			return refusedSession(parser.StageTLS, m, r)
		}
	case 'c':
		if hasPrefix(m, "connect from ") {
			r.Kind, r.QueueID = parser.KindSession, nil
			client(m[len("connect from "):], r)
			return parser.Found
		}
	case 't':
		if hasPrefix(m, "tcpwrappers (") && hasSuffix(m, ") rejection") {
			who := m[len("tcpwrappers (") : len(m)-len(") rejection")]
			if i := lastIndex(who, ", "); i >= 0 {
				r.ClientHost, r.ClientIP = who[:i], who[i+2:]
			}
			return refusedSession(parser.StageConnect, m, r)
		}
	case 'E':
		if hasPrefix(m, "ERROR: srv_features=tempfail, relay=") {
			if i := lastIndex(m, ", access temporarily disabled"); i > 0 {
				client(m[len("ERROR: srv_features=tempfail, relay="):i], r)
			}
			return refusedSession(parser.StageConnect, m, r)
		}
	}
	return parser.Unrecognized
}

// ruleset reads rscheck's line (srvrsmtp.c, parseaddr.c):
//
//	ruleset=check_rcpt, arg1=<a@x>, relay=h.x [192.0.2.1], reject=550 5.7.1 <a@x>... Relaying denied
//	ruleset=check_mail, arg1=<a@x>, relay=h.x [192.0.2.1], discard
//
// An address in arg1 is read by its brackets. A header check's arg1 is the header as the stranger wrote it, so the
// fields after it are then found from the end.
func ruleset(b []byte, r *parser.Record) parser.Result {
	i := index(b, ", arg1=")
	if i <= 0 {
		return oldRuleset(b, r)
	}
	name, b := string(b[:i]), b[i+len(", arg1="):]
	arg, rest := argument(b)
	verdict := index
	if len(b) == 0 || b[0] != '<' {
		verdict = lastIndex
	}
	var reply []byte
	rejected := false
	if j := verdict(rest, ", reject="); j >= 0 {
		rejected, reply, rest = true, rest[j+len(", reject="):], rest[:j]
	} else if j := verdict(rest, ", quarantine="); j >= 0 {
		if name == "check_rcpt" && r.QueueID != nil {
			// "to=" lines with stat=quarantined follow for recipients elsewhere, not for those here.
			r.Recipients = append(r.Recipients[:0], address(arg))
			return quarantined(rest[j+len(", quarantine="):], r)
		}
		rest = rest[:j]
	} else if hasSuffix(rest, ", discard") {
		rest = rest[:len(rest)-len(", discard")]
	} else {
		return cut(b)
	}
	if j := verdict(rest, ", relay="); j >= 0 {
		client(rest[j+len(", relay="):], r)
	}
	if !rejected {
		// What follows says what became of the message: "discarded", or "to=" lines with stat=discarded or quarantined.
		return parser.Known
	}
	switch name {
	case "check_rcpt", "check_rcpt4":
		r.Recipients = append(r.Recipients[:0], address(arg))
		return refused(parser.StageRcpt, reply, r)
	case "check_mail":
		r.Sender, r.HasSender = address(arg), true
		return refused(parser.StageMail, reply, r)
	case "check_relay", "check_connect", "tls_client", "srv_features", "check_helo", "check_ehlo":
		if name == "check_relay" && r.ClientHost == nil && r.ClientIP == nil {
			client(arg, r)
		}
		stage := parser.StageConnect
		switch name {
		case "tls_client":
			stage = parser.StageTLS
		case "check_helo", "check_ehlo":
			stage = parser.StageHello
		}
		return refusedSession(stage, reply, r)
	case "tls_server", "tls_rcpt", "check_compat":
		// These judge a server that we deliver to, or a delivery: the words are the attempt's that follows.
		r.ClientHost, r.ClientIP = nil, nil
		return hint(reply, r)
	case "try_tls", "trust_auth", "check_vrfy", "check_expn", "check_etrn", "authinfo", "clt_features", "queuegroup":
		return parser.Known // a command was refused, or a feature is not used: no mail is
	case "check_data":
		r.Whole = true
		return refused(parser.StageData, reply, r)
	}
	// check_eom, check_eoh and header checks, whose rule sets have any name; "to=" lines of the recipients follow.
	if r.QueueID == nil {
		return refused(parser.StageEndOfData, reply, r)
	}
	return hint(reply, r)
}

// oldRuleset reads the line of 8.8: "ruleset=check_mail (spam@x) rejection: 550 no".
func oldRuleset(b []byte, r *parser.Record) parser.Result {
	i, j := index(b, " ("), lastIndex(b, ") rejection: ")
	if i <= 0 || j < i+len(" (") {
		return parser.Unrecognized
	}
	arg, reply := address(b[i+len(" ("):j]), b[j+len(") rejection: "):]
	switch string(b[:i]) {
	case "check_mail":
		r.Sender, r.HasSender = arg, true
		return refused(parser.StageMail, reply, r)
	case "check_rcpt":
		r.Recipients = append(r.Recipients[:0], arg)
		return refused(parser.StageRcpt, reply, r)
	case "check_relay":
		return refusedSession(parser.StageConnect, reply, r)
	}
	return parser.Known
}

// argument splits "<a@x>, relay=..." after the address, if it is one.
func argument(b []byte) (arg, rest []byte) {
	if len(b) > 0 && b[0] == '<' {
		if n := addressEnd(b); n >= 0 && (hasPrefix(b[n:], ", ")) {
			return b[:n], b[n:]
		}
	}
	if i := lastIndex(b, ", reject="); i >= 0 {
		if j := index(b[:i], ", "); j >= 0 {
			return b[:j], b
		}
		return b[:i], b
	}
	return b, b
}

// milter reads what a filter made the server say (srvrsmtp.c, MILTER_REPLY):
//
//	Milter: to=<a@x>, reject=451 4.7.1 Greylisted
//	Milter: data, reject=550 5.7.1 Command rejected
func milter(b []byte, r *parser.Record) parser.Result {
	i := lastIndex(b, ", reject=")
	if n := len("to="); hasPrefix(b, "to=<") || hasPrefix(b, "from=<") {
		if b[0] == 'f' {
			n = len("from=")
		}
		// The reply may quote the address or say anything: the first field after the brackets is ours.
		if end := addressEnd(b[n:]); end >= 0 && hasPrefix(b[n+end:], ", reject=") {
			i = n + end
		}
	}
	if i < 0 {
		return milterOther(b, r)
	}
	reply := b[i+len(", reject="):]
	switch what := b[:i]; {
	case hasPrefix(what, "to="):
		r.Recipients = append(r.Recipients[:0], command(what[len("to="):]))
		return refused(parser.StageRcpt, reply, r)
	case hasPrefix(what, "from="):
		r.Sender, r.HasSender = command(what[len("from="):]), true
		return refused(parser.StageMail, reply, r)
	case hasPrefix(what, "helo="):
		r.Helo = what[len("helo="):]
		return refusedSession(parser.StageHello, reply, r)
	case hasPrefix(what, "connect"):
		return refusedSession(parser.StageConnect, reply, r)
	case string(what) == "cmd=data":
		r.Whole = true
		return refused(parser.StageData, reply, r)
	case string(what) == "data" || string(what) == "eom" || string(what) == "eoh" || string(what) == "body" || string(what) == "header":
		// "to=" lines of the recipients follow
		if r.QueueID == nil {
			return refused(parser.StageEndOfData, reply, r)
		}
		r.Stage = parser.StageEndOfData
		return hint(reply, r)
	case hasPrefix(what, "cmd="), hasPrefix(what, "unknown"):
		return parser.Known
	}
	return parser.Unrecognized
}

// milterOther reads the lines of milters that carry no reply.
func milterOther(b []byte, r *parser.Record) parser.Result {
	if hasPrefix(b, "connect: host=") {
		if hasSuffix(b, ", rejecting commands") || hasSuffix(b, ", temp failing commands") || hasSuffix(b, ", shutdown") {
			if i, j := lastIndex(b, ", addr="), lastIndex(b, ", "); i > 0 && j > i {
				r.ClientHost, r.ClientIP = hostIP(b[len("connect: host="):i])
				if ip := bytes.TrimPrefix(b[i+len(", addr="):j], []byte("IPv6:")); isIP(ip) {
					r.ClientIP = ip
				}
			}
			return refusedSession(parser.StageConnect, b, r)
		}
		return parser.Unrecognized
	}
	if hasPrefix(b, "initialization failed, ") {
		return refusedSession(parser.StageConnect, b, r)
	}
	if hasSuffix(b, ", discard") {
		return parser.Known // "discarded", or "to=" lines, follow
	}
	if prefixed(b, milterKnown) {
		return parser.Known
	}
	return parser.Unrecognized
}

// command takes the address out of a MAIL or RCPT argument with its parameters.
func command(b []byte) []byte {
	if n := addressEnd(b); n >= 0 && len(b) > 0 && b[0] == '<' {
		return address(b[:n])
	}
	if i := bytes.IndexByte(b, ' '); i >= 0 {
		b = b[:i]
	}
	return b
}

// authFailure reads "AUTH failure (LOGIN): authentication failure (-13) SASL(-13): ..., user=joe, relay=h.x [192.0.2.1]"; user= since 8.16,
// relay= since 8.14. The user is the client's word and may imitate relay=, which is the last.
func authFailure(b []byte, r *parser.Record) parser.Result {
	what := b
	if i := lastIndex(b, ", relay="); i >= 0 {
		client(b[i+len(", relay="):], r)
		what = b[:i]
	}
	if i := index(what, ", user="); i >= 0 {
		r.AuthUser, what = what[i+len(", user="):], what[:i]
	}
	return refusedSession(parser.StageAuth, what, r)
}

// authServer reads "AUTH=server, relay=h.x [192.0.2.1], authid=joe, mech=LOGIN, bits=0": who the session is from now on.
func authServer(b []byte, r *parser.Record) parser.Result {
	b = b[len("AUTH=server, relay="):]
	i := index(b, ", authid=")
	j := lastIndex(b, ", mech=")
	if i < 0 || j < i {
		return parser.Known
	}
	r.Kind, r.QueueID = parser.KindSession, nil
	client(b[:i], r)
	r.AuthUser = b[i+len(", authid=") : j]
	return parser.Found
}
