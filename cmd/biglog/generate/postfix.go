package generate

import (
	"fmt"
	"strconv"
	"time"
)

// postfix tells it as Postfix 3.7 does through syslog (RFC 3164 stamps).
type postfix struct {
	*generator
	stamp  stamper
	smtpd  pids
	inodes []int // free for new queue files, so that ids are used again as on a disk
	made   int
}

func newPostfix(g *generator) *postfix { return &postfix{generator: g, smtpd: pids{first: 1200}} }

// say writes a line of a daemon.
func (p *postfix) say(at int64, daemon string, pid int, text string) {
	p.log(at, p.stamp.syslog(at)+" "+p.opt.Host+" postfix/"+daemon+"["+strconv.Itoa(pid)+"]: "+text)
}

// worker is the process id of one of a daemon's processes.
func (p *postfix) worker(base int) int { return base + p.dress.IntN(40) }

// queueID makes a queue id: short ones are five hexadecimal digits of microseconds and the inode; long ones hold the time in base 52.
func (p *postfix) queueID(m *message, at int64) string {
	var inode int
	if n := len(p.inodes); n > 0 {
		k := p.dress.IntN(n)
		inode, p.inodes[k] = p.inodes[k], p.inodes[n-1]
		p.inodes = p.inodes[:n-1]
	} else {
		p.made++
		inode = 0x3C0000 + p.made*7
	}
	m.hold = inode
	if !p.opt.LongIDs {
		return fmt.Sprintf("%05X%X", at/1000%1_000_000, inode)
	}
	return base52(at/second, 6) + base52(at/1000%1_000_000, 4) + "z" + base51(inode)
}

const vowelless = "0123456789BCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz"

func base52(n int64, width int) string {
	b := make([]byte, width)
	for i := width - 1; i >= 0; i-- {
		b[i] = vowelless[n%52]
		n /= 52
	}
	return string(b)
}

// base51 leaves out "z", which divides the parts of a long id.
func base51(n int) string {
	var b [12]byte
	i := len(b)
	for n > 0 {
		i--
		b[i] = vowelless[n%51]
		n /= 51
	}
	return string(b[i:])
}

func (c *client) postfix() string {
	name := c.name
	if name == "" {
		name = "unknown"
	}
	return name + "[" + c.ip + "]"
}

func (p *postfix) session(s *session, at int64) {
	from := s.client.postfix()
	pid := p.smtpd.take(at, at+int64(len(s.messages)+2)*second)
	p.say(at-second/10, "smtpd", pid, "connect from "+from)
	if s.client.user != "" && p.dress.IntN(2) == 0 {
		p.say(at-second/12, "smtpd", pid, "Anonymous TLS connection established from "+from+": TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits) key-exchange X25519 server-signature RSA-PSS (2048 bits) server-digest SHA256")
	}
	for i, r := range s.refusals {
		p.refuse(s.client, r, "NOQUEUE", pid, at+int64(i)*second/10)
	}
	last := at
	for _, m := range s.messages {
		p.accept(m, pid, m.at)
		last = m.at + second/4
	}
	k := len(s.messages)
	p.say(last, "smtpd", pid, fmt.Sprintf("disconnect from %s ehlo=1 mail=%d rcpt=%d data=%d quit=1 commands=%d", from, max(k, 1), max(k, 1), k, 2+3*k))
}

func (p *postfix) accept(m *message, pid int, at int64) {
	m.id = p.queueID(m, at)
	line := m.id + ": client=" + m.client.postfix()
	if m.client.user != "" {
		line += ", sasl_method=PLAIN, sasl_username=" + m.client.user
	}
	p.say(at, "smtpd", pid, line)
	if m.refused != nil {
		p.refuse(m.client, *m.refused, m.id, pid, at+second/50)
	}
	p.say(at+second/20, "cleanup", p.worker(4100), m.id+": message-id=<"+m.messageID+">")
	if m.discard {
		return // cleanup says so in the end
	}
	p.queued(m, at+second/16)
	if m.filtered {
		p.filter(m, at+second/15)
	}
}

func (p *postfix) queued(m *message, at int64) {
	p.say(at, "qmgr", 905, fmt.Sprintf("%s: from=<%s>, size=%d, nrcpt=%d (queue active)", m.id, m.sender, m.size, len(m.recipients)))
}

// filter is the way through a content filter and back under a new queue id.
func (p *postfix) filter(m *message, at int64) {
	m.old = m.id
	first := m.hold
	m.id = p.queueID(m, at+second/40)
	pid := p.worker(5200)
	p.say(at+second/40, "smtpd", pid, m.id+": client=localhost[127.0.0.1]")
	p.say(at+second/36, "cleanup", p.worker(4100), m.id+": message-id=<"+m.messageID+">")
	p.queued(m, at+second/34)
	for _, r := range m.recipients {
		p.say(at+second/32, "smtp", 5301, fmt.Sprintf("%s: to=<%s>, relay=127.0.0.1[127.0.0.1]:10024, delay=0.15, delays=0.06/0/0.01/0.08, dsn=2.0.0, status=sent (250 2.0.0 from MTA(smtp:[127.0.0.1]:10025): 250 2.0.0 Ok: queued as %s)",
			m.old, r.address, m.id))
	}
	p.say(at+second/30, "qmgr", 905, m.old+": removed")
	p.inodes = append(p.inodes, first.(int))
}

