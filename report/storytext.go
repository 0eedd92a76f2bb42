package report

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/olekukonko/tablewriter/tw"

	"bouncelog/store"
)

// StoryText writes the stories for a terminal, or (with neither colour nor a narrow width) to be pasted into a ticket.
func StoryText(w io.Writer, s *Stories, o TerminalOptions) error {
	if o.Width <= 0 {
		o.Width = 100
	}
	b := bufio.NewWriter(w)
	t := page{w: b, width: max(o.Width, minWidth), p: palette{o.Color}}
	if len(s.Threads) >= manyThreads {
		if err := t.storyList(s); err != nil {
			return err
		}
		return b.Flush()
	}
	if len(s.Threads) > 1 {
		t.para(fmt.Sprintf("%d messages, newest first.", len(s.Threads)), "", "2")
		b.WriteByte('\n')
	}
	for i, th := range s.Threads {
		if i > 0 {
			b.WriteString("\n" + t.p.dim(strings.Repeat("─", min(t.width, 100))) + "\n\n")
		}
		if err := t.story(s, th); err != nil {
			return err
		}
	}
	return b.Flush()
}

// storyList shows many threads: what they have in common, then one line each.
func (t page) storyList(s *Stories) error {
	for _, g := range s.Groups[:min(len(s.Groups), 10)] {
		t.para(g.Sentence+".", "  ", "1")
	}
	if n := len(s.Groups) - 10; n > 0 {
		t.para(fmt.Sprintf("and %d more domains", n), "", "2")
	}
	t.w.WriteByte('\n')
	sec := section{cols: []column{{title: "Arrived", kind: kTime}, {title: "Queue id"}, {title: "From", drop: 2}, {title: "To", drop: 1}, {title: "Outcome"}, {title: "Cause"}}}
	for _, th := range s.Threads {
		m := th.Matches[0]
		from := "?"
		if m.Sender != nil {
			from = cmp.Or(*m.Sender, "<>")
		}
		to, outcome, cause := th.summary()
		sec.rows = append(sec.rows, []cell{moment(m.Time, s.Zone), text(m.QueueID), text(from), text(to), text(outcome), text(cause)})
	}
	if err := writeTable(t.w, sec, t.width, t.p); err != nil {
		return err
	}
	t.w.WriteByte('\n')
	for _, th := range s.Threads {
		if c := whyCommand(th.Matches[0].QueueID, ""); c != "" {
			t.para("One story whole: "+c, "", "2")
			break
		}
	}
	return nil
}

// summary is a thread in three words: the recipient or how many, the worst outcome, its cause.
func (t Thread) summary() (to, outcome, cause string) {
	switch len(t.Fates) {
	case 0:
		return "?", "unknown", ""
	case 1:
		return t.Fates[0].Recipient, t.Fates[0].Outcome, t.Fates[0].Cause
	}
	to = fmt.Sprintf("%d recipients", len(t.Fates))
	for _, o := range outcomeOrder {
		n := 0
		for _, f := range t.Fates {
			if cmp.Or(f.Outcome, "unknown") == o {
				n++
			}
		}
		if n > 0 {
			return to, fmt.Sprintf("%d %s", n, o), mainCause(t.Fates, o)
		}
	}
	return to, "", ""
}

func (t page) story(s *Stories, th Thread) error {
	colour := "1"
	if th.Good {
		colour = trendColour[TrendBetter]
	} else if !th.open() {
		colour = trendColour[TrendWorse]
	}
	t.para(th.Verdict, "", colour)
	if len(th.Fates) > 1 {
		if err := t.fates(s, th); err != nil {
			return err
		}
	}
	t.w.WriteByte('\n')
	for _, f := range facts(th.Matches[0]) {
		t.paraLead(fmt.Sprintf("  %-12s", f[0]), f[1], strings.Repeat(" ", 14), "")
	}
	if err := t.steps(s, th); err != nil {
		return err
	}
	for _, n := range th.Notes {
		t.w.WriteByte('\n')
		t.para(n, "", "33")
	}
	t.advice(th)
	t.lines(th)
	return nil
}

