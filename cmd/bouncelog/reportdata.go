package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"bouncelog/ingest"
	"bouncelog/report"
	"bouncelog/store"
	"bouncelog/trace"
)

// gathered is what a report is made of, and the store behind it (nil: none), which Behind asks while the report is built.
type gathered struct {
	in       report.Input
	listings []store.Listing // our addresses on blocklists, if the report shows them
	store    *store.Store
	version  string // of the rules by which the store was classified; "": not known, or those of this run
	done     func()
}

func (f *gathered) close() {
	if f.done != nil {
		f.done()
	}
}

// reportStore asks the database.
func reportStore(ctx context.Context, g *globals, o *reportOptions) (gathered, error) {
	st, err := g.openReader()
	if err != nil {
		return gathered{}, err
	}
	f := gathered{store: st, done: func() { st.Close() }}
	w, err := window(o.day, o.since, o.until, o.now(), st.Zone())
	if err != nil {
		return f, err
	}
	if err = o.ask(ctx, &f, wholeHours(w)); err != nil {
		return f, err
	}
	f.version, err = st.RulesVersion()
	return f, err
}

// wholeHours widens a window to whole hours of its zone, the finest that aggregates know.
func wholeHours(w report.Window) report.Window {
	_, offset := w.Since.In(w.Zone).Zone()
	shift := time.Duration(offset%3600) * time.Second
	w.Since = w.Since.Add(shift).Truncate(time.Hour).Add(-shift)
	_, offset = w.Until.In(w.Zone).Zone()
	shift = time.Duration(offset%3600) * time.Second
	if t := w.Until.Add(shift).Truncate(time.Hour).Add(-shift); t.Before(w.Until) {
		w.Until = t.Add(time.Hour)
	}
	return w
}

// What the aggregates do not know is found by reading messages one by one, some 8 µs each. So many of them a report on the terminal
// reads, which must not make people wait; and one that is written for later or asks for it.
const (
	fewMessages  = 5_000
	manyMessages = 300_000
)

// patience is how many messages the report may read.
func (o *reportOptions) patience() float64 {
	if o.format == "html" || len(o.mailTo) > 0 || o.dir != "" || o.section == "suppress" {
		return manyMessages
	}
	return fewMessages
}

// cut reports whether the report shows no more than the first rows of its tables.
func (o *reportOptions) cut() bool {
	return len(o.mailTo) == 0 && (o.format == "table" || o.format == "text" || o.format == "markdown")
}

// comparison is the window of --compare; nil: none.
func (o *reportOptions) comparison(w report.Window) (*report.Window, error) {
	if o.compare == "" {
		return nil, nil
	}
	t, _, err := when(o.compare, o.now(), w.Zone)
	if err != nil {
		return nil, usageError{fmt.Errorf("--compare: %w", err)}
	}
	c := wholeHours(report.Window{Since: t, Until: t.Add(w.Until.Sub(w.Since)), Zone: w.Zone})
	return &c, nil
}

// gather asks for the figures of a window and of those it is compared with.
func (o *reportOptions) gather(ctx context.Context, w report.Window, source report.SourceFunc) (report.Input, error) {
	compare, err := o.comparison(w)
	if err != nil {
		return report.Input{}, err
	}
	rows := 0
	if o.cut() {
		rows = o.top
	}
	return report.Gather(ctx, source, w, compare, rows)
}

// ask gathers all that a report of a window shows from f's store.
func (o *reportOptions) ask(ctx context.Context, f *gathered, w report.Window) (err error) {
	st, in := f.store, &f.in
	// Who waits in the queue is told by messages, and takes as long to find as all figures and who is on which blocklist.
	var queue sync.WaitGroup
	var waiting []report.Deferral
	var qerr error
	queue.Go(func() { waiting, qerr = o.deferrals(st, w.Until) })
	f.in, err = o.gather(ctx, w, func(_ context.Context, asks []store.Ask) ([]*store.Figures, error) {
		return st.FiguresOf(o.filter, asks)
	})
	if err == nil {
		f.listings, err = o.listings(st, w, in.Figures)
	}
	queue.Wait()
	if err = errors.Join(err, qerr); err != nil {
		return err
	}
	in.Deferrals = waiting
	meta, err := st.Meta()
	if err != nil {
		return err
	}
	in.SmallPrint = smallPrint(meta)
	if err := o.cross(st, w, in); err != nil {
		return err
	}
	if err := o.suppressions(st, w, meta, in); err != nil {
		return err
	}
	if o.format == "html" || o.format == "json" || len(o.mailTo) > 0 {
		o.behind(st, w, in)
	}
	if in.Figures.Totals.Counts == (store.Counts{}) && meta.Messages > 0 {
		in.SmallPrint.Notes = append(in.SmallPrint.Notes, fmt.Sprintf("The database %s holds %s of %s, from %s to %s.", meta.Path, report.Plural(meta.Messages, "message"),
			strings.Join(meta.Hosts, ", "), meta.First.In(w.Zone).Format("2006-01-02 15:04"), meta.Last.In(w.Zone).Format("2006-01-02 15:04")))
	}
	return nil
}

