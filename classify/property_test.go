package classify

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"bouncelog/rules"
)

func newTestClassifier(tb testing.TB) *Classifier {
	tb.Helper()
	rs, err := rules.Load()
	if err != nil {
		tb.Fatal(err)
	}
	c, err := New(rs)
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

// forExamples runs f on every example of every rule.
func forExamples(c *Classifier, f func(r *rules.Rule, reply Reply)) {
	for i := range c.rs.Rules {
		r := &c.rs.Rules[i]
		for _, text := range r.Example {
			f(r, c.exampleReply(r, text))
		}
	}
}

var (
	mailAddress = regexp.MustCompile(`[a-z0-9.+_-]+@(?:[a-z0-9-]+\.)+(?:net|com|org|jp|invalid)\b`)
	ipAddress   = regexp.MustCompile(`\b192\.0\.2\.[0-9]+\b`)
)

// TestVariations holds that case, line folding, addresses, and what follows the telling words change no verdict.
func TestVariations(t *testing.T) {
	c := newTestClassifier(t)
	rnd := rand.New(rand.NewPCG(1, 2))
	variations := map[string]func(string) string{
		"upper case": strings.ToUpper,
		"lower case": strings.ToLower,
		"mixed case": func(s string) string {
			return strings.Map(func(r rune) rune {
				if rnd.IntN(2) == 0 {
					return unicode.ToUpper(r)
				}
				return unicode.ToLower(r)
			}, s)
		},
		"wide spaces":     func(s string) string { return strings.ReplaceAll(s, " ", "  \t") },
		"other addresses": func(s string) string { return mailAddress.ReplaceAllString(s, "x.virus-spam+quota@full.example.com") },
		"other IP":        func(s string) string { return ipAddress.ReplaceAllString(s, "198.51.100.77") },
		"folded":          func(s string) string { return fold(s, "\r\n") },
		"folded, escaped": func(s string) string { return fold(s, `\n`) },
		"folded, flat":    func(s string) string { return fold(s, " ") },
		"more words":      func(s string) string { return s + " [mx7.example.net 2026-11-22T10:11:12.345Z 08DD95F0A1B2C3E0]" },
		"in a log":        func(s string) string { return s + " (in reply to end of data)" },
	}
	forExamples(c, func(r *rules.Rule, reply Reply) {
		want := c.Classify(reply)
		for name, vary := range variations {
			changed := reply
			changed.Text = vary(reply.Text)
			if strings.HasPrefix(name, "folded") && len(r.Pattern) > 0 {
				continue // a pattern may ask for the beginning or end of the text
			}
			if (name == "more words" || name == "in a log") && (len(r.Pattern) > 0 || strings.HasPrefix(r.ID, "weak-")) {
				continue
			}
			if got := c.Classify(changed); got.Cause != want.Cause {
				t.Errorf("%s: %s: %s became %s (%s)\n\t%q\n\t%q", r.ID, name, want.Cause, got.Cause, got.Rule, reply.Text, changed.Text)
			}
		}
	})
}

// fold breaks a reply into lines of a multi-line reply, as servers do: the codes again on each line.
func fold(s, newline string) string {
	head := findCodes(s).head
	if head < 3 || s[0] < '4' || s[0] > '5' || replyCodeLen(s) == 0 || strings.ContainsAny(s, "\r\n\\") || len(s) > 3 && s[3] == '-' {
		return s
	}
	words := strings.Fields(s[head:])
	if len(words) < 3 {
		return s
	}
	codes := strings.TrimLeft(s[3:head], " -")
	if codes != "" {
		codes += " "
	}
	n := len(words) / 2
	return s[:3] + "-" + codes + strings.Join(words[:n], " ") + newline + s[:3] + " " + codes + strings.Join(words[n:], " ")
}

// TestTruncation cuts every example shorter and shorter: nothing may panic, and while the deciding words are there the verdict stands.
func TestTruncation(t *testing.T) {
	c := newTestClassifier(t)
	forExamples(c, func(r *rules.Rule, reply Reply) {
		whole := c.Explain(reply)
		for n := len(reply.Text); n >= 0; n-- {
			cut := reply
			cut.Text = reply.Text[:n]
			ev := c.Explain(cut)
			if ev.Verdict.Category == "" {
				t.Fatalf("%q has no category", cut.Text)
			}
			// One letter less at the end takes no word away but the last.
			if n == len(reply.Text)-1 && len(whole.Matched) > 0 && !touchesEnd(whole) && len(r.Lists) == 0 && ev.Verdict.Cause != whole.Verdict.Cause && len(r.Pattern) == 0 {
				t.Errorf("%s: %q became %s (%s)", r.ID, cut.Text, ev.Verdict.Cause, ev.Verdict.Rule)
			}
		}
	})
}

func touchesEnd(ev Evidence) bool {
	for _, words := range ev.Matched {
		if strings.HasSuffix(ev.Normalized, words) || strings.HasSuffix(ev.Normalized, words+".") || strings.HasSuffix(ev.Normalized, words+")") {
			return true
		}
	}
	return false
}

// TestCacheChangesNothing classifies each example with other numbers, ids, hosts and addresses after the cache has seen it.
func TestCacheChangesNothing(t *testing.T) {
	c := newTestClassifier(t)
	rnd := rand.New(rand.NewPCG(3, 4))
	forExamples(c, func(r *rules.Rule, reply Reply) {
		c.Classify(reply)
		for range 6 {
			changed := reply
			changed.Text = otherParts(rnd, reply.Text)
			want := c.Explain(changed).Verdict
			if got := c.Classify(changed); *got != *want {
				t.Errorf("%s: %q: cached %+v, fresh %+v", r.ID, changed.Text, *got, *want)
			}
			if got := c.Classify(changed); *got != *want {
				t.Errorf("%s: %q: cached %+v, fresh %+v", r.ID, changed.Text, *got, *want)
			}
		}
	})
}

// otherParts changes some digits anywhere, and in some of the variable parts also letters, or puts bytes in front or behind.
func otherParts(rnd *rand.Rand, text string) string {
	out := []byte(text)
	const digits, letters = "0123456789", "abcdefghijklmnopqrstuvwxyz"
	for i, c := range out {
		if isDigit(c) && rnd.IntN(3) == 0 {
			out[i] = digits[rnd.IntN(10)]
		}
	}
	spans := findSpans(nil, string(out))
	for _, sp := range slices.Backward(spans) {
		part := out[sp.start:sp.end]
		for i, c := range part {
			if isLetter(c) && rnd.IntN(2*len(part)) == 0 {
				part[i] = letters[rnd.IntN(26)]
			}
		}
		switch rnd.IntN(6) {
		case 0:
			out = slices.Insert(out, sp.start, letters[rnd.IntN(26)], digits[rnd.IntN(10)])
		case 1:
			out = slices.Insert(out, sp.end, digits[rnd.IntN(10)], letters[rnd.IntN(26)])
		}
	}
	return string(out)
}

func TestCacheIsBounded(t *testing.T) {
	c := newTestClassifier(t)
	c.cache = newCache(256)
	for i := range 5000 {
		c.Classify(Reply{Text: "550 word" + strings.Repeat("x", i%97) + strings.Repeat("y", i/97)})
	}
	if n := c.cache.size(); n > 256+cacheParts {
		t.Errorf("the cache holds %d verdicts", n)
	}
}

// TestCacheBytesAreBounded fills what is remembered with long replies whose every word is new.
func TestCacheBytesAreBounded(t *testing.T) {
	c := newTestClassifier(t)
	long := strings.Repeat(" unheard of", 700)
	for i := range 3000 {
		c.Classify(Reply{Text: "550 " + strings.Repeat("x", 1+i%50) + strings.Repeat("y", 1+i/50) + long})
	}
	var bytes, most int
	for i := range c.cache.parts {
		for _, generation := range []map[string]*Verdict{c.cache.parts[i].young, c.cache.parts[i].old} {
			for key := range generation {
				bytes += len(key)
				most = max(most, len(key))
			}
		}
	}
	if bytes > defaultCacheSize*256+2*cacheParts*most {
		t.Errorf("the keys of the cache take %d bytes", bytes)
	}
	for i := range c.recent.slots {
		if e := c.recent.slots[i].Load(); e != nil && len(e.text) > recentText {
			t.Fatalf("a text of %d bytes is kept", len(e.text))
		}
	}
}

func TestConcurrentUse(t *testing.T) {
	c := newTestClassifier(t)
	want := *c.Classify(Reply{Text: "550 5.1.1 User unknown"})
	done := make(chan bool)
	for range 8 {
		go func() {
			ok := true
			for i := range 500 {
				c.Classify(Reply{Text: fmt.Sprintf("451 4.%d.0 try again later %d %s", i%9, i, strings.Repeat("z", i%50))})
				ok = ok && *c.Classify(Reply{Text: "550 5.1.1 User unknown"}) == want
			}
			done <- ok
		}()
	}
	for range 8 {
		if !<-done {
			t.Error("a verdict changed under concurrent use")
		}
	}
}

// TestHugeReply holds that a reply made to keep us busy does not: what is beyond maxReply does not count.
func TestHugeReply(t *testing.T) {
	c := newTestClassifier(t)
	text := "550 5.1.1 User unknown " + strings.Repeat("virus@spam.example ", 1<<16)
	if v := c.Classify(Reply{Text: text}); v.Cause != "unknown-user" {
		t.Errorf("judged %s by %s", v.Cause, v.Rule)
	}
	late := strings.Repeat("x ", maxReply) + "mailbox full"
	if v := c.Classify(Reply{Text: late}); v.Cause != rules.Undetermined {
		t.Errorf("words beyond the limit made it %s", v.Cause)
	}
}
