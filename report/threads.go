package report

import (
	"cmp"
	"slices"
	"time"

	"bouncelog/store"
)

// identity tells matches apart: the same message may be found by itself and be related to others.
type identity struct {
	host, queueID string
	time          int64
	id            int64
}

func identify(m store.Match) identity {
	if m.Message != nil {
		return identity{id: m.Message.ID}
	}
	return identity{host: m.Host, queueID: m.QueueID, time: m.Time.UnixNano()}
}

// flatten puts matches and what is related to them in one list, each once, and tells which belong together.
func flatten(ms []store.Match) (flat []store.Match, pairs [][2]int) {
	at := map[identity]int{}
	place := func(m store.Match) int {
		k := identify(m)
		// What has no queue id and no message behind it (a refusal) has nothing to be told apart by.
		if i, ok := at[k]; ok && (k.id != 0 || k.queueID != "") {
			return i
		}
		at[k] = len(flat)
		m.Related = nil
		flat = append(flat, m)
		return at[k]
	}
	for _, m := range ms {
		i := place(m)
		for _, r := range m.Related {
			pairs = append(pairs, [2]int{i, place(r)})
		}
	}
	return flat, pairs
}

// threads puts matches that are one message together, in time order; a bounce message stands after what it reports on.
func threads(found []store.Match) [][]store.Match {
	ms, pairs := flatten(found)
	parent := make([]int, len(ms))
	for i := range parent {
		parent[i] = i
	}
	root := func(i int) int {
		for parent[i] != i {
			parent[i] = parent[parent[i]]
			i = parent[i]
		}
		return i
	}
	for _, p := range pairs {
		parent[root(p[0])] = root(p[1])
	}
	ids := map[[2]string][]int{}
	for i, m := range ms {
		if m.QueueID != "" {
			ids[[2]string{m.Host, m.QueueID}] = append(ids[[2]string{m.Host, m.QueueID}], i)
		}
	}
	join := func(i int, id string) {
		if id == "" {
			return
		}
		// A queue id may name several messages one after another: the nearest in time is meant.
		best := -1
		for _, j := range ids[[2]string{ms[i].Host, id}] {
			if j != i && (best < 0 || apart(ms[i], ms[j]) < apart(ms[i], ms[best])) {
				best = j
			}
		}
		if best >= 0 {
			parent[root(i)] = root(best)
		}
	}
	for i, m := range ms {
		join(i, m.Parent)
		join(i, m.Next)
		for _, r := range m.Recipients {
			for _, e := range r.Events {
				if e.Outcome == "reinjected" {
					join(i, e.NextQueueID)
				}
			}
		}
	}
	order := []int{}
	sets := map[int][]store.Match{}
	for i := range ms {
		r := root(i)
		if _, ok := sets[r]; !ok {
			order = append(order, r)
		}
		sets[r] = append(sets[r], ms[i])
	}
	out := make([][]store.Match, 0, len(order))
	for _, r := range order {
		set := sets[r]
		slices.SortStableFunc(set, func(a, b store.Match) int {
			return cmp.Or(cmpBool(a.DSN, b.DSN), a.Time.Compare(b.Time))
		})
		out = append(out, set)
	}
	return out
}

func apart(a, b store.Match) time.Duration { return a.Time.Sub(b.Time).Abs() }

func cmpBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}