func smallPrint(m *store.Meta) report.SmallPrint {
	p := report.SmallPrint{Lines: m.Lines, Foreign: m.Foreign, Unrecognized: m.Unrecognized, Logs: m.Logs, First: m.First, Last: m.Last}
	if redacted := m.DetailsFrom; !redacted.IsZero() {
		p.Notes = append(p.Notes, fmt.Sprintf("Messages are kept for %d days; of those before %s only the counts are left.", m.Retention, m.DetailsFrom.In(m.Zone).Format("2006-01-02")))
	}
	return p
}

func (o *reportOptions) deferrals(st *store.Store, until time.Time) ([]report.Deferral, error) {
	waiting, err := st.Queue(o.filter, until)
	if err != nil {
		return nil, err
	}
	list := make([]report.Deferral, len(waiting))
	for i, w := range waiting {
		list[i] = report.Deferral{Since: w.First, Last: w.Last, QueueID: w.QueueID, Domain: w.Domain, Address: w.Address, Cause: w.Cause, Category: w.Category,
			Reply: w.Reply, Attempts: w.Attempts}
	}
	return list, nil
}

func (o *reportOptions) cross(st *store.Store, w report.Window, in *report.Input) error {
	if len(o.by) == 0 {
		return nil
	}
	rows, err := st.Cross(o.filter, o.by, w.Since, w.Until)
	if err != nil {
		return err
	}
	in.Cross = &report.Cross{Dims: o.by}
	for _, r := range rows {
		in.Cross.Rows = append(in.Cross.Rows, report.CrossRow{Keys: r.Keys, Counts: r.Counts})
	}
	return nil
}

// suppressions lists the addresses to stop mailing, if any mail failed and there are not too many messages to look at.
func (o *reportOptions) suppressions(st *store.Store, w report.Window, meta *store.Meta, in *report.Input) error {
	t := in.Figures.Totals
	f := &o.filter
	if t.Bounced+t.Expired == 0 || len(f.Host)+len(f.Sender)+len(f.Provider)+len(f.Outcome) > 0 {
		return nil
	}
	// Bounces are looked for in the window, deliveries after them until today.
	span := max(w.Until.Sub(w.Since), time.Hour)
	if look := max(meta.Last.Sub(w.Since), span); float64(t.Messages)*look.Hours()/span.Hours() > o.patience() {
		in.SmallPrint.Notes = append(in.SmallPrint.Notes, "The addresses to stop mailing are not looked for in so much mail: 'bouncelog suppress' lists them.")
		return nil
	}
	list, err := st.Suppressions(w.Since, 1)
	if err != nil {
		return err
	}
	for _, s := range list {
		_, domain, _ := strings.Cut(s.Address, "@")
		in1 := func(l []string, v string) bool {
			return len(l) == 0 || slices.ContainsFunc(l, func(x string) bool { return strings.EqualFold(x, v) })
		}
		if s.First.Before(w.Until) && (in1(f.Domain, domain) || in1(f.Domain, s.Address)) && in1(f.Cause, s.Cause) && in1(f.Category, s.Category) {
			in.Suppressions = append(in.Suppressions, suppression(s))
		}
	}
	return nil
}

func suppression(s store.Suppression) report.Suppression {
	return report.Suppression{Address: s.Address, Cause: s.Cause, Category: s.Category, Bounces: int64(s.Bounces), First: s.First, Last: s.Last, Reply: s.Reply}
}

// behind finds the replies behind the first keys of the tables whose aggregates do not tell them, in one go when the first is asked for.
func (o *reportOptions) behind(st *store.Store, w report.Window, in *report.Input) {
	if float64(in.Figures.Totals.Messages) > o.patience() {
		return
	}
	keys := map[store.Dim][]string{}
	for _, d := range []store.Dim{store.DimDomain, store.DimSenderDomain, store.DimAuthUser, store.DimRelay, store.DimHost} {
		for _, r := range in.Figures.By[d][:min(len(in.Figures.By[d]), max(o.top, 10))] {
			keys[d] = append(keys[d], r.Key)
		}
	}
	var found map[store.Dim]map[string][]store.Reply
	in.Behind = func(d store.Dim, key string) []store.Reply {
		if found == nil {
			var err error
			if found, err = st.Behind(o.filter, keys, w.Since, w.Until, 5); err != nil {
				found = map[store.Dim]map[string][]store.Reply{} // the report is whole without them
			}
		}
		return found[d][key]
	}
}

