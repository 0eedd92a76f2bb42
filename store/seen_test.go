package store

import (
	"path/filepath"
	"testing"
	"time"

	"bouncelog/trace"
)

// What ended is found on any day, whatever days the filter covers, and what is committed after it was filled, too.
func TestSeenDays(t *testing.T) {
	s := mustOpen(t, filepath.Join(t.TempDir(), "db"))
	start := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC).UnixNano()
	at := func(day int64) int64 { return start + day*86400e9 }
	id := int64(0)
	commit := func(queueID string, day int64) {
		t.Helper()
		id++
		s.w.state.recentKeys = foldKeys // keys that have not folded are found without their day
		m := &trace.Message{ID: id, Key: trace.Key{Host: "mx1", QueueID: queueID}, MTA: "postfix", First: at(day), Last: at(day), Begun: at(day), Ended: at(day), Log: 1}
		if err := s.Commit(&Batch{NextID: id + 1, Messages: []*trace.Message{m}}); err != nil {
			t.Fatal(err)
		}
	}
	k := s.Keeper(nil)
	find := func(queueID string, day int64, want int) {
		t.Helper()
		list, err := k.Find(trace.Key{Host: "mx1", QueueID: queueID}, false, at(day))
		if err != nil || len(list) != want {
			t.Errorf("%s asked for on day %d: %d messages, want %d, %v", queueID, day, len(list), want, err)
		}
	}
	fill := func(day int64) {
		t.Helper()
		s.kept.seen.asked = seenAfter
		find("NONE", day, 0)
		if !s.kept.seen.ready {
			t.Fatalf("the filter is not made, on day %d", day)
		}
		none := hashOf("NONE")
		if d := int32(at(day) / 86400e9); !s.kept.seen.excludes(none, d, d) {
			t.Errorf("the filter does not tell of day %d", day)
		}
	}
	commit("MARCH", 0)
	commit("APRIL", 31)
	for day := int64(0); day <= recentDays; day++ {
		find("MARCH", day, 1)
	}
	find("MARCH", recentDays+1, 0)
	fill(0)
	find("MARCH", 2, 1)
	find("APRIL", 2, 0)
	find("APRIL", 31, 1) // beyond the filter's days
	fill(31)
	find("APRIL", 32, 1)
	find("APRIL", 70, 0)
	find("MARCH", 1, 1) // before them
	commit("LATER", 70)
	commit("EARLIER", 30)
	find("LATER", 71, 1)
	find("EARLIER", 33, 1)
	fill(0)
	find("MARCH", 1, 1)
	find("LATER", 70, 1)
}
