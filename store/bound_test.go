package store

import (
	"slices"
	"strings"
	"testing"

	"bouncelog/parser"
	"bouncelog/trace"
)

// TestKeyBytesAreBounded counts replies of 9 KB, each with a template of its own: what is kept of them stays within the bound on keys.
func TestKeyBytesAreBounded(t *testing.T) {
	const most = 1000
	a := NewAggregates(AggregateOptions{MaxKeys: most})
	long := strings.Repeat(" unheard of", 800)
	peak := 0
	for i := range 500 {
		reply := "550 " + strings.Repeat("x", 1+i%50) + strings.Repeat("y", 1+i/50) + long
		a.Finish(&trace.Message{ID: int64(i + 1), Recipients: []*trace.Recipient{{Address: "a@b.example", Outcome: parser.OutcomeBounced, Final: true,
			Attempts: []trace.Attempt{{Outcome: parser.OutcomeBounced, Final: true, Reply: reply}}}}})
		bytes := 0
		for _, s := range a.sharer.interner.keys.slots {
			if s.key != nil && s.key.dim == DimReply {
				bytes += len(s.key.text) + len(s.key.reply.Load().text)
			}
		}
		for _, r := range a.sharer.interner.replies {
			bytes += len(r.text)
		}
		peak = max(peak, bytes)
	}
	if peak == 0 || peak > most*longText {
		t.Errorf("%d bytes are kept of replies", peak)
	}
}

// TestMergedBlocks folds the same keys into so many blocks that they are merged: nothing is lost or doubled, and what is taken back is gone.
func TestMergedBlocks(t *testing.T) {
	s, err := Open(t.TempDir()+"/merged.db", Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	const day, keys, folds = 20_000, 300, 3*mergeBlocks + 5
	err = s.w.transaction("BEGIN IMMEDIATE", func() error {
		for range folds {
			var counts []count
			for key := range int64(keys) {
				counts = append(counts, count{DimDomain, fRecipients, day, day*slotsPerDay + slot(key%7), key + 1, key})
			}
			counts = append(counts, count{DimDomain, fBounced, day, day*slotsPerDay + 9, keys + 1, 1})
			slices.SortFunc(counts, compareCounts)
			if err := s.w.foldCounts(counts); err != nil {
				return err
			}
		}
		return s.w.foldCounts([]count{{DimDomain, fBounced, day, day*slotsPerDay + 9, keys + 1, -folds}})
	})
	if err != nil {
		t.Fatal(err)
	}
	sums := map[int64]int64{}
	hours := map[int64]slot{}
	err = s.w.eachBlock(DimDomain, day, day, func(h slot, key int64, _ field, n int64) {
		sums[key] += n
		hours[key] = h
	})
	if err != nil {
		t.Fatal(err)
	}
	for key := range int64(keys) {
		if sums[key+1] != key*folds || key > 0 && hours[key+1] != day*slotsPerDay+slot(key%7) {
			t.Errorf("key %d: %d in hour %d", key+1, sums[key+1], hours[key+1])
		}
	}
	if sums[keys+1] != 0 {
		t.Errorf("%d of what was taken back", sums[keys+1])
	}
	blocks, err := s.w.number("SELECT count(*) FROM count_block")
	if err != nil || blocks > mergeBlocks {
		t.Errorf("%d blocks are left (%v)", blocks, err)
	}
}
