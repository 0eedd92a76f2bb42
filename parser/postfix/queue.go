package postfix

import (
	"bytes"

	"bouncelog/parser"
)

// queueManager reads qmgr's lines behind "from=":
//
//	from=<a@b>, size=1662, nrcpt=1 (queue active)
//	from=<a@b>, status=expired, returned to sender
func queueManager(m []byte, r *parser.Record) parser.Result {
	sender, m, ok := qmgrSender(m)
	if !ok {
		return parser.Unrecognized
	}
	r.HasSender, r.Sender = true, sender
	if hasPrefix(m, ", status=") {
		m = m[len(", status="):]
		if hasPrefix(m, "force-") { // postsuper -e and -f, 3.5
			m = m[len("force-"):]
		}
		if !hasPrefix(m, "expired") {
			return parser.Unrecognized
		}
		r.Kind, r.Outcome = parser.KindGiveUp, parser.OutcomeExpired
		return parser.Found
	}
	m = m[len(", size="):]
	size, n := number(m)
	if n == 0 {
		return parser.Unrecognized
	}
	r.Kind, r.Size = parser.KindContext, size
	if m = m[n:]; hasPrefix(m, ", nrcpt=") {
		v, _ := number(m[len(", nrcpt="):])
		r.NRcpt = int32(min(v, 1<<30))
	}
	return parser.Found
}

func qmgrSender(m []byte) (sender, rest []byte, ok bool) {
	if len(m) > 0 && m[0] == '<' {
		sender, n := address(m[1:], ", size=", ", status=")
		if n < 0 {
			return nil, nil, false
		}
		return sender, m[1+n:], true
	}
	for _, s := range [...]string{", size=", ", status="} {
		if n := index(m, s); n >= 0 {
			return m[:n], m[n:], true
		}
	}
	return nil, nil, false
}

// messageID reads cleanup's "message-id=<a@b>" behind the "=". The header is anybody's: it may lack the brackets, hold spaces or comments,
// or be cut. What stands in the first brackets counts, else all of it.
func messageID(m []byte, r *parser.Record) parser.Result {
	r.Kind = parser.KindContext
	m = trim(m)
	if len(m) > 0 && m[0] == '<' {
		m = m[1:]
		if n := bytes.IndexByte(m, '>'); n >= 0 {
			m = m[:n]
		}
	}
	if len(m) == 0 {
		return parser.Known // "message-id=<>": the message has none
	}
	r.MessageID = m
	return parser.Found
}

// client reads smtpd's first line of a message behind "client=" (smtpd.c):
//
//	client=a.b[192.0.2.1], sasl_method=PLAIN, sasl_username=bob, sasl_sender=c@d, orig_queue_id=4F1C, orig_client=e.f[192.0.2.2]
func client(m []byte, r *parser.Record) parser.Result {
	host, ip, _, n := hostPort(m)
	if n == 0 {
		return parser.Unrecognized
	}
	r.Kind = parser.KindBegin
	r.ClientHost, r.ClientIP = unknownNil(host), ip
	clientFields(m[n:], r)
	return parser.Found
}

// clientFields reads what follows the client. The user name is the one field whose words the client chooses: it ends
// only where a field that may follow it does, in Postfix's order.
func clientFields(m []byte, r *parser.Record) {
	if len(m) == 0 { // nearly always
		return
	}
	m = skipField2(m, ", sasl_method=")
	if hasPrefix(m, ", sasl_username=") {
		m = m[len(", sasl_username="):]
		end := len(m)
		for _, s := range [...]string{", sasl_sender=", ", tls=", ", orig_queue_id=", ", orig_client="} {
			if i := index(m, s); i >= 0 && i < end {
				end = i
			}
		}
		r.AuthUser, m = m[:end], m[end:]
	}
	m = skipField2(m, ", sasl_sender=")
	m = skipField2(m, ", tls=")
	if hasPrefix(m, ", orig_queue_id=") {
		m = m[len(", orig_queue_id="):]
		n := 0
		for n < len(m) && m[n] != ',' && m[n] != ' ' {
			n++
		}
		r.OrigQueueID, m = m[:n], m[n:]
	}
	if hasPrefix(m, ", orig_client=") {
		// The client that the content filter or front end took the message from: that is who sent it.
		if host, ip, _, n := hostPort(m[len(", orig_client="):]); n > 0 && (unknownNil(host) != nil || ip != nil) {
			r.Forwarded = loopback(r.ClientIP)
			r.ClientHost, r.ClientIP = unknownNil(host), ip
		}
	}
}

// loopback reports whether a client is a program of this host.
func loopback(ip []byte) bool { return hasPrefix(ip, "127.") || string(ip) == "::1" }

