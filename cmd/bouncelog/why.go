package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"bouncelog/ingest"
	"bouncelog/parser"
	"bouncelog/report"
	"bouncelog/store"
)

// whyOptions are the flags of `why`.
type whyOptions struct {
	format       string
	search       store.Search
	since, until string
	noLines      bool
	now          func() time.Time
}

var whyFormats = []string{"table", "text", "json", "html"}

func newWhyCommand(g *globals) *cobra.Command {
	o := &whyOptions{now: time.Now}
	c := &cobra.Command{
		Use:   "why KEY [FILE...]",
		Short: "Tell the story of a message",
		Long: `Tells what became of a message and why. KEY is a queue id, a message-id, a recipient, a sender, a domain, a client's IP
address, an authenticated user or, where the log has it, a subject; * stands for any text. The database answers or, with
files, those logs alone. Without KEY, --from or --to say what is looked for.

The raw lines of the messages are read from the logs, also after these were rotated and compressed beside their old names.

EXIT STATUS
  0  done
  1  failed
  2  wrong usage
  3  nothing found`,
		Example: `  bouncelog why bob@example.com
  bouncelog why 4jXL0S4TZ8z1X01w /var/log/maillog
  bouncelog why '*@example.com' --since 7d --outcome bounced
  bouncelog why --from newsletter@ --to @example.com --since yesterday
  bouncelog why bob@example.com --format text --redact > ticket.txt
  bouncelog why 192.0.2.7 --format json`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) > 0 || o.parts() {
				return nil
			}
			return usageError{errors.New("why: name a queue id, an address, a domain or another key, or give --from or --to")}
		},
		RunE: func(c *cobra.Command, args []string) error {
			if err := oneOf("format", o.format, whyFormats...); err != nil {
				return err
			}
			if o.search.Outcome != "" {
				if _, ok := parser.ParseOutcome(o.search.Outcome); !ok {
					return usageError{fmt.Errorf("--outcome %q: give one of %v", o.search.Outcome, outcomes())}
				}
			}
			if o.search.Limit < 1 {
				return usageError{fmt.Errorf("--limit %d: give at least 1", o.search.Limit)}
			}
			names := args
			if len(args) > 0 && !(o.parts() && isLog(args[0])) {
				o.search.Key, names = args[0], args[1:]
			}
			if strings.Trim(o.search.Key, "*<> \t\r\n") == "" && strings.TrimSpace(o.search.Key) != "<>" { // the null sender is a key
				if !o.parts() {
					return usageError{fmt.Errorf("why: %q is about everything: name a queue id, an address, a domain or another key, or give --from or --to", brief(o.search.Key))}
				}
				o.search.Key = ""
			}
			return runWhy(c.Context(), g, o, names)
		},
	}
	f := c.Flags()
	f.StringVar(&o.format, "format", "table", "the `FORMAT`: table, text (for a ticket), json, html")
	f.StringVar(&o.search.From, "from", "", "only from this `SENDER` (or a part of it)")
	f.StringVar(&o.search.To, "to", "", "only to this `RECIPIENT` (or a part of it)")
	f.StringVar(&o.since, "since", "", "only messages from this `TIME` on")
	f.StringVar(&o.until, "until", "", "only messages up to this `TIME`")
	f.StringVar(&o.search.Outcome, "outcome", "", "only messages with a recipient of this `OUTCOME`")
	f.IntVar(&o.search.Limit, "limit", 20, "at most `N` messages, the newest")
	f.BoolVar(&o.noLines, "no-lines", false, "without the raw log lines")
	completeWords(c, "format", whyFormats)
	completeWords(c, "outcome", outcomes())
	return c
}

// parts reports whether --from or --to say what is looked for; then KEY may be left out, and the first argument may be a log.
func (o *whyOptions) parts() bool { return o.search.From != "" || o.search.To != "" }

func isLog(name string) bool {
	if name == "-" {
		return true
	}
	info, err := os.Stat(name)
	return err == nil && info.Mode().IsRegular()
}

