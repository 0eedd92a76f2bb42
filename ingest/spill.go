package ingest

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"bouncelog/store"
	"bouncelog/trace"
)

// spill keeps the open messages that a run without a store can't hold in memory, in a database of its own under the
// temporary directory. It is made when it is first needed and removed at the end. It is the tracker's Keeper.
type spill struct {
	agg    *store.Aggregates
	dir    string
	store  *store.Store
	keeper *store.Keeper
	batch  []*trace.Message
}

// add takes a message that the tracker drops, if a later line may speak of it; and one that ended if it was laid aside while it was open: else the
// next message with its queue id would be taken for it. Nobody may change it until the next flush is done.
func (s *spill) add(m *trace.Message) {
	if m.Ended == 0 || s.store != nil && s.store.Waits(m.ID) {
		s.batch = append(s.batch, m)
	}
}

// flush writes what was added.
func (s *spill) flush(nextID int64) error {
	if len(s.batch) == 0 {
		return nil
	}
	if s.store == nil {
		if err := s.open(); err != nil {
			return err
		}
	}
	b := &store.Batch{Messages: s.batch, NextID: nextID, Aggregates: store.NewAggregates(store.AggregateOptions{Zone: s.store.Zone()})}
	s.batch = nil
	if err := s.store.Commit(b); err != nil {
		return fmt.Errorf("keep open messages in %s: %w; set TMPDIR to a place with more room", s.dir, err)
	}
	return nil
}

func (s *spill) open() error {
	dir, err := os.MkdirTemp("", "bouncelog-")
	if err != nil {
		return fmt.Errorf("make room for open messages: %w; set TMPDIR to a place that can be written", err)
	}
	s.dir = dir
	if s.store, err = store.Open(filepath.Join(dir, "open.db"), store.Options{CacheKB: 4096}); err != nil {
		return err
	}
	s.keeper = s.store.OpenKeeper(s.agg)
	return nil
}

// close removes the database.
func (s *spill) close() error {
	if s.store == nil {
		return nil
	}
	return errors.Join(s.store.Close(), os.RemoveAll(s.dir))
}

// Find implements trace.Keeper.
func (s *spill) Find(k trace.Key, begin bool, time int64) ([]*trace.Message, error) {
	if s.keeper == nil {
		return nil, nil
	}
	return s.keeper.Find(k, begin, time)
}

// Load implements trace.Keeper.
func (s *spill) Load(id int64) (*trace.Message, error) {
	if s.keeper == nil {
		return nil, nil
	}
	return s.keeper.Load(id)
}

// Refused implements trace.Keeper. Refusals are not spilled: they are never open.
func (s *spill) Refused(string, int64) ([]*trace.Message, error) { return nil, nil }
