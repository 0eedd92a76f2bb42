package report

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"bouncelog/store"
)

var update = flag.Bool("update", false, "write the goldens of this package anew")

// golden compares got with a file under testdata.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (write it with -update)", err)
	}
	if !bytes.Equal(want, got) {
		t.Errorf("%s differs (-want +got); if that is right, run the test with -update\n%s", path, cmp.Diff(string(want), string(got)))
	}
}

// testZone has daylight saving, so that a day is not always 24 hours; its rules are written here, not read from the machine.
var testZone = time.FixedZone("CET", 3600)

// testDay is the Saturday that the tests report on.
var testDay = Day(time.Date(2026, 11, 21, 12, 0, 0, 0, testZone), testZone)

type testAdviser struct{}

var testMeanings = map[string][2]string{
	"unknown-user":   {"hard", "the recipient's mailbox does not exist"},
	"mailbox-full":   {"soft", "the recipient is over quota"},
	"greylisted":     {"soft", "a deliberate first-contact deferral"},
	"ip-blocklisted": {"block", "the sending address is on a DNS blocklist or a provider's own list"},
	"spf-fail":       {"block", "SPF failed"},
	"spam-content":   {"content", "the message is judged to be spam"},
	"relay-denied":   {"block", "the server does not take mail for that domain from us"},
	"unknown-domain": {"hard", "the recipient's domain or its mail host does not exist or cannot be routed to"},
}

func (testAdviser) Meaning(c string) string  { return testMeanings[c][1] }
func (testAdviser) Category(c string) string { return testMeanings[c][0] }
func (testAdviser) Title(p string) string {
	return map[string]string{"microsoft": "Microsoft", "gmail": "Gmail", "yahoo": "Yahoo"}[p]
}
func (testAdviser) Advice(c, _, _ string) []string {
	return map[string][]string{
		"unknown-user":   {"Stop mailing the address.", "If several users are gone at once, ask whether their domain has moved."},
		"ip-blocklisted": {"Find and stop the source of the spam: look for one account or script that sends far more than usual.", "Then ask the list to remove the address."},
		"spf-fail":       {"Add the sending address to the domain's SPF record."},
		"greylisted":     {"Nothing: the server takes the mail at a later attempt."},
	}[c]
}
func (testAdviser) Links(c, _, _ string) []string {
	if c == "ip-blocklisted" {
		return []string{"https://sender.office.com/"}
	}
	return nil
}

func row(key string, delivered, deferrals, hard, soft, block, content, expired int64) store.Row {
	all := hard + soft + block + content
	return store.Row{Key: key, DelayMedian: -1, Delay95: -1, Counts: store.Counts{Messages: delivered + all, Recipients: delivered + all, Delivered: delivered, Deferrals: deferrals,
		Bounced: all - expired, Expired: expired, Hard: hard, Soft: soft, Block: block, Content: content}}
}