// open reports whether any recipient still waits.
func (t Thread) open() bool {
	for _, f := range t.Fates {
		if f.Outcome == "deferred" || f.Outcome == "held" || f.Outcome == "" {
			return true
		}
	}
	return len(t.Fates) == 0
}

// facts are what is known of a message besides its way.
func facts(m store.Match) [][2]string {
	var out [][2]string
	add := func(k, v string) {
		if v != "" {
			out = append(out, [2]string{k, v})
		}
	}
	id := cleanKey(m.QueueID)
	if m.Host != "" {
		id = strings.TrimSpace(id + " on " + cleanKey(m.Host))
	}
	if m.MTA != "" {
		id += " (" + cleanKey(m.MTA) + ")"
	}
	add("Message", id)
	add("Message-ID", short(Clean(m.MessageID), maxReply))
	if m.Sender != nil {
		add("From", cmp.Or(cleanKey(*m.Sender), "<> (the null sender: a bounce or other automatic message)"))
	}
	add("Client", client(m))
	add("Auth user", cleanKey(m.AuthUser))
	add("Subject", cleanReply(m.Subject))
	if m.Size > 0 {
		add("Size", size(m.Size))
	}
	return out
}

// maxFates is how many recipients of one message are listed.
const maxFates = 25

func (t page) fates(s *Stories, th Thread) error {
	sec := section{cols: []column{{title: "Recipient"}, {title: "Outcome"}, {title: "Cause", drop: 1}, {title: "Attempts", kind: kCount, drop: 2}, {title: "They said", flex: true, drop: 3}}}
	for _, f := range th.Fates[:min(len(th.Fates), maxFates)] {
		o := key(cmp.Or(f.Outcome, "not known"))
		if f.Outcome == "delivered" {
			o.good = 1
		} else if f.Final {
			o.good = -1
		}
		sec.rows = append(sec.rows, []cell{text(cleanKey(f.Recipient)), o, text(f.Cause), num(int64(f.Attempts)), text(cleanReply(f.Said))})
	}
	t.w.WriteByte('\n')
	if err := writeTable(t.w, sec, t.width, t.p); err != nil {
		return err
	}
	if n := len(th.Fates) - maxFates; n > 0 {
		t.w.WriteString(t.p.dim(fmt.Sprintf("and %d more", n)) + "\n")
	}
	return nil
}

// maxSteps is how many steps of a thread are shown, half of them its last: a message may have had a hundred thousand recipients.
const maxSteps = 200

func (t page) steps(s *Stories, th Thread) error {
	if len(th.Steps) == 0 {
		return nil
	}
	t.w.WriteByte('\n')
	many := false // several queue ids?
	for _, m := range th.Matches[1:] {
		many = many || m.QueueID != th.Matches[0].QueueID
	}
	header := []string{t.p.bold("Time"), t.p.bold("Elapsed")}
	aligns := []tw.Align{tw.AlignLeft, tw.AlignRight}
	used := 19 + gutter + 12 + gutter
	if many {
		header, aligns = append(header, t.p.bold("Queue id")), append(aligns, tw.AlignLeft)
		used += 16 + gutter
	}
	header, aligns = append(header, t.p.bold("What happened")), append(aligns, tw.AlignLeft)
	room := max(t.width-used, 20)
	var rows [][]string
	first, last := th.Steps, []Step(nil)
	if n := len(th.Steps) - maxSteps; n > 0 {
		first, last = th.Steps[:maxSteps/2], th.Steps[n+maxSteps/2:]
	}
	for i, st := range slices.Concat(first, last) {
		if i == len(first) {
			left := make([]string, len(header))
			left[len(left)-1] = t.p.dim(fmt.Sprintf("and %d more, which --format json tells", len(th.Steps)-maxSteps))
			rows = append(rows, left)
		}
		row := []string{stamp(st.Time, s.Zone), elapsed(st.Elapsed)}
		if many {
			row = append(row, fit(Clean(st.QueueID), 16))
		}
		var what []string
		for _, l := range wrap(Clean(st.What), room) {
			what = append(what, t.p.cell(cell{good: st.Good}, l))
		}
		if st.Said != "" {
			for i, l := range wrap(st.Said, room-2) {
				quote := "“ "
				if i > 0 {
					quote = "  "
				}
				what = append(what, t.p.dim(quote+l))
			}
		}
		rows = append(rows, append(row, strings.Join(what, "\n")))
	}
	return drawTable(t.w, header, aligns, rows)
}

