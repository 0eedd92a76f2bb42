package ingest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/cespare/xxhash/v2"

	"bouncelog/classify"
	"bouncelog/parser"
	"bouncelog/store"
)

// readToEnd in LogState.Cursor marks a log that was read to its end after nobody wrote to it any more, so that it
// needs no look when rotated files are searched for what is still unread.
const readToEnd = "end"

// Attach finds out which log f is, reads what was missed of the logs that had the name before it (see Missed), and then f itself from
// where the store left it to its end, at the speed of a batch. From there on Feed takes what follows. l is nil where f is nil or
// empty. rest are rotated files to which somebody may still write. f stays the caller's, and is read here by its offset.
func (c *Conveyor) Attach(ctx context.Context, name string, f *os.File) (l *Log, rest []*Log, err error) {
	var in *input
	var state *store.LogState
	var head []byte
	if f != nil {
		if in, state, head, err = c.identifyLive(name, f); err != nil {
			return nil, nil, err
		}
	}
	fresh := state == nil || state.ID == 0
	if state != nil && state.HeadLen > 0 {
		// A copy of a log that is still read, or the same file under another name: from now on this one counts.
		if old := c.bound[int32(state.ID)]; old != nil {
			c.unbind(old)
		}
		c.know(state)
	}
	oldest, previous := c.series(name, state)
	if rest, err = c.missed(ctx, name, followed{f, state}, oldest); err != nil || in == nil || state.HeadLen == 0 {
		return nil, rest, err
	}
	if l, err = c.prepare(in, state); err != nil {
		return nil, rest, err
	}
	if state.HeadLen < identSize {
		l.begin = head
	}
	if fresh {
		c.lost(previous)
		c.inherit(l, previous, in.modTime)
	}
	c.noteOverlap(l, true)
	c.bind(l, f)
	l.State.Cursor = ""
	if fresh {
		l.State.First, l.moved = l.first, true
	}
	if fresh && previous == nil && c.writer != nil {
		// Nothing is known of this name yet: the first sight of it is on the disk before anything of it is printed, so that what
		// rotation moves away from now on is known to come after it, even if the first batch never gets there.
		if err = errors.Join(c.Flush(ctx), c.writer.wait()); err != nil {
			return nil, rest, err
		}
	}
	l.cut.whole = false
	err = c.merge(ctx, []*Log{l})
	l.in = nil
	if err == nil && !errors.Is(l.readErr, errTruncated) { // else the follower finds that what stands before Place is gone
		err = l.readErr
	}
	return l, rest, err
}

// identifyLive finds out which log f is, and returns what it begins with. A file that is truncated meanwhile is looked at again.
func (c *Conveyor) identifyLive(name string, f *os.File) (in *input, state *store.LogState, head []byte, err error) {
	c.refresh()
	for range maxLooks {
		if in, err = inputOf(name, f); err != nil {
			return nil, nil, nil, err
		}
		start, _ := in.r.Peek(identSize)
		head = bytes.Clone(start)
		if state, err = identify(in, c.known); err != nil && !errors.Is(err, errTruncated) {
			return nil, nil, nil, fmt.Errorf("read %s: %w", name, err)
		}
		now := make([]byte, len(head))
		if n, _ := f.ReadAt(now, 0); err == nil && bytes.Equal(now[:n], head) {
			break
		}
	}
	return in, state, head, err
}

// lost says that the log which had a name before is gone, if it was not read to its end and no file has its content.
func (c *Conveyor) lost(previous *store.LogState) {
	if previous == nil || previous.Cursor == readToEnd || c.met[previous.ID] || c.bound[int32(previous.ID)] != nil {
		return
	}
	c.note(fmt.Errorf("the log that was %s before is gone: it was read up to line %d, of %s; what was written to it after that is lost", previous.Name, previous.Line,
		time.Unix(0, previous.Last).UTC().Format(time.RFC3339)))
}

// AttachPipe makes a log of what can be read only once: head is what came first. A pipe that brings again what one brought before is
// another log.
func (c *Conveyor) AttachPipe(name string, head []byte) *Log {
	head = head[:min(len(head), identSize)]
	state := &store.LogState{Name: name}
	setHead(state, head)
	state.Ident = fmt.Sprintf("%016x", state.HeadHash)
	c.know(state)
	l := c.newLog(state, time.Now())
	l.stream.Prime(wholeLines(head))
	return l
}

// AttachJournal continues the journal of that name behind its cursor, which is in State.Cursor.
func (c *Conveyor) AttachJournal(name string) *Log {
	state := &store.LogState{Name: name, Ident: fmt.Sprintf("%016x", xxhash.Sum64String(name))}
	for _, s := range c.known {
		if s.Name == name && s.HeadLen == 0 && s.Ident == state.Ident {
			copied := *s
			state = &copied
		}
	}
	c.know(state)
	l := c.newLog(state, time.Now())
	l.journal = true
	return l
}

// Feed carries a chunk of a live log to the tracker. The chunk must begin where the last one ended.
func (c *Conveyor) Feed(ctx context.Context, l *Log, chunk *Chunk) error {
	if l.gone {
		return nil
	}
	if l.begin != nil {
		l.growHead(chunk)
	}
	b := &c.live
	b.chunk = *chunk
	l.parse(b)
	if l.journal {
		l.State.Cursor = string(l.stream.Cursor())
	}
	return c.track(ctx, l, b)
}

