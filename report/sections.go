package report

import (
	"fmt"
	"math"
	"strings"

	"bouncelog/store"
)

// SectionIDs are the names that `--section` takes, in the order of the report.
func SectionIDs() []string {
	return []string{"totals", "categories", "causes", "replies", "domains", "providers", "senders", "users", "hosts", "blocklists",
		"relays", "codes", "queue", "expired", "rejected", "suppress", "new", "hours", "cross"}
}

// sections lays the model out as tables, in the order of the report; empty ones are there, without rows.
func (m *Model) sections() []section { return m.layOut(m.hoursSection()) }

// pageSections are sections for a page that people read as a whole: of a long window it tells the days, as hundreds of hours would bury the rest.
func (m *Model) pageSections() []section {
	if m.long() {
		return m.layOut(m.daysSection())
	}
	return m.sections()
}

// layOut makes the sections around the one of the hours.
func (m *Model) layOut(hours section) []section {
	out := []section{
		m.totalsSection(), m.categoriesSection(), m.causesSection(), m.repliesSection(),
		m.targetSection("domains", "Recipient domains", "Domain", store.DimDomain),
		m.targetSection("providers", "Providers", "Provider", store.DimProvider),
		m.sourceSection("senders", "Sender domains", "Whose mail bounces.", "Sender domain", store.DimSenderDomain),
		m.sourceSection("users", "Authenticated users", "Who sends what bounces: many unknown users from one account may be a stolen password.", "User", store.DimAuthUser),
		m.sourceSection("hosts", "Our hosts", "", "Host", store.DimHost),
		m.blocklistSection(),
		m.targetSection("relays", "Relays", "Relay", store.DimRelay),
		m.codesSection(),
		m.queueSection(), m.expiredSection(), m.rejectedSection(), m.suppressSection(), m.newSection(), hours,
	}
	if m.Cross != nil {
		out = append(out, m.crossSection())
	}
	for i := range out {
		out[i].hideEmpty()
	}
	return out
}

// hideEmpty leaves columns in which nothing is known to the machines.
func (s section) hideEmpty() {
	for i := range s.cols {
		known := len(s.rows) == 0
		for _, r := range s.rows {
			known = known || !r[i].none
		}
		if !known {
			s.cols[i].data = true
		}
	}
}

func (m *Model) totalsSection() section {
	s := section{id: "totals", title: "Totals", cols: []column{
		{name: "figure", title: "", data: false}, {name: "value", title: "Now", kind: kCount},
		{name: "prior", title: upper(m.Prior), kind: kCount, drop: 2}, {name: "prior_change", title: "Change", kind: kChange},
		{name: "usual", title: upper(m.Usual), kind: kCount, drop: 1, low: true}, {name: "usual_change", title: "Change", kind: kChange, drop: 1, low: true},
	}}
	if m.Prior == "" {
		s.cols[2].data, s.cols[3].data = true, true
	}
	if m.Usual == "" {
		s.cols[4].data, s.cols[5].data = true, true
	}
	for _, t := range m.Totals {
		row := []cell{key(t.Title)}
		if t.IsRate {
			row = append(row, share(t.Value), share(t.Prior), points(t.Value, t.Prior, t.Bad), share(t.Usual), points(t.Value, t.Usual, t.Bad))
		} else {
			f := func(v float64) cell { return cell{kind: kCount, num: v, none: math.IsNaN(v)} }
			row = append(row, f(t.Value), f(t.Prior), change(t.Value, t.Prior, t.Bad), f(t.Usual), change(t.Value, t.Usual, t.Bad))
		}
		s.rows = append(s.rows, row)
	}
	if m.Median >= 0 {
		s.notes = append(s.notes, note{lines: []string{fmt.Sprintf("Half of the delivered mail took %s, 95%% took %s.", atMost(m.Median), atMost(m.Delay95))}})
	}
	return s
}

func (m *Model) categoriesSection() section {
	s := section{id: "categories", title: "Categories", cols: []column{
		{name: "category", title: "Category"}, {name: "failed", title: "Failed", kind: kCount}, {name: "share", title: "Share", kind: kRate},
		{name: "change", title: "Change", kind: kChange, drop: 3}, {name: "deferrals", title: "Deferrals", kind: kCount, drop: 2},
		{name: "top_cause", title: "Top cause", drop: 4}, {name: "meaning", title: "What it means", flex: true, drop: 1, low: true},
	}}
	byKey := map[string]Entry{}
	for _, e := range m.Tables[store.DimCategory] {
		byKey[e.Key] = e
	}
	if len(byKey) == 0 {
		return s
	}
	prior := math.NaN()
	if m.Prior != "" {
		prior = 0
	}
	for _, k := range categories {
		e, ok := byKey[k]
		if !ok {
			e = Entry{Key: k, Category: k, Meaning: categoryMeaning[k], Prior: prior}
		}
		s.rows = append(s.rows, []cell{category(e.Key), num(e.Failed()), share(e.Share), change(float64(e.Failed()), e.Prior, 1), num(e.Deferrals), text(e.TopCause), text(e.Meaning)})
	}
	return s
}

