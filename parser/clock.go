package parser

import (
	"math"
	"time"
)

const (
	// backSlack is how far back a stamp may lie behind the one before it and still be of the same year: files that
	// were concatenated in the wrong order. Anything further back has crossed New Year.
	backSlack = 90 * secondsPerDay
	// aheadSlack is the other end of the same window.
	aheadSlack = 275 * secondsPerDay
	// futureSlack is how far stamps may lie after the log's modification time: clocks differ, zones are unknown.
	futureSlack = 26 * 3600
	// foldSlack is how far lines may be out of order within the hour that comes twice in autumn.
	foldSlack = 60
	// voteStreak queue ids in a row that contradict the zone change it.
	voteStreak = 3
)

// zoneMode says where a Clock has its zone from.
type zoneMode uint8

const (
	zoneAssumed zoneMode = iota // the machine's, nothing known
	zoneLocal                   // the machine's, and queue ids agree with it
	zoneFixed                   // an offset that queue ids showed and the machine's zone does not explain
	zoneGiven                   // --timezone
)

// clock turns the stamps of one log into absolute times. It adds the year and the zone where a stamp has none and
// follows both: over New Year, over the change to and from daylight saving time.
type clock struct {
	loc     *time.Location // for all modes but zoneFixed
	mode    zoneMode
	fixed   int64 // seconds east of UTC in zoneFixed
	given   int   // --year, 0: inferred
	modTime int64 // Unix seconds that the log was last written at, 0: unknown
	now     func() time.Time

	anchored  bool
	lastCivil int64 // wall clock of the last stamp
	last      int64 // its Unix seconds

	votes      int // queue ids heard
	pendingOff int64
	pending    int // how many in a row said pendingOff

	// The zone's offset is the same from spanLo to spanHi.
	spanLo, spanHi, spanOff int64

	// The last stamp without a zone, of lastCivil, so that lines of the same second cost nothing; 0: none.
	key uint64
	sec int64
}

// resolve is the stamp's absolute time in Unix nanoseconds.
func (c *clock) resolve(st *stamp) int64 {
	if st.hasZone {
		civil := st.civil(int(st.year))
		c.note(civil, civil-int64(st.offset))
		return c.last*1e9 + int64(st.nsec)
	}
	if k := st.key(); k != c.key {
		var civil int64
		if k>>secondBits == c.key>>secondBits { // the same day
			civil = c.lastCivil + int64(k) - int64(c.key)
		} else {
			civil = c.wall(st)
		}
		c.note(civil, c.unix(civil))
		c.key, c.sec = k, c.last
	} else {
		c.last = c.sec
	}
	return c.last*1e9 + int64(st.nsec)
}

// note makes a stamp the one that following stamps are compared with.
func (c *clock) note(civil, sec int64) {
	c.lastCivil, c.last, c.anchored = civil, sec, true
	c.key = 0
}

// wall is the stamp's wall clock, with its year found if it has none.
func (c *clock) wall(st *stamp) int64 {
	if st.hasYear {
		return st.civil(int(st.year))
	}
	if !c.anchored {
		y := c.given
		if y == 0 {
			y = c.latestYear(st)
		}
		return st.civil(y)
	}
	y, _, _ := civilFromDays(floorDiv(c.lastCivil, secondsPerDay))
	if st.month == 2 && st.day == 29 && !isLeap(y) {
		return st.civil(nearLeap(y))
	}
	civil := st.civil(y)
	switch d := civil - c.lastCivil; {
	case d < -backSlack:
		// Over New Year, unless that would lie in the future: then it is an old line out of its place.
		if next := st.civil(y + 1); next <= c.limit() {
			return next
		}
	case d > aheadSlack:
		return st.civil(y - 1)
	}
	return civil
}

// latestYear is the latest year in which the stamp is not in the future of the log's modification time.
func (c *clock) latestYear(st *stamp) int {
	limit := c.modTime + futureSlack
	if c.modTime == 0 {
		limit = c.now().Unix() + futureSlack
	}
	y, _, _ := civilFromDays(floorDiv(limit, secondsPerDay))
	for st.civil(y) > limit {
		y--
	}
	if st.month == 2 && st.day == 29 {
		for !isLeap(y) {
			y--
		}
	}
	return y
}

// limit is the latest time that a stamp can have. A log that is being followed grows past the time that it was opened at.
func (c *clock) limit() int64 {
	return max(c.modTime, c.now().Unix()) + futureSlack
}

// nearLeap is the leap year nearest to y, the earlier one of two.
func nearLeap(y int) int {
	for d := 1; ; d++ {
		if isLeap(y - d) {
			return y - d
		}
		if isLeap(y + d) {
			return y + d
		}
	}
}

