package classify

import (
	"fmt"

	"bouncelog/rules"
)

// Check classifies the examples of every rule and names those that another rule decides: one of the two is then too broad, or
// stands in the wrong place.
func (c *Classifier) Check() []rules.Problem {
	var problems []rules.Problem
	for i := range c.rs.Rules {
		r := &c.rs.Rules[i]
		for _, text := range r.Example {
			ev := c.Explain(c.exampleReply(r, text))
			if ev.Verdict.Rule != r.ID {
				what := fmt.Sprintf("rule %s: its example is decided by %s (%s): %q", r.ID, ev.Verdict.Rule, ev.Verdict.Cause, text)
				for _, try := range ev.Tried {
					if try.Rule == r.ID {
						what += ": " + try.Why
					}
				}
				problems = append(problems, rules.Problem{File: r.File, Line: r.Line, What: what})
			}
		}
	}
	return problems
}

// exampleReply is the reply that an example stands for: a provider's own rule is tried with a relay of that provider's.
func (c *Classifier) exampleReply(r *rules.Rule, text string) Reply {
	reply := Reply{Text: text, Local: r.Local}
	if r.Generic() || r.Anywhere {
		return reply
	}
	if p := c.rs.Provider(r.Provider[0]); p != nil {
		switch {
		case len(p.Hosts) > 0:
			reply.RelayHost = "mx." + p.Hosts[0]
		case len(p.Domains) > 0:
			reply.Recipient = "alice@" + p.Domains[0]
		}
	}
	return reply
}
