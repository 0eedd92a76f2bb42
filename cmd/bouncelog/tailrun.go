package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"bouncelog/ingest"
	"bouncelog/report"
	"bouncelog/store"
	"bouncelog/tail"
	"bouncelog/trace"
)

const (
	commitEvery  = 200 * time.Millisecond // while little comes;
	commitLate   = 800 * time.Millisecond // while much comes, or earlier by size: a commit has a price of its own
	commitLittle = 1 << 20                // bytes
	commitSize   = 6000                   // messages
	commitBytes  = 8 << 20                // of lines
	tailTick     = 100 * time.Millisecond
	pruneEvery   = 6 * time.Hour
	tailCacheKB  = 4096
	tailKeys     = 15_000   // domains, relays, replies, ... whose counts are kept in memory between commits
	tailMemory   = 80 << 20 // what the garbage collector aims at; SQLite, its cache and the program itself are 45 MB more
)

// tailer is one run of tail.
type tailer struct {
	g      *globals
	base   globals // as the command line set it, before the configuration was read
	opt    tailOptions
	src    *sources
	out    *printer
	spikes *spikes
	notify *notifier

	st      *store.Store
	cv      *ingest.Conveyor
	events  chan *tail.Event
	stalled atomic.Bool
}

func runTail(ctx context.Context, g *globals, o tailOptions, names []string) error {
	src, err := findSources(o, names)
	if err != nil {
		return err
	}
	debug.SetGCPercent(60)
	aimUnder(tailMemory)
	t := &tailer{g: g, base: *g, opt: o, src: src, notify: newNotifier()}
	hup := make(chan os.Signal, 1)
	signal.Notify(hup, syscall.SIGHUP)
	defer signal.Stop(hup)
	defer t.notify.send("STOPPING=1")
	for {
		err := t.session(ctx, hup)
		if ctx.Err() != nil && (err == nil || errors.Is(err, context.Canceled)) {
			return nil
		}
		// What was not committed is read again from where the store stands; standard input can't be.
		if err == nil || src.stdin || !passing(err) || !t.pause(ctx, err) {
			return err
		}
	}
}

// passing reports whether waiting helps.
func passing(err error) bool { return errors.Is(err, store.ErrFull) || errors.Is(err, store.ErrBusy) }

// pause waits a second before another try, and says once why.
func (t *tailer) pause(ctx context.Context, err error) bool {
	if !t.stalled.Swap(true) {
		t.note(fmt.Sprintf("%v; reading waits until it can be written", err))
	}
	t.notify.alive()
	select {
	case <-time.After(time.Second):
		return true
	case <-ctx.Done():
		return false
	}
}

// committed is asked after each try to commit. While the disk is full or the database locked the same batch is tried again.
func (t *tailer) committed(ctx context.Context, err error) (again bool) {
	if err == nil {
		if t.stalled.Swap(false) {
			t.note("the database can be written again")
		}
		return false
	}
	return passing(err) && t.pause(ctx, err)
}

func (t *tailer) note(text string) {
	t.out.note(report.Clean(text))
}

// session follows from where the store stands until ctx ends, all sources ended, or something failed.
func (t *tailer) session(ctx context.Context, hup <-chan os.Signal) (err error) {
	opt, err := t.g.conveyorOptions()
	if err != nil {
		return err
	}
	if t.out == nil {
		t.out = newPrinter(t.g, t.opt, opt.Zone)
	}
	if t.st, err = t.openStore(); err != nil {
		return err
	}
	var background sync.WaitGroup
	sctx, stop := context.WithCancel(ctx)
	defer func() {
		stop()
		background.Wait()
		t.spikes.wait()
		err = errors.Join(err, t.out.close(), t.st.Close())
	}()
	if err := t.g.writeTo(t.st, &opt); err != nil {
		return err
	}
	t.out.zone, t.out.ident = t.st.Zone(), t.st.LogIdent
	t.spikes = newSpikes(t.st, t.out, t.opt.onSpike)
	opt.FlushEvery, opt.FlushMessages, opt.FlushBytes = commitLate, commitSize, commitBytes
	opt.MaxKeys = tailKeys
	opt.OnEvent = func(e *trace.Event, l *ingest.Log) {
		t.out.event(e, l)
		t.spikes.event(e)
	}
	opt.OnFlush = t.out.flush
	opt.OnRead = func(string, int64) { t.beat() }
	opt.OnNote = func(err error) { t.note(err.Error()) }
	opt.OnCommit = func(err error) bool { return t.committed(ctx, err) }
	if t.cv, err = ingest.New(opt); err != nil {
		return err
	}
	t.events = make(chan *tail.Event)
	src := *t.src
	if src.stdin && isRegular(t.g.in) { // a file that was redirected is known by its content like any other
		src.stdin = false
		defer func() { t.src.stdin = src.stdin }()
		if err := t.cv.Read(ctx, []string{"-"}); err != nil {
			return t.finish(err)
		}
		if len(src.files) == 0 && src.journal == nil {
			return t.finish(nil)
		}
	}
	src.start(sctx, t.g, t.opt, t.events)
	background.Go(func() { t.prune(sctx) })
	background.Go(func() { t.spikes.run(sctx) })
	t.notify.send("READY=1")
	return t.finish(t.loop(ctx, &src, hup))
}

