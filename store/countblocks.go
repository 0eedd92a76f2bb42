package store

import (
	"cmp"
	"database/sql/driver"
	"slices"
	"strconv"
)

// Aggregates in the database are lists of additions, never changed in place: a commit appends for each dimension and day a
// block with what it counted, as JSON text
//
//	[[hour,key,field,n,field,n,...],[hour,key,...],...]
//
// where hour is in quarters of an hour since the day's midnight in UTC (a day of the report zone may begin before it) and key an id of
// table string (0 in DimTotal). Corrections are negative numbers.
// Small commits gather in recent_count and fold when there are enough; days that gathered many blocks are merged. Each fold also
// adds to table count_day, one row a dimension and day without hours (0), from which reports take whole days.
const (
	foldCounts  = 15_000 // rows from which a fold is worth its blocks
	mergeBlocks = 16     // blocks of one dimension and day that become one
)

func countID(d Dim, day int32, fold int64) int64 {
	return int64(d)<<48 | int64(day)<<32 | fold
}

// count is one figure of one key in one hour.
type count struct {
	dim   Dim
	field field
	day   int32
	hour  slot
	key   int64
	n     int64
}

func compareCounts(a, b count) int {
	switch {
	case a.dim != b.dim:
		return int(a.dim) - int(b.dim)
	case a.day != b.day:
		return int(a.day) - int(b.day)
	case a.hour != b.hour:
		return int(a.hour) - int(b.hour)
	case a.key != b.key:
		if a.key < b.key {
			return -1
		}
		return 1
	}
	return int(a.field) - int(b.field)
}

// writeCounts stores what a batch counted.
func (w *writer) writeCounts(a *Aggregates) error {
	type entry struct {
		count
		cell *cell
	}
	entries := make([]entry, 0, len(a.cells))
	for _, c := range a.cells {
		id, err := w.keyID(c.key)
		if err != nil {
			return err
		}
		entries = append(entries, entry{count{dim: c.key.dim, hour: c.hour, day: a.clock.day(c.hour), key: id}, c})
		if r := c.key.reply.Load(); r != nil {
			if err := w.writeReply(id, r); err != nil {
				return err
			}
		}
	}
	// Sorted before the figures are spread out, which then stand in order.
	slices.SortFunc(entries, func(a, b entry) int { return compareCounts(a.count, b.count) })
	counts := make([]count, 0, 4*len(entries))
	for _, e := range entries {
		e.cell.each(func(f field, n int64) {
			e.field, e.n = f, n
			counts = append(counts, e.count)
		})
	}
	return w.addCounts(counts)
}

// addCounts stores sorted counts.
func (w *writer) addCounts(counts []count) error {
	if len(counts) == 0 {
		return nil
	}
	if len(counts) >= foldCounts {
		return w.foldCounts(counts)
	}
	const rows = 20
	args := make([]any, 0, 6*rows)
	for chunk := range slices.Chunk(counts, rows) {
		args = args[:0]
		for _, c := range chunk {
			args = append(args, int64(c.day), int64(c.dim), c.key, int64(c.hour), int64(c.field), c.n)
		}
		sql := w.insertRows("INSERT INTO recent_count VALUES ", 6, len(chunk)) + " ON CONFLICT DO UPDATE SET n = n + excluded.n"
		if err := w.exec(sql, args...); err != nil {
			return err
		}
	}
	w.next.recentCounts += len(counts)
	if w.next.recentCounts < foldCounts {
		return nil
	}
	var all []count
	err := w.query(func(r []driver.Value) error {
		all = append(all, count{day: int32(integer(r[0])), dim: Dim(integer(r[1])), key: integer(r[2]),
			hour: slot(integer(r[3])), field: field(integer(r[4])), n: integer(r[5])})
		return nil
	}, "SELECT day, dim, key, hour, field, n FROM recent_count")
	if err != nil {
		return err
	}
	w.next.recentCounts = 0
	if err := w.exec("DELETE FROM recent_count"); err != nil {
		return err
	}
	slices.SortFunc(all, compareCounts)
	return w.foldCounts(all)
}

// foldCounts writes sorted counts as blocks, and merges a day's blocks of a dimension when they are many.
func (w *writer) foldCounts(counts []count) error {
	w.next.fold++
	for len(counts) > 0 {
		d, day := counts[0].dim, counts[0].day
		n := 1
		for n < len(counts) && counts[n].dim == d && counts[n].day == day {
			n++
		}
		if err := w.writeCountBlock(d, day, counts[:n]); err != nil {
			return err
		}
		counts = counts[n:]
	}
	return nil
}

func dayID(d Dim, day int32) int64 { return int64(d)<<16 | int64(day) }

// dayCount is a figure of a whole day: key and field in one number, which sorts faster.
type dayCount struct {
	key uint64
	n   int64
}

