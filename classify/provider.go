package classify

import "strings"

// Provider is the id of the mail provider that a relay host belongs to, else of the one that serves a recipient domain (or the
// domain of an address); "" if none is known. The relay decides first: many domains are served by a provider without showing it.
func (c *Classifier) Provider(relayHost, domain string) string {
	p := c.byHost.find(relayHost)
	if p < 0 {
		p = c.byDomain.find(domainOf(domain))
	}
	if p < 0 {
		return ""
	}
	return c.rs.Providers[p].ID
}

// names leads from host names to providers. Most hosts belong to none: one pass over the bytes tells that, without a look-up for
// each parent domain.
type names struct {
	by    map[string]int32
	marks bitset // of the hashes of what is in by
}

func newNames() names { return names{by: map[string]int32{}} }

func (n *names) add(name string, provider int32) {
	n.by[name] = provider
	h := uint32(0)
	for i := len(name) - 1; i >= 0; i-- {
		h = nameHash(h, name[i])
	}
	n.marks.set(h)
}

// find looks a host or domain up, then its parents; -1 if none is known.
func (n *names) find(host string) int32 {
	host = strings.TrimSuffix(host, ".")
	found := int32(-1)
	h := uint32(0)
	for i := len(host) - 1; i >= 0; i-- {
		h = nameHash(h, host[i])
		if (i == 0 || host[i-1] == '.') && n.marks.has(h) {
			if p, ok := n.by[strings.ToLower(host[i:])]; ok {
				found = p // that of a longer name counts
			}
		}
	}
	return found
}

// nameHash adds a byte, without regard to case, to the hash of a name that is read from its end.
func nameHash(h uint32, c byte) uint32 {
	if c >= 'A' && c <= 'Z' {
		c |= 0x20
	}
	return (h + uint32(c) + 1) * 0x9E3779B1
}

// domainOf is the domain of an address, or the text itself.
func domainOf(address string) string {
	return address[strings.LastIndexByte(address, '@')+1:]
}
