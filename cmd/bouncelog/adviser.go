package main

import "bouncelog/rules"

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

// Advice is the rule's own where it has any, else that of the cause.
func (a adviser) Advice(cause, rule, _ string) []string {
	if r := a.rs.Rule(rule); r != nil && len(r.Advice) > 0 {
		return r.Advice
	}
	if c := a.rs.Cause(cause); c != nil {
		return c.Advice
	}
	return nil
}

// Links are the rule's pages, then the provider's, then those of the cause.
func (a adviser) Links(cause, rule, provider string) []string {
	if r := a.rs.Rule(rule); r != nil && len(r.Links) > 0 {
		return r.Links
	}
	if p := a.rs.Provider(provider); p != nil && len(p.Links) > 0 {
		return p.Links
	}
	if c := a.rs.Cause(cause); c != nil {
		return c.Links
	}
	return nil
}

func (a adviser) Title(provider string) string {
	if p := a.rs.Provider(provider); p != nil {
		return p.Name
	}
	return provider
}
