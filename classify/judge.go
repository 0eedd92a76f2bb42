package classify

import (
	"slices"
	"strconv"
	"strings"

	"bouncelog/rules"
)

// judge classifies a reply without the cache. With ev it also notes how the verdict came about.
func (c *Classifier) judge(r *Reply, s *scratch, ev *Evidence) *Verdict {
	s.codes = findCodes(r.Text)
	if s.codes.reply == 0 {
		s.codes.reply = r.Code
	}
	s.norm = normalize(s.norm, r.Text, s.codes)
	if s.codes.enhanced == "" {
		s.codes.enhanced = r.Enhanced
		if said := bracketedCode(r.Text, s.codes.reply); said != "" {
			s.codes.enhanced = said
		}
	}
	s.text = string(s.norm)
	s.spans = findSpans(s.spans[:0], s.text)
	s.bareBytes = appendBare(s.bareBytes[:0], s.text, s.spans)
	s.bare = string(s.bareBytes)
	c.search(s)
	how := c.detect(r, s)
	v := &Verdict{Code: s.codes.reply, Enhanced: s.codes.enhanced}
	if len(s.providers) > 0 {
		v.Provider = c.rs.Providers[s.providers[0]].ID
	}
	if ev != nil {
		ev.Normalized, ev.ProviderBy = strings.TrimSpace(s.text), how
	}
	if !c.tryRules(r, s, v, ev) && !c.byCode(s, v, ev, true) {
		v.Cause, v.Rule, v.Category = rules.Undetermined, rules.Undetermined, c.categoryByCode(s)
		if ev != nil {
			ev.Layer = "none"
		}
	}
	if r.Expired && v.Cause == rules.Undetermined {
		v.Cause, v.Category, v.Rule, v.Suppress = "message-expired", Soft, "expired", false
	}
	return v
}

// search finds all literals of the text and collects what they speak for.
func (c *Classifier) search(s *scratch) {
	s.gen++
	if s.gen == 0 { // after 4 billion replies
		clear(s.seen)
		s.gen = 1
	}
	clear(s.candidates)
	clear(s.ranks)
	s.providers, s.list, s.listLen, s.lists = s.providers[:0], -1, 0, 0
	found := func(id int32, start, end int) bool {
		if s.seen[id] == s.gen {
			return true
		}
		s.seen[id] = s.gen
		u := &c.uses[id]
		for _, n := range u.rules {
			s.candidates[n>>6] |= 1 << (n & 63)
		}
		for _, p := range u.providers {
			if !slices.Contains(s.providers, p) {
				s.providers = append(s.providers, p)
			}
		}
		for _, l := range u.lists {
			s.lists |= c.listKinds[l]
			if n := end - start; n > s.listLen {
				s.list, s.listLen = l, n
			}
		}
		return true
	}
	c.literals.find(s.text, func(id int32, start, end int) bool {
		return !admits(s.spans, s.text, start, end, c.literals.flags[id]) || found(id, start, end)
	})
	if s.bare != "" {
		c.literals.find(s.bare, found)
	}
	if s.lists != 0 {
		for _, n := range c.onlyLists {
			s.candidates[n>>6] |= 1 << (n & 63)
		}
	}
	for _, n := range c.onlyCodes {
		s.candidates[n>>6] |= 1 << (n & 63)
	}
}

// detect puts the provider that the relay's host name shows in front of those that the text's marks show; the recipient's domain
// counts only where neither says anything. It returns how the first was known.
func (c *Classifier) detect(r *Reply, s *scratch) string {
	if p := c.byHost.find(r.RelayHost); p >= 0 {
		if i := slices.Index(s.providers, p); i >= 0 {
			s.providers = slices.Delete(s.providers, i, i+1)
		}
		s.providers = slices.Insert(s.providers, 0, p)
		return "relay " + r.RelayHost
	}
	if len(s.providers) > 0 {
		return "marks in the reply"
	}
	if p := c.byDomain.find(domainOf(r.Recipient)); p >= 0 {
		s.providers = append(s.providers, p)
		return "recipient's domain " + domainOf(r.Recipient)
	}
	return ""
}

// tryRules tries the candidates in their order; the first that holds makes the verdict.
func (c *Classifier) tryRules(r *Reply, s *scratch, v *Verdict, ev *Evidence) bool {
	for w, word := range s.candidates {
		for b := 0; word != 0; b++ {
			if word&1 != 0 {
				if rank := c.rankOf(&c.rules[w*64+b], s); rank >= 0 {
					s.ranks[rank>>6] |= 1 << (rank & 63)
				}
			}
			word >>= 1
		}
	}
	coded := false
	for rank := next(s.ranks); rank >= 0; rank = next(s.ranks) {
		if rank >= c.weakFrom && !coded {
			coded = true
			if c.byCode(s, v, ev, false) {
				return true
			}
		}
		k := &c.rules[c.order[rank].rule]
		list, why := c.holds(k, r, s)
		if why != "" {
			if ev != nil {
				ev.Tried = append(ev.Tried, Try{k.rule.ID, why})
			}
			continue
		}
		v.Cause, v.Category, v.Rule, v.Suppress = k.rule.Cause, k.category, k.rule.ID, k.suppress
		switch {
		case list != "":
			v.Blocklist = c.listName(list)
		case k.rule.Blocklist != "":
			v.Blocklist = k.rule.Blocklist
		case s.list >= 0:
			v.Blocklist = c.rs.Blocklists[s.list].Name
		}
		if v.Provider == "" && len(k.rule.Provider) > 0 {
			v.Provider = k.rule.Provider[0]
		}
		if v.Category == "" {
			v.Category = c.categoryByCode(s)
		}
		if ev != nil {
			ev.Layer = string(k.rule.Layer)
			ev.Matched = c.matched(k, s)
		}
		return true
	}
	return false
}

