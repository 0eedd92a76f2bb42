package store

import (
	"net/netip"
	"strings"

	"bouncelog/classify"
	"bouncelog/parser"
	"bouncelog/trace"
)

// fact is one figure that a message adds to one key in one hour. What a message amounts to is the list of its facts; the list
// is kept in Message.Counted, so that what was counted can be taken back to the digit.
type fact struct {
	key   *key
	hour  slot
	field field
	n     int8
}

// sharer turns messages into facts. It is pure but for the interning of keys: the same message gives the same facts.
type sharer struct {
	keys  *interner
	clock *clock
	facts []fact // reused
}

// share lists what m amounts to by the rules of DESIGN, Counting. The slice is valid until the next call. Facts stand in the
// order of the log, so that one more event leaves those before it as they were.
func (s *sharer) share(m *trace.Message) []fact {
	s.facts = s.facts[:0]
	switch {
	case m.Probe:
	case m.SessionReject:
		s.sessionReject(m)
	case m.DSN != parser.DSNNone:
		// Success notices report no bounce; the others are bounce messages sent.
		if m.DSN != parser.DSNSuccess {
			h := s.clock.hour(arrival(m))
			s.add(s.keys.total, h, fDSNs)
			s.add(s.keys.get(DimHost, m.Host), h, fDSNs)
		}
	default:
		s.message(m)
	}
	return s.facts
}

func (s *sharer) add(k *key, h slot, f field) {
	if k != nil {
		s.facts = append(s.facts, fact{key: k, hour: h, field: f, n: 1})
	}
}

func arrival(m *trace.Message) int64 {
	if m.Begun != 0 {
		return m.Begun
	}
	return m.First
}

func (s *sharer) sessionReject(m *trace.Message) {
	h := s.clock.hour(arrival(m))
	s.add(s.keys.total, h, fSessionRejects)
	s.add(s.keys.get(DimHost, m.Host), h, fSessionRejects)
	s.add(s.keys.get(DimAuthUser, m.AuthUser), h, fSessionRejects)
	for _, r := range m.Recipients {
		if len(r.Attempts) > 0 {
			if v := verdictOf(&r.Attempts[len(r.Attempts)-1]); v != nil {
				s.add(s.keys.get(DimRejected, v.Cause), h, fSessionRejects)
			}
			break
		}
	}
}

// scope are the keys that every fact of a message counts for.
type scope struct {
	m                          *trace.Message
	host, senderDomain, sender *key
	arrived                    slot
}

func (c *scope) keys() [3]*key { return [3]*key{c.host, c.senderDomain, c.sender} }

func (s *sharer) message(m *trace.Message) {
	c := scope{
		m:       m,
		host:    s.keys.get(DimHost, m.Host),
		sender:  s.keys.get(DimAuthUser, m.AuthUser),
		arrived: s.clock.hour(arrival(m)),
	}
	if m.SenderKnown {
		c.senderDomain = s.keys.domain(DimSenderDomain, m.Sender)
		if m.Sender == "" {
			c.senderDomain = s.keys.get(DimSenderDomain, "<>")
		}
	}
	if m.Rejected {
		if len(m.Recipients) == 0 {
			s.rejected(&c, nil)
		}
		for _, r := range m.Recipients {
			s.rejected(&c, r)
		}
		return
	}
	// What another queue id on this host handed on is the same message to its sender.
	if m.PrevID == 0 {
		s.everywhere(&c, nil, c.arrived, fMessages)
	}
	for _, r := range m.Recipients {
		if r.Outcome == parser.OutcomeRejected {
			s.rejected(&c, r)
			continue
		}
		s.recipient(&c, r)
	}
}

// everywhere counts a fact for the total, the message's context and, where given, the recipient's domain.
func (s *sharer) everywhere(c *scope, domain *key, h slot, f field) {
	s.add(s.keys.total, h, f)
	for _, k := range c.keys() {
		s.add(k, h, f)
	}
	s.add(domain, h, f)
}

// rejected counts one refusal; r is nil where it names no recipient.
func (s *sharer) rejected(c *scope, r *trace.Recipient) {
	h := c.arrived
	f := fRejected
	var domain, cause *key
	if r != nil {
		if r.Outcome == parser.OutcomeDiscarded {
			f = fDiscarded
		}
		domain = s.keys.domain(DimDomain, r.Address)
		if n := len(r.Attempts); n > 0 {
			a := &r.Attempts[n-1]
			h = s.clock.hour(a.Time)
			if v := verdictOf(a); v != nil && f == fRejected {
				cause = s.keys.get(DimRejected, v.Cause)
			}
		}
	}
	s.everywhere(c, domain, h, f)
	s.add(cause, h, f)
}

