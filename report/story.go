package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"bouncelog/store"
)

// Stories is the answer of `why`: the messages that were found, each told from its beginning.
type Stories struct {
	Key     string
	Zone    *time.Location
	Threads []Thread     // newest first
	Groups  []StoryGroup // largest first; only if there are many threads
	Matches []store.Match
}

// Thread is one message through all its queue ids on one host: content filter, submission queue, forwarding, and the bounce
// messages that were sent for it.
type Thread struct {
	Matches []store.Match // the message's own ids in time order, then its bounce messages
	Verdict string        // one plain sentence
	Good    bool          // all was delivered
	Steps   []Step
	Fates   []Fate   // of the recipient that was asked for, else of all
	Notes   []string // what the log does not tell
}

// Step is one line of a story.
type Step struct {
	Time    time.Time
	Elapsed float64 // seconds since the first step
	QueueID string
	What    string
	Said    string // the remote server's words, or our own MTA's
	Good    int8   // +1 good news, -1 bad
}

// Fate is what became of one final recipient.
type Fate struct {
	Recipient, Orig string
	Outcome         string
	Final           bool
	Category, Cause string
	Meaning         string
	Advice, Links   []string
	Provider        string // title
	Attempts        int
	Time            time.Time // of the last event
	Relay           string
	Said            string
	QueueID         string
}

// StoryGroup is what many threads have in common.
type StoryGroup struct {
	Domain   string // of the recipients
	Messages int64
	Since    time.Time
	Until    time.Time
	Sentence string
}

// manyThreads is from how many threads on they are grouped and listed in place of being told one by one.
const manyThreads = 6

// BuildStories makes stories of what was found. It fills Meaning and Advice of the matches' recipients, where they are
// empty, from adv (which may be nil), and otherwise leaves ms as it is.
func BuildStories(key string, ms []store.Match, adv Adviser, z *time.Location) *Stories {
	if adv == nil {
		adv = noAdvice{}
	}
	advise(ms, adv)
	s := &Stories{Key: key, Zone: zone(z), Matches: ms}
	for _, t := range threads(ms) {
		s.Threads = append(s.Threads, tell(key, t, adv, s.Zone))
	}
	slices.SortStableFunc(s.Threads, func(a, b Thread) int { return b.begun().Compare(a.begun()) })
	if len(s.Threads) >= manyThreads {
		s.Groups = group(s.Threads, s.Zone)
	}
	return s
}

func advise(ms []store.Match, adv Adviser) {
	for i := range ms {
		advise(ms[i].Related, adv)
		for j := range ms[i].Recipients {
			r := &ms[i].Recipients[j]
			if r.Cause == "" {
				continue
			}
			if r.Meaning == "" {
				r.Meaning = adv.Meaning(r.Cause)
			}
			if len(r.Advice) == 0 {
				r.Advice = adv.Advice(r.Cause, r.Rule, r.Provider)
			}
		}
	}
}

func (t Thread) begun() time.Time { return t.Matches[0].Time }

// fates are the final recipients of a thread: who was handed on is told of where the story goes on.
func fates(ms []store.Match, adv Adviser) []Fate {
	known := map[string]bool{}
	for _, m := range ms {
		known[m.QueueID] = true
	}
	var out []Fate
	for _, m := range ms {
		if m.DSN && !ms[0].DSN {
			continue
		}
		for _, r := range m.Recipients {
			var last store.MatchEvent
			if n := len(r.Events); n > 0 {
				last = r.Events[n-1]
			}
			if r.Outcome == "reinjected" && (known[last.NextQueueID] && last.NextQueueID != "" || known[m.Next] && m.Next != "") {
				continue
			}
			f := Fate{Recipient: r.Recipient, Orig: r.Orig, Outcome: r.Outcome, Final: r.Final, Category: r.Category, Cause: r.Cause, Meaning: r.Meaning,
				Advice: r.Advice, Provider: shortTitle(titleOf(adv, r.Provider)), Attempts: r.Attempts, Time: last.Time, Relay: relay(last), Said: last.Reply, QueueID: m.QueueID}
			if r.Cause != "" {
				f.Links = adv.Links(r.Cause, r.Rule, r.Provider)
			}
			// An end without words of its own (expired, removed) has those of the try before.
			for i := len(r.Events) - 1; i >= 0 && f.Said == ""; i-- {
				f.Said, f.Relay = r.Events[i].Reply, cmp.Or(f.Relay, relay(r.Events[i]))
			}
			out = append(out, f)
		}
	}
	return out
}

