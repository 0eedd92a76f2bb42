package generate

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// Categories, as the classifier names them.
const (
	hard    = "hard"
	soft    = "soft"
	block   = "block"
	content = "content"
)

// A reply is one thing that a remote server says to refuse mail, or that is wrong with the way to it.
type reply struct {
	cause, category string
	how             how
	code            int
	enhanced        string
	text            string // lines are divided by "\n"; {rcpt}, {domain}, {ip}, {id}, {n}, {hex} and {sender} are filled in
	provider        string // says it alone; "": every other says it
}

// how is where a failure shows.
type how uint8

const (
	atRcpt how = iota
	atMail
	atData
	atEnd     // the end of the data
	refused   // no connection
	timeout   // no connection
	lost      // the connection broke before a greeting
	nxdomain  // the domain does not exist
	dnsFailed // its name servers do not answer
)

var permanent = []reply{
	{"unknown-user", hard, atRcpt, 550, "5.1.1", "The email account that you tried to reach does not exist. Please try\ndouble-checking the recipient's email address for typos or\nunnecessary spaces. For more information, go to\n https://support.google.com/mail/?p=NoSuchUser {id}.{n} - gsmtp", "google"},
	{"mailbox-disabled", hard, atRcpt, 550, "5.2.1", "The email account that you tried to reach is inactive. For more\ninformation, go to https://support.google.com/mail/?p=DisabledUser {id}.{n} - gsmtp", "google"},
	{"sender-unauthenticated", block, atEnd, 550, "5.7.26", "Your email has been blocked because the sender is unauthenticated.\nGmail requires all senders to authenticate with either SPF or DKIM. {id}.{n} - gsmtp", "google"},
	{"spam-content", content, atEnd, 550, "5.7.1", "[{ip}] Our system has detected that this message is likely unsolicited mail. To reduce the amount of spam\nsent to Gmail, this message has been blocked. {id}.{n} - gsmtp", "google"},
	{"unknown-user", hard, atRcpt, 550, "5.5.0", "Requested action not taken: mailbox unavailable (S2017062302). [{hex}.EURP191.PROD.OUTLOOK.COM {n}]", "microsoft"},
	{"ip-blocklisted", block, atMail, 550, "5.7.1", "Unfortunately, messages from [{ip}] weren't sent. Please contact your Internet service provider since part of their network is on our block list (S3150). [{hex}.EURP191.PROD.OUTLOOK.COM {n}]", "microsoft"},
	{"unknown-user", hard, atRcpt, 552, "", "1 Requested mail action aborted, mailbox not found {hex}", "yahoo"},
	{"mailbox-disabled", hard, atRcpt, 554, "", "30 Sorry, your message to {rcpt} cannot be delivered. This mailbox is disabled (554.30).", "yahoo"},
	{"unknown-user", hard, atRcpt, 550, "5.1.1", "<{rcpt}>: user does not exist", "apple"},
	{"unknown-user", hard, atRcpt, 550, "", "Requested action not taken: mailbox unavailable\nFor explanation visit https://postmaster.gmx.net/en/case?c=r0103&i=ip&v={ip}&r={hex}", "gmx"},
	{"unknown-user", hard, atRcpt, 550, "5.1.1", "<{rcpt}>: Recipient address rejected: User unknown in virtual mailbox table", ""},
	{"unknown-user", hard, atRcpt, 550, "5.1.1", "<{rcpt}>: Recipient address rejected: User unknown in local recipient table", ""},
	{"unknown-user", hard, atRcpt, 550, "5.1.1", "<{rcpt}>... User unknown", ""},
	{"unknown-user", hard, atRcpt, 550, "", "No Such User Here", ""},
	{"unknown-user", hard, atRcpt, 550, "5.1.1", "Mailbox {rcpt} does not exist (queue {hex})", ""},
	{"mailbox-full", soft, atRcpt, 552, "5.2.2", "<{rcpt}>: Recipient address rejected: Quota exceeded (mailbox for user is full)", ""},
	{"ip-blocklisted", block, atRcpt, 554, "5.7.1", "Service unavailable; Client host [{ip}] blocked using zen.spamhaus.org; https://www.spamhaus.org/query/ip/{ip}", ""},
	{"spam-content", content, atEnd, 550, "5.7.1", "Message rejected as spam (score {n}, id {hex})", ""},
	{"virus", content, atEnd, 554, "5.7.1", "Message refused: virus found (Win.Test.{n})", ""},
	{"message-too-large", content, atMail, 552, "5.3.4", "Message size exceeds fixed limit", ""},
	{"relay-denied", block, atRcpt, 554, "5.7.1", "<{rcpt}>: Relay access denied", ""},
	{"spf-fail", block, atRcpt, 550, "5.7.23", "<{rcpt}>: Recipient address rejected: Message rejected due to: SPF fail - not authorized. Please see http://www.open-spf.org/Why?s=mfrom;id={sender};ip={ip};r=<{rcpt}>", ""},
	{"unknown-domain", hard, nxdomain, 0, "", "", ""},
}

