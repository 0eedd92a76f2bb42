package postfix

import (
	"bytes"
	_ "embed"
	"strings"
)

// messages lists what Postfix says and this package has no use for: the formats of the msg_info, msg_warn, msg_error,
// msg_fatal and msg_panic calls of its source (3.7 and 3.10, with additions for older and newer releases), cut to their
// telling beginnings. A section "[daemon severity]" begins a list; "[* severity]" is for all, as its libraries are. "*" stands for anything.
//
//go:embed messages.txt
var messages string

type severity uint8

const (
	info severity = iota
	warn
	fatal
	panics
	severities
)

// shape is a sentence with gaps: the pieces in order, the first at the beginning and the last at the end unless a gap stands there.
type shape struct {
	daemons daemon
	pieces  [][]byte
	openEnd bool
}

func (s *shape) matches(m []byte) bool {
	if !bytes.HasPrefix(m, s.pieces[0]) {
		return false
	}
	m = m[len(s.pieces[0]):]
	last := len(s.pieces) - 1
	for i, p := range s.pieces[1:] {
		if i+1 == last && !s.openEnd {
			return bytes.HasSuffix(m, p)
		}
		k := bytes.Index(m, p)
		if k < 0 {
			return false
		}
		m = m[k+len(p):]
	}
	return s.openEnd || last > 0 || len(m) == 0
}

// shapeSet sorts shapes by how they begin, so that few need a look.
type shapeSet struct {
	begin    [256][]shape // by their first byte
	named    [256][]shape // "*: text": by the first byte of the text behind a name without spaces
	errors   map[string]daemon
	anywhere []shape // others that begin with a gap
}

type shapes [severities]shapeSet

// known reports whether m is a sentence of one of the daemons. systemd logs what Postfix's commands write to their standard error under
// the unit's name: "postfix[12]: /usr/sbin/postconf: warning: ...".
func (p *postfix) known(d daemon, m []byte) bool {
	if d == anyDaemon {
		if speaker, words, ok := spoken(m); ok && p.knownOf(speaker, words) {
			return true
		}
	}
	return p.knownOf(d, m)
}

// spoken cuts "postfix/postfix-script: " or "/usr/sbin/postconf: " off.
func spoken(m []byte) (d daemon, words []byte, ok bool) {
	i := index(m, ": ")
	if i <= 0 || bytes.IndexByte(m[:i], ' ') >= 0 {
		return 0, nil, false
	}
	d, ok = daemonOf(m[bytes.LastIndexByte(m[:i], '/')+1 : i])
	return d, m[i+2:], ok
}

func (p *postfix) knownOf(d daemon, m []byte) bool {
	sev := info
	switch {
	case hasPrefix(m, "warning: "):
		sev, m = warn, m[len("warning: "):]
	case hasPrefix(m, "error: "):
		sev, m = warn, m[len("error: "):]
	case hasPrefix(m, "fatal: "):
		sev, m = fatal, m[len("fatal: "):]
	case hasPrefix(m, "panic: "):
		sev, m = panics, m[len("panic: "):]
	}
	return p.shapes[sev].known(d, m)
}

func (s *shapeSet) known(d daemon, m []byte) bool {
	if len(m) == 0 {
		return false
	}
	if match(s.begin[m[0]], d, m) {
		return true
	}
	if k := index(m, ": "); k > 0 && k+2 < len(m) && bytes.IndexByte(m[:k], ' ') < 0 {
		if rest := m[k+2:]; match(s.named[rest[0]], d, rest) {
			return true
		}
	}
	if k := lastIndex(m, ": "); k >= 0 && s.errors[string(m[k+2:])]&d != 0 {
		return true
	}
	for i := range s.anywhere {
		a := &s.anywhere[i]
		if a.daemons&d == 0 {
			continue
		}
		if k := bytes.Index(m, a.pieces[0]); k >= 0 && a.matches(m[k:]) {
			return true
		}
	}
	return false
}

func match(list []shape, d daemon, m []byte) bool {
	for i := range list {
		if list[i].daemons&d != 0 && list[i].matches(m) {
			return true
		}
	}
	return false
}

// loadShapes reads the list above. It is the project's own: what it cannot read it leaves out, and a test says so.
func loadShapes(text string) *shapes {
	s := new(shapes)
	for i := range s {
		s[i].errors = map[string]daemon{}
	}
	var who daemon
	sev := severities
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if line == "" || line[0] == '#' {
			continue
		}
		if line[0] == '[' && line[len(line)-1] == ']' {
			name, level, _ := strings.Cut(line[1:len(line)-1], " ")
			who, sev = sectionOf(name, level)
			if who == script {
				who |= postlog // says it to a terminal or container under its own name
			}
			continue
		}
		if who == 0 || sev == severities {
			continue
		}
		s[sev].add(line, who)
	}
	return s
}

func sectionOf(name, level string) (daemon, severity) {
	who := anyDaemon
	if name != "*" {
		who, _ = daemonOf([]byte(name))
	}
	switch level {
	case "info":
		return who, info
	case "warning":
		return who, warn
	case "fatal":
		return who, fatal
	case "panic":
		return who, panics
	}
	return 0, severities
}

func (s *shapeSet) add(line string, who daemon) {
	sh := shape{daemons: who}
	var piece []byte
	var pieces [][]byte
	for i := 0; i < len(line); i++ {
		switch {
		case line[i] == '\\' && i+1 < len(line):
			i++
			if line[i] == 't' {
				piece = append(piece, '\t')
			} else {
				piece = append(piece, line[i])
			}
		case line[i] == '*':
			pieces = append(pieces, piece)
			piece = nil
		default:
			piece = append(piece, line[i])
		}
	}
	if len(piece) > 0 {
		pieces = append(pieces, piece)
	} else {
		sh.openEnd = true
	}
	if len(pieces) == 0 {
		return
	}
	if len(pieces[0]) > 0 {
		sh.pieces = pieces
		s.begin[pieces[0][0]] = append(s.begin[pieces[0][0]], sh)
		return
	}
	pieces = pieces[1:]
	if len(pieces) == 0 {
		return
	}
	if text, ok := bytes.CutPrefix(pieces[0], []byte(": ")); ok && len(text) > 0 {
		if len(pieces) == 1 && !sh.openEnd {
			s.errors[string(text)] |= who
			return
		}
		pieces[0] = text
		sh.pieces = pieces
		s.named[text[0]] = append(s.named[text[0]], sh)
		return
	}
	sh.pieces = pieces
	s.anywhere = append(s.anywhere, sh)
}