// figures is a day on which everything that a report shows happened, scaled: a worse day has a larger factor of blocks.
func figures(w Window, blocks int64) *store.Figures {
	f := &store.Figures{Since: w.Since, Until: w.Until, Zone: testZone, Deferred: 37}
	f.Totals = row("", 9400, 512, 120, 25, blocks, 18, 15)
	f.Totals.Rejected, f.Totals.SessionRejects, f.Totals.Discarded, f.Totals.DSNs = 231, 77, 3, 140
	f.Totals.DelayMedian, f.Totals.Delay95 = 1.8, 312
	f.By[store.DimCategory] = []store.Row{row("block", 0, 90, 0, 0, blocks, 0, 0), row("hard", 0, 0, 120, 0, 0, 0, 0), row("soft", 0, 422, 0, 25, 0, 0, 15), row("content", 0, 0, 0, 0, 0, 18, 0)}
	f.By[store.DimCause] = []store.Row{row("ip-blocklisted", 0, 90, 0, 0, blocks-12, 0, 0), row("unknown-user", 0, 0, 108, 0, 0, 0, 0), row("mailbox-full", 0, 122, 0, 25, 0, 0, 15),
		row("spam-content", 0, 0, 0, 0, 0, 18, 0), row("spf-fail", 0, 0, 0, 0, 12, 0, 0), row("unknown-domain", 0, 0, 12, 0, 0, 0, 0), row("greylisted", 0, 300, 0, 0, 0, 0, 0)}
	with := func(r store.Row, median, p95 float64) store.Row { r.DelayMedian, r.Delay95 = median, p95; return r }
	f.By[store.DimDomain] = []store.Row{with(row("outlook.example", 1200, 90, 20, 4, blocks-10, 3, 2), 2.4, 95), with(row("mail.example.org", 5200, 300, 60, 11, 6, 9, 9), 1.1, 402.5),
		with(row("a-very-long-domain-name-of-a-company-with-many-words.example.co.uk", 3000, 122, 40, 10, 4, 6, 4), 0.6, 11)}
	f.By[store.DimProvider] = []store.Row{with(row("microsoft", 1200, 90, 20, 4, blocks-10, 3, 2), 2.4, 95), with(row("gmail", 5200, 300, 60, 11, 6, 9, 9), 1.1, 402.5), with(row("yahoo", 3000, 122, 40, 10, 4, 6, 4), 0.6, 11)}
	f.By[store.DimSenderDomain] = []store.Row{row("shop.example.net", 7400, 400, 100, 20, blocks, 15, 11), row("example.net", 1990, 112, 20, 5, 0, 3, 4), row("<>", 10, 0, 0, 0, 0, 0, 0)}
	f.By[store.DimAuthUser] = []store.Row{row("newsletter@shop.example.net", 7000, 390, 98, 19, blocks-2, 15, 10), row("anna", 400, 10, 2, 1, 2, 0, 1)}
	f.By[store.DimHost] = []store.Row{row("mx1.example.net", 9400, 512, 120, 25, blocks, 18, 15)}
	f.By[store.DimBlocklist] = []store.Row{row("Spamhaus", 0, 88, 0, 0, blocks-20, 0, 0)}
	f.By[store.DimRelay] = []store.Row{row("mx.outlook.example", 1200, 90, 20, 4, blocks-10, 3, 2), row("gmail-smtp-in.example.org", 5200, 300, 60, 11, 6, 9, 9)}
	f.By[store.DimEnhanced] = []store.Row{row("5.7.1", 0, 0, 0, 0, blocks, 18, 0), row("5.1.1", 0, 0, 108, 0, 0, 0, 0), row("4.7.1", 0, 300, 0, 0, 0, 0, 0)}
	rej := func(key string, n, sessions int64) store.Row {
		return store.Row{Key: key, DelayMedian: -1, Delay95: -1, Counts: store.Counts{Rejected: n, SessionRejects: sessions}}
	}
	f.By[store.DimRejected] = []store.Row{rej("relay-denied", 181, 0), rej("unknown-user", 50, 0), rej("ip-blocklisted", 0, 77)}
	for h := range 24 {
		n := int64(100 + 40*(12-max(h-12, 12-h)))
		r := row(w.Since.Add(time.Duration(h)*time.Hour).Format(time.RFC3339), n, 20, 5, 1, 0, 1, 0)
		if h >= 9 && h < 14 {
			r = row(r.Key, n, 20, 5, 1, blocks/5, 1, 0)
		}
		f.Hours = append(f.Hours, r)
	}
	f.Replies = []store.Reply{
		{Reply: "550 5.7.1 Service unavailable, Client host [192.0.2.10] blocked using Spamhaus; see https://www.spamhaus.example/q=192.0.2.10", Count: blocks - 20, Category: "block", Cause: "ip-blocklisted", Rule: "ms-spamhaus",
			Provider: "microsoft", ExampleQueueID: "4YbX1c2Qz7z9rTN", ExampleHost: "mx1.example.net", First: w.Since.Add(9*time.Hour + 4*time.Minute)},
		{Reply: "550-5.1.1 The email account that you tried to reach does not exist.\n550 5.1.1 Please try double-checking the recipient's email address", Count: 80, Category: "hard", Cause: "unknown-user", Rule: "gmail-nouser",
			Provider: "gmail", ExampleQueueID: "4YbX1d3Rz8z9rTN", ExampleHost: "mx1.example.net", First: w.Since.AddDate(0, -3, 0)},
		{Reply: "452 4.2.2 The recipient's inbox is out of storage space", Count: 147, Category: "soft", Cause: "mailbox-full", Rule: "gmail-full", Provider: "gmail", ExampleQueueID: "4YbX1f5Tz1z9rTN", First: w.Since.AddDate(0, -3, 0)},
		{Reply: "450 4.7.1 Greylisted, please try again in 300 seconds", Count: 300, Category: "soft", Cause: "greylisted", Rule: "greylist", ExampleQueueID: "4YbX1g6Uz2z9rTN", First: w.Since.AddDate(0, -2, 0)},
	}
	return f
}