func (m *Model) causesSection() section {
	s := section{id: "causes", title: "Causes", top: m.Top, cols: []column{
		{name: "cause", title: "Cause"}, {name: "category", title: "Category", drop: 3}, {name: "failed", title: "Failed", kind: kCount}, {name: "share", title: "Share", kind: kRate},
		{name: "change", title: "Change", kind: kChange, drop: 4}, {name: "deferrals", title: "Deferrals", kind: kCount, drop: 2}, {name: "top_provider", title: "Mostly at", drop: 5},
		{name: "meaning", title: "What it means", flex: true, drop: 1, low: true}, {name: "top_reply", title: "Top reply", data: true}, {name: "advice", title: "What to do", data: true},
	}}
	for i, e := range m.Tables[store.DimCause] {
		reply := ""
		if len(e.Replies) > 0 {
			reply = cleanReply(e.Replies[0].Reply.Reply)
		}
		s.rows = append(s.rows, []cell{key(e.Key), category(e.Category), num(e.Failed()), share(e.Share), change(float64(e.Failed()), e.Prior, 1), num(e.Deferrals),
			text(e.TopProvider), text(e.Meaning), text(reply), text(strings.Join(e.Advice, "; "))})
		if i < m.Top && i < adviceCauses && len(e.Advice) > 0 {
			n := note{title: e.Key}
			if reply != "" {
				n.lines = append(n.lines, "They say: "+reply)
			}
			for _, a := range e.Advice[:min(len(e.Advice), 3)] {
				n.lines = append(n.lines, "Do: "+a)
			}
			s.notes = append(s.notes, n)
		}
	}
	return s
}

// adviceCauses is for how many causes the advice stands under the table.
const adviceCauses = 5

func (m *Model) repliesSection() section {
	s := section{id: "replies", title: "Replies behind them", top: m.Top, cols: replyColumns()}
	for _, r := range m.Replies {
		s.rows = append(s.rows, m.replyRow(r))
	}
	return s
}

func replyColumns() []column {
	return []column{{name: "count", title: "Count", kind: kCount}, {name: "category", title: "Category", drop: 3}, {name: "cause", title: "Cause"},
		{name: "provider", title: "Provider", drop: 4}, {name: "example_queue_id", title: "Example", drop: 2, low: true}, {name: "first", title: "First seen", kind: kTime, data: true},
		{name: "reply", title: "Reply", flex: true}}
}

func (m *Model) replyRow(r Reply) []cell {
	return []cell{num(r.Count), category(r.Category), text(r.Cause), text(r.ProviderTitle), text(r.ExampleQueueID), moment(r.First, m.Window.Zone), text(cleanReply(r.Reply.Reply))}
}

// targetSection is for where mail goes: with delays and all categories.
func (m *Model) targetSection(id, title, first string, d store.Dim) section {
	s := section{id: id, title: title, top: m.Top, left: m.Left[d].Rows, cols: []column{
		{name: strings.ToLower(first), title: first, flex: d == store.DimRelay}, {name: "recipients", title: "Recipients", kind: kCount, drop: 9},
		{name: "delivered", title: "Delivered", kind: kCount}, {name: "deferrals", title: "Deferrals", kind: kCount, drop: 3},
		{name: "failed", title: "Failed", kind: kCount}, {name: "bounced", title: "Bounced", kind: kCount, data: true}, {name: "expired", title: "Expired", kind: kCount, data: true},
		{name: "hard", title: "Hard", kind: kCount, drop: 4}, {name: "soft", title: "Soft", kind: kCount, drop: 5}, {name: "block", title: "Block", kind: kCount, drop: 4}, {name: "content", title: "Content", kind: kCount, drop: 6},
		{name: "bounce_rate", title: "Rate", kind: kRate}, {name: "change", title: "Change", kind: kChange, drop: 8},
		{name: "delay_median", title: "Median", kind: kDuration, drop: 7}, {name: "delay_95", title: "95% in", kind: kDuration, drop: 7},
		{name: "top_cause", title: "Top cause", drop: 10, open: true, data: d != store.DimProvider},
	}}
	if d == store.DimRelay { // no delays are kept by relay, and mail arrives for no relay
		s.cols[1].data, s.cols[13].data, s.cols[14].data = true, true, true
	}
	for _, e := range m.Tables[d] {
		rateCell := share(e.Rate())
		rateCell.none = ended(e.Counts) == 0
		name := e.Title
		if name == "" {
			name = "(none)"
		}
		recipients := num(e.Recipients)
		recipients.none = d == store.DimRelay
		s.rows = append(s.rows, []cell{key(cleanKey(name)), recipients, num(e.Delivered), num(e.Deferrals), num(e.Failed()), num(e.Bounced), num(e.Expired),
			num(e.Hard), num(e.Soft), num(e.Block), num(e.Content), rateCell, change(float64(e.Failed()), e.Prior, 1), seconds(e.Median), seconds(e.Delay95), text(e.TopCause)})
	}
	return s
}

