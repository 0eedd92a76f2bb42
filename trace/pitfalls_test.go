package trace_test

import (
	"strings"
	"testing"

	"bouncelog/parser"
)

// "connect to ..." names no queue id: it belongs to the next delivery of its process, and to no later message of a process that got
// the same pid.
func TestPitfallConnectHintByPID(t *testing.T) {
	r := newReader(t).read(1, `
		Nov 22 10:00:00 mx postfix/qmgr[12]: 5A0C1122DD: from=<erna@buero.example>, size=1, nrcpt=1 (queue active)
		Nov 22 10:00:01 mx postfix/smtp[50]: connect to mx2.fremd.example[192.0.2.8]:25: Connection refused
		Nov 22 10:00:02 mx postfix/smtp[51]: 5A0C1122DD: to=<max@kunde.example>, relay=mx.kunde.example[192.0.2.9]:25, delay=1, delays=0/0/1/0, dsn=5.1.1, status=bounced (host mx.kunde.example[192.0.2.9] said: 550 5.1.1 unbekannt (in reply to RCPT TO command))
		Nov 23 10:00:00 mx postfix/smtpd[10]: 6B1D2233EE: client=pc.buero.example[192.0.2.44]
		Nov 23 10:00:01 mx postfix/smtp[50]: 6B1D2233EE: to=<max@kunde.example>, relay=mx.kunde.example[192.0.2.9]:25, delay=1, delays=0/0/1/0, dsn=2.0.0, status=sent (250 ok)`)
	r.want(`
		bounced! max@kunde.example 5A0C1122DD <erna@buero.example>
		delivered! max@kunde.example 6B1D2233EE`)
	m := r.messages()
	if a := m["5A0C1122DD"].Recipients[0].Attempts[0]; a.Reply != "550 5.1.1 unbekannt" || a.RelayIP != "192.0.2.9" {
		t.Errorf("another process's words: %+v", a)
	}
	if a := m["6B1D2233EE"].Recipients[0].Attempts[0]; a.Reply != "250 ok" || a.RelayIP != "192.0.2.9" {
		t.Errorf("yesterday's words: %+v", a)
	}
}

// One pid, one queue id, two hosts and two instances of one of them: four messages.
func TestPitfallSamePIDAndQueueID(t *testing.T) {
	newReader(t).read(1, `
		Nov 22 10:00:00 mx1 postfix/smtpd[10]: 5A0C1122DD: client=a.example[192.0.2.1]
		Nov 22 10:00:00 mx2 postfix/smtpd[10]: 5A0C1122DD: client=b.example[192.0.2.2]
		Nov 22 10:00:00 mx2 postfix-out/smtpd[10]: 5A0C1122DD: client=c.example[192.0.2.3]
		Nov 22 10:00:00 mx1 postfix/qmgr[12]: 5A0C1122DD: from=<a@a.example>, size=1, nrcpt=1 (queue active)
		Nov 22 10:00:00 mx2 postfix/qmgr[12]: 5A0C1122DD: from=<b@b.example>, size=1, nrcpt=1 (queue active)
		Nov 22 10:00:00 mx2 postfix-out/qmgr[12]: 5A0C1122DD: from=<c@c.example>, size=1, nrcpt=1 (queue active)
		Nov 22 10:00:01 mx2 postfix-out/smtp[13]: 5A0C1122DD: to=<x@d.example>, relay=mx.d.example[192.0.2.9]:25, delay=1, delays=0/0/1/0, dsn=2.0.0, status=sent (250 ok)
		Nov 22 10:00:01 mx2 postfix/smtp[13]: 5A0C1122DD: to=<x@d.example>, relay=mx.d.example[192.0.2.9]:25, delay=1, delays=0/0/1/0, dsn=2.0.0, status=sent (250 ok)
		Nov 22 10:00:01 mx1 postfix/smtp[13]: 5A0C1122DD: to=<x@d.example>, relay=mx.d.example[192.0.2.9]:25, delay=1, delays=0/0/1/0, dsn=2.0.0, status=sent (250 ok)`).want(`
		delivered! x@d.example 5A0C1122DD <c@c.example>
		delivered! x@d.example 5A0C1122DD <b@b.example>
		delivered! x@d.example 5A0C1122DD <a@a.example>`)
}

