package postfix

import (
	"bytes"

	"bouncelog/parser"
)

// failed reads the words of a delivery that did not succeed into Reply, codes, Stage and, where the line's relay is
// "none", the relay that the words name. Reply is reduced to what the remote server said, where one did; the
// enhanced code is the remote server's, else the line's dsn=.
func failed(text []byte, r *parser.Record) {
	// error(8) repeats what made the queue manager give up on the destination (qmgr_error.c).
	if rest, ok := bytes.CutPrefix(text, suspended); ok {
		text = rest
	}
	r.Reply = text
	if rest, ok := bytes.CutPrefix(text, protocolError); ok && remoteSaid(rest, r) { // no reply that SMTP knows: Postfix's judgement stays in front
		r.Reply = text
		return
	}
	if remoteSaid(text, r) {
		return
	}
	r.Own = true
	r.Stage = ownStage(text, r)
}

var (
	suspended     = []byte("delivery temporarily suspended: ")
	protocolError = []byte("Protocol error: ")
)

// remoteSaid takes apart the sentences with which smtp(8) reports a remote server's words (smtp_proto.c, smtp_sasl_glue.c).
func remoteSaid(text []byte, r *parser.Record) bool {
	if rest, ok := bytes.CutPrefix(text, hostWord); ok {
		n := bytes.IndexByte(rest, ' ')
		if n <= 0 {
			return false
		}
		peer, rest := rest[:n], rest[n:]
		switch {
		case hasPrefix(rest, " said: "):
			words, stage := inReplyTo(rest[len(" said: "):])
			return setRemote(peer, words, stage, r)
		case hasPrefix(rest, " refused to talk to me: "): // the greeting or the answer to EHLO
			return setRemote(peer, rest[len(" refused to talk to me: "):], parser.StageConnect, r)
		}
		return false
	}
	// "SASL authentication failed; server x[y] said: 535 5.7.8 ..."; "SASL [CACHED] authentication failed; ..."
	if hasPrefix(text, "SASL ") {
		i := index(text, "; server ")
		if i < 0 {
			return false
		}
		rest := text[i+len("; server "):]
		n := bytes.IndexByte(rest, ' ')
		if n <= 0 || !hasPrefix(rest[n:], " said: ") {
			return false
		}
		return setRemote(rest[:n], rest[n+len(" said: "):], parser.StageAuth, r)
	}
	// "TLS is required, but host x[y] refused to start TLS: 454 4.7.0 ..."
	if rest, ok := bytes.CutPrefix(text, tlsHost); ok {
		n := bytes.IndexByte(rest, ' ')
		if n <= 0 || !hasPrefix(rest[n:], " refused to start TLS: ") {
			return false
		}
		return setRemote(rest[:n], rest[n+len(" refused to start TLS: "):], parser.StageTLS, r)
	}
	return false
}

var (
	hostWord = []byte("host ")
	tlsHost  = []byte("TLS is required, but host ")
)

func setRemote(peer, words []byte, stage parser.Stage, r *parser.Record) bool {
	setPeer(peer, r)
	r.Reply, r.Stage = words, stage
	code, enhanced := parser.ReplyCodes(words)
	r.ReplyCode = code
	if enhanced == nil {
		enhanced = laterCode(words, code)
	}
	if enhanced != nil {
		r.Enhanced = enhanced
	}
	return true
}

// laterCode finds the enhanced code of a multi-line reply, which Postfix joins with spaces, whose first line has none:
// "554-mx.example 554 5.7.1 go away".
func laterCode(words []byte, code int16) []byte {
	if code == 0 || len(words) < 4 || words[3] != '-' {
		return nil
	}
	first := words[:3]
	for i := 4; ; {
		k := bytes.Index(words[i:], first)
		if k < 0 {
			return nil
		}
		i += k
		end := i + len(first)
		if words[i-1] == ' ' && end+1 < len(words) && (words[end] == ' ' || words[end] == '-') {
			if n := parser.EnhancedCode(words[end+1:]); n > 0 {
				return words[end+1 : end+1+n]
			}
		}
		i = end
	}
}

// setPeer takes the relay from the words where the line's relay= did not name it.
func setPeer(peer []byte, r *parser.Record) {
	if r.RelayHost != nil || r.RelayIP != nil {
		return
	}
	host, ip, port, n := hostPort(peer)
	if n == 0 {
		return
	}
	r.RelayHost, r.RelayIP, r.RelayPort = unknownNil(host), ip, port
}

// inReplyTo cuts " (in reply to RCPT TO command)" off. The last one is Postfix's own; the record may be cut inside of it.
func inReplyTo(words []byte) ([]byte, parser.Stage) {
	i := lastIndex(words, "(in reply to ")
	if i <= 0 || words[i-1] != ' ' {
		return words, parser.StageNone
	}
	return words[:i-1], commandStage(words[i+len("(in reply to "):])
}

