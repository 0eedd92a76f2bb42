package opensmtpd

import (
	"bytes"

	"bouncelog/parser"
)

// failedCommand reads a command that our server refused: [address=... host=...] command="RCPT TO:<a@b.example>" result="550 Invalid
// recipient". The client chose the command and may have put quotes into it, so the result is looked for from the end.
func failedCommand(b []byte, r *parser.Record) parser.Result {
	for len(b) > 0 && !hasPrefix(b, "command=") {
		var key, value []byte
		key, value, b = field(b)
		switch string(key) {
		case "address":
			r.ClientIP = address(value)
		case "host":
			r.ClientHost = unknown(value)
		}
	}
	b, _ = bytes.CutPrefix(b, []byte("command="))
	i := bytes.LastIndex(b, []byte(" result="))
	if i < 0 {
		return parser.Unrecognized // cut
	}
	return refused(unquote(b[:i]), unquote(b[i+len(" result="):]), r)
}

// oldFailedCommand reads the style before 5.9: SESSION: "RCPT TO:<a@b.example>" => 550 Invalid recipient.
func oldFailedCommand(b []byte, r *parser.Record) parser.Result {
	i := bytes.LastIndex(b, []byte(" => "))
	if len(b) < 18 || !isHex(b[:16]) || i < 18 {
		return parser.Unrecognized
	}
	return refused(unquote(b[18:i]), b[i+len(" => "):], r)
}

func refused(command, reply []byte, r *parser.Record) parser.Result {
	setReply(reply, r)
	if r.ReplyCode < 400 {
		return parser.Unrecognized
	}
	r.Kind, r.Outcome = parser.KindReject, parser.OutcomeRejected
	switch {
	case hasFoldPrefix(command, "RCPT TO:"):
		r.Stage = parser.StageRcpt
		if a := path(command[len("RCPT TO:"):]); len(a) > 0 {
			r.Recipients = append(r.Recipients, a)
		}
	case hasFoldPrefix(command, "MAIL FROM:"):
		r.Stage = parser.StageMail
		r.HasSender, r.Sender = true, path(command[len("MAIL FROM:"):])
	case hasFoldPrefix(command, "DATA"):
		r.Stage = parser.StageData
	case string(command) == ".":
		r.Stage = parser.StageEndOfData
	case hasFoldPrefix(command, "AUTH"):
		if r.ReplyCode == 535 || r.ReplyCode == 421 {
			return parser.Known // the line "authentication" before it tells the user too
		}
		r.Stage, r.Session = parser.StageAuth, true
	case hasFoldPrefix(command, "EHLO"), hasFoldPrefix(command, "HELO"):
		r.Stage, r.Session = parser.StageHello, true
	case hasFoldPrefix(command, "STARTTLS"):
		r.Stage, r.Session = parser.StageTLS, true
	default:
		return parser.Known // a command that does not exist, or not now: nothing of mail was refused
	}
	return parser.Found
}

// What smtpd replies then; the line does not say it (smtp_session.c, IMSG_SMTP_AUTHENTICATE).
var (
	authFailed = []byte("Authentication failed")
	authUnsure = []byte("Temporary failure")
)

// authentication reads user=alice [address=... host=...] result=permfail. The client chose the user, who may imitate what follows: that is looked
// for from the end.
func authentication(b []byte, r *parser.Record) parser.Result {
	i := bytes.LastIndex(b, []byte(" result="))
	if i < 0 || !hasPrefix(b, "user=") {
		return parser.Unrecognized // cut
	}
	user, result := b[len("user="):max(i, len("user="))], b[i+len(" result="):]
	if i := bytes.LastIndex(user, []byte(" address=")); i >= 0 {
		fields := user[i+1:]
		user = user[:i]
		for len(fields) > 0 {
			var key, value []byte
			key, value, fields = field(fields)
			switch string(key) {
			case "address":
				r.ClientIP = address(value)
			case "host":
				r.ClientHost = unknown(value)
			}
		}
	}
	r.AuthUser = user
	switch string(result) {
	case "ok":
		r.Kind = parser.KindSession
		return parser.Found
	case "permfail", "tempfail":
		r.Kind, r.Outcome, r.Stage, r.Session = parser.KindReject, parser.OutcomeRejected, parser.StageAuth, true
		r.Reply = authFailed
		if string(result) == "tempfail" {
			r.Reply = authUnsure
		}
		return parser.Found
	}
	return parser.Unrecognized
}

// known are lines without a session that carry no event.
func known(m []byte) bool {
	for _, p := range [...]string{
		"info: OpenSMTPD ", "info: queue handler exiting", "info: scheduler handler exiting", "info: control process exiting",
		"smtp-in: New session ", "smtp-in: Closing session ", "smtp-in: Disconnecting session ", "smtp-in: Received disconnect from session ",
		"smtp-in: Started TLS on session ", "smtp-in: Client certificate verification ", "smtp-in: Accepted message ",
		"smtp-in: Accepted authentication ", "smtp-in: Authentication failed ", "smtp-in: Bad input on session ",
		"smtp-out: Connecting to ", "smtp-out: Connected on session ", "smtp-out: Closing session ", "smtp-out: Started TLS on session ",
		"smtp-out: Server certificate verification ", "smtp-out: Error on session ", "smtp-out: Disabling route ", "smtp-out: Enabling route ",
		"smtp-out: No valid route for ", "smtp-out: Address family mismatch on ",
		"warn: queue: no return path!", "warn: queue: double bounce!", "warn: queue: cannot bounce!", "warn: loop detected",
	} {
		if hasPrefix(m, p) {
			return true
		}
	}
	return false
}