func (p *postfix) refuse(c *client, r refusal, id string, pid int, at int64) {
	words := map[refusalKind]string{
		refuseUnknown: fmt.Sprintf("550 5.1.1 <%s>: Recipient address rejected: User unknown in virtual mailbox table", r.rcpt),
		refuseRelay:   fmt.Sprintf("554 5.7.1 <%s>: Relay access denied", r.rcpt),
		refuseSender:  fmt.Sprintf("450 4.1.8 <%s>: Sender address rejected: Domain not found", r.sender),
		refuseListed:  fmt.Sprintf("554 5.7.1 Service unavailable; Client host [%s] blocked using zen.spamhaus.org; https://www.spamhaus.org/query/ip/%s", c.ip, c.ip),
		refuseGrey:    fmt.Sprintf("450 4.2.0 <%s>: Recipient address rejected: Greylisted", r.rcpt),
	}
	p.say(at, "smtpd", pid, fmt.Sprintf("%s: reject: RCPT from %s: %s; from=<%s> to=<%s> proto=ESMTP helo=<%s>", id, c.postfix(), words[r.kind], r.sender, r.rcpt, c.helo))
}

func (p *postfix) failed(c *client, authentication bool, at int64) {
	pid := p.smtpd.take(at, at+4*second)
	from := c.postfix()
	p.say(at, "smtpd", pid, "connect from "+from)
	if authentication {
		p.say(at+second, "smtpd", pid, "warning: "+from+": SASL LOGIN authentication failed: UGFzc3dvcmQ6")
		p.say(at+2*second, "smtpd", pid, "lost connection after AUTH from "+from)
		p.say(at+2*second, "smtpd", pid, "disconnect from "+from+" ehlo=1 auth=0/1 commands=1/2")
		return
	}
	p.say(at+second, "smtpd", pid, "SSL_accept error from "+from+": -1")
	p.say(at+second, "smtpd", pid, "warning: TLS library problem: error:0A000102:SSL routines::unsupported protocol:../ssl/statem/statem_srvr.c:1655:")
	p.say(at+2*second, "smtpd", pid, "lost connection after STARTTLS from "+from)
	p.say(at+2*second, "smtpd", pid, "disconnect from "+from+" ehlo=1 starttls=0/1 commands=1/2")
}

func (p *postfix) attempt(m *message, tries []try, at int64) {
	pid := p.worker(6100)
	if m.runs > 1 {
		p.queued(m, at-second/100)
	}
	for i, t := range tries {
		at := at + int64(i)*second/200
		if t.rcpt.local {
			p.say(at, "local", p.worker(7100), fmt.Sprintf("%s: to=<%s>, relay=local, %s, dsn=2.0.0, status=sent (delivered to mailbox)", m.id, t.rcpt.address, p.delay(m, at)))
			continue
		}
		if t.rcpt.domain.tls && (t.reply == nil || t.reply.remote()) && p.dress.IntN(100) < 35 {
			p.say(at-second/50, "smtp", pid, fmt.Sprintf("Trusted TLS connection established to %s[%s]:25: TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits) key-exchange X25519 server-signature RSA-PSS (2048 bits) server-digest SHA256", t.host.name, t.host.ip))
		}
		relay, status, words := p.result(m, &t, pid, at)
		p.say(at, "smtp", pid, fmt.Sprintf("%s: to=<%s>, relay=%s, %s, dsn=%s, status=%s (%s)", m.id, t.rcpt.address, relay, p.delay(m, at), status[0], status[1], words))
	}
	if tries[0].expired || tries[len(tries)-1].expired {
		p.say(at+int64(len(tries))*second/200, "qmgr", 905, fmt.Sprintf("%s: from=<%s>, status=expired, returned to sender", m.id, m.sender))
	}
}