// unix turns a wall clock into Unix seconds.
func (c *clock) unix(civil int64) int64 {
	if c.mode == zoneFixed {
		return civil - c.fixed
	}
	// Well inside a span there is only one answer; a day's distance to both ends is more than any offset.
	if u := civil - c.spanOff; u-secondsPerDay >= c.spanLo && u+secondsPerDay < c.spanHi {
		return u
	}
	before := c.offsetAt(civil - secondsPerDay)
	after := c.offsetAt(civil + secondsPerDay)
	if before == after {
		return civil - before
	}
	first, second := civil-before, civil-after
	ok1, ok2 := c.offsetAt(first) == before, c.offsetAt(second) == after
	switch {
	case ok1 && ok2: // the hour that comes twice: first is the earlier one, as clocks went back
		if c.last > first+foldSlack {
			return second
		}
		return first
	case ok2:
		return second
	default: // ok1, or an hour that does not exist: a clock that was not put forward yet
		return first
	}
}

// offsetAt is the location's offset at a time. It makes the span around it the current one.
func (c *clock) offsetAt(sec int64) int64 {
	if sec >= c.spanLo && sec < c.spanHi {
		return c.spanOff
	}
	t := time.Unix(sec, 0).In(c.loc)
	_, off := t.Zone()
	lo, hi := t.ZoneBounds()
	c.spanLo, c.spanHi, c.spanOff = math.MinInt64/2, math.MaxInt64/2, int64(off)
	if !lo.IsZero() {
		c.spanLo = lo.Unix()
	}
	if !hi.IsZero() {
		c.spanHi = hi.Unix()
	}
	return c.spanOff
}

// voteOffset is what a stamp and the absolute time of the queue id that was made just before it say about year and
// zone: the wall clock with its year, and the offset. ok is false if they cannot belong together.
func voteOffset(st *stamp, id int64) (civil, off int64, ok bool) {
	civil = civilNear(st, id)
	off, ok = offsetBetween(civil, id)
	return civil, off, ok
}

// civilNear is the stamp's wall clock, in the year that brings it nearest to a time if it has none.
func civilNear(st *stamp, sec int64) int64 {
	if st.hasYear {
		return st.civil(int(st.year))
	}
	y, _, _ := civilFromDays(floorDiv(sec, secondsPerDay))
	civil := st.civil(y)
	for _, other := range [...]int{y - 1, y + 1} {
		if o := st.civil(other); abs(o-sec) < abs(civil-sec) {
			civil = o
		}
	}
	return civil
}

// offsetBetween is the offset by which a wall clock is ahead of a queue id's time; ok is false if it can be none.
func offsetBetween(civil, id int64) (off int64, ok bool) {
	// Offsets are multiples of 15 minutes, from -12 to +14 hours. The line is a little later than the id; stamps
	// without a fraction may be a second earlier.
	off = floorDiv(civil-id+2, 900) * 900
	return off, off >= -12*3600 && off <= 14*3600
}

// vote hears what a queue id says about the year and zone of the line that introduced it. It returns whether the
// line's stamp must be resolved again.
func (c *clock) vote(st *stamp, id int64) (changed bool) {
	if st.hasZone {
		return false
	}
	civil := c.lastCivil
	if c.key != st.key() || abs(civil-id) > 2*secondsPerDay { // else the stamp's year is right already
		civil = civilNear(st, id)
	}
	off, ok := offsetBetween(civil, id)
	if !ok {
		return false
	}
	if !st.hasYear && c.given == 0 && abs(civil-c.lastCivil) > secondsPerDay*2 {
		c.note(civil, id)
		changed = true
	}
	if c.mode == zoneGiven {
		return changed
	}
	c.votes++
	if c.says(civil, off) {
		if c.mode == zoneAssumed {
			c.mode = zoneLocal
		}
		c.pending = 0
		if c.unix(civil) != civil-off { // the other one of the hour that comes twice
			c.note(civil, civil-off)
			changed = true
		}
		return changed
	}
	if c.pendingOff != off {
		c.pendingOff, c.pending = off, 0
	}
	c.pending++
	// A message that took long to arrive looks like another zone, but not three in a row by the same half hours.
	if off%1800 != 0 && c.pending < voteStreak*2 || c.votes > 1 && c.pending < voteStreak {
		return changed
	}
	c.adopt(civil, off)
	c.note(civil, civil-off)
	return true
}

// says reports whether the clock's zone has this offset at this wall clock.
func (c *clock) says(civil, off int64) bool {
	if c.mode == zoneFixed {
		return c.fixed == off
	}
	return c.offsetAt(civil-off) == off
}

// adopt makes off the log's offset: by the machine's zone if that explains it, so that the change to daylight saving
// time is known in advance, else as a fixed one.
func (c *clock) adopt(civil, off int64) {
	c.mode, c.fixed = zoneFixed, off
	if c.offsetAt(civil-off) == off {
		c.mode, c.fixed = zoneLocal, 0
	}
	c.pending = 0
	c.key = 0
}

func abs(n int64) int64 {
	if n < 0 {
		return -n
	}
	return n
}
