package ingest

import (
	"bytes"
	"cmp"
	"context"
	"runtime"
	"sync"
)

// lines calls fn for each line of the chunk in which find finds something, without its line break, with its number and its place in Data,
// until fn returns false.
func (c *Chunk) lines(find func([]byte) int, fn func(text []byte, number int64, start int) bool) {
	number, counted := c.Line, 0
	for at := 0; at < len(c.Data); {
		i := find(c.Data[at:])
		if i < 0 {
			return
		}
		start := at + bytes.LastIndexByte(c.Data[at:at+i], '\n') + 1
		end := len(c.Data)
		if j := bytes.IndexByte(c.Data[at+i:], '\n'); j >= 0 {
			end = at + i + j
		}
		number += int64(bytes.Count(c.Data[counted:start], []byte{'\n'}))
		counted, at = start, end+1
		if !fn(c.Data[start:end:end], number, start) {
			return
		}
	}
}

// find is the first place of the key or of one of the ids in a block, or -1.
func (s *search) find(block []byte) int {
	if sought := s.sought.Load(); sought != nil {
		return sought.index(block)
	}
	return 0
}

// piece is a chunk on its way through scan.
type piece struct {
	Chunk
	hit      bool    // something was found in it
	sought   *seeker // by this; nil: every line counts
	searched chan struct{}
}

const piecesAhead = 8 // between reading and fn

// scan calls fn, in order, for those chunks of a log in which the key or one of the ids is found. Reading and searching run beside fn: most
// chunks have nothing. An id that fn adds is looked for in all that follow.
func (s *search) scan(ctx context.Context, cut *cutter, fn func(*Chunk)) error {
	free, order, work := make(chan *piece, piecesAhead), make(chan *piece, piecesAhead), make(chan *piece, piecesAhead)
	for range piecesAhead {
		free <- &piece{searched: make(chan struct{}, 1)}
	}
	var searching sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		searching.Go(func() {
			for p := range work {
				p.sought = s.sought.Load()
				p.hit = p.sought == nil || p.sought.index(p.Data) >= 0
				p.searched <- struct{}{}
			}
		})
	}
	var err error // of the goroutine that reads, until order is closed
	go func() {
		defer close(order)
		defer close(work)
		for {
			p := <-free
			if err = cmp.Or(ctx.Err(), cut.next(&p.Chunk)); err != nil {
				return
			}
			order <- p
			work <- p
		}
	}()
	for p := range order {
		<-p.searched
		if p.hit || p.sought != s.sought.Load() {
			fn(&p.Chunk)
		}
		free <- p
	}
	searching.Wait()
	return err
}