var temporary = []reply{
	{"rate-limited", soft, atEnd, 421, "4.7.28", "Gmail has detected an unusual rate of unsolicited mail originating from your IP address. To protect our users from spam, mail sent\nfrom your IP address has been temporarily rate limited. {id}.{n} - gsmtp", "google"},
	{"mailbox-full", soft, atRcpt, 452, "4.2.2", "The recipient's inbox is out of storage space. Please direct the\nrecipient to\n https://support.google.com/mail/?p=OverQuotaTemp {id}.{n} - gsmtp", "google"},
	{"rate-limited", soft, atMail, 421, "4.7.0", "[TSS04] Messages from {ip} temporarily deferred due to unexpected volume or user complaints - 4.16.55.1; see https://postmaster.yahooinc.com/error-codes", "yahoo"},
	{"rate-limited", soft, atMail, 451, "4.7.650", "The mail server [{ip}] has been temporarily rate limited due to IP reputation. For e-mail delivery information, see https://postmaster.live.com (S775) [{hex}.EURP191.PROD.OUTLOOK.COM {n}]", "microsoft"},
	{"greylisted", soft, atRcpt, 450, "4.2.0", "<{rcpt}>: Recipient address rejected: Greylisted, see http://postgrey.schweikert.ch/help/{domain}.html", ""},
	{"greylisted", soft, atRcpt, 451, "4.7.1", "Greylisting in action, please come back later ({n} seconds)", ""},
	{"remote-system-error", soft, atEnd, 451, "4.3.0", "Temporary lookup failure (in {hex})", ""},
	{"connection-failed", soft, timeout, 0, "", "", ""},
	{"connection-failed", soft, refused, 0, "", "", ""},
	{"connection-lost", soft, lost, 0, "", "", ""},
	{"dns-failure", soft, dnsFailed, 0, "", "", ""},
}

// lingering are the failures that go on until the queue lifetime is over.
var lingering = []reply{
	{"mailbox-full", soft, atRcpt, 452, "4.2.2", "<{rcpt}>: Recipient address rejected: Mailbox full", ""},
	{"connection-failed", soft, timeout, 0, "", "", ""},
	{"dns-failure", soft, dnsFailed, 0, "", "", ""},
	{"ip-blocklisted", block, atRcpt, 450, "4.7.1", "Client host [{ip}] is blocked using zen.spamhaus.org, try again later", ""},
}

// pick draws a reply that a domain's servers can give: their provider's own, or anybody's.
func pick(r *rand.Rand, from []reply, d *domain) *reply {
	own, all := 0, 0
	for i := range from {
		switch from[i].provider {
		case d.provider:
			own++
		case "":
			all++
		}
	}
	// A provider with words of its own mostly uses those.
	useOwn := d.provider != "" && own > 0 && r.IntN(10) > 0
	n := all
	if useOwn || d.provider == "" {
		n = own
	}
	k := r.IntN(n)
	for i := range from {
		p := from[i].provider
		if useOwn && p != d.provider || !useOwn && p != "" {
			continue
		}
		if k == 0 {
			return &from[i]
		}
		k--
	}
	return nil // not reached: n counts what the loop accepts
}

// remote reports whether a remote server said it.
func (p *reply) remote() bool { return p.how <= atEnd }

// fill gives the reply's lines as a server would say them to this recipient now, each with code and enhanced code.
func (p *reply) fill(r *rand.Rand, m *message, rcpt *recipient) []string {
	const letters = "0123456789abcdef"
	hex := func(n int) string {
		b := make([]byte, n)
		for i := range b {
			b[i] = letters[r.IntN(16)]
		}
		return string(b)
	}
	text := strings.NewReplacer(
		"{rcpt}", rcpt.address, "{domain}", rcpt.domain.name, "{ip}", ourIP, "{id}", hex(13)+"-"+hex(19)+"si"+fmt.Sprint(r.IntN(9000000)),
		"{n}", fmt.Sprint(1+r.IntN(300)), "{hex}", strings.ToUpper(hex(16)), "{sender}", m.sender,
	).Replace(p.text)
	lines := strings.Split(text, "\n")
	for i, l := range lines {
		dash := "-"
		if i == len(lines)-1 {
			dash = " "
		}
		head := fmt.Sprintf("%d%s", p.code, dash)
		if p.enhanced != "" {
			head += p.enhanced + " "
		}
		lines[i] = head + l
	}
	return lines
}
