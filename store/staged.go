package store

import (
	"cmp"
	"slices"

	"bouncelog/trace"
)

// staged is a batch's messages on their way to the database, as the Keeper finds them. It never changes once it is made, so the
// tracker's goroutine reads it beside the writer's.
type staged struct {
	messages []*trace.Message // in the order of their ids; of the same one the newest state last
	hashes   []uint32         // of what a later line knows each by
	order    []uint64         // hash and index of each, sorted
}

func newStaged(messages []*trace.Message) *staged {
	type place struct {
		id    int64
		index int
	}
	places := make([]place, len(messages))
	for i, m := range messages {
		places[i] = place{m.ID, i}
	}
	slices.SortFunc(places, func(a, b place) int { return cmp.Or(cmp.Compare(a.id, b.id), cmp.Compare(a.index, b.index)) })
	s := &staged{make([]*trace.Message, len(messages)), make([]uint32, len(messages)), make([]uint64, len(messages))}
	for i, p := range places {
		m := messages[p.index]
		s.messages[i], s.hashes[i] = m, identityHash(m)
		s.order[i] = uint64(s.hashes[i])<<32 | uint64(i)
	}
	slices.Sort(s.order)
	return s
}

// find returns a message by its id, nil if the batch has none.
func (s *staged) find(id int64) *trace.Message {
	i, _ := slices.BinarySearchFunc(s.messages, id+1, func(m *trace.Message, id int64) int { return cmp.Compare(m.ID, id) })
	if i == 0 || s.messages[i-1].ID != id {
		return nil
	}
	return s.messages[i-1]
}

// candidates appends the ids of messages whose identity has the hash.
func (s *staged) candidates(ids []int64, hash uint32) []int64 {
	i, _ := slices.BinarySearch(s.order, uint64(hash)<<32)
	for ; i < len(s.order) && uint32(s.order[i]>>32) == hash; i++ {
		ids = append(ids, s.messages[uint32(s.order[i])].ID)
	}
	return ids
}