// commandStage maps smtp_proto.c's names of the commands, and the same words after "while sending".
func commandStage(b []byte) parser.Stage {
	switch {
	case hasPrefix(b, "RCPT"):
		return parser.StageRcpt
	case hasPrefix(b, "MAIL"):
		return parser.StageMail
	case hasPrefix(b, "DATA"):
		return parser.StageData
	case hasPrefix(b, "end of DATA"), hasPrefix(b, "end of data"), hasPrefix(b, "message body"):
		return parser.StageEndOfData
	case hasPrefix(b, "EHLO"), hasPrefix(b, "HELO"), hasPrefix(b, "LHLO"):
		return parser.StageHello
	case hasPrefix(b, "QUIT"):
		return parser.StageQuit
	case hasPrefix(b, "AUTH"):
		return parser.StageAuth
	case hasPrefix(b, "STARTTLS"):
		return parser.StageTLS
	}
	return parser.StageNone
}

// ownStage finds in Postfix's own words how far the dialogue had come and with whom.
func ownStage(text []byte, r *parser.Record) parser.Stage {
	switch {
	case hasPrefix(text, "connect to "):
		peer := text[len("connect to "):]
		if n := index(peer, ": "); n > 0 {
			setPeer(peer[:n], r)
		}
		return parser.StageConnect
	case hasPrefix(text, "lost connection with "):
		return whileDoing(text[len("lost connection with "):], " while ", r)
	case hasPrefix(text, "conversation with "):
		return whileDoing(text[len("conversation with "):], " timed out while ", r)
	case hasPrefix(text, "TLS is required"), hasPrefix(text, "Cannot start TLS"), hasPrefix(text, "Server certificate"),
		hasPrefix(text, "Sender requires verified TLS"), hasPrefix(text, "client TLS configuration"), hasPrefix(text, "TLSA "),
		hasPrefix(text, "no TLSA records found"), hasPrefix(text, "Verification not possible"):
		return parser.StageTLS
	case hasPrefix(text, "SASL "):
		return parser.StageAuth
	}
	return parser.StageNone
}

func whileDoing(text []byte, word string, r *parser.Record) parser.Stage {
	n := bytes.IndexByte(text, ' ')
	if n <= 0 || !hasPrefix(text[n:], word) {
		return parser.StageNone
	}
	setPeer(text[:n], r)
	doing := text[n+len(word):]
	for _, verb := range [...]string{"sending ", "performing the ", "receiving the "} {
		if hasPrefix(doing, verb) {
			doing = doing[len(verb):]
			break
		}
	}
	if hasPrefix(doing, "initial server greeting") {
		return parser.StageConnect
	}
	return commandStage(doing)
}

// hint reads smtp(8)'s complaints about one of several servers for a destination (smtp_trouble.c, smtp_connect.c): what
// it says ahead of the attempt on the next one.
//
//	4F1C: host mx1.b[192.0.2.1] said: 450 4.2.0 busy (in reply to RCPT TO command)
//	connect to mx1.b[192.0.2.1]:25: Connection refused
func hint(d daemon, m []byte, r *parser.Record) parser.Result {
	if !d.is(smtp) {
		return parser.Unrecognized
	}
	for _, s := range [...]string{"host ", "connect to ", "lost connection with ", "conversation with ", "Cannot start TLS: ",
		"TLS is required, but ", "Server certificate not ", "SASL ", "message size ", "mail for ", "Sender requires verified TLS, ",
		"SMTPUTF8 is required, but ", "TLSA lookup error for ", "TLSA records unusable", "no TLSA records found", "Verification not possible, ",
		"local data error while talking to ", "Protocol error: "} {
		if !hasPrefix(m, s) {
			continue
		}
		failed(m, r)
		if r.Own && !ownHint(m) {
			return parser.Unrecognized
		}
		r.Kind = parser.KindHint
		return parser.Found
	}
	return parser.Unrecognized
}

// ownHint holds Postfix's own words against what smtp(8) says, so that a strange sentence is noticed.
func ownHint(m []byte) bool {
	switch m[0] {
	case 'c': // connect to a[b]:25: reason; conversation with a[b] timed out while ...
		if hasPrefix(m, "connect to ") {
			_, _, _, n := hostPort(m[len("connect to "):])
			return n > 0 && hasPrefix(m[len("connect to ")+n:], ": ")
		}
		return index(m, " timed out while ") > 0
	case 'l':
		return index(m, " while ") > 0
	case 'm':
		return index(m, " exceeds size limit ") > 0 || index(m, " loops back to myself") > 0
	case 'h':
		return false
	case 'S':
		return !hasPrefix(m, "SASL ") || hasPrefix(m, "SASL authentication ") || hasPrefix(m, "SASL [CACHED] authentication ")
	}
	return true
}