// sourceSection is for where mail comes from.
func (m *Model) sourceSection(id, title, intro, first string, d store.Dim) section {
	s := section{id: id, title: title, intro: intro, top: m.Top, left: m.Left[d].Rows, cols: []column{
		{name: strings.ReplaceAll(strings.ToLower(first), " ", "_"), title: first}, {name: "messages", title: "Messages", kind: kCount, drop: 4}, {name: "recipients", title: "Recipients", kind: kCount, drop: 3},
		{name: "delivered", title: "Delivered", kind: kCount, drop: 1}, {name: "deferrals", title: "Deferrals", kind: kCount, drop: 2}, {name: "failed", title: "Failed", kind: kCount},
		{name: "hard", title: "Hard", kind: kCount, drop: 5}, {name: "soft", title: "Soft", kind: kCount, drop: 6}, {name: "block", title: "Block", kind: kCount, drop: 5}, {name: "content", title: "Content", kind: kCount, drop: 6},
		{name: "bounce_rate", title: "Rate", kind: kRate}, {name: "change", title: "Change", kind: kChange, drop: 7},
		{name: "rejected", title: "Rejected", kind: kCount, drop: 8},
	}}
	for _, e := range m.Tables[d] {
		name := e.Title
		if name == "" {
			name = "(none)"
		}
		rateCell := share(e.Rate())
		rateCell.none = ended(e.Counts) == 0
		s.rows = append(s.rows, []cell{key(cleanKey(name)), num(e.Messages), num(e.Recipients), num(e.Delivered), num(e.Deferrals), num(e.Failed()), num(e.Hard), num(e.Soft), num(e.Block), num(e.Content),
			rateCell, change(float64(e.Failed()), e.Prior, 1), num(e.Rejected)})
	}
	return s
}

func (m *Model) codesSection() section {
	s := section{id: "codes", title: "Enhanced codes", top: m.Top, cols: []column{{name: "enhanced_code", title: "Code"}, {name: "failed", title: "Failed", kind: kCount}, {name: "share", title: "Share", kind: kRate},
		{name: "deferrals", title: "Deferrals", kind: kCount}, {name: "hard", title: "Hard", kind: kCount, drop: 1}, {name: "soft", title: "Soft", kind: kCount, drop: 1}, {name: "block", title: "Block", kind: kCount, drop: 1}, {name: "content", title: "Content", kind: kCount, drop: 1}}}
	for _, e := range m.Tables[store.DimEnhanced] {
		name := e.Title
		if name == "" {
			name = "(none)"
		}
		s.rows = append(s.rows, []cell{key(cleanKey(name)), num(e.Failed()), share(e.Share), num(e.Deferrals), num(e.Hard), num(e.Soft), num(e.Block), num(e.Content)})
	}
	return s
}

func (m *Model) queueSection() section {
	s := section{id: "queue", title: "Still in the queue", top: m.Top, cols: []column{
		{name: "recipients", title: "Recipients", kind: kCount}, {name: "cause", title: "Cause"}, {name: "category", title: "Category", drop: 2}, {name: "domain", title: "Domain"},
		{name: "oldest", title: "Since", kind: kTime, drop: 1}, {name: "age", title: "Age", kind: kDuration}, {name: "reply", title: "They say", flex: true, drop: 3}}}
	for _, g := range m.Queue.Groups {
		s.rows = append(s.rows, []cell{num(g.Recipients), text(g.Cause), category(g.Category), text(cleanKey(g.Domain)), moment(g.Oldest, m.Window.Zone),
			seconds(m.Queue.Now.Sub(g.Oldest).Seconds()), text(cleanReply(g.Reply))})
	}
	if len(s.rows) > 0 {
		var parts []string
		for _, a := range m.Queue.Ages {
			if a.Recipients > 0 {
				parts = append(parts, a.Label+": "+Count(a.Recipients))
			}
		}
		s.intro = "By age: " + strings.Join(parts, "; ") + "."
	}
	return s
}

