package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"bouncelog/ingest"
	"bouncelog/report"
	"bouncelog/store"
)

// reportOptions are the flags of `report`.
type reportOptions struct {
	format, section   string
	day, since, until string
	compare           string
	top               int
	filter            store.Filter
	failOver          string
	now               func() time.Time
}

func newReportCommand(g *globals) *cobra.Command {
	o := &reportOptions{now: time.Now}
	c := &cobra.Command{
		Use:   "report [FILE...]",
		Short: "Report what bounced and why",
		Long: `Reports on a day, or another window, from the database: what changed, what to do, and the figures behind it. With files it
reports on those logs alone, on all that they hold, and touches no database.

Times are dates (2026-11-22), times (2026-11-22 14:00), today, yesterday, or ages (90m, 24h, 7d, 2w). Windows begin and end with an hour.

EXIT STATUS
  0  done
  1  failed
  2  wrong usage
  4  the bounce rate is above --fail-over`,
		Example: `  bouncelog report
  bouncelog report --since 7d --provider google --format html > google.html
  bouncelog report --day today --fail-over 5%
  bouncelog report /var/log/maillog.1 /var/log/maillog`,
		RunE: func(c *cobra.Command, names []string) error {
			if err := oneOf("format", o.format, "table", "text", "markdown", "csv", "json", "html"); err != nil {
				return err
			}
			return runReport(c.Context(), g, o, names)
		},
	}
	f := c.Flags()
	f.StringVar(&o.format, "format", "table", "table, text (for mail), markdown, csv, json, html")
	f.StringVar(&o.section, "section", "", "only this section: "+strings.Join(report.SectionIDs(), ", "))
	f.StringVar(&o.day, "day", "", "the `DATE`, yesterday or today (default yesterday)")
	f.StringVar(&o.since, "since", "", "from this `TIME` on")
	f.StringVar(&o.until, "until", "", "up to this `TIME`")
	f.StringVar(&o.compare, "compare", "", "compare with the window of the same length that begins at this `TIME`")
	f.IntVar(&o.top, "top", 10, "rows of each table")
	f.StringSliceVar(&o.filter.Host, "host", nil, "only mail of this host of ours")
	f.StringSliceVar(&o.filter.Domain, "domain", nil, "only recipients of this domain")
	f.StringSliceVar(&o.filter.Sender, "sender", nil, "only mail of this sender or sender domain")
	f.StringSliceVar(&o.filter.Provider, "provider", nil, "only recipients at this provider, such as google")
	f.StringSliceVar(&o.filter.Category, "category", nil, "only failures of this category: hard, soft, block, content")
	f.StringSliceVar(&o.filter.Cause, "cause", nil, "only failures of this cause")
	f.StringSliceVar(&o.filter.Outcome, "outcome", nil, "only recipients of this outcome")
	f.StringVar(&o.failOver, "fail-over", "", "exit with status 4 if the bounce rate is above this `RATE`, such as 5%")
	return c
}

func runReport(ctx context.Context, g *globals, o *reportOptions, names []string) error {
	limit, err := rateOf(o.failOver)
	if err != nil {
		return err
	}
	var in report.Input
	if len(names) > 0 {
		in, err = reportFiles(ctx, g, o, names)
	} else {
		in, err = reportStore(ctx, g, o)
	}
	if in.Figures == nil {
		return err
	}
	in.Top, in.Filter = o.top, o.filter
	m := report.Build(in)
	if werr := writeReport(g, o, m); werr != nil {
		return errors.Join(err, werr)
	}
	if err == nil && limit >= 0 && m.Rate > limit {
		return fmt.Errorf("%w: the bounce rate is %.1f %%, above --fail-over %s", errExceeded, m.Rate*100, o.failOver)
	}
	return err
}

