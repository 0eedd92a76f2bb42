package report

import (
	"fmt"
	"slices"
	"strings"

	"bouncelog/store"
)

// entryDims are the sections whose rows are entries of a dimension, in the same order.
var entryDims = map[string]store.Dim{"causes": store.DimCause, "domains": store.DimDomain, "providers": store.DimProvider, "senders": store.DimSenderDomain,
	"users": store.DimAuthUser, "hosts": store.DimHost, "relays": store.DimRelay, "codes": store.DimEnhanced, "rejected": store.DimRejected}

// addDetails gives the rows what they open to, and providers their sparklines.
func (m *Model) addDetails(t *htmlTable, s section) {
	switch s.id {
	case "replies", "new":
		rs := m.Replies
		if s.id == "new" {
			rs = m.New
		}
		for i := range t.Rows {
			t.Rows[i].Detail = m.replyDetail(rs[i])
		}
	case "categories":
		for i := range t.Rows {
			for _, e := range m.Tables[store.DimCategory] {
				if e.Key == categories[i] {
					t.Rows[i].Detail = m.entryDetail(store.DimCategory, e)
				}
			}
		}
	case "queue":
		for i := range t.Rows {
			g := m.Queue.Groups[i]
			d := &htmlDetail{Command: whyCommand(g.Domain, "deferred")}
			for _, it := range m.Queue.Items {
				if it.Domain == g.Domain && it.Cause == g.Cause && it.QueueID != "" && len(d.Facts) < entryReplies {
					d.Facts = append(d.Facts, fmt.Sprintf("%s to %s, since %s, %s", cleanKey(it.QueueID), cleanKey(it.Address), minute(it.Since, m.Window.Zone), Plural(it.Attempts, "attempt")))
				}
			}
			t.Rows[i].Detail = d
		}
	case "blocklists":
		for i := range t.Rows {
			if i < len(m.Listed) {
				t.Rows[i].Detail = m.listedDetail(m.Listed[i])
			}
		}
	case "suppress":
		for i := range t.Rows {
			a := m.Suppress[i]
			t.Rows[i].Detail = &htmlDetail{Replies: []htmlReply{{Text: cleanReply(a.Reply), Cause: cleanKey(a.Cause), Class: categoryClass(a.Category)}}, Command: whyCommand(a.Address, "")}
		}
	default:
		d, ok := entryDims[s.id]
		if !ok {
			return
		}
		for i := range t.Rows {
			t.Rows[i].Detail = m.entryDetail(d, m.Tables[d][i])
		}
		if d == store.DimProvider && len(m.Trend) > 1 {
			t.Cols = slices.Insert(t.Cols, 1, htmlCol{Title: "30 days", Plain: true})
			for i := range t.Rows {
				t.Rows[i].Cells = slices.Insert(t.Rows[i].Cells, 1, htmlCell{Spark: newSpark(m.Tables[d][i].Spark)})
			}
		}
	}
	for _, r := range t.Rows {
		t.Opens = t.Opens || r.Detail != nil
	}
}

func (m *Model) entryDetail(d store.Dim, e Entry) *htmlDetail {
	out := &htmlDetail{Advice: cleanAll(e.Advice), Links: webLinks(e.Links)}
	if e.Meaning != "" {
		out.Facts = append(out.Facts, upper(short(Clean(e.Meaning), maxPara))+".")
	}
	if d != store.DimRejected {
		if f := shares(e.Counts); f != "" {
			out.Facts = append(out.Facts, f)
		}
	}
	if e.TopProvider != "" {
		out.Facts = append(out.Facts, "Mostly at "+cleanKey(e.TopProvider)+".")
	}
	if e.TopCause != "" {
		out.Facts = append(out.Facts, "Top cause: "+cleanKey(e.TopCause)+".")
	}
	for _, r := range e.Replies {
		out.Replies = append(out.Replies, m.htmlReply(r))
	}
	switch d {
	case store.DimDomain:
		for _, a := range m.Suppress {
			if domainOf(a.Address) == strings.ToLower(e.Key) && len(out.Facts) < 2+entryReplies {
				out.Facts = append(out.Facts, fmt.Sprintf("Stop mailing %s: %s, %s.", cleanKey(a.Address), cleanKey(a.Cause), Plural(a.Bounces, "bounce")))
			}
		}
		out.Command = whyCommand(e.Key, "")
	case store.DimSenderDomain, store.DimAuthUser:
		if e.Key != "<>" {
			out.Command = whyCommand(e.Key, "")
		}
	}
	return out
}

// shares are the failures of a key by outcome and category: "3 bounced, 1 expired; 4 soft.".
func shares(c store.Counts) string {
	list := func(names []string, of func(string) int64) string {
		var out []string
		for _, n := range names {
			if k := of(n); k > 0 {
				out = append(out, Count(k)+" "+n)
			}
		}
		return strings.Join(out, ", ")
	}
	ends := list([]string{"bounced", "expired"}, func(n string) int64 { return map[string]int64{"bounced": c.Bounced, "expired": c.Expired}[n] })
	if ends == "" {
		return ""
	}
	if kinds := list(categories[:], func(n string) int64 { return ofCategory(c, n) }); kinds != "" {
		ends += "; " + kinds
	}
	return ends + "."
}

func (m *Model) htmlReply(r Reply) htmlReply {
	return htmlReply{Count: Count(r.Count), Text: cleanReply(r.Reply.Reply), Cause: cleanKey(r.Cause), Class: categoryClass(r.Category), Example: cleanKey(r.ExampleQueueID)}
}

func (m *Model) replyDetail(r Reply) *htmlDetail {
	d := &htmlDetail{Command: whyCommand(r.ExampleQueueID, "")}
	if r.Meaning != "" {
		d.Facts = append(d.Facts, upper(short(Clean(r.Meaning), maxPara))+".")
	}
	if r.Rule != "" {
		d.Facts = append(d.Facts, "Judged by rule "+cleanKey(r.Rule)+".")
	}
	if !r.First.IsZero() {
		d.Facts = append(d.Facts, "First seen "+minute(r.First, m.Window.Zone)+".")
	}
	for _, e := range m.Tables[store.DimCause] {
		if e.Key == r.Cause {
			d.Advice, d.Links = cleanAll(e.Advice), webLinks(e.Links)
		}
	}
	return d
}

// whyCommand is the command that shows the messages behind a key, quoted for a shell; "" where the key is not fit to be pasted.
func whyCommand(key, outcome string) string {
	if key == "" || len(key) > maxKey || strings.ContainsFunc(key, func(r rune) bool {
		return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_@+=", r)
	}) || key[0] == '-' {
		return ""
	}
	if outcome != "" {
		return "bouncelog why " + key + " --outcome " + outcome
	}
	return "bouncelog why " + key
}
