package exim

import (
	"bytes"

	"bouncelog/parser"
)

// remoteWords begin a reason that ends with what the remote server said, "... after COMMAND: WORDS" (check_response in
// transports/smtp.c, lmtp.c; the second form is that of older versions).
var remoteWords = [...]string{
	"SMTP error from remote mail server after ",
	"SMTP error from remote mailer after ",
	"LMTP error after ",
	"PRDR error after ",
}

// sessionWords begin Exim's own words about a session that broke, with the command that it waited for.
var sessionWords = [...]struct{ begin, before string }{
	{"SMTP timeout while connected to ", " after "},
	{"SMTP timeout after ", ""},
	{"LMTP timeout after ", ""},
	{"LMTP connection closed after ", ""},
	{"Remote host closed connection in response to ", ""},
	{"Remote host ", " closed connection in response to "},
	{"Malformed SMTP reply", " in response to "},
	{"Malformed LMTP response after ", ""},
}

// readReason reads why a delivery failed or waits: Reply and its codes, Stage, who said it, and whether it was given up.
func readReason(b []byte, r *parser.Record) {
	if len(b) == 0 {
		return
	}
	for _, begin := range remoteWords {
		if hasPrefix(b, begin) {
			readRemote(b, b[len(begin):], r)
			return
		}
	}
	if n := strerrorLen(b); n > 0 && hasPrefix(b[n:], ": ") {
		// "Connection timed out: SMTP timeout while connected to mx.b.example [192.0.2.2] after RCPT TO:<bob@b.example>"
		if rest := b[n+2:]; isSession(rest) {
			readReason(rest, r)
			return
		}
	}
	const late = ": retry timeout exceeded"
	if r.Outcome == parser.OutcomeBounced && hasSuffix(b, late) {
		r.Outcome = parser.OutcomeExpired // with its last words: "host lookup did not complete: retry timeout exceeded"
		b = b[:len(b)-len(late)]
	}
	r.Reply, r.Own = b, true
	switch {
	case string(b) == "retry timeout exceeded":
		giveUp(r)
		return
	case hasPrefix(b, "all hosts") && index(b, "have been failing for a long time") > 0,
		hasPrefix(b, "retry time not reached for any host after a long failure period"):
		giveUp(r)
		return
	case hasPrefix(b, "a TLS session is required"), hasPrefix(b, "TLS "), hasPrefix(b, "DANE "), hasPrefix(b, "failure while setting up TLS"):
		r.Stage = parser.StageTLS
		return
	case hasPrefix(b, "authentication required but "), hasPrefix(b, "server did not advertise AUTH"):
		r.Stage = parser.StageAuth
		return
	}
	for _, w := range sessionWords {
		if !hasPrefix(b, w.begin) {
			continue
		}
		cmd := b[len(w.begin):]
		if w.before != "" {
			i := index(cmd, w.before)
			if i < 0 {
				continue
			}
			if r.RelayIP == nil && len(w.begin) > len("Malformed SMTP reply") || w.begin == "Remote host " {
				relay(cmd[:i], r)
			}
			cmd = cmd[i+len(w.before):]
		}
		r.Stage = stage(cmd)
		// "Remote host closed connection in response to HELO a.example (EHLO response was: 421 4.7.1 busy)": its last words tell why
		if r.Stage != parser.StageHello {
			return
		}
		if i := index(cmd, " (EHLO response was: "); i > 0 {
			r.Reply, r.Own = bytes.TrimSuffix(cmd[i+len(" (EHLO response was: "):], []byte(")")), false
			r.ReplyCode, r.Enhanced = parser.ReplyCodes(r.Reply)
		}
		return
	}
	if st := connectStage(b); st != parser.StageNone {
		r.Stage = st
		return
	}
	// An own text may carry codes: ":fail: 550 5.1.1 gone" in an alias file.
	r.ReplyCode, r.Enhanced = parser.ReplyCodes(b)
}

func giveUp(r *parser.Record) {
	r.GaveUp = true
	if r.Outcome == parser.OutcomeBounced {
		r.Outcome = parser.OutcomeExpired
	}
}

// readRemote reads "COMMAND: WORDS" or, of older versions, "COMMAND: host NAME [IP]: WORDS". all is the whole reason, the reply if it
// was cut before the words.
func readRemote(all, b []byte, r *parser.Record) {
	r.Stage = stage(b)
	if hasPrefix(all, "PRDR ") {
		r.Stage = parser.StageEndOfData // whatever command Exim names: each recipient's answer to the message
	}
	n := commandLen(b)
	if n >= len(b) {
		r.Reply, r.Own = all, true
		return
	}
	words := skipSpace(b[n+1:])
	if hasPrefix(words, "host ") {
		if h, rest := readHost(words[5:]); h.ip != nil && hasPrefix(rest, ": ") {
			if r.RelayIP == nil {
				r.RelayHost, r.RelayIP, r.RelayPort = h.name, h.ip, h.port
			}
			words = rest[2:]
		}
	}
	const late = ": retry timeout exceeded"
	r.ReplyCode, r.Enhanced = parser.ReplyCodes(words)
	// Only where the server did not refuse for good: its own words may end like this.
	if hasSuffix(words, late) && r.Outcome == parser.OutcomeBounced && r.ReplyCode < 500 {
		words = words[:len(words)-len(late)]
		r.Outcome = parser.OutcomeExpired
	}
	r.Reply = words
}

