package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"bouncelog/report"
)

// suppressOptions are the flags of `suppress`.
type suppressOptions struct {
	format     string
	since      string
	minBounces int
	now        func() time.Time
}

var suppressFormats = []string{"csv", "jsonl", "plain"}

func newSuppressCommand(g *globals) *cobra.Command {
	o := &suppressOptions{now: time.Now}
	c := &cobra.Command{
		Use:   "suppress",
		Short: "List the addresses to stop mailing",
		Long: `Lists the addresses whose mail bounced for a reason that will not pass (the mailbox does not exist, is disabled, and so on: the
causes of which 'bouncelog rules show CAUSE' says so), and to which nothing was delivered since. With the first and the last bounce and
the last reply.

It reads the messages that the database still keeps: what the setting retention_days removed is not looked at.

EXIT STATUS
  0  done
  1  failed
  2  wrong usage`,
		Example: `  bouncelog suppress --since 30d --min-bounces 2
  bouncelog suppress --format plain > stop.txt
  bouncelog suppress --format jsonl | jq -r .address`,
		Args: noFiles,
		RunE: func(*cobra.Command, []string) error { return runSuppress(g, o) },
	}
	f := c.Flags()
	f.StringVar(&o.format, "format", "csv", "the `FORMAT`: csv, jsonl (one object a line), plain (one address a line)")
	f.StringVar(&o.since, "since", "", "only bounces from this `TIME` on: a date, a time, or an age such as 30d (default: all that is kept)")
	f.IntVar(&o.minBounces, "min-bounces", 1, "only addresses that bounced at least `N` times")
	completeWords(c, "format", suppressFormats)
	return c
}

func runSuppress(g *globals, o *suppressOptions) error {
	if err := oneOf("format", o.format, suppressFormats...); err != nil {
		return err
	}
	if o.minBounces < 1 {
		return usageError{fmt.Errorf("--min-bounces %d: give at least 1", o.minBounces)}
	}
	st, err := g.openReader()
	if err != nil {
		return err
	}
	defer st.Close()
	if _, err := g.readSettings(); err != nil {
		return err
	}
	var since time.Time
	if o.since != "" {
		if since, _, err = when(o.since, o.now(), st.Zone()); err != nil {
			return usageError{fmt.Errorf("--since: %w", err)}
		}
	}
	found, err := st.Suppressions(since, o.minBounces)
	if err != nil {
		return err
	}
	list := make([]report.Suppression, len(found))
	for i, s := range found {
		list[i] = suppression(s)
	}
	if g.redact {
		r, err := g.redactorOf(st)
		if err != nil {
			return err
		}
		list = r.Model(&report.Model{Suppress: list}).Suppress
	}
	return report.Suppress(g.out, list, o.format, st.Zone())
}
