// Package sendmail reads the log lines of Sendmail 8.8 to 8.18, log levels 9 to 15 and above.
//
// It exists because Sendmail says nearly everything in two lines, "from=" and "to=", whose fields come in a fixed order but
// are neither quoted nor escaped: senders, message-ids and remote replies stand in them as strangers wrote them. Each
// line is therefore read from the end that no stranger can reach; the order is that of logsender (envelope.c) and
// logdelivery (deliver.c) in Sendmail's source.
package sendmail

import (
	"bytes"

	"bouncelog/parser"
)

// MTA is the name under which Sendmail's messages are kept.
const MTA = "sendmail"

type sendmail struct{}

// New returns the parser of Sendmail's lines.
func New() parser.Parser { return sendmail{} }

func (sendmail) MTA() string { return MTA }

// Claims takes every line of a program that is named like Sendmail's (sendmail, sm-mta, sm-msp-queue, sm-que,
// sm-acceptingconnections, sendmail-in), and of other programs, since "sendmail -L tag" gives any name, what only Sendmail writes.
func (sendmail) Claims(f *parser.Frame) bool {
	p := f.Program
	if i := bytes.LastIndexByte(p, '/'); i >= 0 {
		if i > 0 && p[0] != '/' {
			return false // "postfix/sendmail" is Postfix's command
		}
		p = p[i+1:]
	}
	if named(p) {
		return true
	}
	return written(bytes.TrimSpace(f.Message))
}

func named(p []byte) bool {
	for _, prefix := range [...]string{"sendmail", "sm-"} {
		if !hasPrefix(p, prefix) {
			continue
		}
		rest := p[len(prefix):]
		if prefix == "sm-" {
			// sm-mta, sm-msp-queue, sm-client, sm-notify and whatever sendmail -L was given in that style
			return len(rest) > 0
		}
		if len(rest) == 0 || rest[0] == '-' || rest[0] == ':' || rest[0] == '_' {
			return true
		}
		return rest[0] == '.' && string(rest) != ".postfix" && string(rest) != ".exim"
	}
	return false
}

// written reports whether only Sendmail writes such a message: it is asked of programs of any name, so it looks for the
// shape of a queue id together with fields that other MTAs do not have ("class=", "stat=").
func written(m []byte) bool {
	id, rest := splitID(m)
	if id == nil {
		if hasPrefix(m, "NOQUEUE: ") {
			m = m[len("NOQUEUE: "):]
		}
		switch {
		case hasPrefix(m, "ruleset="):
			return contains(m, ", arg1=") && contains(m, ", relay=")
		case hasPrefix(m, "AUTH=server, relay="), hasPrefix(m, "STARTTLS=server, relay="), hasPrefix(m, "STARTTLS=client, relay="),
			hasPrefix(m, "STARTTLS=server, error: accept failed="):
			return true
		}
		return false
	}
	switch {
	case hasPrefix(rest, "from="):
		return contains(rest, ", class=")
	case hasPrefix(rest, "to="):
		return contains(rest, ", delay=") && contains(rest, ", stat=")
	case hasPrefix(rest, "ruleset="):
		return contains(rest, ", arg1=")
	case hasPrefix(rest, "done; delay="), hasPrefix(rest, "Milter: "), hasPrefix(rest, "milter="), hasPrefix(rest, "AUTH failure ("):
		return true
	case hasPrefix(rest, "<"):
		return !hasPrefix(rest, "<-- ") && contains(rest, ">... ")
	}
	if child, what := splitID(rest); child != nil {
		_, ok := notice(what)
		return ok || hasPrefix(what, "clone: ")
	}
	return false
}

func (sendmail) Parse(f *parser.Frame, r *parser.Record) parser.Result {
	m := bytes.TrimSpace(f.Message) // rsyslog leaves a space before the text in RFC 5424
	if len(m) == 0 {
		return parser.Known
	}
	id, rest := splitID(m)
	if id == nil {
		if hasPrefix(m, "NOQUEUE: ") {
			m = m[len("NOQUEUE: "):]
		}
		return withoutID(m, r)
	}
	if n, text, ok := part(rest); ok {
		// A message longer than syslog takes is split: "ID[1]: text ...", "ID[2]: text".
		if n != 1 {
			return parser.Known
		}
		rest = bytes.TrimSuffix(text, []byte(" ..."))
	}
	r.QueueID = id
	return withID(rest, r)
}

