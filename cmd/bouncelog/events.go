package main

import (
	"bufio"
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"bouncelog/ingest"
	"bouncelog/trace"
)

func newEventsCommand(g *globals) *cobra.Command {
	var format string
	c := &cobra.Command{
		Use:   "events FILE...",
		Short: "Print the events of logs as JSON Lines",
		Long: `Prints one JSON object for each attempt to deliver to a recipient, each rejection, expiry, hold and removal, in the
order of the log, with the message's sender, message-id and client. Touches no database.

EXIT STATUS
  0  done
  1  a log could not be read (the others were)
  2  wrong usage`,
		Example: `  bouncelog events /var/log/maillog | jq 'select(.outcome == "bounced")'
  zcat maillog.2.gz | bouncelog events -`,
		Args: atLeast(1, "a log to read, or - for standard input"),
		RunE: func(c *cobra.Command, names []string) error {
			if err := oneOf("format", format, "jsonl"); err != nil {
				return err
			}
			return runEvents(c.Context(), g, names)
		},
	}
	c.Flags().StringVar(&format, "format", "jsonl", "the `FORMAT`: jsonl")
	completeWords(c, "format", []string{"jsonl"})
	return c
}

func runEvents(ctx context.Context, g *globals, names []string) error {
	out := bufio.NewWriterSize(g.out, 256<<10)
	opt, err := g.conveyorOptions()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	redact, err := g.redactor()
	if err != nil {
		return err
	}
	var line []byte
	var failed error
	opt.OnEvent = func(e *trace.Event, l *ingest.Log) {
		if e.Message.Probe { // no mail: who counts events would count it
			return
		}
		line = appendEvent(line[:0], redact.event(e), opt.Zone, l.State.Name, l.State.Ident)
		if _, err := out.Write(line); err != nil && failed == nil {
			failed = fmt.Errorf("write the events: %w", err)
			cancel(failed)
		}
	}
	opt.OnFile = func(name string, _, _ int64) { noteEncoding(g.err, name) }
	cv, err := ingest.New(opt)
	if err != nil {
		return err
	}
	err = cv.Read(ctx, names)
	if failed != nil {
		return failed
	}
	if ferr := out.Flush(); ferr != nil {
		return fmt.Errorf("write the events: %w", ferr)
	}
	g.noteUnread(cv)
	return err
}
