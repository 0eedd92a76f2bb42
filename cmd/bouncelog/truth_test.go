package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"bouncelog/rules"
)

// truthRow is one (message, final recipient) as the servers' own side knew it; see testdata/logs/README.md.
type truthRow struct {
	Kind          string   `json:"kind"`
	MessageID     string   `json:"message_id"`
	Sender        string   `json:"sender"`
	Recipient     string   `json:"recipient"`
	OrigRecipient string   `json:"orig_recipient"`
	Final         string   `json:"observed_final"`
	Category      string   `json:"category"`
	Cause         string   `json:"cause"`
	Causes        []string `json:"causes"`
	Transient     string   `json:"transient_cause"`
	ReplyCode     string   `json:"reply_code"`
	Enhanced      string   `json:"enhanced_code"`
	ReplyText     string   `json:"reply_text"`
	Stage         string   `json:"stage"`
}

// printed is an event as `events` prints it.
type printed struct {
	MessageID     string  `json:"message_id"`
	Sender        *string `json:"sender"`
	Recipient     string  `json:"recipient"`
	OrigRecipient string  `json:"orig_recipient"`
	Outcome       string  `json:"outcome"`
	Final         bool    `json:"final"`
	Category      string  `json:"category"`
	Cause         string  `json:"cause"`
	Rule          string  `json:"rule"`
	Reply         string  `json:"reply"`
	ReplyCode     int     `json:"reply_code"`
	Enhanced      string  `json:"enhanced_code"`
	DSN           bool    `json:"dsn"`
}

var truthLogs = []struct{ log, truth string }{
	{"postfix/maillog", "postfix/truth.jsonl"}, {"postfix/syslog", "postfix/truth.syslog.jsonl"},
	{"postfix/syslog.iso", "postfix/truth.syslog.jsonl"}, {"postfix/syslog.rfc5424", "postfix/truth.syslog.jsonl"},
	{"exim/mainlog", "exim/truth.jsonl"}, {"exim/all.mainlog", "exim/truth.all.jsonl"},
	{"exim/syslog", "exim/truth.syslog.jsonl"}, {"exim/syslog.iso", "exim/truth.syslog.jsonl"}, {"exim/syslog.rfc5424", "exim/truth.syslog.jsonl"},
	{"sendmail/maillog", "sendmail/truth.jsonl"}, {"sendmail/maillog.iso", "sendmail/truth.jsonl"}, {"sendmail/maillog.rfc5424", "sendmail/truth.jsonl"},
	{"sendmail/ll15.maillog", "sendmail/truth.ll15.jsonl"}, {"sendmail/ll15.maillog.rfc5424", "sendmail/truth.ll15.jsonl"},
}

const logDir = "../../testdata/logs"

// TestTruth compares every recipient of every bundled log with what really happened to it.
func TestTruth(t *testing.T) {
	var all score
	for _, p := range truthLogs {
		t.Run(p.log, func(t *testing.T) {
			events := eventsOf(t, filepath.Join(logDir, p.log))
			rows := readJSONLines[truthRow](t, filepath.Join(logDir, p.truth))
			s := compare(t, events, rows)
			t.Log(s.String())
			all.add(s)
			if s.outcome < s.rows || s.finals > 0 || s.stray > 0 || s.twice > 0 {
				t.Errorf("%s: %s", p.log, s.String())
			}
		})
	}
	t.Log("all:", all.String())
	if all.category*100 < all.failed*97 || all.cause*100 < all.failed*92 || all.codesRight*100 < all.codes*97 {
		t.Errorf("accuracy fell: %s", all.String())
	}
}

type score struct {
	rows, outcome, failed, category, cause, codes, codesRight, finals, stray, twice int
}

func (s *score) add(o score) {
	s.rows += o.rows
	s.outcome += o.outcome
	s.failed += o.failed
	s.category += o.category
	s.cause += o.cause
	s.codes += o.codes
	s.codesRight += o.codesRight
	s.finals += o.finals
	s.stray += o.stray
	s.twice += o.twice
}

func (s score) String() string {
	return fmt.Sprintf("recipients %d, outcome right %d; failed %d, category right %d, cause right %d; codes %d, right %d; wrong finals %d, stray %d, twice %d",
		s.rows, s.outcome, s.failed, s.category, s.cause, s.codes, s.codesRight, s.finals, s.stray, s.twice)
}

type recipientKey struct{ messageID, address string }

