package main

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the goldens anew")

// goldenNow is when the reports of the goldens are made: the evening of the day of the bundled logs.
var goldenNow = time.Date(2026, 11, 22, 18, 0, 0, 0, time.UTC)

var goldenLogs = []string{"postfix/syslog", "exim/mainlog", "sendmail/maillog"}

// Every rendering of the report of each bundled log. Tables show three rows, so that a change can be read in the diff; CSV, JSON and the page,
// which hold all rows, are cut to their beginnings with the number of rows, CSV and JSON with the sums of what was counted in all of them.
func TestGoldenReports(t *testing.T) {
	for _, log := range goldenLogs {
		mta, _, _ := strings.Cut(log, "/")
		t.Run(mta, func(t *testing.T) {
			env := newGoldenEnv(t)
			name := filepath.Join(logDir, log)
			env.run("ingest", name)
			for _, format := range reportFormats {
				if got := env.report(format, "--day", "2026-11-22"); golden(t, mta+"."+format, got) && env.report(format, "--day", "2026-11-22") != got {
					t.Errorf("%s differs when it is made again", format)
				}
			}
			formats := []string{"text"}
			if mta == "postfix" {
				formats = reportFormats
			}
			for _, format := range formats {
				golden(t, mta+".file."+format, env.report(format, name))
			}
		})
	}
}

// goldenEnv runs commands by a stopped clock, in UTC, with a database of its own and no configuration.
type goldenEnv struct {
	t   *testing.T
	dir string
}

func newGoldenEnv(t *testing.T) goldenEnv {
	t.Helper()
	dir := t.TempDir()
	t.Setenv("XDG_STATE_HOME", dir)
	if err := os.WriteFile(filepath.Join(dir, "config.toml"), []byte("report_zone = \"UTC\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return goldenEnv{t, dir}
}

func (e goldenEnv) run(args ...string) string {
	e.t.Helper()
	var out, errs bytes.Buffer
	c := newRootCommand(&globals{in: strings.NewReader(""), out: &out, err: &errs, now: func() time.Time { return goldenNow }})
	c.SetArgs(append(args, "--db", filepath.Join(e.dir, "db"), "--config", filepath.Join(e.dir, "config.toml"), "--timezone", "UTC"))
	if err := c.ExecuteContext(e.t.Context()); err != nil {
		e.t.Fatalf("bouncelog %s: %v\n%s", strings.Join(args, " "), err, errs.String())
	}
	return out.String()
}

// report is a rendering as its golden holds it.
func (e goldenEnv) report(format string, args ...string) string {
	e.t.Helper()
	args = append([]string{"report", "--format", format, "--top", "3"}, args...)
	switch format {
	case "csv":
		dir := e.t.TempDir()
		e.run(append(args, "--dir", dir)...)
		return shortCSV(e.t, dir)
	case "json":
		return shortJSON(e.t, e.run(args...))
	case "html":
		return outline(e.t, e.run(args...))
	}
	return e.run(args...)
}

// golden compares with a file of testdata/golden, or writes it; it reports whether they are the same.
func golden(t *testing.T, name, got string) bool {
	t.Helper()
	path := filepath.Join("testdata", "golden", name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o666); err != nil {
			t.Fatal(err)
		}
		return true
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Errorf("%v: make it with -update", err)
		return false
	}
	if got == string(want) {
		return true
	}
	t.Errorf("%s differs (-want +got); if it should, run with -update and read the diff:\n%.4000s", path,
		cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")))
	return false
}

// shortCSV puts the files of all sections behind each other, each cut to four lines.
func shortCSV(t *testing.T, dir string) string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*.csv"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no CSV files: %v", err)
	}
	var b strings.Builder
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		lines := slices.Collect(strings.Lines(string(text)))
		fmt.Fprintf(&b, "-- %s: %d lines --\n%s", filepath.Base(name), len(lines), strings.Join(lines[:min(len(lines), 4)], ""))
	}
	return b.String()
}