func runWhy(ctx context.Context, g *globals, o *whyOptions, names []string) error {
	var a answer
	var err error
	if len(names) > 0 {
		a, err = whyFiles(ctx, g, o, names)
	} else {
		a, err = whyStore(g, o)
	}
	if err != nil && len(a.matches) == 0 {
		return err
	}
	if len(a.matches) == 0 {
		if o.format == "json" {
			if err := report.StoryJSON(g.out, report.BuildStories(o.search.Key, nil, nil, a.zone)); err != nil {
				return err
			}
		}
		return fmt.Errorf("%w: no message is about %s", errNothing, o.question())
	}
	rs, rerr := g.rulesNamed(matchIDs(nil, a.matches))
	if rerr != nil {
		return rerr
	}
	adviseMatches(rs, a.matches)
	key := o.search.Key
	if a.redact != nil {
		learnLines(a.redact, a.matches)
		a.matches = a.redact.Matches(a.matches)
		key = a.redact.Text(key)
	}
	if werr := o.write(g, report.BuildStories(key, a.matches, adviser{rs}, a.zone)); werr != nil {
		return errors.Join(err, werr)
	}
	if a.more {
		fmt.Fprintf(g.err, "There are more than %d: narrow by --since, --until, --from, --to or --outcome, or raise --limit.\n", o.search.Limit)
	}
	return err
}

// answer is what was found, and how it is to be shown.
type answer struct {
	matches []store.Match
	more    bool // than --limit
	zone    *time.Location
	redact  *report.Redactor // nil: as it is
}

// question is what was asked, for people.
func (o *whyOptions) question() string {
	var parts []string
	for _, p := range []struct{ name, value string }{{"", o.search.Key}, {"from ", o.search.From}, {"to ", o.search.To}, {"outcome ", o.search.Outcome}, {"since ", o.since}, {"until ", o.until}} {
		if p.value != "" {
			parts = append(parts, p.name+strconv.Quote(brief(p.value)))
		}
	}
	return strings.Join(parts, ", ")
}

// brief is what was asked for as far as it fits into a message: what is pasted by mistake may be long.
func brief(s string) string {
	const most = 100
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}

func (o *whyOptions) write(g *globals, s *report.Stories) error {
	switch o.format {
	case "json":
		return report.StoryJSON(g.out, s)
	case "html":
		return report.StoryHTML(g.out, s)
	case "text":
		return report.StoryText(g.out, s, report.TerminalOptions{Width: 78})
	}
	return report.StoryText(g.out, s, report.TerminalOptions{Width: width(g.out), Color: g.colors(g.out)})
}

// times reads --since and --until in the zone of the reports.
func (o *whyOptions) times(zone *time.Location) error {
	var err error
	if o.since != "" {
		if o.search.Since, _, err = when(o.since, o.now(), zone); err != nil {
			return usageError{fmt.Errorf("--since: %w", err)}
		}
	}
	if o.until != "" {
		t, day, err := when(o.until, o.now(), zone)
		if err != nil {
			return usageError{fmt.Errorf("--until: %w", err)}
		}
		if day {
			t = t.AddDate(0, 0, 1)
		}
		o.search.Until = t
	}
	return nil
}

func whyStore(g *globals, o *whyOptions) (a answer, err error) {
	st, err := g.openReader()
	if err != nil {
		return a, err
	}
	defer st.Close()
	a.zone = st.Zone()
	if err := o.times(a.zone); err != nil {
		return a, err
	}
	redacted, err := st.Redacted()
	if err != nil {
		return a, err
	}
	if g.redact || redacted { // the logs from which raw lines are read know no pseudonyms
		if a.redact, err = g.redactorOf(st); err != nil {
			return a, err
		}
	}
	if a.matches, a.more, err = st.Matches(o.search); err != nil {
		return a, err
	}
	if len(a.matches) == 0 && redacted {
		if a.matches, a.more, err = st.Matches(pseudonyms(a.redact, o.search)); err != nil {
			return a, err
		}
	}
	if o.noLines {
		return a, nil
	}
	logs, err := st.Logs()
	if err != nil {
		return a, err
	}
	rawLines(logs, a.matches)
	return a, nil
}

// rawLines reads the lines of messages and of those of their stories.
func rawLines(logs []*store.LogState, matches []store.Match) {
	for i := range matches {
		matches[i].Lines = ingest.RawLines(logs, matches[i].Message)
		rawLines(logs, matches[i].Related)
	}
}

// pseudonyms asks for what a database of pseudonyms holds: whole addresses and names; parts of them cannot be found in it.
func pseudonyms(r *report.Redactor, s store.Search) store.Search {
	replace := func(p *string) {
		bare := strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(*p), "<"), ">")
		if local, _, at := strings.Cut(bare, "@"); !strings.Contains(local, "*") && (at || !strings.Contains(bare, ".")) {
			*p = r.Address(bare)
		}
	}
	replace(&s.Key)
	replace(&s.From)
	replace(&s.To)
	return s
}
