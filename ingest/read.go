package ingest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
)

// Read reads the named logs from where the store left them, in the order of their time. Logs that share their time are read
// side by side, so that the same line in two of them is met at once. A log that can't be read is
// reported in the joined error, and the others are read all the same.
func (c *Conveyor) Read(ctx context.Context, names []string) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var errs []error
	var logs []*Log
	var again []string
	for _, name := range names {
		l, err := c.open(name, logs)
		if err == errSameLog {
			again = append(again, name)
			continue
		}
		if err != nil {
			errs = append(errs, err)
			continue
		}
		if l != nil {
			logs = append(logs, l)
		}
	}
	defer func() {
		for _, l := range logs {
			l.in.close()
		}
	}()
	slices.SortStableFunc(logs, func(a, b *Log) int { return cmp.Compare(a.first, b.first) })
	if err := c.merge(ctx, logs); err != nil {
		errs = append(errs, err)
	}
	for _, l := range logs {
		if l.readErr != nil {
			errs = append(errs, fmt.Errorf("%w (the lines before it were read)", l.readErr))
		}
	}
	if err := c.Flush(ctx); err != nil {
		errs = append(errs, err)
	}
	if c.writer == nil {
		c.tracker.Changed(c.agg.Update)
	}
	if len(again) > 0 {
		c.refresh()
		errs = append(errs, c.Read(ctx, again))
	}
	return errors.Join(errs...)
}

// errSameLog says that a file begins like one of the logs that this run reads: whether it is the same log is known when that one is read.
var errSameLog = errors.New("the same log again")

// open finds a log's place in the store and prepares to read on from there. It returns nil for a pipe that is empty.
func (c *Conveyor) open(name string, with []*Log) (*Log, error) {
	in, err := open(name, c.opt.Stdin)
	if err != nil {
		return nil, err
	}
	if name != "-" && beginsLike(in, with) {
		in.close()
		return nil, errSameLog
	}
	state, err := identify(in, c.known)
	if err != nil {
		in.close()
		return nil, err
	}
	if state.HeadLen == 0 { // what is empty has no identity
		in.close()
		if name == "-" {
			return nil, nil // a pipe that had nothing new to say
		}
		return nil, emptyError(name)
	}
	c.know(state)
	l, err := c.prepare(in, state)
	if err != nil {
		in.close()
		return nil, err
	}
	c.noteOverlap(l, false)
	c.sum.Files++
	return l, nil
}

// merge tracks the logs' batches in the order of their first stamps.
func (c *Conveyor) merge(ctx context.Context, waiting []*Log) error {
	const most = 16 // logs that are read side by side; more would cost memory, and never overlap in practice
	if c.counter.waiting() > 0 && len(waiting) > 0 && waiting[0].first < c.tracker.Now() {
		// Older lines may speak of what was harvested, which the store finds only once it is committed.
		if err := c.Flush(ctx); err != nil {
			return err
		}
	}
	var parsed func(*batch)
	if c.judge != nil && c.opt.Redact == nil {
		parsed = (&judge{c.judge.c}).foresee // of its own: SetClassifier may come before the last of these goroutines ends
	}
	var active []*Log
	for len(active) > 0 || len(waiting) > 0 {
		var l *Log
		for i := 0; i < len(active); i++ {
			b := active[i].peek()
			if b == nil {
				active = slices.Delete(active, i, i+1)
				i--
				continue
			}
			if l == nil || b.first < l.head.first {
				l = active[i]
			}
		}
		if len(waiting) > 0 && (l == nil || waiting[0].first <= l.head.last && len(active) < most) {
			waiting[0].start(ctx, parsed)
			active = append(active, waiting[0])
			waiting = waiting[1:]
			continue
		}
		if l == nil {
			break
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		b := l.head
		l.head = nil
		switch {
		case len(active) == 1:
			c.tracker.Behind(0)
		case b.first != 0: // no other log has anything older
			c.tracker.Behind(b.first)
		}
		if err := c.track(ctx, l, b); err != nil {
			return err
		}
		if c.opt.OnRead != nil {
			c.opt.OnRead(l.State.Name, b.read-l.from)
		}
		l.free <- b
	}
	return nil
}
