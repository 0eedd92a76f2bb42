package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bouncelog/classify"
	"bouncelog/parser"
	"bouncelog/store"
	"bouncelog/trace"
)

// noon is where the clock of these tests stands still.
var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func failure(recipient, cause string, category classify.Category) *trace.Event {
	a := &trace.Attempt{Time: noon.UnixNano(), Outcome: parser.OutcomeBounced, Final: true, RelayHost: "mx.example", Reply: "550 5.1.1 no such user",
		ReplyCode: 550, Enhanced: "5.1.1", Verdict: &classify.Verdict{Category: category, Cause: cause}, Log: 1}
	return &trace.Event{Message: &trace.Message{SenderKnown: true, Sender: "list@sender.example"}, Recipient: &trace.Recipient{Address: recipient}, Attempt: a}
}

func testPrinter(o tailOptions) (*printer, *bytes.Buffer) {
	var out bytes.Buffer
	p := &printer{opt: o, zone: time.UTC, now: func() time.Time { return noon }, out: bufio.NewWriter(&out), err: &bytes.Buffer{}, width: func() int { return 80 }}
	p.fold.screen = 24
	return p, &out
}

func TestTailText(t *testing.T) {
	tests := []struct {
		name   string
		change func(e *trace.Event)
		want   string
	}{
		{"plain", func(*trace.Event) {}, "12:00:00  bounced   hard     unknown-user            bob@rcpt.example                  mx.example  550 5.1.1 no such user\n"},
		{"of another day", func(e *trace.Event) { e.Attempt.Time -= int64(24 * time.Hour) },
			"2026-11-21 12:00:00  bounced   hard     unknown-user            bob@rcpt.example                  mx.example  550 5.1.1 no such user\n"},
		{"several lines", func(e *trace.Event) { e.Attempt.Reply = "550-5.1.1 no such\n550-5.1.1 user\n550 5.1.1 here" },
			"12:00:00  bounced   hard     unknown-user            bob@rcpt.example                  mx.example  550-5.1.1 no such user here\n"},
		{"hostile", func(e *trace.Event) {
			e.Recipient.Address = "a\x1b[2Jb@x"
			e.Attempt.Reply = "550 5.1.1 \x1b]0;title\x07 \u202egnp"
		}, "12:00:00  bounced   hard     unknown-user            a\\x1b[2Jb@x                       mx.example  550 5.1.1 \\x1b]0;title\\x07 \\u202egnp\n"},
		{"no recipient", func(e *trace.Event) { e.Recipient = nil; e.Message.ClientIP = "192.0.2.1" },
			"12:00:00  bounced   hard     unknown-user            from [192.0.2.1]                  mx.example  550 5.1.1 no such user\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, out := testPrinter(tailOptions{format: "text"})
			e := failure("bob@rcpt.example", "unknown-user", classify.Hard)
			tt.change(e)
			p.event(e, nil)
			p.flush()
			if out.String() != tt.want {
				t.Errorf("got  %q\nwant %q", out.String(), tt.want)
			}
		})
	}
}

func TestTailTerminal(t *testing.T) {
	p, out := testPrinter(tailOptions{format: "text"})
	p.tty, p.color = true, true
	p.event(failure("bob@rcpt.example", "unknown-user", classify.Hard), nil)
	p.flush()
	line := strings.TrimSuffix(out.String(), "\n")
	if !strings.HasPrefix(line, "12:00:00  \x1b[31mbounced") || !strings.HasSuffix(line, "…\x1b[0m") {
		t.Errorf("line %q", line)
	}
	if n := len([]rune(strings.NewReplacer("\x1b[31m", "", "\x1b[0m", "").Replace(line))); n > 79 {
		t.Errorf("%d columns on a terminal of 80", n)
	}
}

