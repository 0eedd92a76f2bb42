package generate

import (
	"fmt"
	"math/rand/v2"
	"time"
)

const (
	second = int64(time.Second)
	minute = 60 * second
	hour   = 60 * minute
	day    = 24 * hour

	warnAfter = 4 * hour // a delay warning is sent
	giveUp    = 5 * day  // the queue lifetime
	maxWait   = 4 * hour // between two runs
)

// session is one client's visit: messages that are accepted and recipients that are refused.
type session struct {
	client   *client
	messages []*message
	refusals []refusal // before the messages
}

// refusal is one recipient that our own server does not take.
type refusal struct {
	kind         refusalKind
	sender, rcpt string
}

type refusalKind uint8

const (
	refuseUnknown refusalKind = iota
	refuseRelay
	refuseSender
	refuseListed
	refuseGrey
	refusalKinds
)

// message is one piece of mail with the plan of its life.
type message struct {
	number     int
	at         int64
	rnd        *rand.Rand // its own, so that the order in which messages are treated changes nothing,
	words      *rand.Rand // and that of the numbers in replies, of which dialects write more or fewer
	client     *client
	sender     string
	origin     *domain // the sender's
	messageID  string
	size       int
	filtered   bool // goes through a second queue id on this host, where the dialect has such a thing
	discard    bool // dropped on purpose instead of delivered
	recipients []*recipient
	refused    *refusal // a further recipient that is refused in the same transaction
	runs       int
	warned     bool
	dsn        bool
	parent     *message

	id   string // the dialect's queue ids: now,
	old  string // and before the filter
	hold any    // the dialect's own
}

// recipient is one recipient with what each delivery attempt will come to.
type recipient struct {
	address string
	domain  *domain
	local   bool
	defer1  []*reply // temporary failures, one after another
	endless *reply   // a temporary failure that never ends
	last    *reply   // the permanent failure after them; nil: delivered
	tried   int
	done    bool
}

// try is one attempt for one recipient.
type try struct {
	rcpt    *recipient
	reply   *reply // nil: delivered
	final   bool
	expired bool // deferred once more, and given up
	host    host
}

// arrivals plans sessions over the span: more by day than by night, each with one to five messages.
func (g *generator) arrivals() {
	r := rand.New(rand.NewPCG(g.opt.Seed, 1))
	const perSession = 1.66
	gap := float64(g.opt.Span) * perSession / float64(g.opt.Messages) * 0.98 // a little early, so that the last ones are in time
	t := g.opt.Start.UnixNano() + second
	var next func(at int64)
	next = func(at int64) {
		g.visit(r, at)
		if r.IntN(16) == 0 {
			g.totals.Rejected += g.refuse(r, at+second)
		}
		if r.IntN(60) == 0 {
			g.totals.SessionRejects++
			g.dialect.failed(stranger(r), r.IntN(3) > 0, at+2*second)
		}
		if r.IntN(100) == 0 {
			g.dialect.noise(at + 3*second)
		}
		if g.n < g.opt.Messages {
			busy := 0.45
			if h := at / hour % 24; h >= 7 && h < 19 {
				busy = 1.55
			}
			g.at(at+int64(r.ExpFloat64()*gap/busy), next)
			g.end = max(g.end, g.steps.items[len(g.steps.items)-1].at)
		}
	}
	g.at(t, next)
}

// visit is a session in which mail is accepted.
func (g *generator) visit(r *rand.Rand, at int64) {
	s := &session{client: g.world.clients[r.IntN(len(g.world.clients))]}
	n := 1
	if r.IntN(3) == 0 {
		n = 2 + r.IntN(3)
	}
	n = min(n, g.opt.Messages-g.n)
	for i := range n {
		m := g.plan(r, s.client, at+int64(i)*second/3)
		s.messages = append(s.messages, m)
		g.totals.Messages++
		if m.refused != nil {
			g.totals.Rejected++
		}
		g.at(m.at+second/5+int64(r.IntN(int(second/2))), m.delivery(g))
	}
	g.dialect.session(s, at)
}

// refuse is a stranger's session in which nothing is accepted.
func (g *generator) refuse(r *rand.Rand, at int64) int64 {
	s := &session{client: stranger(r)}
	kind := refusalKind(r.IntN(int(refusalKinds)))
	for range 1 + r.IntN(2) {
		s.refusals = append(s.refusals, refusal{kind, person(r) + "@" + g.world.domain().name, person(r) + fmt.Sprint(r.IntN(1000)) + "@firma.example"})
	}
	g.dialect.session(s, at)
	return int64(len(s.refusals))
}

