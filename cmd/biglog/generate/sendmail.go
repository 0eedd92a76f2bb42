package generate

import (
	"fmt"
	"strings"
	"time"
)

// sendmail tells it as Sendmail 8.17 does at log level 9. It logs no end of a message.
type sendmail struct {
	*generator
	stamp stamper
	pid   int
	seq   int
}

func (s *sendmail) say(at int64, tag string, pid int, text string) {
	s.log(at, fmt.Sprintf("%s %s %s[%d]: %s", s.stamp.syslog(at), s.opt.Host, tag, pid, text))
}

// process is a new process: every connection and every queue run has its own.
func (s *sendmail) process() int {
	s.pid = 1000 + (s.pid-999)%900_000
	return s.pid
}

const base60 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwx"

// queueID is year, month, day, hour, minute, second, a sequence number (two digits) and the process.
func (s *sendmail) queueID(at int64, pid int) string {
	t := time.Unix(0, at).UTC()
	s.seq = (s.seq + 1) % 3600
	b := []byte{base60[(t.Year()-1900)%60], base60[t.Month()-1], base60[t.Day()], base60[t.Hour()], base60[t.Minute()], base60[t.Second()], base60[s.seq/60], base60[s.seq%60]}
	return fmt.Sprintf("%s%06d", b, pid)
}

func (c *client) sendmail() string {
	if c.name == "" {
		return "[" + c.ip + "]"
	}
	return c.name + " [" + c.ip + "]"
}

func (s *sendmail) session(v *session, at int64) {
	pid := s.process()
	if len(v.refusals) > 0 {
		id := s.queueID(at, pid)
		for i, r := range v.refusals {
			s.refuse(v.client, r, id, pid, at+int64(i)*second/10)
		}
		s.say(at+second, "sm-mta", pid, fmt.Sprintf("%s: from=<%s>, size=0, class=0, nrcpts=0, proto=ESMTP, daemon=MTA-v4, relay=%s", id, v.refusals[0].sender, v.client.sendmail()))
	}
	for _, m := range v.messages {
		m.id = s.queueID(m.at, pid)
		if m.refused != nil {
			s.refuse(m.client, *m.refused, m.id, pid, m.at-second/50)
		}
		if m.filtered && m.client.user == "" && m.refused == nil {
			s.submit(m)
			continue
		}
		if m.client.user != "" {
			s.say(m.at-second/100, "sm-mta", pid, fmt.Sprintf("AUTH=server, relay=%s, authid=%s, mech=PLAIN, bits=0", m.client.sendmail(), m.client.user))
		}
		s.arrived(m, pid, m.at, m.client.sendmail())
	}
}

func (s *sendmail) arrived(m *message, pid int, at int64, relay string) {
	s.say(at, "sm-mta", pid, fmt.Sprintf("%s: from=<%s>, size=%d, class=0, nrcpts=%d, msgid=<%s>, proto=ESMTP, daemon=MTA-v4, relay=%s",
		m.id, m.sender, m.size, len(m.recipients), m.messageID, relay))
}

// submit is a message from a program of this host: the submission queue (MSP) hands it on to the server under a second id.
func (s *sendmail) submit(m *message) {
	msp, mta := s.process(), s.process()
	m.old, m.id = s.queueID(m.at, msp), s.queueID(m.at, mta)
	s.say(m.at, "sendmail", msp, fmt.Sprintf("%s: from=%s, size=%d, class=0, nrcpts=%d, msgid=<%s>, relay=www-data@localhost", m.old, m.sender, m.size, len(m.recipients), m.messageID))
	s.arrived(m, mta, m.at+second/50, "localhost [127.0.0.1]")
	for list := range chunks(m.recipients) {
		s.say(m.at+second/40, "sendmail", msp, fmt.Sprintf("%s: to=%s, ctladdr=www-data (33/33), delay=00:00:00, xdelay=00:00:00, mailer=relay, pri=%d, relay=[127.0.0.1] [127.0.0.1], dsn=2.0.0, stat=Sent (%s Message accepted for delivery)",
			m.old, strings.NewReplacer("<", "", ">", "").Replace(list), 30000+m.size, m.id))
	}
}

