package trace

import (
	"testing"

	"bouncelog/parser"
)

// Nodes are found by their hash, also where slots are shared, until they are removed, from wherever they stand in their slot.
func TestTable(t *testing.T) {
	const many = 5000 // grows it several times
	held := table{by: byMessageID}
	nodes := make([]node, many)
	hash := func(i int) uint32 { return uint32(i%7)<<24 | uint32(i/3) }
	find := func(i int) (found int) {
		for n := held.first(hash(i)); n != nil; n = held.next(n) {
			if n == &nodes[i] && held.has(n, hash(i)) {
				found++
			}
		}
		return found
	}
	held.remove(&nodes[0]) // in none yet
	for i := range nodes {
		held.add(&nodes[i], hash(i))
	}
	for _, step := range []int{2, 3, 1} {
		for i := 0; i < many; i += step {
			held.remove(&nodes[i])
			held.remove(&nodes[i])
		}
		left := 0
		for i := range nodes {
			want := 1
			if step == 1 || i%2 == 0 || step == 3 && i%3 == 0 {
				want = 0
			}
			if got := find(i); got != want {
				t.Fatalf("after every %d: node %d is found %d times, want %d", step, i, got, want)
			}
			left += want
		}
		if held.count != left {
			t.Errorf("after every %d: %d nodes, want %d", step, held.count, left)
		}
	}
}

// A log without a host (Exim's own) is followed on after lines of another log that names one.
func TestNoHostAfterAnother(t *testing.T) {
	tracker := New(Options{})
	for i, host := range []string{"", "mx", "", "mx"} {
		tracker.Add(&parser.Record{Kind: parser.KindContext, Time: int64(i + 1), Host: []byte(host), QueueID: []byte("1xV1mx-0001Hs-1c")})
	}
	if n := tracker.Held(); n != 2 {
		t.Errorf("%d messages, want 2", n)
	}
}