// plan draws a message and its future.
func (g *generator) plan(r *rand.Rand, c *client, at int64) *message {
	g.n++
	m := &message{number: g.n, at: at, client: c, rnd: rand.New(rand.NewPCG(g.opt.Seed, uint64(g.n)<<1)), words: rand.New(rand.NewPCG(g.opt.Seed, uint64(g.n)<<1|1))}
	m.origin = g.world.senders[int(r.ExpFloat64()*30)%len(g.world.senders)]
	switch k := r.IntN(100); {
	case k < 2: // another host's bounce message, passing through
		m.sender = ""
	case k < 40:
		m.sender = fmt.Sprintf("bounce+%x@%s", r.Uint32(), m.origin.name)
	default:
		m.sender = person(r) + "@" + m.origin.name
	}
	m.messageID = fmt.Sprintf("%s.%08x@%s", stampID(at), r.Uint32(), m.origin.name)
	m.size = 900 + int(r.ExpFloat64()*24000)
	n := 1
	switch k := r.IntN(1000); {
	case k < 5:
		n = 8 + r.IntN(30)
	case k < 100:
		n = 2 + r.IntN(3)
	}
	taken := map[string]bool{}
	for range n {
		p := &recipient{domain: g.world.domain()}
		p.address = person(r) + "@" + p.domain.name
		if taken[p.address] {
			continue
		}
		taken[p.address] = true
		if r.IntN(50) == 0 {
			p.local = true
			p.address = fmt.Sprintf("%s.%d@firma.example", firstNames[r.IntN(len(firstNames))], r.IntN(60))
			if taken[p.address] {
				continue
			}
			taken[p.address] = true
		} else if m.sender != "" {
			p.fate(r)
		}
		m.recipients = append(m.recipients, p)
	}
	if len(m.recipients) == 0 { // every draw was taken before
		m.recipients = append(m.recipients, &recipient{domain: g.world.domains[0], address: "zz@" + g.world.domains[0].name})
	}
	m.filtered = r.IntN(20) == 0
	if len(m.recipients) == 1 && r.IntN(250) == 0 && m.sender != "" {
		m.discard, m.filtered = true, false
		m.recipients[0] = &recipient{domain: m.recipients[0].domain, address: m.recipients[0].address}
	} else if r.IntN(150) == 0 && m.sender != "" {
		m.refused = &refusal{refuseUnknown, m.sender, person(r) + "@firma.example"}
	}
	return m
}

// fate draws what becomes of a recipient.
func (p *recipient) fate(r *rand.Rand) {
	waits := func(n int) {
		same := pick(r, temporary, p.domain)
		for range n {
			p.defer1 = append(p.defer1, same)
		}
	}
	switch k := r.IntN(1000); {
	case k < 34:
		p.last = pick(r, permanent, p.domain)
	case k < 38:
		waits(1 + r.IntN(4))
		p.last = pick(r, permanent, p.domain)
	case k < 60:
		waits(1 + r.IntN(2))
	case k < 66:
		waits(3 + r.IntN(6))
	case k < 68:
		p.endless = pick(r, lingering, p.domain)
		if p.domain.provider != "" && p.endless.category == block {
			p.endless = &lingering[0] // providers give such codes meanings of their own
		}
	}
	if p.last != nil && p.last.how == nxdomain {
		p.defer1 = nil // a domain that does not exist is told at once
	}
}

// next is what the recipient's next attempt comes to.
func (p *recipient) next(age int64) try {
	t := try{rcpt: p, final: true}
	switch {
	case p.endless != nil:
		t.reply, t.final, t.expired = p.endless, age > giveUp, age > giveUp
	case p.tried < len(p.defer1):
		t.reply, t.final = p.defer1[p.tried], false
	default:
		t.reply = p.last
	}
	if len(p.domain.hosts) > 0 {
		t.host = p.domain.hosts[p.tried%len(p.domain.hosts)]
	}
	p.tried++
	p.done = t.final
	return t
}

// delivery is one run of the queue for the message.
func (m *message) delivery(g *generator) func(at int64) {
	return func(at int64) {
		if m.discard {
			g.totals.Recipients++
			g.totals.Discarded++
			g.dialect.end(m, at)
			return
		}
		m.runs++
		var tries, failed []try
		open := false
		for _, p := range m.recipients {
			if p.done {
				continue
			}
			t := p.next(at - m.at)
			tries = append(tries, t)
			if !m.dsn {
				g.count(m, &t)
			}
			if t.final && t.reply != nil {
				failed = append(failed, t)
			}
			open = open || !t.final
		}
		g.dialect.attempt(m, tries, at)
		at += second
		if len(failed) > 0 && m.sender != "" {
			g.dsn(m, failed, at)
		}
		if !open {
			g.dialect.end(m, at+second)
			return
		}
		if at-m.at > warnAfter && !m.warned && m.sender != "" {
			m.warned = true
			g.dsn(m, nil, at)
		}
		wait := min(5*minute<<min(m.runs-1, 20), maxWait)
		g.at(at+wait+int64(m.rnd.IntN(int(minute))), m.delivery(g))
	}
}

// count adds an attempt to the totals.
func (g *generator) count(m *message, t *try) {
	n := &g.totals
	if m.runs == 1 {
		n.Recipients++
	}
	if t.reply == nil {
		n.Delivered++
		return
	}
	if !t.final || t.expired {
		n.Deferrals++
	}
	if !t.final {
		return
	}
	n.ByCategory.add(t.reply.category)
	if t.expired {
		n.Expired++
	} else {
		n.Bounced++
	}
}

// dsn is a bounce message about the tries, or a delay warning where there are none. It is delivered to the sender at
// once, or after a while.
func (g *generator) dsn(m *message, failed []try, at int64) {
	g.totals.DSNs++
	d := &message{
		number: m.number, at: at, rnd: m.rnd, words: m.words, client: m.client, dsn: true, parent: m, size: 2800 + m.size/8 + m.rnd.IntN(900),
		recipients: []*recipient{{address: m.sender, domain: m.origin}},
	}
	if m.rnd.IntN(20) == 0 {
		d.recipients[0].defer1 = []*reply{pick(m.rnd, temporary, m.origin)}
	}
	g.dialect.notify(m, d, failed, at)
	g.at(at+second/2, d.delivery(g))
}

// stampID is the time as message-ids of mail servers begin with it.
func stampID(at int64) string { return time.Unix(0, at).UTC().Format("20060102150405") }
