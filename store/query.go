package store

import (
	"cmp"
	"database/sql/driver"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"
)

// Figures answers a report for [since, until); a zero time is open. top is the number of rows a dimension, 0: all. Without a filter it reads
// the aggregates, which know the whole past. With one it reads the messages of the window and counts them again; what
// retention has removed is then missing, and Figures.DetailsFrom says from when on there are any.
func (s *Store) Figures(f Filter, since, until time.Time, top int) (*Figures, error) {
	list, err := s.FiguresOf(f, []Ask{{Since: since, Until: until, Dims: AllDims, Top: top}})
	if err != nil {
		return nil, err
	}
	return list[0], nil
}

// FiguresOf is Figures of several windows, all of one state of the store, for less than the cost of asking one after the other.
func (s *Store) FiguresOf(f Filter, asks []Ask) (list []*Figures, err error) {
	err = s.read(func(r *session) error {
		if f.empty() {
			list, err = r.figures(s.zone, asks)
		} else {
			list, err = r.detailFigures(f, s.zone, asks)
		}
		return err
	})
	if err == nil {
		cutFigures(asks, list)
	}
	return list, err
}

// figures reads aggregates.
func (s *session) figures(zone *time.Location, asks []Ask) ([]*Figures, error) {
	c := newClock(zone)
	tallies := newTallies(c, asks)
	all, err := s.totals(c, tallies)
	if err != nil {
		return nil, err
	}
	detailsFrom, err := s.detailsFrom()
	if err != nil {
		return nil, err
	}
	list := make([]*Figures, len(tallies))
	for i, t := range tallies {
		if err := s.tallyDims(c, tallies, t); err != nil {
			return nil, err
		}
		list[i] = t.figures(all, zone)
		list[i].DetailsFrom = detailsFrom
		if list[i].Replies, err = s.replies(t.by[DimReply], t.Top); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// totals reads the aggregates of DimTotal up to the end of the last window: the stock is the sum of all that came before.
func (s *session) totals(c *clock, tallies []*tally) (*totals, error) {
	t := newTotals(tallies)
	add := func(h slot, _ int64, f field, n int64) { t.add(h, f, n) }
	last := c.dayOf(t.to)
	if err := s.eachBlock(DimTotal, 0, last, add); err != nil {
		return nil, err
	}
	if err := s.eachRecent(DimTotal, 0, last, add); err != nil {
		return nil, err
	}
	t.sort()
	return t, nil
}

// tallyDims reads the aggregates of the tally's dimensions in its window.
func (s *session) tallyDims(c *clock, tallies []*tally, t *tally) error {
	var sums []*dimSums
	for d := range DimCount {
		if d == DimTotal || !t.Dims.Has(d) {
			continue
		}
		k := &dimSums{dim: d}
		if t.cuts(d) && t.Cut.Like > 0 {
			k.only = tallies[t.Cut.Like-1].named[d]
		}
		sums = append(sums, k)
	}
	if err := s.sumWindow(c, sums, t.from, t.to); err != nil {
		return err
	}
	for _, k := range sums {
		if k.only != nil {
			for id, key := range k.only {
				t.put(k.dim, key, k.of(id))
			}
		} else if err := s.resolve(t, k.dim, &k.keySums); err != nil {
			return err
		}
	}
	return nil
}

// resolve turns ids into texts. With a limit only rows that can be among the first need theirs.
func (s *session) resolve(t *tally, d Dim, acc *keySums) error {
	wanted := func(*sum) bool { return true }
	switch {
	case t.cuts(d):
		expired := func(v *sum) bool { return v.n[fExpired] > 0 }
		first := acc.least(d, t.Cut.Rows, func(v *sum) bool { return !v.zero() })
		firstExpired := acc.least(d, t.Cut.Rows, expired)
		wanted = func(v *sum) bool {
			r := rank(d, v)
			return r >= first || r >= firstExpired && expired(v)
		}
	case t.Top > 0 && acc.n > 4*t.Top:
		first := acc.least(d, t.Top, func(*sum) bool { return true })
		wanted = func(v *sum) bool { return rank(d, v) >= first }
	}
	ids := make([]int64, 0, acc.n)
	for id, v := range acc.all() {
		switch {
		case v.zero():
		case wanted(v):
			ids = append(ids, id)
		case t.cuts(d):
			c := v.counts()
			t.left[d].add(&c)
		}
	}
	texts, err := s.stringsOf(ids)
	if err != nil {
		return err
	}
	for i, id := range ids {
		t.name(d, id, texts[i], acc.of(id))
	}
	return nil
}

// nearIDs is how far apart two wanted strings may stand to be read in one go: passing over a row costs less than a look-up.
const nearIDs = 16

// stringsOf is stringOf of many ids, which are sorted.
func (s *session) stringsOf(ids []int64) ([]string, error) {
	texts := make([]string, 0, len(ids))
	for len(texts) < len(ids) {
		wanted := ids[len(texts):]
		n := 1
		for n < len(wanted) && wanted[n]-wanted[n-1] <= nearIDs {
			n++
		}
		wanted = wanted[:n]
		err := s.query(func(r []driver.Value) error {
			if len(wanted) > 0 && integer(r[0]) == wanted[0] {
				texts = append(texts, text(r[1]))
				wanted = wanted[1:]
			}
			return nil
		}, "SELECT id, text FROM string WHERE id BETWEEN ? AND ? ORDER BY id", wanted[0], wanted[n-1])
		if err != nil {
			return nil, err
		}
		if len(wanted) > 0 {
			return nil, errDamaged("no string " + strconv.FormatInt(wanted[0], 10))
		}
	}
	return texts, nil
}

// rank orders rows as rows and replyRows do, as far as one number can.
func rank(d Dim, s *sum) int64 {
	if d == DimReply {
		return max(s.n[fDeferrals]+s.n[fBounced]+s.n[fExpired], 0)
	}
	const most = 1<<31 - 1
	return min(max(s.n[fBounced]+s.n[fExpired], 0), most)<<31 | min(max(s.n[fDelivered], 0), most)
}

// dimSums are the sums of a dimension.
type dimSums struct {
	keySums
	dim Dim
}

// sumWindow adds up the aggregates of dimensions but DimTotal in the hours [from, to): whole days from their own rows, the rest by the hour.
func (s *session) sumWindow(c *clock, sums []*dimSums, from, to slot) error {
	first, last := c.dayOf(from), c.dayOf(to) // the last is cut short by to, or empty
	whole := first
	if from > -1<<31 && c.dayStart(from) != from {
		whole++
	}
	for _, k := range sums {
		within := func(h slot, key int64, f field, n int64) {
			if h >= from && h < to && k.wants(key) {
				k.of(key).add(f, n)
			}
		}
		if err := s.eachRecent(k.dim, first, last, within); err != nil {
			return err
		}
		if whole > first {
			if err := s.eachBlock(k.dim, first, first, within); err != nil {
				return err
			}
		}
		// A window that ends with a day has nothing of the next.
		if last >= whole && (to == 1<<31-1 || c.dayStart(to) != to) {
			if err := s.eachBlock(k.dim, last, last, within); err != nil {
				return err
			}
		}
	}
	switch {
	case whole+1 < last:
		return s.sumDays(sums, whole, last-1)
	case whole < last:
		return s.sumDay(sums, whole)
	}
	return nil
}

// sumDay adds up a whole day, of which a report asks for a month of them one by one.
func (s *session) sumDay(sums []*dimSums, day int32) error {
	for _, k := range sums {
		row, err := s.one("SELECT counts FROM count_day WHERE id = ?", dayID(k.dim, day))
		if err == nil && row != nil {
			err = k.addDays([]string{text(row[0])})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// daysAtOnce is how many days of a dimension are read before those of the next.
const daysAtOnce = 8

// sumDays adds up whole days [first, last]. Each dimension has a goroutine for that, as to read the blocks takes a fraction of the time; and the days
// are read by turns, so that the dimensions with most keys are added up side by side and only a few blocks wait in memory.
func (s *session) sumDays(sums []*dimSums, first, last int32) error {
	var adding sync.WaitGroup
	errs := make([]error, len(sums)+1)
	days := make([]chan []string, len(sums))
	for i, k := range sums {
		days[i] = make(chan []string)
		adding.Go(func() {
			for blocks := range days[i] {
				errs[i] = cmp.Or(errs[i], k.addDays(blocks))
			}
		})
	}
	next := make([]int32, len(sums)) // the day from which on a dimension is not read yet
	for i := range next {
		next[i] = first
	}
	read := &errs[len(sums)]
	for goesOn := true; goesOn && *read == nil; {
		goesOn = false
		for i, k := range sums {
			var blocks []string
			err := s.query(func(row []driver.Value) error {
				next[i] = int32(integer(row[0])&0xffff) + 1
				blocks = append(blocks, text(row[1]))
				return nil
			}, "SELECT id, counts FROM count_day WHERE id BETWEEN ? AND ? ORDER BY id LIMIT ?", dayID(k.dim, next[i]), dayID(k.dim, last), daysAtOnce)
			*read = cmp.Or(*read, err)
			days[i] <- blocks
			goesOn = goesOn || len(blocks) == daysAtOnce
			if len(blocks) < daysAtOnce {
				next[i] = last + 1
			}
		}
	}
	for _, c := range days {
		close(c)
	}
	adding.Wait()
	return errors.Join(errs...)
}

// eachBlock reads the folded aggregates of one dimension for days [first, last].
func (s *session) eachBlock(d Dim, first, last int32, f func(h slot, key int64, fd field, n int64)) error {
	return s.query(func(r []driver.Value) error {
		return eachCount(text(r[1]), slot(integer(r[0])>>32&0xffff)*slotsPerDay, f)
	}, "SELECT id, counts FROM count_block WHERE id BETWEEN ? AND ?", countID(d, first, 0), countID(d, last, 1<<32-1))
}

// eachRecent reads those that have not folded yet.
func (s *session) eachRecent(d Dim, first, last int32, f func(h slot, key int64, fd field, n int64)) error {
	return s.query(func(r []driver.Value) error {
		f(slot(integer(r[0])), integer(r[1]), field(integer(r[2])), integer(r[3]))
		return nil
	}, "SELECT hour, key, field, n FROM recent_count WHERE dim = ? AND day BETWEEN ? AND ?", int64(d), int64(first), int64(last))
}

// dayOf is day for slots that may be the open ends of a window.
func (c *clock) dayOf(s slot) int32 {
	switch s {
	case -1 << 31:
		return 0
	case 1<<31 - 1:
		return 1<<15 - 1
	}
	return c.day(s)
}

// replies describes the most frequent reply templates.
func (s *session) replies(m map[string]*sum, top int) ([]Reply, error) {
	var failed error
	list := replyRows(m, top, func(template string) Reply {
		r := Reply{Reply: template, Template: template}
		id, err := s.strings.id(s.conn, template, false)
		if err == nil && id != 0 {
			r, err = s.reply(id, template)
		}
		if err != nil && failed == nil {
			failed = err
		}
		return r
	})
	return list, failed
}

func (s *session) reply(id int64, template string) (Reply, error) {
	row, err := s.one("SELECT first, text, verdict, queue_id, host FROM reply WHERE template = ?", id)
	if err != nil || row == nil {
		return Reply{Reply: template, Template: template}, err
	}
	v, err := s.verdictOf(integer(row[2]))
	if err != nil {
		return Reply{}, err
	}
	i := replyInfo{first: integer(row[0]), text: text(row[1]), verdict: v, queueID: text(row[3]), host: text(row[4])}
	return i.row(template), nil
}

// detailsFrom is the time before which retention removed messages; zero: it removed none.
func (s *session) detailsFrom() (time.Time, error) {
	v, err := s.setting("details_from")
	if err != nil || v == nil {
		return time.Time{}, err
	}
	return time.Unix(0, integer(v)), nil
}

// LogIdent is the public identity of a log by its number, for events and raw lines; "log N" if the store does not know it.
func (s *Store) LogIdent(id int64) (ident, name string, err error) {
	err = s.read(func(r *session) error {
		row, err := r.one("SELECT ident, name FROM log WHERE id = ?", id)
		if err != nil {
			return err
		}
		if row == nil {
			ident = "log " + strconv.FormatInt(id, 10)
			return nil
		}
		ident, name = text(row[0]), text(row[1])
		return nil
	})
	if err != nil {
		err = fmt.Errorf("log %d: %w", id, err)
	}
	return ident, name, err
}
