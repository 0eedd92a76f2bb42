package tail

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"time"
)

// Options say how a Follower works. The zero value suits production.
type Options struct {
	// Grace is how long a renamed file is read on after it last grew: a writer keeps writing to it until it is
	// told to open the new one. 0: one minute.
	Grace time.Duration
	// Poll looks at the file four times a second instead of asking the kernel, for file systems that tell nothing (NFS).
	Poll bool
	// Tick replaces the ticker at which names and old files are looked at, Now the clock.
	Tick <-chan time.Time
	Now  func() time.Time
}

const (
	tickEvery = 250 * time.Millisecond
	// settle is the least time between two reads of a file that grows line by line: it makes chunks of many lines.
	settle = 10 * time.Millisecond
	// burst is how many chunks are read of a file that grows without end before names are looked at again.
	burst = 64
)

// Follower follows one name: the file that has it, the files that had it until nobody writes to them any more, and the one
// that gets it next.
type Follower struct {
	name string
	opt  Options
	out  sender

	cur    *generation
	watch  *watcher
	olds   []*generation
	asked  bool   // the consumer was asked at the start
	waited string // what was said to be waited for
}

// NewFollower follows a file name, which may be a symbolic link, may not exist yet, and may hold "%D" or "%M" for Exim's dates
// (log_file_path = /var/log/exim/%slog-%D): then the newest of these files is followed.
func NewFollower(name string, o Options) *Follower {
	if o.Grace == 0 {
		o.Grace = time.Minute
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Follower{name: name, opt: o}
}

// Run follows until ctx ends. It sends to out, and stops reading while nobody takes what it sends.
func (f *Follower) Run(ctx context.Context, out chan<- *Event) {
	f.out = newSender(out)
	tick := f.opt.Tick
	if tick == nil {
		t := time.NewTicker(tickEvery)
		defer t.Stop()
		tick = t.C
	}
	defer f.closeAll()
	for ctx.Err() == nil {
		if f.cur == nil {
			f.open(ctx)
		}
		more := f.drain(ctx, burst)
		f.readOlds(ctx)
		if f.look(ctx); more {
			continue
		}
		if !f.wait(ctx, tick) {
			return
		}
	}
}

// wait waits until there may be something new.
func (f *Follower) wait(ctx context.Context, tick <-chan time.Time) bool {
	select {
	case <-f.watch.modified():
	case <-f.watch.truncated():
	case <-f.watch.deleted():
		f.watch.stop() // renamed: from now on the ticks find what is still written to it
	case <-tick:
		return true
	case <-ctx.Done():
		return false
	}
	select {
	case <-time.After(settle):
		return true
	case <-ctx.Done():
		return false
	}
}

// open opens the name for the first time.
func (f *Follower) open(ctx context.Context) {
	g, err := openFile(resolve(f.name))
	if err == nil {
		f.follow(ctx, g)
		return
	}
	f.waitFor(ctx, err)
	if !f.asked {
		f.asked = true
		if p, ok := f.out.ask(ctx, &Log{Name: resolve(f.name)}); ok {
			f.adopt(p.Olds)
		}
	}
}

// waitFor tells once for what reading waits.
func (f *Follower) waitFor(ctx context.Context, err error) {
	name := resolve(f.name)
	text := fmt.Sprintf("%s: %v; waiting", name, err)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		text = fmt.Sprintf("%s does not exist; waiting for it", name)
	case errors.Is(err, fs.ErrPermission):
		text = fmt.Sprintf("%s may not be read: run as a member of the group that may read the log (often adm), or as root; waiting", name)
	}
	if f.waited != text {
		f.waited = text
		f.out.notice(ctx, text)
	}
}

// follow makes g the current file.
func (f *Follower) follow(ctx context.Context, g *generation) {
	if f.waited != "" {
		f.waited = ""
		f.out.notice(ctx, fmt.Sprintf("%s can be read now", g.log.Name))
	}
	f.watch.stop()
	f.cur = g
	f.watch = newWatcher(g.log.File, g.got, f.opt.Poll)
}

// place asks the consumer where to read on in a file: at the start in any case, later once there is anything in it.
func (f *Follower) place(ctx context.Context, g *generation) bool {
	if f.asked {
		info, err := g.log.File.Stat()
		if err != nil || info.Size() == 0 {
			return false
		}
	}
	f.asked = true
	p, ok := f.out.ask(ctx, g.log)
	if !ok {
		return false
	}
	f.adopt(p.Olds)
	if !p.Ready {
		return false
	}
	g.place(p.Offset, p.Line, p.Before)
	return true
}