// chunks gives lists of recipients as they are divided over several lines.
func chunks(rs []*recipient) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for len(rs) > 0 {
			n := min(len(rs), 6)
			var b strings.Builder
			for i, r := range rs[:n] {
				if i > 0 {
					b.WriteByte(',')
				}
				b.WriteString("<" + r.address + ">")
			}
			if rs = rs[n:]; len(rs) > 0 {
				b.WriteString(", [more]")
			}
			if !yield(b.String()) {
				return
			}
		}
	}
}

func (s *sendmail) refuse(c *client, r refusal, id string, pid int, at int64) {
	words := map[refusalKind]string{
		refuseUnknown: "550 5.1.1 <%s>... User unknown",
		refuseRelay:   "550 5.7.1 <%s>... Relaying denied",
		refuseSender:  "553 5.1.8 <%s>... Domain of sender address " + r.sender + " does not exist",
		refuseListed:  "550 5.7.1 <%s>... Rejected: " + c.ip + " listed at zen.spamhaus.org",
		refuseGrey:    "450 4.2.0 <%s>... Greylisted, please try again later",
	}
	s.say(at, "sm-mta", pid, fmt.Sprintf("%s: ruleset=check_rcpt, arg1=<%s>, relay=%s, reject=%s", id, r.rcpt, c.sendmail(), fmt.Sprintf(words[r.kind], r.rcpt)))
}

func (s *sendmail) failed(c *client, authentication bool, at int64) {
	pid := s.process()
	if authentication {
		s.say(at, "sm-mta", pid, fmt.Sprintf("AUTH failure (LOGIN): user not found (-20) SASL(-13): user not found: checkpass failed, user=%s, relay=%s", firstNames[s.dress.IntN(len(firstNames))], c.sendmail()))
		return
	}
	s.say(at, "sm-mta", pid, "STARTTLS=server, error: accept failed=-1, reason=unsupported protocol, SSL_error=1, errno=0, retry=-1, relay="+c.sendmail())
	s.say(at, "sm-mta", pid, "STARTTLS=server: 12345:error:0A000102:SSL routines::unsupported protocol:../ssl/statem/statem_srvr.c:1655:")
}

func (s *sendmail) attempt(m *message, tries []try, at int64) {
	pid := s.process()
	for i := 0; i < len(tries); i++ {
		t := tries[i]
		at := at + int64(i)*second/200
		if t.rcpt.local {
			s.say(at, "sm-mta", pid, fmt.Sprintf("%s: to=<%s>, %s, xdelay=00:00:00, mailer=local, pri=%d, dsn=2.0.0, stat=Sent", m.id, t.rcpt.address, delay(m, at), 30000+m.size))
			continue
		}
		if t.rcpt.domain.tls && (t.reply == nil || t.reply.remote()) && s.dress.IntN(100) < 60 {
			s.say(at-second/50, "sm-mta", pid, fmt.Sprintf("STARTTLS=client, relay=%s., version=TLSv1.3, verify=FAIL, cipher=TLS_AES_256_GCM_SHA384, bits=256/256", t.host.name))
		}
		relay, dsn, rest := s.result(m, &t)
		if t.reply != nil {
			s.to(m, pid, at, "<"+t.rcpt.address+">", relay, dsn, rest)
			continue
		}
		// What one server took stands in one line.
		same := []*recipient{t.rcpt}
		for i+1 < len(tries) && tries[i+1].host == t.host && tries[i+1].reply == nil && !tries[i+1].rcpt.local {
			i++
			same = append(same, tries[i].rcpt)
		}
		for list := range chunks(same) {
			s.to(m, pid, at, list, relay, dsn, rest)
		}
	}
}

