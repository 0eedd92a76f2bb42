package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"bouncelog/store"
)

// tell makes the story of a thread.
func tell(key string, ms []store.Match, adv Adviser, z *time.Location) Thread {
	t := Thread{Matches: ms, Fates: fates(ms, adv)}
	asked := askedFor(key, t.Fates)
	for i, m := range ms {
		t.Steps = append(t.Steps, arrival(ms, i)...)
		rs := m.Recipients
		if len(asked) < len(t.Fates) {
			rs = ofKey(key, rs, func(r store.MatchRecipient) (string, string) { return r.Recipient, r.Orig })
		}
		for _, r := range rs {
			for _, e := range r.Events {
				t.Steps = append(t.Steps, step(ms, m, r, e))
			}
		}
	}
	slices.SortStableFunc(t.Steps, func(a, b Step) int { return a.Time.Compare(b.Time) })
	if len(t.Steps) > 0 {
		begin := t.Steps[0].Time
		for i := range t.Steps {
			t.Steps[i].Elapsed = t.Steps[i].Time.Sub(begin).Seconds()
		}
	}
	t.Verdict, t.Good = verdict(asked, ms[0], z)
	if n := len(t.Fates) - len(asked); n > 0 {
		t.Verdict += fmt.Sprintf(" The message had %s more.", Plural(int64(n), "recipient"))
		t.Fates = asked
	}
	t.Notes = gapsOf(ms)
	return t
}

// askedFor are the fates of the one address that was asked for, if it is one of several; else all.
func askedFor(key string, fs []Fate) []Fate {
	if len(fs) < 2 || !strings.Contains(key, "@") {
		return fs
	}
	return ofKey(key, fs, func(f Fate) (string, string) { return f.Recipient, f.Orig })
}

// ofKey are those of a list of recipients with that address; all where none has it, as in the bounce message that went back to the sender.
func ofKey[T any](key string, list []T, names func(T) (recipient, orig string)) []T {
	var out []T
	for _, r := range list {
		if recipient, orig := names(r); strings.EqualFold(recipient, key) || strings.EqualFold(orig, key) {
			out = append(out, r)
		}
	}
	if len(out) == 0 {
		return list
	}
	return out
}

// arrival is how a queue id of a thread came to be.
func arrival(ms []store.Match, i int) []Step {
	m := ms[i]
	if !m.Begun && !m.DSN { // Postfix logs no beginning of what it makes itself
		return nil
	}
	s := Step{Time: m.Time, QueueID: m.QueueID}
	switch {
	case m.Rejected:
		return nil // its one event says it all
	case m.DSN:
		s.What = "a bounce message"
		if m.Parent != "" {
			s.What += " for " + cleanKey(m.Parent)
		}
		s.What += " was made"
	case m.Parent != "" && i > 0:
		s.What = "came back into the queue as " + cleanKey(m.QueueID) + ", after " + cleanKey(m.Parent)
	default:
		s.What = "arrived"
		if m.Sender != nil {
			s.What += " from " + cmp.Or(cleanKey(*m.Sender), "<> (the null sender)")
		}
		if c := client(m); c != "" {
			s.What += ", by way of " + c
		}
		if m.AuthUser != "" {
			s.What += ", authenticated as " + cleanKey(m.AuthUser)
		}
	}
	return []Step{s}
}

func client(m store.Match) string {
	return cleanKey(relay(store.MatchEvent{RelayHost: m.ClientHost, RelayIP: m.ClientIP}))
}

// step is one event in words.
func step(ms []store.Match, m store.Match, r store.MatchRecipient, e store.MatchEvent) Step {
	s := Step{Time: e.Time, QueueID: m.QueueID, Said: cleanReply(e.Reply)}
	to := cleanKey(r.Recipient)
	if to == "" {
		to = "(a recipient who is not named)"
	}
	at := ""
	if h := relay(e); h != "" {
		at = " at " + cleanKey(h)
	}
	try := ""
	if e.Attempt > 1 || r.Attempts > 1 && e.Attempt == 1 && !e.Final {
		try = fmt.Sprintf("attempt %d: ", e.Attempt)
	}
	cause := ""
	if e.Cause != "" {
		cause = " (" + cleanKey(e.Cause) + ")"
	}
	switch e.Outcome {
	case "delivered":
		s.What, s.Good = try+"delivered to "+to+at, 1
		if m.DSN && ms[0].QueueID != m.QueueID {
			s.What = "the bounce message was delivered to " + to + at
		}
	case "deferred":
		s.What, s.Good = try+"deferred for "+to+at+cause, -1
	case "bounced":
		s.What, s.Good = try+"bounced for "+to+at+cause, -1
	case "expired":
		s.What, s.Good = "given up for "+to+": too long in the queue"+cause, -1
	case "rejected":
		s.What, s.Good = "our own server refused it for "+to+cause, -1
	case "discarded":
		s.What = "dropped on purpose for " + to
	case "held":
		s.What, s.Good = "held in the queue for "+to, -1
	case "deleted":
		s.What, s.Good = "removed from the queue by an administrator, for "+to, -1
	case "reinjected":
		s.What = "handed on for " + to
		if e.NextQueueID != "" {
			s.What += " as " + cleanKey(e.NextQueueID)
		}
	default:
		s.What = cmp.Or(e.Outcome, "something happened") + " for " + to
	}
	return s
}

// gapsOf says what the log does not tell of a thread.
func gapsOf(ms []store.Match) []string {
	var out []string
	first, last := ms[0], ms[0]
	for _, m := range ms {
		if !m.DSN {
			last = m
		}
	}
	if !first.Begun && first.QueueID != "" {
		out = append(out, "The log does not hold the beginning of "+cleanKey(first.QueueID)+": what came before the first line below is not known.")
	}
	if !last.Ended && !last.Rejected {
		out = append(out, "The log ends before the message does: as far as it tells, "+cmp.Or(cleanKey(last.QueueID), "it")+" is still in the queue.")
	}
	known := map[string]bool{}
	for _, m := range ms {
		known[m.QueueID] = true
	}
	for _, m := range ms {
		if m.DSN && m.Parent != "" && !known[m.Parent] {
			out = append(out, "This is a bounce message about "+cleanKey(m.Parent)+", which is not among what was found.")
		}
		if m.Next != "" && !known[m.Next] {
			out = append(out, "It was handed on as "+cleanKey(m.Next)+", which is not among what was found.")
		}
	}
	return out
}

// elapsed is "+3 min 2 s" after the first step, "" at it.
func elapsed(sec float64) string {
	if sec == 0 {
		return ""
	}
	return "+" + duration(sec)
}
