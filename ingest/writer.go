package ingest

import (
	"bouncelog/store"
)

// writer commits batches in a goroutine beside the tracker, one at a time and in order. What a batch holds is found by the store's
// Keeper from Stage on, so the tracker never waits for a commit but before its next one.
type writer struct {
	store *store.Store
	tried func(error) bool // Options.OnCommit
	done  chan error       // the result of the commit under way
	busy  bool
	err   error
}

func newWriter(s *store.Store, tried func(error) bool) *writer {
	if tried == nil {
		tried = func(error) bool { return false }
	}
	return &writer{store: s, tried: tried, done: make(chan error, 1)}
}

// commit waits for the commit before and starts this one. An error is that of the one before.
func (w *writer) commit(b *store.Batch) error {
	if err := w.wait(); err != nil {
		return err
	}
	w.store.Stage(b)
	w.busy = true
	go func() {
		err := w.store.Commit(b)
		for w.tried(err) && err != nil {
			err = w.store.Commit(b)
		}
		w.done <- err
	}()
	return nil
}

// wait waits for the commit under way, if there is one, and returns the first error of any.
func (w *writer) wait() error {
	if w.busy {
		err := <-w.done
		w.busy = false
		if w.err == nil {
			w.err = err
		}
	}
	return w.err
}
