package main

import (
	"context"
	"fmt"
	"slices"
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

func newWhyCommand(g *globals) *cobra.Command {
	o := &whyOptions{now: time.Now}
	c := &cobra.Command{
		Use:   "why KEY [FILE...]",
		Short: "Tell the story of a message",
		Long: `Tells what became of a message and why. KEY is a queue id, a message-id, a recipient, a sender, a domain, a client's IP
address, an authenticated user or, where the log has it, a subject; * stands for any text. The database answers or, with
files, those logs alone.

EXIT STATUS
  0  done
  1  failed
  2  wrong usage
  3  nothing found`,
		Example: `  bouncelog why bob@example.com
  bouncelog why 4jXL0S4TZ8z1X01w /var/log/maillog
  bouncelog why '*@example.com' --since 7d --outcome bounced
  bouncelog why 192.0.2.7 --format json`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) > 0 || o.search.From != "" || o.search.To != "" {
				return nil
			}
			return usageError{fmt.Errorf("why: name a queue id, address, domain or other key")}
		},
		RunE: func(c *cobra.Command, args []string) error {
			if err := oneOf("format", o.format, "table", "text", "json", "html"); err != nil {
				return err
			}
			if o.search.Outcome != "" {
				if _, ok := parser.ParseOutcome(o.search.Outcome); !ok {
					return usageError{fmt.Errorf("--outcome %q is no outcome: give delivered, deferred, bounced, expired, rejected, discarded, held, deleted or reinjected", o.search.Outcome)}
				}
			}
			var names []string
			if len(args) > 0 {
				o.search.Key, names = args[0], args[1:]
			}
			return runWhy(c.Context(), g, o, names)
		},
	}
	f := c.Flags()
	f.StringVar(&o.format, "format", "table", "table, text (for a ticket), json, html")
	f.StringVar(&o.search.From, "from", "", "only from this sender (or part of it)")
	f.StringVar(&o.search.To, "to", "", "only to this recipient (or part of it)")
	f.StringVar(&o.since, "since", "", "only messages from this `TIME` on")
	f.StringVar(&o.until, "until", "", "only messages up to this `TIME`")
	f.StringVar(&o.search.Outcome, "outcome", "", "only messages with a recipient of this outcome")
	f.IntVar(&o.search.Limit, "limit", 20, "at most this many messages, the newest")
	f.BoolVar(&o.noLines, "no-lines", false, "without the raw log lines")
	return c
}

func runWhy(ctx context.Context, g *globals, o *whyOptions, names []string) error {
	c, err := g.classifier()
	if err != nil {
		return err
	}
	var matches []store.Match
	var more bool
	var zone *time.Location
	var failed error
	if len(names) > 0 {
		matches, more, zone, failed = whyFiles(ctx, g, o, names)
	} else {
		matches, more, zone, failed = whyStore(g, o)
	}
	if failed != nil && len(matches) == 0 {
		return failed
	}
	if len(matches) == 0 {
		if o.format == "json" {
			if err := report.StoryJSON(g.out, report.BuildStories(o.search.Key, nil, nil, zone)); err != nil {
				return err
			}
		}
		return fmt.Errorf("%w: no message is about %q", errNothing, o.search.Key)
	}
	s := report.BuildStories(o.search.Key, matches, adviser{c.Rules()}, zone)
	switch o.format {
	case "json":
		err = report.StoryJSON(g.out, s)
	case "html":
		err = report.StoryHTML(g.out, s)
	case "text":
		err = report.StoryText(g.out, s, report.TerminalOptions{Width: 78})
	default:
		err = report.StoryText(g.out, s, report.TerminalOptions{Width: width(g.out), Color: g.colors(g.out)})
	}
	if err != nil {
		return err
	}
	if more {
		fmt.Fprintf(g.err, "There are more than %d: narrow by --since, --until, --from or --to, or raise --limit.\n", o.search.Limit)
	}
	return failed
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

func whyStore(g *globals, o *whyOptions) ([]store.Match, bool, *time.Location, error) {
	st, err := g.openReader()
	if err != nil {
		return nil, false, nil, err
	}
	defer st.Close()
	if err := o.times(st.Zone()); err != nil {
		return nil, false, nil, err
	}
	matches, more, err := st.Matches(o.search)
	if err != nil {
		return nil, false, nil, err
	}
	if !o.noLines {
		logs, err := st.Logs()
		if err != nil {
			return nil, false, nil, err
		}
		for i := range matches {
			matches[i].Lines = ingest.RawLines(logs, matches[i].Message)
		}
	}
	return matches, more, st.Zone(), nil
}

func whyFiles(ctx context.Context, g *globals, o *whyOptions, names []string) ([]store.Match, bool, *time.Location, error) {
	opt, err := g.conveyorOptions()
	if err != nil {
		return nil, false, nil, err
	}
	if err := o.times(opt.Zone); err != nil {
		return nil, false, nil, err
	}
	key := o.search.Key
	if key == "" {
		key = o.search.From + o.search.To
	}
	found, err := ingest.Search(ctx, opt, key, names)
	var matches []store.Match
	direct := 0
	slices.SortStableFunc(found, func(a, b ingest.Found) int { return int((b.Message.First - a.Message.First) / 1e6) })
	for _, f := range found {
		m := store.NewMatch(f.Message)
		if !f.Linked && !o.wants(&m) {
			continue
		}
		if !f.Linked {
			if direct++; o.search.Limit > 0 && direct > o.search.Limit {
				return matches, true, opt.Zone, err
			}
		}
		if !o.noLines {
			m.Lines = f.Lines
		}
		matches = append(matches, m)
	}
	if direct == 0 {
		matches = nil
	}
	return matches, false, opt.Zone, err
}

// wants applies the flags that narrow a search to a message found in a log.
func (o *whyOptions) wants(m *store.Match) bool {
	s := &o.search
	if !s.Since.IsZero() && m.Time.Before(s.Since) || !s.Until.IsZero() && !m.Time.Before(s.Until) {
		return false
	}
	holds := func(text, part string) bool { return strings.Contains(strings.ToLower(text), strings.ToLower(part)) }
	if s.From != "" && (m.Sender == nil || !holds(*m.Sender, s.From)) {
		return false
	}
	if s.To == "" && s.Outcome == "" {
		return true
	}
	return slices.ContainsFunc(m.Recipients, func(r store.MatchRecipient) bool {
		return (s.To == "" || holds(r.Recipient, s.To) || holds(r.Orig, s.To)) && (s.Outcome == "" || r.Outcome == s.Outcome)
	})
}
