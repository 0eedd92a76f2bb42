package classify

// Provider is the id of the mail provider that a relay host belongs to, else of the one that serves a recipient domain (or the
// domain of an address); "" if none is known. The relay decides first: many domains are served by a provider without showing it.
func (c *Classifier) Provider(relayHost, domain string) string {
	p := c.provider(c.byHost, relayHost)
	if p < 0 {
		p = c.provider(c.byDomain, domainOf(domain))
	}
	if p < 0 {
		return ""
	}
	return c.rs.Providers[p].ID
}