// addDay adds counts to the whole day's. The hours of DimTotal are few, it needs none.
func (w *writer) addDay(d Dim, day int32, counts []count) error {
	if d == DimTotal {
		return nil
	}
	added := make([]dayCount, len(counts))
	for i, c := range counts {
		added[i] = dayCount{uint64(c.key)<<8 | uint64(c.field), c.n}
	}
	slices.SortFunc(added, func(a, b dayCount) int { return cmp.Compare(a.key, b.key) })
	row, err := w.one("SELECT counts FROM count_day WHERE id = ?", dayID(d, day))
	if err != nil {
		return err
	}
	// What is stored is sorted: merge the two.
	out := countAppender{b: w.buf[:0]}
	put := func(key int64, f field, n int64) { out.add(count{d, f, day, 0, key, n}) }
	i := 0
	before := func(limit uint64) {
		for ; i < len(added) && added[i].key < limit; i++ {
			put(int64(added[i].key>>8), field(added[i].key), added[i].n)
		}
	}
	if row != nil {
		err := eachCount(text(row[0]), 0, func(_ slot, key int64, f field, n int64) {
			before(uint64(key)<<8 | uint64(f))
			put(key, f, n)
		})
		if err != nil {
			return err
		}
	}
	before(1<<64 - 1)
	w.buf = out.end()
	return w.exec("INSERT OR REPLACE INTO count_day VALUES (?, ?)", dayID(d, day), string(w.buf))
}

func (w *writer) writeCountBlock(d Dim, day int32, counts []count) error {
	if err := w.addDay(d, day, counts); err != nil {
		return err
	}
	low, high := countID(d, day, 0), countID(d, day, 1<<32-1)
	blocks, err := w.number("SELECT count(*) FROM count_block WHERE id BETWEEN ? AND ?", low, high)
	if err != nil {
		return err
	}
	out := countAppender{b: w.buf[:0], base: slot(day) * slotsPerDay}
	if blocks < mergeBlocks {
		for _, c := range counts {
			out.add(c)
		}
	} else if err := w.mergeBlocks(&out, d, day, counts); err != nil {
		return err
	}
	w.buf = out.end()
	return w.exec("INSERT INTO count_block VALUES (?, ?)", countID(d, day, w.next.fold), string(w.buf))
}

// mergeBlocks adds up a day's blocks and more counts, and removes the blocks. All are sorted, so they are read side by side: of a day with
// very many keys the figures take far more memory than their text.
func (w *writer) mergeBlocks(out *countAppender, d Dim, day int32, counts []count) error {
	low, high := countID(d, day, 0), countID(d, day, 1<<32-1)
	var blocks []*blockReader
	err := w.query(func(r []driver.Value) error {
		b := &blockReader{countReader: countReader{s: text(r[0])}, head: count{dim: d, day: day}, base: out.base}
		if b.next() {
			blocks = append(blocks, b)
		}
		return b.failed()
	}, "SELECT counts FROM count_block WHERE id BETWEEN ? AND ?", low, high)
	if err != nil {
		return err
	}
	for len(blocks) > 0 || len(counts) > 0 {
		first := -1
		var least count
		if len(counts) > 0 {
			least = counts[0]
		}
		for i, b := range blocks {
			if first < 0 && len(counts) == 0 || compareCounts(b.head, least) < 0 {
				first, least = i, b.head
			}
		}
		out.add(least)
		switch {
		case first < 0:
			counts = counts[1:]
		case !blocks[first].next():
			if err := blocks[first].failed(); err != nil {
				return err
			}
			blocks = slices.Delete(blocks, first, first+1)
		}
	}
	return w.exec("DELETE FROM count_block WHERE id BETWEEN ? AND ?", low, high)
}

// slotsPerDay is the number of quarters of an hour.
const slotsPerDay = 96

// countAppender writes sorted counts as a block, with hours relative to base; equal ones are added up and what came to nothing is left out.
type countAppender struct {
	b     []byte
	base  slot
	last  count // not written yet
	row   count // whose key and hour the row at hand is of
	inRow bool
}

func (a *countAppender) add(c count) {
	if c.hour == a.last.hour && c.key == a.last.key && c.field == a.last.field {
		a.last.n += c.n
		return
	}
	a.write()
	a.last = c
}

// write writes the last count, now that nothing can be added to it.
func (a *countAppender) write() {
	if len(a.b) == 0 {
		a.b = append(a.b, '[')
	}
	c := a.last
	if c.n == 0 {
		return
	}
	if !a.inRow || c.hour != a.row.hour || c.key != a.row.key {
		if a.inRow {
			a.b = append(a.b, ']', ',')
		}
		a.b = append(a.b, '[')
		a.b = strconv.AppendInt(a.b, int64(c.hour-a.base), 10)
		a.b = append(a.b, ',')
		a.b = strconv.AppendInt(a.b, c.key, 10)
		a.row, a.inRow = c, true
	}
	a.b = append(a.b, ',')
	a.b = strconv.AppendInt(a.b, int64(c.field), 10)
	a.b = append(a.b, ',')
	a.b = strconv.AppendInt(a.b, c.n, 10)
}

// end is the block.
func (a *countAppender) end() []byte {
	a.write()
	if a.inRow {
		a.b = append(a.b, ']')
	}
	return append(a.b, ']')
}