func TestTailFilters(t *testing.T) {
	tests := []struct {
		o    tailOptions
		want bool
	}{
		{tailOptions{}, true},
		{tailOptions{only: []string{"hard", "block"}}, true},
		{tailOptions{only: []string{"soft"}}, false},
		{tailOptions{causes: []string{"unknown-user"}}, true},
		{tailOptions{causes: []string{"greylisted"}}, false},
		{tailOptions{domains: []string{"RCPT.example"}}, true},
		{tailOptions{domains: []string{"example"}}, false},
		{tailOptions{senders: []string{"list@sender.example"}}, true},
		{tailOptions{senders: []string{"@sender.example"}}, true},
		{tailOptions{senders: []string{"<>"}}, false},
		{tailOptions{only: []string{"hard"}, senders: []string{"other@sender.example"}}, false},
		{tailOptions{quiet: true}, false},
	}
	for _, tt := range tests {
		tt.o.format = "jsonl"
		p, out := testPrinter(tt.o)
		p.event(failure("bob@rcpt.example", "unknown-user", classify.Hard), nil)
		delivered := failure("bob@rcpt.example", "", "")
		delivered.Attempt.Outcome, delivered.Attempt.Verdict = parser.OutcomeDelivered, nil
		p.event(delivered, nil)
		p.flush()
		if got := bytes.Count(out.Bytes(), []byte("\n")); got != map[bool]int{true: 1}[tt.want] {
			t.Errorf("%+v: printed %d", tt.o, got)
		}
	}
}

// TestTailFold folds a burst of one cause at one relay into one line with its count, and nothing else.
func TestTailFold(t *testing.T) {
	p, out := testPrinter(tailOptions{format: "text"})
	now := noon
	p.now = func() time.Time { return now }
	for i := range 1000 {
		p.event(failure(fmt.Sprintf("u%d@rcpt.example", i), "greylisted", classify.Soft), nil)
	}
	p.event(failure("other@rcpt.example", "unknown-user", classify.Hard), nil)
	p.tick(now)
	if n := bytes.Count(out.Bytes(), []byte("\n")); n != 25 {
		t.Errorf("%d lines in the burst's second, want 25", n)
	}
	now = now.Add(time.Second)
	p.tick(now)
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if last := lines[len(lines)-1]; len(lines) != 26 || last != "12:00:01  and 976 more  soft  greylisted  mx.example  550 5.1.1 no such user" {
		t.Errorf("%d lines, the last one %q", len(lines), last)
	}
	if n := p.totals.ring[now.Add(-time.Second).UnixNano()/int64(totalsWidth)%totalsSlots].outcomes[parser.OutcomeBounced]; n != 1001 {
		t.Errorf("the totals have %d of 1001", n)
	}
	p.event(failure("next@rcpt.example", "greylisted", classify.Soft), nil)
	p.flush()
	if !strings.Contains(out.String(), "next@") {
		t.Error("the next second begins folded")
	}
}

