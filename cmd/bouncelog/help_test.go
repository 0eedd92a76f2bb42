package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// everyCommand calls f with every command that people see.
func everyCommand(t *testing.T, f func(t *testing.T, c *cobra.Command)) {
	root := newRootCommand(&globals{in: strings.NewReader(""), out: &bytes.Buffer{}, err: &bytes.Buffer{}})
	root.InitDefaultHelpFlag()
	var walk func(c *cobra.Command)
	walk = func(c *cobra.Command) {
		t.Run(c.CommandPath(), func(t *testing.T) { f(t, c) })
		for _, sub := range c.Commands() {
			if !sub.Hidden && sub.Name() != "help" {
				walk(sub)
			}
		}
	}
	walk(root)
}

func TestHelp(t *testing.T) {
	n := 0
	everyCommand(t, func(t *testing.T, c *cobra.Command) {
		n++
		for _, line := range strings.Split(c.Long+"\n"+c.Example, "\n") {
			if strings.Contains(line, "\t") || strings.TrimRight(line, " ") != line {
				t.Errorf("tabs or blanks at the end of %q", line)
			}
		}
		_, status, ok := strings.Cut(c.Long, "\nEXIT STATUS\n")
		if !ok || !strings.HasPrefix(status, "  0  ") || !strings.Contains(status, "\n  1  ") || !strings.Contains(status, "\n  2  ") {
			t.Errorf("no EXIT STATUS section at the end of the long help:\n%s", c.Long)
		}
		if !strings.Contains(c.Example, "  bouncelog") {
			t.Errorf("no examples: %q", c.Example)
		}
		if c.Short == "" || strings.HasSuffix(c.Short, ".") {
			t.Errorf("short help %q", c.Short)
		}
		if prefix := c.Parent(); c.SilenceErrors && prefix != nil {
			t.Error("a command of its own way with errors")
		}
		c.Flags().VisitAll(func(f *pflag.Flag) {
			if f.Usage == "" {
				t.Errorf("--%s is not explained", f.Name)
			}
		})
		help := runOK(t, "", append(strings.Fields(c.CommandPath())[1:], "--help")...)
		for _, want := range []string{"EXIT STATUS", "Examples:", "--help", "--no-color", "--db"} {
			if !strings.Contains(help, want) {
				t.Errorf("--help does not show %s", want)
			}
		}
	})
	if n < 14 {
		t.Errorf("%d commands", n)
	}
}

// TestInterface holds the names that scripts depend on.
func TestInterface(t *testing.T) {
	root := newRootCommand(&globals{in: strings.NewReader(""), out: &bytes.Buffer{}, err: &bytes.Buffer{}})
	for command, flags := range map[string][]string{
		"":            {"db", "config", "mta", "year", "timezone", "no-color", "redact", "rules", "verbose"},
		"ingest":      {"format"},
		"tail":        {"format"},
		"report":      {"day", "since", "until", "host", "domain", "sender", "provider", "category", "cause", "outcome", "top", "by", "compare", "format", "section", "fail-over", "if-bounces", "if-rate", "mail-to"},
		"why":         {"from", "to", "since", "until", "outcome", "limit", "format"},
		"events":      {"format"},
		"explain":     {"format"},
		"suppress":    {"since", "min-bounces", "format"},
		"rules list":  {"provider", "cause"},
		"rules show":  nil,
		"rules lint":  nil,
		"rules test":  nil,
		"rules apply": {"since"},
		"completion":  nil,
	} {
		c, _, err := root.Find(strings.Fields(command))
		if err != nil || command != "" && c == root {
			t.Errorf("no command %q: %v", command, err)
			continue
		}
		for _, f := range flags {
			if c.Flags().Lookup(f) == nil && c.PersistentFlags().Lookup(f) == nil {
				t.Errorf("%s has no --%s", command, f)
			}
		}
	}
}
