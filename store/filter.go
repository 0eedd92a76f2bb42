package store

import (
	"slices"
	"strings"

	"bouncelog/parser"
	"bouncelog/trace"
)

func (f *Filter) empty() bool {
	for _, l := range [...][]string{f.Host, f.Domain, f.Sender, f.Provider, f.Category, f.Cause, f.Outcome} {
		if len(l) > 0 {
			return false
		}
	}
	return true
}

// matcher is a Filter made ready: lists in lower case.
type matcher struct{ f Filter }

func (f Filter) matcher() matcher {
	for _, l := range [...]*[]string{&f.Host, &f.Domain, &f.Sender, &f.Provider, &f.Category, &f.Cause, &f.Outcome} {
		list := make([]string, len(*l))
		for i, v := range *l {
			list[i] = strings.ToLower(v)
		}
		*l = list
	}
	return matcher{f}
}

func in(list []string, v string) bool { return len(list) == 0 || slices.Contains(list, v) }

// narrow reports whether the message passes, and takes the recipients out of it that do not.
func (t matcher) narrow(m *trace.Message) bool {
	f := &t.f
	if !in(f.Host, lower(m.Host)) {
		return false
	}
	if len(f.Sender) > 0 && !t.sender(m) {
		return false
	}
	if len(f.Domain) == 0 && len(f.Provider) == 0 && len(f.Category) == 0 && len(f.Cause) == 0 && len(f.Outcome) == 0 {
		return true
	}
	m.Recipients = slices.DeleteFunc(m.Recipients, func(r *trace.Recipient) bool { return !t.recipient(m, r) })
	return len(m.Recipients) > 0
}

// sender matches an address, or a domain of the sender; "<>" is the null sender.
func (t matcher) sender(m *trace.Message) bool {
	if !m.SenderKnown {
		return false
	}
	if m.Sender == "" {
		return slices.Contains(t.f.Sender, "<>")
	}
	s := lower(m.Sender)
	return slices.Contains(t.f.Sender, s) || slices.Contains(t.f.Sender, domainOf(s)) || slices.Contains(t.f.Sender, lower(m.AuthUser)) && m.AuthUser != ""
}

func (t matcher) recipient(m *trace.Message, r *trace.Recipient) bool {
	f := &t.f
	if !in(f.Domain, domainOf(r.Address)) && !in(f.Domain, lower(r.Address)) {
		return false
	}
	if len(f.Outcome) > 0 && !t.outcome(m, r) {
		return false
	}
	if len(f.Provider) == 0 && len(f.Category) == 0 && len(f.Cause) == 0 {
		return true
	}
	// The provider may be known from one attempt and the cause from another.
	provider := len(f.Provider) == 0
	reason := len(f.Category) == 0 && len(f.Cause) == 0
	for i := range r.Attempts {
		v := verdictOf(&r.Attempts[i])
		if v == nil {
			continue
		}
		provider = provider || slices.Contains(f.Provider, lower(v.Provider))
		reason = reason || in(f.Category, lower(string(v.Category))) && in(f.Cause, lower(v.Cause)) && v.Cause != ""
	}
	return provider && reason
}

// outcome matches what became of a recipient; one that was ever deferred is also "deferred".
func (t matcher) outcome(m *trace.Message, r *trace.Recipient) bool {
	if slices.Contains(t.f.Outcome, r.Outcome.String()) {
		return true
	}
	if m.Rejected && slices.Contains(t.f.Outcome, parser.OutcomeRejected.String()) {
		return true
	}
	return slices.Contains(t.f.Outcome, parser.OutcomeDeferred.String()) &&
		slices.ContainsFunc(r.Attempts, func(a trace.Attempt) bool { return a.Outcome == parser.OutcomeDeferred })
}
