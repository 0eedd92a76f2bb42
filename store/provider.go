package store

import (
	"strings"

	"bouncelog/classify"
)

// providers tells the provider of delivered mail, which has no verdict, as a Verdict that holds nothing else: one each. It asks once for each
// relay and domain, by their keys.
type providers struct {
	find  func(relayHost, domain string) string // nil: none is known
	known map[string]*classify.Verdict
}

// of is the provider of a relay or of an address's domain, nil if there is none.
func (p *providers) of(k *key, name string) *classify.Verdict {
	switch {
	case k == nil:
		return nil
	case k.text == otherKey: // it stands for many
		return p.ask(k.dim, lower(name))
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
