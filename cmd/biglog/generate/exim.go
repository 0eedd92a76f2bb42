package generate

import (
	"fmt"
	"strings"
)

// exim tells it as Exim 4.96 does in its main log with the default log_selector.
type exim struct {
	*generator
	stamp stamper
	pid   int
}

func (e *exim) say(at int64, text string) {
	e.log(at, e.stamp.as(at, "2006-01-02 15:04:05")+" "+text)
}

const base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

func digits62(n int64, width int) string {
	b := make([]byte, width)
	for i := width - 1; i >= 0; i-- {
		b[i] = base62[n%62]
		n /= 62
	}
	return string(b)
}

// messageID holds the second, the process and the fraction of the second, in units of 500 microseconds.
func (e *exim) messageID(at int64) string {
	e.pid = 300 + (e.pid+1)%4_000_000
	return digits62(at/second, 6) + "-" + digits62(int64(e.pid), 6) + "-" + digits62(at%second/500_000, 2)
}

// from is "H=name (helo) [ip]".
func (c *client) exim() string {
	switch {
	case c.name == "":
		return "H=(" + c.helo + ") [" + c.ip + "]"
	case c.name == c.helo:
		return "H=" + c.name + " [" + c.ip + "]"
	}
	return "H=" + c.name + " (" + c.helo + ") [" + c.ip + "]"
}

const cipher = "TLS1.3:ECDHE_SECP256R1__RSA_PSS_RSAE_SHA256__AES_256_GCM:256"

func (e *exim) session(s *session, at int64) {
	for i, r := range s.refusals {
		e.refuse(s.client, r, at+int64(i)*second/10)
	}
	for _, m := range s.messages {
		if m.refused != nil {
			e.refuse(m.client, *m.refused, m.at-second/100)
		}
		m.id = e.messageID(m.at)
		how := "P=esmtp"
		if m.client.user != "" {
			how = "P=esmtpsa X=" + cipher + " CV=no A=plain_server:" + m.client.user
		}
		sender := m.sender
		if sender == "" {
			sender = "<>"
		}
		e.say(m.at, fmt.Sprintf("%s <= %s %s %s S=%d id=%s", m.id, sender, m.client.exim(), how, m.size, m.messageID))
	}
}

func (e *exim) refuse(c *client, r refusal, at int64) {
	words := map[refusalKind]string{
		refuseUnknown: "rejected RCPT <%s>: Unrouteable address",
		refuseRelay:   "rejected RCPT <%s>: relay not permitted",
		refuseSender:  "rejected RCPT <%s>: Sender verify failed",
		refuseListed:  "rejected RCPT <%s>: rejected because " + c.ip + " is in a black list at zen.spamhaus.org",
		refuseGrey:    "temporarily rejected RCPT <%s>: Greylisted - please try again in 300 seconds",
	}
	if r.kind == refuseSender {
		e.say(at, c.exim()+" sender verify fail for <"+r.sender+">: Unrouteable address")
	}
	e.say(at, c.exim()+" F=<"+r.sender+"> "+fmt.Sprintf(words[r.kind], r.rcpt))
}

func (e *exim) failed(c *client, authentication bool, at int64) {
	who := strings.TrimPrefix(c.exim(), "H=")
	if authentication {
		e.say(at, fmt.Sprintf("login authenticator failed for %s: 535 Incorrect authentication data (set_id=%s)", who, firstNames[e.dress.IntN(len(firstNames))]))
		return
	}
	e.say(at, "TLS error on connection from "+who+" (SSL_accept): error:0A000102:SSL routines::unsupported protocol")
}