// A queue id is free again once its message was refused by a milter, dropped, canceled or deleted, not only after qmgr's "removed".
func TestPitfallQueueIDFreed(t *testing.T) {
	for name, end := range map[string]string{
		"milter-reject": `Nov 22 10:00:01 mx postfix/cleanup[11]: 5A0C1122DD: milter-reject: END-OF-MESSAGE from a.example[192.0.2.1]: 5.7.1 nein; from=<one@a.example> to=<x@d.example> proto=ESMTP helo=<a>`,
		"discard":       `Nov 22 10:00:01 mx postfix/cleanup[11]: 5A0C1122DD: discard: header Subject: weg from a.example[192.0.2.1]; from=<one@a.example> to=<x@d.example> proto=ESMTP helo=<a>`,
		"canceled":      `Nov 22 10:00:01 mx postfix/cleanup[11]: 5A0C1122DD: removed (canceled)`,
		"deleted":       `Nov 22 10:00:01 mx postfix/postsuper[14]: 5A0C1122DD: removed`,
		"removed":       `Nov 22 10:00:01 mx postfix/qmgr[12]: 5A0C1122DD: removed`,
	} {
		t.Run(name, func(t *testing.T) {
			r := newReader(t).read(1, `
				Nov 22 10:00:00 mx postfix/smtpd[10]: 5A0C1122DD: client=a.example[192.0.2.1]
				Nov 22 10:00:00 mx postfix/cleanup[11]: 5A0C1122DD: message-id=<one@a.example>
				`+end+`
				Nov 22 10:00:02 mx postfix/smtpd[10]: disconnect from a.example[192.0.2.1] ehlo=1 mail=1 rcpt=1 data=1 quit=1 commands=5
				Nov 22 10:00:03 mx postfix/smtpd[15]: 5A0C1122DD: client=b.example[192.0.2.2]
				Nov 22 10:00:03 mx postfix/cleanup[11]: 5A0C1122DD: message-id=<two@b.example>
				Nov 22 10:00:03 mx postfix/qmgr[12]: 5A0C1122DD: from=<two@b.example>, size=1, nrcpt=1 (queue active)`)
			m := r.messages()["5A0C1122DD"]
			if m.ClientIP != "192.0.2.2" || m.MessageID != "two@b.example" || m.Sender != "two@b.example" || m.Ended != 0 || m.Rejected {
				t.Errorf("the second message is %+v", m)
			}
		})
	}
}

// A bounce message that bounces is a message of its own, its notice to the postmaster another.
func TestPitfallDoubleBounce(t *testing.T) {
	r := newReader(t).read(1, `
		Nov 22 10:00:00 mx postfix/qmgr[12]: 5A0C1122DD: from=<erna@buero.example>, size=1, nrcpt=1 (queue active)
		Nov 22 10:00:01 mx postfix/smtp[13]: 5A0C1122DD: to=<max@kunde.example>, relay=mx[192.0.2.9]:25, delay=1, delays=0/0/1/0, dsn=5.1.1, status=bounced (host mx[192.0.2.9] said: 550 5.1.1 unbekannt (in reply to RCPT TO command))
		Nov 22 10:00:01 mx postfix/cleanup[11]: 6B1D2233EE: message-id=<b@mx>
		Nov 22 10:00:01 mx postfix/bounce[15]: 5A0C1122DD: sender non-delivery notification: 6B1D2233EE
		Nov 22 10:00:01 mx postfix/qmgr[12]: 5A0C1122DD: removed
		Nov 22 10:00:01 mx postfix/qmgr[12]: 6B1D2233EE: from=<>, size=1, nrcpt=1 (queue active)
		Nov 22 10:00:02 mx postfix/smtp[13]: 6B1D2233EE: to=<erna@buero.example>, relay=mx[192.0.2.8]:25, delay=1, delays=0/0/1/0, dsn=5.1.1, status=bounced (host mx[192.0.2.8] said: 550 5.1.1 unbekannt (in reply to RCPT TO command))
		Nov 22 10:00:02 mx postfix/cleanup[11]: 7C2E3344FF: message-id=<c@mx>
		Nov 22 10:00:02 mx postfix/bounce[15]: 6B1D2233EE: postmaster non-delivery notification: 7C2E3344FF
		Nov 22 10:00:02 mx postfix/qmgr[12]: 7C2E3344FF: from=<double-bounce@mx>, size=1, nrcpt=1 (queue active)
		Nov 22 10:00:03 mx postfix/local[16]: 7C2E3344FF: to=<root@mx>, orig_to=<postmaster>, relay=local, delay=1, delays=0/0/1/0, dsn=2.0.0, status=sent (delivered to mailbox)`)
	r.want(`
		bounced! max@kunde.example 5A0C1122DD <erna@buero.example>
		bounced! erna@buero.example 6B1D2233EE <> dsn of 5A0C1122DD
		delivered! root@mx (postmaster) 7C2E3344FF <double-bounce@mx> dsn of 6B1D2233EE`)
	if m := r.messages(); m["6B1D2233EE"].DSN != parser.DSNFailure || m["7C2E3344FF"].DSN != parser.DSNPostmaster {
		t.Errorf("kinds %v %v", m["6B1D2233EE"].DSN, m["7C2E3344FF"].DSN)
	}
}

