package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"bouncelog/tail"
)

// tailOptions are the flags of tail.
type tailOptions struct {
	format  string
	only    []string
	causes  []string
	domains []string
	senders []string
	quiet   bool
	journal bool
	poll    bool
	grace   time.Duration
	onSpike string
}

func newTailCommand(g *globals) *cobra.Command {
	var o tailOptions
	c := &cobra.Command{
		Use:   "tail [FILE...]",
		Short: "Follow logs live, print each failure, store everything",
		Long: `Follows logs live: prints each failed delivery within a second, and stores everything exactly once, whatever happens to the
file (rotation of any kind, truncation), the disk (full) or the process (kill -9, power loss). What was missed while it was not running is
read first, from rotated and compressed files too. Names may hold Exim's %D and %M; - is standard input, --journal the systemd journal.

Without FILE it follows /var/log/maillog, else /var/log/mail.log, else Exim's main log.

SIGTERM commits and stops, SIGHUP reads rules and configuration again.

EXIT STATUS
  0  stopped by a signal, or standard input ended
  1  failed
  2  wrong usage`,
		Example: `  bouncelog tail
  bouncelog tail --only hard,block /var/log/mail.log
  bouncelog tail --journal postfix
  bouncelog tail --format jsonl '/var/log/exim4/mainlog-%D' | jq .cause`,
		RunE: func(c *cobra.Command, names []string) error {
			if err := oneOf("format", o.format, "text", "jsonl"); err != nil {
				return err
			}
			for _, category := range o.only {
				if err := oneOf("only", category, "hard", "soft", "block", "content"); err != nil {
					return err
				}
			}
			return runTail(c.Context(), g, o, names)
		},
	}
	f := c.Flags()
	f.StringVar(&o.format, "format", "text", "output format: text, jsonl")
	f.StringSliceVar(&o.only, "only", nil, "print only these `CATEGORIES`: hard, soft, block, content")
	f.StringSliceVar(&o.causes, "cause", nil, "print only these `CAUSES`")
	f.StringSliceVar(&o.domains, "domain", nil, "print only recipients of these `DOMAINS`")
	f.StringSliceVar(&o.senders, "sender", nil, "print only mail of these `SENDERS` (addresses or domains)")
	f.BoolVarP(&o.quiet, "quiet", "q", false, "print nothing, only store")
	f.BoolVar(&o.journal, "journal", false, "follow the systemd journal: of the units that are named, else of the mail facility")
	f.BoolVar(&o.poll, "poll", false, "look at files four times a second, for file systems that do not tell of changes (NFS)")
	f.DurationVar(&o.grace, "grace", time.Minute, "how long a rotated file is read on after it was last written to")
	f.StringVar(&o.onSpike, "on-spike", "", "run a `COMMAND` when a cause rises far above its usual rate and when it falls again, with JSON on its standard input")
	return c
}

// sources are what a run of tail follows.
type sources struct {
	files   []string
	stdin   bool
	journal *tail.Journal
}

// defaultLogs are followed where none is named: the first one there is.
var defaultLogs = []string{
	"/var/log/maillog", "/var/log/mail.log", // Red Hat, Debian
	"/var/log/exim4/mainlog", "/var/log/exim/mainlog", "/var/log/exim/main.log", "/var/log/exim_mainlog", "/var/spool/exim/log/mainlog",
}

func findSources(o tailOptions, names []string) (*sources, error) {
	s := &sources{}
	if o.journal {
		s.journal = &tail.Journal{}
	}
	for _, name := range names {
		switch {
		case name == "-":
			s.stdin = true
		case o.journal && !strings.Contains(name, "/"):
			s.journal.Units = append(s.journal.Units, name)
		default:
			s.files = append(s.files, name)
		}
	}
	if len(names) == 0 && !o.journal {
		found := firstExisting(defaultLogs...)
		if found == "" {
			return nil, fmt.Errorf("no mail log was found (%s): name one, or use --journal", strings.Join(defaultLogs[:3], ", "))
		}
		s.files = []string{found}
	}
	return s, s.once()
}

// once leaves out files that are named twice, and refuses directories.
func (s *sources) once() error {
	var seen []os.FileInfo
	var names []string
	for _, name := range s.files {
		info, err := os.Stat(name)
		switch {
		case err == nil && info.IsDir():
			return fmt.Errorf("%s is a directory: name the log files in it", name)
		case err == nil && slices.ContainsFunc(seen, func(o os.FileInfo) bool { return os.SameFile(o, info) }):
			continue
		case err == nil:
			seen = append(seen, info)
		case errors.Is(err, fs.ErrNotExist) && slices.Contains(names, filepath.Clean(name)):
			continue
		}
		names = append(names, filepath.Clean(name))
	}
	s.files = names
	return nil
}

// start follows all sources until ctx ends, and returns how many can end by themselves and how many there are.
func (s *sources) start(ctx context.Context, g *globals, o tailOptions, out chan<- *tail.Event) {
	for _, name := range s.files {
		go tail.NewFollower(name, tail.Options{Grace: o.grace, Poll: o.poll}).Run(ctx, out)
	}
	if s.journal != nil {
		go s.journal.Run(ctx, out)
	}
	if s.stdin {
		go func() {
			if err := tail.Pipe(ctx, "-", g.in, out); err != nil {
				fmt.Fprintln(g.err, "bouncelog:", err)
			}
		}()
	}
}
