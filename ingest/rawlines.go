package ingest

import (
	"bytes"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/cespare/xxhash/v2"

	"bouncelog/store"
	"bouncelog/trace"
)

// maxScan is how much of a log is read for the lines of one message. Of one that took longer, only the lines of its events are read.
const maxScan = 64 << 20

// RawLines reads the lines of a message from its logs, where they can still be found: under the name at which they were read last, or beside
// it after a rotation. Lines that are gone are left out.
func RawLines(logs []*store.LogState, m *trace.Message) []store.RawLine {
	var lines []store.RawLine
	for _, s := range spans(m) {
		i := slices.IndexFunc(logs, func(l *store.LogState) bool { return int32(l.ID) == s.log })
		if i < 0 {
			continue
		}
		lines = append(lines, s.read(logs[i], m.QueueID)...)
	}
	return lines
}

// span is the part of one log in which a message's lines stand.
type span struct {
	log        int32
	from, till int64   // offsets of the first byte and of the last line known
	line       int64   // number of the line at from
	places     []place // of single lines
}

type place struct{ offset, line int64 }

func spans(m *trace.Message) []*span {
	list := []*span{{log: m.Log, from: m.Offset, till: m.EndOffset, line: m.Line, places: []place{{m.Offset, m.Line}}}}
	for _, r := range m.Recipients {
		for _, a := range r.Attempts {
			i := slices.IndexFunc(list, func(s *span) bool { return s.log == a.Log })
			if i < 0 {
				i = len(list)
				list = append(list, &span{log: a.Log, from: a.Offset, till: a.Offset + 1, line: a.Line})
			}
			s := list[i]
			if a.Offset < s.from {
				s.from, s.line = a.Offset, a.Line
			}
			s.till = max(s.till, a.Offset+1)
			if !slices.Contains(s.places, place{a.Offset, a.Line}) {
				s.places = append(s.places, place{a.Offset, a.Line})
			}
		}
	}
	return list
}

func (s *span) read(l *store.LogState, queueID string) []store.RawLine {
	in := reopen(l)
	if in == nil {
		return nil
	}
	defer in.close()
	if _, err := io.CopyN(io.Discard, in.r, s.from); err != nil {
		return nil
	}
	if s.till-s.from > maxScan || queueID == "" {
		return s.readPlaces(in)
	}
	var lines []store.RawLine
	cut := cutter{r: in.r, offset: s.from, line: s.line, whole: true}
	find := func(block []byte) int { return bytes.Index(block, []byte(queueID)) }
	var c Chunk
	for len(lines) < maxRawLines && cut.next(&c) == nil && c.Offset < s.till {
		c.lines(find, func(text []byte, number int64, start int) bool {
			if c.Offset+int64(start) >= s.till {
				return false
			}
			lines = append(lines, store.RawLine{File: in.name, Line: number, Text: string(text)})
			return len(lines) < maxRawLines
		})
	}
	return lines
}

// readPlaces reads only the lines whose places are known.
func (s *span) readPlaces(in *input) []store.RawLine {
	slices.SortFunc(s.places, func(a, b place) int { return int(a.line - b.line) })
	var lines []store.RawLine
	at := s.from
	for _, p := range s.places {
		if p.offset < at {
			continue
		}
		if _, err := io.CopyN(io.Discard, in.r, p.offset-at); err != nil {
			break
		}
		text, err := in.r.ReadString('\n')
		at = p.offset + int64(len(text))
		if text = strings.TrimRight(text, "\r\n"); text != "" {
			lines = append(lines, store.RawLine{File: in.name, Line: p.line, Text: text})
		}
		if err != nil || len(lines) >= maxRawLines {
			break
		}
	}
	return lines
}

// reopen finds a log again by its content: at its last name, or at a name that rotation gives. nil: it is gone.
func reopen(l *store.LogState) *input {
	if l.Name == "" || l.Name == "-" {
		return nil
	}
	names := []string{l.Name}
	for _, behind := range []string{".*", "-*"} { // maillog.1.gz, maillog-20261122
		if rotated, err := filepath.Glob(globQuote(l.Name) + behind); err == nil {
			names = append(names, rotated...)
		}
	}
	for _, name := range names {
		in, err := open(name, nil)
		if err != nil {
			continue
		}
		head, err := in.r.Peek(identSize)
		if (err == nil || err == io.EOF) && int64(len(head)) >= l.HeadLen && xxhash.Sum64(head[:l.HeadLen]) == l.HeadHash {
			return in
		}
		in.close()
	}
	return nil
}

// globQuote makes a name match only itself in a pattern.
func globQuote(name string) string {
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`).Replace(name)
}