// Postfix logs "status=expired" once and without a recipient: it ends all that are open and none that was delivered.
func TestPitfallExpiredWithoutRecipient(t *testing.T) {
	newReader(t).read(1, `
		Nov 22 10:00:00 mx postfix/qmgr[12]: 5A0C1122DD: from=<erna@buero.example>, size=1, nrcpt=3 (queue active)
		Nov 22 10:00:01 mx postfix/smtp[13]: 5A0C1122DD: to=<a@kunde.example>, relay=mx[192.0.2.9]:25, delay=1, delays=0/0/1/0, dsn=2.0.0, status=sent (250 ok)
		Nov 22 10:00:01 mx postfix/smtp[13]: 5A0C1122DD: to=<b@kunde.example>, relay=none, delay=1, delays=0/0/1/0, dsn=4.4.1, status=deferred (connect to mx[192.0.2.9]:25: Connection refused)
		Nov 22 10:00:01 mx postfix/smtp[13]: 5A0C1122DD: to=<c@kunde.example>, relay=none, delay=1, delays=0/0/1/0, dsn=4.4.1, status=deferred (connect to mx[192.0.2.9]:25: Connection refused)
		Nov 22 11:00:01 mx postfix/qmgr[12]: 5A0C1122DD: from=<erna@buero.example>, status=expired, returned to sender`).want(`
		delivered! a@kunde.example 5A0C1122DD <erna@buero.example>
		deferred b@kunde.example 5A0C1122DD <erna@buero.example>
		deferred c@kunde.example 5A0C1122DD <erna@buero.example>
		expired! b@kunde.example 5A0C1122DD <erna@buero.example>
		expired! c@kunde.example 5A0C1122DD <erna@buero.example>`)
}

// Lists and resent mail share message-ids, and cleanup may log one twice: neither joins messages.
func TestPitfallMessageIDIsNotUnique(t *testing.T) {
	r := newReader(t).read(1, `
		Nov 22 10:00:00 mx postfix/smtpd[10]: 5A0C1122DD: client=a.example[192.0.2.1]
		Nov 22 10:00:00 mx postfix/cleanup[11]: 5A0C1122DD: message-id=<gleich@a.example>
		Nov 22 10:00:00 mx postfix/cleanup[11]: 5A0C1122DD: message-id=<gleich@a.example>
		Nov 22 10:00:00 mx postfix/qmgr[12]: 5A0C1122DD: from=<one@a.example>, size=1, nrcpt=1 (queue active)
		Nov 22 10:00:01 mx postfix/smtpd[17]: 6B1D2233EE: client=b.example[192.0.2.2]
		Nov 22 10:00:01 mx postfix/cleanup[11]: 6B1D2233EE: message-id=<gleich@a.example>
		Nov 22 10:00:01 mx postfix/qmgr[12]: 6B1D2233EE: from=<one@a.example>, size=1, nrcpt=1 (queue active)
		Nov 22 10:00:02 mx postfix/smtp[13]: 5A0C1122DD: to=<x@d.example>, relay=mx.d.example[192.0.2.9]:25, delay=1, delays=0/0/1/0, dsn=2.0.0, status=sent (250 ok)
		Nov 22 10:00:02 mx postfix/smtp[13]: 6B1D2233EE: to=<x@d.example>, relay=mx.d.example[192.0.2.9]:25, delay=1, delays=0/0/1/0, dsn=2.0.0, status=sent (250 ok)`)
	r.want(`
		delivered! x@d.example 5A0C1122DD <one@a.example>
		delivered! x@d.example 6B1D2233EE <one@a.example>`)
	if m := r.messages(); m["6B1D2233EE"].PrevID != 0 || m["5A0C1122DD"].PrevID != 0 {
		t.Error("joined by message-id alone")
	}
}

