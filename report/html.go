package report

import (
	"bufio"
	"cmp"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"math"
	"strconv"
	"strings"
)

//go:embed assets
var assets embed.FS

// htmlRows is how many rows a table of the page holds at most.
const htmlRows = 500

// HTMLOptions say for what the page is made.
type HTMLOptions struct {
	Mail bool // for mail readers: no script, no charts, no rows that open
}

// HTML writes m as one self-contained page: no outside requests, a strict Content-Security-Policy, charts drawn inline with their
// tables behind them.
func HTML(w io.Writer, m *Model, o HTMLOptions) error {
	return execute(w, "report.tmpl", newPage(m, o))
}

// execute runs a template of assets.
func execute(w io.Writer, name string, data any) error {
	t, err := template.New(name).ParseFS(assets, "assets/*.tmpl")
	if err != nil {
		return fmt.Errorf("read the page's template: %w", err)
	}
	b := bufio.NewWriter(w)
	if err := t.Execute(b, data); err != nil {
		return fmt.Errorf("write the page: %w", err)
	}
	return b.Flush()
}

// frame is what every page has: its own style and script, and the policy that lets nothing else run.
type frame struct {
	Title  string
	Policy string
	Style  template.CSS
	Script template.JS
	Mail   bool
}

func newFrame(title string, mail bool) frame {
	style := asset("assets/style.css")
	f := frame{Title: title, Style: template.CSS(style), Mail: mail}
	script := "'none'"
	if !mail {
		js := asset("assets/page.js")
		f.Script, script = template.JS(js), hashSource(js)
	}
	f.Policy = "default-src 'none'; style-src " + hashSource(style) + "; script-src " + script + "; base-uri 'none'; form-action 'none'"
	return f
}

// asset is an embedded file; what go:embed took in is always there.
func asset(name string) string {
	b, _ := assets.ReadFile(name)
	return string(b)
}

// hashSource is the CSP source expression that allows exactly s (CSP level 3, section 2.3.1).
func hashSource(s string) string {
	h := sha256.Sum256([]byte(s))
	return "'sha256-" + base64.StdEncoding.EncodeToString(h[:]) + "'"
}

// htmlPage is the data of report.tmpl.
type htmlPage struct {
	frame
	Host, When string
	Filter     string
	Empty      bool
	Trend      string
	Lead       string
	Rest       []string
	Actions    []Action
	Tiles      []tile
	Bars       *barChart
	Line       *lineChart
	Trends     htmlTable // the table behind Line
	Tables     []htmlTable
	Small      []string
	Categories []string
}

// tile is one of the big figures at the top.
type tile struct {
	Title, Value, Change, Against string
	Class                         string // good, bad
}

// htmlTable is a section with what only the page shows.
type htmlTable struct {
	ID, Title, Intro string
	Cols             []htmlCol
	Rows             []htmlRow
	Hidden           int // rows shown only when asked for
	Cut              int // rows that are not in the page
	Search           bool
	Opens            bool
	Notes            []string
}

type htmlCol struct {
	Title   string
	Numeric bool
	Low     bool // left out on a phone
	Plain   bool // cannot be sorted
}

type htmlRow struct {
	ID     string
	Cells  []htmlCell
	Detail *htmlDetail
	More   bool // beyond the first rows
}

type htmlCell struct {
	Text, Sort, Class string
	Numeric, Low      bool
	Spark             *spark
	Bar               string // width of a share's bar, "" none
}

// htmlDetail is what a row opens to.
type htmlDetail struct {
	Facts   []string
	Replies []htmlReply
	Advice  []string
	Links   []string
	Command string
}

type htmlReply struct{ Count, Text, Cause, Class, Example string }

func newPage(m *Model, o HTMLOptions) *htmlPage {
	p := &htmlPage{frame: newFrame(m.heading(), o.Mail), Host: cleanKey(m.Host), When: m.Window.String(), Filter: short(m.filterLine(), maxPara),
		Empty: m.Empty, Trend: m.Verdict.Trend, Categories: categories[:]}
	for i, s := range m.Verdict.Sentences {
		s = short(Clean(s), maxPara)
		if i == 0 {
			p.Lead = s
		} else {
			p.Rest = append(p.Rest, s)
		}
	}
	for _, a := range m.Verdict.Actions {
		p.Actions = append(p.Actions, Action{Cause: cleanKey(a.Cause), Category: a.Category, Why: short(Clean(a.Why), maxPara), Advice: cleanAll(a.Advice), Links: webLinks(a.Links)})
	}
	for _, s := range m.smallPrint() {
		p.Small = append(p.Small, short(Clean(s), maxPara))
	}
	if m.Empty {
		return p
	}
	p.Tiles = m.tiles()
	if !o.Mail {
		p.Bars, p.Line = m.hourChart(), m.trendChart()
		if p.Line != nil {
			p.Trends = newTable(m.trendSection(), o)
		}
	}
	for _, s := range m.pageSections() {
		if len(s.rows) == 0 {
			continue
		}
		t := newTable(s, o)
		if !o.Mail {
			m.addDetails(&t, s)
		}
		p.Tables = append(p.Tables, t)
	}
	return p
}

