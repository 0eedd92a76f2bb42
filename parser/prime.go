package parser

import "bytes"

const (
	// primeVotes is how many queue ids Prime listens to.
	primeVotes = 200
	// primeBytes is how far it looks for queue ids. It goes on to the end only to count years.
	primeBytes = 8 << 20
)

// primer gathers what the beginning of a log says about its year and zone before the first line is read for good.
type primer struct {
	bytes int64
	votes []zoneVote  // of queue ids
	hints []zoneVote  // of stamps that have a zone
	bases map[int]int // year of the first stamp without one -> how many lines say so

	// Stamps without a year, counted from the year of the first one.
	seen  bool
	first stamp
	last  stamp
	rel   int // New Years since the first
	leaps []int

	zoneless bool // stamps without a zone were seen
}

type zoneVote struct{ civil, off int64 }

// Prime tells the stream what is coming, before the first Parse: a block of whole lines from the log's beginning. Year and
// zone of stamps without them are found by the queue ids in it, so that the first record is right already.
//
// more is true if the next block would tell more. It is false once queue ids have spoken or stamps are complete. Where
// nothing carries a year it stays true: only who has seen the whole log knows how many New Years lie between its
// first line and its modification time. A caller may stop at any block, and may do without Prime.
func (s *Stream) Prime(block []byte) (more bool) {
	if s.clock.anchored || s.stats.Lines > 0 {
		return false
	}
	if s.primer == nil {
		s.primer = &primer{bases: make(map[int]int)}
	}
	p := s.primer
	p.bytes += int64(len(block))
	for len(block) > 0 && len(p.votes) < primeVotes {
		line := block
		if i := bytes.IndexByte(block, '\n'); i >= 0 {
			line, block = block[:i], block[i+1:]
		} else {
			block = nil
		}
		s.primeLine(p, line)
	}
	if len(p.votes) > 0 {
		return false
	}
	if p.bytes < primeBytes {
		return p.zoneless
	}
	return p.seen && len(p.bases) == 0 && s.clock.given == 0
}

func (s *Stream) primeLine(p *primer, line []byte) {
	var f Frame
	var t transport
	s.framer.split(line, &f, &t)
	st := &t.stamp
	if !st.ok {
		return
	}
	if !st.hasYear {
		p.count(st)
	} else if p.seen {
		// Another format in the same file says the year of its neighbours.
		p.bases[yearNear(&p.last, st.civil(int(st.year)))-p.rel]++
	}
	if st.hasZone {
		if !t.wrapped && len(p.hints) < primeVotes { // a container runtime's stamps are UTC whatever the MTA's are
			p.hints = append(p.hints, zoneVote{st.civil(int(st.year)), int64(st.offset)})
		}
		return
	}
	p.zoneless = true
	if p.bytes > 2*primeBytes {
		return // no queue ids in this log
	}
	parser := s.detect.find(&f)
	if parser == nil {
		return
	}
	var r Record
	r.Delay = -1
	r.Recipients = s.scratch[:0]
	res := parser.Parse(&f, &r)
	s.scratch = r.Recipients
	if res != Found || r.Kind != KindBegin {
		return
	}
	ns, ok := parser.QueueTime(r.QueueID)
	if !ok {
		return
	}
	civil, off, ok := voteOffset(st, floorDiv(ns, 1e9))
	if !ok {
		return
	}
	p.votes = append(p.votes, zoneVote{civil, off})
	if !st.hasYear {
		y, _, _ := civilFromDays(floorDiv(civil, secondsPerDay))
		p.bases[y-p.rel]++
	}
}

// count follows stamps without a year over New Years, counted from the first stamp.
func (p *primer) count(st *stamp) {
	const anyYear = 2000 // a leap year, so that Feb 29 is itself
	if !p.seen {
		p.seen, p.first = true, *st
	} else {
		switch d := st.civil(anyYear) - p.last.civil(anyYear); {
		case d < -backSlack:
			p.rel++
		case d > aheadSlack:
			p.rel--
		}
	}
	p.last = *st
	if st.month == 2 && st.day == 29 && (len(p.leaps) == 0 || p.leaps[len(p.leaps)-1] != p.rel) {
		p.leaps = append(p.leaps, p.rel)
	}
}

// yearNear is the year in which a stamp without one is nearest to a wall clock.
func yearNear(st *stamp, civil int64) int {
	y, _, _ := civilFromDays(floorDiv(civil, secondsPerDay))
	best := y
	for _, other := range [...]int{y - 1, y + 1} {
		if abs(st.civil(other)-civil) < abs(st.civil(best)-civil) {
			best = other
		}
	}
	return best
}

// finishPrime sets the clock by what was gathered.
func (s *Stream) finishPrime() {
	p, c := s.primer, &s.clock
	s.primer = nil
	switch {
	case c.mode == zoneGiven:
	case len(p.votes) > 0:
		c.decide(p.votes)
	case p.zoneless && len(p.hints) > 0:
		c.decide(p.hints)
		c.votes = 0
	}
	if !p.seen {
		return
	}
	base := c.given
	if base == 0 {
		most := 0
		for y, n := range p.bases {
			if n > most || n == most && y > base {
				base, most = y, n
			}
		}
	}
	if base == 0 {
		base = c.latestYear(&p.last) - p.rel
		for tries := 0; tries < 8 && !allLeap(base, p.leaps); tries++ {
			base--
		}
	}
	civil := p.first.civil(base)
	c.note(civil, c.unix(civil))
}

func allLeap(base int, rels []int) bool {
	for _, rel := range rels {
		if !isLeap(base + rel) {
			return false
		}
	}
	return true
}

// decide finds the zone that explains most votes: the machine's if it explains two thirds, else the offset that most have.
func (c *clock) decide(votes []zoneVote) {
	explained := 0
	offsets := make(map[int64]int)
	for _, v := range votes {
		if c.offsetAt(v.civil-v.off) == v.off {
			explained++
		}
		offsets[v.off]++
	}
	c.votes = len(votes)
	if explained*3 >= len(votes)*2 {
		c.mode = zoneLocal
		return
	}
	c.mode = zoneFixed
	most := 0
	for off, n := range offsets {
		if n > most || n == most && off < c.fixed {
			c.fixed, most = off, n
		}
	}
}
