package exim

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"bouncelog/parser"
)

// split is the least that a line needs to become a frame here: Exim's own stamp and "[pid]", behind a syslog header or not.
func split(line []byte) parser.Frame {
	f := parser.Frame{Message: line}
	if i := bytes.Index(line, []byte(" exim")); i > 0 && i < 60 && len(line) > 20 && !isStamp(line) {
		f.Program = []byte("exim")
		line = line[i+5:]
		switch {
		case bytes.HasPrefix(line, []byte("[")): // RFC 3164: "exim[123]: text"
			line = line[bytes.Index(line, []byte(": "))+2:]
		default: // RFC 5424: "exim 123 - -  text"
			line = line[bytes.Index(line, []byte(" - - "))+5:]
		}
		f.Time, f.PID = 1, 1
		if bytes.HasPrefix(line, []byte(" ")) {
			line = line[1:]
		}
		mark := []byte(nil)
		if _, n := splitMark(line); n > 0 {
			mark, line = line[:n], line[n:]
		}
		if !isStamp(line) && mark != nil {
			f.Message = append(bytes.Clone(mark), line...)
			return f
		}
	}
	if isStamp(line) {
		f.Time = 1
		line = line[19:]
		if line[0] == '.' {
			line = line[4:]
		}
		line = line[1:]
		if line[0] == '[' {
			if i := bytes.IndexByte(line, ']'); i > 0 && bytes.IndexByte(line[:i], '.') < 0 {
				f.PID = 1
				line = line[i+2:]
			}
		}
	}
	f.Message = line
	return f
}

func isStamp(b []byte) bool {
	return len(b) > 20 && b[4] == '-' && b[7] == '-' && b[10] == ' ' && b[13] == ':'
}

var resultNames = map[parser.Result]string{parser.Foreign: "foreign", parser.Unrecognized: "unrecognized", parser.Known: "known", parser.Found: "found"}

var kindNames = map[parser.Kind]string{parser.KindNone: "none", parser.KindBegin: "begin", parser.KindContext: "context", parser.KindAttempt: "attempt",
	parser.KindGiveUp: "giveup", parser.KindEnd: "end", parser.KindHold: "hold", parser.KindRelease: "release", parser.KindReject: "reject", parser.KindHint: "hint"}

// show writes what a record says, one "name=value" for each field that is set, so that a test names all that it expects.
func show(res parser.Result, r *parser.Record) string {
	if res != parser.Found {
		return resultNames[res]
	}
	var s strings.Builder
	s.WriteString(kindNames[r.Kind])
	text := func(name string, b []byte) {
		if len(b) > 0 {
			fmt.Fprintf(&s, " %s=%s", name, b)
		}
	}
	flag := func(name string, v bool) {
		if v {
			s.WriteString(" " + name)
		}
	}
	text("id", r.QueueID)
	text("outcome", []byte(r.Outcome.String()))
	for _, to := range r.Recipients {
		fmt.Fprintf(&s, " to=%s", to)
	}
	text("orig", r.OrigRecipient)
	if r.HasSender {
		fmt.Fprintf(&s, " sender=<%s>", r.Sender)
	}
	text("msgid", r.MessageID)
	text("subject", r.Subject)
	if r.Size > 0 {
		fmt.Fprintf(&s, " size=%d", r.Size)
	}
	if r.NRcpt > 0 {
		fmt.Fprintf(&s, " nrcpt=%d", r.NRcpt)
	}
	text("client", r.ClientHost)
	text("ip", r.ClientIP)
	text("helo", r.Helo)
	text("user", r.AuthUser)
	text("parent", r.Parent)
	if r.DSN != parser.DSNNone {
		fmt.Fprintf(&s, " dsn=%d", r.DSN)
	}
	text("relay", r.RelayHost)
	text("relayip", r.RelayIP)
	if r.RelayPort > 0 {
		fmt.Fprintf(&s, " port=%d", r.RelayPort)
	}
	if r.Delay >= 0 {
		fmt.Fprintf(&s, " delay=%g", r.Delay)
	}
	text("next", r.NextQueueID)
	text("stage", []byte(r.Stage.String()))
	if r.ReplyCode > 0 {
		fmt.Fprintf(&s, " code=%d", r.ReplyCode)
	}
	text("enh", r.Enhanced)
	flag("own", r.Own)
	flag("session", r.Session)
	flag("whole", r.Whole)
	flag("open", r.Open)
	flag("gaveup", r.GaveUp)
	text("reply", r.Reply)
	return s.String()
}

func parse(f parser.Frame) (parser.Result, parser.Record) {
	var r parser.Record
	r.Reset()
	res := New().Parse(&f, &r)
	return res, r
}

// parseText parses a message of a main log that logs pids.
func parseText(msg string) string {
	res, r := parse(parser.Frame{Time: 1, PID: 7, Message: []byte(msg)})
	return show(res, &r)
}

func check(t *testing.T, msg, want string) {
	t.Helper()
	if got := parseText(msg); got != want {
		t.Errorf("%s\n got %s\nwant %s", msg, got, want)
	}
}
