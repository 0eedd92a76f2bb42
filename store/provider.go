package store

import (
	"strings"

	"bouncelog/classify"
	"bouncelog/parser"
	"bouncelog/trace"
)

// providers tells the provider of delivered mail, which has no verdict, as a Verdict that holds nothing else: one each. It asks once for each
// relay and domain, by their keys.
type providers struct {
	interner *interner
	find     func(relayHost, domain string) string // nil: none is known
	known    map[string]*classify.Verdict
}

// mark gives delivered attempts their provider as a Verdict, so that it is stored with the attempt and counted the same after a change
// of rules.
func (p *providers) mark(m *trace.Message) {
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
		host := lower(a.RelayHost)
		v := p.of(p.interner.get(DimRelay, host), host)
		if v == nil {
			v = p.of(p.interner.domain(DimDomain, r.Address), r.Address)
		}
		if v != nil {
			a.Verdict = v
		}
	}
}

// of is the provider of a relay or of an address's domain, nil if there is none.
func (p *providers) of(k *key, name string) *classify.Verdict {
	switch {
	case k == nil:
		return nil
	case k.text == otherKey: // it stands for many
		return p.ask(k.dim, name)
	case !k.asked:
		k.asked, k.provider = true, p.ask(k.dim, k.text)
	}
	return k.provider
}

func (p *providers) ask(d Dim, name string) *classify.Verdict {
	var id string
	if d == DimRelay {
		id = p.find(name, "")
	} else {
		id = p.find("", name[strings.LastIndexByte(name, '@')+1:])
	}
	if id == "" {
		return nil
	}
	v := p.known[id]
	if v == nil {
		v = &classify.Verdict{Provider: id}
		p.known[id] = v
	}
	return v
}
