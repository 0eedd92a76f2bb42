package store

import (
	"strings"

	"bouncelog/classify"
	"bouncelog/parser"
	"bouncelog/trace"
)

// event is what a message adds to a range of its keys in one hour: 1 to each of some figures.
type event struct {
	hour   slot
	from   int32 // the range's first key in the list
	n      uint8 // keys in the range
	daily  bool  // keys of dimensions without bound count it by day: see AggregateOptions.KeepAll
	count  uint8 // of fields
	fields [5]field
}

// counted is the type of Message.Counted: all that a message amounts to. It is kept to the digit, so that it can be taken back. Keys
// may be nil, which count nowhere.
type counted struct {
	keys   []*key
	events []event

	// Room for a message with one recipient and one attempt, which most are.
	keys0   [12]*key
	events0 [6]event
}

// sharer turns messages into keys and events by the rules of DESIGN, Counting. It is pure but for the interning of keys: the same
// message gives the same. Both lists follow the order of the log, so that one more event leaves most of those before it as they were.
type sharer struct {
	interner  *interner
	clock     *clock
	providers providers
	daily     bool

	keys   []*key // reused
	events []event
}

// share fills keys and events; they are valid until the next call. If mark is set, it first gives deliveries that have no verdict one that
// names their provider, so that it is stored with them and counted the same after a change of rules.
func (s *sharer) share(m *trace.Message, mark bool) {
	s.keys, s.events = s.keys[:0], s.events[:0]
	switch {
	case m.Probe:
	case m.SessionReject:
		s.sessionReject(m)
	case m.DSN != parser.DSNNone:
		// Success notices report no bounce; the others are bounce messages sent.
		if m.DSN != parser.DSNSuccess {
			s.keys = append(s.keys, s.interner.total, s.interner.get(DimHost, m.Host))
			s.add(s.clock.hour(arrival(m)), fDSNs, 0, 2)
		}
	default:
		s.message(m, mark)
	}
}

// common is how many events are those of old, too, at the beginning: a message grows at its end.
func (s *sharer) common(old *counted) int {
	keys := 0
	for keys < len(s.keys) && keys < len(old.keys) && s.keys[keys] == old.keys[keys] {
		keys++
	}
	same := 0
	for same < len(s.events) && same < len(old.events) && s.events[same] == old.events[same] && int(s.events[same].from)+int(s.events[same].n) <= keys {
		same++
	}
	return same
}

func (s *sharer) add(h slot, f field, from, n int) {
	for i := len(s.events) - 1; i >= max(0, len(s.events)-2); i-- {
		if e := &s.events[i]; e.hour == h && int(e.from) == from && int(e.n) == n && int(e.count) < len(e.fields) {
			e.fields[e.count] = f
			e.count++
			return
		}
	}
	s.events = append(s.events, event{hour: h, from: int32(from), n: uint8(n), daily: s.daily, count: 1, fields: [5]field{f}})
}

// wide counts an event for the message's own keys, which stand first, and for some of a recipient's.
func (s *sharer) wide(h slot, f field, from, n int) {
	s.add(h, f, 0, messageKeyCount)
	s.add(h, f, from, n)
}

func arrival(m *trace.Message) int64 {
	if m.Begun != 0 {
		return m.Begun
	}
	return m.First
}

func (s *sharer) sessionReject(m *trace.Message) {
	var cause *key
	for _, r := range m.Recipients {
		if n := len(r.Attempts); n > 0 {
			if v := verdictOf(&r.Attempts[n-1]); v != nil {
				cause = s.interner.get(DimRejected, v.Cause)
			}
			break
		}
	}
	s.keys = append(s.keys, s.interner.total, s.interner.get(DimHost, m.Host), s.interner.get(DimAuthUser, m.AuthUser), cause)
	s.add(s.clock.hour(arrival(m)), fSessionRejects, 0, 4)
}

// messageKeyCount is the number of keys of the message itself: total, host, sender domain, user.
const messageKeyCount = 4

func (s *sharer) message(m *trace.Message, mark bool) {
	var sender *key
	switch {
	case !m.SenderKnown:
	case m.Sender == "":
		sender = s.interner.get(DimSenderDomain, "<>")
	default:
		sender = s.interner.domain(DimSenderDomain, m.Sender)
	}
	s.keys = append(s.keys, s.interner.total, s.interner.get(DimHost, m.Host), sender, s.interner.get(DimAuthUser, m.AuthUser))
	arrived := s.clock.hour(arrival(m))
	if m.Rejected {
		if len(m.Recipients) == 0 {
			s.add(arrived, fRejected, 0, messageKeyCount)
		}
		for _, r := range m.Recipients {
			s.rejected(r, arrived)
		}
		return
	}
	// What another queue id on this host handed on is the same message to its sender.
	// A queue id that smtpd(8) gave to a client who went away before the message came ("QID: client=" and no more) is none.
	if m.PrevID == 0 && (m.SenderKnown || m.MessageID != "" || len(m.Recipients) > 0) {
		s.add(arrived, fMessages, 0, messageKeyCount)
	}
	for _, r := range m.Recipients {
		if r.Outcome == parser.OutcomeRejected {
			s.rejected(r, arrived)
			continue
		}
		s.recipient(m, r, arrived, mark)
	}
}

// rejected counts the refusal of one recipient.
func (s *sharer) rejected(r *trace.Recipient, h slot) {
	f := fRejected
	if r.Outcome == parser.OutcomeDiscarded {
		f = fDiscarded
	}
	var cause *key
	if n := len(r.Attempts); n > 0 {
		a := &r.Attempts[n-1]
		h = s.clock.hour(a.Time)
		if v := verdictOf(a); v != nil && f == fRejected {
			cause = s.interner.get(DimRejected, v.Cause)
		}
	}
	at := len(s.keys)
	s.keys = append(s.keys, s.interner.domain(DimDomain, r.Address), cause)
	s.wide(h, f, at, 2)
}

