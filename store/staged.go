package store

import (
	"cmp"
	"slices"

	"bouncelog/trace"
)

// staged is a batch's messages on their way to the database, as the Keeper finds them. It never changes once it is made, so the
// tracker's goroutine reads it beside the writer's.
type staged struct {
	messages []stagedMessage // each in its newest state, in the order of their ids
	order    []uint64        // hash and index of each, sorted
}

// stagedMessage is a message with what is asked of it most: the batch as a whole is more than the processor's cache holds.
type stagedMessage struct {
	*trace.Message
	id      int64
	hash    uint32 // of what a later line knows it by
	waiting bool   // a later line may speak of it by that
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
	s := &staged{make([]stagedMessage, 0, len(messages)), make([]uint64, 0, len(messages))}
	for i, p := range places {
		if i+1 < len(places) && places[i+1].id == p.id {
			continue // a newer state follows
		}
		m := messages[p.index]
		hash := identityHash(m)
		s.order = append(s.order, uint64(hash)<<32|uint64(len(s.messages)))
		s.messages = append(s.messages, stagedMessage{m, p.id, hash, waiting(m)})
	}
	slices.Sort(s.order)
	return s
}

// find returns a message by its id, nil if the batch has none.
func (s *staged) find(id int64) *trace.Message {
	i, ok := slices.BinarySearchFunc(s.messages, id, func(m stagedMessage, id int64) int { return cmp.Compare(m.id, id) })
	if !ok {
		return nil
	}
	return s.messages[i].Message
}

// candidates appends the ids of messages whose identity has the hash.
func (s *staged) candidates(ids []int64, hash uint32) []int64 {
	i, _ := slices.BinarySearch(s.order, uint64(hash)<<32)
	for ; i < len(s.order) && uint32(s.order[i]>>32) == hash; i++ {
		ids = append(ids, s.messages[uint32(s.order[i])].id)
	}
	return ids
}
