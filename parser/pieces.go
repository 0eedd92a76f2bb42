package parser

import (
	"bytes"
	"slices"
	"time"

	"github.com/cespare/xxhash/v2"
)

const (
	maxPieces    = 32       // entries that wait for their rest
	maxPieceText = 64 << 10 // of one entry
)

// piece is one part of an entry that Exim split for syslog (Exim specification, chapter "Log files", section "Logging to
// syslog"; log.c, write_syslog): "[1/5] text" goes on directly in the next piece, "[1\5] text" ended at a line break.
type piece struct {
	index, total int
	newline      bool
	text         []byte
}

// parsePiece reads the "[1/5] " that a message begins with.
func parsePiece(m []byte) (p piece, ok bool) {
	end := bytes.IndexByte(m[:min(len(m), 16)], ']')
	if end < 4 || m[0] != '[' {
		return p, false
	}
	sep := bytes.IndexAny(m[1:end], `/\`)
	if sep < 1 {
		return p, false
	}
	sep++
	index, ok1 := digits(m[1:sep])
	total, ok2 := digits(m[sep+1 : end])
	if !ok1 || !ok2 || index < 1 || index > total || total < 2 || total > 100_000 {
		return p, false
	}
	text := m[end+1:]
	if len(text) > 0 && text[0] == ' ' {
		text = text[1:]
	}
	return piece{index: index, total: total, newline: m[sep] == '\\', text: text}, true
}

// pieces are the entries that are not complete yet.
type pieces []unfinished

type unfinished struct {
	key    uint64 // of host, program and pid
	next   int    // the piece that must come now
	total  int
	line   Line // of the first piece; Text is nil
	header int  // length of the header in text
	text   []byte
}

// addPiece takes one piece of a split entry. The entry is complete with its first line break: what follows in the
// others are the headers of a rejected message, as in the reject log.
func (s *Stream) addPiece(line Line, p piece, r *Record) Result {
	f, t := &s.frame, &s.trans
	if s.detect.foreign(f) {
		s.stats.Foreign++
		s.lasts.remember(f.Host, nil)
		return Foreign
	}
	key := pieceKey(f)
	i := slices.IndexFunc(s.pieces, func(u unfinished) bool { return u.key == key })
	if p.index == 1 {
		switch {
		case i >= 0:
			s.flushPiece(i, line.Log) // the rest of it was lost
		case len(s.pieces) >= maxPieces:
			s.flushPiece(0, line.Log)
		}
		header := pieceHeader(f, t)
		u := unfinished{key: key, next: 1, total: p.total, line: line, header: len(header), text: header}
		u.line.Text = nil
		s.pieces = append(s.pieces, u)
		i = len(s.pieces) - 1
	}
	if i < 0 {
		return s.firstReady(r) // a header, or an entry that began before the log did
	}
	u := &s.pieces[i]
	if u.next != p.index || u.total != p.total {
		s.flushPiece(i, line.Log)
		return s.firstReady(r)
	}
	if len(u.text) < maxPieceText {
		u.text = append(u.text, p.text...)
	}
	u.next++
	if p.newline || p.index == p.total {
		s.flushPiece(i, line.Log)
	}
	return s.firstReady(r)
}

// flushPiece makes an entry ready as far as it has come. log is the log's number, which a restored entry does not know.
func (s *Stream) flushPiece(i int, log int32) {
	u := s.pieces[i]
	s.pieces = slices.Delete(s.pieces, i, i+1)
	var e entry
	e.line = u.line
	e.line.Text, e.line.Log = u.text, log
	splitFrame(u.text, &e.frame, &e.trans)
	if e.trans.stamp.ok {
		e.frame.Time = s.clock.resolve(&e.trans.stamp)
	}
	s.ready = append(s.ready, e)
}

// firstReady parses the entries that are ready up to the first that gives a record; More goes on from there.
func (s *Stream) firstReady(r *Record) Result {
	if s.More(r) {
		return Found
	}
	return Known
}

// pieceHeader is the line's part before its message. Where a wrapper was around it, it is written anew.
func pieceHeader(f *Frame, t *transport) []byte {
	if !t.wrapped && t.stamp.ok {
		if i := bytes.LastIndex(t.body, f.Message); i > 0 {
			return bytes.Clone(t.body[:i])
		}
	}
	b := time.Unix(0, f.Time).UTC().AppendFormat(nil, "2006-01-02T15:04:05.000000000Z07:00 ")
	if f.Host == nil {
		b = append(b, '-')
	}
	b = append(b, f.Host...)
	b = append(b, ' ')
	b = append(b, f.Program...)
	b = append(b, '[')
	b = append(b, itoa(f.PID)...)
	return append(b, "]: "...)
}

func pieceKey(f *Frame) uint64 {
	var d xxhash.Digest
	d.Reset()
	d.Write(f.Host)
	d.Write([]byte{0, byte(f.PID), byte(f.PID >> 8), byte(f.PID >> 16), byte(f.PID >> 24)})
	d.Write(f.Program)
	return d.Sum64()
}

func itoa(n int32) []byte {
	var buf [12]byte
	i := len(buf)
	for u := uint32(max(n, 0)); ; u /= 10 {
		i--
		buf[i] = byte('0' + u%10)
		if u < 10 {
			return bytes.Clone(buf[i:])
		}
	}
}
