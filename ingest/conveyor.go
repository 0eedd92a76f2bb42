package ingest

import (
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"bouncelog/classify"
	"bouncelog/parser"
	"bouncelog/store"
	"bouncelog/trace"
)

// Options say what a Conveyor reads with and where it puts what it finds.
type Options struct {
	Stream     parser.Options // parsers, --mta, --year, --timezone
	Classifier *classify.Classifier
	Store      *store.Store   // nil: nothing is kept but Aggregates
	Zone       *time.Location // of the reports' hours, without a store
	ByWindow   bool           // without a store: see store.AggregateOptions
	Edges      []time.Time    // likewise
	Stdin      io.Reader

	Redact func(*parser.Record) // changes each record before anything is made of it, in the goroutine of Read; nil: none

	OnEvent func(*trace.Event, *Log)          // each event as its line is read; nil: none
	OnFile  func(name string, size, at int64) // a log was opened, of this size on the disk, and is read from there
	OnRead  func(name string, n int64)        // progress: bytes read since then

	// For live logs.
	FlushEvery    time.Duration            // commit at least this often while there is something new; 0: only by size
	FlushMessages int                      // commit at the latest when so many messages changed; 0: 8,000
	HeldBytes     int                      // what the messages take at most that the tracker holds between flushes; 0: 12 MB, without a store 64 MB
	FlushBytes    int64                    // commit at the latest when so many bytes were read; 0: 24 MB
	MaxKeys       int                      // see store.AggregateOptions
	OnNote        func(error)              // about files that could not be read and are not needed to go on
	OnFlush       func()                   // before each commit: what was printed of it must be out by then
	OnCommit      func(error) (again bool) // after each try to commit, in another goroutine; true: try the same again
}

// Conveyor carries lines from logs to the store. It is not safe for concurrent use.
type Conveyor struct {
	opt       Options
	tracker   *trace.Tracker
	agg       *store.Aggregates
	counter   *counter
	harvestAt int
	writer    *writer // with a store
	spill     *spill  // without
	stayed    int     // without: changed messages that the last flush left in memory
	logs      map[int32]*Log
	judge     *judge
	live      batch          // of Feed
	bound     map[int32]*Log // live logs by number
	met       map[int64]bool // known logs of which a file was found at the last look for missed ones
	flushed   time.Time
	cost      time.Duration // of the last flush here, and of the commit before it in its goroutine
	known     []*store.LogState
	lastLog   int64 // without a store
	bytes     int64 // read since the last flush
	sum       Summary
	started   time.Time
}

// Batches of this size bound the memory that a commit takes and what is read again after a crash.
const (
	flushMessages = 8_000
	harvestStep   = 1_000 // messages that change between two harvests
	flushBytes    = 24 << 20
	heldBytes     = 12 << 20 // of messages that the tracker holds at most between flushes: to find more in the store costs less than to collect garbage around them
	heldAlone     = 64 << 20 // the same without a store, where what is laid aside costs more to find again; a message with as many recipients as are kept fits
)