// recipient counts one recipient. Its keys are its domain and provider, then those of each attempt.
func (s *sharer) recipient(m *trace.Message, r *trace.Recipient, arrived slot, mark bool) {
	at := len(s.keys)
	domain := s.interner.domain(DimDomain, r.Address)
	if mark {
		s.mark(r, domain)
	}
	// The last known provider stands for the recipient: a failure to connect names none, the reply before it did.
	var provider *key
	last := -1 // the event that ended it
	for i := range r.Attempts {
		a := &r.Attempts[i]
		if v := verdictOf(a); v != nil && v.Provider != "" {
			provider = s.interner.get(DimProvider, v.Provider)
		}
		if a.Final || a.Outcome == parser.OutcomeReinjected {
			last = i
		}
	}
	s.keys = append(s.keys, domain, provider)
	if r.Outcome != parser.OutcomeReinjected {
		s.wide(arrived, fRecipients, at, 2)
	}
	deferred := false
	for i := range r.Attempts {
		a := &r.Attempts[i]
		h := s.clock.hour(a.Time)
		if a.Outcome == parser.OutcomeDeferred {
			s.wide(h, fDeferrals, at, 2)
			from, n := s.failure(m, a)
			s.add(h, fDeferrals, from, n)
			if !deferred {
				deferred = true
				s.wide(h, fDeferredIn, at, 2)
			}
		}
		if i == last {
			s.final(m, a, h, at)
			if deferred {
				s.wide(h, fDeferredOut, at, 2)
			}
		}
	}
}

// mark names the provider of a delivery to a recipient of the domain.
func (s *sharer) mark(r *trace.Recipient, domain *key) {
	n := len(r.Attempts)
	if n == 0 || s.providers.find == nil {
		return
	}
	a := &r.Attempts[n-1]
	if a.Outcome != parser.OutcomeDelivered || a.Verdict != nil {
		return
	}
	var v *classify.Verdict
	if a.RelayHost != "" {
		v = s.providers.of(s.relay(a), a.RelayHost)
	}
	if v == nil {
		v = s.providers.of(domain, r.Address)
	}
	if v != nil {
		a.Verdict = v
	}
}

// final counts the event that ended a recipient whose keys begin at.
func (s *sharer) final(m *trace.Message, a *trace.Attempt, h slot, at int) {
	switch a.Outcome {
	case parser.OutcomeDelivered:
		s.wide(h, fDelivered, at, 2)
		if a.Delay >= 0 {
			b := firstBucket + field(bucketOf(a.Delay))
			s.add(h, b, at, 2)
			s.add(h, b, 0, 1)
		}
		s.keys = append(s.keys, s.relay(a))
		s.add(h, fDelivered, len(s.keys)-1, 1)
	case parser.OutcomeDiscarded:
		s.wide(h, fDiscarded, at, 2)
	case parser.OutcomeBounced, parser.OutcomeExpired:
		f := fBounced
		if a.Outcome == parser.OutcomeExpired {
			f = fExpired
		}
		s.wide(h, f, at, 2)
		from, n := s.failure(m, a)
		s.add(h, f, from, n)
		if kind := categoryField(verdictOf(a)); kind != 0 {
			s.wide(h, kind, at, 2)
			s.add(h, kind, from, n)
		}
	}
}

// failure adds the keys that only a failed attempt has, and its relay.
func (s *sharer) failure(m *trace.Message, a *trace.Attempt) (from, n int) {
	from = len(s.keys)
	enhanced := a.Enhanced
	var category, cause, list *key
	if v := verdictOf(a); v != nil {
		category, cause = s.interner.get(DimCategory, string(v.Category)), s.interner.get(DimCause, v.Cause)
		list = s.interner.get(DimBlocklist, v.Blocklist)
		if enhanced == "" {
			enhanced = v.Enhanced
		}
	}
	s.keys = append(s.keys, s.relay(a), category, cause, s.interner.get(DimEnhanced, enhanced), list, s.interner.reply(m, a))
	return from, len(s.keys) - from
}

// relay is the remote host, or its address where it has no name.
func (s *sharer) relay(a *trace.Attempt) *key {
	if a.RelayHost != "" {
		return s.interner.folded(DimRelay, a.RelayHost)
	}
	return s.interner.get(DimRelay, a.RelayIP)
}

func verdictOf(a *trace.Attempt) *classify.Verdict {
	v, _ := a.Verdict.(*classify.Verdict)
	return v
}

func categoryField(v *classify.Verdict) field {
	if v == nil {
		return 0
	}
	switch v.Category {
	case classify.Hard:
		return fHard
	case classify.Soft:
		return fSoft
	case classify.Block:
		return fBlock
	case classify.Content:
		return fContent
	}
	return 0
}

// domainOf is what follows the last "@" of an address, in lower case; "" if there is none. A quoted local part may
// hold an "@" of its own (RFC 5321 section 4.1.2).
func domainOf(address string) string {
	i := strings.LastIndexByte(address, '@')
	if i < 0 {
		return ""
	}
	return lower(address[i+1:])
}

// lower is strings.ToLower for ASCII, without a copy where there is nothing to do.
func lower(s string) string {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c >= 'A' && c <= 'Z' || c >= 0x80 {
			return strings.ToLower(s)
		}
	}
	return s
}