// commandLen is the length of the SMTP command up to the ": " that ends it. Addresses in it stand in angle brackets.
func commandLen(b []byte) int {
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case '<':
			if _, n := angle(b[i:]); n > 0 {
				i += n - 1
			}
		case ':':
			if i+1 == len(b) || b[i+1] == ' ' {
				return i
			}
		}
	}
	return len(b)
}

// relay takes the server from "mx.b.example [192.0.2.1]".
func relay(b []byte, r *parser.Record) {
	if h, _ := readHost(b); r.RelayIP == nil && h.ip != nil {
		r.RelayHost, r.RelayIP, r.RelayPort = h.name, h.ip, h.port
	}
}

// stage is the point of the dialogue that Exim's words for a command mean.
func stage(cmd []byte) parser.Stage {
	if hasPrefix(cmd, "pipelined ") {
		cmd = cmd[len("pipelined "):]
	}
	for _, s := range stages {
		if hasPrefix(cmd, s.word) {
			return s.stage
		}
	}
	return parser.StageNone
}

var stages = [...]struct {
	word  string
	stage parser.Stage
}{
	{"RCPT TO:", parser.StageRcpt},
	{"MAIL FROM:", parser.StageMail},
	{"end of data", parser.StageEndOfData},
	{"initial connection", parser.StageConnect},
	{"EHLO ", parser.StageHello},
	{"HELO ", parser.StageHello},
	{"LHLO ", parser.StageHello},
	{"DATA", parser.StageData},
	{"BDAT", parser.StageEndOfData},
	{"sending data block", parser.StageEndOfData},
	{"final BDAT", parser.StageEndOfData},
	{"STARTTLS", parser.StageTLS},
	{"SSL-on-connect", parser.StageTLS},
	{"AUTH", parser.StageAuth},
	{"QUIT", parser.StageQuit},
	{"RSET", parser.StageMail},
	{"LMTP greeting", parser.StageConnect},
}

// connectStage knows the system's words for a connection that was not made.
func connectStage(b []byte) parser.Stage {
	if isStrerror(b) {
		switch b[0] {
		case 'C', 'O', 'H':
			return parser.StageConnect
		case 'N':
			if !hasPrefix(b, "No such file") && !hasPrefix(b, "No error") {
				return parser.StageConnect
			}
		}
	}
	return parser.StageNone
}

// isStrerror knows the words of strerror(3) on the systems that run Exim, and those of Exim's own error numbers (log.c).
func isStrerror(b []byte) bool { return strerrorLen(b) > 0 }

// strerrorLen is the length of such words at the start of b.
func strerrorLen(b []byte) int {
	for _, s := range strerrors {
		if len(b) > 0 && b[0] == s[0] && hasPrefix(b, s) && (len(b) == len(s) || b[len(s)] == ':' || b[len(s)] == ' ') {
			return len(s)
		}
	}
	return 0
}

// isSession reports whether b says what a remote server answered, or how the dialogue with it broke.
func isSession(b []byte) bool {
	for _, s := range remoteWords {
		if hasPrefix(b, s) {
			return true
		}
	}
	for i := range sessionWords {
		if hasPrefix(b, sessionWords[i].begin) {
			return true
		}
	}
	return false
}

var strerrors = [...]string{
	"Connection refused", "Connection timed out", "Operation timed out", "No route to host", "Network is unreachable",
	"Network unreachable", "Network Error", "Host is unreachable", "Host is down", "Network is down", "Connection reset by peer",
	"Operation already in progress", "Operation now in progress", "Cannot assign requested address", "Can't assign requested address",
	"No buffer space available", "Network dropped connection on reset", "Connection aborted", "Connection reset by network",
	"Software caused connection abort", "Broken pipe", "Permission denied", "Operation not permitted", "Invalid argument",
	"Address family not supported", "Protocol not supported", "Protocol not available", "Protocol error", "Socket is not connected",
	"Transport endpoint is not connected", "Resource temporarily unavailable", "No such file or directory", "Success",
	"Address already in use", "Bad file descriptor", "Input/output error", "Interrupted system call", "Required key not available",
	"Too many open files", "Value too large", "Undefined error: 0", "Unknown error", "No error",
	"unknown error", "smtp closed", "smtp format", "Failed to start TLS session", "Mandatory TLS session not started",
	"Delivery filter process failure", "Delivery write incomplete error", "Lookup failed routing or in smtp tpt",
	"When required by client", "Used internally in smtp transport", "RCPT gave 4xx error", "MAIL gave 4xx error",
	"DATA gave 4xx error", "Negotiation failed for proxy configured host", "Authenticator 'other' failure",
	"target not supporting SMTPUTF8", "Some expansion failed", "DNS lookup defer",
}
