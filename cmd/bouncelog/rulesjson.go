package main

import (
	"bufio"
	"fmt"
	"io"

	"bouncelog/report"
	"bouncelog/rules"
)

var rulesFormats = []string{"table", "json"}

// ruleJSON is a rule, a cause or the entry of a code in `rules list` and `rules show --format json`.
type ruleJSON struct {
	ID       string `json:"id"`
	Kind     string `json:"kind"` // rule, cause, code
	Category string `json:"category,omitempty"`
	Cause    string `json:"cause,omitempty"`

	// Of rules.
	Provider  []string `json:"provider,omitempty"`
	Layer     string   `json:"layer,omitempty"`
	Priority  int      `json:"priority,omitempty"`
	Any       []string `json:"any,omitempty"`
	Also      []string `json:"also,omitempty"`
	All       []string `json:"all,omitempty"`
	None      []string `json:"none,omitempty"`
	Pattern   []string `json:"pattern,omitempty"`
	Codes     []string `json:"codes,omitempty"`
	Lists     []string `json:"lists,omitempty"`
	Blocklist string   `json:"blocklist,omitempty"`
	Example   []string `json:"example,omitempty"`

	// Of causes and codes.
	Code     string   `json:"code,omitempty"`
	Name     string   `json:"name,omitempty"`
	Meaning  string   `json:"meaning,omitempty"`
	Defined  string   `json:"defined,omitempty"`
	Beware   string   `json:"beware,omitempty"`
	Causes   []string `json:"causes,omitempty"`
	Who      string   `json:"who,omitempty"`
	Retry    string   `json:"retry,omitempty"`
	Suppress bool     `json:"suppress,omitempty"`

	Advice []string `json:"advice,omitempty"`
	Links  []string `json:"links,omitempty"`
	File   string   `json:"file"`
	Line   int      `json:"line"`
}

// ruleToJSON is the part of a rule that `rules list` tells, or all of it.
func ruleToJSON(rs *rules.Rules, r *rules.Rule, whole bool) ruleJSON {
	j := ruleJSON{ID: r.ID, Kind: "rule", Cause: r.Cause, Provider: r.Provider, File: r.File, Line: r.Line}
	if c := rs.Cause(r.Cause); c != nil {
		j.Category = c.Category
	}
	if whole {
		j.Layer, j.Priority, j.Any, j.Also, j.All, j.None, j.Pattern, j.Codes = string(r.Layer), r.Priority, r.Any, r.Also, r.All, r.None, r.Pattern, r.Codes
		j.Lists, j.Blocklist, j.Example, j.Advice, j.Links = r.Lists, r.Blocklist, r.Example, r.Advice, r.Links
	}
	return j
}

// namedToJSON is the rule, cause or code of that id.
func namedToJSON(rs *rules.Rules, id string) (ruleJSON, error) {
	if r := rs.Rule(id); r != nil {
		return ruleToJSON(rs, r, true), nil
	}
	if c := rs.Cause(id); c != nil {
		return ruleJSON{ID: c.ID, Kind: "cause", Category: c.Category, Suppress: c.Suppress, Meaning: c.Meaning, Who: c.Who, Retry: c.Retry,
			Advice: c.Advice, Links: c.Links, File: c.File, Line: c.Line}, nil
	}
	if c := rs.CodeByID(id); c != nil {
		j := ruleJSON{ID: id, Kind: "code", Code: c.Code, Name: c.Name, Meaning: c.Meaning, Defined: c.Defined, Beware: c.Beware, Causes: c.Causes,
			Cause: c.Cause, Category: c.Category, Advice: c.Advice, Links: c.Links, File: c.File, Line: c.Line}
		if c.Provider != "" {
			j.Provider = []string{c.Provider}
		}
		return j, nil
	}
	return ruleJSON{}, notARule(id)
}

func notARule(id string) error {
	return fmt.Errorf("no rule, cause or code is called %q; 'bouncelog rules list' names all rules", brief(id))
}

// writeRulesJSON writes `{"rules": [...]}`.
func writeRulesJSON(w io.Writer, list []ruleJSON) error {
	if list == nil {
		list = []ruleJSON{}
	}
	return report.EncodeJSON(w, map[string][]ruleJSON{"rules": list}, true)
}

// print lets write print text, and says so where it could not be written.
func (g *globals) print(write func(w io.Writer) error) error {
	b := bufio.NewWriter(g.out)
	err := write(b)
	if ferr := b.Flush(); err == nil && ferr != nil {
		err = fmt.Errorf("write the output: %w", ferr)
	}
	return err
}