// reportFiles counts logs without a store: all that they hold, or the window that was asked for.
func reportFiles(ctx context.Context, g *globals, o *reportOptions, names []string) (report.Input, error) {
	var in report.Input
	opt, err := g.conveyorOptions()
	if err != nil {
		return in, err
	}
	bar := newProgress(g.err, isTerminal(g.err) && !g.verbose)
	opt.OnFile, opt.OnRead = bar.file, bar.read
	cv, err := ingest.New(opt)
	if err != nil {
		return in, err
	}
	err = cv.Read(ctx, names)
	bar.done()
	g.noteUnread(cv)
	sum := cv.Summary()
	if err != nil && sum.Lines == 0 {
		return in, err
	}
	agg := cv.Aggregates()
	first, until, ok := agg.Span()
	if !ok {
		first, until = o.now(), o.now()
	}
	w := report.Window{Since: first.In(opt.Zone), Until: until.In(opt.Zone), Zone: opt.Zone}
	if o.day != "" || o.since != "" || o.until != "" {
		var werr error
		if w, werr = window(o.day, o.since, o.until, o.now(), opt.Zone); werr != nil {
			return in, werr
		}
	}
	in.Window = w
	in.Figures = agg.Figures(w.Since, w.Until, 0)
	in.Adviser = adviser{opt.Classifier.Rules()}
	in.SmallPrint = report.SmallPrint{Lines: sum.Lines, Foreign: sum.Foreign, Unrecognized: sum.Unrecognized, Logs: sum.Files, First: first, Last: until}
	return in, err
}

// reportStore asks the database.
func reportStore(ctx context.Context, g *globals, o *reportOptions) (report.Input, error) {
	var in report.Input
	st, err := g.openReader()
	if err != nil {
		return in, err
	}
	defer st.Close()
	w, err := window(o.day, o.since, o.until, o.now(), st.Zone())
	if err != nil {
		return in, err
	}
	var compare *report.Window
	if o.compare != "" {
		t, _, err := when(o.compare, o.now(), st.Zone())
		if err != nil {
			return in, usageError{fmt.Errorf("--compare: %w", err)}
		}
		compare = &report.Window{Since: t, Until: t.Add(w.Until.Sub(w.Since)), Zone: w.Zone}
	}
	c, err := g.classifier()
	if err != nil {
		return in, err
	}
	src := report.SourceFunc(func(_ context.Context, since, until time.Time) (*store.Figures, error) {
		return st.Figures(o.filter, since, until, 0)
	})
	if in, err = report.Gather(ctx, src, w, compare); err != nil {
		return in, err
	}
	in.Adviser = adviser{c.Rules()}
	return in, storeExtras(st, &in, w)
}

func writeReport(g *globals, o *reportOptions, m *report.Model) error {
	var sections []string
	if o.section != "" {
		if err := oneOf("section", o.section, report.SectionIDs()...); err != nil {
			return err
		}
		sections = []string{o.section}
	}
	switch o.format {
	case "json":
		return report.JSON(g.out, m)
	case "html":
		return report.HTML(g.out, m, report.HTMLOptions{})
	case "markdown":
		return report.Markdown(g.out, m)
	case "text":
		return report.Text(g.out, m)
	case "csv":
		return writeCSV(g.out, m, o.section)
	}
	return report.Terminal(g.out, m, report.TerminalOptions{Width: width(g.out), Color: g.colors(g.out), Sections: sections})
}

// writeCSV writes one section; without --section the causes, which most people want in a spreadsheet.
func writeCSV(w io.Writer, m *report.Model, section string) error {
	if section == "" {
		section = "causes"
	}
	return report.CSV(w, m, section)
}

// rateOf reads "5%" or "0.05"; "" is -1, no limit.
func rateOf(s string) (float64, error) {
	if s == "" {
		return -1, nil
	}
	var v float64
	num, percent := strings.CutSuffix(strings.TrimSpace(s), "%")
	if _, err := fmt.Sscanf(strings.TrimSpace(num), "%g", &v); err != nil || v < 0 {
		return 0, usageError{fmt.Errorf("%q is no rate: give one such as 5%%", s)}
	}
	if percent {
		v /= 100
	}
	return v, nil
}

// storeExtras adds what only the store knows: the queue, addresses to stop mailing, the small print.
func storeExtras(st *store.Store, in *report.Input, w report.Window) error { return nil }
