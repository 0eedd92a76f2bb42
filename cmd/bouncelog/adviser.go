package main

import (
	"bouncelog/classify"
	"bouncelog/store"
)

// adviser answers what causes mean and what to do, from the rules. It implements report.Adviser.
type adviser struct{ c *classify.Classifier }

func (a adviser) Meaning(cause string) string {
	if c := a.c.Rules().Cause(cause); c != nil {
		return c.Meaning
	}
	return ""
}

func (a adviser) Category(cause string) string {
	if c := a.c.Rules().Cause(cause); c != nil {
		return c.Category
	}
	return ""
}

// Advice is for many replies of a kind: words in capitals stand for the names of one.
func (a adviser) Advice(cause, rule, provider string) []string {
	return a.c.Advice(&classify.Verdict{Cause: cause, Rule: rule, Provider: provider}, classify.Reply{}).Steps
}

func (a adviser) Links(cause, rule, provider string) []string {
	return a.c.Advice(&classify.Verdict{Cause: cause, Rule: rule, Provider: provider}, classify.Reply{}).Links
}

func (a adviser) Title(provider string) string {
	if p := a.c.Rules().Provider(provider); p != nil {
		return p.Name
	}
	return provider
}

// adviseMatches gives each failed recipient the advice with its own names in the commands.
func adviseMatches(c *classify.Classifier, matches []store.Match) {
	for i := range matches {
		m := &matches[i]
		adviseMatches(c, m.Related)
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
			g := c.Advice(&classify.Verdict{Cause: r.Cause, Rule: r.Rule, Provider: r.Provider, Blocklist: last.Blocklist}, reply)
			r.Meaning, r.Advice = g.Meaning, g.Steps
		}
	}
}
