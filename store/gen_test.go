package store

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"pgregory.net/rapid"

	"bouncelog/classify"
	"bouncelog/parser"
	"bouncelog/trace"
)

// anyMessage draws a message of any shape, likely or not: all that the tracker could hand over.
func anyMessage(id int64) *rapid.Generator[*trace.Message] {
	return rapid.Custom(func(t *rapid.T) *trace.Message {
		str := rapid.OneOf(rapid.Just(""), rapid.SampledFrom([]string{"a@example.com", "B@Example.ORG", "@x", "x@", `"q@r"@s.example`, "<>", "nul\x00", "\xff\xfe@\xff",
			"192.0.2.1", "0.0.0.0", "192.0.2.01", "2001:db8::1", "line\none", `back\slash "quote"`, "1234567890ABCDEF", "\x7f\x1b[31m"}), rapid.String())
		stamp := rapid.OneOf(rapid.Just(int64(0)), rapid.Int64Range(1.6e18, 1.8e18), rapid.Map(rapid.Int64Range(1.6e9, 1.8e9), func(s int64) int64 { return s * 1e9 }),
			rapid.Map(rapid.Int64Range(1.6e15, 1.8e15), func(s int64) int64 { return s * 1e3 }))
		small := rapid.IntRange(0, 100_000)
		s := func() string { return str.Draw(t, "text") }
		b := func() bool { return rapid.Bool().Draw(t, "flag") }
		n := func() int { return small.Draw(t, "number") }
		attempt := rapid.Custom(func(t *rapid.T) trace.Attempt {
			a := trace.Attempt{
				Time: stamp.Draw(t, "time"), Outcome: parser.Outcome(rapid.IntRange(0, 9).Draw(t, "outcome")), Final: b(), Try: n(),
				RelayHost: s(), RelayIP: s(), RelayPort: n(),
				Delay:     rapid.OneOf(rapid.Just(-1.0), rapid.Float64Range(0, 1e6)).Draw(t, "delay"),
				Reply:     rapid.OneOf(str, rapid.Just("250 2.0.0 Ok: queued as 4F3A2B1C9D"), rapid.Just("550 5.1.1 <a@b.example>: user unknown\n550 see 17")).Draw(t, "reply"),
				ReplyCode: n(), Enhanced: s(), Stage: parser.Stage(rapid.IntRange(0, 9).Draw(t, "stage")), Local: b(),
				Next: rapid.OneOf(str, rapid.Just("4F3A2B1C9D")).Draw(t, "next"),
				Log:  int32(n()), Line: int64(n()), Offset: rapid.Int64().Draw(t, "offset"), Seq: int32(n() % 3), Hash: rapid.Uint32().Draw(t, "hash"),
			}
			if b() {
				a.Verdict = &classify.Verdict{Category: classify.Block, Cause: s(), Rule: s(), Provider: s(), Blocklist: s(), Code: n(), Enhanced: s(), Suppress: b()}
			}
			for range n() % 3 {
				a.Also = append(a.Also, int32(n()))
			}
			return a
		})
		m := &trace.Message{ID: id, Key: trace.Key{Host: s(), Instance: s(), QueueID: s()}, MTA: s(),
			First: stamp.Draw(t, "first"), Last: stamp.Draw(t, "last"), Begun: stamp.Draw(t, "begun"), Ended: stamp.Draw(t, "ended"),
			SenderKnown: b(), Sender: s(), MessageID: s(), Subject: s(), Size: int64(n()), NRcpt: n(), ClientHost: s(), ClientIP: s(), AuthUser: s(), Helo: s(),
			DSN: parser.DSNKind(rapid.IntRange(0, 4).Draw(t, "dsn")), ParentQueueID: s(), ParentID: int64(n()),
			PrevQueueID: s(), PrevID: int64(n()), NextQueueID: s(), NextID: int64(n()),
			Rejected: b(), SessionReject: b(), Probe: b(), Log: int32(n()), Line: int64(n()), Offset: int64(n()), EndOffset: int64(n())}
		for range rapid.IntRange(0, 4).Draw(t, "recipients") {
			r := &trace.Recipient{Address: s(), Orig: s(), Outcome: parser.Outcome(rapid.IntRange(0, 9).Draw(t, "last")), Final: b()}
			r.Attempts = rapid.SliceOfN(attempt, 0, 4).Draw(t, "attempts")
			if len(r.Attempts) == 0 {
				r.Attempts = nil
			}
			m.Recipients = append(m.Recipients, r)
		}
		if b() {
			h := attempt.Draw(t, "hint")
			m.Hint = &h
		}
		return m
	})
}