// reportFiles counts logs without a database: all that they hold, or the window that was asked for. What needs single messages (filters, cross tables, the
// page that opens to examples) is asked of a temporary one.
func reportFiles(ctx context.Context, g *globals, o *reportOptions, names []string) (f gathered, err error) {
	opt, err := g.conveyorOptions()
	if err != nil {
		return f, err
	}
	var w report.Window
	given := o.day != "" || o.since != "" || o.until != ""
	if given {
		if w, err = window(o.day, o.since, o.until, o.now(), opt.Zone); err != nil {
			return f, err
		}
		w = wholeHours(w)
		compare, err := o.comparison(w)
		if err != nil {
			return f, err
		}
		if compare == nil {
			prior := w.Prior()
			compare = &prior
		}
		opt.Edges = []time.Time{w.Since, w.Until, compare.Since, compare.Until}
	}
	// Without a window all that the logs hold is one, and only --compare may part it.
	opt.ByWindow = given || o.compare == ""
	watch, listed := newWatch(w), listedWatch{window: w}
	if narrowed(&o.filter) || len(o.by) > 0 || o.format == "html" || len(o.mailTo) > 0 {
		if f.store, f.done, err = scratch(opt.Zone); err != nil {
			return f, err
		}
		opt.Store = f.store
	} else {
		aimUnder(reportMemory)
		opt.OnEvent = func(e *trace.Event, l *ingest.Log) {
			watch.event(e, l)
			listed.event(e)
		}
	}
	bar := newProgress(g.err, isTerminal(g.err) && !g.verbose)
	opt.OnFile, opt.OnRead = bar.file, bar.read
	cv, err := ingest.New(opt)
	if err != nil {
		return f, err
	}
	err = errors.Join(cv.Read(ctx, names), cv.Close())
	bar.done()
	g.noteUnread(cv)
	sum := cv.Summary()
	if err != nil && (sum.Lines == 0 || ctx.Err() != nil) {
		return f, err
	}
	if f.store != nil {
		return f, errors.Join(err, o.askScratch(ctx, &f, w, given))
	}
	agg := cv.Aggregates()
	first, until, ok := agg.Span()
	if !ok {
		first, until = noHour(o.now())
	}
	if !given {
		w = report.Window{Since: first.In(opt.Zone), Until: until.In(opt.Zone), Zone: opt.Zone}
	}
	var gerr error
	f.in, gerr = o.gather(ctx, w, func(_ context.Context, asks []store.Ask) ([]*store.Figures, error) { return agg.FiguresOf(asks), nil })
	if gerr != nil {
		return gathered{}, gerr
	}
	f.in.Deferrals, f.in.Suppressions = watch.waiting(), watch.suppressions()
	if watch.short {
		fmt.Fprintln(g.err, "bouncelog: the lists of who waits and of addresses to stop mailing are not complete: there are more than fit in memory; ingest the logs and report from the database to see all")
	}
	if o.showsListings(f.in.Figures) {
		f.listings = listed.found.List()
	}
	f.in.SmallPrint = report.SmallPrint{Lines: sum.Lines, Foreign: sum.Foreign, Unrecognized: sum.Unrecognized, Logs: sum.Files, First: first, Last: until}
	return f, err
}

// askScratch asks the temporary database of a report on files.
func (o *reportOptions) askScratch(ctx context.Context, f *gathered, w report.Window, given bool) error {
	if !given {
		all, err := f.store.Figures(store.Filter{}, time.Time{}, time.Time{}, 1)
		if err != nil {
			return err
		}
		w = report.Window{Since: all.Since, Until: all.Until, Zone: f.store.Zone()}
		if all.Since.IsZero() {
			w.Since, w.Until = noHour(o.now())
		}
	}
	return o.ask(ctx, f, w)
}

// noHour is the window of a report on logs that hold nothing: the hour up to now.
func noHour(now time.Time) (since, until time.Time) {
	until = now.Truncate(time.Minute)
	return until.Add(-time.Hour), until
}

// scratch makes a temporary database.
func scratch(zone *time.Location) (*store.Store, func(), error) {
	dir, err := os.MkdirTemp("", "bouncelog-report-")
	if err != nil {
		return nil, nil, fmt.Errorf("make room for a temporary database: %w", err)
	}
	st, err := store.Open(filepath.Join(dir, "bouncelog.db"), store.Options{Zone: zone})
	if err != nil {
		os.RemoveAll(dir)
		return nil, nil, err
	}
	return st, func() { st.Close(); os.RemoveAll(dir) }, nil
}
