// Package postfix reads the log lines of Postfix 2.3 to 3.11, and older ones where they say the same.
//
// It exists because Postfix has no one format: some thirty daemons each write sentences of their own, under a
// program name that the administrator may choose (syslog_name). The few sentences that tell what became of mail are
// taken apart by hand, in the field order of the source that writes them (log_adhoc.c, smtpd_check.c, cleanup_message.c,
// ...), because senders, HELO names, subjects and remote replies are free to imitate fields. All others are held
// against the shapes in messages.txt, so that a line nobody has described is not passed over in silence.
package postfix

import (
	"bytes"

	"bouncelog/parser"
)

// New returns the parser of Postfix's lines. It has no state and may serve several goroutines.
func New() parser.Parser {
	return &postfix{shapes: loadShapes(messages)}
}

type postfix struct {
	shapes *shapes
}

// MTA implements parser.Parser.
func (p *postfix) MTA() string { return "postfix" }

// Claims implements parser.Parser. "postfix/x" and "postfix-out/x" are ours whatever they say; "default/smtp" (another
// syslog_name) is if x is a daemon of no other mail server; a bare "smtpd" or "postfix-out" (which rsyslog's RFC 5424
// makes of "postfix-out/smtp") must also talk like Postfix, since OpenSMTPD and others share such names.
func (p *postfix) Claims(f *parser.Frame) bool {
	pr := splitProgram(f.Program)
	switch pr.claim {
	case claimYes:
		return true
	case claimIfSaid:
		return p.says(pr.daemon, trim(f.Message))
	}
	return string(f.Program) == "MailScanner" && hasPrefix(trim(f.Message), requeue)
}

// says reports whether m is a sentence of Postfix.
func (p *postfix) says(d daemon, m []byte) bool {
	if n := queueIDPrefix(m); n > 0 {
		rest := m[n+2:]
		for _, s := range [...]string{"to=", "from=", "client=", "message-id=", "uid=", "removed", "reject: ", "milter-"} {
			if hasPrefix(rest, s) {
				return true
			}
		}
	}
	if hasPrefix(m, "NOQUEUE: ") || hasPrefix(m, "connect from ") || hasPrefix(m, "disconnect from ") {
		return true
	}
	return p.known(d, m)
}

// Name implements parser.Namer: it gives a *program.
func (p *postfix) Name(program []byte) any {
	pr := splitProgram(program)
	return &pr
}

// Parse implements parser.Parser.
func (p *postfix) Parse(f *parser.Frame, r *parser.Record) parser.Result {
	pr, ok := f.Name.(*program)
	if !ok {
		own := splitProgram(f.Program)
		pr = &own
	}
	r.Instance = pr.instance
	m := trim(f.Message)
	if pr.claim == claimNo {
		return mailScanner(m, r)
	}
	if n := queueIDPrefix(m); n > 0 {
		r.QueueID = m[:n]
		if res := queued(pr.daemon, m[n+2:], r); res != parser.Unrecognized {
			return res
		}
	} else if res := unqueued(pr.daemon, m, r); res != parser.Unrecognized {
		return res
	}
	if p.known(pr.daemon, m) {
		return parser.Known
	}
	return parser.Unrecognized
}

// queued reads what follows "QUEUEID: ".
func queued(d daemon, m []byte, r *parser.Record) parser.Result {
	if len(m) == 0 {
		return parser.Unrecognized
	}
	switch m[0] {
	case 't':
		if hasPrefix(m, "to=") {
			return delivery(d, m[len("to="):], r)
		}
	case 'f':
		if hasPrefix(m, "from=") {
			return queueManager(m[len("from="):], r)
		}
	case 'm':
		if hasPrefix(m, "message-id=") {
			return messageID(m[len("message-id="):], r)
		}
	case 'c':
		if hasPrefix(m, "client=") {
			return client(m[len("client="):], r)
		}
	case 'u':
		if hasPrefix(m, "uid=") {
			return pickup(m, r)
		}
	case 'r':
		if hasPrefix(m, "removed") {
			return removed(d, m[len("removed"):], r)
		}
		if hasPrefix(m, "resent-message-id=") {
			return parser.Known
		}
	case 's', 'p':
		if res := notification(m, r); res != parser.Unrecognized {
			return res
		}
	}
	if res := administrator(m, r); res != parser.Unrecognized {
		return res
	}
	if res := action(d, m, r); res != parser.Unrecognized {
		return res
	}
	return hint(d, m, r)
}

// unqueued reads a message that begins with no queue id.
func unqueued(d daemon, m []byte, r *parser.Record) parser.Result {
	if len(m) == 0 {
		return parser.Unrecognized
	}
	switch m[0] {
	case 'N':
		if rest, ok := bytes.CutPrefix(m, noqueue); ok {
			if hasPrefix(rest, "client=") {
				return sessionClient(rest[len("client="):], r)
			}
			return action(d, rest, r)
		}
	case 'c':
		if hasPrefix(m, "connect to ") {
			return hint(d, m, r)
		}
		if hasPrefix(m, "connect from ") && d.is(smtpd|qmqpd) {
			return parser.Known
		}
	case 'd':
		if hasPrefix(m, "disconnect from ") && d.is(smtpd|qmqpd) {
			return parser.Known
		}
	case 'A', 'T', 'U', 'V': // Anonymous, Trusted, Untrusted, Verified
		if i := bytes.IndexByte(m, ' '); i > 0 && hasPrefix(m[i:], " TLS connection ") {
			return parser.Known
		}
	case 'p':
		if hasPrefix(m, "proxy-reject: ") && d.is(smtpd) {
			return proxyReject(m[len("proxy-reject: "):], r)
		}
	case 'S':
		if hasPrefix(m, "SSL_accept error from ") && d.is(smtpd|tlsproxy) {
			return tlsFailure(m[len("SSL_accept error from "):], m, r)
		}
	case 'w':
		if rest, ok := bytes.CutPrefix(m, warning); ok {
			return warned(d, rest, r)
		}
	}
	return parser.Unrecognized
}

var (
	noqueue = []byte("NOQUEUE: ")
	warning = []byte("warning: ")
)
