package tail

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
)

// Pipe reads lines from r, which can be read only once, until its end. It sends Opened when there is something, with the first bytes in
// Log.Head, then Lines, and Ended at the end.
func Pipe(ctx context.Context, name string, r io.Reader, out chan<- *Event) error {
	s := newSender(out)
	l := &Log{Name: name}
	err := s.lines(ctx, l, nil, r)
	s.send(ctx, &Event{Kind: Ended, Log: l})
	return err
}

// lines sends what r brings. Without a place it asks for one when there is something.
func (s sender) lines(ctx context.Context, l *Log, p *Place, r io.Reader) error {
	c := &cutter{}
	if p != nil {
		c = &cutter{off: p.Offset, line: p.Line, got: p.Offset}
	}
	for {
		e := s.event(ctx)
		if e == nil {
			return nil
		}
		buf, start := c.room(e)
		n, err := r.Read(buf[start:])
		if n > 0 && p == nil {
			l.Head = bytes.Clone(buf[start : start+n])
			answer, ok := s.ask(ctx, l)
			if !ok {
				return nil
			}
			p = &answer
			c = &cutter{off: p.Offset, line: p.Line, got: p.Offset}
		}
		if !s.chunk(ctx, l, e, n > 0 && c.cut(e, start, n)) {
			return nil
		}
		if err == nil {
			continue
		}
		if e = s.event(ctx); e != nil {
			s.chunk(ctx, l, e, c.last(e))
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		return fmt.Errorf("read %s: %w", l.Name, err)
	}
}

// chunk sends e as lines of l if there is something in it, else it gives it back. It returns false when ctx ended.
func (s sender) chunk(ctx context.Context, l *Log, e *Event, something bool) bool {
	if !something {
		e.Release()
		return ctx.Err() == nil
	}
	e.Kind, e.Log = Lines, l
	return s.send(ctx, e)
}
