package tail

import (
	"context"
	"os"
)

// Kind says what an Event tells.
type Kind uint8

const (
	// Opened asks where to read on in Log: answer with Event.Place. Log.File is nil where the followed name does not exist yet
	// (the consumer may look for rotated files all the same), and empty where nothing was written to it.
	Opened Kind = iota
	// Lines brings a Chunk of Log.
	Lines
	// Truncated says that Log's content is gone: its file was cut to nothing or written anew. Chunk.Data is the
	// beginning of a line whose end was not read. Nothing more comes of Log; the same file is Opened anew as another Log.
	Truncated
	// Ended says that Log was closed for good; nothing more comes of it.
	Ended
	// Notice brings a Text for people: what is waited for, and why.
	Notice
)

// Log is one content that had or has the followed name: a file between two rotations or truncations, a pipe, a journal.
type Log struct {
	Name    string   // under which it was opened
	File    *os.File // to be read by ReadAt; nil for pipes
	Head    []byte   // what a pipe brought first
	Journal bool     // place it by its cursor
	Handle  any      // the consumer's
}

// Chunk is a run of whole lines of one log.
type Chunk struct {
	Data   []byte // each line with its "\n"; the last line of a log that ended may lack it
	Offset int64  // of Data in the log
	Line   int64  // number of its first line, from 1
	End    int64  // where the next chunk begins
	Lines  int64  // in Data
	Long   int64  // lines before Data that were skipped because they are too long
}

// Event is what a source tells. Its Data is valid until Release.
type Event struct {
	Kind Kind
	Log  *Log
	Chunk
	Text string

	buf   []byte
	reply chan Place
	free  chan *Event
}

// Place says where to read on in a log.
type Place struct {
	Ready        bool // false: the file is still empty; it is asked again when it is not
	Offset, Line int64
	Before       []byte // what was read last before Offset: where it is no longer there, the file was truncated meanwhile
	Cursor       string // of a journal
	Olds         []Old  // rotated files to which somebody may still write: to be read on for a while
}

// Old is a rotated file that the consumer found and read up to Offset. The follower closes it in the end.
type Old struct {
	Log          *Log
	Offset, Line int64
	Before       []byte
}

// Place answers Opened. It must be called once for each.
func (e *Event) Place(p Place) { e.reply <- p }

// Release gives the event's memory back to its source. It must be called once for each event.
func (e *Event) Release() {
	if e.free != nil {
		e.free <- e
	}
}

// sender sends events to the consumer.
type sender struct {
	out  chan<- *Event
	free chan *Event
}

// newSender has two buffers: one is filled while the consumer works on the other.
func newSender(out chan<- *Event) sender {
	s := sender{out: out, free: make(chan *Event, 2)}
	for range cap(s.free) {
		s.free <- &Event{free: s.free}
	}
	return s
}

// event is an unused event with a buffer, or nil when ctx ended.
func (s sender) event(ctx context.Context) *Event {
	select {
	case e := <-s.free:
		return e
	case <-ctx.Done():
		return nil
	}
}

func (s sender) send(ctx context.Context, e *Event) bool {
	select {
	case s.out <- e:
		return true
	case <-ctx.Done():
		return false
	}
}

// ask sends Opened and waits for the answer.
func (s sender) ask(ctx context.Context, l *Log) (Place, bool) {
	e := &Event{Kind: Opened, Log: l, reply: make(chan Place, 1)}
	if !s.send(ctx, e) {
		return Place{}, false
	}
	select {
	case p := <-e.reply:
		return p, true
	case <-ctx.Done():
		return Place{}, false
	}
}

func (s sender) notice(ctx context.Context, text string) {
	s.send(ctx, &Event{Kind: Notice, Text: text})
}