// syslogd writes a refusal to mail.log and to mail.warn: one refusal. Twice in one log it is two.
func TestPitfallRefusalInTwoLogs(t *testing.T) {
	const line = "Nov 22 10:00:01 mx postfix/cleanup[11]: 5A0C1122DD: milter-reject: END-OF-MESSAGE from a.example[192.0.2.1]: 5.7.1 nein; from=<one@a.example> to=<x@d.example> proto=ESMTP helo=<a>"
	newReader(t).read(1, line).read(2, line).want(`rejected! x@d.example 5A0C1122DD <one@a.example>`)
	const noqueue = "Nov 22 10:00:01 mx postfix/smtpd[11]: NOQUEUE: reject: RCPT from a.example[192.0.2.1]: 554 5.7.1 <x@d.example>: Relay access denied; from=<one@a.example> to=<x@d.example> proto=ESMTP helo=<a>"
	newReader(t).read(1, noqueue+"\n"+noqueue).read(2, noqueue).want(`
		rejected! x@d.example  <one@a.example>
		rejected! x@d.example  <one@a.example>`)
}

// Cutthrough delivery of Exim: ">>" stands before "<=".
func TestPitfallCutthrough(t *testing.T) {
	r := newReader(t).read(1, `
		2026-11-22 10:00:00 1xV1la-00002P-2W >> max@kunde.example R=smart T=smtp H=mx.kunde.example [192.0.2.9] C="250 ok"
		2026-11-22 10:00:00 1xV1la-00002P-2W <= erna@buero.example H=pc [192.0.2.44] P=esmtp S=7
		2026-11-22 10:00:00 1xV1la-00002P-2W Completed`)
	m := r.messages()
	if x := m["1xV1la-00002P-2W"]; len(m) != 1 || len(x.Recipients) != 1 || !x.Recipients[0].Final || x.Recipients[0].Outcome != parser.OutcomeDelivered ||
		x.Sender != "erna@buero.example" || x.Ended == 0 {
		t.Errorf("%+v", m)
	}
}

// Ids of both lengths stand in one Exim log; "R=" of a bounce message names its parent.
func TestPitfallEximIDsOfBothLengths(t *testing.T) {
	newReader(t).read(1, `
		2026-11-22 10:00:00 1xV1la-00002P-2W <= erna@buero.example H=pc [192.0.2.44] P=esmtp S=7
		2026-11-22 10:00:01 1xV1la-00002P-2W ** max@kunde.example R=smart T=smtp H=mx.kunde.example [192.0.2.9]: SMTP error from remote mail server after RCPT TO:<max@kunde.example>: 550 5.1.1 unbekannt
		2026-11-22 10:00:01 1xV1lb-0000000BcDe-3FgH <= <> R=1xV1la-00002P-2W U=exim P=local S=7
		2026-11-22 10:00:02 1xV1lb-0000000BcDe-3FgH => erna@buero.example R=smart T=smtp H=mx [192.0.2.8] C="250 OK id=1xV1la-00002P-2W"`).want(`
		bounced! max@kunde.example 1xV1la-00002P-2W <erna@buero.example>
		delivered! erna@buero.example 1xV1lb-0000000BcDe-3FgH <> dsn of 1xV1la-00002P-2W`)
}

