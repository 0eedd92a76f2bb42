package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"bouncelog/classify"
	"bouncelog/report"
	"bouncelog/rules"
)

func newRulesCommand(g *globals) *cobra.Command {
	c := &cobra.Command{
		Use:   "rules",
		Short: "Lists, shows, checks and tests the rules that classify replies",
		Long: `The rules that lead from a reply's wording to its cause. Own rules are read from files named with --rules or
in the configuration, before the built-in ones; docs/classification.md describes their format.

EXIT STATUS
  0  done
  1  failed: a rule is wrong, or an example is decided by another rule
  2  wrong usage`,
		Example: `  bouncelog rules list --provider google
  bouncelog rules show google-dmarc
  bouncelog rules lint my-rules.toml
  bouncelog rules test --rules my-rules.toml`,
		Args: noCommand,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(newRulesListCommand(g), newRulesShowCommand(g), newRulesLintCommand(g), newRulesTestCommand(g), newRulesApplyCommand(g))
	return c
}

const exitStatusRules = `

EXIT STATUS
  0  done
  1  failed
  2  wrong usage`

func newRulesListCommand(g *globals) *cobra.Command {
	var provider, cause, format string
	c := &cobra.Command{
		Use:     "list",
		Short:   "Lists the rules in the order in which they are tried",
		Long:    "Lists the rules, one a line: id, category, cause, provider, where it is written." + exitStatusRules,
		Example: "  bouncelog rules list --provider microsoft\n  bouncelog rules list --cause mailbox-full",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if err := oneOf("format", format, rulesFormats...); err != nil {
				return err
			}
			cls, err := g.classifier()
			if err != nil {
				return err
			}
			rs := cls.Rules()
			if provider != "" && rs.Provider(provider) == nil {
				return usageError{fmt.Errorf("--provider %s: known are %s", provider, strings.Join(providerIDs(rs), ", "))}
			}
			if cause != "" && rs.Cause(cause) == nil {
				return usageError{fmt.Errorf("--cause %s is not known; see docs/classification.md", cause)}
			}
			return g.print(func(w io.Writer) error { return listRules(w, rs, provider, cause, format) })
		},
	}
	addRulesFormat(c, &format)
	c.Flags().StringVar(&provider, "provider", "", "only rules of this provider `ID`")
	c.Flags().StringVar(&cause, "cause", "", "only rules that lead to this `CAUSE`")
	g.completeRules(c, "provider", providerIDs)
	g.completeRules(c, "cause", causeIDs)
	return c
}

func addRulesFormat(c *cobra.Command, format *string) {
	c.Flags().StringVar(format, "format", "table", "the `FORMAT`: table, json")
	completeWords(c, "format", rulesFormats)
}

func listRules(w io.Writer, rs *rules.Rules, provider, cause, format string) error {
	var list []ruleJSON
	for i := range rs.Rules {
		r := &rs.Rules[i]
		if (provider == "" || slices.Contains(r.Provider, provider)) && (cause == "" || r.Cause == cause) {
			list = append(list, ruleToJSON(rs, r, false))
		}
	}
	if format == "json" {
		return writeRulesJSON(w, list)
	}
	for _, r := range list {
		fmt.Fprintf(w, "%-40s %-8s %-24s %-14s %s:%d\n", r.ID, r.Category, r.Cause, strings.Join(r.Provider, ","), r.File, r.Line)
	}
	return nil
}

func newRulesShowCommand(g *globals) *cobra.Command {
	var format string
	c := &cobra.Command{
		Use:     "show RULE",
		Short:   "Shows a rule, a cause or the entry of a code",
		Long:    "Shows all of a rule: its conditions, examples and advice. RULE may also be a cause (mailbox-full) or the\nid of a code's entry (code-5.1.1)." + exitStatusRules,
		Example: "  bouncelog rules show google-dmarc\n  bouncelog rules show mailbox-full\n  bouncelog rules show code-5.7.26",
		Args:    atLeast(1, "the rule to show"),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return g.ruleNames()
		},
		RunE: func(_ *cobra.Command, args []string) error {
			if err := oneOf("format", format, rulesFormats...); err != nil {
				return err
			}
			cls, err := g.classifier()
			if err != nil {
				return err
			}
			return g.print(func(w io.Writer) error { return showRules(w, cls, args, format) })
		},
	}
	addRulesFormat(c, &format)
	return c
}

func showRules(w io.Writer, cls *classify.Classifier, ids []string, format string) error {
	if format == "json" {
		var list []ruleJSON
		for _, id := range ids {
			j, err := namedToJSON(cls.Rules(), id)
			if err != nil {
				return err
			}
			list = append(list, j)
		}
		return writeRulesJSON(w, list)
	}
	for i, id := range ids {
		if i > 0 {
			fmt.Fprintln(w)
		}
		if err := showRule(w, cls, id); err != nil {
			return err
		}
	}
	return nil
}