// withID reads what follows "6AM7Dr98000162: ".
func withID(m []byte, r *parser.Record) parser.Result {
	if len(m) == 0 {
		return parser.Unrecognized
	}
	switch m[0] {
	case 'f':
		if hasPrefix(m, "from=") {
			return from(m[len("from="):], r)
		}
	case 't':
		if hasPrefix(m, "to=") {
			return to(m[len("to="):], r)
		}
		if hasPrefix(m, "timeout waiting for input from ") {
			return timeout(m, r)
		}
	case '<':
		if isCommandLine(m) {
			return parser.Known
		}
		return refusedAddress(m, r)
	case 'd':
		if hasPrefix(m, "done; delay=") {
			r.Kind = parser.KindEnd
			return parser.Found
		}
		if string(m) == "discarded" {
			// sendall (deliver.c): $#discard or a milter's discard; at log level 10 "to=" lines with stat=discarded instead
			r.Kind, r.Outcome = parser.KindGiveUp, parser.OutcomeDiscarded
			return parser.Found
		}
	case 'm':
		if hasPrefix(m, "message size (") {
			return tooLarge(m, r)
		}
		if hasPrefix(m, "milter=") {
			if i := index(m, ", "); i > 0 && hasPrefix(m[i:], ", quarantine=") {
				return quarantined(m[i+len(", quarantine="):], r)
			}
		}
	case 'S':
		if hasPrefix(m, "SYSERR(") {
			return sysErr(m, r)
		}
	case 'c':
		if hasPrefix(m, "clone ") { // 8.11 and older: "clone ID2, owner=list-owner@x"
			rest := m[len("clone "):]
			if i := index(rest, ", owner="); i > 0 && isID(rest[:i]) {
				return continuation(rest[:i], rest[i+len(", owner="):], r)
			}
		}
	case 's':
		if hasPrefix(m, "split: ") {
			return split(m, r)
		}
	case 'q':
		if hasPrefix(m, "quarantine=") { // an administrator's "sendmail -Qreason" (queue.c)
			return quarantined(m[len("quarantine="):], r)
		}
	case 'u':
		if string(m) == "unquarantine" {
			r.Kind, r.Whole = parser.KindRelease, true
			return parser.Found
		}
	}
	if child, rest := splitID(m); child != nil {
		return family(child, rest, r)
	}
	if res := session(m, r); res != parser.Unrecognized {
		return res
	}
	if isKnown(m, true) {
		return parser.Known
	}
	return refusedWithoutAddress(m, r)
}

// quarantined holds a message that stays in the queue until an administrator releases it.
func quarantined(reason []byte, r *parser.Record) parser.Result {
	r.Kind, r.Outcome, r.Whole = parser.KindHold, parser.OutcomeHeld, true
	r.Reply, r.Own = reason, true
	return parser.Found
}

// withoutID reads a line that names no message.
func withoutID(m []byte, r *parser.Record) parser.Result {
	if len(m) == 0 {
		return parser.Known
	}
	if res := session(m, r); res != parser.Unrecognized {
		return res
	}
	if isKnown(m, false) {
		return parser.Known
	}
	return parser.Unrecognized
}

// from reads logsender's line:
//
//	from=<a@x>, size=1418, class=0, nrcpts=1, msgid=<1@x>, bodytype=8BITMIME, proto=ESMTP, daemon=MTA, relay=h.x [192.0.2.1]
//
// The sender and the message-id are a stranger's words. The sender is read by its brackets, the numbers follow at
// once, and what comes after the message-id is taken off from the line's end.
func from(b []byte, r *parser.Record) parser.Result {
	n := senderEnd(b)
	if n < 0 {
		return cut(b)
	}
	r.Sender, r.HasSender = address(b[:n]), true
	b = b[n:]

	var nrcpts int64
	var seen bool
	for {
		key, value, rest, ok := field(b)
		if !ok || string(key) == "msgid" || string(key) == "relay" {
			break
		}
		b = rest
		switch string(key) {
		case "size":
			r.Size = number(value)
		case "nrcpts":
			nrcpts, seen = number(value), true
		}
		if seen {
			break
		}
	}
	if !seen {
		return cut(b)
	}
	r.NRcpt = int32(min(nrcpts, 1<<30))

	if i := lastIndex(b, ", relay="); i >= 0 {
		client(b[i+len(", relay="):], r)
		b = b[:i]
	}
	last := bytes.LastIndexByte(b, ',')
	for _, key := range afterMessageID {
		if last >= 0 && hasPrefix(b[last:], key) {
			b = b[:last]
			last = bytes.LastIndexByte(b, ',')
		}
	}
	if hasPrefix(b, ", msgid=") {
		r.MessageID = unbracket(b[len(", msgid="):])
	}

	r.Kind = parser.KindBegin
	if nrcpts == 0 || r.Size == 0 && r.MessageID == nil {
		// No recipient was accepted, or the client went away before it sent a message: the line tells whose the
		// refusals were that stand before it, and nothing arrived.
		r.Kind, r.Whole = parser.KindContext, true
	}
	return parser.Found
}

// afterMessageID are the fields between msgid= and relay=, the last first.
var afterMessageID = [...]string{", auth=", ", tls_verify=", ", daemon=", ", proto=", ", bodytype="}

// senderEnd is where ", size=" follows the sender, or -1. Sendmail cuts a sender at 200 bytes, brackets and all.
func senderEnd(b []byte) int {
	const most = 200
	if n := addressEnd(b); n >= 0 && n <= most && hasPrefix(b[n:], ", size=") {
		return n
	}
	if len(b) > most && hasPrefix(b[most:], ", size=") {
		return most
	}
	if len(b) > 0 && b[0] != '<' {
		return index(b, ", size=")
	}
	return -1
}

// cut is the result for a line whose end is missing: it is one of Sendmail's, and says too little.
func cut(b []byte) parser.Result {
	if contains(b, ", stat=") {
		return parser.Unrecognized
	}
	return parser.Known
}