// Sendmail's submission program hands its message to the daemon, which gives it another id: the recipient is delivered once.
func TestPitfallSubmissionAndDaemon(t *testing.T) {
	r := newReader(t).read(1, `
		Nov 22 10:00:00 mx sendmail[4711]: 6AMA00Ab004711: from=erna, size=7, class=0, nrcpts=1, msgid=<7@buero.example>, relay=erna@localhost
		Nov 22 10:00:00 mx sm-mta[4712]: 6AMA00Cd004712: from=<erna@buero.example>, size=99, class=0, nrcpts=1, msgid=<7@buero.example>, proto=ESMTP, daemon=MTA-v4, relay=localhost [127.0.0.1]
		Nov 22 10:00:00 mx sendmail[4711]: 6AMA00Ab004711: to=max@kunde.example, ctladdr=erna (1000/1000), delay=00:00:00, xdelay=00:00:00, mailer=relay, pri=30007, relay=[127.0.0.1] [127.0.0.1], dsn=2.0.0, stat=Sent (6AMA00Cd004712 Message accepted for delivery)
		Nov 22 10:00:02 mx sm-mta[4714]: 6AMA00Cd004712: to=<max@kunde.example>, ctladdr=<erna@buero.example> (1000/1000), delay=00:00:02, xdelay=00:00:02, mailer=esmtp, pri=120099, relay=mx.kunde.example. [192.0.2.9], dsn=2.0.0, stat=Sent (ok)`)
	r.want(`
		reinjected max@kunde.example 6AMA00Ab004711 <erna>
		delivered! max@kunde.example 6AMA00Cd004712 <erna@buero.example>`)
	if m := r.messages(); m["6AMA00Cd004712"].PrevID != m["6AMA00Ab004711"].ID {
		t.Error("not linked")
	}
}

// Long lists of recipients come in several lines, each with the whole tail; retries come from other processes.
func TestPitfallSendmailChunksAndRetries(t *testing.T) {
	newReader(t).read(1, `
		Nov 22 10:00:00 mx sm-mta[4711]: 6AMA00Cd004711: from=<erna@buero.example>, size=99, class=0, nrcpts=3, msgid=<7@buero.example>, proto=ESMTP, daemon=MTA, relay=pc [192.0.2.44]
		Nov 22 10:00:01 mx sm-mta[4712]: 6AMA00Cd004711: to=<a@kunde.example>,<b@kunde.example>, [more], delay=00:00:01, xdelay=00:00:01, mailer=esmtp, pri=99, relay=mx.kunde.example. [192.0.2.9], dsn=4.2.0, stat=Deferred: 451 4.2.0 spaeter
		Nov 22 10:00:01 mx sm-mta[4712]: 6AMA00Cd004711: to=<c@kunde.example>, delay=00:00:01, xdelay=00:00:01, mailer=esmtp, pri=99, relay=mx.kunde.example. [192.0.2.9], dsn=4.2.0, stat=Deferred: 451 4.2.0 spaeter
		Nov 22 10:30:01 mx sm-mta[5999]: 6AMA00Cd004711: to=<a@kunde.example>,<b@kunde.example>, [more], delay=00:30:01, xdelay=00:00:01, mailer=esmtp, pri=99, relay=mx.kunde.example. [192.0.2.9], dsn=2.0.0, stat=Sent (ok)
		Nov 22 10:30:01 mx sm-mta[5999]: 6AMA00Cd004711: to=<c@kunde.example>, delay=00:30:01, xdelay=00:00:01, mailer=esmtp, pri=99, relay=mx.kunde.example. [192.0.2.9], dsn=2.0.0, stat=Sent (ok)`).want(`
		deferred a@kunde.example 6AMA00Cd004711 <erna@buero.example>
		deferred b@kunde.example 6AMA00Cd004711 <erna@buero.example>
		deferred c@kunde.example 6AMA00Cd004711 <erna@buero.example>
		delivered! a@kunde.example 6AMA00Cd004711 <erna@buero.example> try 2
		delivered! b@kunde.example 6AMA00Cd004711 <erna@buero.example> try 2
		delivered! c@kunde.example 6AMA00Cd004711 <erna@buero.example> try 2`)
}