func TestTailTotals(t *testing.T) {
	var tot totals
	for range 3 {
		tot.add(failure("a@b", "c", classify.Hard), noon)
	}
	tot.add(failure("a@b", "c", classify.Block), noon.Add(time.Minute))
	if got, want := tot.text(noon.Add(2*time.Minute)), "last 5 min: delivered 0, deferred 0, bounced 4 (hard 3, block 1), rejected 0"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := tot.text(noon.Add(5*time.Minute+30*time.Second)), "last 5 min: delivered 0, deferred 0, bounced 1 (block 1), rejected 0"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestTailSpike raises a cause at a provider and at a relay above what the store says is usual, and lets it fall again.
func TestTailSpike(t *testing.T) {
	dir := t.TempDir()
	st, err := store.Open(filepath.Join(dir, "s.db"), store.Options{Zone: time.UTC})
	must(t, err)
	defer st.Close()
	agg := store.NewAggregates(store.AggregateOptions{Zone: time.UTC})
	b := &store.Batch{Aggregates: agg}
	for week := 1; week <= 4; week++ { // 40 an hour are usual at this weekday and hour: 10 in 15 minutes
		for i := range 40 {
			at := noon.AddDate(0, 0, -7*week).Add(time.Duration(i) * time.Minute).UnixNano()
			e := failure(fmt.Sprintf("u%d@rcpt.example", i), "ip-blocked", classify.Block)
			e.Attempt.Verdict.(*classify.Verdict).Provider = "big"
			e.Attempt.Time, e.Attempt.Try, e.Attempt.Hash = at, 1, uint32(i)
			m := e.Message
			m.ID, m.First, m.Last, m.Begun, m.Ended = int64(week*100+i), at, at, at, at
			m.QueueID, m.Host, m.MTA = fmt.Sprintf("Q%d", m.ID), "mx1", "postfix"
			e.Recipient.Outcome, e.Recipient.Final, e.Recipient.Attempts = parser.OutcomeBounced, true, []trace.Attempt{*e.Attempt}
			m.Recipients = []*trace.Recipient{e.Recipient}
			agg.Update(m)
			b.Messages = append(b.Messages, m.Clone())
		}
	}
	must(t, st.Commit(b))
	u, err := readUsual(st, noon)
	must(t, err)
	if n, known := u.of(spikeKey{cause: "ip-blocked", provider: "big"}); n != 10 || !known {
		t.Errorf("usual %g, known %v; want 10", n, known)
	}

	p, _ := testPrinter(tailOptions{})
	said := &bytes.Buffer{}
	p.err = said
	now := noon
	p.now = func() time.Time { return now }
	got := filepath.Join(dir, "got")
	s := newSpikes(st, p, "cat >> "+got)
	s.usual, s.asked = u, noon
	burst := func(n int, provider, relay string) {
		for range n {
			e := failure("a@b.example", "ip-blocked", classify.Block)
			e.Attempt.Verdict.(*classify.Verdict).Provider = provider
			e.Attempt.RelayHost, e.Attempt.Time = relay, now.UnixNano()
			s.event(e)
		}
	}
	check := func(want int) {
		t.Helper()
		now = now.Add(spikeEvery)
		s.check(now)
		if n := strings.Count(said.String(), "\n"); n != want {
			t.Errorf("at %s: %d lines, want %d: %s", now.Format("15:04:05"), n, want, said)
		}
	}
	burst(39, "big", "mx.big.example") // just below four times the usual
	burst(29, "", "mx.small.example")  // below the floor, though nothing is usual there
	check(0)
	burst(1, "big", "mx.big.example")
	check(1)
	burst(1000, "big", "mx.big.example")
	check(1) // once
	burst(1, "", "mx.small.example")
	check(2)
	old := failure("a@b.example", "ip-blocked", classify.Block)
	old.Attempt.Time = now.Add(-time.Hour).UnixNano() // read late: no spike of now
	for range 100 {
		s.event(old)
	}
	check(2)
	now = now.Add(spikeMinutes * time.Minute)
	check(4) // both end
	check(4)
	s.command.all.Wait()
	raw, err := os.ReadFile(got)
	must(t, err)
	var reports []spikeReport
	for line := range bytes.Lines(raw) {
		var r spikeReport
		must(t, json.Unmarshal(line, &r))
		reports = append(reports, r)
	}
	if len(reports) != 4 {
		t.Fatalf("the command got %d reports: %s", len(reports), raw)
	}
	for _, r := range reports {
		if r.Provider == "big" && r.Event == "end" && (r.Most != 1040 || r.Until == nil || r.Usual != 10 || r.Category != "block") {
			t.Errorf("report %+v", r)
		}
	}
}

// TestTailSpikeYoung says nothing while there is nothing to compare with.
func TestTailSpikeYoung(t *testing.T) {
	st, err := store.Open(filepath.Join(t.TempDir(), "s.db"), store.Options{Zone: time.UTC})
	must(t, err)
	defer st.Close()
	u, err := readUsual(st, noon)
	must(t, err)
	if _, known := u.of(spikeKey{cause: "x", provider: "y"}); known {
		t.Error("an empty store knows what is usual")
	}
}

// TestTailSpikeCommand runs never two at once for one spike, in order, and ends what takes too long.
func TestTailSpikeCommand(t *testing.T) {
	dir := t.TempDir()
	said := make(chan string, 10)
	// Two at once would both see the other's directory.
	c := newSpikeCommand("mkdir "+dir+"/busy || exit 9; cat >> "+dir+"/got; rmdir "+dir+"/busy", func(s string) { said <- s })
	k := spikeKey{cause: "c", provider: "p"}
	for i := range 10 {
		c.run(k, &spikeReport{Event: fmt.Sprint(i)})
	}
	c.all.Wait()
	got, err := os.ReadFile(filepath.Join(dir, "got"))
	must(t, err)
	for i, line := range strings.Split(strings.TrimSpace(string(got)), "\n") {
		if !strings.Contains(line, fmt.Sprintf(`"event":"%d"`, i)) {
			t.Errorf("run %d got %s", i, line)
		}
	}
	if len(said) > 0 {
		t.Errorf("it said %s", <-said)
	}
	slow := newSpikeCommand("sleep 1000 & wait", func(s string) { said <- s })
	slow.limit = 50 * time.Millisecond
	slow.run(k, &spikeReport{})
	slow.all.Wait()
	if s := <-said; !strings.Contains(s, "took longer than 50ms") {
		t.Errorf("it said %s", s)
	}
}
