package classify

import (
	"cmp"
	"fmt"
	"math/bits"
	"regexp"
	"slices"
	"strings"
	"sync"

	"bouncelog/rules"
)

// Classifier applies rules to replies. It is safe for concurrent use.
type Classifier struct {
	rs        *rules.Rules
	rules     []compiled
	order     []attempt // by rank
	weakFrom  int       // rank of the first last resort
	literals  *literalSet
	uses      []literalUse // by literal
	byHost    names
	byDomain  names
	listKinds []uint8 // by blocklist
	onlyLists []int32 // rules whose only key is a blocklist
	onlyCodes []int32 // rules of the code layer without literals
	codes     map[codeKey]*rules.Code
	keeper    *keeper
	cache     *cache
	recent    *recent
	pool      sync.Pool
}

// compiled is a rule made ready. Literals are numbers in Classifier.literals.
type compiled struct {
	rule        *rules.Rule
	any, also   []int32
	all, none   []int32
	pattern     []*lazyRegexp
	lists       uint8
	providers   []int32
	bound, free int32 // rank where its provider is known, and where it is not; -1: not tried
	category    Category
	suppress    bool
}

// attempt is a place in the order of trying.
type attempt struct {
	rule int32
	free bool
}

// literalUse is what it means that a literal occurs.
type literalUse struct {
	rules     []int32 // candidates
	providers []int32
	lists     []int32
}

type codeKey struct{ provider, code string }

const (
	listIP uint8 = 1 << iota
	listDomain
)

// maxReply is as much of a reply as counts. MTAs cut theirs far below it (Postfix at 2 KB a line); whoever sends more wants to keep us
// busy.
const maxReply = 8 << 10

// defaultCacheSize bounds the verdicts that are kept; at some 300 bytes each that is 10 MB.
const defaultCacheSize = 32768

// New makes a classifier of rules, which must be free of problems (rules.Load says so) and must not be changed afterwards.
func New(rs *rules.Rules) (*Classifier, error) {
	c := &Classifier{
		rs: rs, literals: newLiteralSet(), byHost: newNames(), byDomain: newNames(),
		codes: map[codeKey]*rules.Code{}, cache: newCache(defaultCacheSize), recent: newRecent(),
	}
	providers := map[string]int32{}
	for i := range rs.Providers {
		p := &rs.Providers[i]
		providers[p.ID] = int32(i)
		for _, host := range p.Hosts {
			c.byHost.add(host, int32(i))
		}
		for _, domain := range p.Domains {
			c.byDomain.add(domain, int32(i))
		}
		for _, mark := range p.Marks {
			u := c.use(c.literal(mark))
			u.providers = append(u.providers, int32(i))
		}
	}
	for i := range rs.Blocklists {
		b := &rs.Blocklists[i]
		c.listKinds = append(c.listKinds, listKind(b.Kind))
		for _, s := range slices.Concat(b.Zones, b.Marks) {
			u := c.use(c.literal(s))
			u.lists = append(u.lists, int32(i))
		}
	}
	for i := range rs.Codes {
		c.codes[codeKey{rs.Codes[i].Provider, rs.Codes[i].Code}] = &rs.Codes[i]
	}
	for i := range rs.Rules {
		if err := c.compile(&rs.Rules[i], providers); err != nil {
			return nil, err
		}
	}
	for _, lit := range c.literals.text {
		if len(lit) < gramLen {
			return nil, fmt.Errorf("literal %q is shorter than %d bytes once normalized", lit, gramLen)
		}
	}
	c.rank()
	c.literals.build()
	c.keeper = newKeeper(c.literals.text, c.literals.flags)
	c.pool.New = func() any { return c.newScratch() }
	return c, nil
}

// Rules are the rules that the classifier was made of.
func (c *Classifier) Rules() *rules.Rules { return c.rs }

func (c *Classifier) literal(s string) int32 {
	id := c.literals.add(normalizeLiteral(s))
	for len(c.uses) <= int(id) {
		c.uses = append(c.uses, literalUse{})
	}
	return id
}

func (c *Classifier) use(id int32) *literalUse { return &c.uses[id] }