func compare(t *testing.T, events []printed, rows []truthRow) score {
	byKey := map[recipientKey][]printed{}
	refused := map[string][]printed{}
	for _, e := range events {
		if e.Outcome == "reinjected" {
			continue
		}
		for i, a := range []string{strings.ToLower(e.Recipient), strings.ToLower(e.OrigRecipient)} {
			if a == "" || i == 1 && a == strings.ToLower(e.Recipient) {
				continue
			}
			k := recipientKey{e.MessageID, a}
			byKey[k] = append(byKey[k], e)
			if e.Outcome == "rejected" || e.Outcome == "discarded" || e.Outcome == "held" {
				refused[a] = append(refused[a], e)
			}
		}
	}
	var s score
	known := map[string]bool{}
	causes := causeCategories(t)
	for _, r := range rows {
		id := strings.Trim(r.MessageID, "<>")
		known[id] = true
		if r.Kind == "dsn" {
			continue
		}
		s.rows++
		es, named := find(byKey, refused, r, id)
		var got printed
		if len(es) > 0 {
			got = es[len(es)-1]
		}
		right := got.Outcome == r.Final || r.Final == "frozen" && (got.Outcome == "bounced" || got.Outcome == "held") || r.Final == "deleted" && got.Outcome == "discarded"
		if right {
			s.outcome++
		} else {
			t.Logf("%s %s %s: outcome %q, want %q", r.Kind, id, r.Recipient, got.Outcome, r.Final)
		}
		s.finals += wrongFinals(t, es, named, r)
		if r.Category == "none" {
			// Sendmail and Exim go on to the next mail server of a domain within one attempt, and log the outcome of the last one only.
			if r.Transient != "" && !slices.ContainsFunc(es, func(e printed) bool { return e.Outcome == "deferred" }) {
				if !nextServer[r.Transient] {
					t.Errorf("%s %s: the deferral before the delivery (%s) is missing", id, r.Recipient, r.Transient)
				}
			}
			continue
		}
		s.failed++
		if got.Category == r.Category || slices.ContainsFunc(r.Causes, func(c string) bool { return causes[c] == got.Category }) {
			s.category++
		}
		if slices.Contains(r.Causes, got.Cause) {
			s.cause++
		} else {
			t.Logf("%s %s: cause %s/%s by %s, want %s/%v: %s", id, r.Recipient, got.Category, got.Cause, got.Rule, r.Category, r.Causes, got.Reply)
		}
		if r.ReplyCode != "" && r.Stage != "" && r.ReplyText != "" {
			s.codes++
			if fmt.Sprint(got.ReplyCode) == r.ReplyCode && (r.Enhanced == "" || got.Enhanced == r.Enhanced) {
				s.codesRight++
			} else {
				t.Logf("%s %s: codes %d %s, want %s %s: %s", id, r.Recipient, got.ReplyCode, got.Enhanced, r.ReplyCode, r.Enhanced, got.Reply)
			}
		}
	}
	seen := map[printed]int{}
	for _, e := range events {
		e.Sender = nil
		if e.MessageID != "" && !known[e.MessageID] && !e.DSN {
			s.stray++
			t.Logf("stray event: %+v", e)
		}
		seen[e]++
	}
	return s
}

// find are the events of a row, and whether the log named it by message-id and recipient.
func find(byKey map[recipientKey][]printed, refused map[string][]printed, r truthRow, id string) (es []printed, named bool) {
	to, orig := strings.ToLower(r.Recipient), strings.ToLower(r.OrigRecipient)
	local, _, _ := strings.Cut(to, "@")
	if es = byKey[recipientKey{id, to}]; len(es) > 0 {
		return es, true
	}
	for _, e := range byKey[recipientKey{id, orig}] {
		if strings.EqualFold(e.Recipient, local) { // Exim: alice <sales@lab.test>
			es = append(es, e)
		}
	}
	if len(es) > 0 {
		return es, true
	}
	if es = byKey[recipientKey{id, local}]; len(es) == 0 {
		es = byKey[recipientKey{id, orig}]
	}
	if len(es) == 0 && (r.Final == "rejected" || r.Final == "discarded" || r.Final == "held") {
		for _, e := range refused[orig] {
			if e.Sender == nil || *e.Sender == r.Sender {
				es = append(es, e)
			}
		}
		if len(es) == 0 {
			es = refused[orig]
		}
	}
	return es, false
}

// wrongFinals is 1 if a recipient that ended has not exactly one final event, or one that is open has any.
func wrongFinals(t *testing.T, es []printed, named bool, r truthRow) int {
	if !named {
		return 0
	}
	finals := 0
	for _, e := range es {
		if e.Final {
			finals++
		}
	}
	want := 0
	switch r.Final {
	case "delivered", "bounced", "expired", "rejected", "discarded", "deleted":
		want = 1
	case "frozen":
		return 0
	}
	if finals == want {
		return 0
	}
	t.Logf("%s %s: %d final events for %s", r.MessageID, r.Recipient, finals, r.Final)
	return 1
}

func eventsOf(t *testing.T, logs ...string) []printed {
	t.Helper()
	out := runOK(t, "", append([]string{"events"}, logs...)...)
	var es []printed
	sc := bufio.NewScanner(strings.NewReader(out))
	sc.Buffer(nil, 1<<20)
	for sc.Scan() {
		var e printed
		if err := json.Unmarshal(sc.Bytes(), &e); err != nil {
			t.Fatalf("%v: %s", err, sc.Text())
		}
		es = append(es, e)
	}
	return es
}

// runOK runs a command in this process and returns what it printed.
func runOK(t *testing.T, stdin string, args ...string) string {
	t.Helper()
	var out, errs bytes.Buffer
	g := &globals{in: strings.NewReader(stdin), out: &out, err: &errs, now: func() time.Time { return goldenNow }} // what a queue is aged to stands still
	c := newRootCommand(g)
	c.SetArgs(args)
	if err := c.ExecuteContext(t.Context()); err != nil {
		t.Fatalf("bouncelog %s: %v\n%s", strings.Join(args, " "), err, errs.String())
	}
	return out.String()
}

func readJSONLines[T any](t *testing.T, path string) []T {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var rows []T
	for line := range bytes.Lines(b) {
		var r T
		if err := json.Unmarshal(line, &r); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		rows = append(rows, r)
	}
	return rows
}

// causeCategories are the categories of our causes.
func causeCategories(t *testing.T) map[string]string {
	rs, err := rules.Load()
	if err != nil {
		t.Fatal(err)
	}
	m := map[string]string{}
	for _, c := range rs.Causes {
		m[c.ID] = c.Category
	}
	return m
}

// nextServer are the reasons for which a mail server tries the next one of the domain, or the same without TLS, at once.
var nextServer = map[string]bool{"connection-failed": true, "connection-lost": true, "tls-failure": true}
