package ingest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"

	"bouncelog/parser"
	"bouncelog/store"
)

// Log is one log that is being read.
type Log struct {
	State  *store.LogState // where reading stands: what was handed to the tracker, not what was parsed ahead
	in     *input
	cut    cutter
	stream *parser.Stream
	tail   tailBuffer
	moved  bool  // since the last commit
	from   int64 // bytes of the file that lay before it when it was opened
	first  int64 // time of the first stamp to be read, 0 unknown

	// Of live logs.
	journal bool
	gone    bool        // its source must not be listened to any more
	ended   bool        // nothing more will come
	begin   []byte      // what identifies it, while it is shorter than that can be
	info    os.FileInfo // of the open file

	batches chan *batch // from the reading goroutine, nil before it started
	free    chan *batch
	head    *batch // the next to be tracked
	readErr error  // why batches ended; nil at the end of the log
}

// resume prepares to read on from where the log's state says. A last line that had no line break when it was read may have been unfinished: if
// anything was added, it is read again from its beginning, which is told by its offset.
func (l *Log) resume() (offset int64, again bool) {
	s, in := l.State, l.in
	l.tail.b = append(l.tail.b[:0], in.before...)
	l.cut = cutter{r: in.r, offset: s.Position, line: s.Line + 1, whole: true}
	if len(in.before) == 0 || in.before[len(in.before)-1] == '\n' {
		return 0, false
	}
	if next, _ := in.r.Peek(1); len(next) == 0 {
		return 0, false
	}
	start := bytes.LastIndexByte(in.before, '\n') + 1
	if start == 0 && int64(len(in.before)) < s.Position {
		return 0, false // longer than what is kept of it
	}
	partial := in.before[start:]
	l.tail.b = l.tail.b[:start]
	s.Position -= int64(len(partial))
	s.Line--
	l.cut = cutter{r: io.MultiReader(bytes.NewReader(partial), in.r), offset: s.Position, line: s.Line + 1, whole: true}
	return s.Position, true
}

// batch is one chunk of a log with the records found in it. Its records point into its chunk.
type batch struct {
	chunk                        Chunk
	recs                         []parser.Record
	n                            int
	first, last                  int64 // times of the first and last record
	foreign, unrecognized, lines int64
	long                         int64
	read                         int64  // bytes of the file that were read by then, for progress
	state                        []byte // of the stream, behind the chunk
}

// slot is the next unused record. It still holds what it held in an earlier batch: Stream.Parse resets what it fills.
func (b *batch) slot() *parser.Record {
	if b.n == len(b.recs) {
		b.recs = append(b.recs, parser.Record{})
	}
	return &b.recs[b.n]
}

// parse reads the chunk's lines into records.
func (l *Log) parse(b *batch) {
	b.n, b.first, b.last = 0, 0, 0
	before := l.stream.Stats()
	data := b.chunk.Data
	b.state = nil
	line := parser.Line{Log: int32(l.State.ID), Number: b.chunk.Line, Offset: b.chunk.Offset}
	for len(data) > 0 {
		i := bytes.IndexByte(data, '\n')
		next := i + 1
		if i < 0 {
			i, next = len(data), len(data)
			b.state = l.stream.State() // the line is read again when more of it is there (see resume)
		}
		line.Text = data[:i:i]
		r := b.slot()
		if l.stream.Parse(line, r) == parser.Found {
			b.n++
			for l.stream.Pending() {
				next := b.slot()
				next.CopyFrom(&b.recs[b.n-1])
				if l.stream.More(next) {
					b.n++
				}
			}
		}
		line.Number++
		line.Offset += int64(next)
		data = data[next:]
	}
	if b.n > 0 {
		b.first, b.last = b.recs[0].Time, b.recs[b.n-1].Time
	}
	after := l.stream.Stats()
	b.foreign, b.unrecognized = after.Foreign-before.Foreign, after.Unrecognized-before.Unrecognized
	b.lines, b.long = b.chunk.Lines+b.chunk.Long, b.chunk.Long
	if b.state == nil {
		b.state = l.stream.State()
	}
}

// start reads and parses the log in a goroutine of its own, some batches ahead of the tracker. parsed gets each batch there; it may be nil.
func (l *Log) start(ctx context.Context, parsed func(*batch)) {
	const ahead = 3
	l.batches = make(chan *batch, ahead)
	l.free = make(chan *batch, ahead+1)
	for range ahead + 1 {
		l.free <- &batch{}
	}
	go func() {
		defer close(l.batches)
		for {
			var b *batch
			select {
			case b = <-l.free:
			case <-ctx.Done():
				return
			}
			if err := l.cut.next(&b.chunk); err != nil {
				if !errors.Is(err, io.EOF) {
					l.readErr = err
				}
				return
			}
			b.read = l.in.read.n
			l.parse(b)
			if parsed != nil {
				parsed(b)
			}
			select {
			case l.batches <- b:
			case <-ctx.Done():
				return
			}
		}
	}()
}

// peek is the next batch, or nil at the end of the log.
func (l *Log) peek() *batch {
	if l.head == nil {
		l.head = <-l.batches
	}
	return l.head
}

// took notes that the batch was tracked.
func (l *Log) took(b *batch) {
	s := l.State
	s.Position, s.Line = b.chunk.End, s.Line+b.lines
	s.Foreign += b.foreign
	s.Unrecognized += b.unrecognized
	s.State = b.state
	if b.n > 0 {
		s.Host = string(b.recs[b.n-1].Host)
		if s.First == 0 || b.first < s.First {
			s.First = b.first
		}
		s.Last = max(s.Last, b.last)
	}
	if b.long > 0 {
		l.tail.b = l.tail.b[:0] // skipped bytes are not kept: the tail begins anew behind them
	}
	l.tail.Write(b.chunk.Data)
	l.moved = true
}

// state is a copy of where reading stands, with the hash of what stands before it.
func (l *Log) state() *store.LogState {
	s := *l.State
	s.TailHash, s.TailLen = l.tail.sum(identSize)
	return &s
}
