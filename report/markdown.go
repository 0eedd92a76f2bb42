package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// Markdown writes m as GitHub-flavoured Markdown.
func Markdown(w io.Writer, m *Model) error {
	b := bufio.NewWriter(w)
	fmt.Fprintf(b, "# %s\n\n", mdText(m.heading()))
	if f := m.filterLine(); f != "" {
		fmt.Fprintf(b, "%s\n\n", mdText(f))
	}
	for i, s := range m.Verdict.Sentences {
		if s = mdText(s); i == 0 {
			s = "**" + s + "**"
		}
		fmt.Fprintf(b, "%s\n", s)
	}
	if len(m.Verdict.Actions) > 0 {
		b.WriteString("\n## To act on\n")
	}
	for _, a := range m.Verdict.Actions {
		fmt.Fprintf(b, "\n- **%s**: %s.\n", mdText(cleanKey(a.Cause)), mdText(short(a.Why, maxPara)))
		for _, s := range a.Advice {
			fmt.Fprintf(b, "  - %s\n", mdText(s))
		}
		for _, l := range webLinks(a.Links) {
			fmt.Fprintf(b, "  - see <%s>\n", l)
		}
	}
	if !m.Empty {
		for _, s := range m.pageSections() {
			if len(s.rows) > 0 {
				mdSection(b, s)
			}
		}
	}
	b.WriteString("\n---\n\n")
	for _, l := range m.smallPrint() {
		fmt.Fprintf(b, "%s\n", mdText(l))
	}
	return b.Flush()
}

func mdSection(b *bufio.Writer, s section) {
	fmt.Fprintf(b, "\n## %s\n\n", mdText(s.title))
	if s.intro != "" {
		fmt.Fprintf(b, "%s\n\n", mdText(s.intro))
	}
	var heads, rules []string
	var shown []int
	for i, c := range s.cols {
		if c.data {
			continue
		}
		shown = append(shown, i)
		heads = append(heads, mdText(c.title))
		if c.kind.numeric() {
			rules = append(rules, "---:")
		} else {
			rules = append(rules, "---")
		}
	}
	fmt.Fprintf(b, "| %s |\n| %s |\n", strings.Join(heads, " | "), strings.Join(rules, " | "))
	for _, r := range s.shown() {
		cells := make([]string, len(shown))
		for n, i := range shown {
			cells[n] = mdText(r[i].String())
		}
		fmt.Fprintf(b, "| %s |\n", strings.Join(cells, " | "))
	}
	if n := s.hidden(); n > 0 {
		fmt.Fprintf(b, "\nand %s more\n", Count(int64(n)))
	}
	for _, n := range s.notes {
		b.WriteByte('\n')
		if n.title != "" {
			fmt.Fprintf(b, "**%s**\n\n", mdText(n.title))
		}
		for _, l := range n.lines {
			if n.title != "" {
				b.WriteString("- ")
			}
			fmt.Fprintf(b, "%s\n", mdText(l))
		}
		for _, l := range webLinks([]string{n.link}) {
			fmt.Fprintf(b, "- see <%s>\n", l)
		}
	}
}
