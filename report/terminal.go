package report

import (
	"bufio"
	"io"
	"slices"
	"strings"
)

// TerminalOptions are what a terminal, or a mail's plain text, is like.
type TerminalOptions struct {
	Width    int      // columns; 0: 100
	Color    bool     // ANSI colours
	Sections []string // only these, by id; nil: all that have something to say
}

// minWidth is the narrowest page that tables are fitted to.
const minWidth = 40

// textWidth is the width of plain text in mail (RFC 5322 section 2.1.1 asks for no more than 78).
const textWidth = 78

// Text writes m as plain text for mail: no colour, 78 columns.
func Text(w io.Writer, m *Model) error {
	return Terminal(w, m, TerminalOptions{Width: textWidth})
}

// Terminal writes m as tables fitted to a terminal.
func Terminal(w io.Writer, m *Model, o TerminalOptions) error {
	if o.Width <= 0 {
		o.Width = 100
	}
	b := bufio.NewWriter(w)
	t := page{w: b, width: max(o.Width, minWidth), p: palette{o.Color}}
	whole := len(o.Sections) == 0
	if whole {
		t.opening(m)
	}
	if !m.Empty {
		sections := m.pageSections
		if !whole {
			sections = m.sections
		}
		for _, s := range sections() {
			if whole && len(s.rows) == 0 || !whole && !slices.Contains(o.Sections, s.id) {
				continue
			}
			if err := t.section(s); err != nil {
				return err
			}
		}
	} else if !whole {
		t.opening(m)
	}
	if whole {
		t.smallPrint(m)
	}
	return b.Flush()
}

// maxPara is how much of one paragraph is shown: rules' advice is shorter, what a log made longer is cut.
const maxPara = 1000

// page writes paragraphs and tables of a width. Errors of its buffer come out at Flush.
type page struct {
	w     *bufio.Writer
	width int
	p     palette
}

func (t page) opening(m *Model) {
	t.w.WriteString(t.p.bold(fit(m.heading(), t.width)) + "\n")
	if f := m.filterLine(); f != "" {
		t.para(f, "", "")
	}
	t.w.WriteByte('\n')
	for i, s := range m.Verdict.Sentences {
		colour := ""
		if i == 0 {
			colour = trendColour[m.Verdict.Trend]
		}
		t.para(Clean(s), "", colour)
	}
	for i, a := range m.Verdict.Actions {
		if i == 0 {
			t.w.WriteString("\n" + t.p.bold("To act on") + "\n")
		}
		t.para("- "+Clean(a.Cause+": "+a.Why)+".", "  ", "")
		for n, s := range a.Advice[:min(len(a.Advice), 2)] {
			lead := "    "
			if n == 0 {
				lead = "  → "
			}
			t.paraLead(lead, Clean(s), "    ", "")
		}
		if len(a.Links) > 0 {
			t.link("    See ", a.Links[0])
		}
	}
}

func (t page) section(s section) error {
	t.w.WriteString("\n" + t.p.bold(fit(s.title, t.width)) + "\n")
	if s.intro != "" {
		t.para(Clean(s.intro), "", "2")
	}
	if len(s.rows) == 0 {
		t.w.WriteString("none\n")
		return nil
	}
	if err := writeTable(t.w, s, t.width, t.p); err != nil {
		return err
	}
	if n := s.hidden(); n > 0 {
		t.w.WriteString(t.p.dim("and "+Count(int64(n))+" more") + "\n")
	}
	for _, n := range s.notes {
		if n.title == "" {
			for _, l := range n.lines {
				t.para(Clean(l), "", "")
			}
			continue
		}
		t.w.WriteString("\n  " + t.p.bold(fit(Clean(n.title), t.width-2)) + "\n")
		for _, l := range n.lines {
			t.paraLead("    ", Clean(l), "      ", "")
		}
		if n.link != "" {
			t.link("    See ", n.link)
		}
	}
	return nil
}

func (t page) smallPrint(m *Model) {
	t.w.WriteByte('\n')
	for _, l := range m.smallPrint() {
		t.para(Clean(l), "", "2")
	}
}

// link writes a web address without a break, so that it can be clicked and copied.
func (t page) link(lead, s string) {
	if len(webLinks([]string{s})) == 1 {
		t.w.WriteString(lead + s + "\n")
		return
	}
	t.paraLead(lead, Clean(s), strings.Repeat(" ", width(lead)), "")
}

// para writes s wrapped; indent is put before all lines but the first.
func (t page) para(s, indent, colour string) { t.paraLead("", s, indent, colour) }

// paraLead writes s wrapped, the first line after lead, the others after indent.
func (t page) paraLead(lead, s, indent, colour string) {
	s = short(s, maxPara)
	room := t.width - max(width(lead), width(indent))
	for i, l := range wrap(s, room) {
		if i == 0 {
			t.w.WriteString(lead)
		} else {
			t.w.WriteString(indent)
		}
		t.w.WriteString(t.p.paint(colour, l) + "\n")
	}
}
