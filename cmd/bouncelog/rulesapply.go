package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"bouncelog/classify"
	"bouncelog/ingest"
	"bouncelog/report"
)

func newRulesApplyCommand(g *globals) *cobra.Command {
	var since string
	c := &cobra.Command{
		Use:   "apply",
		Short: "Classifies what is stored again, by the present rules",
		Long: `Classifies every failure in the database again, by the present rules and those of --rules, and corrects all figures. Needed after
an update of bouncelog or a change of own rules; a report says so. Logs are not read. It may be interrupted and started again.
What the setting retention_days removed keeps its old verdicts.

EXIT STATUS
  0  done
  1  failed
  2  wrong usage`,
		Example: `  bouncelog rules apply
  bouncelog rules apply --since 7d --rules my-rules.toml`,
		Args: noFiles,
		RunE: func(c *cobra.Command, _ []string) error { return runRulesApply(c.Context(), g, since, time.Now()) },
	}
	c.Flags().StringVar(&since, "since", "", "only messages that were in the log at this `TIME` or later (a date, a time, an age)")
	return c
}

func runRulesApply(ctx context.Context, g *globals, since string, now time.Time) (err error) {
	cls, err := g.classifier()
	if err != nil {
		return err
	}
	reader, err := g.openReader() // a database that is not there is not made
	if err != nil {
		return err
	}
	var from time.Time
	if since != "" {
		if from, _, err = when(since, now, reader.Zone()); err != nil {
			err = usageError{fmt.Errorf("--since: %w", err)}
		}
	}
	if err := errors.Join(err, reader.Close()); err != nil {
		return err
	}
	st, err := g.openStore()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	var progress func(done, all int64)
	if isTerminal(g.err) {
		progress = func(done, all int64) { fmt.Fprintf(g.err, "\r%d %%", done*100/max(all, 1)) }
		defer fmt.Fprintln(g.err)
	}
	done, err := st.ReclassifySince(ctx, from, ingest.NewJudge(cls), cls.Provider, rulesVersion(cls), progress)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(g.out, "%s and %s looked at; %s changed\n", report.Plural(done.Messages, "message"), report.Plural(done.Attempts, "failure"), report.Plural(done.Changed, "verdict"))
	return err
}

// rulesVersion names the rules by which a classifier judges.
func rulesVersion(c *classify.Classifier) string { return c.Rules().Version }