// result gives relay, dsn= and status=, and the words in brackets.
func (p *postfix) result(m *message, t *try, pid int, at int64) (relay string, status [2]string, words string) {
	relay = fmt.Sprintf("%s[%s]:25", t.host.name, t.host.ip)
	r := t.reply
	if r == nil {
		return relay, [2]string{"2.0.0", "sent"}, fmt.Sprintf("250 2.0.0 Ok: queued as %010X", p.dress.Uint64()>>24)
	}
	class, name := "5", "bounced"
	if !t.final || t.expired {
		class, name = "4", "deferred"
	}
	switch r.how {
	case timeout, refused:
		words = fmt.Sprintf("connect to %s[%s]:25: Connection timed out", t.host.name, t.host.ip)
		if r.how == refused {
			words = fmt.Sprintf("connect to %s[%s]:25: Connection refused", t.host.name, t.host.ip)
		}
		p.say(at-second/400, "smtp", pid, words)
		return "none", [2]string{"4.4.1", name}, words
	case lost:
		return relay, [2]string{"4.4.2", name}, fmt.Sprintf("lost connection with %s[%s] while receiving the initial server greeting", t.host.name, t.host.ip)
	case nxdomain:
		return "none", [2]string{"5.4.4", name}, "Host or domain name not found. Name service error for name=" + t.rcpt.domain.name + " type=A: Host not found"
	case dnsFailed:
		return "none", [2]string{"4.4.3", name}, "Host or domain name not found. Name service error for name=" + t.rcpt.domain.name + " type=MX: Host not found, try again"
	}
	enhanced := r.enhanced
	if enhanced == "" {
		enhanced = class + ".0.0"
	}
	stages := map[how]string{atMail: "MAIL FROM", atRcpt: "RCPT TO", atData: "DATA", atEnd: "end of DATA"}
	words = fmt.Sprintf("host %s[%s] said: ", t.host.name, t.host.ip)
	for i, l := range r.fill(m.words, m, t.rcpt) {
		if i > 0 {
			words += " "
		}
		words += l
	}
	return relay, [2]string{enhanced, name}, words + " (in reply to " + stages[r.how] + " command)"
}

// delay gives delay= and delays= as Postfix rounds them.
func (p *postfix) delay(m *message, at int64) string {
	d := float64(at-m.at) / 1e9
	f := func(x float64) string {
		if x >= 10 {
			return strconv.FormatFloat(x, 'f', 0, 64)
		}
		return strconv.FormatFloat(x, 'g', 2, 64)
	}
	c := 0.05 + float64(p.dress.IntN(60))/100
	return "delay=" + f(d+c) + ", delays=" + f(d) + "/0.01/" + f(c/2) + "/" + f(c/2)
}

func (p *postfix) notify(m, d *message, failed []try, at int64) {
	d.id = p.queueID(d, at)
	p.say(at+second/100, "cleanup", p.worker(4100), fmt.Sprintf("%s: message-id=<%s.%s@%s.firma.example>", d.id, stampID(at), d.id, p.opt.Host))
	kind := "non-delivery"
	if failed == nil {
		kind = "delay"
	}
	p.say(at+second/80, "bounce", p.worker(8100), m.id+": sender "+kind+" notification: "+d.id)
	p.queued(d, at+second/70)
}

func (p *postfix) end(m *message, at int64) {
	if m.discard {
		p.say(at, "cleanup", p.worker(4100), fmt.Sprintf("%s: discard: header Subject: weekly offer %d from %s; from=<%s> to=<%s> proto=ESMTP helo=<%s>",
			m.id, m.number%97, m.client.postfix(), m.sender, m.recipients[0].address, m.client.helo))
	} else {
		p.say(at, "qmgr", 905, m.id+": removed")
	}
	inode := m.hold.(int)
	p.at(at+second, func(int64) { p.inodes = append(p.inodes, inode) })
}

func (p *postfix) noise(at int64) {
	switch p.dress.IntN(4) {
	case 0:
		p.say(at, "anvil", 990, fmt.Sprintf("statistics: max connection rate %d/60s for (smtp:100.20.0.%d) at %s", 1+p.dress.IntN(30), p.dress.IntN(250), p.stamp.syslog(at)))
	case 1:
		p.say(at, "scache", 991, fmt.Sprintf("statistics: start interval %s", p.stamp.syslog(at)))
	case 2:
		p.log(at, fmt.Sprintf("%s %s dovecot: imap(%s@firma.example): Logged out in=%d out=%d", p.stamp.syslog(at), p.opt.Host, firstNames[p.dress.IntN(len(firstNames))], p.dress.IntN(900), p.dress.IntN(90000)))
		p.totals.Foreign++
	case 3:
		pid := p.smtpd.take(at, at+second)
		c := stranger(p.dress)
		p.say(at, "smtpd", pid, "connect from "+c.postfix())
		p.say(at+second/2, "smtpd", pid, "lost connection after EHLO from "+c.postfix())
		p.say(at+second/2, "smtpd", pid, "disconnect from "+c.postfix()+" ehlo=1 commands=1")
	}
}

// pids gives out the process ids of servers that serve one client at a time.
type pids struct {
	first int
	until []int64
}

func (p *pids) take(at, until int64) int {
	for i, u := range p.until {
		if u < at-second {
			p.until[i] = until
			return p.first + i
		}
	}
	p.until = append(p.until, until)
	return p.first + len(p.until) - 1
}

// stamper writes time stamps; most lines are of the second of the line before.
type stamper struct {
	second int64
	text   string
}

func (s *stamper) syslog(at int64) string { return s.as(at, time.Stamp) }

func (s *stamper) as(at int64, layout string) string {
	if n := at / second; n != s.second || s.text == "" {
		s.second, s.text = n, time.Unix(n, 0).UTC().Format(layout)
	}
	return s.text
}
