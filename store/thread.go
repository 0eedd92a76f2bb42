package store

import "runtime"

// thread runs functions one by one on one thread of the system. The C library keeps a heap for each thread that allocates: if SQLite's writer wandered
// from thread to thread, as goroutines do, each heap would grow to what the writer needs at most.
type thread struct{ jobs chan func() }

func newThread() *thread {
	t := &thread{make(chan func())}
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread() // else the thread would end, and with it every child that it began with Pdeathsig
		for f := range t.jobs {
			f()
		}
	}()
	return t
}

// do waits for f.
func (t *thread) do(f func() error) error {
	done := make(chan error, 1)
	t.jobs <- func() { done <- f() }
	return <-done
}

func (t *thread) end() { close(t.jobs) }