func (m *Model) expiredSection() section {
	s := section{id: "expired", title: "Expired: given up after the queue's lifetime", top: m.Top, left: m.Left[store.DimDomain].Expired, cols: []column{
		{name: "by", title: "By"}, {name: "key", title: "Which"}, {name: "expired", title: "Expired", kind: kCount}, {name: "meaning", title: "The last deferral said", flex: true, drop: 1}}}
	for _, d := range []store.Dim{store.DimCause, store.DimDomain} {
		by := "cause"
		if d == store.DimDomain {
			by = "domain"
		}
		n := 0
		for _, e := range m.Tables[d] {
			if e.Expired == 0 {
				continue
			}
			if n++; n > (m.Top+1)/2 && d == store.DimCause {
				break
			}
			s.rows = append(s.rows, []cell{text(by), key(cleanKey(e.Title)), num(e.Expired), text(e.Meaning)})
		}
	}
	return s
}

func (m *Model) rejectedSection() section {
	s := section{id: "rejected", title: "Rejected by our own server", top: m.Top, cols: []column{
		{name: "cause", title: "Cause"}, {name: "rejected", title: "Recipients", kind: kCount}, {name: "session_rejects", title: "Sessions", kind: kCount}, {name: "share", title: "Share", kind: kRate}, {name: "change", title: "Change", kind: kChange, drop: 2},
		{name: "meaning", title: "What it means", flex: true, drop: 1, low: true}}}
	for _, e := range m.Tables[store.DimRejected] {
		s.rows = append(s.rows, []cell{key(e.Key), num(e.Rejected), num(e.SessionRejects), share(e.Share), change(float64(e.Rejected+e.SessionRejects), e.Prior, 0), text(e.Meaning)})
	}
	return s
}

func (m *Model) suppressSection() section {
	s := section{id: "suppress", title: "Addresses to stop mailing", top: m.Top, cols: suppressColumns()}
	for _, a := range m.Suppress {
		s.rows = append(s.rows, m.suppressRow(a))
	}
	return s
}

func suppressColumns() []column {
	return []column{{name: "address", title: "Address"}, {name: "cause", title: "Cause"}, {name: "bounces", title: "Bounces", kind: kCount}, {name: "first", title: "First", kind: kTime, drop: 2},
		{name: "last", title: "Last", kind: kTime, drop: 1}, {name: "reply", title: "They say", flex: true, drop: 3}}
}

func (m *Model) suppressRow(a Suppression) []cell {
	return []cell{key(cleanKey(a.Address)), text(a.Cause), num(a.Bounces), moment(a.First, m.Window.Zone), moment(a.Last, m.Window.Zone), text(cleanReply(a.Reply))}
}

func (m *Model) newSection() section {
	s := section{id: "new", title: "New replies, never seen before", top: m.Top, cols: replyColumns()}
	for _, r := range m.New {
		s.rows = append(s.rows, m.replyRow(r))
	}
	return s
}

func (m *Model) hoursSection() section {
	if m.Window.IsDay() {
		return m.timesSection("Hours of the day", column{name: "hour", title: "Hour", kind: kTime}, m.Hours, "15:04")
	}
	return m.timesSection("Hours", column{name: "hour", title: "Hour", kind: kTime}, m.Hours, "")
}

func (m *Model) daysSection() section {
	return m.timesSection("Days", column{name: "day", title: "Day", kind: kTime}, m.days(), "Mon 2006-01-02")
}