// adopt reads on files that the consumer found beside the name.
func (f *Follower) adopt(olds []Old) {
	for _, o := range olds {
		g := &generation{log: o.Log, quiet: f.opt.Now()}
		var err error
		if g.info, err = o.Log.File.Stat(); err != nil {
			g.close()
			continue
		}
		g.place(o.Offset, o.Line, o.Before)
		f.olds = append(f.olds, g)
	}
}

// drain reads the current file to its end, or most chunks of it. It reports whether there may be more.
func (f *Follower) drain(ctx context.Context, most int) (more bool) {
	if f.cur == nil || !f.cur.placed && !f.place(ctx, f.cur) {
		return false
	}
	for range most {
		n, err := f.read(ctx, f.cur)
		if err == errTruncated {
			f.renew(ctx, f.cur.carry)
			return true
		}
		if err != nil {
			f.waitFor(ctx, err)
			return false
		}
		if n == 0 || ctx.Err() != nil {
			return false
		}
	}
	return true
}

// read reads and sends one chunk.
func (f *Follower) read(ctx context.Context, g *generation) (int, error) {
	e := f.out.event(ctx)
	if e == nil {
		return 0, nil
	}
	n, something, err := g.read(e)
	if !f.out.chunk(ctx, g.log, e, something && err == nil) {
		return 0, nil
	}
	return n, err
}

// renew gives up a log whose file was truncated, and begins a new one on the same descriptor.
func (f *Follower) renew(ctx context.Context, rest []byte) {
	g := f.cur
	if g.placed {
		e := &Event{Kind: Truncated, Log: g.log}
		e.Data, e.Offset, e.Line, e.End = slices.Clone(rest), g.off, g.line+1, g.got
		if len(rest) > 0 {
			e.Lines = 1
		}
		if !f.out.send(ctx, e) {
			return
		}
	}
	f.cur = &generation{log: &Log{Name: g.log.Name, File: g.log.File}, info: g.info}
}

// look sees whether another file has the name now.
func (f *Follower) look(ctx context.Context) {
	if f.cur == nil {
		return
	}
	name := resolve(f.name)
	there, err := os.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return // renamed, and the new one is not there yet; what is still written to the old one is read
	case err != nil:
		f.waitFor(ctx, err)
		return
	case os.SameFile(there, f.cur.info):
		return
	}
	next, err := f.opened(name)
	if err != nil {
		f.waitFor(ctx, err)
		return
	}
	if next == nil || os.SameFile(next.info, f.cur.info) {
		return
	}
	// All that is in the old file comes before what is in the new one.
	for f.drain(ctx, burst) {
		if ctx.Err() != nil {
			return
		}
	}
	f.cur.quiet = f.opt.Now()
	f.olds = append(f.olds, f.cur)
	f.follow(ctx, next)
}

// opened is the file that has the name: one of the old ones that came back, or one newly opened.
func (f *Follower) opened(name string) (*generation, error) {
	g, err := openFile(name)
	if err != nil {
		return nil, err
	}
	for i, o := range f.olds {
		if os.SameFile(o.info, g.info) {
			g.close()
			f.olds = slices.Delete(f.olds, i, i+1)
			return o, nil
		}
	}
	return g, nil
}

// readOlds reads what is still written to old files, and closes those that were quiet for long enough.
func (f *Follower) readOlds(ctx context.Context) {
	now := f.opt.Now()
	f.olds = slices.DeleteFunc(f.olds, func(g *generation) bool {
		for {
			n, err := 0, error(nil)
			if g.placed || f.place(ctx, g) {
				n, err = f.read(ctx, g)
			}
			if ctx.Err() != nil {
				return false
			}
			if n > 0 {
				g.quiet = now
				continue
			}
			if err == nil && now.Sub(g.quiet) < f.opt.Grace {
				return false
			}
			f.end(ctx, g)
			return true
		}
	})
}

// end closes an old file for good.
func (f *Follower) end(ctx context.Context, g *generation) {
	defer g.close()
	if !g.placed {
		return // nothing was ever written to it
	}
	if e := f.out.event(ctx); e != nil {
		f.out.chunk(ctx, g.log, e, g.last(e))
	}
	f.out.send(ctx, &Event{Kind: Ended, Log: g.log})
}

func (f *Follower) closeAll() {
	f.watch.stop()
	if f.cur != nil {
		f.cur.close()
	}
	for _, g := range f.olds {
		g.close()
	}
}
