package store

import (
	"iter"
	"maps"
	"slices"
)

// keySums are sums by id of key. Aggregates are sorted by id, so that the next is mostly near: a page at a time saves most look-ups.
type keySums struct {
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

// addDay adds up a block of a whole day.
func (k *keySums) addDay(block string) error {
	r := countReader{s: block}
	for r.row() {
		for sum := k.of(r.key); r.figure(); {
			sum.add(r.field, r.n)
		}
	}
	return r.end()
}
