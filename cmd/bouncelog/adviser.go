package main

import (
	"slices"

	"bouncelog/classify"
	"bouncelog/rules"
	"bouncelog/store"
)

// adviser answers what causes mean and what to do, from the rules. It implements report.Adviser.
type adviser struct{ rs *rules.Rules }

func (a adviser) Meaning(cause string) string {
	if c := a.rs.Cause(cause); c != nil {
		return c.Meaning
	}
	return ""
}

func (a adviser) Category(cause string) string {
	if c := a.rs.Cause(cause); c != nil {
		return c.Category
	}
	return ""
}

// Advice is for many replies of a kind: words in capitals stand for the names of one.
func (a adviser) Advice(cause, rule, provider string) []string {
	return classify.Advise(a.rs, &classify.Verdict{Cause: cause, Rule: rule, Provider: provider}, classify.Reply{}).Steps
}

func (a adviser) Links(cause, rule, provider string) []string {
	return classify.Advise(a.rs, &classify.Verdict{Cause: cause, Rule: rule, Provider: provider}, classify.Reply{}).Links
}

func (a adviser) Title(provider string) string {
	if p := a.rs.Provider(provider); p != nil {
		return p.Name
	}
	return provider
}

// adviseMatches gives each failed recipient the advice with its own names in the commands.
func adviseMatches(rs *rules.Rules, matches []store.Match) {
	for i := range matches {
		m := &matches[i]
		adviseMatches(rs, m.Related)
		for j := range m.Recipients {
			r := &m.Recipients[j]
			if r.Cause == "" || len(r.Events) == 0 {
				continue
			}
			last := &r.Events[len(r.Events)-1]
			reply := classify.Reply{Text: last.Reply, RelayHost: last.RelayHost, Recipient: r.Recipient}
			if m.Sender != nil {
				reply.Sender = *m.Sender
			}
			g := classify.Advise(rs, &classify.Verdict{Cause: r.Cause, Rule: r.Rule, Provider: r.Provider, Blocklist: last.Blocklist}, reply)
			r.Meaning, r.Advice = g.Meaning, g.Steps
		}
	}
}

// rulesNamed are what the rules say under the ids, or more: what a story or a report tells needs no others, and reading all of them
// takes longer than finding it.
func (g *globals) rulesNamed(ids []string) (*rules.Rules, error) {
	if g.judge != nil {
		return g.judge.Rules(), nil
	}
	files, err := g.ruleFiles()
	if err != nil {
		return nil, err
	}
	return rules.LoadNaming(ids, files...)
}

// ruleFiles are the user's own: of the command line, then of the configuration.
func (g *globals) ruleFiles() ([]string, error) {
	s, err := g.readSettings()
	if err != nil {
		return nil, err
	}
	return slices.Concat(g.rules, s.Rules), nil
}

// matchIDs are what the verdicts of matches name.
func matchIDs(ids []string, matches []store.Match) []string {
	for i := range matches {
		ids = matchIDs(ids, matches[i].Related)
		for _, r := range matches[i].Recipients {
			ids = append(ids, r.Cause, r.Rule, r.Provider)
			for _, e := range r.Events {
				ids = append(ids, e.Cause, e.Rule, e.Provider, e.Blocklist)
			}
		}
	}
	return ids
}

// reportIDs are what a report's figures and listings name.
func reportIDs(f *store.Figures, listings []store.Listing) []string {
	var ids []string
	for _, d := range []store.Dim{store.DimCause, store.DimRejected, store.DimProvider} {
		for _, r := range f.By[d] {
			ids = append(ids, r.Key)
		}
	}
	for _, r := range f.Replies {
		ids = append(ids, r.Cause, r.Rule, r.Provider)
	}
	for _, l := range listings {
		ids = append(ids, l.Cause, l.Rule, l.Provider, l.List)
	}
	return ids
}
