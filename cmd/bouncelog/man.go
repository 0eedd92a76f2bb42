package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// newManCommand writes the manual pages, from the same texts as --help. It is for `make man`, and hidden.
func newManCommand() *cobra.Command {
	return &cobra.Command{
		Use:    "man DIRECTORY",
		Short:  "Write the manual pages",
		Hidden: true,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usageError{fmt.Errorf("man: name the directory to write to")}
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			if err := os.MkdirAll(args[0], 0o777); err != nil {
				return fmt.Errorf("make the directory of the manual pages: %w", err)
			}
			return writeMan(c.Root(), args[0])
		},
	}
}

// writeMan writes the page of a command and those of the commands below it.
func writeMan(c *cobra.Command, dir string) error {
	path := filepath.Join(dir, manName(c)+".1")
	if err := os.WriteFile(path, manPage(c), 0o666); err != nil {
		return fmt.Errorf("write a manual page: %w", err)
	}
	for _, sub := range c.Commands() {
		if !sub.Hidden && sub.Name() != "help" {
			if err := writeMan(sub, dir); err != nil {
				return err
			}
		}
	}
	return nil
}

func manName(c *cobra.Command) string { return strings.ReplaceAll(c.CommandPath(), " ", "-") }

// manPage is a page in the man(7) macros.
func manPage(c *cobra.Command) []byte {
	p := roff{}
	fmt.Fprintf(&p.b, ".TH %s 1 \"\" bouncelog \"bouncelog manual\"\n", strings.ToUpper(p.escape(manName(c))))
	p.section("NAME")
	p.text(manName(c) + " - " + c.Short)
	p.section("SYNOPSIS")
	p.line(".B " + p.escape(c.UseLine()))
	long, status, _ := strings.Cut(c.Long, "\n\nEXIT STATUS\n")
	p.section("DESCRIPTION")
	p.text(long)
	if subs := c.Commands(); len(subs) > 0 {
		p.section("COMMANDS")
		for _, s := range subs {
			if !s.Hidden && s.Name() != "help" {
				p.item(manName(s)+"(1)", s.Short)
			}
		}
	}
	p.flags("OPTIONS", c.NonInheritedFlags())
	p.flags("OPTIONS OF ALL COMMANDS", c.InheritedFlags())
	p.section("EXIT STATUS")
	for line := range strings.Lines(status) {
		code, meaning, _ := strings.Cut(strings.TrimSpace(line), "  ")
		p.item(code, meaning)
	}
	p.section("ENVIRONMENT")
	p.item("BOUNCELOG_DB", "the database, where --db does not name it")
	p.item("NO_COLOR", "if set, no colour")
	p.section("EXAMPLES")
	p.line(".nf")
	for line := range strings.Lines(c.Example) {
		p.line(p.escape(strings.TrimPrefix(strings.TrimRight(line, "\n"), "  ")))
	}
	p.line(".fi")
	p.section("SEE ALSO")
	var also []string
	if parent := c.Parent(); parent != nil {
		also = append(also, manName(parent)+"(1)")
		for _, s := range parent.Commands() {
			if s != c && !s.Hidden && s.Name() != "help" {
				also = append(also, manName(s)+"(1)")
			}
		}
	}
	also = append(also, "postfix(1)", "exim(8)", "sendmail(8)")
	p.text(strings.Join(also, ", "))
	return p.b.Bytes()
}

// roff writes man(7) macros.
type roff struct{ b bytes.Buffer }

// escape makes text stand for itself: a backslash, a hyphen that is to be copied, a dot or quote at the beginning of a line.
func (p *roff) escape(s string) string {
	s = strings.NewReplacer(`\`, `\e`, "-", `\-`).Replace(s)
	if strings.HasPrefix(s, ".") || strings.HasPrefix(s, "'") {
		s = `\&` + s
	}
	return s
}

func (p *roff) line(s string) { p.b.WriteString(s + "\n") }

func (p *roff) section(name string) { p.line(".SH " + name) }

// text writes paragraphs; lines that are set in stay lines of their own.
func (p *roff) text(s string) {
	for line := range strings.Lines(s) {
		line = strings.TrimRight(line, "\n")
		switch {
		case line == "":
			p.line(".PP")
		case strings.HasPrefix(line, "  "):
			p.line(".br")
			p.line(p.escape(line))
		default:
			p.line(p.escape(line))
		}
	}
}

func (p *roff) item(name, text string) {
	p.line(".TP")
	p.line(".B " + p.escape(name))
	p.line(p.escape(text))
}

func (p *roff) flags(title string, f *pflag.FlagSet) {
	if !f.HasAvailableFlags() {
		return
	}
	p.section(title)
	f.VisitAll(func(f *pflag.Flag) {
		if f.Hidden {
			return
		}
		value, usage := pflag.UnquoteUsage(f)
		name := "--" + f.Name
		if f.Shorthand != "" {
			name = "-" + f.Shorthand + ", " + name
		}
		if value != "" {
			name += " " + value
		}
		if f.DefValue != "" && f.DefValue != "false" && f.DefValue != "0" && f.DefValue != "[]" {
			usage += " (default " + f.DefValue + ")"
		}
		p.item(name, usage)
	})
}