// growHead extends the identity of a log that was met when it was shorter than what identifies it. Only bytes that were
// read as its lines count: the file may have been truncated since.
func (l *Log) growHead(chunk *Chunk) {
	have := int64(len(l.begin))
	if chunk.Offset > have || chunk.Long > 0 {
		l.begin = nil // bytes between were skipped: it stays as short as it is
		return
	}
	if end := chunk.Offset + int64(len(chunk.Data)); end > have {
		more := chunk.Data[have-chunk.Offset:]
		l.begin = append(l.begin, more[:min(len(more), identSize-len(l.begin))]...)
		setHead(l.State, l.begin)
	}
	if len(l.begin) >= identSize {
		l.begin = nil
	}
}

// End says that nothing more will come of a live log.
func (c *Conveyor) End(l *Log) {
	if l.gone {
		return
	}
	c.unbind(l)
	if l.State.Position > 0 && !l.journal {
		l.State.Cursor = readToEnd
		l.moved = true
	}
	l.ended = true
}

// Truncated says that a live log's file was cut to nothing or written anew. What was not read yet of the old content is read from the
// copy that rotation made of it (logrotate's copytruncate), if there is one; else rest, a line without its end, is its last line.
func (c *Conveyor) Truncated(ctx context.Context, l *Log, rest *Chunk) error {
	if l.gone {
		return nil
	}
	c.unbind(l)
	c.refresh()
	// Other rotated files that turn up beside the copy are for the Attach that follows.
	oldest, _ := c.series(l.State.Name, nil)
	others, err := c.missed(ctx, l.State.Name, followed{}, oldest)
	for _, o := range others {
		c.unbind(o)
		o.TakeFile().Close()
	}
	if err != nil || c.logs[int32(l.State.ID)] != l {
		return err // the copy was found: another Log stands for this content now
	}
	l.gone = false
	if len(rest.Data) > 0 {
		if err := c.Feed(ctx, l, rest); err != nil {
			return err
		}
	}
	c.End(l)
	return nil
}

// SetClassifier judges by other rules from now on.
func (c *Conveyor) SetClassifier(cl *classify.Classifier) {
	if c.judge != nil {
		c.judge.c = cl
	}
}

// SetStream says how logs that are met from now on are read.
func (c *Conveyor) SetStream(o parser.Options) { c.opt.Stream = o }

// Cursor is where a journal goes on.
func (l *Log) Cursor() string { return l.State.Cursor }

// Due reports whether it is time for a commit where one is wanted this often. While commits are slow they come less often: a message
// with 100,000 recipients is written whole each time that one of them changed.
func (c *Conveyor) Due(every time.Duration) bool {
	return time.Since(c.flushed) >= max(every, min(flushShare*c.cost, flushLate))
}

const (
	flushShare = 4 // a flush takes at most this part of the time,
	flushLate  = 20 * time.Second
)

// Unflushed is how many bytes of lines were read since then.
func (c *Conveyor) Unflushed() int64 { return c.bytes }

// Dirty reports whether there is anything to commit.
func (c *Conveyor) Dirty() bool {
	if c.tracker.ChangedCount() > 0 {
		return true
	}
	for _, l := range c.logs {
		if l.moved {
			return true
		}
	}
	return false
}

// bind notes that a log is read from an open file.
func (c *Conveyor) bind(l *Log, f *os.File) {
	if info, err := f.Stat(); err == nil {
		l.info = info
	}
	if c.bound == nil {
		c.bound = map[int32]*Log{}
	}
	c.bound[int32(l.State.ID)] = l
}

// unbind ends reading from an open file: what its source still sends is dropped.
func (c *Conveyor) unbind(l *Log) {
	l.gone = true
	if c.bound[int32(l.State.ID)] == l {
		delete(c.bound, int32(l.State.ID))
	}
}

// refresh brings what is known of all logs up to what was read.
func (c *Conveyor) refresh() {
	for _, l := range c.logs {
		l.State.TailHash, l.State.TailLen = l.tail.sum(identSize)
	}
}

// sweep forgets logs that ended and are committed.
func (c *Conveyor) sweep() {
	for id, l := range c.logs {
		if l.ended && !l.moved {
			delete(c.logs, id)
		}
	}
}

// inherit gives a new log the year, the zone and the unfinished lines of the one that had its name before: a rotation does not
// change how a host writes its stamps.
func (c *Conveyor) inherit(l *Log, previous *store.LogState, now time.Time) {
	const most = 30 * 24 * time.Hour // after a longer silence the year is found anew
	if previous == nil || len(previous.State) == 0 || now.UnixNano()-previous.Last > int64(most) {
		return
	}
	s := parser.NewStream(c.streamOptions(time.Time{}))
	if s.Restore(previous.State) == nil {
		l.stream = s
	}
}

// Place is where reading of a live log goes on: behind the last line that was read. before is what was read last before that.
func (l *Log) Place() (offset, line int64, before []byte) {
	return l.State.Position, l.State.Line, last(l.tail.b, markSize)
}

// TakeFile gives away the open file of a rotated log that Attach found.
func (l *Log) TakeFile() *os.File {
	f := l.in.file
	l.in = nil
	return f
}