func showRule(w io.Writer, cls *classify.Classifier, id string) error {
	rs := cls.Rules()
	if r := rs.Rule(id); r != nil {
		writeRule(w, cls, r)
		return nil
	}
	if c := rs.Cause(id); c != nil {
		fmt.Fprintf(w, "%s (%s)\n\n", c.ID, c.Category)
		writeWrapped(w, "  ", "", c.Meaning)
		if c.Who != "" {
			writeWrapped(w, "  ", "Who must act: ", c.Who)
		}
		if c.Retry != "" {
			writeWrapped(w, "  ", "Retry: ", c.Retry)
		}
		writeSteps(w, "What to do:", c.Advice)
		writeSteps(w, "See:", c.Links)
		return nil
	}
	if c := rs.CodeByID(id); c != nil {
		writeCode(w, rs, c.Code, cls.Classify(classify.Reply{Text: c.Code}))
		return nil
	}
	return notARule(id)
}

// writeRule writes a rule much as it stands in its file.
func writeRule(w io.Writer, cls *classify.Classifier, r *rules.Rule) {
	fmt.Fprintf(w, "%s (%s:%d)\n\n", r.ID, r.File, r.Line)
	category := ""
	if c := cls.Rules().Cause(r.Cause); c != nil {
		category = c.Category
	}
	fmt.Fprintf(w, "  cause      %s (%s)\n  layer      %s, priority %d\n", r.Cause, category, r.Layer, r.Priority)
	for _, part := range []struct {
		name string
		list []string
	}{
		{"provider", r.Provider}, {"any", r.Any}, {"also", r.Also}, {"all", r.All}, {"none", r.None}, {"pattern", r.Pattern}, {"codes", r.Codes},
		{"lists", r.Lists}, {"example", r.Example}, {"advice", r.Advice}, {"links", r.Links},
	} {
		for i, s := range part.list {
			name := part.name
			if i > 0 {
				name = ""
			}
			if part.name == "any" || part.name == "also" || part.name == "all" || part.name == "none" {
				s = strconv.Quote(s)
			}
			fmt.Fprintf(w, "  %-10s %s\n", name, s)
		}
	}
	if r.Blocklist != "" {
		fmt.Fprintf(w, "  %-10s %s\n", "blocklist", r.Blocklist)
	}
}

func newRulesLintCommand(g *globals) *cobra.Command {
	return &cobra.Command{
		Use:     "lint FILE...",
		Short:   "Checks files of own rules",
		Long:    "Checks rule files: unknown keys, ids, causes, patterns, and that each example is decided by its own rule. Each\nmistake is named with file and line." + exitStatusRules,
		Example: "  bouncelog rules lint my-rules.toml",
		Args:    atLeast(1, "the files to check"),
		RunE: func(_ *cobra.Command, args []string) error {
			return g.print(func(w io.Writer) error {
				found := 0
				for _, path := range args {
					problems := lintFile(path)
					for _, p := range problems {
						fmt.Fprintln(w, p.Error())
					}
					found += len(problems)
				}
				if found > 0 {
					return fmt.Errorf("%s in rule files", report.Plural(int64(found), "mistake"))
				}
				return nil
			})
		},
	}
}

// lintFile checks one file, its examples too if nothing else is wrong.
func lintFile(path string) []rules.Problem {
	rs, problems := rules.LintFile(path)
	if len(problems) > 0 {
		return problems
	}
	cls, err := classify.New(rs)
	if err != nil {
		return []rules.Problem{{File: path, What: err.Error()}}
	}
	return slices.DeleteFunc(cls.Check(), func(p rules.Problem) bool { return p.File != path })
}

func newRulesTestCommand(g *globals) *cobra.Command {
	return &cobra.Command{
		Use:     "test",
		Short:   "Classifies every rule's examples",
		Long:    "Classifies the examples of all rules, own and built-in, and names those that another rule decides." + exitStatusRules,
		Example: "  bouncelog rules test\n  bouncelog rules test --rules my-rules.toml",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			cls, err := g.classifier()
			if err != nil {
				return err
			}
			return g.print(func(w io.Writer) error { return testRules(w, cls) })
		},
	}
}

func testRules(w io.Writer, cls *classify.Classifier) error {
	problems := cls.Check()
	for _, p := range problems {
		fmt.Fprintln(w, p.Error())
	}
	examples := 0
	for i := range cls.Rules().Rules {
		examples += len(cls.Rules().Rules[i].Example)
	}
	fmt.Fprintf(w, "%d rules, %d examples, %d decided by another rule\n", len(cls.Rules().Rules), examples, len(problems))
	if len(problems) > 0 {
		return errors.New("some examples are decided by another rule")
	}
	return nil
}

func providerIDs(rs *rules.Rules) []string {
	ids := make([]string, len(rs.Providers))
	for i := range rs.Providers {
		ids[i] = rs.Providers[i].ID
	}
	return ids
}