func (e *exim) attempt(m *message, tries []try, at int64) {
	reached := map[host]bool{}
	for i, t := range tries {
		at := at + int64(i)*second/200
		to := t.rcpt.address
		where := fmt.Sprintf("R=dnslookup T=remote_smtp H=%s [%s]", t.host.name, t.host.ip)
		if t.rcpt.domain.tls {
			where += " X=" + cipher + " CV=no"
		}
		switch {
		case t.rcpt.local:
			e.say(at, fmt.Sprintf("%s => %s <%s> R=localuser T=local_delivery", m.id, to[:strings.IndexByte(to, '@')], to))
		case t.reply == nil:
			arrow := "=>"
			if reached[t.host] {
				arrow = "->"
			}
			reached[t.host] = true
			e.say(at, fmt.Sprintf("%s %s %s %s C=\"250 2.0.0 Ok: queued as %010X\"", m.id, arrow, to, where, e.dress.Uint64()>>24))
		case t.final && !t.expired:
			if t.reply.how == nxdomain {
				e.say(at, m.id+" ** "+to+": Unrouteable address")
				continue
			}
			e.say(at, m.id+" ** "+to+" "+where+": "+e.said(m, &t))
		default:
			e.deferred(m, &t, at)
			if t.expired {
				e.say(at+second/400, m.id+" ** "+to+": retry timeout exceeded")
			}
		}
	}
}

func (e *exim) deferred(m *message, t *try, at int64) {
	head := m.id + " == " + t.rcpt.address + " R=dnslookup"
	h := fmt.Sprintf("H=%s [%s]", t.host.name, t.host.ip)
	switch t.reply.how {
	case timeout:
		e.say(at-second/400, m.id+" "+h+" Connection timed out")
		e.say(at, head+" T=remote_smtp defer (110): Connection timed out")
	case refused:
		e.say(at-second/400, m.id+" "+h+" Connection refused")
		e.say(at, head+" T=remote_smtp defer (111): Connection refused")
	case lost:
		e.say(at-second/400, m.id+" "+h+": Remote host closed connection in response to initial connection")
		e.say(at, head+" T=remote_smtp defer (-18) "+h+": Remote host closed connection in response to initial connection")
	case dnsFailed:
		e.say(at, head+" defer (-1): host lookup did not complete")
	case atRcpt:
		e.say(at, head+" T=remote_smtp defer (-44) "+h+": "+e.said(m, t))
	default:
		said := e.said(m, t)
		e.say(at-second/400, m.id+" "+h+": "+said)
		e.say(at, head+" T=remote_smtp defer (-46) "+h+": "+said)
	}
}

// said is the remote server's reply; line breaks are written as "\n".
func (e *exim) said(m *message, t *try) string {
	stage := "end of data"
	switch t.reply.how {
	case atRcpt:
		stage = "RCPT TO:<" + t.rcpt.address + ">"
	case atMail:
		stage = fmt.Sprintf("pipelined MAIL FROM:<%s> SIZE=%d", m.sender, m.size+1050)
	case atData:
		stage = "DATA"
	}
	return "SMTP error from remote mail server after " + stage + ": " + strings.Join(t.reply.fill(m.words, m, t.rcpt), `\n`)
}

func (e *exim) notify(m, d *message, failed []try, at int64) {
	d.id = e.messageID(at)
	e.say(at, fmt.Sprintf("%s <= <> R=%s U=Debian-exim P=local S=%d", d.id, m.id, d.size))
}

func (e *exim) end(m *message, at int64) {
	if m.discard {
		e.say(at, fmt.Sprintf("%s => :blackhole: <%s> R=system_aliases", m.id, m.recipients[0].address))
	}
	e.say(at, m.id+" Completed")
}

func (e *exim) noise(at int64) {
	switch e.dress.IntN(3) {
	case 0:
		pid := 2000 + e.dress.IntN(30000)
		e.say(at, fmt.Sprintf("Start queue run: pid=%d", pid))
		e.say(at+second, fmt.Sprintf("End queue run: pid=%d", pid))
	case 1:
		e.say(at, "no host name found for IP address "+stranger(e.dress).ip)
	case 2:
		e.say(at, "SMTP connection from "+strings.TrimPrefix(stranger(e.dress).exim(), "H=")+" lost D=3s")
	}
}
