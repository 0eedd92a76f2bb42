package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"bouncelog/parser"
	"bouncelog/report"
	"bouncelog/rules"
	"bouncelog/store"
)

// reportOptions are the flags of `report`.
type reportOptions struct {
	format, section, dir string
	day, since, until    string
	compare              string
	top                  int
	by                   []string
	filter               store.Filter
	mailTo               []string
	ifBounces            bool
	ifRate, failOver     string
	conditions           report.Conditions
	limit                float64 // of --fail-over; negative: none
	now                  func() time.Time
}

var reportFormats = []string{"table", "text", "markdown", "csv", "json", "html"}

func newReportCommand(g *globals) *cobra.Command {
	o := &reportOptions{now: g.clock()}
	c := &cobra.Command{
		Use:   "report [FILE...]",
		Short: "Report what bounced and why",
		Long: `Reports on a day, or another window, from the database: what changed, what to do, and the figures behind it. With files it
reports on those logs alone, on all that they hold, and touches no database.

Times are dates (2026-11-22), times (2026-11-22 14:00), today, yesterday, or ages (90m, 24h, 7d, 2w). Windows begin and end
with an hour. Several values of one filter mean any of them, several filters mean all of them.

--by makes a cross table of several dimensions: ` + strings.Join(store.CrossDims(), ", ") + `.

EXIT STATUS
  0  done
  1  failed
  2  wrong usage
  4  the bounce rate is above --fail-over`,
		Example: `  bouncelog report
  bouncelog report --since 7d --provider google --format html > google.html
  bouncelog report --day today --fail-over 5%
  bouncelog report --by provider,cause --top 20
  bouncelog report --format csv --dir /srv/reports
  bouncelog report --mail-to postmaster@example.com --if-rate 5%
  bouncelog report /var/log/maillog.1 /var/log/maillog`,
		RunE: func(c *cobra.Command, names []string) error {
			if err := o.check(); err != nil {
				return err
			}
			return runReport(c.Context(), g, o, names)
		},
	}
	f := c.Flags()
	f.StringVar(&o.format, "format", "table", "the `FORMAT`: table, text (for mail), markdown, csv, json, html")
	f.StringVar(&o.section, "section", "", "only this `SECTION` (table, text, csv): "+strings.Join(report.SectionIDs(), ", "))
	f.StringVar(&o.dir, "dir", "", "with --format csv: a file for each section, in this `DIRECTORY`")
	f.StringVar(&o.day, "day", "", "the `DATE`, yesterday or today (default yesterday)")
	f.StringVar(&o.since, "since", "", "from this `TIME` on")
	f.StringVar(&o.until, "until", "", "up to this `TIME`; a date is meant whole")
	f.StringVar(&o.compare, "compare", "", "compare with the window of the same length that begins at this `TIME`")
	f.IntVar(&o.top, "top", 10, "`N` rows of each table")
	f.StringSliceVar(&o.by, "by", nil, "a cross table of these `DIMENSIONS`, such as provider,cause")
	addFilterFlags(c, &o.filter)
	f.StringSliceVar(&o.mailTo, "mail-to", nil, "mail the report to this `ADDRESS` instead of printing it (repeatable)")
	f.BoolVar(&o.ifBounces, "if-bounces", false, "print or mail it only if anything bounced or expired")
	f.StringVar(&o.ifRate, "if-rate", "", "print or mail it only if the bounce rate is at least this `RATE`, such as 5%")
	f.StringVar(&o.failOver, "fail-over", "", "exit with status 4 if the bounce rate is above this `RATE`, such as 5%")
	completeWords(c, "format", reportFormats)
	completeWords(c, "section", report.SectionIDs())
	completeWords(c, "by", store.CrossDims())
	completeWords(c, "day", []string{"yesterday", "today"})
	g.completeFilter(c)
	return c
}

// addFilterFlags adds the flags that narrow a report.
func addFilterFlags(c *cobra.Command, f *store.Filter) {
	v := c.Flags().StringSliceVar
	v(&f.Host, "host", nil, "only mail of this `HOST` of ours")
	v(&f.Domain, "domain", nil, "only recipients of this `DOMAIN`")
	v(&f.Sender, "sender", nil, "only mail of this `SENDER`: an address, a domain, or <>")
	v(&f.Provider, "provider", nil, "only recipients at this `PROVIDER`, such as google")
	v(&f.Category, "category", nil, "only failures of this `CATEGORY`: hard, soft, block, content")
	v(&f.Cause, "cause", nil, "only failures of this `CAUSE`, such as mailbox-full")
	v(&f.Outcome, "outcome", nil, "only recipients of this `OUTCOME`, such as bounced")
}

// narrowed reports whether a filter lets less than all through.
func narrowed(f *store.Filter) bool {
	return len(f.Host)+len(f.Domain)+len(f.Sender)+len(f.Provider)+len(f.Category)+len(f.Cause)+len(f.Outcome) > 0
}