// traffic makes messages as a busy server has them, the same each time: in the order of their arrival, most delivered at once.
type traffic struct {
	r       *rand.Rand
	at      int64
	gap     int64 // mean ns between messages
	id      int64
	log     int32
	line    int64
	offset  int64
	domains []string
	senders []string
}

func newTraffic(from time.Time, perDay int) *traffic {
	g := &traffic{r: rand.New(rand.NewPCG(1, 2)), at: from.UnixNano(), gap: 86400e9 / int64(perDay), id: 1, log: 1}
	for i := range 3000 {
		g.domains = append(g.domains, fmt.Sprintf("mail%d.example%d.org", i%7, i))
	}
	for i := range 300 {
		g.senders = append(g.senders, fmt.Sprintf("lists%d.example.net", i))
	}
	return g
}

// pick prefers the first of n, like the sizes of mail providers.
func (g *traffic) pick(n int) int {
	f := g.r.Float64()
	return int(f * f * f * f * float64(n))
}

var failures = []struct {
	reply    string
	verdict  classify.Verdict
	outcome  parser.Outcome
	code     int
	enhanced string
}{
	{"550 5.1.1 <%s>: Recipient address rejected: User unknown in virtual mailbox table (in reply to RCPT TO command)",
		classify.Verdict{Category: classify.Hard, Cause: "unknown-user", Rule: "user-unknown", Code: 550, Enhanced: "5.1.1", Suppress: true}, parser.OutcomeBounced, 550, "5.1.1"},
	{"552 5.2.2 %s: mailbox is full", classify.Verdict{Category: classify.Soft, Cause: "mailbox-full", Rule: "full", Code: 552, Enhanced: "5.2.2"}, parser.OutcomeBounced, 552, "5.2.2"},
	{"554 5.7.1 Service unavailable; Client host [198.51.100.7] blocked using zen.example.org; %s",
		classify.Verdict{Category: classify.Block, Cause: "ip-blocklisted", Rule: "dnsbl", Blocklist: "zen.example.org", Code: 554, Enhanced: "5.7.1"}, parser.OutcomeBounced, 554, "5.7.1"},
	{"554 5.7.1 Message to %s rejected as spam", classify.Verdict{Category: classify.Content, Cause: "spam-content", Rule: "spam", Code: 554, Enhanced: "5.7.1"}, parser.OutcomeBounced, 554, "5.7.1"},
	{"450 4.2.1 %s: try again later", classify.Verdict{Category: classify.Soft, Cause: "mailbox-busy", Rule: "busy", Code: 450, Enhanced: "4.2.1"}, parser.OutcomeExpired, 450, "4.2.1"},
}

var greylist = &classify.Verdict{Category: classify.Soft, Cause: "greylisted", Rule: "greylist", Code: 450, Enhanced: "4.2.0"}

const queueAlphabet = "0123456789ABCDEF"

func (g *traffic) queueID(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = queueAlphabet[g.r.IntN(len(queueAlphabet))]
	}
	return string(b)
}