func (c *Classifier) literalIDs(list []string) []int32 {
	ids := make([]int32, len(list))
	for i, s := range list {
		ids[i] = c.literal(s)
	}
	return ids
}

// compile makes a rule ready and enters it under its key: each of its Any, or else the longest of its All.
func (c *Classifier) compile(r *rules.Rule, providers map[string]int32) error {
	cause := c.rs.Cause(r.Cause)
	if cause == nil {
		return fmt.Errorf("rule %s: cause %q is not known", r.ID, r.Cause)
	}
	k := compiled{
		rule: r, any: c.literalIDs(r.Any), also: c.literalIDs(r.Also), all: c.literalIDs(r.All), none: c.literalIDs(r.None),
		category: Category(cause.Category), suppress: cause.Suppress, bound: -1, free: -1,
	}
	for _, kind := range r.Lists {
		k.lists |= listKind(kind)
	}
	for _, id := range r.Provider {
		p, found := providers[id]
		if !found {
			return fmt.Errorf("rule %s: provider %q is not known", r.ID, id)
		}
		k.providers = append(k.providers, p)
	}
	for _, expr := range r.Pattern {
		k.pattern = append(k.pattern, &lazyRegexp{expr: expr})
	}
	n := int32(len(c.rules))
	c.rules = append(c.rules, k)
	switch {
	case len(k.any) > 0:
		for _, id := range k.any {
			u := c.use(id)
			u.rules = append(u.rules, n)
		}
	case len(k.all) > 0:
		longest := slices.MaxFunc(k.all, func(a, b int32) int { return cmp.Compare(len(c.literals.text[a]), len(c.literals.text[b])) })
		u := c.use(longest)
		u.rules = append(u.rules, n)
	case k.lists != 0:
		c.onlyLists = append(c.onlyLists, n)
	case len(r.Codes) > 0:
		c.onlyCodes = append(c.onlyCodes, n)
	default:
		return fmt.Errorf("rule %s: it has no condition", r.ID)
	}
	return nil
}

// rank sets the order in which rules are tried: the user's before ours, text before codes; of text, the rules of the providers that
// were detected, then those of others that apply anywhere and of named software, then general ones; and in each by priority. Rules of
// negative priority rest on a word or two and are a last resort: they follow the rules on codes, and judge lets an enhanced
// code that says more go before them.
func (c *Classifier) rank() {
	type place struct {
		attempt
		key [5]int
	}
	var places []place
	for n := range c.rules {
		r := c.rules[n].rule
		layer := 0
		switch {
		case r.Layer == rules.CodeLayer:
			layer = 1
		case r.Priority < 0:
			layer = 2
		}
		user := 1
		if r.User {
			user = 0
		}
		add := func(free bool, tier int) {
			generic := 0
			if r.Generic() {
				generic = 1
			}
			places = append(places, place{attempt{int32(n), free}, [5]int{user, layer, tier, -r.Priority, generic}})
		}
		const own, elsewhere, general = 0, 1, 2
		tier := func(t int) int {
			if r.Priority < 0 {
				return general
			}
			return t
		}
		if r.Generic() {
			if r.General {
				add(true, general)
			} else {
				add(true, tier(elsewhere))
			}
			continue
		}
		add(false, tier(own))
		if r.Anywhere {
			add(true, tier(elsewhere))
		}
	}
	slices.SortStableFunc(places, func(a, b place) int { return slices.Compare(a.key[:], b.key[:]) })
	c.weakFrom = len(places)
	for rank, p := range places {
		if p.key[0] == 1 && p.key[1] == 2 {
			c.weakFrom = min(c.weakFrom, rank)
		}
		c.order = append(c.order, p.attempt)
		if p.free {
			c.rules[p.rule].free = int32(rank)
		} else {
			c.rules[p.rule].bound = int32(rank)
		}
	}
}

func listKind(kind string) uint8 {
	if kind == "domain" {
		return listDomain
	}
	return listIP
}

// lazyRegexp is compiled when it is first needed; most never are.
type lazyRegexp struct {
	expr string
	once sync.Once
	re   *regexp.Regexp
}

