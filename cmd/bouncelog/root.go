package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
	_ "time/tzdata" // --timezone works on machines without the zone files

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"bouncelog/classify"
)

// globals are the flags and streams that every command has.
type globals struct {
	in       io.Reader
	out, err io.Writer
	now      func() time.Time // nil: time.Now; tests stop it

	db       string
	config   string
	mta      string
	year     int
	timezone string
	rules    []string
	noColor  bool
	verbose  bool
	redact   bool

	settings *settings            // of the configuration file, once read
	judge    *classify.Classifier // of all rules, once made
}

// clock is what commands ask for the time.
func (g *globals) clock() func() time.Time {
	if g.now != nil {
		return g.now
	}
	return time.Now
}

func newRootCommand(g *globals) *cobra.Command {
	c := &cobra.Command{
		Use:   "bouncelog",
		Short: "Tells why mail failed, from the logs of Postfix, Exim and Sendmail",
		Long: `bouncelog reads the logs of Postfix, Exim and Sendmail, follows every message through them, says of each
delivery that failed whether it is a hard, soft, block or content bounce and what probably caused it, and keeps
it all in one SQLite file.

EXIT STATUS
  0  done
  1  failed
  2  wrong usage
  3  nothing found (why)
  4  a threshold is exceeded (report --fail-over)`,
		Example: `  bouncelog ingest /var/log/maillog*
  bouncelog report --day yesterday
  bouncelog why bob@example.com
  bouncelog tail`,
		Args:          noCommand,
		RunE:          func(c *cobra.Command, _ []string) error { return c.Help() },
		SilenceErrors: true,
		SilenceUsage:  true,
		Version:       version(),
	}
	c.SetIn(g.in)
	c.SetOut(g.out)
	c.SetErr(g.err)
	c.DisableAutoGenTag = true
	c.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	f := c.PersistentFlags()
	f.StringVar(&g.db, "db", "", "the database `FILE` (default: $BOUNCELOG_DB, the configuration's, /var/lib/bouncelog/bouncelog.db, or under ~/.local/state)")
	f.StringVar(&g.config, "config", "", "the configuration `FILE` (TOML; default /etc/bouncelog.toml or ~/.config/bouncelog.toml)")
	f.StringVar(&g.mta, "mta", "auto", "the mail server (`MTA`) that wrote the log: auto, postfix, exim, sendmail, opensmtpd")
	f.IntVar(&g.year, "year", 0, "the year (`YYYY`) of the log's first stamp, where stamps have none (default: found out)")
	f.StringVar(&g.timezone, "timezone", "", "the time zone `NAME` of the log's stamps, where they have none, such as Europe/Berlin (default: found out)")
	f.StringArrayVar(&g.rules, "rules", nil, "a `FILE` of own rules, read before the built-in ones (repeatable)")
	f.BoolVar(&g.noColor, "no-color", false, "no colour (also: NO_COLOR; never when the output is no terminal)")
	f.BoolVarP(&g.verbose, "verbose", "v", false, "say more")
	f.BoolVar(&g.redact, "redact", false, "replace the local parts of addresses by pseudonyms")
	tail := newTailCommand(g)
	g.completeTail(tail)
	c.AddCommand(newIngestCommand(g), tail, newReportCommand(g), newWhyCommand(g), newEventsCommand(g), newExplainCommand(g), newRulesCommand(g), newSuppressCommand(g), newCompletionCommand(g), newManCommand())
	return c
}

// noCommand refuses what is no command of ours, with those that were perhaps meant.
func noCommand(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	c.SuggestionsMinimumDistance = 2
	text := fmt.Sprintf("%q is no command of %s", args[0], c.CommandPath())
	if meant := c.SuggestionsFor(args[0]); len(meant) > 0 {
		text += ": did you mean " + strings.Join(meant, " or ") + "?"
	}
	return usageError{errors.New(text)}
}

// colors reports whether w is a terminal that may be coloured.
func (g *globals) colors(w io.Writer) bool {
	return !g.noColor && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" && isTerminal(w)
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// width is the terminal's width, or 100 columns for what is no terminal.
func width(w io.Writer) int {
	if f, ok := w.(*os.File); ok {
		if n, _, err := term.GetSize(int(f.Fd())); err == nil && n > 20 {
			return n
		}
	}
	return 100
}

// zone is the zone of --timezone, nil where it is not given.
func (g *globals) zone() (*time.Location, error) {
	if g.timezone == "" {
		return nil, nil
	}
	z, err := time.LoadLocation(g.timezone)
	if err != nil {
		return nil, usageError{fmt.Errorf("--timezone %q is no time zone: give a name such as Europe/Berlin or UTC", g.timezone)}
	}
	return z, nil
}

// oneOf checks the value of a flag that takes one of some words.
func oneOf(flag, value string, words ...string) error {
	for _, w := range words {
		if value == w {
			return nil
		}
	}
	return usageError{fmt.Errorf("--%s %q: give one of %v", flag, value, words)}
}
