package main

import (
	"slices"

	"bouncelog/classify"
	"bouncelog/parser"
	"bouncelog/report"
	"bouncelog/rules"
	"bouncelog/store"
	"bouncelog/trace"
)

// Which of our addresses is on which list is told by messages alone. It matters enough to wait a second for.
const listedMessages = 100_000

// showsListings reports whether the report shows our addresses on blocklists, and the counts say that there are any.
func (o *reportOptions) showsListings(f *store.Figures) bool {
	shown := o.section == "blocklists" || o.section == "" && (o.format != "csv" || o.dir != "")
	return shown && namesLists(f)
}

// listings finds our addresses on blocklists, if the report shows them and there are not too many messages to look at.
func (o *reportOptions) listings(st *store.Store, w report.Window, f *store.Figures) ([]store.Listing, error) {
	if !o.showsListings(f) || o.section != "blocklists" && float64(f.Totals.Messages) > max(o.patience(), listedMessages) {
		return nil, nil
	}
	return st.Listings(o.filter, w.Since, w.Until)
}

// namesLists reports whether mail failed because of a list.
func namesLists(f *store.Figures) bool {
	return len(f.By[store.DimBlocklist]) > 0 || slices.ContainsFunc(f.By[store.DimCause], func(r store.Row) bool {
		return store.ListedCause(r.Key)
	})
}

// adviseListings adds what to do about each listing.
func adviseListings(rs *rules.Rules, list []store.Listing) []report.Listing {
	out := make([]report.Listing, len(list))
	for i, l := range list {
		g := classify.Advise(rs, &classify.Verdict{Cause: l.Cause, Rule: l.Rule, Provider: l.Provider, Blocklist: l.List},
			classify.Reply{Text: l.Reply, RelayHost: l.Relay})
		links := g.Links
		if b := rs.Blocklist(l.List); b != nil && b.Lookup != "" {
			links = append([]string{b.Lookup}, slices.DeleteFunc(slices.Clone(links), func(s string) bool { return s == b.Lookup })...)
		}
		out[i] = report.Listing{Listing: l, Advice: g.Steps, Links: links}
	}
	return out
}

// listedWatch finds them for a report straight on logs.
type listedWatch struct {
	window report.Window // without ends: all
	found  store.Listings
}

func (l *listedWatch) event(e *trace.Event) {
	m, r, a := e.Message, e.Recipient, e.Attempt
	if r == nil || !m.Mail() || r.Outcome == parser.OutcomeRejected {
		return
	}
	since, until := l.window.Since, l.window.Until
	if !since.IsZero() && a.Time < since.UnixNano() || !until.IsZero() && a.Time >= until.UnixNano() {
		return
	}
	l.found.Add(m, a, a.Final)
}
