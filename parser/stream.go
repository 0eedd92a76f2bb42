package parser

import (
	"time"

	"github.com/cespare/xxhash/v2"
)

// Options say how a log is to be read. The zero value of each but Parsers infers.
type Options struct {
	Parsers  []Parser       // in order of preference; see parser/all
	MTA      string         // read lines as this MTA's; "auto" or "": decide line by line
	Year     int            // of the log's first stamp without one (--year)
	Timezone *time.Location // of stamps without one (--timezone)
	Local    *time.Location // what to assume and try first; nil: the machine's zone
	ModTime  time.Time      // when the log was last written; the zero time: now
	Now      func() time.Time
}

// Stats count what a Stream has read.
type Stats struct {
	Lines        int64
	Bytes        int64 // with one line break a line
	Foreign      int64
	Unrecognized int64
}

// Stream reads one log, line after line in its order. It keeps what a single line does not say: the
// year and zone of its stamp, the rest of an entry that syslog split, what "last message repeated" repeats. It serves
// one goroutine. What it keeps is bounded, whatever the log holds.
type Stream struct {
	opts    Options
	clock   clock
	primer  *primer
	stats   Stats
	samples samples
	detect  detector

	framer  framer
	frame   Frame
	trans   transport
	scratch [][]byte
	ready   []entry // entries that came complete by the line that was just parsed
	again   int32   // how often More repeats the last record

	lasts   repeats
	pieces  pieces
	copies  copies
	partial []byte // container output that was cut, until its rest comes
	ownLog  bool   // the last stamp was Exim's own: lines without one continue an entry
	ownMTA  bool   // a parser knew a line that has its MTA's own stamp: this is that MTA's log, all such lines are its
	cursor  []byte
}

// entry is a frame that is ready for its parser.
type entry struct {
	frame Frame
	trans transport
	line  Line
}

// NewStream returns a stream for one log.
func NewStream(o Options) *Stream {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Local == nil {
		o.Local = time.Local
	}
	s := &Stream{opts: o}
	s.clock = clock{loc: o.Local, given: o.Year, now: o.Now}
	if o.Timezone != nil {
		s.clock.loc, s.clock.mode = o.Timezone, zoneGiven
	}
	if !o.ModTime.IsZero() {
		s.clock.modTime = o.ModTime.Unix()
	}
	s.detect = newDetector(o.Parsers, o.MTA)
	return s
}

// Stats returns the counts so far.
func (s *Stream) Stats() Stats { return s.stats }

// Cursor is the __CURSOR of the last line that had one ("journalctl -o json"), so that the journal can be read on
// from it. It is valid until the next Parse.
func (s *Stream) Cursor() []byte { return s.cursor }

// Parse reads the next line. On Found r is filled, and the caller goes on with More until that returns false: a line can stand
// for several records ("last message repeated 3 times").
//
//	if s.Parse(line, &r) == parser.Found {
//		for ok := true; ok; ok = s.More(&r) {
//			tracker.Add(&r)
//		}
//	}
//
// The record's bytes point into line.Text or into memory of their own; none are overwritten by the next Parse.
func (s *Stream) Parse(line Line, r *Record) Result {
	if s.primer != nil {
		s.finishPrime()
	}
	s.ready, s.again = s.ready[:0], 0
	s.stats.Lines++
	s.stats.Bytes += int64(len(line.Text)) + 1

	f, t := &s.frame, &s.trans
	s.framer.split(line.Text, f, t)
	if f.Cursor != nil {
		s.cursor = append(s.cursor[:0], f.Cursor...)
	}
	if len(t.body) == 0 {
		return Known // blank
	}
	if t.partial || len(s.partial) > 0 && t.inner != nil {
		if !s.joinPartial() {
			return Known
		}
	}
	if t.stamp.ok {
		f.Time = s.clock.resolve(&t.stamp)
		s.ownLog = t.own
	} else if s.ownLog {
		return Known // the headers that follow an entry of Exim's reject log
	}
	if len(f.Message) == 0 { // cut within the header, or a program that said nothing
		if f.Program != nil && s.detect.find(f) != nil {
			return Known
		}
		s.stats.Foreign++
		return Foreign
	}
	switch c := f.Message[0]; {
	case c == 'm' || c == 'l' || c == 'L' || c == '-':
		if n, again := repeated(f.Message); n > 0 {
			return s.repeat(line, n, again, r)
		}
	case c == '[' && f.Program != nil:
		if p, ok := parsePiece(f.Message); ok {
			return s.addPiece(line, p, r)
		}
	}
	p := s.detect.find(f)
	if f.Program != nil && (p == nil || p.splits) {
		if part, ok := parsePart(f.Message); ok {
			return s.addPart(&line, p, part, r)
		}
	}
	return s.finish(p, f, t, &line, r)
}