// A warning after four hours is no bounce; "for 5 days" ends what was deferred, with the words of the last attempt.
func TestPitfallSendmailWarningAndExpiry(t *testing.T) {
	r := newReader(t).read(1, `
		Nov 17 10:00:00 mx sm-mta[4711]: 6AHA00Cd004711: from=<erna@buero.example>, size=99, class=0, nrcpts=1, msgid=<7@buero.example>, proto=ESMTP, daemon=MTA, relay=pc [192.0.2.44]
		Nov 17 10:00:01 mx sm-mta[4712]: 6AHA00Cd004711: to=<a@kunde.example>, delay=00:00:01, xdelay=00:00:01, mailer=esmtp, pri=99, relay=mx.kunde.example. [192.0.2.9], dsn=4.2.0, stat=Deferred: 451 4.2.0 spaeter
		Nov 17 14:00:01 mx sm-mta[4713]: 6AHA00Cd004711: 6AHE00Ef004713: sender notify: Warning: could not send message for past 4 hours
		Nov 22 10:00:05 mx sm-mta[4714]: 6AHA00Cd004711: to=<a@kunde.example>, delay=5+00:00:05, xdelay=00:00:00, mailer=esmtp, pri=99, relay=mx.kunde.example., dsn=4.2.0, stat=Deferred: 451 4.2.0 spaeter
		Nov 22 10:00:05 mx sm-mta[4714]: 6AHA00Cd004711: 6AMA00Gh004714: DSN: Cannot send message for 5 days`)
	r.want(`
		deferred a@kunde.example 6AHA00Cd004711 <erna@buero.example>
		deferred a@kunde.example 6AHA00Cd004711 <erna@buero.example> try 2
		expired! a@kunde.example 6AHA00Cd004711 <erna@buero.example> try 2`)
	m := r.messages()
	if m["6AHE00Ef004713"].DSN != parser.DSNDelay || m["6AMA00Gh004714"].DSN != parser.DSNFailure {
		t.Errorf("kinds %v %v", m["6AHE00Ef004713"].DSN, m["6AMA00Gh004714"].DSN)
	}
}

// Sendmail tells of an alias that comes to nothing by the bounce message's line alone, and names nobody; what was delivered before is not told again. A message
// that has gone through too many hosts waits for the queue run that bounces it.
func TestSendmailFailuresWithoutDelivery(t *testing.T) {
	newReader(t).read(1, `
		Nov 17 10:00:00 mx sm-mta[4711]: 6AHA00Cd004711: from=<erna@buero.example>, size=99, class=0, nrcpts=2, msgid=<7@buero.example>, proto=ESMTP, daemon=MTA, relay=pc [192.0.2.44]
		Nov 17 10:00:01 mx sm-mta[4712]: 6AHA00Cd004711: to=<a@kunde.example>, delay=00:00:01, xdelay=00:00:01, mailer=esmtp, pri=99, relay=mx.kunde.example. [192.0.2.9], dsn=4.2.0, stat=Deferred: 451 4.2.0 spaeter
		Nov 17 10:00:01 mx sm-mta[4712]: 6AHA00Cd004711: 6AHA01Ef004712: DSN: aliasing/forwarding loop broken
		Nov 17 11:00:00 mx sm-mta[4715]: 6AHB00Cd004715: from=<erna@buero.example>, size=99, class=0, nrcpts=1, msgid=<8@buero.example>, proto=ESMTP, daemon=MTA, relay=pc [192.0.2.44]
		Nov 17 11:00:01 mx sm-mta[4716]: 6AHB00Cd004715: to=bob, delay=00:00:01, xdelay=00:00:01, mailer=local, pri=99, dsn=5.1.1, stat=User unknown
		Nov 17 11:00:01 mx sm-mta[4716]: 6AHB00Cd004715: 6AHB01Ef004716: DSN: bob... User unknown
		Nov 17 12:00:00 mx sm-mta[4717]: 6AHC00Cd004717: from=<erna@buero.example>, size=99, class=0, nrcpts=1, msgid=<9@buero.example>, proto=ESMTP, daemon=MTA, relay=pc [192.0.2.44]
		Nov 17 12:00:00 mx sm-mta[4717]: 6AHC00Cd004717: SYSERR(root): Too many hops 26 (25 max): from <erna@buero.example> via pc, to <c@d.example>
		Nov 17 12:05:00 mx sm-mta[4718]: 6AHC00Cd004717: 6AHC50Ef004718: DSN: Too many hops 26 (25 max): from <erna@buero.example> via localhost, to <c@d.example>`).want(`
		deferred a@kunde.example 6AHA00Cd004711 <erna@buero.example>
		bounced!  6AHA00Cd004711 <erna@buero.example>
		bounced! bob 6AHB00Cd004715 <erna@buero.example>
		deferred c@d.example 6AHC00Cd004717 <erna@buero.example>
		bounced! c@d.example 6AHC00Cd004717 <erna@buero.example> try 2`)
}

