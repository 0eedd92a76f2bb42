package ingest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync/atomic"

	"bouncelog/parser"
	"bouncelog/store"
	"bouncelog/trace"
)

const (
	maxFound    = 20_000 // messages that one search follows
	maxRawLines = 500    // kept of each queue id
	fewIDs      = 64     // as many queue ids are looked for in the bytes of a log; for more each line is parsed
	maxPasses   = 7      // key, message, its bounce message, that one's bounce message, ...
)

// Found is one message that a search met, with the lines that speak of it.
type Found struct {
	Message *trace.Message
	Lines   []store.RawLine
	Linked  bool // the key is not in the message itself, but it is linked to one that holds it: a bounce message, a next hop
}

// Search reads logs for the messages that key is about (see Matches; "*" is a wildcard) without parsing more of them than it must: the
// lines that hold the key tell queue ids, the lines that hold those tell the messages, and again until no further id (a bounce
// message, the next hop of a content filter) turns up. A log that can't be read is reported in the joined error; the others are
// searched all the same.
func Search(ctx context.Context, opt Options, key string, names []string) ([]Found, error) {
	part, _, _ := strings.Cut(strings.TrimLeft(key, "*"), "*")
	if part == "" {
		return nil, fmt.Errorf("%q matches everything: name what to look for", key)
	}
	s := &search{opt: opt, ids: map[string]bool{}, key: newSeeker([]byte(part))}
	s.sought.Store(s.key)
	names, cleanup, err := spool(names, opt.Stdin)
	if err != nil {
		return nil, err
	}
	defer cleanup()
	if part == key {
		s.add([]byte(key), true) // if it is a queue id, one pass may be enough
	}
	return s.follow(ctx, key, names)
}

// search is one search under way.
type search struct {
	opt    Options
	key    *seeker
	ids    map[string]bool        // queue ids to follow; true: a line with the key named it
	sought atomic.Pointer[seeker] // of the key and the ids; nil: they are too many
	grown  bool                   // ids were added
	lines  map[string][]store.RawLine
}

// note adds the queue ids that a record names.
func (s *search) note(r *parser.Record, direct bool) {
	for _, id := range [][]byte{r.QueueID, r.Parent, r.Child, r.OrigQueueID} {
		s.add(id, direct)
	}
	if r.NextLocal || bytes.HasPrefix(r.RelayIP, []byte("127.")) || string(r.RelayIP) == "::1" {
		s.add(r.NextQueueID, false)
	}
}

func (s *search) add(id []byte, direct bool) {
	if len(id) == 0 {
		return
	}
	known, there := s.ids[string(id)]
	if there && (known || !direct) || !there && len(s.ids) >= maxFound {
		return
	}
	s.ids[string(id)] = direct
	if there {
		return
	}
	s.grown = true
	switch sought := s.sought.Load(); {
	case sought == nil:
	case len(s.ids) > fewIDs:
		s.sought.Store(nil)
	case s.key.index(id) != 0 || len(id) != len(s.key.texts[0]):
		s.sought.Store(sought.with(id))
	}
}

// follow tracks the messages of the ids until no more ids turn up.
func (s *search) follow(ctx context.Context, key string, names []string) ([]Found, error) {
	var errs []error
	for pass := 1; ; pass++ {
		s.grown = false
		s.lines = map[string][]store.RawLine{}
		opt := trace.Options{}
		if s.opt.Classifier != nil {
			opt.Judge = &judge{s.opt.Classifier}
		}
		t := trace.New(opt)
		var readable []string
		for i, name := range names {
			err := s.read(ctx, name, int32(i+1), func(r *parser.Record) {
				direct := s.key.index(r.Line.Text) >= 0
				known := len(r.QueueID) == 0 || s.has(r.QueueID)
				if !known && !direct {
					return
				}
				s.note(r, direct)
				if known {
					t.Add(r)
					s.keepLine(r, name)
				}
			})
			if err != nil {
				errs = append(errs, err)
				continue
			}
			readable = append(readable, name)
		}
		names = readable
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if !s.grown || pass == maxPasses {
			return s.result(t, key), errors.Join(errs...)
		}
	}
}

func (s *search) has(id []byte) bool { _, ok := s.ids[string(id)]; return ok }

func (s *search) keepLine(r *parser.Record, name string) {
	id := lineKey(string(r.QueueID), r.Line.Offset, r.Line.Log)
	if len(s.lines[id]) < maxRawLines && r.Seq == 0 {
		s.lines[id] = append(s.lines[id], store.RawLine{File: name, Line: r.Line.Number, Text: string(r.Line.Text)})
	}
}

// lineKey is the queue id, or the place of a line that has none.
func lineKey(id string, offset int64, log int32) string {
	if id != "" {
		return id
	}
	return fmt.Sprintf("%d@%d", offset, log)
}

func (s *search) result(t *trace.Tracker, key string) []Found {
	var found []Found
	t.Changed(func(m *trace.Message) {
		f := Found{Message: m, Linked: !Matches(m, key)}
		if f.Linked && m.QueueID == "" {
			return
		}
		if m.QueueID != "" {
			f.Lines = append(f.Lines, s.lines[m.QueueID]...)
		} else {
			f.Lines = s.lines[lineKey("", m.Offset, m.Log)]
		}
		found = append(found, f)
	})
	return found
}

// read hands out the records of those lines of a log that hold the key or one of the ids.
func (s *search) read(ctx context.Context, name string, log int32, fn func(*parser.Record)) error {
	in, err := open(name, nil)
	if err != nil {
		return err
	}
	defer in.close()
	if _, err := in.r.Peek(1); err == io.EOF {
		return emptyError(name)
	}
	so := s.opt.Stream
	so.ModTime = in.modTime
	l := &Log{State: &store.LogState{ID: int64(log), Name: name}, in: in, stream: parser.NewStream(so)}
	if _, err := prime(l, so); err != nil {
		return err
	}
	l.cut = cutter{r: in.r, line: 1, whole: true}
	var r parser.Record
	err = s.scan(ctx, &l.cut, func(c *Chunk) {
		c.lines(s.find, func(text []byte, number int64, start int) bool {
			line := parser.Line{Text: text, Log: log, Number: number, Offset: c.Offset + int64(start)}
			for ok := l.stream.Parse(line, &r) == parser.Found; ok; ok = l.stream.More(&r) {
				fn(&r)
			}
			return true
		})
		l.stream.Keep()
	})
	if err == io.EOF {
		return nil
	}
	return err
}

// spool copies standard input to a temporary file, since a search reads its logs several times.
func spool(names []string, stdin io.Reader) ([]string, func(), error) {
	out := append([]string(nil), names...)
	for i, name := range out {
		if name != "-" {
			continue
		}
		f, err := os.CreateTemp("", "bouncelog-stdin-")
		if err != nil {
			return nil, nil, fmt.Errorf("make room for standard input: %w", err)
		}
		_, err = io.Copy(f, stdin)
		if cerr := f.Close(); err == nil {
			err = cerr
		}
		if err != nil {
			os.Remove(f.Name())
			return nil, nil, fmt.Errorf("copy standard input to %s: %w", f.Name(), err)
		}
		out[i] = f.Name()
		return out, func() { os.Remove(f.Name()) }, nil
	}
	return out, func() {}, nil
}
