package store

import (
	"errors"
	"sync"
)

// readerCount is how many reads may go on at a time.
const readerCount = 3

// readers are the connections that read and are idle. The one that was used last is the next: who reads alone has one, with one page cache and
// one set of dictionaries.
type readers struct {
	free chan struct{} // one for each read that may begin; closed with the database
	mu   sync.Mutex
	idle []*session
}

func newReaders(idle ...*session) *readers {
	p := &readers{free: make(chan struct{}, readerCount), idle: idle}
	for range readerCount {
		p.free <- struct{}{}
	}
	return p
}

// take waits for a connection; nil: there is room for one that is to be made. It is not ok when the database is closed.
func (p *readers) take() (r *session, ok bool) {
	if _, ok = <-p.free; !ok {
		return nil, false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if n := len(p.idle) - 1; n >= 0 {
		r, p.idle = p.idle[n], p.idle[:n]
	}
	return r, true
}

// put gives back what take lent; nil where none was made.
func (p *readers) put(r *session) {
	p.mu.Lock()
	if r != nil {
		p.idle = append(p.idle, r)
	}
	p.mu.Unlock()
	p.free <- struct{}{}
}

// close waits for the reads under way and ends all connections.
func (p *readers) close() error {
	for range readerCount {
		<-p.free
	}
	close(p.free)
	var errs []error
	for _, r := range p.idle {
		errs = append(errs, r.close())
	}
	return errors.Join(errs...)
}
