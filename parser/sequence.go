package parser

import (
	"bytes"
	"slices"

	"github.com/cespare/xxhash/v2"
)

// part is one line of a message that Sendmail split because it was longer than syslog takes (sm_syslog in conf.c): "ID[1]: text ...", then
// "ID[2]: text". It breaks behind a comma or a space where it can, and loses nothing.
type part struct {
	id, text []byte
	n        int
	more     bool
}

const (
	minPartID = 5 // "NOQUEUE" and queue ids
	maxPartID = 20
)

// parsePart reads the "ID[2]: " that a message begins with.
func parsePart(m []byte) (p part, ok bool) {
	n := bytes.IndexByte(m[:min(len(m), maxPartID+1)], '[')
	if n < minPartID || !IsAlnum(m[:n]) {
		return p, false
	}
	end := bytes.IndexByte(m[n:min(len(m), n+5)], ']')
	if end < 2 || !bytes.HasPrefix(m[n+end:], []byte("]: ")) {
		return p, false
	}
	number, isNumber := digits(m[n+1 : n+end])
	if !isNumber || number < 1 {
		return p, false
	}
	p.id, p.n, p.text = m[:n], number, m[n+end+len("]: "):]
	p.text, p.more = bytes.CutSuffix(p.text, []byte(" ..."))
	return p, true
}

// addPart takes one line of a split message, which the parser claimed, or none. As with pieces, what has lost its beginning is dropped, and what loses its end is
// read as far as it came.
func (s *Stream) addPart(line *Line, claimed *candidate, p part, r *Record) Result {
	f, t := &s.frame, &s.trans
	var d xxhash.Digest
	d.ResetWithSeed(pieceKey(f))
	d.Write(p.id)
	key := d.Sum64()
	i := slices.IndexFunc(s.pieces, func(u unfinished) bool { return u.key == key && u.total == 0 })
	if p.n == 1 {
		if !p.more || claimed == nil {
			return s.finish(claimed, f, t, line, r)
		}
		switch {
		case i >= 0:
			s.flushPiece(i, line.Log)
		case len(s.pieces) >= maxPieces:
			s.flushPiece(0, line.Log)
		}
		header := pieceHeader(f, t)
		u := unfinished{key: key, next: 1, line: *line, header: len(header), text: append(append(header, p.id...), ": "...)}
		u.line.Text = nil
		s.pieces = append(s.pieces, u)
		i = len(s.pieces) - 1
	}
	if i < 0 {
		return s.finish(claimed, f, t, line, r)
	}
	u := &s.pieces[i]
	if u.next != p.n {
		s.flushPiece(i, line.Log)
		return s.firstReady(r)
	}
	if len(u.text) < maxPieceText {
		u.text = append(u.text, p.text...)
	}
	u.next++
	if !p.more {
		s.flushPiece(i, line.Log)
	}
	return s.firstReady(r)
}
