// Package exim reads the logs of Exim 4: main log, reject log and panic log, from its own files or through syslog.
//
// It exists because Exim puts a whole delivery on one line of named fields, some of which strangers fill: HELO, subject, sender,
// the remote server's words. Every field is therefore read where log_write's callers put it (deliver.c, receive.c, smtp_in.c,
// transports/smtp.c), never searched for anywhere in the line. Lines are described in docs/formats-exim.md.
package exim

import (
	"bytes"

	"bouncelog/parser"
)

// Parser reads Exim's lines. It has no state.
type Parser struct{}

// New returns the parser for Exim.
func New() parser.Parser { return Parser{} }

// MTA implements parser.Parser.
func (Parser) MTA() string { return "exim" }

// Claims implements parser.Parser. Exim's own files name no program, and syslog_processname may be anything, so a
// message id followed by one of Exim's flags speaks for itself; lines without an id must be well-known ones.
func (Parser) Claims(f *parser.Frame) bool {
	if isEximProgram(f.Program) {
		return true
	}
	m := f.Message
	if f.Program != nil {
		id, rest := splitID(m)
		return id != nil && (flagOf(rest) != noFlag || hasPrefix(rest, "Completed"))
	}
	if id, _ := splitID(m); id != nil {
		return true
	}
	if isContinuation(m) {
		return f.Time == 0 // a header of a reject log record; any line that has a stamp is none
	}
	m = trimLine(m)
	switch {
	case len(m) == 0:
		return false
	case beginsWithHost(m):
		h, _ := readHost(m[bytes.IndexByte(m, '=')+1:])
		return h.ip != nil || index(m, "rejected ") > 0
	case hasPrefix(m, "unqualified "):
		return index(m, " rejected: <") > 0
	}
	var r parser.Record
	return parseNoID(f, m, &r) != parser.Unrecognized
}

// isEximProgram knows exim, exim4, exim_daemon, exim-4.96, Exim; not eximstats.
func isEximProgram(p []byte) bool {
	if i := bytes.LastIndexByte(p, '/'); i >= 0 {
		p = p[i+1:]
	}
	if len(p) < 4 || p[0]|0x20 != 'e' || string(p[1:4]) != "xim" {
		return false
	}
	return len(p) == 4 || p[4]|0x20 < 'a' || p[4]|0x20 > 'z'
}

// Parse implements parser.Parser.
func (Parser) Parse(f *parser.Frame, r *parser.Record) parser.Result {
	m := f.Message
	if n := f.EximID; n > 0 { // nearly always
		r.QueueID = m[:n:n]
		return parseWithID(f, trimLine(m[n:]), r)
	}
	if id, rest := splitID(m); id != nil {
		r.QueueID = id
		return parseWithID(f, rest, r)
	}
	if isContinuation(m) {
		return parser.Known
	}
	_, n := splitMark(m)
	m = trimLine(m[n:])
	if id, rest := splitID(m); id != nil {
		r.QueueID = id
		return parseWithID(f, rest, r)
	}
	return parseNoID(f, m, r)
}

// QueueTime implements parser.Parser: the first six characters of both id lengths are the seconds since 1970 in base 62
// (Exim specification, section 3.4 "Message identification"). Darwin and Cygwin count in base 36; their ids give a wrong time.
func (Parser) QueueTime(id []byte) (ns int64, ok bool) {
	if idLen(id) != len(id) || len(id) == 0 {
		return 0, false
	}
	var sec int64
	for _, c := range id[:6] {
		sec = sec*62 + base62(c)
	}
	const first, last = 788918400, 1 << 32 // Exim did not exist before 1995
	if sec < first || sec > last {
		return 0, false
	}
	return sec * 1e9, true
}

// parseWithID reads what follows a message id.
func parseWithID(f *parser.Frame, b []byte, r *parser.Record) parser.Result {
	if len(b) == 0 {
		return parser.Unrecognized // an id alone: a line that was cut
	}
	switch flagOf(b) {
	case arrived:
		return parseArrival(skipSpace(b[3:]), r)
	case delivered:
		return parseDelivered(skipSpace(b[3:]), r)
	case suppressed: // "*> a@b.example R=r T=t ...": option -N, nothing was sent
		return parser.Known
	case failed:
		return parseFailed(skipSpace(b[3:]), r)
	case deferred:
		return parseDeferred(skipSpace(b[3:]), r)
	}
	if beginsWithHost(b) {
		return parseHostLine(f, b, r)
	}
	return parseStatus(f, b, r)
}

// parseNoID reads a line that belongs to no message yet. It returns Unrecognized for what it does not know.
func parseNoID(f *parser.Frame, b []byte, r *parser.Record) parser.Result {
	if len(b) == 0 {
		return parser.Known
	}
	if beginsWithHost(b) {
		return parseHostLine(f, b, r)
	}
	if res := parseRefusal(b, r); res != parser.Unrecognized {
		return res
	}
	if isKnown(b) {
		return parser.Known
	}
	return parser.Unrecognized
}

// beginsWithHost knows "H=host", "U=ident", "F=<sender>", and "DSH=host", which +dnssec makes of the first.
func beginsWithHost(b []byte) bool {
	return hasPrefix(b, "H=") || hasPrefix(b, "U=") || hasPrefix(b, "F=") || hasPrefix(b, "DSH=")
}

// trimLine takes off what cannot belong to the first line of an entry: surrounding blanks, a carriage return, and
// all that follows a line break (the headers of a reject log entry that syslog split and the framing put together).
func trimLine(b []byte) []byte {
	if i := bytes.IndexByte(b, '\n'); i >= 0 {
		b = b[:i]
	}
	for len(b) > 0 && (b[len(b)-1] == ' ' || b[len(b)-1] == '\r' || b[len(b)-1] == '\t') {
		b = b[:len(b)-1]
	}
	for len(b) > 0 && b[0] == ' ' {
		b = b[1:]
	}
	return b
}