// Sendmail's access table holds each recipient by a line of its own; those elsewhere are told again. A held recipient is held once.
func TestSendmailQuarantine(t *testing.T) {
	newReader(t).read(1, `
		Nov 17 10:00:00 mx sm-mta[4711]: 6AHA00Cd004711: ruleset=check_rcpt, arg1=<a@kunde.example>, relay=pc [192.0.2.44], quarantine=odd
		Nov 17 10:00:00 mx sm-mta[4711]: 6AHA00Cd004711: ruleset=check_rcpt, arg1=<ann@firma.example>, relay=pc [192.0.2.44], quarantine=odd
		Nov 17 10:00:01 mx sm-mta[4711]: 6AHA00Cd004711: from=<erna@buero.example>, size=99, class=0, nrcpts=2, msgid=<7@buero.example>, proto=ESMTP, daemon=MTA, relay=pc [192.0.2.44]
		Nov 17 10:00:01 mx sm-mta[4711]: 6AHA00Cd004711: to=<a@kunde.example>, delay=00:00:01, mailer=esmtp, pri=99, quarantine=odd, stat=quarantined
		Nov 17 11:00:01 mx sendmail[4720]: 6AHA00Cd004711: unquarantine
		Nov 17 11:00:02 mx sm-mta[4721]: 6AHA00Cd004711: to=<a@kunde.example>, delay=01:00:02, xdelay=00:00:01, mailer=esmtp, pri=99, relay=mx.kunde.example. [192.0.2.9], dsn=2.0.0, stat=Sent (ok)`).want(`
		held a@kunde.example 6AHA00Cd004711
		held ann@firma.example 6AHA00Cd004711
		delivered! a@kunde.example 6AHA00Cd004711 <erna@buero.example>`)
}

// Ids of Sendmail 8.8 hold the hour and the process: the same one on the next day is another message.
func TestPitfallSendmailIDAgain(t *testing.T) {
	const message = `
		Nov 21 18:00:00 mx sm-mta[4711]: SAA15929: from=<one@a.example>, size=99, class=0, nrcpts=1, msgid=<1@a.example>, proto=ESMTP, daemon=MTA, relay=pc [192.0.2.44]
		Nov 21 18:00:01 mx sm-mta[4711]: SAA15929: to=<x@d.example>, delay=00:00:01, xdelay=00:00:01, mailer=esmtp, relay=mx.d.example. [192.0.2.9], stat=Sent (ok)`
	again := strings.NewReplacer("Nov 21", "Nov 22", "one@a", "two@b", "1@a", "2@b").Replace(message)
	newReader(t).read(1, message+again).want(`
		delivered! x@d.example SAA15929 <one@a.example>
		delivered! x@d.example SAA15929 <two@b.example>`)
}

// Probes of address verification are no mail: their outcomes are not those of recipients.
func TestPitfallProbesAreNoMail(t *testing.T) {
	r := newReader(t).read(1, `
		Nov 22 10:00:00 mx postfix/cleanup[11]: 5A0C1122DD: message-id=<probe@mx>
		Nov 22 10:00:00 mx postfix/qmgr[12]: 5A0C1122DD: from=<double-bounce@mx>, size=1, nrcpt=1 (queue active)
		Nov 22 10:00:01 mx postfix/smtp[13]: 5A0C1122DD: to=<max@kunde.example>, relay=mx[192.0.2.9]:25, delay=1, delays=0/0/1/0, dsn=5.1.1, status=undeliverable (host mx[192.0.2.9] said: 550 5.1.1 unbekannt (in reply to RCPT TO command))
		Nov 22 10:00:01 mx postfix/qmgr[12]: 5A0C1122DD: removed`)
	if m := r.messages()["5A0C1122DD"]; m == nil || !m.Probe {
		t.Errorf("%+v", m)
	}
}
