package trace

import "testing"

// Nodes are found by their hash, also where slots are shared, until they are removed, from wherever they stand in their slot.
func TestTable(t *testing.T) {
	const many = 5000 // grows it several times
	var held table
	nodes := make([]node, many)
	hash := func(i int) uint64 { return uint64(i%7)<<32 | uint64(i/3) }
	find := func(i int) (found int) {
		for e := held.at(hash(i)); e != nil; e = e.next {
			if e.node == &nodes[i] {
				found++
			}
		}
		return found
	}
	held.remove(&nodes[0].live) // in none yet
	for i := range nodes {
		held.add(&nodes[i].live, &nodes[i], hash(i))
	}
	for _, step := range []int{2, 3, 1} {
		for i := 0; i < many; i += step {
			held.remove(&nodes[i].live)
			held.remove(&nodes[i].live)
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
