package report

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"bouncelog/store"
)

func at(sec int) time.Time {
	return time.Date(2026, 11, 21, 9, 0, 0, 0, testZone).Add(time.Duration(sec) * time.Second)
}

func ptr(s string) *string { return &s }

// bounced is a message that was deferred twice and then refused, and its bounce message.
func bounced() []store.Match {
	return []store.Match{
		{Host: "mx1", MTA: "postfix", QueueID: "4YbX1c", MessageID: "1@example.net", Sender: ptr("anna@example.net"), Size: 2345, ClientHost: "desk.example.net", ClientIP: "192.0.2.7", AuthUser: "anna",
			Time: at(0), Begun: true, Ended: true,
			Recipients: []store.MatchRecipient{{Recipient: "bob@example.com", Orig: "robert@example.com", Outcome: "bounced", Final: true, Category: "hard", Cause: "unknown-user", Rule: "gmail-nouser", Provider: "gmail", Attempts: 3, Events: []store.MatchEvent{
				{Time: at(1), Outcome: "deferred", Attempt: 1, RelayHost: "mx.example.com", RelayIP: "198.51.100.9", RelayPort: 25, Reply: "450 4.7.1 Greylisted", Category: "soft", Cause: "greylisted"},
				{Time: at(400), Outcome: "deferred", Attempt: 2, RelayHost: "mx.example.com", RelayIP: "198.51.100.9", RelayPort: 25, Reply: "450 4.7.1 Greylisted", Category: "soft", Cause: "greylisted"},
				{Time: at(1300), Outcome: "bounced", Attempt: 3, Final: true, RelayHost: "mx.example.com", RelayIP: "198.51.100.9", RelayPort: 25, Reply: "550-5.1.1 No such user\n550 5.1.1 <bob@example.com>", Category: "hard", Cause: "unknown-user"},
			}}},
			Lines: []store.RawLine{{File: "/var/log/mail.log", Line: 17, Text: "Nov 21 09:21:40 mx1 postfix/smtp[9]: 4YbX1c: to=<bob@example.com>, status=bounced (\x1b[31mhi)"}},
		},
		{Host: "mx1", MTA: "postfix", QueueID: "4YbX9d", Sender: ptr(""), Time: at(1301), Begun: true, Ended: true, DSN: true, Parent: "4YbX1c",
			Recipients: []store.MatchRecipient{{Recipient: "anna@example.net", Outcome: "delivered", Final: true, Attempts: 1, Events: []store.MatchEvent{{Time: at(1302), Outcome: "delivered", Attempt: 1, Final: true, RelayHost: "local"}}}}},
	}
}

// filtered went through a content filter and was forwarded to another address.
func filtered() []store.Match {
	hop := func(id, next, to string, sec int) store.Match {
		return store.Match{Host: "mx1", MTA: "postfix", QueueID: id, Sender: ptr("x@example.org"), Time: at(sec), Begun: true, Ended: true, Next: next,
			Recipients: []store.MatchRecipient{{Recipient: to, Outcome: "reinjected", Final: false, Attempts: 1, Events: []store.MatchEvent{{Time: at(sec + 1), Outcome: "reinjected", Attempt: 1, NextQueueID: next, RelayHost: "127.0.0.1", Reply: "250 2.0.0 Ok: queued as " + next}}}}}
	}
	a, b := hop("AAA", "BBB", "eve@example.net", 0), hop("BBB", "CCC", "eve@example.net", 2)
	b.Parent = "AAA"
	c := store.Match{Host: "mx1", MTA: "postfix", QueueID: "CCC", Parent: "BBB", Sender: ptr("x@example.org"), Time: at(4), Begun: true, Ended: true,
		Recipients: []store.MatchRecipient{{Recipient: "eve@home.example", Orig: "eve@example.net", Outcome: "delivered", Final: true, Attempts: 1, Events: []store.MatchEvent{{Time: at(6), Outcome: "delivered", Attempt: 1, Final: true, RelayHost: "mx.home.example", RelayIP: "203.0.113.5", Reply: "250 2.0.0 OK 17 - gsmtp"}}}}}
	return []store.Match{c, a, b}
}

