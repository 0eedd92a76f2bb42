package store

import (
	"slices"
	"testing"

	"bouncelog/trace"
)

func TestStaged(t *testing.T) {
	message := func(id int64, queueID string, size int64) *trace.Message {
		return &trace.Message{ID: id, Key: trace.Key{QueueID: queueID}, Size: size}
	}
	s := newStaged([]*trace.Message{message(7, "B", 1), message(5, "A", 2), message(7, "B", 3), message(9, "A", 4)})
	for id, want := range map[int64]int64{5: 2, 7: 3, 9: 4} { // of 7 the newest state
		if m := s.find(id); m == nil || m.Size != want {
			t.Errorf("message %d: %v, want size %d", id, m, want)
		}
	}
	for _, id := range []int64{0, 4, 6, 8, 10} {
		if m := s.find(id); m != nil {
			t.Errorf("message %d: %v", id, m)
		}
	}
	for queueID, want := range map[string][]int64{"A": {5, 9}, "b": {7}, "C": nil} {
		if ids := s.candidates(nil, hashOf(queueID)); !slices.Equal(ids, want) {
			t.Errorf("%s: %v, want %v", queueID, ids, want)
		}
	}
}
