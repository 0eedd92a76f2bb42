// Package opensmtpd reads the log lines of OpenSMTPD's smtpd, 5.4 to 7.x.
//
// It is the worked example of docs/formats.md for how to add a mail server, and complete enough to be used. OpenSMTPD
// writes three styles: "SESSION mta delivery evpid=..." since 6.1 (mta.c mta_log, mda.c mda_log, smtp_session.c), the same
// with "event=" in 5.9 and 6.0, and "relay: Ok for EVPID: ..." before (queue.c queue_log writes it still).
//
// The queue id is the message's, the first 8 digits of an envelope's 16. All sessions share one process and are told apart
// by a session id, which has no place in a Record: who the client was is known only where the line itself says so.
package opensmtpd

import (
	"bytes"

	"bouncelog/parser"
)

// MTA is the name under which OpenSMTPD's messages are kept.
const MTA = "opensmtpd"

type opensmtpd struct{}

// New returns the parser of OpenSMTPD's lines.
func New() parser.Parser { return opensmtpd{} }

func (opensmtpd) MTA() string { return MTA }

// Claims implements parser.Parser. The program is "smtpd", which Postfix's may be too, so the line must speak for itself.
func (opensmtpd) Claims(f *parser.Frame) bool {
	switch string(f.Program) {
	case "opensmtpd":
		return true
	case "smtpd":
	default:
		return false
	}
	if _, _, ok := session(f.Message); ok {
		return true
	}
	for _, p := range [...]string{"smtp-in: ", "smtp-out: ", "relay: ", "delivery: ", "info: OpenSMTPD "} {
		if hasPrefix(f.Message, p) {
			return true
		}
	}
	return false
}

// QueueTime implements parser.Parser. Ids are random numbers.
func (opensmtpd) QueueTime([]byte) (int64, bool) { return 0, false }

// Parse implements parser.Parser.
func (opensmtpd) Parse(f *parser.Frame, r *parser.Record) parser.Result {
	m := bytes.TrimRight(f.Message, " \t")
	if agent, rest, ok := session(m); ok {
		rest, _ = bytes.CutPrefix(rest, []byte("event=")) // 5.9 and 6.0
		event, fields := word(rest)
		switch agent {
		case "smtp":
			r.SessionID = m[:16]
			return smtp(string(event), fields, r)
		case "mta", "mda":
			return deliver(string(event), fields, r)
		}
		return parser.Unrecognized
	}
	for _, p := range [...]string{"relay: ", "delivery: "} {
		if rest, ok := bytes.CutPrefix(m, []byte(p)); ok {
			return outcome(rest, r)
		}
	}
	if rest, ok := bytes.CutPrefix(m, []byte("smtp-in: Failed command on session ")); ok {
		return oldFailedCommand(rest, r)
	}
	if known(m) {
		return parser.Known
	}
	return parser.Unrecognized
}

// session reads the session id and agent that most lines begin with: "7a1f0c3d5e9b2468 mta delivery ...".
func session(m []byte) (agent string, rest []byte, ok bool) {
	if len(m) < 20 || !isHex(m[:16]) || m[16] != ' ' {
		return "", nil, false
	}
	name, rest := word(m[17:])
	switch string(name) {
	case "smtp":
		return "smtp", rest, true
	case "mta":
		return "mta", rest, true
	case "mda":
		return "mda", rest, true
	}
	return "", nil, false
}

// smtp reads what the receiving side says.
func smtp(event string, b []byte, r *parser.Record) parser.Result {
	switch event {
	case "message": // msgid=4d3c2b1a size=303 nrcpt=1 proto=ESMTP
		return message(b, r)
	case "envelope": // evpid=4d3c2b1a00112233 from=<a@b.example> to=<c@d.example>
		return envelope(b, r)
	case "failed-command":
		return failedCommand(b, r)
	case "authentication":
		return authentication(b, r)
	case "connected":
		return connected(b, r)
	case "disconnected", "closed", "tls", "starttls", "cert-check", "client-cert-check", "bad-input", "filter":
		return parser.Known
	}
	return parser.Unrecognized
}

// connected reads address=192.0.2.7 host=client.example, which later lines of the session leave out since 6.1.
func connected(b []byte, r *parser.Record) parser.Result {
	for len(b) > 0 {
		var key, value []byte
		key, value, b = field(b)
		switch string(key) {
		case "address":
			r.ClientIP = address(value)
		case "host":
			r.ClientHost = unknown(value)
		}
	}
	if r.ClientIP == nil && r.ClientHost == nil {
		return parser.Known
	}
	r.Kind = parser.KindSession
	return parser.Found
}

