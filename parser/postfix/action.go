package postfix

import (
	"bytes"

	"bouncelog/parser"
)

// action reads "reject: RCPT from ..." and its kin behind the queue id or NOQUEUE: what smtpd's restrictions, postscreen, milters and
// header and body checks did.
func action(d daemon, m []byte, r *parser.Record) parser.Result {
	n := 0
	for n < len(m) && (m[n] >= 'a' && m[n] <= 'z' || m[n] == '_' || m[n] == '-') {
		n++
	}
	if n == 0 || n+2 > len(m) || m[n] != ':' || m[n+1] != ' ' {
		return parser.Unrecognized
	}
	word, m := m[:n], m[n+2:]
	milter := hasPrefix(word, "milter-")
	if milter {
		word = word[len("milter-"):]
		if k := bytes.LastIndexByte(word, '-'); k >= 0 { // milter-header-reject
			word = word[k+1:]
		}
	}
	verb := verbOf(word)
	if verb == verbNone {
		return parser.Unrecognized
	}
	if contentClass(m) > 0 {
		if d.is(cleanup) {
			if res := contentCheck(verb, m, r); res != parser.Unrecognized {
				return res
			}
		}
		if d.is(smtp) { // smtp_header_checks
			return parser.Known
		}
		return parser.Unrecognized
	}
	if !d.is(smtpd | postscreen | cleanup | qmqpd) {
		return parser.Unrecognized
	}
	return dialogue(d, verb, milter, m, r)
}

type verb uint8

const (
	verbNone verb = iota
	verbReject
	verbDiscard
	verbHold
	verbOther // told, but the mail goes on
)

func verbOf(word []byte) verb {
	switch string(word) {
	case "reject":
		return verbReject
	case "discard":
		return verbDiscard
	case "hold", "quarantine":
		return verbHold
	case "reject_warning", "warn", "warning", "info", "filter", "redirect", "replace", "prepend", "bcc", "permit", "dunno",
		"delay", "defer", "strip", "ignore", "pass", "hangup", "abort", "accept", "shutdown":
		return verbOther
	}
	return verbNone
}

// dialogue reads an action within the SMTP dialogue (log_whatsup in smtpd_check.c, cleanup_milter.c, postscreen_smtpd.c):
//
//	RCPT from a.b[192.0.2.1]: 554 5.7.1 <c@d>: Relay access denied; from=<e@f> to=<c@d> proto=ESMTP helo=<g> sasl_username=h
func dialogue(d daemon, v verb, milter bool, m []byte, r *parser.Record) parser.Result {
	n := 0
	for n < len(m) && (m[n] >= 'A' && m[n] <= 'Z' || m[n] == '-') {
		n++
	}
	stage := m[:n]
	if hasPrefix(m, "non-SMTP command") {
		n = len("non-SMTP command")
		stage = m[:n]
	}
	if n == 0 || !hasPrefix(m[n:], " from ") {
		return parser.Unrecognized
	}
	m = m[n+len(" from "):]
	host, ip, _, n := hostPort(m)
	if n == 0 || !hasPrefix(m[n:], ": ") {
		return parser.Unrecognized
	}
	if v == verbOther {
		return parser.Known
	}
	m = m[n+2:]
	text := splitTail(m, r)
	code, enhanced := parser.ReplyCodes(text)
	if milter && code == 0 {
		if v == verbReject && len(enhanced) > 0 && enhanced[0] == '5' && submittedHere(host, m[len(text):]) {
			return localReject(r)
		}
		code = milterCode(text)
	}
	r.ClientHost, r.ClientIP = unknownNil(host), ip
	r.Reply, r.Own = text, true
	r.ReplyCode, r.Enhanced = code, enhanced
	r.Kind = parser.KindReject
	r.Stage, r.Session = stageOf(stage)
	if code == 0 && d.is(postscreen) && r.Stage == parser.StageConnect && len(r.Recipients) == 0 {
		return parser.Known // "too many connections", "all server ports busy": about postscreen's load, not about a client
	}
	if len(r.Recipients) > 0 {
		r.Session = false
	}
	switch v {
	case verbReject:
		r.Outcome = parser.OutcomeRejected
		r.Whole = r.Stage == parser.StageEndOfData || r.Stage == parser.StageData || r.Stage == parser.StageMail
	case verbDiscard:
		r.Outcome, r.Session, r.Whole = parser.OutcomeDiscarded, false, r.QueueID != nil
	case verbHold:
		r.Outcome, r.Session, r.Whole = parser.OutcomeHeld, false, r.QueueID != nil
		if r.QueueID != nil {
			r.Kind = parser.KindHold // of the whole message; the line names one of its recipients
		}
	}
	return parser.Found
}

// milterCode is the reply code that goes with the words of cleanup_milter.c itself. What a milter replies is logged without its code.
func milterCode(text []byte) int16 {
	switch string(text) {
	case "5.7.1 Command rejected":
		return 550
	case "4.7.1 Service unavailable - try again later":
		return 451
	}
	return 0
}

// submittedHere reports whether no SMTP client waits for the mail: cleanup tells milters that it comes from localhost, and writes no proto=.
func submittedHere(host, tail []byte) bool {
	return string(host) == "localhost" && hasPrefix(tail, "; from=") && index(tail, " proto=") < 0
}

