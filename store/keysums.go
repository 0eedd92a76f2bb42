package store

import (
	"cmp"
	"iter"
	"maps"
	"slices"
)

// keySums are sums by id of key. Aggregates are sorted by id, so that the next is mostly near: a page at a time saves most look-ups.
type keySums struct {
	only map[int64]string // the ids that count; nil: all

	pages map[int64]*[256]*sum
	page  *[256]*sum
	high  int64 // of the ids in page
	n     int
}

func (k *keySums) of(id int64) *sum {
	if k.page == nil || id>>8 != k.high {
		k.high = id >> 8
		k.page = k.pages[k.high]
		if k.page == nil {
			if k.pages == nil {
				k.pages = map[int64]*[256]*sum{}
			}
			k.page = new([256]*sum)
			k.pages[k.high] = k.page
		}
	}
	s := k.page[id&255]
	if s == nil {
		s = new(sum)
		k.page[id&255] = s
		k.n++
	}
	return s
}

// wants reports whether the sum of an id is of interest.
func (k *keySums) wants(id int64) bool {
	_, listed := k.only[id]
	return listed || k.only == nil
}

// all goes through the sums in the order of their ids.
func (k *keySums) all() iter.Seq2[int64, *sum] {
	return func(yield func(int64, *sum) bool) {
		for _, high := range slices.Sorted(maps.Keys(k.pages)) {
			for i, s := range k.pages[high] {
				if s != nil && !yield(high<<8|int64(i), s) {
					return
				}
			}
		}
	}
}

// least is the rank of the n-th of those sums that pass; less than any where there are no more.
func (k *keySums) least(d Dim, n int, pass func(*sum) bool) int64 {
	var ranks []int64
	for _, v := range k.all() {
		if pass(v) {
			ranks = append(ranks, rank(d, v))
		}
	}
	if len(ranks) <= n {
		return -1
	}
	slices.Sort(ranks)
	return ranks[len(ranks)-n]
}

// addDays adds up blocks of whole days. They are sorted by id: to go through them side by side, a page of ids at a time, keeps the sums at hand in
// the processor's cache.
func (k *keySums) addDays(blocks []string) error {
	days := make([]countReader, 0, len(blocks)) // those with a row at hand
	for _, b := range blocks {
		r := countReader{s: b}
		if r.row() {
			days = append(days, r)
		} else if err := r.end(); err != nil {
			return err
		}
	}
	for len(days) > 0 {
		first := slices.MinFunc(days, func(a, b countReader) int { return cmp.Compare(a.key, b.key) })
		for i := len(days) - 1; i >= 0; i-- {
			if k.addPage(&days[i], first.key>>8) {
				continue
			}
			if err := days[i].end(); err != nil {
				return err
			}
			days = slices.Delete(days, i, i+1)
		}
	}
	return nil
}

// addPage adds up the rows with ids of a page, from the one at hand on; false: there are no more rows.
func (k *keySums) addPage(r *countReader, page int64) bool {
	for r.key>>8 == page {
		if k.wants(r.key) {
			r.addTo(k.of(r.key))
		} else {
			r.skip()
		}
		if !r.row() {
			return false
		}
	}
	return true
}
