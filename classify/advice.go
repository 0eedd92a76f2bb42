package classify

import (
	"strings"

	"bouncelog/rules"
)

// Guidance is what to tell people about a verdict.
type Guidance struct {
	Meaning string   // what happened, in plain words
	Who     string   // who must act
	Retry   string   // whether trying again helps
	Steps   []string // what to check and do, in order
	Links   []string // where the provider or the standard explains it
}

// Advice fills in what to do about a reply that was judged as v: the deciding rule's own advice, else the code's, else the
// cause's. Addresses and hosts of the reply stand in the commands; where one is not known, a word in capitals does.
func (c *Classifier) Advice(v *Verdict, r Reply) Guidance { return Advise(c.rs, v, r) }

// Advise is Advice for a verdict that was made before; rs need hold no more than what the verdict names (rules.LoadNaming).
func Advise(rs *rules.Rules, v *Verdict, r Reply) Guidance {
	var g Guidance
	if cause := rs.Cause(v.Cause); cause != nil {
		g.Meaning, g.Who, g.Retry = cause.Meaning, cause.Who, cause.Retry
		g.Steps, g.Links = cause.Advice, cause.Links
	}
	var links []string
	if rule := rs.Rule(v.Rule); rule != nil {
		if len(rule.Advice) > 0 {
			g.Steps = rule.Advice
		}
		links = append(links, rule.Links...)
	} else if code := rs.CodeByID(v.Rule); code != nil {
		if len(code.Advice) > 0 && v.Cause == rules.Undetermined {
			g.Steps = code.Advice
		}
		links = append(links, code.Links...)
	}
	if b := rs.Blocklist(v.Blocklist); b != nil {
		if b.Lookup != "" {
			links = append(links, b.Lookup)
		}
		if b.Note != "" {
			g.Steps = append([]string{b.Name + ": " + b.Note}, g.Steps...)
		}
	}
	if p := rs.Provider(v.Provider); p != nil {
		links = append(links, p.Links...)
	}
	g.Links = unique(append(links, g.Links...))
	fill := strings.NewReplacer(placeholders(v, r)...)
	steps := make([]string, len(g.Steps))
	for i, step := range g.Steps {
		steps[i] = fill.Replace(step)
	}
	g.Steps = steps
	return g
}

// placeholders are the pairs of names in braces and what they stand for.
func placeholders(v *Verdict, r Reply) []string {
	address, ip := "", ""
	sc := scanner{s: r.Text}
	for {
		start, end, kind, ok := sc.next()
		if !ok {
			break
		}
		switch part := r.Text[start:end]; {
		case kind == tokIP && ip == "":
			ip = part
		case kind == tokAddress && address == "":
			address = part
		}
	}
	if r.Recipient != "" {
		address = r.Recipient
	}
	domain := domainOf(address)
	if !strings.Contains(address, "@") {
		address = ""
	}
	relay := r.RelayHost
	if relay == "" && domain != "" {
		relay = "MX-OF-" + strings.ToUpper(domain)
	}
	return []string{
		"{address}", or(address, "RECIPIENT"), "{domain}", or(domain, "RECIPIENT-DOMAIN"), "{relay}", or(relay, "REMOTE-HOST"),
		"{ip}", or(ip, "OUR-IP"), "{blocklist}", or(v.Blocklist, "the blocklist"), "{sender_domain}", or(domainOf(r.Sender), "SENDER-DOMAIN"),
	}
}

// or is s, or another word where s is empty or could do harm in a shell.
func or(s, otherwise string) string {
	// The words come from the other side, and people paste the commands.
	if s == "" || strings.ContainsAny(s, "'\"`$;|&<>(){}\\ \t\n") {
		return otherwise
	}
	return s
}

func unique(list []string) []string {
	var out []string
	seen := map[string]bool{}
	for _, s := range list {
		if !seen[s] {
			seen[s] = true
			out = append(out, s)
		}
	}
	return out
}
