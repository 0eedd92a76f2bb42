package report

import (
	"io"
	"slices"
	"strings"
)

// gutter is the space between two columns.
const gutter = 2

// minFlex is the least width that a column of long text is worth; narrower, it is dropped.
const minFlex = 24

// maxCell bounds a column that is not flexible: one long domain must not push the figures off the screen.
const maxCell = 40

// layout is a section's table fitted to a width: which columns are shown and how wide each is.
type layout struct {
	cols   []int // indexes into the section's columns
	widths []int
}

// fitColumns chooses the columns that fit into total terminal columns: while they do not, the one with the highest drop goes. Columns
// of long text share what is left.
func fitColumns(s section, total int) layout {
	var l layout
	for i, c := range s.cols {
		if !c.data {
			l.cols = append(l.cols, i)
		}
	}
	rows := s.shown()
	natural := make([]int, len(s.cols))
	for _, i := range l.cols {
		natural[i] = width(s.cols[i].title)
		for _, r := range rows {
			natural[i] = max(natural[i], width(Clean(r[i].String())))
		}
		if !s.cols[i].flex {
			natural[i] = min(natural[i], max(maxCell, width(s.cols[i].title)))
		}
	}
	for {
		need, flexes := gutter*(len(l.cols)-1), 0
		for _, i := range l.cols {
			if s.cols[i].flex {
				flexes++
				need += min(natural[i], minFlex)
			} else {
				need += natural[i]
			}
		}
		if need <= total || !dropOne(s, &l) {
			break
		}
	}
	rest := total - gutter*(len(l.cols)-1)
	for _, i := range l.cols {
		if !s.cols[i].flex {
			rest -= natural[i]
		}
	}
	for _, i := range l.cols {
		w := natural[i]
		if s.cols[i].flex {
			w = max(min(w, rest), 8)
		}
		l.widths = append(l.widths, w)
	}
	// What may not be dropped and still does not fit is cut, the widest column first.
	for {
		sum, widest := gutter*(len(l.widths)-1), 0
		for i, w := range l.widths {
			sum += w
			if w > l.widths[widest] {
				widest = i
			}
		}
		if sum <= total || l.widths[widest] <= 8 {
			return l
		}
		l.widths[widest] = max(8, l.widths[widest]-(sum-total))
	}
}

// dropOne drops the column that is missed least; false if none may go.
func dropOne(s section, l *layout) bool {
	at := -1
	for n, i := range l.cols {
		if d := s.cols[i].drop; d > 0 && (at < 0 || d > s.cols[l.cols[at]].drop) {
			at = n
		}
	}
	if at < 0 {
		return false
	}
	l.cols = append(l.cols[:at:at], l.cols[at+1:]...)
	return true
}

// writeTable lays a section's rows out: its cells cleaned, wrapped and cut.
func writeTable(w io.Writer, s section, total int, p palette) error {
	l := fitColumns(s, total)
	header := make([]string, len(l.cols))
	right := make([]bool, len(l.cols))
	for n, i := range l.cols {
		header[n] = p.bold(fit(s.cols[i].title, l.widths[n]))
		right[n] = s.cols[i].kind.numeric()
	}
	var rows [][]string
	for _, r := range s.shown() {
		row := make([]string, len(l.cols))
		for n, i := range l.cols {
			text := Clean(r[i].String())
			if s.cols[i].flex {
				lines := wrap(text, l.widths[n])
				if len(lines) > maxCellLines {
					lines = lines[:maxCellLines]
					lines[maxCellLines-1] = fit(lines[maxCellLines-1]+" …", l.widths[n])
				}
				row[n] = strings.Join(lines, "\n")
				continue
			}
			row[n] = p.cell(r[i], fit(text, l.widths[n]))
		}
		rows = append(rows, row)
	}
	return drawTable(w, header, right, rows)
}

// maxCellLines is how many lines of one cell are shown.
const maxCellLines = 3

// drawTable writes rows below their header, each column as wide as its widest line.
func drawTable(w io.Writer, header []string, right []bool, rows [][]string) error {
	widths := make([]int, len(header))
	for i, title := range header {
		widths[i] = width(title)
		for _, r := range rows {
			for line := range strings.SplitSeq(r[i], "\n") {
				widths[i] = max(widths[i], width(line))
			}
		}
	}
	var b strings.Builder
	drawRow(&b, header, right, widths)
	total := gutter * (len(widths) - 1)
	for _, n := range widths {
		total += n
	}
	b.WriteString(strings.Repeat("─", total) + "\n")
	for _, r := range rows {
		drawRow(&b, r, right, widths)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// drawRow writes a row, whose cells may have several lines.
func drawRow(b *strings.Builder, row []string, right []bool, widths []int) {
	rest := slices.Clone(row)
	for more := true; more; {
		more = false
		var out strings.Builder
		for i := range rest {
			line, below, goesOn := strings.Cut(rest[i], "\n")
			rest[i], more = below, more || goesOn
			pad := strings.Repeat(" ", widths[i]-width(line))
			if right[i] {
				line, pad = pad+line, ""
			}
			out.WriteString(line + pad + strings.Repeat(" ", gutter))
		}
		b.WriteString(strings.TrimRight(out.String(), " ") + "\n")
	}
}

// palette colours our own words for a terminal, or leaves them alone. Log text is cleaned before it gets here.
type palette struct{ on bool }

func (p palette) paint(code, s string) string {
	if !p.on || s == "" || code == "" {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

func (p palette) bold(s string) string { return p.paint("1", s) }
func (p palette) dim(s string) string  { return p.paint("2", s) }

// categoryColour is sober: the basic eight colours follow the terminal's own theme.
var categoryColour = map[string]string{"hard": "31", "soft": "33", "block": "35", "content": "36"}

// trendColour is for the verdict's first sentence.
var trendColour = map[string]string{TrendWorse: "1;31", TrendBetter: "1;32"}

func (p palette) cell(c cell, s string) string {
	switch {
	case c.none:
		return p.dim(s)
	case c.good < 0:
		return p.paint("31", s)
	case c.good > 0:
		return p.paint("32", s)
	case c.cat != "":
		return p.paint(categoryColour[c.cat], s)
	}
	return s
}
