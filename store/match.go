package store

import (
	"strings"
	"time"

	"bouncelog/parser"
	"bouncelog/trace"
)

// NewMatch shows a message as `why` prints it. Lines are left to the caller, as are meaning and advice of its recipients.
func NewMatch(m *trace.Message) Match {
	at := m.Begun
	if at == 0 {
		at = m.First
	}
	match := Match{
		Host: m.Host, MTA: m.MTA, QueueID: m.QueueID, MessageID: m.MessageID, Subject: m.Subject, Size: m.Size,
		ClientHost: m.ClientHost, ClientIP: m.ClientIP, AuthUser: m.AuthUser, Time: time.Unix(0, at),
		Begun: m.Begun != 0, Ended: m.Ended != 0, DSN: m.DSN != parser.DSNNone, Next: m.NextQueueID,
		Rejected: m.Rejected || m.SessionReject, Message: m, Recipients: []MatchRecipient{}, Lines: []RawLine{},
	}
	match.Parent = m.ParentQueueID
	if match.Parent == "" {
		match.Parent = m.PrevQueueID
	}
	if m.SenderKnown {
		sender := m.Sender
		match.Sender = &sender
	}
	for _, r := range m.Recipients {
		match.Recipients = append(match.Recipients, newMatchRecipient(r))
	}
	return match
}

func newMatchRecipient(r *trace.Recipient) MatchRecipient {
	mr := MatchRecipient{Recipient: r.Address, Orig: r.Orig, Outcome: r.Outcome.String(), Final: r.Final, Events: []MatchEvent{}}
	for i := range r.Attempts {
		a := &r.Attempts[i]
		mr.Events = append(mr.Events, newMatchEvent(a))
		switch a.Outcome {
		case parser.OutcomeHeld, parser.OutcomeDeleted, parser.OutcomeRejected:
		default:
			mr.Attempts = max(mr.Attempts, a.Try)
		}
		v := verdictOf(a)
		if v == nil {
			continue
		}
		if v.Provider != "" {
			mr.Provider = v.Provider
		}
		// The last reason stands; that of a recipient who got the mail in the end is told by its events.
		if v.Cause != "" {
			mr.Category, mr.Cause, mr.Rule = string(v.Category), v.Cause, v.Rule
		}
	}
	switch r.Outcome {
	case parser.OutcomeDelivered, parser.OutcomeDiscarded, parser.OutcomeDeleted, parser.OutcomeReinjected:
		mr.Category, mr.Cause, mr.Rule = "", "", ""
	}
	return mr
}

func newMatchEvent(a *trace.Attempt) MatchEvent {
	e := MatchEvent{Time: time.Unix(0, a.Time), Outcome: a.Outcome.String(), Attempt: a.Try, Final: a.Final,
		RelayHost: a.RelayHost, RelayIP: a.RelayIP, RelayPort: a.RelayPort, Reply: a.Reply, ReplyCode: a.ReplyCode,
		EnhancedCode: a.Enhanced, NextQueueID: a.Next}
	if a.Delay >= 0 {
		delay := a.Delay
		e.Delay = &delay
	}
	if v := verdictOf(a); v != nil {
		e.Category, e.Cause, e.Rule, e.Provider, e.Blocklist = string(v.Category), v.Cause, v.Rule, v.Provider, v.Blocklist
	}
	return e
}

// Matcher makes the search ready for use on messages one by one, for a search straight on logs; Limit is the caller's.
func (s Search) Matcher() func(*trace.Message) bool {
	key := newPattern(strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(s.Key), "<"), ">"), false)
	if strings.TrimSpace(s.Key) == "<>" {
		key = pattern{null: true}
	}
	from, to := newPattern(s.From, true), newPattern(s.To, true)
	low, high := window(s.Since, s.Until)
	return func(m *trace.Message) bool {
		if m.First >= high || max(m.Last, m.First) < low {
			return false
		}
		return key.message(m) && from.sender(m) && to.recipients(m) && s.outcome(m)
	}
}

// outcome matches a message of which one recipient ended so, or was so last.
func (s *Search) outcome(m *trace.Message) bool {
	if s.Outcome == "" {
		return true
	}
	if s.Outcome == parser.OutcomeRejected.String() && (m.Rejected || m.SessionReject) {
		return true
	}
	for _, r := range m.Recipients {
		if r.Outcome.String() == s.Outcome {
			return true
		}
	}
	return false
}

// pattern is a text to look for, without regard to case.
type pattern struct {
	whole string   // "": everything matches, or pieces do
	parts []string // between the "*" of a wildcard pattern
	part  bool     // whole may stand anywhere in the text
	null  bool     // the null sender
}

func newPattern(s string, part bool) pattern {
	s = strings.ToLower(s)
	if strings.Contains(s, "*") {
		return pattern{parts: strings.Split(s, "*")}
	}
	return pattern{whole: s, part: part}
}

func (p *pattern) any() bool { return p.whole == "" && p.parts == nil && !p.null }

func (p *pattern) text(s string) bool {
	switch {
	case s == "":
		return false
	case p.parts != nil:
		return glob(p.parts, strings.ToLower(s))
	case p.part:
		return strings.Contains(strings.ToLower(s), p.whole)
	}
	return strings.EqualFold(s, p.whole)
}

// glob matches a text that begins with the first part, ends with the last and holds the others in order between.
func glob(parts []string, s string) bool {
	first, last := parts[0], parts[len(parts)-1]
	if !strings.HasPrefix(s, first) {
		return false
	}
	s = s[len(first):]
	for _, p := range parts[1 : len(parts)-1] {
		i := strings.Index(s, p)
		if i < 0 {
			return false
		}
		s = s[i+len(p):]
	}
	return strings.HasSuffix(s, last)
}

func (p *pattern) address(s string) bool {
	if p.text(s) {
		return true
	}
	i := strings.LastIndexByte(s, '@')
	return i >= 0 && p.text(s[i+1:])
}

func (p *pattern) sender(m *trace.Message) bool {
	return p.any() || p.address(m.Sender) || m.SenderKnown && m.Sender == "" && p.whole == "<>"
}

func (p *pattern) recipients(m *trace.Message) bool {
	if p.any() {
		return true
	}
	for _, r := range m.Recipients {
		if p.address(r.Address) || p.address(r.Orig) {
			return true
		}
	}
	return false
}

func (p *pattern) message(m *trace.Message) bool {
	if p.any() {
		return true
	}
	if p.null {
		return m.SenderKnown && m.Sender == ""
	}
	return p.text(m.QueueID) || p.text(m.MessageID) || p.address(m.Sender) || p.recipients(m) || p.text(m.ClientIP) || p.text(m.AuthUser) ||
		p.text(m.Subject)
}