// loop handles what the sources send.
func (t *tailer) loop(ctx context.Context, src *sources, hup <-chan os.Signal) error {
	tick := time.NewTicker(tailTick)
	defer tick.Stop()
	for {
		select {
		case e := <-t.events:
			err := t.handle(ctx, e)
			e.Release()
			if err != nil {
				return err
			}
			if e.Kind == tail.Ended && e.Log.Name == "-" && len(src.files) == 0 && src.journal == nil {
				return nil
			}
		case <-tick.C:
			if err := t.idle(ctx); err != nil {
				return err
			}
		case <-hup:
			t.reload()
		case <-ctx.Done():
			return nil
		}
		if err := t.out.failed(); err != nil {
			return err
		}
	}
}

// finish commits what was read. After an error of reading the store what was tracked is not to be trusted.
func (t *tailer) finish(err error) error {
	if err != nil && !errors.Is(err, context.Canceled) {
		return errors.Join(err, t.cv.Close())
	}
	t.out.tick(time.Now())
	return errors.Join(err, t.cv.Flush(context.Background()), t.cv.Close())
}

// idle does what is due whether lines come or not.
func (t *tailer) idle(ctx context.Context) error {
	if t.cv.Dirty() && (t.cv.Due(commitLate) || t.cv.Unflushed() < commitLittle && t.cv.Due(commitEvery)) {
		if err := t.cv.Flush(ctx); err != nil {
			return err
		}
	}
	t.beat()
	return nil
}

// beat keeps the terminal and the service manager informed.
func (t *tailer) beat() {
	now := time.Now()
	t.spikes.check(now)
	t.out.tick(now)
	t.notify.alive()
}

func (t *tailer) handle(ctx context.Context, e *tail.Event) error {
	if e.Kind == tail.Notice {
		t.note(e.Text)
		return nil
	}
	l, _ := e.Log.Handle.(*ingest.Log)
	switch e.Kind {
	case tail.Opened:
		return t.opened(ctx, e)
	case tail.Lines:
		c := ingest.Chunk{Data: e.Data, Offset: e.Offset, Line: e.Line, End: e.End, Lines: e.Lines, Long: e.Long}
		err := t.cv.Feed(ctx, l, &c)
		t.out.flush()
		return err
	case tail.Truncated:
		c := ingest.Chunk{Data: e.Data, Offset: e.Offset, Line: e.Line, End: e.End, Lines: e.Lines}
		return t.cv.Truncated(ctx, l, &c)
	case tail.Ended:
		if l != nil {
			t.cv.End(l)
		}
	}
	return nil
}

// opened tells a source where to read on, after all that was missed before is read.
func (t *tailer) opened(ctx context.Context, e *tail.Event) error {
	var l *ingest.Log
	var rest []*ingest.Log
	var err error
	switch {
	case e.Log.Journal:
		l = t.cv.AttachJournal(e.Log.Name)
	case e.Log.Head != nil:
		l = t.cv.AttachPipe(e.Log.Name, e.Log.Head)
	default:
		l, rest, err = t.cv.Attach(ctx, e.Log.Name, e.Log.File)
	}
	if err != nil {
		return err
	}
	var p tail.Place
	for _, r := range rest {
		o := tail.Old{Log: &tail.Log{Name: r.State.Name, File: r.TakeFile(), Handle: r}}
		o.Offset, o.Line, o.Before = r.Place()
		p.Olds = append(p.Olds, o)
	}
	if l != nil {
		e.Log.Handle = l
		p.Ready, p.Cursor = true, l.Cursor()
		p.Offset, p.Line, p.Before = l.Place()
	}
	e.Place(p)
	t.out.flush()
	if t.cv.Dirty() {
		return t.cv.Flush(ctx)
	}
	return nil
}

// openStore opens the database with a cache that fits the memory limit.
func (t *tailer) openStore() (*store.Store, error) {
	path, err := t.g.dbPath()
	if err != nil {
		return nil, err
	}
	s, err := t.g.readSettings()
	if err != nil {
		return nil, err
	}
	zone, err := s.zone()
	if err != nil {
		return nil, err
	}
	return store.Open(path, store.Options{Zone: zone, CacheKB: tailCacheKB, BusyTimeout: time.Second, Command: "bouncelog tail"})
}

// reload reads rules and configuration again. What is wrong with them is said, and the old ones stay.
func (t *tailer) reload() {
	fresh := t.base
	fresh.judge = nil
	c, err := fresh.classifier()
	if err == nil {
		so, serr := fresh.streamOptions()
		if err = serr; err == nil {
			t.cv.SetStream(so)
		}
	}
	if err == nil {
		err = t.st.SetRetention(fresh.settings.RetentionDays)
	}
	if err != nil {
		t.note(fmt.Sprintf("rules and configuration stay as they were: %v", err))
		return
	}
	t.cv.SetClassifier(c)
	*t.g = fresh
	t.note("rules and configuration were read again")
}

// prune removes what retention lets go, in small steps beside the commits.
func (t *tailer) prune(ctx context.Context) {
	tick := time.NewTicker(pruneEvery)
	defer tick.Stop()
	for {
		if _, err := t.st.Prune(ctx, time.Now()); err != nil && ctx.Err() == nil {
			t.note(err.Error())
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// isRegular reports whether r is a file on a disk.
func isRegular(r any) bool {
	f, ok := r.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode().IsRegular()
}
