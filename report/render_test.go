package report

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"io"
	"os"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"bouncelog/store"
)

func TestRenderings(t *testing.T) {
	m := testModel(t)
	for _, c := range []struct {
		file  string
		write func(io.Writer) error
	}{
		{"terminal120.txt", func(w io.Writer) error { return Terminal(w, m, TerminalOptions{Width: 120}) }},
		{"terminal80.color.txt", func(w io.Writer) error { return Terminal(w, m, TerminalOptions{Width: 80, Color: true}) }},
		{"mail.txt", func(w io.Writer) error { return Text(w, m) }},
		{"report.md", func(w io.Writer) error { return Markdown(w, m) }},
		{"causes.csv", func(w io.Writer) error { return CSV(w, m, "causes") }},
		{"domains.csv", func(w io.Writer) error { return CSV(w, m, "domains") }},
		{"report.json", func(w io.Writer) error { return JSON(w, m) }},
	} {
		t.Run(c.file, func(t *testing.T) {
			var b bytes.Buffer
			if err := c.write(&b); err != nil {
				t.Fatal(err)
			}
			golden(t, c.file, b.Bytes())
		})
	}
}

func TestTerminalFits(t *testing.T) {
	for _, m := range []*Model{testModel(t), hostileModel(t, strings.Repeat("x", 500))} {
		for _, w := range []int{40, 60, 80, 100, 132, 200} {
			var b bytes.Buffer
			if err := Terminal(&b, m, TerminalOptions{Width: w}); err != nil {
				t.Fatal(err)
			}
			for line := range strings.Lines(b.String()) {
				if n := width(strings.TrimRight(line, "\n")); n > w {
					t.Errorf("width %d: a line of %d: %.80q", w, n, line)
				}
			}
		}
	}
}

func TestSections(t *testing.T) {
	m := testModel(t)
	m.Cross = &Cross{Dims: []string{"domain", "cause"}, Rows: []CrossRow{{Keys: []string{"example.com", "greylisted"}}}}
	ids := SectionIDs()
	for i, s := range m.sections() {
		if s.id != ids[i] {
			t.Errorf("section %d is %s, SectionIDs says %s", i, s.id, ids[i])
		}
		for _, r := range s.rows {
			if len(r) != len(s.cols) {
				t.Errorf("%s: a row of %d cells under %d columns", s.id, len(r), len(s.cols))
			}
			for n, c := range r {
				if k := s.cols[n].kind; c.kind != k && !(k == kCount && c.kind == kRate) && !(k == kChange && c.kind == kPoints) {
					t.Errorf("%s: column %s holds a cell of kind %d", s.id, s.cols[n].name, c.kind)
				}
			}
		}
	}
	var b bytes.Buffer
	if err := Terminal(&b, m, TerminalOptions{Sections: []string{"causes"}}); err != nil {
		t.Fatal(err)
	}
	if s := b.String(); !strings.Contains(s, "ip-blocklisted") || strings.Contains(s, "Recipient domains") {
		t.Errorf("one section alone:\n%s", s)
	}
	if err := CSV(io.Discard, m, "nonsense"); err == nil || !strings.Contains(err.Error(), "causes") {
		t.Errorf("an unknown section: %v, want an error that lists them", err)
	}
	if err := CSV(io.Discard, testModel(t), "cross"); err == nil || !strings.Contains(err.Error(), "--by") {
		t.Errorf("a cross table that was not asked for: %v", err)
	}
}

type closer struct{ bytes.Buffer }

func (*closer) Close() error { return nil }