// rankOf is the place of a rule in the order for this reply, -1 if it does not apply.
func (c *Classifier) rankOf(k *compiled, s *scratch) int32 {
	if len(k.providers) == 0 {
		return k.free
	}
	for _, p := range k.providers {
		if slices.Contains(s.providers, p) {
			return k.bound
		}
	}
	return k.free
}

// holds reports why a rule does not hold, "" if it does, and the blocklist that its pattern names.
func (c *Classifier) holds(k *compiled, r *Reply, s *scratch) (list, why string) {
	for _, id := range k.all {
		if !s.has(id) {
			return "", "not in the reply: " + strconv.Quote(c.literals.text[id])
		}
	}
	for _, id := range k.none {
		if s.has(id) {
			return "", "must not be in the reply: " + strconv.Quote(c.literals.text[id])
		}
	}
	if k.rule.Local && !r.Local {
		return "", "not our own mail server's words"
	}
	if k.lists != 0 && k.lists&s.lists == 0 {
		return "", "no blocklist of that kind is named"
	}
	if len(k.rule.Codes) > 0 && !slices.ContainsFunc(k.rule.Codes, func(p string) bool { return codeMatches(p, s.codes.reply, s.codes.enhanced) }) {
		return "", "other codes than " + strings.Join(k.rule.Codes, ", ")
	}
	if len(k.any) > 0 && !slices.ContainsFunc(k.any, s.has) {
		return "", "none of its words"
	}
	if len(k.also) > 0 && !slices.ContainsFunc(k.also, s.has) {
		return "", "none of the words that it wants beside"
	}
	if len(k.pattern) == 0 {
		return "", ""
	}
	s.exact = true
	for _, p := range k.pattern {
		re := p.get()
		if re == nil {
			continue
		}
		if m := re.FindSubmatchIndex(s.norm); m != nil {
			if i := re.SubexpIndex("blocklist"); i > 0 && m[2*i] >= 0 {
				list = string(s.norm[m[2*i]:m[2*i+1]])
			}
			return list, ""
		}
	}
	return "", "its pattern does not match"
}

// matched are the literals of the reply that a rule was looking for, longest first.
func (c *Classifier) matched(k *compiled, s *scratch) []string {
	var words []string
	for _, id := range slices.Concat(k.any, k.also, k.all) {
		if s.has(id) {
			words = append(words, strings.TrimSpace(c.literals.text[id]))
		}
	}
	slices.SortStableFunc(words, func(a, b string) int { return len(b) - len(a) })
	return words
}

// listName is the name of the blocklist with this zone, else the zone itself.
func (c *Classifier) listName(zone string) string {
	for i := range c.rs.Blocklists {
		if slices.Contains(c.rs.Blocklists[i].Zones, zone) {
			return c.rs.Blocklists[i].Name
		}
	}
	return zone
}

// byCode gives the verdict of the codes, where no rule had one. Reply codes and vague enhanced codes speak only when all is true.
func (c *Classifier) byCode(s *scratch, v *Verdict, ev *Evidence, all bool) bool {
	for _, code := range c.codesOf(s) {
		enhanced := strings.Contains(code.Code, ".")
		if code.Cause == "" || !all && (code.Vague || !enhanced && code.Provider == "") {
			continue
		}
		cause := c.rs.Cause(code.Cause)
		if cause == nil {
			continue
		}
		v.Cause, v.Rule, v.Category, v.Suppress = code.Cause, code.ID(), Category(cause.Category), cause.Suppress
		if v.Category == "" {
			v.Category = c.categoryByCode(s)
		}
		if ev != nil {
			ev.Layer = "reply code"
			if enhanced {
				ev.Layer = "enhanced code"
			}
		}
		return true
	}
	return false
}

// codesOf are the entries that may speak of a reply, in the order in which they count: the provider's own meaning of a code,
// the enhanced code, the enhanced code's general form (5.1.99 as 5.1.0), the reply code.
func (c *Classifier) codesOf(s *scratch) []*rules.Code {
	var list []*rules.Code
	add := func(provider, code string) {
		if e := c.codes[codeKey{provider, code}]; e != nil {
			list = append(list, e)
		}
	}
	var reply string
	if s.codes.reply != 0 {
		reply = strconv.Itoa(s.codes.reply)
	}
	enh := s.codes.enhanced
	for _, p := range s.providers {
		id := c.rs.Providers[p].ID
		if enh != "" {
			add(id, enh)
			add(id, "x"+enh[1:])
		}
		add(id, reply)
	}
	if enh != "" {
		add("", enh)
		add("", "x"+enh[1:])
		if len(list) == 0 {
			subject := enh[2:]
			if dot := strings.IndexByte(subject, '.'); dot > 0 {
				add("", enh[:2]+subject[:dot]+".0")
				add("", "x."+subject[:dot]+".0")
			}
		}
	}
	add("", reply)
	return list
}

// categoryByCode is the category of an undetermined reply.
func (c *Classifier) categoryByCode(s *scratch) Category {
	for _, code := range c.codesOf(s) {
		if code.Category != "" {
			return Category(code.Category)
		}
		if cause := c.rs.Cause(code.Cause); cause != nil && cause.Category != "" {
			return Category(cause.Category)
		}
	}
	return Soft
}