// finish hands a complete frame to its parser, which is nil if none claims it, unless it is Exim's second copy of the line before.
func (s *Stream) finish(p *candidate, f *Frame, t *transport, line *Line, r *Record) Result {
	if p == nil && t.own && s.ownMTA {
		s.stats.Unrecognized++
		s.samples.add(f, line)
		s.lasts.remember(f.Host, nil)
		return Unrecognized
	}
	if p == nil {
		s.stats.Foreign++
		s.lasts.remember(f.Host, nil)
		return Foreign
	}
	if p.twice && !t.own && s.copies.isCopy(f) {
		return Known
	}
	s.lasts.remember(f.Host, t.body)
	s.ownMTA = s.ownMTA || t.own
	res := s.read(p, f, t, line, r)
	if res == Found && r.Kind == KindBegin && t.stamp.ok && !t.stamp.hasZone {
		if ns, ok := p.QueueTime(r.QueueID); ok && s.clock.vote(&t.stamp, floorDiv(ns, 1e9)) {
			r.Time = s.clock.resolve(&t.stamp)
		}
	}
	return res
}

// read lets the parser read the frame, counts what came of it and fills in what the frame knows.
func (s *Stream) read(p *candidate, f *Frame, t *transport, line *Line, r *Record) Result {
	r.Reset()
	res := p.Parse(f, r)
	switch res {
	case Found:
		s.fill(p, f, t, line, r)
	case Unrecognized:
		s.stats.Unrecognized++
		s.samples.add(f, line)
	case Foreign:
		s.stats.Foreign++
	}
	return res
}

func (s *Stream) fill(p *candidate, f *Frame, t *transport, line *Line, r *Record) {
	r.MTA = p.mta
	r.Time = f.Time
	if !t.stamp.ok {
		r.Time = s.undated()
	}
	r.Line = *line
	r.Host = f.Host
	r.PID = f.PID
	switch r.Kind {
	case KindContext, KindSession, KindDSN, KindHint: // to hear these twice changes nothing
	case KindBegin, KindEnd:
		if r.Requeued || r.Open {
			r.Hash = uint32(xxhash.Sum64(t.body))
		}
	default:
		r.Hash = uint32(xxhash.Sum64(t.body))
	}
}

// Keep makes the stream independent of the memory of the lines that it has read, which the caller is about to use for others. State does so too.
func (s *Stream) Keep() { s.lasts.keep() }

// undated is the time of a line without a stamp: that of the last one that had one, else the log's own.
func (s *Stream) undated() int64 {
	switch {
	case s.clock.anchored:
		return s.clock.last * 1e9
	case s.clock.modTime != 0:
		return s.clock.modTime * 1e9
	}
	return s.opts.Now().UnixNano()
}

// More fills r with the next record of the line that Parse has read, if there is one. r must be the record that
// Parse filled, unchanged.
func (s *Stream) More(r *Record) bool {
	if s.again > 0 {
		s.again--
		r.Seq++
		return true
	}
	for len(s.ready) > 0 {
		e := s.ready[0]
		s.ready = s.ready[1:]
		if s.finish(s.detect.find(&e.frame), &e.frame, &e.trans, &e.line, r) == Found {
			return true
		}
	}
	return false
}

// maxPartial bounds what is kept of container output until its rest comes.
const maxPartial = 1 << 20

// joinPartial puts container output together again that the runtime cut (at 16 KiB). It reports whether the line is
// complete; s.frame is then that of the whole.
func (s *Stream) joinPartial() bool {
	t := &s.trans
	if len(s.partial) < maxPartial {
		s.partial = append(s.partial, t.inner...)
	}
	if t.partial {
		return false
	}
	outer, whole := t.outer, s.partial
	s.partial = nil
	splitFrame(whole, &s.frame, t)
	t.wrapped = true
	if outer.better(&t.stamp) {
		outer = t.stamp
	}
	t.stamp = outer
	return true
}
