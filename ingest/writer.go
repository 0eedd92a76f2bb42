package ingest

import (
	"errors"
	"fmt"
	"time"

	"bouncelog/store"
)

// ErrNotStored is wrapped by errors of Read and Close after a commit failed: what was read since the one before it is not stored,
// nor is the position behind it, so the same logs can be read again.
var ErrNotStored = errors.New("what was read last is not stored; once the cause is removed, the same command goes on from there")

// writer commits batches in a goroutine beside the tracker, one at a time and in order. What a batch holds is found by the store's
// Keeper from Stage on, so the tracker never waits for a commit but before its next one.
type writer struct {
	store *store.Store
	tried func(error) bool // Options.OnCommit
	done  chan written     // the result of the commit under way
	busy  bool
	err   error
	took  time.Duration // of the last commit that is done
}

// written is how a commit ended.
type written struct {
	err  error
	took time.Duration // without waiting for room or a lock
}

func newWriter(s *store.Store, tried func(error) bool) *writer {
	if tried == nil {
		tried = func(error) bool { return false }
	}
	return &writer{store: s, tried: tried, done: make(chan written, 1)}
}

// commit waits for the commit before and starts this one. An error is that of the one before.
func (w *writer) commit(b *store.Batch) error {
	if err := w.wait(); err != nil {
		return err
	}
	w.store.Stage(b)
	w.busy = true
	go func() {
		began := time.Now()
		err := w.store.Commit(b)
		for w.tried(err) && err != nil {
			began = time.Now()
			err = w.store.Commit(b)
		}
		w.done <- written{err, time.Since(began)}
	}()
	return nil
}

// wait waits for the commit under way, if there is one, and returns the first error of any.
func (w *writer) wait() error {
	if w.busy {
		w.ended(<-w.done)
	}
	return w.err
}

// check is wait without waiting.
func (w *writer) check() error {
	select {
	case last := <-w.done:
		w.ended(last)
	default:
	}
	return w.err
}

func (w *writer) ended(last written) {
	w.busy, w.took = false, last.took
	if w.err == nil && last.err != nil {
		w.err = fmt.Errorf("%w: %w", last.err, ErrNotStored)
	}
}