// localReject is the refusal of mail for which no SMTP client waits: it ends nothing yet, since the bounce that
// cleanup makes of it is logged as an attempt.
func localReject(r *parser.Record) parser.Result {
	r.Kind = parser.KindContext
	r.Recipients = r.Recipients[:0]
	if r.Subject != nil || r.HasSender {
		return parser.Found
	}
	return parser.Known
}

// stageOf maps the SMTP command of a refusal. Without a mail transaction it is the session that was refused.
func stageOf(word []byte) (stage parser.Stage, session bool) {
	switch string(word) {
	case "CONNECT":
		return parser.StageConnect, true
	case "HELO", "EHLO":
		return parser.StageHello, true
	case "STARTTLS":
		return parser.StageTLS, true
	case "AUTH":
		return parser.StageAuth, true
	case "MAIL":
		return parser.StageMail, false
	case "RCPT":
		return parser.StageRcpt, false
	case "DATA":
		return parser.StageData, false
	case "END-OF-MESSAGE", "BDAT", "END-OF-DATA":
		return parser.StageEndOfData, false
	}
	return parser.StageNone, true // ETRN, VRFY, NOOP, UNKNOWN, ...: asks for no mail
}

// proxyReject reads a before-queue filter's refusal (smtpd.c), which names no client:
//
//	proxy-reject: END-OF-MESSAGE: 554 5.7.1 spam; from=<a@b> to=<c@d> proto=ESMTP helo=<e>
func proxyReject(m []byte, r *parser.Record) parser.Result {
	n := index(m, ": ")
	if n <= 0 {
		return parser.Unrecognized
	}
	stage, session := stageOf(m[:n])
	if session {
		return parser.Unrecognized
	}
	text := splitTail(m[n+2:], r)
	r.Kind, r.Outcome, r.Stage, r.Whole = parser.KindReject, parser.OutcomeRejected, stage, true
	r.Reply = text
	r.ReplyCode, r.Enhanced = parser.ReplyCodes(text)
	return parser.Found
}

// contentClass is the length of the class with which a header or body check begins ("header Subject: ..."), 0 if it is none.
func contentClass(m []byte) int {
	for _, s := range [...]string{"header ", "body ", "content ", "mime-error ", "mime-header ", "nested-header "} {
		if hasPrefix(m, s) {
			return len(s)
		}
	}
	return 0
}

// contentCheck reads a header or body check (cleanup_act_log in cleanup_message.c, which logs up to 200 bytes of the line):
//
//	header Subject: cheap pills from a.b[192.0.2.1]; from=<c@d> to=<e@f> proto=ESMTP helo=<g>: 5.7.1 no thanks
//
// Mail that no SMTP client waits for has no proto= (nor an origin but "local").
func contentCheck(v verb, m []byte, r *parser.Record) parser.Result {
	class := contentClass(m)
	header := m[class:]
	content, origin, tail := splitOrigin(header)
	if origin == nil {
		return parser.Unrecognized
	}
	subject := m[0] == 'h' && len(content) > 8 && equalFold(content[:8], "subject:")
	if subject {
		r.Subject = trim(content[8:])
	}
	if v == verbOther {
		if !subject {
			return parser.Known
		}
		r.Kind = parser.KindContext
		return parser.Found
	}
	fields, ok := parseTail(tail, true)
	if !ok {
		fields = tailFields{}
	}
	if host, ip, _, n := hostPort(origin); n > 0 {
		r.ClientHost, r.ClientIP = unknownNil(host), ip
	}
	local := fields.proto == nil
	fields.into(r)
	if v == verbHold {
		r.Kind, r.Whole, r.Outcome = parser.KindHold, true, parser.OutcomeHeld
		r.Reply, r.Own = fields.text, true
		return parser.Found
	}
	if local && v == verbReject {
		return localReject(r)
	}
	r.Kind, r.Whole, r.Stage = parser.KindReject, true, parser.StageEndOfData
	r.Outcome = parser.OutcomeRejected
	if v == verbDiscard {
		r.Outcome = parser.OutcomeDiscarded
	}
	r.Reply, r.Own = fields.text, true
	r.ReplyCode, r.Enhanced = parser.ReplyCodes(fields.text)
	if r.ReplyCode == 0 && len(r.Enhanced) > 0 { // smtpd answers so where a check's words begin with such a code (cleanup_stat.c)
		switch r.Enhanced[0] {
		case '5':
			r.ReplyCode = 550
		case '4':
			r.ReplyCode = 451
		}
	}
	return parser.Found
}

// splitOrigin cuts "CONTENT from ORIGIN; tail". The content is a stranger's and may hold " from x[1.2.3.4];" itself, but is no longer
// than 200 bytes: the last such place within them is Postfix's own.
func splitOrigin(m []byte) (content, origin, tail []byte) {
	const most = 200 + len(" from ")
	limit := min(len(m), most)
	for end := limit; ; {
		i := lastIndex(m[:end], " from ")
		if i < 0 {
			return nil, nil, nil
		}
		rest := m[i+len(" from "):]
		if k := bytes.IndexByte(rest, ';'); k > 0 && bytes.IndexByte(rest[:k], ' ') < 0 {
			o := rest[:k]
			if string(o) == "local" || string(o) == "unknown" || o[len(o)-1] == ']' || bytes.IndexByte(o, ']') > 0 {
				return m[:i], o, rest[k+1:]
			}
		}
		end = i
	}
}

func equalFold(b []byte, lower string) bool {
	for i := range len(lower) {
		c := b[i]
		if c >= 'A' && c <= 'Z' {
			c |= 0x20
		}
		if c != lower[i] {
			return false
		}
	}
	return true
}
