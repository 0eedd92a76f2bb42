package store

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// Entries that come by message end up by hash and then by message, at any length and with the least and greatest hashes.
func TestSortByHash(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{0, 1, 2, 1000, 50_000} {
		list := make([]uint64, n)
		for i := range list {
			hash := random.Uint64N(1 << hashBits)
			switch random.IntN(10) {
			case 0:
				hash = 0
			case 1:
				hash = 1<<hashBits - 1
			case 2:
				hash &= 1<<14 - 1
			}
			list[i] = hash<<messageBits | uint64(i)
		}
		want := slices.Sorted(slices.Values(list))
		sortByHash(list, make([]uint64, n+5))
		if !slices.Equal(list, want) {
			t.Errorf("%d entries are out of order", n)
		}
	}
}

func TestDayRuns(t *testing.T) {
	for _, days := range [][]int32{nil, {1}, {1, 1}, {1, 2}, {1, 1, 2, 1, 1, 1}} {
		var entries []keyEntry
		for i, d := range days {
			entries = append(entries, keyEntry{day: d, message: int64(i)})
		}
		var all []keyEntry
		last := int32(0)
		for day, run := range dayRuns(entries) {
			if day == last {
				t.Errorf("%v: two runs of day %d follow each other", days, day)
			}
			last = day
			for _, e := range run {
				if e.day != day {
					t.Errorf("%v: an entry of day %d among those of %d", days, e.day, day)
				}
			}
			all = append(all, run...)
		}
		if !slices.Equal(all, entries) {
			t.Errorf("%v: the runs hold %v", days, all)
		}
	}
}