func (l *lazyRegexp) get() *regexp.Regexp {
	l.once.Do(func() { l.re, _ = regexp.Compile(l.expr) }) // the linter has compiled it before
	return l.re
}

// Classify says what kind of failure a reply is and why. The verdict may be shared with other callers: do not change it.
func (c *Classifier) Classify(r Reply) *Verdict {
	if len(r.Text) > maxReply {
		r.Text = r.Text[:maxReply]
	}
	unwrap(&r)
	q := c.ask(&r)
	slot, v := c.recent.get(&q)
	if v == nil {
		v = c.classify(&r, &q)
		c.recent.put(slot, q, v)
	}
	return v
}

// question is all of a reply that the verdict depends on.
type question struct {
	text, enhanced string
	code           int
	host, domain   int32 // the provider by relay and by recipient
	flags          uint8
}

func (c *Classifier) ask(r *Reply) question {
	q := question{text: r.Text, enhanced: r.Enhanced, code: r.Code, host: c.byHost.find(r.RelayHost), domain: c.byDomain.find(domainOf(r.Recipient))}
	if r.Local {
		q.flags |= 1
	}
	if r.Expired {
		q.flags |= 2
	}
	return q
}

// classify looks a question up by the reply's template, and judges the reply where that is new.
func (c *Classifier) classify(r *Reply, q *question) *Verdict {
	s := c.pool.Get().(*scratch)
	defer c.pool.Put(s)
	s.key = c.appendKey(s.key[:0], q)
	v := c.cache.get(s.key)
	if v != nil && v != exactOnly {
		return v
	}
	n := len(s.key)
	if v == exactOnly {
		s.key = append(append(s.key, 0), r.Text...)
		if v := c.cache.get(s.key); v != nil {
			return v
		}
	}
	s.exact = false
	v = c.judge(r, s, nil)
	v.Enhanced = strings.Clone(v.Enhanced) // it is a piece of the reply, which the cache need not keep
	if s.exact && len(s.key) == n {
		c.cache.put(s.key, exactOnly)
		s.key = append(append(s.key, 0), r.Text...)
	}
	c.cache.put(s.key, v)
	return v
}

// exactOnly stands in the cache for replies whose verdict may depend on what the key blanks, because a regular expression was
// tried on them. They are looked up by their whole text.
var exactOnly = &Verdict{}

// appendKey appends a question with the variable parts of its text blanked but for those that rules ask for.
func (c *Classifier) appendKey(dst []byte, q *question) []byte {
	dst = append(dst, q.flags, byte(q.code), byte(q.code>>8), byte(q.host), byte(q.host>>8), byte(q.domain), byte(q.domain>>8))
	dst = append(dst, q.enhanced...)
	// The codes in front are no variable part, even those that a scanner takes for numbers (354).
	head := min(len(q.text), max(0, headEnd(q.text)))
	dst = append(append(dst, 0), q.text[:head]...)
	return c.keeper.appendKey(append(dst, 0), q.text[head:])
}

// scratch is what one classification works with.
type scratch struct {
	key        []byte
	norm       []byte
	text       string // normalized
	bare       string // the same without addresses and hosts
	bareBytes  []byte
	spans      []span
	seen       []uint32 // by literal: the generation in which it was last found
	gen        uint32
	candidates []uint64 // bits by rule
	ranks      []uint64 // bits by rank
	providers  []int32  // detected
	list       int32    // blocklist that the text names, -1 none
	listLen    int
	lists      uint8 // kinds of all lists that it names
	codes      codes
	exact      bool // a regular expression was tried
}

func (c *Classifier) newScratch() *scratch {
	return &scratch{
		seen:       make([]uint32, len(c.literals.text)),
		candidates: make([]uint64, (len(c.rules)+63)/64),
		ranks:      make([]uint64, (len(c.order)+63)/64),
	}
}

func (s *scratch) has(id int32) bool { return s.seen[id] == s.gen }

// next takes the lowest rank out of the bits; -1 if there is none.
func next(ranks []uint64) int {
	for w := range ranks {
		if ranks[w] != 0 {
			b := bits.TrailingZeros64(ranks[w])
			ranks[w] &^= 1 << b
			return w*64 + b
		}
	}
	return -1
}
