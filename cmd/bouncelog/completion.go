package main

import (
	"errors"
	"time"

	"github.com/spf13/cobra"

	"bouncelog/rules"
	"bouncelog/store"
)

// completeWords completes a flag's value with fixed words.
func completeWords(c *cobra.Command, flag string, words []string) {
	mustComplete(c, flag, cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp))
}

// mustComplete registers a completion. That fails only for a flag that does not exist or has one already, which a test finds.
func mustComplete(c *cobra.Command, flag string, f cobra.CompletionFunc) {
	if err := c.RegisterFlagCompletionFunc(flag, f); err != nil {
		c.SetErrPrefix(err.Error())
	}
}

// completeFilter completes the flags that narrow a report: from the rules and, for what only the logs know, from the database.
func (g *globals) completeFilter(c *cobra.Command) {
	g.completeRules(c, "cause", causeIDs)
	g.completeRules(c, "provider", providerIDs)
	completeWords(c, "category", []string{"hard", "soft", "block", "content"})
	completeWords(c, "outcome", outcomes())
	g.completeKeys(c, "domain", store.DimDomain)
	g.completeKeys(c, "sender", store.DimSenderDomain)
	g.completeKeys(c, "host", store.DimHost)
}

// completeTail completes the flags that narrow what tail prints.
func (g *globals) completeTail(c *cobra.Command) {
	completeWords(c, "format", []string{"text", "jsonl"})
	completeWords(c, "only", []string{"hard", "soft", "block", "content"})
	g.completeRules(c, "cause", causeIDs)
	g.completeKeys(c, "domain", store.DimDomain)
	g.completeKeys(c, "sender", store.DimSenderDomain)
}

func (g *globals) completeRules(c *cobra.Command, flag string, words func(*rules.Rules) []string) {
	mustComplete(c, flag, func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		cls, err := g.classifier()
		if err != nil {
			return nil, cobra.ShellCompDirectiveError
		}
		return words(cls.Rules()), cobra.ShellCompDirectiveNoFileComp
	})
}

// completeKeys completes with the keys of a dimension that the last month's mail had, most failures first.
func (g *globals) completeKeys(c *cobra.Command, flag string, d store.Dim) {
	const most = 200
	mustComplete(c, flag, func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		st, err := g.openReader()
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		defer st.Close()
		meta, err := st.Meta()
		if err != nil || meta.Last.IsZero() {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		f, err := st.Figures(store.Filter{}, meta.Last.AddDate(0, -1, 0), meta.Last.Add(time.Hour), most)
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		var keys []string
		for _, r := range f.By[d] {
			keys = append(keys, r.Key)
		}
		return keys, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder
	})
}

// ruleNames are what `rules show` takes, but for codes.
func (g *globals) ruleNames() ([]string, cobra.ShellCompDirective) {
	cls, err := g.classifier()
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	rs := cls.Rules()
	names := causeIDs(rs)
	for i := range rs.Rules {
		names = append(names, rs.Rules[i].ID)
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

func causeIDs(rs *rules.Rules) []string {
	ids := make([]string, len(rs.Causes))
	for i := range rs.Causes {
		ids[i] = rs.Causes[i].ID
	}
	return ids
}

// newCompletionCommand is cobra's own, written out so that its help has examples and exit statuses as every other has.
func newCompletionCommand(g *globals) *cobra.Command {
	return &cobra.Command{
		Use:   "completion bash|zsh|fish",
		Short: "Print a shell's completion script",
		Long: `Prints the script by which a shell completes bouncelog's commands, flags and values: causes, providers, categories, rules and,
from the database, recipient and sender domains and hosts.

EXIT STATUS
  0  done
  1  failed
  2  wrong usage`,
		Example: `  source <(bouncelog completion bash)
  bouncelog completion bash > /etc/bash_completion.d/bouncelog
  bouncelog completion zsh > "${fpath[1]}/_bouncelog"
  bouncelog completion fish > ~/.config/fish/completions/bouncelog.fish`,
		ValidArgs: []string{"bash", "zsh", "fish"},
		Args: func(c *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usageError{errors.New("completion: name one shell: bash, zsh or fish")}
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			switch args[0] {
			case "bash":
				return c.Root().GenBashCompletionV2(g.out, true)
			case "zsh":
				return c.Root().GenZshCompletion(g.out)
			case "fish":
				return c.Root().GenFishCompletion(g.out, true)
			}
			return usageError{errors.New("completion: there are scripts for bash, zsh and fish")}
		},
	}
}