// next is the next message with 1.5 attempts on average, ended.
func (g *traffic) next() *trace.Message {
	g.at += int64(g.r.ExpFloat64() * float64(g.gap))
	at := g.at / 1000 * 1000
	sender := fmt.Sprintf("user%d@%s", g.r.IntN(50), g.senders[g.pick(len(g.senders))])
	domain := g.pick(len(g.domains))
	queueID := g.queueID(11)
	m := &trace.Message{ID: g.id, Key: trace.Key{Host: "mx1", QueueID: queueID}, MTA: "postfix", First: at, Begun: at, Last: at + 3e9, Ended: at + 3e9,
		SenderKnown: true, Sender: sender, MessageID: fmt.Sprintf("%s.%s@%s", time.Unix(0, at).UTC().Format("20060102150405"), queueID, g.senders[g.pick(len(g.senders))]),
		Size: int64(g.r.IntN(60_000)), NRcpt: 1, ClientHost: "submit.example.net", ClientIP: fmt.Sprintf("192.0.2.%d", g.pick(250)),
		AuthUser: fmt.Sprintf("login%d", g.pick(200)), Log: g.log, Line: g.line, Offset: g.offset, EndOffset: g.offset + 1110}
	g.id++
	r := &trace.Recipient{Address: fmt.Sprintf("%s%d@%s", []string{"anna", "bert", "carl", "dora"}[g.r.IntN(4)], g.r.IntN(5000), g.domains[domain])}
	m.Recipients = []*trace.Recipient{r}
	deferrals := 0
	if g.r.IntN(10) < 3 {
		deferrals = 1 + g.r.IntN(2)
	}
	relay := trace.Attempt{RelayHost: "mx." + g.domains[domain], RelayIP: fmt.Sprintf("198.51.%d.%d", domain/250, domain%250), RelayPort: 25, Log: g.log}
	try := 1
	when := at
	for range deferrals {
		when += 2e9 + int64(g.r.IntN(1e6))*1000
		a := relay
		a.Time, a.Outcome, a.Try, a.Delay = when, parser.OutcomeDeferred, try, float64(when-at)/1e9
		a.Reply, a.ReplyCode, a.Enhanced, a.Stage, a.Verdict = "450 4.2.0 <"+r.Address+">: Recipient address rejected: Greylisted (in reply to RCPT TO command)", 450, "4.2.0", parser.StageRcpt, greylist
		a.Line, a.Offset, a.Hash = g.line+4, g.offset+700, g.r.Uint32()
		r.Attempts = append(r.Attempts, a)
		when += 600e9
		try++
	}
	a := relay
	when += 1e9 + int64(g.r.IntN(1e6))*1000
	a.Time, a.Try, a.Delay, a.Final = when, try, float64((when-at)/1e7)/100, true
	a.Line, a.Offset, a.Hash = g.line+5, g.offset+900, g.r.Uint32()
	if g.r.IntN(100) < 6 {
		f := &failures[g.r.IntN(len(failures))]
		a.Outcome, a.Reply, a.ReplyCode, a.Enhanced, a.Stage, a.Verdict = f.outcome, fmt.Sprintf(f.reply, r.Address), f.code, f.enhanced, parser.StageRcpt, &f.verdict
	} else {
		next := g.queueID(10)
		a.Outcome, a.Reply, a.ReplyCode, a.Enhanced, a.Next = parser.OutcomeDelivered, "250 2.0.0 Ok: queued as "+next, 250, "2.0.0", next
	}
	r.Attempts = append(r.Attempts, a)
	r.Outcome, r.Final = a.Outcome, true
	m.Last, m.Ended = when+1e6, when+1e6
	g.line += 8
	g.offset += 1110
	return m
}

func testProvider(relayHost, domain string) string {
	if len(domain) > 5 && domain[4] < '3' {
		return "provider" + domain[4:5]
	}
	return ""
}

func mustOpen(tb testing.TB, path string) *Store {
	tb.Helper()
	s, err := Open(path, Options{Zone: time.UTC})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { s.Close() })
	return s
}
