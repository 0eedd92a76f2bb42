package report

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"bouncelog/store"
)

// TestListed: each rendering says which of our addresses is on which list, and how to get it off.
func TestListed(t *testing.T) {
	m := testModel(t)
	var term, md, csv, html, js bytes.Buffer
	for _, err := range []error{
		Terminal(&term, m, TerminalOptions{Width: 80, Sections: []string{"blocklists"}}), Markdown(&md, m), CSV(&csv, m, "blocklists"), HTML(&html, m, HTMLOptions{}), JSON(&js, m),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	f := func(where, text string, want ...string) {
		t.Helper()
		for _, w := range want {
			if !strings.Contains(text, w) {
				t.Errorf("%s does not say %q:\n%s", where, w, text)
			}
		}
	}
	f("the terminal", term.String(), "Our addresses on blocklists", "192.0.2.10: Spamhaus", "They say: 550 5.7.1 Service unavailable", "Do: Then ask the list to remove 192.0.2.10.",
		"See https://check.spamhaus.example/", "(not named)", "Yahoo's own", "(a link)", "21 Nov 14:00")
	f("Markdown", md.String(), "| 192.0.2.10 | Spamhaus | 280 | 88 |", "see <https://check.spamhaus.example/>")
	f("CSV", csv.String(), "address,blocklist,failed,deferrals,change,first,last,host,said_by,reply,example_queue_id,removal,advice\n",
		"192.0.2.10,Spamhaus,280,88,,2026-11-21T09:00:00+01:00,2026-11-21T14:00:00+01:00,mx1.example.net,Microsoft,", ",4YbX1c2Qz7z9rTN,https://check.spamhaus.example/,")
	f("HTML", html.String(), `aria-controls="d-blocklists-0">192.0.2.10</button>`,
		"280 recipients failed, 88 deferrals; from 2026-11-21 09:00 to 2026-11-21 14:00. Last said by mx.outlook.example to mx1.example.net.",
		"1 recipient failed; at 2026-11-21 20:00.", `<a href="https://check.spamhaus.example/"`)
	var got struct {
		Listed []struct {
			Address, Blocklist, Host, Relay, Reply string
			Failed, Deferrals                      int64
			Links                                  []string
		}
	}
	if err := json.Unmarshal(js.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if l := got.Listed; len(l) != 3 || l[0].Address != "192.0.2.10" || l[0].Blocklist != "Spamhaus" || l[0].Failed != 280 || l[0].Deferrals != 88 ||
		l[0].Links[0] != "https://check.spamhaus.example/" || l[1].Address != "" {
		t.Errorf("JSON: %+v", l)
	}
}

// Where messages were not looked at, the lists alone are told, and why.
func TestListsAlone(t *testing.T) {
	in := testInput(t, 300)
	in.Listed = nil
	var b bytes.Buffer
	if err := Terminal(&b, Build(in), TerminalOptions{Width: 80, Sections: []string{"blocklists"}}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Blocklists that named us", "is not looked for in so much mail", "Spamhaus", "280"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q:\n%s", want, b.String())
		}
	}
	if in.Figures.By[store.DimBlocklist] = nil; len(Build(in).blocklistSection().rows) != 0 {
		t.Error("rows of no list")
	}
}