func (s *sharer) recipient(c *scope, r *trace.Recipient) {
	domain := s.keys.domain(DimDomain, r.Address)
	if r.Outcome != parser.OutcomeReinjected {
		s.everywhere(c, domain, c.arrived, fRecipients)
	}
	// The last known provider stands for the recipient: a failure to connect names none, the reply before it did.
	var provider *key
	last := -1 // the event that ended it
	for i := range r.Attempts {
		a := &r.Attempts[i]
		if v := verdictOf(a); v != nil && v.Provider != "" {
			provider = s.keys.get(DimProvider, v.Provider)
		}
		if a.Final || a.Outcome == parser.OutcomeReinjected {
			last = i
		}
	}
	deferred := false
	for i := range r.Attempts {
		a := &r.Attempts[i]
		if a.Outcome == parser.OutcomeDeferred {
			h := s.clock.hour(a.Time)
			s.everywhere(c, domain, h, fDeferrals)
			s.failure(c.m, a, provider, h, fDeferrals)
			if !deferred {
				deferred = true
				s.everywhere(c, domain, h, fDeferredIn)
				s.add(provider, h, fDeferredIn)
			}
		}
		if i == last {
			s.final(c, a, domain, provider, deferred)
		}
	}
}

// final counts the event that ended a recipient.
func (s *sharer) final(c *scope, a *trace.Attempt, domain, provider *key, deferred bool) {
	h := s.clock.hour(a.Time)
	if deferred {
		s.everywhere(c, domain, h, fDeferredOut)
		s.add(provider, h, fDeferredOut)
	}
	switch a.Outcome {
	case parser.OutcomeDelivered:
		s.everywhere(c, domain, h, fDelivered)
		s.add(provider, h, fDelivered)
		s.add(s.relay(a), h, fDelivered)
		if a.Delay >= 0 {
			b := firstBucket + field(bucketOf(a.Delay))
			s.add(s.keys.total, h, b)
			s.add(domain, h, b)
			s.add(provider, h, b)
		}
	case parser.OutcomeDiscarded:
		s.everywhere(c, domain, h, fDiscarded)
		s.add(provider, h, fDiscarded)
	case parser.OutcomeBounced, parser.OutcomeExpired:
		f := fBounced
		if a.Outcome == parser.OutcomeExpired {
			f = fExpired
		}
		s.everywhere(c, domain, h, f)
		s.failure(c.m, a, provider, h, f)
		if kind := categoryField(verdictOf(a)); kind != 0 {
			s.everywhere(c, domain, h, kind)
			s.failure(c.m, a, provider, h, kind)
		}
	}
}

// failure counts a fact for the dimensions that only failures have, and for relay and provider.
func (s *sharer) failure(m *trace.Message, a *trace.Attempt, provider *key, h slot, f field) {
	s.add(provider, h, f)
	s.add(s.relay(a), h, f)
	enhanced := a.Enhanced
	if v := verdictOf(a); v != nil {
		s.add(s.keys.get(DimCategory, string(v.Category)), h, f)
		s.add(s.keys.get(DimCause, v.Cause), h, f)
		s.add(s.keys.get(DimBlocklist, v.Blocklist), h, f)
		if enhanced == "" {
			enhanced = v.Enhanced
		}
	}
	s.add(s.keys.get(DimEnhanced, enhanced), h, f)
	s.add(s.keys.reply(m, a), h, f)
}

// relay is the remote host, or its address where it has no name.
func (s *sharer) relay(a *trace.Attempt) *key {
	if a.RelayHost != "" {
		return s.keys.get(DimRelay, lower(a.RelayHost))
	}
	return s.keys.get(DimRelay, a.RelayIP)
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

// providerVerdicts holds one Verdict a provider: a delivery has no verdict but may have a provider.
type providerVerdicts struct {
	find  func(relayHost, domain string) string
	known map[string]*classify.Verdict
}

// mark gives delivered attempts their provider as a Verdict that holds nothing else, so that it is stored with the attempt
// and counted the same after a change of rules.
func (p *providerVerdicts) mark(m *trace.Message) {
	if p.find == nil || m.DSN != parser.DSNNone || m.Probe {
		return
	}
	for _, r := range m.Recipients {
		n := len(r.Attempts)
		if n == 0 {
			continue
		}
		a := &r.Attempts[n-1]
		if a.Outcome != parser.OutcomeDelivered || a.Verdict != nil {
			continue
		}
		name := p.find(a.RelayHost, domainOf(r.Address))
		if name == "" {
			continue
		}
		v := p.known[name]
		if v == nil {
			v = &classify.Verdict{Provider: name}
			p.known[name] = v
		}
		a.Verdict = v
	}
}

// ipv4 packs a dotted address as a number if that number gives back the same text.
func ipv4(s string) (uint32, bool) {
	if len(s) < 7 || len(s) > 15 {
		return 0, false
	}
	a, err := netip.ParseAddr(s)
	if err != nil || !a.Is4() || a.IsUnspecified() {
		return 0, false
	}
	b := a.As4()
	return uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3]), true
}