// eachAsk answers one window after the other.
func eachAsk(answer func(store.Ask) *store.Figures) SourceFunc {
	return func(_ context.Context, asks []store.Ask) ([]*store.Figures, error) {
		var list []*store.Figures
		for _, a := range asks {
			list = append(list, answer(a))
		}
		return list, nil
	}
}

// testSource has data of every day of the last five weeks.
func testSource(w Window, blocks int64) SourceFunc {
	return eachAsk(func(a store.Ask) *store.Figures {
		d := Window{Since: a.Since, Until: a.Until, Zone: testZone}
		if a.Since.Equal(w.Since) {
			return figures(d, blocks)
		}
		if w.Since.Sub(a.Since) > 36*24*time.Hour || !a.Since.Before(w.Since) {
			return &store.Figures{}
		}
		return figures(d, 20+int64(a.Since.Day()%5))
	})
}

func testInput(t testing.TB, blocks int64) Input {
	t.Helper()
	in, err := Gather(t.Context(), testSource(testDay, blocks), testDay, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	at := func(days, hours int) time.Time {
		return testDay.Until.AddDate(0, 0, -days).Add(-time.Duration(hours) * time.Hour)
	}
	in.Adviser = testAdviser{}
	in.SmallPrint = SmallPrint{Lines: 81234, Foreign: 1200, Unrecognized: 17, Logs: 2, First: testDay.Since.AddDate(0, -3, 0), Last: testDay.Until.Add(6 * time.Hour)}
	in.Deferrals = []Deferral{
		{Since: at(0, 2), Last: at(0, 1), QueueID: "4YbX2a", Domain: "mail.example.org", Address: "bob@mail.example.org", Cause: "greylisted", Category: "soft", Reply: "450 4.7.1 Greylisted", Attempts: 2, Count: 1},
		{Since: at(3, 4), Last: at(0, 3), QueueID: "4YbX2b", Domain: "full.example.com", Address: "carol@full.example.com", Cause: "mailbox-full", Category: "soft", Reply: "452 4.2.2 Over quota", Attempts: 30, Count: 1},
		{Since: at(0, 9), Last: at(0, 1), Domain: "outlook.example", Cause: "ip-blocklisted", Category: "block", Reply: "451 4.7.650 throttled", Count: 35},
	}
	in.Suppressions = []Suppression{
		{Address: "gone@mail.example.org", Cause: "unknown-user", Category: "hard", Bounces: 4, First: at(20, 1), Last: at(0, 3), Reply: "550 5.1.1 No such user"},
		{Address: "left@outlook.example", Cause: "unknown-user", Category: "hard", Bounces: 1, First: at(0, 7), Last: at(0, 7), Reply: "550 5.5.0 mailbox unavailable"},
	}
	in.Listed = []Listing{
		{Listing: store.Listing{Address: "192.0.2.10", Host: "mx1.example.net", List: "Spamhaus", Provider: "microsoft", Relay: "mx.outlook.example", Failed: blocks - 20, Deferrals: 88,
			First: at(0, 15), Last: at(0, 10), Category: "block", Cause: "ip-blocklisted", Rule: "ms-spamhaus", QueueID: "4YbX1c2Qz7z9rTN",
			Reply: "550 5.7.1 Service unavailable, Client host [192.0.2.10] blocked using Spamhaus; see https://www.spamhaus.example/q=192.0.2.10"},
			Advice: []string{"Find and stop the source of the spam.", "Then ask the list to remove 192.0.2.10."}, Links: []string{"https://check.spamhaus.example/", "https://sender.office.com/"}},
		{Listing: store.Listing{Host: "mx2.example.net", Provider: "yahoo", Relay: "mta7.yahoo.example", Failed: 1, First: at(0, 4), Last: at(0, 4), Category: "block",
			Cause: "ip-reputation", QueueID: "4YbX1h7Vz3z9rTN", Reply: "553 5.7.2 [TSS11] All messages will be permanently deferred"}},
		{Listing: store.Listing{Host: "mx1.example.net", List: "URIBL", Relay: "mail.example.org", Failed: 1, First: at(0, 5), Last: at(0, 5), Category: "content",
			Cause: "url-blocklisted", QueueID: "4YbX1j8Wz4z9rTN", Reply: "550 5.7.1 Message contains URL listed at multi.uribl.example"}},
	}
	return in
}

func testModel(t testing.TB) *Model { return Build(testInput(t, 300)) }

// hostile texts: what somebody on the internet may make our logs say.
var hostile = []string{
	"<script>alert(1)</script><img src=x onerror=alert(1)>",
	"\x1b[2J\x1b]0;owned\x07\x1b[31mred",
	"=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(1+1)", "\t=1+1", "\r=1+1", "  =1+1",
	"a|b`c`[x](javascript:alert(1))<b>\n# heading\r\n---",
	"\u202egnp.exe\u2066\u200b\ufeff\u2028\u2029\u00ad",
	"bad utf8 \xff\xfe \xc3\x28 \x00 \x7f \u009b31m",
	"' onmouseover='alert(1)' \" style=\"x",
	"{{.Window}} ${7*7} %s %n $(id) `id`",
	"</script></style></svg></textarea><!-- -->",
	"e" + strings300("\u0301"),
}

func strings300(s string) string { return string(bytes.Repeat([]byte(s), 300)) }

// hostileModel has a hostile text in every field that a log can reach.
func hostileModel(t testing.TB, s string) *Model {
	in := testInput(t, 300)
	f := in.Figures
	for d := range f.By {
		for i := range f.By[d] {
			if store.Dim(d) != store.DimCategory {
				f.By[d][i].Key = fmt.Sprintf("%s%d", s, i)
			}
		}
	}
	for i := range f.Replies {
		r := &f.Replies[i]
		r.Reply, r.Template, r.ExampleQueueID, r.ExampleHost, r.Provider, r.Rule, r.Cause = s, s, s, s, s, s, fmt.Sprintf("%s%d", s, i)
	}
	for i := range in.Deferrals {
		d := &in.Deferrals[i]
		d.QueueID, d.Domain, d.Address, d.Reply, d.Cause, d.Category = s, s, s, s, s, s
	}
	for i := range in.Suppressions {
		a := &in.Suppressions[i]
		a.Address, a.Reply, a.Cause = s, s, s
	}
	for i := range in.Listed {
		l := &in.Listed[i]
		l.Address, l.Host, l.List, l.Provider, l.Relay, l.Reply, l.QueueID, l.Cause, l.Rule = s, s, s, s, s, s, s, s, s
		l.Advice, l.Links = []string{s}, []string{s}
	}
	in.SmallPrint.Notes = []string{s}
	in.Host = s
	in.Filter = store.Filter{Domain: []string{s}}
	in.Cross = &Cross{Dims: []string{"domain", "cause"}, Rows: []CrossRow{{Keys: []string{s, s}}}}
	in.Adviser = echoAdviser{s}
	return Build(in)
}

// echoAdviser answers everything with the same text: even a rule file may quote a reply.
type echoAdviser struct{ s string }

func (e echoAdviser) Meaning(string) string                  { return e.s }
func (e echoAdviser) Category(string) string                 { return "block" }
func (e echoAdviser) Advice(string, string, string) []string { return []string{e.s} }
func (e echoAdviser) Links(string, string, string) []string  { return []string{e.s} }
func (e echoAdviser) Title(string) string                    { return e.s }
