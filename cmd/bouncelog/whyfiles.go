package main

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"bouncelog/ingest"
	"bouncelog/store"
	"bouncelog/trace"
)

// whyFiles searches logs without a database.
func whyFiles(ctx context.Context, g *globals, o *whyOptions, names []string) (a answer, err error) {
	opt, err := g.conveyorOptions()
	if err != nil {
		return a, err
	}
	a.zone = opt.Zone
	if err := o.times(opt.Zone); err != nil {
		return a, err
	}
	if g.redact {
		if a.redact, err = g.redactorOf(nil); err != nil {
			return a, err
		}
	}
	key := strings.TrimSpace(o.search.Key)
	if bare := strings.TrimSuffix(strings.TrimPrefix(key, "<"), ">"); bare != "" {
		key = bare // not every log has brackets where people write them
	}
	if key == "" {
		key = "*" + cmp.Or(o.search.To, o.search.From) + "*"
	}
	for _, name := range names {
		noteEncoding(g.err, name)
	}
	found, err := ingest.Search(ctx, opt, key, names)
	slices.SortStableFunc(found, func(a, b ingest.Found) int { return cmp.Compare(b.Message.First, a.Message.First) })
	wants := o.search
	wants.Key = "" // the search has seen to it
	matcher := wants.Matcher()
	var chosen, others []ingest.Found
	for _, f := range found {
		switch {
		case f.Linked || !matcher(f.Message):
			others = append(others, f)
		case len(chosen) == o.search.Limit:
			a.more = true
			others = append(others, f)
		default:
			chosen = append(chosen, f)
		}
	}
	for _, f := range stories(chosen, others) {
		m := store.NewMatch(f.Message)
		if !o.noLines {
			m.Lines = f.Lines
		}
		a.matches = append(a.matches, m)
	}
	return a, err
}

// stories adds to the chosen messages those of the others that belong to the same stories: bounce messages, next hops on this host.
func stories(chosen, others []ingest.Found) []ingest.Found {
	ids := map[string]bool{} // of the stories
	links := func(m *trace.Message) []string { return []string{m.ParentQueueID, m.PrevQueueID, m.NextQueueID} }
	take := func(m *trace.Message) {
		ids[m.QueueID] = true
		for _, id := range links(m) {
			ids[id] = true
		}
	}
	for _, f := range chosen {
		take(f.Message)
	}
	for grown := true; grown; {
		grown = false
		others = slices.DeleteFunc(others, func(f ingest.Found) bool {
			delete(ids, "") // refusals have no id and no story
			if !ids[f.Message.QueueID] && !slices.ContainsFunc(links(f.Message), func(id string) bool { return ids[id] }) {
				return false
			}
			take(f.Message)
			chosen = append(chosen, f)
			grown = true
			return true
		})
	}
	return chosen
}