func relay(e store.MatchEvent) string {
	s := e.RelayHost
	if e.RelayIP != "" && e.RelayIP != e.RelayHost {
		if s == "" {
			s = e.RelayIP
		} else {
			s += " [" + e.RelayIP + "]"
		}
	}
	return s
}

// inSentence makes the first sentence of a meaning fit into the middle of another one.
func inSentence(meaning string) string {
	first, _, _ := strings.Cut(meaning, ". ")
	first = strings.TrimSuffix(first, ".")
	r, n := utf8.DecodeRuneInString(first)
	if n < len(first) && unicode.IsUpper(r) {
		if next, _ := utf8.DecodeRuneInString(first[n:]); !unicode.IsUpper(next) {
			first = string(unicode.ToLower(r)) + first[n:]
		}
	}
	return first
}

// sentence says in plain words what became of a recipient.
func (f Fate) sentence(z *time.Location) string {
	who := cleanKey(f.Recipient)
	if who == "" {
		who = "a recipient whom the log does not name"
	}
	if f.Orig != "" && f.Orig != f.Recipient {
		who += " (sent to " + cleanKey(f.Orig) + ")"
	}
	at := ""
	if f.Relay != "" {
		at = cleanKey(f.Relay)
	}
	why := inSentence(f.Meaning)
	if f.Cause != "" {
		why = strings.TrimPrefix(why+" ("+f.Cause+")", " ")
	}
	because := func(s string) string {
		if why == "" {
			return s + "."
		}
		return s + ": " + Clean(why) + "."
	}
	when := ""
	if !f.Time.IsZero() {
		when = " on " + stamp(f.Time, z)
	}
	switch f.Outcome {
	case "delivered":
		s := "Delivered to " + who + when
		if at != "" {
			s += " by way of " + at
		}
		if f.Said != "" {
			return s + ", which answered: " + cleanReply(f.Said)
		}
		return s + "."
	case "bounced":
		if at != "" {
			return because("Not delivered to " + who + ", " + at + " refused it" + when)
		}
		return because("Not delivered to " + who + ", it bounced" + when)
	case "expired":
		return because(fmt.Sprintf("Not delivered to %s, given up%s after %s", who, when, Plural(int64(f.Attempts), "attempt")))
	case "deferred":
		return because(fmt.Sprintf("Not delivered to %s yet: as far as the log tells it is still in the queue after %s", who, Plural(int64(max(f.Attempts, 1)), "attempt")))
	case "rejected":
		return because("Our own server refused to take it for " + who + when)
	case "discarded":
		return because("Our own server dropped it on purpose for " + who + when)
	case "held":
		return because("Not delivered to " + who + ": it is held in the queue until an administrator releases it")
	case "deleted":
		return because("Not delivered to " + who + ", an administrator removed it from the queue" + when)
	case "reinjected":
		return "Handed on for " + who + when + " to a next step on this host that the log does not show."
	}
	return "What became of it for " + who + " is not known: the log ends before the message does."
}

// verdict is the one sentence that opens a story.
func verdict(fs []Fate, first store.Match, z *time.Location) (s string, good bool) {
	switch len(fs) {
	case 0:
		switch {
		case first.Rejected:
			return "Our own server refused this message.", false
		case first.Ended:
			return "The message left the queue, but the log names no recipient of it.", false
		}
		return "The log ends before the message does: no attempt to deliver it is known, so as far as the log tells it is still in the queue.", false
	case 1:
		return fs[0].sentence(z), fs[0].Outcome == "delivered"
	}
	n := map[string]int64{}
	for _, f := range fs {
		n[cmp.Or(f.Outcome, "unknown")]++
	}
	if n["delivered"] == int64(len(fs)) {
		return fmt.Sprintf("Delivered to all %d recipients.", len(fs)), true
	}
	var parts []string
	for _, o := range outcomeOrder {
		if n[o] == 0 {
			continue
		}
		p := Count(n[o]) + " " + outcomeWords[o]
		if c := mainCause(fs, o); c != "" {
			p += " (" + c + ")"
		}
		parts = append(parts, p)
	}
	return fmt.Sprintf("Of %d recipients, %s.", len(fs), strings.Join(parts, ", ")), false
}

