package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/renderer"
	"github.com/olekukonko/tablewriter/tw"
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

// writeTable lays a section's rows out with tablewriter. Cells are cleaned, wrapped and cut here: tablewriter only aligns them.
func writeTable(w io.Writer, s section, total int, p palette) error {
	l := fitColumns(s, total)
	header := make([]string, len(l.cols))
	aligns := make([]tw.Align, len(l.cols))
	for n, i := range l.cols {
		header[n] = p.bold(fit(s.cols[i].title, l.widths[n]))
		aligns[n] = tw.AlignLeft
		if s.cols[i].kind.numeric() {
			aligns[n] = tw.AlignRight
		}
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
	return drawTable(w, header, aligns, rows)
}

// maxCellLines is how many lines of one cell are shown.
const maxCellLines = 3

// drawTable is tablewriter without its own ideas: no frame, no change of case, no wrapping.
func drawTable(w io.Writer, header []string, aligns []tw.Align, rows [][]string) error {
	pad := tw.Padding{Left: "", Right: strings.Repeat(" ", gutter), Overwrite: true}
	pads := make([]tw.Padding, len(header))
	for i := range pads {
		pads[i] = pad
	}
	pads[len(pads)-1] = tw.Padding{Overwrite: true}
	cfg := func(wrap int) tw.CellConfig {
		return tw.CellConfig{
			Formatting: tw.CellFormatting{AutoWrap: wrap, AutoFormat: tw.Off},
			Padding:    tw.CellPadding{Global: pad, PerColumn: pads},
			Alignment:  tw.CellAlignment{Global: tw.AlignLeft, PerColumn: aligns},
		}
	}
	var b strings.Builder
	t := tablewriter.NewTable(&b,
		tablewriter.WithRenderer(renderer.NewBlueprint(tw.Rendition{
			Borders: tw.Border{Left: tw.Off, Right: tw.Off, Top: tw.Off, Bottom: tw.Off},
			Symbols: tw.NewSymbols(tw.StyleLight),
			Settings: tw.Settings{
				Separators: tw.Separators{BetweenColumns: tw.Off, BetweenRows: tw.Off},
				Lines:      tw.Lines{ShowTop: tw.Off, ShowBottom: tw.Off, ShowHeaderLine: tw.On},
			},
		})),
		tablewriter.WithConfig(tablewriter.Config{
			Header:   cfg(tw.WrapNone),
			Row:      cfg(tw.WrapNone),
			Behavior: tw.Behavior{TrimSpace: tw.Off, TrimLine: tw.Off},
		}),
	)
	t.Header(header)
	if err := t.Bulk(rows); err != nil {
		return fmt.Errorf("lay out a table: %w", err)
	}
	if err := t.Render(); err != nil {
		return fmt.Errorf("lay out a table: %w", err)
	}
	for line := range strings.Lines(b.String()) {
		if _, err := io.WriteString(w, strings.TrimRight(line, " \n")+"\n"); err != nil {
			return err
		}
	}
	return nil
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