// shortJSON cuts lists of objects to two of them and tells how many there are and what their counts add up to.
func shortJSON(t *testing.T, text string) string {
	t.Helper()
	b, err := json.MarshalIndent(shorten(decode(t, text)), "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(b) + "\n"
}

func shorten(v any) any {
	switch v := v.(type) {
	case object:
		for k, x := range v {
			v[k] = shorten(x)
		}
	case float64: // processors differ in the last digits
		return math.Round(v*1e6) / 1e6
	case []any:
		if len(v) == 0 {
			return v
		}
		if _, ok := v[0].(object); !ok {
			return v
		}
		sums := map[string]float64{}
		for _, x := range v {
			for k, n := range x.(object) {
				if n, ok := n.(float64); ok && n != 0 && n == math.Trunc(n) && !strings.HasSuffix(k, "rate") && k != "share" && !strings.HasPrefix(k, "delay") {
					sums[k] += n
				}
			}
		}
		short := object{"rows": len(v)}
		for i, x := range v[:min(len(v), 2)] {
			short[fmt.Sprint("row ", i)] = shorten(x)
		}
		if len(sums) > 0 {
			short["sums"] = sums
		}
		return short
	}
	return v
}

// outline is what a page says: a line for each element with text of its own, tables with their heads, their first rows and how many there are.
func outline(t *testing.T, page string) string {
	t.Helper()
	for _, name := range []string{"script", "style"} {
		for {
			from := strings.Index(page, "<"+name)
			if from < 0 {
				break
			}
			to := strings.Index(page[from:], "</"+name+">")
			if to < 0 {
				t.Fatalf("<%s> does not end", name)
			}
			page = page[:from] + page[from+to+len("</"+name+">"):]
		}
	}
	d := xml.NewDecoder(strings.NewReader(page))
	d.Strict, d.AutoClose, d.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	var o outliner
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("the page is not well formed: %v", err)
		}
		o.token(token)
	}
	o.flush()
	if o.tables < 5 {
		t.Fatalf("%d tables in the page", o.tables)
	}
	return o.out.String()
}

// outlineRows is how many rows of a table stand in the outline, the details that each opens to not counted.
const outlineRows = 2

type outliner struct {
	out    strings.Builder
	line   []string // texts of the element at hand
	body   bool     // in a table's body
	rows   int
	detail bool // in a row that another one opens
	drawn  map[string]int
	svg    bool
	tables int
}

func (o *outliner) token(token xml.Token) {
	switch e := token.(type) {
	case xml.StartElement:
		o.start(e)
	case xml.CharData:
		if text := strings.Join(strings.Fields(string(e)), " "); text != "" {
			o.line = append(o.line, text)
		}
	case xml.EndElement:
		o.end(e.Name.Local)
	}
}

func (o *outliner) start(e xml.StartElement) {
	attr := func(name string) string {
		for _, a := range e.Attr {
			if a.Name.Local == name {
				return a.Value
			}
		}
		return ""
	}
	switch e.Name.Local {
	case "p", "li", "h1", "h2", "h3", "ul", "ol", "div", "section", "header", "footer", "figure", "nav":
		o.flush()
	case "tr":
		o.flush()
		o.detail = strings.Contains(attr("class"), "detail")
		if o.body && !o.detail {
			o.rows++
		}
	case "tbody":
		o.body, o.rows = true, 0
	case "svg":
		o.flush()
		o.svg, o.drawn = true, map[string]int{}
	}
	if o.svg {
		o.drawn[e.Name.Local]++
	}
}

func (o *outliner) end(name string) {
	switch name {
	case "p", "li", "h1", "h2", "h3", "tr", "figcaption", "title", "div", "desc":
		if o.svg && name == "title" { // what a bar says under the mouse
			o.line = nil
		}
		o.flush()
	case "td", "th":
		o.line = append(o.line, "|")
	case "tbody":
		o.flush()
		o.body, o.detail = false, false
		o.tables++
		fmt.Fprintf(&o.out, "  (%d rows)\n", o.rows)
	case "svg":
		o.line = nil
		o.svg = false
		var parts []string
		for _, k := range slices.Sorted(maps.Keys(o.drawn)) {
			parts = append(parts, fmt.Sprint(k, " ", o.drawn[k]))
		}
		if o.body && o.rows > outlineRows {
			return
		}
		fmt.Fprintf(&o.out, "  (drawing: %s)\n", strings.Join(parts, ", "))
	}
}

// flush ends a line of the outline. Of the details under rows those of the first row are kept.
func (o *outliner) flush() {
	text := strings.Join(o.line, " ")
	o.line = nil
	if text == "" || strings.Trim(text, "| ") == "" || o.body && (o.rows > outlineRows || o.detail && o.rows > 1) {
		return
	}
	if o.detail {
		text = "    " + text
	}
	o.out.WriteString(text + "\n")
}
