package main

import (
	"cmp"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"bouncelog/classify"
	"bouncelog/ingest"
	"bouncelog/parser"
	"bouncelog/parser/all"
	"bouncelog/rules"
)

// atLeast requires n arguments, what they are being said in the error.
func atLeast(n int, what string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) < n {
			return usageError{fmt.Errorf("%s: name %s", c.Name(), what)}
		}
		return nil
	}
}

// noFiles refuses arguments.
func noFiles(c *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usageError{fmt.Errorf("%s takes no arguments, but got %q", c.Name(), args[0])}
	}
	return nil
}

// classifier is made of the users' rules and ours, once.
func (g *globals) classifier() (*classify.Classifier, error) {
	if g.judge != nil {
		return g.judge, nil
	}
	files, err := g.ruleFiles()
	if err != nil {
		return nil, err
	}
	rs, err := rules.Load(files...)
	if err != nil {
		return nil, err
	}
	g.judge, err = classify.New(rs)
	return g.judge, err
}

// streamOptions say how logs are read: by --mta, --year and --timezone.
func (g *globals) streamOptions() (parser.Options, error) {
	if _, err := g.readSettings(); err != nil {
		return parser.Options{}, err
	}
	parsers := all.Parsers()
	names := []string{"auto"}
	for _, p := range parsers {
		names = append(names, p.MTA())
	}
	if err := oneOf("mta", g.mta, names...); err != nil {
		return parser.Options{}, err
	}
	if g.year != 0 && (g.year < 1970 || g.year > 2200) {
		return parser.Options{}, usageError{fmt.Errorf("--year %d: give a year from 1970 to 2200", g.year)}
	}
	zone, err := g.zone()
	if err != nil {
		return parser.Options{}, err
	}
	return parser.Options{Parsers: parsers, MTA: g.mta, Year: g.year, Timezone: zone}, nil
}

// conveyorOptions are those of a run without a store.
func (g *globals) conveyorOptions() (ingest.Options, error) {
	c, err := g.classifier()
	if err != nil {
		return ingest.Options{}, err
	}
	so, err := g.streamOptions()
	if err != nil {
		return ingest.Options{}, err
	}
	s, err := g.readSettings()
	if err != nil {
		return ingest.Options{}, err
	}
	zone, err := s.zone()
	if err != nil {
		return ingest.Options{}, err
	}
	if zone == nil {
		zone = cmp.Or(so.Timezone, time.Local)
	}
	return ingest.Options{Stream: so, Classifier: c, Zone: zone, Stdin: g.in}, nil
}

// noteUnread tells, with -v, the first of each shape of line that a mail server wrote and no parser knows.
func (g *globals) noteUnread(c *ingest.Conveyor) {
	if !g.verbose {
		return
	}
	for _, s := range c.Unrecognized() {
		fmt.Fprintf(g.err, "unrecognized: %s\n", s)
	}
}
