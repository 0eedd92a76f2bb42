package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"bouncelog/ingest"
	"bouncelog/report"
)

func newIngestCommand(g *globals) *cobra.Command {
	var format string
	c := &cobra.Command{
		Use:   "ingest FILE...",
		Short: "Read logs into the database",
		Long: `Reads logs into the database: plain or compressed (gzip, bzip2, xz, zstd), or - for standard input. A log is known by its
content, not by its name: of what was read before, under whatever name and however compressed, only what is new is read.

The counts at the end are of this run: a message or recipient counts when it is first met, an outcome when it is read.

With --redact, or the setting redact, the database holds pseudonyms in place of the local parts of addresses, from then on.
With the setting retention_days, messages that are older are removed at the end; their counts stay.

EXIT STATUS
  0  done
  1  a log could not be read (the others were), or the database could not be written
  2  wrong usage`,
		Example: `  bouncelog ingest /var/log/maillog*
  bouncelog ingest --mta exim --timezone Europe/Berlin /var/log/exim4/mainlog
  journalctl -u postfix -o json | bouncelog ingest -`,
		Args: atLeast(1, "a log to read, or - for standard input"),
		RunE: func(c *cobra.Command, names []string) error {
			if err := oneOf("format", format, "table", "json"); err != nil {
				return err
			}
			return runIngest(c.Context(), g, format, names)
		},
	}
	c.Flags().StringVar(&format, "format", "table", "the `FORMAT` of the summary: table, json")
	completeWords(c, "format", []string{"table", "json"})
	return c
}

func runIngest(ctx context.Context, g *globals, format string, names []string) (err error) {
	// Whatever is wrong with flags, settings or rules shows before a database is made.
	opt, err := g.conveyorOptions()
	if err != nil {
		return err
	}
	st, err := g.openStore()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	if err := g.writeTo(st, &opt); err != nil {
		return err
	}
	bar := newProgress(g.err, isTerminal(g.err) && !g.verbose)
	opt.OnFile, opt.OnRead = bar.file, bar.read
	cv, err := ingest.New(opt)
	if err != nil {
		return err
	}
	err = errors.Join(cv.Read(ctx, names), cv.Close())
	bar.done()
	if errors.Is(err, ingest.ErrNotStored) {
		return err // a summary would count what is not kept
	}
	if ctx.Err() == nil {
		removed, perr := st.Prune(ctx, time.Now())
		if removed > 0 {
			fmt.Fprintf(g.err, "Removed %s older than %s, by the setting retention_days.\n", report.Plural(removed, "message"), report.Plural(int64(g.settings.RetentionDays), "day"))
		}
		err = errors.Join(err, perr)
	}
	g.noteUnread(cv)
	s := cv.Summary()
	if format == "json" {
		return errors.Join(json.NewEncoder(g.out).Encode(s), err)
	}
	return errors.Join(writeSummary(g.out, &s), err)
}