// check finds wrong usage before anything is read.
func (o *reportOptions) check() error {
	if err := oneOf("format", o.format, reportFormats...); err != nil {
		return err
	}
	if o.section != "" {
		if err := oneOf("section", o.section, report.SectionIDs()...); err != nil {
			return err
		}
		if !slices.Contains([]string{"table", "text", "csv"}, o.format) {
			return usageError{fmt.Errorf("--section goes with --format table, text or csv")}
		}
		if o.section == "cross" && len(o.by) == 0 {
			return usageError{fmt.Errorf("--section cross needs --by")}
		}
	}
	switch {
	case o.dir != "" && o.format != "csv":
		return usageError{fmt.Errorf("--dir goes with --format csv")}
	case o.dir != "" && o.section != "":
		return usageError{fmt.Errorf("give --dir for all sections or --section for one, not both")}
	case o.top < 1:
		return usageError{fmt.Errorf("--top %d: give at least 1", o.top)}
	}
	for _, d := range o.by {
		if err := oneOf("by", d, store.CrossDims()...); err != nil {
			return err
		}
	}
	for _, category := range o.filter.Category {
		if err := oneOf("category", category, "hard", "soft", "block", "content"); err != nil {
			return err
		}
	}
	for _, outcome := range o.filter.Outcome {
		if _, ok := parser.ParseOutcome(outcome); !ok {
			return usageError{fmt.Errorf("--outcome %q: give one of %v", outcome, outcomes())}
		}
	}
	return o.rates()
}

// outcomes are the names of all outcomes.
func outcomes() []string {
	var names []string
	for o := parser.OutcomeNone + 1; o.String() != ""; o++ {
		names = append(names, o.String())
	}
	return names
}

func (o *reportOptions) rates() error {
	o.limit = -1
	o.conditions = report.Conditions{Bounces: o.ifBounces, HasRate: o.ifRate != ""}
	var err error
	if o.ifRate != "" {
		if o.conditions.Rate, err = report.ParseRate(o.ifRate); err != nil {
			return usageError{fmt.Errorf("--if-rate: %w", err)}
		}
	}
	if o.failOver != "" {
		if o.limit, err = report.ParseRate(o.failOver); err != nil {
			return usageError{fmt.Errorf("--fail-over: %w", err)}
		}
	}
	return nil
}

// known checks the filters that name what the rules know; a misspelt cause would give an empty report.
func (o *reportOptions) known(rs *rules.Rules) error {
	for _, c := range o.filter.Cause {
		if rs.Cause(c) == nil {
			return usageError{fmt.Errorf("--cause %s is not known: 'bouncelog rules list' names them", c)}
		}
	}
	for _, p := range o.filter.Provider {
		if rs.Provider(p) == nil {
			return usageError{fmt.Errorf("--provider %s is not known: there are %s", p, strings.Join(providerIDs(rs), ", "))}
		}
	}
	return nil
}

func runReport(ctx context.Context, g *globals, o *reportOptions, names []string) error {
	if len(o.filter.Cause)+len(o.filter.Provider) > 0 {
		c, err := g.classifier()
		if err != nil {
			return err
		}
		if err := o.known(c.Rules()); err != nil {
			return err
		}
	}
	var found gathered
	var err error
	if len(names) > 0 {
		found, err = reportFiles(ctx, g, o, names)
	} else {
		found, err = reportStore(ctx, g, o)
	}
	defer found.close()
	in := found.in
	if in.Figures == nil {
		return err
	}
	rs, rerr := g.reportRules(&found)
	if rerr != nil {
		return errors.Join(err, rerr)
	}
	in.Top, in.Filter, in.Adviser, in.Now = o.top, o.filter, adviser{rs}, o.now()
	in.Listed = adviseListings(rs, found.listings)
	m := report.Build(in)
	if o.conditions.Wanted(m) {
		if werr := deliverReport(ctx, g, o, m, found.store); werr != nil {
			return errors.Join(err, werr)
		}
	} else {
		g.note("The report is not wanted: its bounce rate is %.1f %%.", m.Rate*100)
	}
	if err == nil && o.limit >= 0 && m.Exceeds(o.limit) {
		return fmt.Errorf("%w: the bounce rate is %.1f %%, above --fail-over %s", errExceeded, m.Rate*100, o.failOver)
	}
	return err
}

// reportRules are the rules that a report asks. It says so where the database was classified by others than the present ones.
func (g *globals) reportRules(found *gathered) (*rules.Rules, error) {
	if found.in.Behind != nil { // what stands behind the figures may name any
		if _, err := g.classifier(); err != nil {
			return nil, err
		}
	}
	rs, err := g.rulesNamed(reportIDs(found.in.Figures, found.listings))
	if err != nil || found.version == "" || found.version == rs.Version {
		return rs, err
	}
	fmt.Fprintln(g.err, "The database was classified by other rules than the present ones: run 'bouncelog rules apply' to classify it again.")
	return rs, nil
}

// note tells something beside the data, with -v.
func (g *globals) note(format string, args ...any) {
	if g.verbose {
		fmt.Fprintf(g.err, format+"\n", args...)
	}
}