func TestLongWindow(t *testing.T) {
	m := testModel(t)
	first := m.Window.Since
	m.Window.Until = m.Window.Shift(4).Since
	m.Hours = nil
	for _, hours := range []int{0, 23, 24, 75} {
		m.Hours = append(m.Hours, Hour{Start: first.Add(time.Duration(hours) * time.Hour), Counts: store.Counts{Delivered: 7, Bounced: 1, Hard: 1}})
	}
	render := func(o TerminalOptions) string {
		var b bytes.Buffer
		if err := Terminal(&b, m, o); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	f := func(what, got string, want ...string) {
		t.Helper()
		for _, w := range want {
			if !strings.Contains(got, w) {
				t.Errorf("%s: %q is not in\n%s", what, w, got)
			}
		}
	}
	f("the page", render(TerminalOptions{}), "\nDays\n", "\nSat 2026-11-21         14          0       2     2 ", "\nSun 2026-11-22          7 ", "\nTue 2026-11-24          7 ")
	f("the hours alone", render(TerminalOptions{Sections: []string{"hours"}}), "\nHours\n", "\n2026-11-21 23:00 ", "\n2026-11-24 03:00 ")
	var b bytes.Buffer
	if err := CSV(&b, m, "hours"); err != nil {
		t.Fatal(err)
	}
	f("CSV", b.String(), "hour,", "\n2026-11-21T23:00:00+01:00,0,7,", "\n2026-11-24T03:00:00+01:00,0,7,")
}

func TestCSVFiles(t *testing.T) {
	files := map[string]*closer{}
	err := CSVFiles(testModel(t), func(name string) (io.WriteCloser, error) {
		files[name] = &closer{}
		return files[name], nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != len(SectionIDs())-1 { // all but the cross table
		t.Errorf("%d files for %d sections", len(files), len(SectionIDs()))
	}
	if rows := readCSV(t, files["causes.csv"].Bytes()); len(rows) != 8 || rows[1][0] != "ip-blocklisted" || rows[1][2] != "288" {
		t.Errorf("causes.csv: %q", rows)
	}
	if err := CSVFiles(testModel(t), func(string) (io.WriteCloser, error) { return nil, os.ErrPermission }); err == nil {
		t.Error("a file that cannot be made: no error")
	}
}

func readCSV(t *testing.T, b []byte) [][]string {
	t.Helper()
	rows, err := csv.NewReader(bytes.NewReader(b)).ReadAll()
	if err != nil {
		t.Fatalf("%v in\n%s", err, b)
	}
	return rows
}

// TestJSONShape holds the names of INTERFACE, which scripts depend on.
func TestJSONShape(t *testing.T) {
	var b bytes.Buffer
	if err := JSON(&b, testModel(t)); err != nil {
		t.Fatal(err)
	}
	var r map[string]any
	if err := json.Unmarshal(b.Bytes(), &r); err != nil {
		t.Fatal(err)
	}
	need := func(where string, o any, names string) {
		t.Helper()
		m, ok := o.(map[string]any)
		if !ok {
			t.Fatalf("%s is no object: %v", where, o)
		}
		for n := range strings.FieldsSeq(names) {
			if _, ok := m[n]; !ok {
				t.Errorf("%s has no %q", where, n)
			}
		}
	}
	need("report", r, "since until totals by_category by_cause by_domain by_provider by_sender_domain by_relay by_enhanced_code by_hour top_replies")
	need("totals", r["totals"], "messages recipients delivered deferred deferrals bounced expired rejected session_rejects discarded dsns bounce_rate")
	for _, l := range strings.Fields("by_category by_cause by_domain by_provider by_sender_domain by_relay by_enhanced_code by_hour") {
		rows, ok := r[l].([]any)
		if !ok || len(rows) == 0 {
			t.Fatalf("%s: %v", l, r[l])
		}
		need(l, rows[0], "key delivered deferrals bounced expired rejected hard soft block content bounce_rate")
	}
	need("by_cause", r["by_cause"].([]any)[0], "deferred_attempts")
	need("by_category", r["by_category"].([]any)[0], "deferred_attempts")
	need("top_replies", r["top_replies"].([]any)[0], "reply count cause category example_queue_id")
	if got := r["since"]; got != "2026-11-21T00:00:00+01:00" {
		t.Errorf("since is %v", got)
	}
}

// TestJSONEmpty: scripts iterate over the lists, so none of them may be null.
func TestJSONEmpty(t *testing.T) {
	var b bytes.Buffer
	if err := JSON(&b, Build(Input{Window: testDay})); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(b.String()) {
		if strings.Contains(line, "null") {
			t.Errorf("null in an empty report: %s", line)
		}
	}
	b.Reset()
	if err := StoryJSON(&b, BuildStories("x", nil, nil, nil)); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(b.String(), `"matches": []`) {
		t.Errorf("no matches: %s", &b)
	}
}

// harmless fails if out holds a byte that a terminal, a mail reader or an eye could be fooled by.
func harmless(t *testing.T, out string) {
	t.Helper()
	if !utf8.ValidString(out) {
		t.Error("invalid UTF-8")
	}
	for _, r := range out {
		if r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == 0x2028 || r == 0x2029) {
			t.Errorf("%U in the output", r)
			return
		}
	}
}

func TestHostile(t *testing.T) {
	for _, h := range append(hostile, strings.Repeat("10 kB ", 1700)) {
		m := hostileModel(t, h)
		var term, md bytes.Buffer
		if err := Terminal(&term, m, TerminalOptions{Width: 100}); err != nil {
			t.Fatal(err)
		}
		harmless(t, term.String())
		if err := Markdown(&md, m); err != nil {
			t.Fatal(err)
		}
		harmless(t, md.String())
		checkMarkdown(t, md.String())
		for _, id := range SectionIDs() {
			var b bytes.Buffer
			if err := CSV(&b, m, id); err != nil {
				t.Fatal(err)
			}
			harmless(t, b.String())
			checkCSV(t, readCSV(t, b.Bytes()))
		}
		if n := term.Len(); n > 60_000 {
			t.Errorf("%.20q: %d bytes on the terminal: long texts are not shortened", h, n)
		}
		harmless(t, m.Subject())
		if strings.Contains(m.Subject(), "\n") {
			t.Errorf("a line break in the subject %q", m.Subject())
		}
	}
}

// checkMarkdown: every table row has as many cells as its header, and nothing unescaped begins a link, code or HTML.
func checkMarkdown(t *testing.T, s string) {
	t.Helper()
	cells := 0
	for line := range strings.Lines(s) {
		n := 0
		for i := range len(line) {
			escaped := false
			for j := i - 1; j >= 0 && line[j] == '\\'; j-- {
				escaped = !escaped
			}
			if escaped {
				continue
			}
			switch line[i] {
			case '|':
				n++
			case '<', '>', '`', '[', ']':
				t.Errorf("an unescaped %q in %q", line[i], line)
				return
			}
		}
		if n == 0 {
			cells = 0
			continue
		}
		if cells == 0 {
			cells = n
		}
		if n != cells {
			t.Errorf("%d bars in a row of a table with %d: %q", n, cells, line)
		}
	}
}

func checkCSV(t *testing.T, rows [][]string) {
	t.Helper()
	for _, r := range rows[1:] {
		for _, f := range r {
			if f == "" || !strings.ContainsAny(strings.TrimLeft(f, " \t\r")[:1], "=+-@") {
				continue
			}
			// Our own negative numbers are numbers.
			if strings.Trim(f, "-0123456789.e") != "" {
				t.Errorf("a spreadsheet would run %q", f)
			}
		}
	}
}