// message begins a message. 5.9 and 6.0 write one such line a recipient, with sender and client.
func message(b []byte, r *parser.Record) parser.Result {
	for len(b) > 0 {
		var key, value []byte
		key, value, b = field(b)
		switch string(key) {
		case "msgid":
			r.QueueID = value
		case "size":
			r.Size = number(value)
		case "nrcpt":
			r.NRcpt = int32(min(number(value), 1<<30))
		case "from":
			r.HasSender, r.Sender = true, value
		case "address":
			r.ClientIP = address(value)
		case "host":
			r.ClientHost = unknown(value)
		}
	}
	if len(r.QueueID) != 8 || !isHex(r.QueueID) {
		return parser.Unrecognized
	}
	r.Kind = parser.KindBegin
	return parser.Found
}

func envelope(b []byte, r *parser.Record) parser.Result {
	for len(b) > 0 {
		var key, value []byte
		key, value, b = field(b)
		switch string(key) {
		case "evpid":
			r.QueueID = messageOf(value)
		case "from":
			r.HasSender, r.Sender = true, value
		}
	}
	if r.QueueID == nil {
		return parser.Unrecognized
	}
	r.Kind = parser.KindContext
	return parser.Found
}

// deliver reads what the sending agents say: mta over SMTP, mda to a mailbox.
func deliver(event string, b []byte, r *parser.Record) parser.Result {
	switch event {
	case "delivery": // evpid=... from=<> to=<> rcpt=<> source="" relay="" delay=1s result="Ok" stat="250 ..."
		return attempt(b, r)
	case "connecting", "connected", "disconnected", "closed", "tls", "starttls", "cert-check", "server-cert-check", "auth", "error":
		return parser.Known // an error is said again by the deliveries that it ended
	}
	return parser.Unrecognized
}

// attempt reads the fields of a delivery in the order in which they are written. The last, stat, goes on to the end of
// the line: it holds the remote server's words, which may look like fields.
func attempt(b []byte, r *parser.Record) parser.Result {
	var result []byte
	for len(b) > 0 {
		if stat, ok := bytes.CutPrefix(b, []byte("stat=")); ok {
			setReply(unquote(stat), r)
			break
		}
		var key, value []byte
		key, value, b = field(b)
		switch string(key) {
		case "evpid":
			r.QueueID = messageOf(value)
		case "result":
			result = value
		default:
			attemptField(key, value, r)
		}
	}
	return finish(result, r)
}

// outcome reads the style before 5.9: "Ok for 4d3c2b1a00112233: session=..., from=<>, to=<>, rcpt=<>, source=..., relay=...,
// delay=1s, stat=..." after "relay: " or "delivery: ".
func outcome(b []byte, r *parser.Record) parser.Result {
	result, b := word(b)
	b, ok := bytes.CutPrefix(b, []byte("for "))
	if !ok {
		return parser.Unrecognized
	}
	evpid, b, ok := bytes.Cut(b, []byte(": "))
	if !ok {
		return parser.Unrecognized
	}
	r.QueueID = messageOf(evpid)
	for len(b) > 0 {
		if stat, ok := bytes.CutPrefix(b, []byte("stat=")); ok {
			setReply(stat, r)
			break
		}
		key, rest, ok := bytes.Cut(b, []byte("="))
		if !ok {
			break
		}
		value, rest := until(rest, ", ")
		attemptField(key, bytes.Trim(value, "<>"), r)
		b = rest
	}
	return finish(result, r)
}

func attemptField(key, value []byte, r *parser.Record) {
	switch string(key) {
	case "from":
		r.HasSender, r.Sender = true, value
	case "to":
		r.Recipients = append(r.Recipients, value)
	case "rcpt":
		if string(value) != "-" {
			r.OrigRecipient = value
		}
	case "relay": // 192.0.2.25 (mx.example.org)
		ip, host, _ := bytes.Cut(value, []byte(" ("))
		r.RelayIP = address(ip)
		r.RelayHost = unknown(bytes.TrimSuffix(host, []byte(")")))
	case "delay":
		r.Delay = duration(value)
	}
}

func finish(result []byte, r *parser.Record) parser.Result {
	switch string(result) {
	case "Ok":
		r.Outcome = parser.OutcomeDelivered
	case "TempFail":
		r.Outcome = parser.OutcomeDeferred
	case "PermFail", "LoopDetected", "Loop":
		r.Outcome = parser.OutcomeBounced
	case "Expire":
		r.Outcome, r.GaveUp = parser.OutcomeExpired, true
	case "Remove":
		r.Outcome = parser.OutcomeDeleted
	default:
		return parser.Unrecognized
	}
	if r.QueueID == nil || len(r.Recipients) == 0 {
		return parser.Unrecognized
	}
	r.Kind = parser.KindAttempt
	return parser.Found
}

func setReply(reply []byte, r *parser.Record) {
	r.Reply = reply
	r.ReplyCode, r.Enhanced = parser.ReplyCodes(reply)
}