func (s *sendmail) to(m *message, pid int, at int64, list, relay, dsn, rest string) {
	s.say(at, "sm-mta", pid, fmt.Sprintf("%s: to=%s, %s, xdelay=00:00:00, mailer=esmtp, pri=%d, relay=%s, dsn=%s, %s", m.id, list, delay(m, at), 30000*m.runs+m.size, relay, dsn, rest))
}

// result gives relay=, dsn= and what follows. Of a reply with several lines Sendmail logs the first.
func (s *sendmail) result(m *message, t *try) (relay, dsn, rest string) {
	r, name := t.reply, t.host.name+"."
	relay = name + " [" + t.host.ip + "]"
	if r == nil {
		return relay, "2.0.0", fmt.Sprintf("stat=Sent (Ok: queued as %010X)", s.dress.Uint64()>>24)
	}
	switch r.how {
	case timeout:
		return relay, "4.4.1", "stat=Deferred: Connection timed out with " + name
	case refused:
		return relay, "4.4.1", "stat=Deferred: Connection refused by " + name
	case lost:
		return relay, "4.4.2", "stat=Deferred: Connection reset by " + name
	case nxdomain:
		return t.rcpt.domain.name, "5.1.2", "stat=Host unknown (Name server: " + t.rcpt.domain.name + ": host not found)"
	case dnsFailed:
		return t.rcpt.domain.name, "4.4.3", "stat=Deferred: Name server: " + t.rcpt.domain.name + ": host name lookup failure"
	}
	said := r.fill(m.words, m, t.rcpt)[0]
	dsn = r.enhanced
	switch {
	case !t.final || t.expired:
		if dsn == "" {
			dsn = "4.0.0"
		}
		return relay, dsn, "reply=" + said + ", stat=Deferred: " + said
	case r.code == 550 && r.how == atRcpt:
		if dsn == "" {
			dsn = "5.1.1"
		}
		return relay, dsn, "reply=" + said + ", stat=User unknown"
	}
	if dsn == "" {
		dsn = "5.0.0"
	}
	return relay, dsn, "reply=" + said + ", stat=Service unavailable"
}

// delay is "delay=1+02:03:04".
func delay(m *message, at int64) string {
	d := (at - m.at) / second
	days := ""
	if d >= 86400 {
		days = fmt.Sprintf("%d+", d/86400)
	}
	return fmt.Sprintf("delay=%s%02d:%02d:%02d", days, d/3600%24, d/60%60, d%60)
}

func (s *sendmail) notify(m, d *message, failed []try, at int64) {
	d.id = s.queueID(at, s.pid)
	words := "DSN: Service unavailable"
	switch {
	case failed == nil:
		words = "sender notify: Warning: could not send message for past 4 hours"
	case failed[0].expired:
		words = "DSN: Cannot send message for 5 days"
	case failed[0].reply.how == nxdomain:
		words = "DSN: Host unknown (Name server: " + failed[0].rcpt.domain.name + ": host not found)"
	case failed[0].reply.code == 550 && failed[0].reply.how == atRcpt:
		words = "DSN: User unknown"
	}
	s.say(at, "sm-mta", s.pid, m.id+": "+d.id+": "+words)
}

func (s *sendmail) end(m *message, at int64) {
	if m.discard {
		s.say(at, "sm-mta", s.process(), m.id+": discarded")
	}
}

func (s *sendmail) noise(at int64) {
	switch s.dress.IntN(2) {
	case 0:
		s.say(at, "sm-mta", s.process(), stranger(s.dress).sendmail()+" did not issue MAIL/EXPN/VRFY/ETRN during connection to MTA-v4")
	case 1:
		s.log(at, fmt.Sprintf("%s %s dovecot: imap(%s@firma.example): Logged out in=%d out=%d", s.stamp.syslog(at), s.opt.Host, firstNames[s.dress.IntN(len(firstNames))], s.dress.IntN(900), s.dress.IntN(90000)))
		s.totals.Foreign++
	}
}