// New returns a conveyor. With a store it goes on from what the store holds.
func New(opt Options) (*Conveyor, error) {
	c := &Conveyor{opt: opt, logs: map[int32]*Log{}, started: time.Now(), flushed: time.Now()}
	if c.opt.FlushMessages == 0 {
		c.opt.FlushMessages = flushMessages
	}
	if c.opt.FlushBytes == 0 {
		c.opt.FlushBytes = flushBytes
	}
	if c.opt.HeldBytes == 0 {
		c.opt.HeldBytes = heldBytes
		if opt.Store == nil {
			c.opt.HeldBytes = heldAlone
		}
	}
	topt := trace.Options{NextID: 1}
	aopt := store.AggregateOptions{Zone: opt.Zone, KeepAll: opt.Store == nil, ByWindow: opt.ByWindow, Edges: opt.Edges, MaxKeys: opt.MaxKeys}
	if opt.Classifier != nil {
		c.judge = &judge{opt.Classifier}
		topt.Judge, aopt.Provider = c.judge, c.judge.provider
	}
	if opt.OnEvent != nil {
		topt.OnEvent = func(e *trace.Event) { opt.OnEvent(e, c.logs[e.Attempt.Log]) }
	}
	if opt.Store != nil {
		aopt.Zone = opt.Store.Zone()
	}
	c.agg = store.NewAggregates(aopt)
	c.counter = newCounter(c.agg, opt.Store != nil)
	var kept []byte
	if opt.Store != nil {
		known, err := opt.Store.Logs()
		if err != nil {
			return nil, err
		}
		c.known = known
		state, next, err := opt.Store.TrackerState()
		if err != nil {
			return nil, err
		}
		kept, topt.NextID = state, next
		topt.Keeper = opt.Store.Keeper(c.agg)
		c.writer = newWriter(opt.Store, opt.OnCommit)
	} else {
		c.spill = &spill{agg: c.agg}
		topt.Keeper = c.spill
	}
	c.tracker = trace.New(topt)
	if len(kept) > 0 {
		if err := c.tracker.Restore(kept); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// prepare makes a log of an input that was identified.
func (c *Conveyor) prepare(in *input, state *store.LogState) (*Log, error) {
	l := c.newLog(state, in.modTime)
	l.in = in
	position := state.Position
	if offset, again := l.resume(); again {
		c.tracker.Reread(int32(state.ID), offset)
		c.sum.Lines--
	}
	c.sum.Bytes += state.Position - position
	l.from = in.read.n
	if c.opt.OnFile != nil {
		c.opt.OnFile(in.name, in.size, l.from)
	}
	var err error
	l.first, err = prime(l, c.streamOptions(in.modTime))
	return l, err
}

// noteOverlap tells the tracker if other logs reach into the time of this one. A live log does not overlap with those that had its
// name before, unless it begins like one of them: then it is an older state of that one.
func (c *Conveyor) noteOverlap(l *Log, live bool) {
	until := int64(0)
	for _, s := range c.known {
		if live && inSeries(l.State.Name, s.Name) && (s.HeadLen < sureHead || s.HeadLen != l.State.HeadLen || s.HeadHash != l.State.HeadHash) {
			continue
		}
		if s.ID != l.State.ID && s.Last >= l.first-int64(time.Minute) {
			until = max(until, s.Last)
		}
	}
	if until > 0 {
		c.tracker.Overlaps(int32(l.State.ID), until+int64(time.Minute))
	}
}

// know keeps where reading of a log stands, in place of what was known of it.
func (c *Conveyor) know(state *store.LogState) {
	if state.ID == 0 {
		state.ID = c.newLogID()
	}
	c.known = slices.DeleteFunc(c.known, func(s *store.LogState) bool { return s.ID == state.ID })
	c.known = append(c.known, state)
}

func (c *Conveyor) newLogID() int64 {
	if c.opt.Store != nil {
		return c.opt.Store.NewLogID()
	}
	c.lastLog++
	return c.lastLog
}

func (c *Conveyor) newLog(state *store.LogState, modTime time.Time) *Log {
	l := &Log{State: state, stream: parser.NewStream(c.streamOptions(modTime))}
	if old := c.logs[int32(state.ID)]; old != nil {
		l.moved = old.moved
	}
	if len(state.State) > 0 && l.stream.Restore(state.State) != nil {
		// Another version wrote it. It holds the log's year and zone, which are found out again, and lines that were not complete.
		state.State, l.stream = nil, parser.NewStream(c.streamOptions(modTime))
	}
	c.logs[int32(state.ID)] = l
	return l
}

func (c *Conveyor) streamOptions(modTime time.Time) parser.Options {
	opt := c.opt.Stream
	opt.ModTime = modTime
	return opt
}

// track hands a batch's records to the tracker and flushes when enough has gathered.
func (c *Conveyor) track(ctx context.Context, l *Log, b *batch) error {
	for i := range b.n {
		if c.opt.Redact != nil {
			c.opt.Redact(&b.recs[i])
		}
		c.tracker.Add(&b.recs[i])
	}
	if err := c.tracker.Err(); err != nil {
		return err
	}
	c.sum.Bytes += b.chunk.End - l.State.Position
	l.took(b)
	c.sum.Lines += b.lines
	c.sum.Foreign += b.foreign
	c.sum.Unrecognized += b.unrecognized
	c.sum.LongLines += b.long
	c.bytes += int64(len(b.chunk.Data))
	if c.writer != nil {
		if err := c.writer.check(); err != nil {
			return err
		}
	}
	if c.tracker.ChangedCount() >= c.harvestAt {
		c.harvest()
	}
	if c.full() {
		return c.Flush(ctx)
	}
	return nil
}

// full reports whether enough has gathered for a flush.
func (c *Conveyor) full() bool {
	// Many came back that had been evicted, which are the heaviest. One that is too heavy by itself would come back again and again.
	if c.tracker.ChangedCount() >= c.stayed+harvestStep && c.tracker.Weight() > c.opt.HeldBytes+c.opt.HeldBytes/2 {
		return true
	}
	if c.writer == nil {
		return c.bytes >= c.opt.FlushBytes || c.tracker.ChangedCount() >= c.stayed+c.opt.FlushMessages
	}
	gathered := c.counter.waiting() + c.tracker.ChangedCount()
	return gathered >= c.opt.FlushMessages || c.bytes >= c.opt.FlushBytes || c.opt.FlushEvery > 0 && c.Due(c.opt.FlushEvery)
}

// harvest takes the messages that ended a while ago from the tracker, so that what it works on stays small enough for the
// processor's caches, and has them counted beside it. They wait for the next Flush.
func (c *Conveyor) harvest() {
	var ended []*trace.Message
	c.tracker.Harvest(func(m *trace.Message, changed bool) {
		if changed { // else it was counted and committed before
			ended = append(ended, m)
		}
		if c.spill != nil {
			c.spill.add(m)
		}
	})
	c.counter.count(ended)
	if c.writer == nil {
		c.tracker.Strays(c.agg.Update)
	}
	c.harvestAt = c.tracker.ChangedCount() + harvestStep
}

// Flush counts what changed and commits it together with the positions of the logs.
func (c *Conveyor) Flush(ctx context.Context) error {
	c.bytes, c.flushed = 0, time.Now()
	if c.opt.OnFlush != nil {
		c.opt.OnFlush()
	}
	c.harvest() // what ended needs no clone
	pending := c.counter.take()
	if c.writer == nil {
		// Nothing is committed, so what is held is counted when it leaves memory or no more comes, and not after each change.
		c.tracker.Evict(c.opt.HeldBytes, c.leave)
		c.stayed = c.tracker.ChangedCount()
		return c.spill.flush(c.tracker.NextID())
	}
	b := &store.Batch{NextID: c.tracker.NextID(), Messages: pending}
	c.tracker.Changed(func(m *trace.Message) {
		c.agg.Update(m)
		b.Messages = append(b.Messages, m.Clone())
	})
	for _, l := range c.logs {
		if l.moved {
			b.Logs = append(b.Logs, l.state())
			l.moved = false
		}
	}
	if len(b.Messages) == 0 && len(b.Logs) == 0 {
		return c.writer.wait()
	}
	state, err := c.tracker.State()
	if err != nil {
		return err
	}
	b.Tracker = state
	b.Aggregates = c.agg.Take()
	c.cost = time.Since(c.flushed) + c.writer.took
	if err := c.writer.commit(b); err != nil {
		return err
	}
	c.tracker.Evict(c.opt.HeldBytes, nil)
	c.sweep()
	return nil
}

// leave counts a message that the tracker drops in a run without a store, and lays it aside if a later line may speak of it.
func (c *Conveyor) leave(m *trace.Message) {
	c.agg.Finish(m)
	c.spill.add(m)
}

// Close waits until all is committed, or removes what a run without a store laid aside.
func (c *Conveyor) Close() error {
	c.counter.close()
	if c.writer == nil {
		return c.spill.close()
	}
	return c.writer.wait()
}

// Unrecognized are the first lines of each shape that a mail server wrote and no parser knows, with file and line.
func (c *Conveyor) Unrecognized() []string {
	var list []string
	for _, l := range c.logs {
		for _, s := range l.stream.Samples() {
			list = append(list, fmt.Sprintf("%s:%d: %s", l.State.Name, s.Line, s.Text))
		}
	}
	slices.Sort(list)
	return list
}

// Aggregates are those of the whole run of a conveyor without a store.
func (c *Conveyor) Aggregates() *store.Aggregates { return c.agg }

// Summary is what this run read so far, as of the last Flush.
func (c *Conveyor) Summary() Summary {
	s, t := c.sum, c.agg.Totals()
	s.Messages, s.Recipients, s.Delivered, s.Deferrals = t.Messages, t.Recipients, t.Delivered, t.Deferrals
	s.Bounced, s.Expired, s.Rejected, s.SessionRejects = t.Bounced, t.Expired, t.Rejected, t.SessionRejects
	s.Discarded, s.DSNs = t.Discarded, t.DSNs
	s.ByCategory = CategoryCounts{t.Hard, t.Soft, t.Block, t.Content}
	s.Seconds = time.Since(c.started).Seconds()
	return s
}