// advice tells each cause of the thread once: what it means and what to do next.
func (t page) advice(th Thread) {
	for _, f := range th.causes() {
		t.w.WriteString("\n" + t.p.bold("What it means") + "\n")
		what := f.Cause
		if f.Category != "" {
			what += ", " + f.Category
		}
		if f.Meaning != "" {
			what += ": " + f.Meaning
		}
		if f.Provider != "" {
			what += " (" + f.Provider + ")"
		}
		t.paraLead("  ", Clean(what), "  ", "")
		if len(f.Advice) > 0 {
			t.w.WriteString(t.p.bold("What to do") + "\n")
		}
		for i, a := range f.Advice {
			t.paraLead(fmt.Sprintf("  %d. ", i+1), Clean(a), "     ", "")
		}
		for _, l := range f.Links {
			t.link("  see ", l)
		}
	}
}

// maxLines is how many raw lines of one message are shown.
const maxLines = 200

func (t page) lines(th Thread) {
	first := true
	for _, m := range th.Matches {
		for i, l := range m.Lines {
			if first {
				t.w.WriteString("\n" + t.p.bold("Log lines") + "\n")
				first = false
			}
			if i == maxLines {
				t.w.WriteString(t.p.dim(fmt.Sprintf("  and %d more", len(m.Lines)-maxLines)) + "\n")
				break
			}
			// Raw lines are never wrapped: they are there to be copied.
			t.w.WriteString("  " + t.p.dim(fmt.Sprintf("%s:%d:", cleanKey(l.File), l.Line)) + " " + cleanLine(l.Text) + "\n")
		}
	}
}

// StoryJSON writes the stories with the names of `why --format json`.
func StoryJSON(w io.Writer, s *Stories) error {
	type jsonGroup struct {
		Domain   string `json:"domain"`
		Messages int64  `json:"messages"`
		Sentence string `json:"sentence"`
	}
	out := struct {
		Verdicts []string      `json:"verdicts"`
		Groups   []jsonGroup   `json:"groups,omitempty"`
		Matches  []store.Match `json:"matches"`
	}{Verdicts: []string{}, Matches: make([]store.Match, 0, len(s.Matches))}
	for _, t := range s.Threads {
		out.Verdicts = append(out.Verdicts, t.Verdict)
	}
	for _, g := range s.Groups {
		out.Groups = append(out.Groups, jsonGroup{g.Domain, g.Messages, g.Sentence})
	}
	for _, m := range s.Matches {
		out.Matches = append(out.Matches, jsonMatch(m))
	}
	slices.SortStableFunc(out.Matches, func(a, b store.Match) int { return b.Time.Compare(a.Time) })
	return EncodeJSON(w, out, true)
}

// jsonMatch is m with lists where nil would give null.
func jsonMatch(m store.Match) store.Match {
	m.Recipients, m.Lines, m.Related = orEmpty(slices.Clone(m.Recipients)), orEmpty(m.Lines), slices.Clone(m.Related)
	for i := range m.Recipients {
		m.Recipients[i].Events = orEmpty(m.Recipients[i].Events)
	}
	for i := range m.Related {
		m.Related[i] = jsonMatch(m.Related[i])
	}
	return m
}