// cleanAll shortens and cleans words that are ours or a rule's.
func cleanAll(l []string) []string {
	out := make([]string, 0, len(l))
	for _, s := range l {
		out = append(out, short(Clean(s), maxPara))
	}
	return out
}

// webLinks keeps what is a plain web address.
func webLinks(l []string) []string {
	var out []string
	for _, s := range l {
		if c := Clean(s); c == s && strings.HasPrefix(s, "https://") && len(s) < maxPara && !strings.ContainsAny(s, " <>\"'`") {
			out = append(out, s)
		}
	}
	return out
}

// tileTitles are shorter than the table's.
var tileTitles = map[string]string{"deferred": "Still deferred", "rejected": "Rejected by us"}

// tiles are the figures that a postmaster looks for first.
func (m *Model) tiles() []tile {
	var out []tile
	for _, t := range m.Totals {
		switch t.Key {
		case "delivered", "bounced", "bounce_rate", "expired", "deferred", "rejected":
		default:
			continue
		}
		base, label := t.Usual, m.Usual
		if label == "" || math.IsNaN(base) {
			base, label = t.Prior, m.Prior
		}
		c, d := num(int64(t.Value)), change(t.Value, base, t.Bad)
		if t.IsRate {
			c, d = share(t.Value), points(t.Value, base, t.Bad)
		}
		x := tile{Title: cmp.Or(tileTitles[t.Key], t.Title), Value: c.String(), Class: moodClass(d.good)}
		if !d.none && label != "" {
			x.Change, x.Against = d.String(), "against "+label
		}
		out = append(out, x)
	}
	return out
}

func moodClass(good int8) string {
	switch {
	case good > 0:
		return "good"
	case good < 0:
		return "bad"
	}
	return ""
}

// newTable lays a section out for the page.
func newTable(s section, o HTMLOptions) htmlTable {
	t := htmlTable{ID: s.id, Title: s.title, Intro: s.intro}
	for _, c := range s.cols {
		if !c.data && !c.open {
			t.Cols = append(t.Cols, htmlCol{Title: c.title, Numeric: c.kind.numeric(), Low: c.onlyWide()})
		}
	}
	top := s.top
	if top == 0 {
		top = len(s.rows)
	}
	rows := s.rows
	limit := htmlRows
	if o.Mail {
		limit = top
	}
	if len(rows) > limit {
		t.Cut = len(rows) - limit
		rows = rows[:limit]
	}
	for n, r := range rows {
		row := htmlRow{ID: s.id + "-" + strconv.Itoa(n), More: n >= top}
		if row.More {
			t.Hidden++
		}
		for i, c := range s.cols {
			if c.data || c.open {
				continue
			}
			row.Cells = append(row.Cells, newCell(r[i], c))
		}
		t.Rows = append(t.Rows, row)
	}
	t.Search = !o.Mail && len(t.Rows) > 5 && s.id != "hours" && s.id != "totals" && s.id != "days"
	if s.id == "totals" {
		for _, n := range s.notes {
			t.Notes = append(t.Notes, cleanAll(n.lines)...)
		}
	}
	return t
}

// onlyWide reports whether a phone does without the column.
func (c column) onlyWide() bool { return c.low || c.drop >= 3 && !c.flex }

func newCell(c cell, col column) htmlCell {
	h := htmlCell{Text: short(Clean(c.String()), maxReply), Sort: c.machine(), Numeric: col.kind.numeric(), Low: col.onlyWide()}
	h.Sort = short(Clean(h.Sort), maxKey)
	var classes []string
	switch {
	case c.none:
		classes = append(classes, "none")
	case c.good != 0:
		classes = append(classes, moodClass(c.good))
	case c.cat != "":
		classes = append(classes, "cat", categoryClass(c.cat))
	}
	if h.Numeric {
		classes = append(classes, "n")
	}
	if h.Low {
		classes = append(classes, "low")
	}
	if c.kind == kTime {
		classes = append(classes, "at")
	}
	if col.flex {
		classes = append(classes, "long")
	}
	if col.name == "cause" || col.name == "top_cause" {
		classes = append(classes, "slug")
	}
	h.Class = strings.Join(classes, " ")
	return h
}

// categoryClass is the class of a known category: a class is never made of log text.
func categoryClass(s string) string {
	for _, k := range categories {
		if s == k {
			return "c-" + k
		}
	}
	return ""
}

// trendSection is the table behind the line of the bounce rate.
func (m *Model) trendSection() section {
	s := section{id: "days", title: "Bounce rate by day", cols: []column{{title: "Day"}, {title: "Ended", kind: kCount}, {title: "Failed", kind: kCount}, {title: "Rate", kind: kRate}}}
	for _, d := range m.Trend {
		c := moment(d.Day, m.Window.Zone)
		c.text = "Mon 2 Jan"
		s.rows = append(s.rows, []cell{c, num(d.Ended), num(d.Failed), share(d.Rate)})
	}
	return s
}
