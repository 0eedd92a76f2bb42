package ingest

import (
	"time"

	"bouncelog/store"
)

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
		last := <-w.done
		w.busy, w.took = false, last.took
		if w.err == nil {
			w.err = last.err
		}
	}
	return w.err
}