// timesSection is the section of the hours, or of what stands in for them; layout is how people see their times.
func (m *Model) timesSection(title string, first column, spans []Hour, layout string) section {
	s := section{id: "hours", title: title, cols: []column{first, {name: "recipients", title: "Recipients", kind: kCount, drop: 5}, {name: "delivered", title: "Delivered", kind: kCount}, {name: "deferrals", title: "Deferrals", kind: kCount, drop: 1},
		{name: "failed", title: "Failed", kind: kCount}, {name: "hard", title: "Hard", kind: kCount, drop: 2}, {name: "soft", title: "Soft", kind: kCount, drop: 3}, {name: "block", title: "Block", kind: kCount, drop: 2}, {name: "content", title: "Content", kind: kCount, drop: 3},
		{name: "bounce_rate", title: "Rate", kind: kRate}, {name: "rejected", title: "Rejected", kind: kCount, drop: 4}}}
	for _, h := range spans {
		r := share(rate(h.Counts))
		r.none = ended(h.Counts) == 0
		at := moment(h.Start, m.Window.Zone)
		at.text = layout
		s.rows = append(s.rows, []cell{at, num(h.Recipients), num(h.Delivered), num(h.Deferrals), num(failed(h.Counts)), num(h.Hard), num(h.Soft), num(h.Block), num(h.Content), r, num(h.Rejected)})
	}
	return s
}

func (m *Model) crossSection() section {
	s := section{id: "cross", title: "By " + strings.Join(m.Cross.Dims, " and "), top: m.Top}
	for _, d := range m.Cross.Dims {
		s.cols = append(s.cols, column{name: d, title: upper(d)})
	}
	s.cols = append(s.cols, column{name: "delivered", title: "Delivered", kind: kCount, drop: 1}, column{name: "deferrals", title: "Deferrals", kind: kCount, drop: 2}, column{name: "failed", title: "Failed", kind: kCount},
		column{name: "hard", title: "Hard", kind: kCount, drop: 3}, column{name: "soft", title: "Soft", kind: kCount, drop: 3}, column{name: "block", title: "Block", kind: kCount, drop: 3}, column{name: "content", title: "Content", kind: kCount, drop: 3},
		column{name: "bounce_rate", title: "Rate", kind: kRate})
	for _, r := range m.Cross.Rows {
		row := make([]cell, 0, len(s.cols))
		for i := range m.Cross.Dims {
			k := ""
			if i < len(r.Keys) {
				k = r.Keys[i]
			}
			row = append(row, text(cleanKey(k)))
		}
		rateCell := share(rate(r.Counts))
		rateCell.none = ended(r.Counts) == 0
		s.rows = append(s.rows, append(row, num(r.Delivered), num(r.Deferrals), num(failed(r.Counts)), num(r.Hard), num(r.Soft), num(r.Block), num(r.Content), rateCell))
	}
	return s
}

// smallPrint is the small print as lines.
func (m *Model) smallPrint() []string {
	p := m.Print
	z := zone(m.Window.Zone)
	var out []string
	if p.Lines > 0 {
		s := Plural(p.Lines, "line") + " read"
		if p.Logs > 0 {
			s += " from " + Plural(int64(p.Logs), "log")
		}
		if p.Foreign > 0 {
			s += ", " + Count(p.Foreign) + " of other programs"
		}
		s += fmt.Sprintf(", %s not recognized (%s).", Count(p.Unrecognized), percent(float64(p.Unrecognized)/float64(max(p.Lines-p.Foreign, 1))))
		out = append(out, s)
	}
	if !p.First.IsZero() {
		out = append(out, fmt.Sprintf("Data from %s to %s, times in %s.", minute(p.First, z), minute(p.Last, z), z))
	}
	for _, g := range p.Gaps {
		out = append(out, fmt.Sprintf("Nothing was logged between %s and %s.", minute(g.Since, z), minute(g.Until, z)))
	}
	for _, n := range p.Notes {
		out = append(out, Clean(n))
	}
	out = append(out, "Bounce rate: bounced and expired of all recipients whose mail ended. Bounce messages and what our server refused are not counted as mail.")
	return out
}

// filterLine tells what the figures were narrowed to, "" if to nothing.
func (m *Model) filterLine() string {
	var parts []string
	add := func(name string, vs []string) {
		if len(vs) > 0 {
			parts = append(parts, name+" "+Clean(strings.Join(vs, " or ")))
		}
	}
	f := m.Filter
	add("host", f.Host)
	add("recipient domain", f.Domain)
	add("sender", f.Sender)
	add("provider", f.Provider)
	add("category", f.Category)
	add("cause", f.Cause)
	add("outcome", f.Outcome)
	if len(parts) == 0 {
		return ""
	}
	return "Only " + strings.Join(parts, ", ") + "."
}

// heading is the report's title.
func (m *Model) heading() string {
	if m.Host == "" {
		return "Bounce report, " + m.Window.String()
	}
	return "Bounce report of " + cleanKey(m.Host) + ", " + m.Window.String()
}
