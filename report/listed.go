package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"bouncelog/store"
)

// Listing is one of our addresses, with the list that held it against our mail and what to do about it.
type Listing struct {
	store.Listing
	Advice []string
	Links  []string // the page where removal is asked for first
}

// title names the list: "Spamhaus ZEN", "Yahoo's own", "a list of mx.example.org".
func (l Listing) title(adv Adviser) string {
	switch {
	case l.List != "":
		return l.List
	case l.Provider != "":
		return shortTitle(titleOf(adv, l.Provider)) + "'s own"
	case l.Relay != "":
		return "a list of " + l.Relay
	}
	return "a list"
}

// subject is what of ours is listed.
func (l Listing) subject() string {
	switch {
	case l.Address != "":
		return l.Address
	case l.Cause == "url-blocklisted":
		return "(a link)"
	}
	return notNamed
}

// notNamed stands for an address of ours that no reply names.
const notNamed = "(not named)"

// listed is a Listing in the words of the report.
type listed struct {
	Listing
	title string
	said  string // who said so last: the provider, else the host
}

func buildListed(ls []Listing, adv Adviser) []listed {
	out := make([]listed, 0, len(ls))
	for _, l := range ls {
		out = append(out, listed{Listing: l, title: l.title(adv), said: cmp.Or(shortTitle(titleOf(adv, l.Provider)), l.Relay)})
	}
	return out
}

// listedAdvice is for how many listings the advice stands under the table.
const listedAdvice = 3

// maxNoteLink is the longest address that stands in a line of a mail; a shorter one of the list's pages is taken, if there is one.
const maxNoteLink = textWidth - len("    See ")

// blocklistSection shows which of our addresses is on which list. Where the messages were not looked at, the lists alone are known.
func (m *Model) blocklistSection() section {
	s := section{id: "blocklists", title: "Our addresses on blocklists", top: m.Top, cols: []column{
		{name: "address", title: "Our address"}, {name: "blocklist", title: "Blocklist"}, {name: "failed", title: "Failed", kind: kCount},
		{name: "deferrals", title: "Deferrals", kind: kCount}, {name: "change", title: "Change", kind: kChange, drop: 6},
		{name: "first", title: "First", kind: kTime, drop: 5}, {name: "last", title: "Last", kind: kTime, drop: 3},
		{name: "host", title: "Our host", data: true}, {name: "said_by", title: "Said by", drop: 7, low: true}, {name: "reply", title: "They say", flex: true, drop: 4, open: true},
		{name: "example_queue_id", title: "Example", data: true}, {name: "removal", title: "Removal", data: true}, {name: "advice", title: "What to do", data: true},
	}}
	if len(m.Listed) == 0 {
		m.listsAlone(&s)
		return s
	}
	hosts := map[string]bool{}
	for i, l := range m.Listed {
		if l.Host != "" {
			hosts[l.Host] = true
		}
		removal := ""
		links := webLinks(l.Links)
		if len(links) > 0 {
			removal = links[0]
		}
		first, last := moment(l.First, m.Window.Zone), moment(l.Last, m.Window.Zone)
		first.text, last.text = "2 Jan 15:04", "2 Jan 15:04"
		s.rows = append(s.rows, []cell{key(cleanKey(l.subject())), text(cleanKey(l.title)), num(l.Failed), num(l.Deferrals), {kind: kChange, none: true}, first, last,
			text(cleanKey(l.Host)), text(cleanKey(l.said)), text(cleanReply(l.Reply)),
			text(cleanKey(l.QueueID)), text(removal), text(strings.Join(l.Advice, "; "))})
		if i < m.Top && i < listedAdvice && len(l.Advice)+len(l.Links) > 0 {
			s.notes = append(s.notes, l.note(links))
		}
	}
	if len(hosts) > 1 {
		s.cols[7].data, s.cols[7].drop = false, 8
	}
	return s
}

// note is what to do about a listing.
func (l listed) note(links []string) note {
	n := note{title: l.title}
	if l.Address != "" {
		n.title = cleanKey(l.Address) + ": " + l.title
	}
	if l.Reply != "" {
		n.lines = append(n.lines, "They say: "+cleanReply(l.Reply))
	}
	for _, a := range l.Advice[:min(len(l.Advice), 2)] {
		n.lines = append(n.lines, "Do: "+a)
	}
	if len(links) > 0 {
		n.link = links[0]
		if i := slices.IndexFunc(links, func(s string) bool { return len(s) <= maxNoteLink }); i >= 0 {
			n.link = links[i]
		}
	}
	if slices.ContainsFunc(n.lines, func(s string) bool { return strings.Contains(s, n.link) }) {
		n.link = "" // said already
	}
	return n
}

// listsAlone fills the section from the counts by list.
func (m *Model) listsAlone(s *section) {
	for _, e := range m.Tables[store.DimBlocklist] {
		// A reply template does not carry its blocklist; the words do.
		said := ""
		for _, r := range m.Replies {
			if r.Category == "block" && strings.Contains(strings.ToLower(r.Reply.Reply), strings.ToLower(e.Key)) {
				said = cleanReply(r.Reply.Reply)
				break
			}
		}
		none := cell{kind: kTime, none: true}
		s.rows = append(s.rows, []cell{text(""), key(cleanKey(e.Title)), num(e.Failed()), num(e.Deferrals), change(float64(e.Failed()), e.Prior, 1),
			none, none, text(""), text(""), text(said), text(""), text(""), text("")})
	}
	if len(s.rows) > 0 {
		s.title = "Blocklists that named us"
		s.intro = "Which of our addresses they named is not looked for in so much mail: ask for this section alone."
	}
}

// listedDetail is what a row of the section opens to.
func (m *Model) listedDetail(l listed) *htmlDetail {
	d := &htmlDetail{Advice: cleanAll(l.Advice), Links: webLinks(l.Links), Command: whyCommand(l.QueueID, "")}
	d.Facts = append(d.Facts, m.listedFact(l))
	if l.Reply != "" {
		d.Replies = []htmlReply{{Text: cleanReply(l.Reply), Cause: cleanKey(l.Cause), Class: categoryClass(l.Category), Example: cleanKey(l.QueueID)}}
	}
	return d
}

// listedFact is "3 recipients failed, 2 deferrals; from 2026-11-21 09:00 to 2026-11-21 14:00. Last said by mx.example.org to mx1.".
func (m *Model) listedFact(l listed) string {
	var parts []string
	if l.Failed > 0 {
		parts = append(parts, Plural(l.Failed, "recipient")+" failed")
	}
	if l.Deferrals > 0 {
		parts = append(parts, Plural(l.Deferrals, "deferral"))
	}
	first, last := minute(l.First, m.Window.Zone), minute(l.Last, m.Window.Zone)
	s := strings.Join(parts, ", ") + "; "
	if first == last {
		s += "at " + first + "."
	} else {
		s += "from " + first + " to " + last + "."
	}
	if l.Relay != "" {
		s += fmt.Sprintf(" Last said by %s to %s.", cleanKey(l.Relay), cmp.Or(cleanKey(l.Host), "us"))
	}
	return s
}