// outcomeOrder is bad news first.
var outcomeOrder = [...]string{"bounced", "expired", "rejected", "deferred", "held", "deleted", "discarded", "reinjected", "unknown", "delivered"}

var outcomeWords = map[string]string{"bounced": "bounced", "expired": "expired", "rejected": "were refused by our own server", "deferred": "still deferred as far as the log tells",
	"held": "held", "deleted": "removed by an administrator", "discarded": "dropped on purpose", "reinjected": "handed on", "unknown": "without a known end", "delivered": "delivered"}

// mainCause is the cause of most of the fates with that outcome.
func mainCause(fs []Fate, outcome string) string {
	n := map[string]int{}
	best := ""
	for _, f := range fs {
		if f.Outcome == outcome && f.Cause != "" {
			n[f.Cause]++
			if best == "" || n[f.Cause] > n[best] || n[f.Cause] == n[best] && f.Cause < best {
				best = f.Cause
			}
		}
	}
	return best
}

// group puts threads together by their recipients' domain.
func group(ts []Thread, z *time.Location) []StoryGroup {
	type sum struct {
		StoryGroup
		fates []Fate
	}
	by := map[string]*sum{}
	for _, t := range ts {
		seen := map[string]bool{}
		for _, f := range t.Fates {
			d := domainOf(f.Recipient)
			g := by[d]
			if g == nil {
				g = &sum{StoryGroup: StoryGroup{Domain: d, Since: t.begun(), Until: t.begun()}}
				by[d] = g
			}
			if !seen[d] {
				seen[d] = true
				g.Messages++
			}
			if t.begun().Before(g.Since) {
				g.Since = t.begun()
			}
			if t.begun().After(g.Until) {
				g.Until = t.begun()
			}
			g.fates = append(g.fates, f)
		}
	}
	out := make([]StoryGroup, 0, len(by))
	for _, g := range by {
		g.Sentence = g.sentence(g.fates, z)
		out = append(out, g.StoryGroup)
	}
	slices.SortFunc(out, func(a, b StoryGroup) int {
		return cmp.Or(cmp.Compare(b.Messages, a.Messages), cmp.Compare(a.Domain, b.Domain))
	})
	return out
}

// sentence is "214 messages to example.com since Monday 2026-11-16 08:00: 198 deferred (greylisted), 16 delivered".
func (g StoryGroup) sentence(fs []Fate, z *time.Location) string {
	to := g.Domain
	if to == "" {
		to = "local recipients"
	}
	n := map[string]int64{}
	for _, f := range fs {
		n[cmp.Or(f.Outcome, "unknown")]++
	}
	var parts []string
	for _, o := range outcomeOrder {
		if n[o] > 0 {
			p := Count(n[o]) + " " + map[string]string{"unknown": "without a known end", "reinjected": "handed on"}[o]
			if p = strings.TrimSpace(p); p == Count(n[o]) {
				p += " " + o
			}
			if c := mainCause(fs, o); c != "" {
				p += " (" + c + ")"
			}
			parts = append(parts, p)
		}
	}
	return fmt.Sprintf("%s to %s since %s: %s", Plural(g.Messages, "message"), cleanKey(to), g.Since.In(zone(z)).Format("Mon 2006-01-02 15:04"), strings.Join(parts, ", "))
}

func domainOf(address string) string {
	if i := strings.LastIndexByte(address, '@'); i >= 0 {
		return strings.ToLower(address[i+1:])
	}
	return ""
}