// skipField2 steps over a field without spaces that may be the last.
func skipField2(m []byte, name string) []byte {
	if !hasPrefix(m, name) {
		return m
	}
	if n := index(m[len(name):], ", "); n >= 0 {
		return m[len(name)+n:]
	}
	return nil
}

// sessionClient reads "NOQUEUE: client=", which smtpd says in front of a before-queue filter: there is no queue
// file yet, but the lines that follow from this process are about this client.
func sessionClient(m []byte, r *parser.Record) parser.Result {
	if res := client(m, r); res != parser.Found {
		return res
	}
	r.Kind = parser.KindSession
	return parser.Found
}

// pickup reads "uid=1000 from=<a@b>" and, of requeued mail, "uid=89 from=<a@b> orig_id=4F1C" (pickup.c).
func pickup(m []byte, r *parser.Record) parser.Result {
	_, n := number(m[len("uid="):])
	m = m[len("uid=")+n:]
	if n == 0 || !hasPrefix(m, " from=") {
		return parser.Unrecognized
	}
	m = m[len(" from="):]
	r.Kind, r.HasSender = parser.KindBegin, true
	if len(m) == 0 || m[0] != '<' {
		r.Sender = m
		return parser.Found
	}
	sender, n := address(m[1:], "", " orig_id=")
	if n < 0 {
		return parser.Unrecognized
	}
	r.Sender = sender
	if m = m[1+n:]; hasPrefix(m, " orig_id=") {
		r.OrigQueueID, r.Requeued = token(m[len(" orig_id="):]), true
	}
	return parser.Found
}

// removed reads "removed" of qmgr and postsuper, and of cleanup (3.10) "removed (canceled)" and "removed (discarded)".
func removed(d daemon, m []byte, r *parser.Record) parser.Result {
	switch string(m) {
	case "":
		if d == postsuper {
			r.Kind, r.Outcome = parser.KindGiveUp, parser.OutcomeDeleted
			return parser.Found
		}
		r.Kind = parser.KindEnd
		r.Open = d == anyDaemon // RFC 5424 by rsyslog: the queue manager's or postsuper's
		return parser.Found
	case " (canceled)", " (discarded)":
		r.Kind = parser.KindEnd
		return parser.Found
	}
	return parser.Unrecognized
}

// notification reads bounce(8)'s links from a message to the bounce message about it:
//
//	sender non-delivery notification: 4F1C
//	sender notification failed to <a@b>: reason (3.11)
func notification(m []byte, r *parser.Record) parser.Result {
	for _, n := range [...]struct {
		words string
		kind  parser.DSNKind
	}{
		{"sender non-delivery notification: ", parser.DSNFailure},
		{"sender delay notification: ", parser.DSNDelay},
		{"sender delivery status notification: ", parser.DSNSuccess},
		{"postmaster non-delivery notification: ", parser.DSNPostmaster},
		{"postmaster delay notification: ", parser.DSNPostmaster},
	} {
		if hasPrefix(m, n.words) {
			id := m[len(n.words):]
			if k := queueIDLen(id); k == 0 || k != len(id) {
				return parser.Unrecognized
			}
			r.Kind, r.DSN, r.Child = parser.KindDSN, n.kind, id
			return parser.Found
		}
	}
	switch {
	case hasPrefix(m, "sender notification failed"), hasPrefix(m, "postmaster notification failed"),
		hasPrefix(m, "sender non-delivery notification failed"), hasPrefix(m, "sender delay notification failed"),
		string(m) == "skipped, still being delivered":
		return parser.Known
	}
	return parser.Unrecognized
}

// administrator reads what postsuper(1) does to one message.
func administrator(m []byte, r *parser.Record) parser.Result {
	switch string(m) {
	case "placed on hold":
		r.Kind, r.Whole, r.Outcome = parser.KindHold, true, parser.OutcomeHeld
	case "released from hold":
		r.Kind, r.Whole = parser.KindRelease, true
	case "requeued", "expired": // pickup's orig_id= or qmgr's status= tell the rest
		return parser.Known
	default:
		return parser.Unrecognized
	}
	return parser.Found
}

const requeue = "Requeue: "

// mailScanner reads the one line of MailScanner that is about Postfix's queue: it takes messages that a header check put on hold, and
// puts them back under another id ("Requeue: 210F0261C9D.AFE5C to CDCFE261CA1"; the part behind the dot is its own).
func mailScanner(m []byte, r *parser.Record) parser.Result {
	m = m[min(len(m), len(requeue)):]
	n := queueIDLen(m)
	i := index(m, " to ")
	if n == 0 || i < n || m[n] != '.' {
		return parser.Unrecognized
	}
	next := m[i+len(" to "):]
	if queueIDLen(next) != len(next) || len(next) == 0 {
		return parser.Unrecognized
	}
	r.Kind, r.Instance, r.QueueID, r.NextQueueID = parser.KindRename, defaultInstance, m[:n], next
	return parser.Found
}