func story(t *testing.T, ms []store.Match, o TerminalOptions) string {
	t.Helper()
	var b bytes.Buffer
	if err := StoryText(&b, BuildStories("key", ms, testAdviser{}, testZone), o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func many() []store.Match {
	var ms []store.Match
	for i := range 214 {
		m := store.Match{Host: "mx1", QueueID: fmt.Sprintf("Q%03d", i), Sender: ptr("list@example.net"), Time: at(-i * 600), Begun: true}
		r := store.MatchRecipient{Recipient: fmt.Sprintf("u%d@example.com", i), Outcome: "deferred", Category: "soft", Cause: "greylisted", Attempts: 1}
		if i%10 == 9 {
			r.Outcome, r.Final, r.Cause, r.Category = "delivered", true, "", ""
			m.Ended = true
		}
		m.Recipients = []store.MatchRecipient{r}
		ms = append(ms, m)
	}
	return ms
}

func TestStoryGoldens(t *testing.T) {
	golden(t, "story.bounced.txt", []byte(story(t, bounced(), TerminalOptions{Width: 100})))
	golden(t, "story.filtered.txt", []byte(story(t, filtered(), TerminalOptions{Width: 80})))
	golden(t, "story.many.txt", []byte(story(t, many(), TerminalOptions{Width: 100})))
	var b bytes.Buffer
	if err := StoryJSON(&b, BuildStories("key", bounced(), testAdviser{}, testZone)); err != nil {
		t.Fatal(err)
	}
	golden(t, "story.json", b.Bytes())
}

func TestVerdictSentence(t *testing.T) {
	one := func(outcome, cause string, final, ended bool) []store.Match {
		return []store.Match{{Host: "h", QueueID: "Q1", Time: at(0), Begun: true, Ended: ended, Recipients: []store.MatchRecipient{
			{Recipient: "bob@example.com", Outcome: outcome, Final: final, Cause: cause, Attempts: 2, Events: []store.MatchEvent{{Time: at(5), Outcome: outcome, Final: final, Attempt: 2, RelayHost: "mx.example.com", Reply: "some words"}}}}}}
	}
	for _, c := range []struct {
		ms   []store.Match
		want string
	}{
		{one("delivered", "", true, true), "Delivered to bob@example.com on 2026-11-21 09:00:05 by way of mx.example.com, which answered: some words"},
		{one("bounced", "unknown-user", true, true), "Not delivered to bob@example.com, mx.example.com refused it on 2026-11-21 09:00:05: the recipient's mailbox does not exist (unknown-user)."},
		{one("deferred", "greylisted", false, false), "Not delivered to bob@example.com yet: as far as the log tells it is still in the queue after 2 attempts: a deliberate first-contact deferral (greylisted)."},
		{one("expired", "mailbox-full", true, true), "Not delivered to bob@example.com, given up on 2026-11-21 09:00:05 after 2 attempts: the recipient is over quota (mailbox-full)."},
		{one("rejected", "relay-denied", true, true), "Our own server refused to take it for bob@example.com on 2026-11-21 09:00:05: the server does not take mail for that domain from us (relay-denied)."},
		{one("held", "", false, false), "Not delivered to bob@example.com: it is held in the queue until an administrator releases it."},
		{one("deleted", "", true, true), "Not delivered to bob@example.com, an administrator removed it from the queue on 2026-11-21 09:00:05."},
		{one("discarded", "", true, true), "Our own server dropped it on purpose for bob@example.com on 2026-11-21 09:00:05."},
		{one("", "", false, false), "What became of it for bob@example.com is not known: the log ends before the message does."},
		{[]store.Match{{Host: "h", QueueID: "Q1", Time: at(0), Begun: true}}, "The log ends before the message does: no attempt to deliver it is known, so as far as the log tells it is still in the queue."},
		{filtered(), "Delivered to eve@home.example (sent to eve@example.net) on 2026-11-21 09:00:06 by way of mx.home.example [203.0.113.5], which answered: 250 2.0.0 OK 17 - gsmtp"},
		{bounced(), "Not delivered to bob@example.com (sent to robert@example.com), mx.example.com [198.51.100.9] refused it on 2026-11-21 09:21:40: the recipient's mailbox does not exist (unknown-user)."},
	} {
		s := BuildStories("k", c.ms, testAdviser{}, testZone)
		if len(s.Threads) != 1 {
			t.Errorf("%d stories for %q", len(s.Threads), c.want)
			continue
		}
		if got := s.Threads[0].Verdict; got != c.want {
			t.Errorf("verdict\n%s\nwant\n%s", got, c.want)
		}
	}
}

func TestStoryOfSeveral(t *testing.T) {
	m := bounced()[0]
	r := m.Recipients[0]
	r.Recipient, r.Orig, r.Outcome, r.Cause = "carol@example.com", "", "delivered", ""
	m.Recipients = append(m.Recipients, r)
	s := BuildStories("k", []store.Match{m}, testAdviser{}, testZone)
	if got, want := s.Threads[0].Verdict, "Of 2 recipients, 1 bounced (unknown-user), 1 delivered."; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	// Who asks for one of them is told of that one.
	s = BuildStories("Robert@example.com", []store.Match{m}, testAdviser{}, testZone)
	if got := s.Threads[0].Verdict; !strings.HasPrefix(got, "Not delivered to bob@example.com") || !strings.HasSuffix(got, "The message had 1 recipient more.") {
		t.Errorf("%q", got)
	}
}

// TestThreads: a queue id that was used twice joins the message that is nearer in time.
func TestThreads(t *testing.T) {
	ms := append(bounced(), filtered()...)
	again := bounced()
	for i := range again {
		again[i].Time = again[i].Time.AddDate(0, 0, -7)
	}
	ms = append(ms, again...)
	s := BuildStories("k", ms, nil, testZone)
	if len(s.Threads) != 3 {
		t.Fatalf("%d threads, want 3", len(s.Threads))
	}
	for i, want := range []string{"4YbX1c 4YbX9d", "AAA BBB CCC", "4YbX1c 4YbX9d"} {
		var ids []string
		for _, m := range s.Threads[i].Matches {
			ids = append(ids, m.QueueID)
		}
		if got := strings.Join(ids, " "); got != want {
			t.Errorf("thread %d is %s, want %s", i, got, want)
		}
	}
	if d := s.Threads[0].Matches[1].Time.Sub(s.Threads[0].Matches[0].Time); d > time.Hour {
		t.Errorf("a bounce message joined a message %s away", d)
	}
}

// TestRelated: what a search found to be related is told with it, once, even where it was found by itself too.
func TestRelated(t *testing.T) {
	b, f := bounced(), filtered()
	b[0].Parent, b[1].Parent = "", "" // the store knows more than the ids tell
	b[0].Related = []store.Match{b[1]}
	f[1].Related = []store.Match{f[2], f[0]}
	s := BuildStories("k", []store.Match{b[1], b[0], f[1]}, testAdviser{}, testZone)
	if len(s.Threads) != 2 || len(s.Threads[0].Matches)+len(s.Threads[1].Matches) != 5 {
		t.Fatalf("%d threads", len(s.Threads))
	}
	if m := s.Threads[0].Matches; m[0].QueueID != "4YbX1c" || m[1].QueueID != "4YbX9d" {
		t.Errorf("the bounce message is %s of %s", m[1].QueueID, m[0].QueueID)
	}
	red := NewRedactor([]byte("key")).Matches([]store.Match{f[1]})
	var out bytes.Buffer
	if err := StoryJSON(&out, BuildStories("k", red, testAdviser{}, testZone)); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(out.String(), "eve@") || !strings.Contains(out.String(), `"related"`) || strings.Contains(out.String(), "null") {
		t.Errorf("redacted: %s", &out)
	}
}

func TestStoryNotes(t *testing.T) {
	m := bounced()[0]
	m.Begun, m.Ended = false, false
	s := story(t, []store.Match{m}, TerminalOptions{Width: 200})
	for _, want := range []string{"does not hold the beginning of 4YbX1c", "The log ends before the message does"} {
		if !strings.Contains(s, want) {
			t.Errorf("no %q in\n%s", want, s)
		}
	}
}

func TestStoryHostile(t *testing.T) {
	for _, h := range append(hostile, strings.Repeat("10 kB ", 1700)) {
		s := story(t, hostileMatches(h), TerminalOptions{Width: 100})
		harmless(t, s)
		if len(s) > 40_000 {
			t.Errorf("%.20q: %d bytes: long texts are not shortened", h, len(s))
		}
	}
}

func hostileMatches(h string) []store.Match {
	ms := bounced()
	for i := range ms {
		m := &ms[i]
		m.Host, m.MTA, m.MessageID, m.Sender, m.Subject, m.ClientHost, m.ClientIP, m.AuthUser, m.Next = h, h, h, ptr(h), h, h, h, h, h
		m.Lines = append(m.Lines, store.RawLine{File: h, Line: 1, Text: h})
		for j := range m.Recipients {
			r := &m.Recipients[j]
			r.Recipient, r.Orig, r.Cause, r.Rule, r.Provider, r.Category = h, "x"+h, h, h, h, h
			r.Meaning, r.Advice = h, []string{h}
			for k := range r.Events {
				e := &r.Events[k]
				e.RelayHost, e.RelayIP, e.Reply, e.Cause, e.NextQueueID, e.EnhancedCode, e.Blocklist = h, h, h, h, h, h, h
			}
		}
	}
	return ms
}

// TestStoryOfManyRecipients: who asks for one of many recipients is told what happened to that one, and who asks for the message is shown its
// beginning and its end.
func TestStoryOfManyRecipients(t *testing.T) {
	m := store.Match{Host: "mx1", QueueID: "4ABC", Sender: ptr("list@example.net"), Time: at(0), Begun: true}
	for i := range 1000 {
		address := fmt.Sprintf("u%d@example.com", i)
		m.Recipients = append(m.Recipients, store.MatchRecipient{Recipient: address, Outcome: "bounced", Final: true, Category: "hard", Cause: "unknown-user",
			Events: []store.MatchEvent{{Time: at(i), Outcome: "bounced", Final: true, Category: "hard", Cause: "unknown-user", Reply: "550 no " + address}}})
	}
	one := storyOf(t, "U700@example.com", m)
	if !strings.Contains(one, "bounced for u700@example.com") || strings.Contains(one, "bounced for u701@example.com") {
		t.Errorf("the story of u700 tells\n%.3000s", one)
	}
	whole := storyOf(t, "4ABC", m)
	for _, want := range []string{"bounced for u0@example.com", "bounced for u999@example.com", "and 801 more, which --format json tells"} {
		if !strings.Contains(whole, want) {
			t.Errorf("the whole story does not tell %q", want)
		}
	}
	if strings.Contains(whole, "bounced for u500@example.com") {
		t.Error("the whole story tells everything")
	}
}

func storyOf(t *testing.T, key string, ms ...store.Match) string {
	t.Helper()
	var b bytes.Buffer
	if err := StoryText(&b, BuildStories(key, ms, testAdviser{}, testZone), TerminalOptions{Width: 100}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
