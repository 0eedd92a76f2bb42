package trace_test

import (
	"testing"

	"bouncelog/parser"
)

func TestPostfixStory(t *testing.T) {
	r := newReader(t).read(1, `
		Nov 22 10:00:00 mx postfix/smtpd[10]: AB12CD34EF: client=app.example[192.0.2.7], sasl_method=PLAIN, sasl_username=anna
		Nov 22 10:00:00 mx postfix/cleanup[11]: AB12CD34EF: message-id=<one@app.example>
		Nov 22 10:00:00 mx postfix/qmgr[12]: AB12CD34EF: from=<anna@app.example>, size=1200, nrcpt=2 (queue active)
		Nov 22 10:00:01 mx postfix/smtp[13]: AB12CD34EF: to=<ok@a.example>, relay=mx.a.example[192.0.2.9]:25, delay=1, delays=0/0/0.5/0.5, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as 99)
		Nov 22 10:00:02 mx postfix/smtp[13]: AB12CD34EF: to=<late@b.example>, relay=mx.b.example[192.0.2.10]:25, delay=2, delays=0/0/1/1, dsn=4.2.0, status=deferred (host mx.b.example[192.0.2.10] said: 450 4.2.0 Greylisted (in reply to RCPT TO command))
		Nov 22 10:10:02 mx postfix/smtp[14]: AB12CD34EF: to=<late@b.example>, relay=mx.b.example[192.0.2.10]:25, delay=602, delays=600/0/1/1, dsn=2.0.0, status=sent (250 ok)
		Nov 22 10:10:02 mx postfix/qmgr[12]: AB12CD34EF: removed`)
	r.want(`
		delivered! ok@a.example AB12CD34EF <anna@app.example>
		deferred late@b.example AB12CD34EF <anna@app.example>
		delivered! late@b.example AB12CD34EF <anna@app.example> try 2`)
	m := r.messages()["AB12CD34EF"]
	if m.MessageID != "one@app.example" || m.Size != 1200 || m.ClientIP != "192.0.2.7" || m.ClientHost != "app.example" || m.AuthUser != "anna" || m.NRcpt != 2 || m.Ended == 0 {
		t.Errorf("context: %+v", m)
	}
}

// Short queue ids are inode numbers: they come back seconds after "removed" (PITFALLS B3).
func TestQueueIDReused(t *testing.T) {
	newReader(t).read(1, `
		Nov 22 10:00:00 mx postfix/smtpd[10]: AB12CD34EF: client=a.example[192.0.2.7]
		Nov 22 10:00:00 mx postfix/cleanup[11]: AB12CD34EF: message-id=<one@a.example>
		Nov 22 10:00:00 mx postfix/qmgr[12]: AB12CD34EF: from=<one@a.example>, size=1, nrcpt=1 (queue active)
		Nov 22 10:00:00 mx postfix/smtp[13]: AB12CD34EF: to=<x@b.example>, relay=mx.b.example[192.0.2.9]:25, delay=1, delays=0/0/0.5/0.5, dsn=2.0.0, status=sent (250 ok)
		Nov 22 10:00:00 mx postfix/qmgr[12]: AB12CD34EF: removed
		Nov 22 10:00:02 mx postfix/smtpd[10]: AB12CD34EF: client=c.example[192.0.2.8]
		Nov 22 10:00:02 mx postfix/cleanup[11]: AB12CD34EF: message-id=<two@c.example>
		Nov 22 10:00:02 mx postfix/qmgr[12]: AB12CD34EF: from=<two@c.example>, size=1, nrcpt=1 (queue active)
		Nov 22 10:00:02 mx postfix/smtp[13]: AB12CD34EF: to=<x@b.example>, relay=mx.b.example[192.0.2.9]:25, delay=1, delays=0/0/0.5/0.5, dsn=5.1.1, status=bounced (host mx.b.example[192.0.2.9] said: 550 5.1.1 no such user (in reply to RCPT TO command))
		Nov 22 10:00:02 mx postfix/cleanup[11]: 77AA77AA77: message-id=<b@mx>
		Nov 22 10:00:02 mx postfix/bounce[15]: AB12CD34EF: sender non-delivery notification: 77AA77AA77
		Nov 22 10:00:02 mx postfix/qmgr[12]: AB12CD34EF: removed
		Nov 22 10:00:04 mx postfix/cleanup[11]: AB12CD34EF: message-id=<made-here@mx>
		Nov 22 10:00:04 mx postfix/qmgr[12]: AB12CD34EF: from=<>, size=1, nrcpt=1 (queue active)
		Nov 22 10:00:04 mx postfix/local[13]: AB12CD34EF: to=<root@mx>, relay=local, delay=0, delays=0/0/0/0, dsn=2.0.0, status=sent (delivered to mailbox)`).want(`
		delivered! x@b.example AB12CD34EF <one@a.example>
		bounced! x@b.example AB12CD34EF <two@c.example>
		delivered! root@mx AB12CD34EF <>`)
}

func TestHostsAndInstances(t *testing.T) {
	newReader(t).read(1, `
		Nov 22 10:00:00 mx1 postfix/qmgr[1]: AB12CD34EF: from=<one@a.example>, size=1, nrcpt=1 (queue active)
		Nov 22 10:00:00 mx2 postfix/qmgr[1]: AB12CD34EF: from=<two@a.example>, size=1, nrcpt=1 (queue active)
		Nov 22 10:00:00 mx2 postfix-out/qmgr[1]: AB12CD34EF: from=<three@a.example>, size=1, nrcpt=1 (queue active)
		Nov 22 10:00:01 mx1 postfix/smtp[2]: AB12CD34EF: to=<x@b.example>, relay=none, delay=1, delays=0/0/0.5/0.5, dsn=4.4.1, status=deferred (connect to b.example[192.0.2.1]:25: Connection refused)
		Nov 22 10:00:01 mx2 postfix/smtp[2]: AB12CD34EF: to=<x@b.example>, relay=none, delay=1, delays=0/0/0.5/0.5, dsn=4.4.1, status=deferred (connect to b.example[192.0.2.1]:25: Connection refused)
		Nov 22 10:00:01 mx2 postfix-out/smtp[2]: AB12CD34EF: to=<x@b.example>, relay=none, delay=1, delays=0/0/0.5/0.5, dsn=4.4.1, status=deferred (connect to b.example[192.0.2.1]:25: Connection refused)`).want(`
		deferred x@b.example AB12CD34EF <one@a.example>
		deferred x@b.example AB12CD34EF <two@a.example>
		deferred x@b.example AB12CD34EF <three@a.example>`)
}

// A service of master.cf with another syslog_name shares the queue of its instance.
func TestServiceWithOwnSyslogName(t *testing.T) {
	newReader(t).read(1, `
		Nov 22 10:00:00 mx reinject/smtpd[10]: AB12CD34EF: client=localhost[127.0.0.1]
		Nov 22 10:00:00 mx postfix/qmgr[12]: AB12CD34EF: from=<a@a.example>, size=1, nrcpt=1 (queue active)
		Nov 22 10:00:00 mx postfix/smtp[13]: AB12CD34EF: to=<x@b.example>, relay=mx.b.example[192.0.2.9]:25, delay=1, delays=0/0/0.5/0.5, dsn=2.0.0, status=sent (250 ok)`).want(`
		delivered! x@b.example AB12CD34EF <a@a.example>`)
}

func TestLinesOutOfOrder(t *testing.T) {
	newReader(t).read(1, `
		Nov 22 10:00:01 mx postfix/smtp[13]: AB12CD34EF: to=<x@b.example>, relay=mx.b.example[192.0.2.9]:25, delay=1, delays=0/0/0.5/0.5, dsn=2.0.0, status=sent (250 ok)
		Nov 22 10:00:01 mx postfix/qmgr[12]: AB12CD34EF: removed
		Nov 22 10:00:00 mx postfix/smtpd[10]: AB12CD34EF: client=a.example[192.0.2.7]
		Nov 22 10:00:00 mx postfix/qmgr[12]: AB12CD34EF: from=<a@a.example>, size=1, nrcpt=1 (queue active)
		Nov 22 10:00:03 mx postfix/smtp[13]: AB12CD34EF: to=<y@b.example>, relay=mx.b.example[192.0.2.9]:25, delay=1, delays=0/0/0.5/0.5, dsn=2.0.0, status=sent (250 ok)`).want(`
		delivered! x@b.example AB12CD34EF
		delivered! y@b.example AB12CD34EF <a@a.example>`)
}

func TestExpiredKeepsTheLastReason(t *testing.T) {
	r := newReader(t).read(1, `
		Nov 22 10:00:00 mx postfix/smtpd[10]: AB12CD34EF: client=a.example[192.0.2.7]
		Nov 22 10:00:00 mx postfix/qmgr[12]: AB12CD34EF: from=<a@a.example>, size=1, nrcpt=2 (queue active)
		Nov 22 10:00:01 mx postfix/smtp[13]: AB12CD34EF: to=<x@b.example>, relay=mx.b.example[192.0.2.9]:25, delay=1, delays=0/0/0.5/0.5, dsn=4.2.2, status=deferred (host mx.b.example[192.0.2.9] said: 452 4.2.2 over quota (in reply to RCPT TO command))
		Nov 22 10:00:01 mx postfix/smtp[13]: AB12CD34EF: to=<y@b.example>, relay=mx.b.example[192.0.2.9]:25, delay=1, delays=0/0/0.5/0.5, dsn=2.0.0, status=sent (250 ok)
		Nov 27 10:00:01 mx postfix/qmgr[12]: AB12CD34EF: from=<a@a.example>, status=expired, returned to sender
		Nov 27 10:00:01 mx postfix/qmgr[12]: AB12CD34EF: removed`)
	r.want(`
		deferred x@b.example AB12CD34EF <a@a.example>
		delivered! y@b.example AB12CD34EF <a@a.example>
		expired! x@b.example AB12CD34EF <a@a.example>`)
	a := r.messages()["AB12CD34EF"].Recipients[0].Attempts[1]
	if a.Reply != "452 4.2.2 over quota" || a.ReplyCode != 452 || a.Enhanced != "4.2.2" || a.RelayHost != "mx.b.example" || a.Try != 1 {
		t.Errorf("the expiry does not carry the deferral's reply: %+v", a)
	}
}

func TestRemovedByAdministrator(t *testing.T) {
	newReader(t).read(1, `
		Nov 22 10:00:00 mx postfix/qmgr[12]: AB12CD34EF: from=<a@a.example>, size=1, nrcpt=1 (queue active)
		Nov 22 10:00:01 mx postfix/smtp[13]: AB12CD34EF: to=<x@b.example>, relay=none, delay=1, delays=0/0/0.5/0.5, dsn=4.4.1, status=deferred (connect to b.example[192.0.2.1]:25: Connection refused)
		Nov 22 11:00:01 mx postfix/postsuper[20]: AB12CD34EF: removed
		Nov 22 11:00:02 mx postfix/postsuper[20]: 11223344AA: removed`).want(`
		deferred x@b.example AB12CD34EF <a@a.example>
		deleted! x@b.example AB12CD34EF <a@a.example>
		deleted!  11223344AA`)
}

func TestContentFilterByQueueID(t *testing.T) {
	r := newReader(t).read(1, `
		Nov 22 10:00:00 mx postfix/smtpd[10]: AAAA000001: client=a.example[192.0.2.7]
		Nov 22 10:00:00 mx postfix/cleanup[11]: AAAA000001: message-id=<one@a.example>
		Nov 22 10:00:00 mx postfix/qmgr[12]: AAAA000001: from=<a@a.example>, size=1, nrcpt=1 (queue active)
		Nov 22 10:00:01 mx postfix/smtpd[30]: BBBB000002: client=localhost[127.0.0.1]
		Nov 22 10:00:01 mx postfix/cleanup[11]: BBBB000002: message-id=<one@a.example>
		Nov 22 10:00:01 mx postfix/qmgr[12]: BBBB000002: from=<a@a.example>, size=1, nrcpt=1 (queue active)
		Nov 22 10:00:01 mx postfix/smtp[13]: AAAA000001: to=<x@b.example>, relay=127.0.0.1[127.0.0.1]:10024, delay=1, delays=0/0/0.5/0.5, dsn=2.0.0, status=sent (250 2.0.0 from MTA(smtp:[127.0.0.1]:10025): 250 2.0.0 Ok: queued as BBBB000002)
		Nov 22 10:00:01 mx postfix/qmgr[12]: AAAA000001: removed
		Nov 22 10:00:02 mx postfix/smtp[13]: BBBB000002: to=<x@b.example>, relay=mx.b.example[192.0.2.9]:25, delay=1, delays=0/0/0.5/0.5, dsn=2.0.0, status=sent (250 ok)`)
	r.want(`
		reinjected x@b.example AAAA000001 <a@a.example>
		delivered! x@b.example BBBB000002 <a@a.example>`)
	m := r.messages()
	if m["BBBB000002"].PrevID != m["AAAA000001"].ID || m["AAAA000001"].NextID != m["BBBB000002"].ID {
		t.Errorf("not linked: %+v", m)
	}
}

// The same queue id at a remote server is no hop of ours (PITFALLS B5).
func TestRemoteQueueIDIsNoHop(t *testing.T) {
	newReader(t).read(1, `
		Nov 22 10:00:00 mx postfix/smtpd[10]: AAAA000001: client=a.example[192.0.2.7]
		Nov 22 10:00:00 mx postfix/cleanup[11]: AAAA000001: message-id=<one@a.example>
		Nov 22 10:00:01 mx postfix/smtpd[30]: BBBB000002: client=c.example[192.0.2.8]
		Nov 22 10:00:01 mx postfix/cleanup[11]: BBBB000002: message-id=<two@c.example>
		Nov 22 10:00:01 mx postfix/smtp[13]: AAAA000001: to=<x@b.example>, relay=mx.b.example[192.0.2.9]:25, delay=1, delays=0/0/0.5/0.5, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as BBBB000002)`).want(`
		delivered! x@b.example AAAA000001`)
}

func TestContentFilterByXforward(t *testing.T) {
	r := newReader(t).read(1, `
		Nov 22 10:00:00 mx postfix/smtpd[10]: AAAA000001: client=a.example[192.0.2.7]
		Nov 22 10:00:01 mx postfix/smtpd[30]: BBBB000002: client=localhost[127.0.0.1], orig_queue_id=AAAA000001, orig_client=a.example[192.0.2.7]`)
	m := r.messages()
	if m["BBBB000002"].PrevID != m["AAAA000001"].ID {
		t.Errorf("not linked: %+v", m["BBBB000002"])
	}
}

// A pipe(8) content filter re-injects with sendmail(1) and names no queue id: the message-id tells.
func TestContentFilterByMessageID(t *testing.T) {
	r := newReader(t).read(1, `
		Nov 22 10:00:00 mx postfix/smtpd[10]: AAAA000001: client=a.example[192.0.2.7]
		Nov 22 10:00:00 mx postfix/cleanup[11]: AAAA000001: message-id=<one@a.example>
		Nov 22 10:00:00 mx postfix/qmgr[12]: AAAA000001: from=<a@a.example>, size=1, nrcpt=1 (queue active)
		Nov 22 10:00:01 mx postfix/pipe[13]: AAAA000001: to=<x@b.example>, relay=filter, delay=1, delays=0/0/0.5/0.5, dsn=2.0.0, status=sent (delivered via filter service)
		Nov 22 10:00:01 mx postfix/qmgr[12]: AAAA000001: removed
		Nov 22 10:00:01 mx postfix/pickup[14]: BBBB000002: uid=65534 from=<a@a.example>
		Nov 22 10:00:01 mx postfix/cleanup[11]: BBBB000002: message-id=<one@a.example>
		Nov 22 10:00:01 mx postfix/qmgr[12]: BBBB000002: from=<a@a.example>, size=1, nrcpt=1 (queue active)
		Nov 22 10:00:02 mx postfix/smtp[13]: BBBB000002: to=<x@b.example>, relay=mx.b.example[192.0.2.9]:25, delay=1, delays=0/0/0.5/0.5, dsn=2.0.0, status=sent (250 ok)`)
	m := r.messages()
	if m["BBBB000002"].PrevID != m["AAAA000001"].ID || m["AAAA000001"].Recipients[0].Outcome != parser.OutcomeReinjected {
		t.Errorf("not joined: %+v %+v", m["AAAA000001"].Recipients[0], m["BBBB000002"])
	}
}

// A mailing list keeps the message-id too, but sends for itself.
func TestMailingListIsNoFilter(t *testing.T) {
	r := newReader(t).read(1, `
		Nov 22 10:00:00 mx postfix/smtpd[10]: AAAA000001: client=a.example[192.0.2.7]
		Nov 22 10:00:00 mx postfix/cleanup[11]: AAAA000001: message-id=<one@a.example>
		Nov 22 10:00:00 mx postfix/qmgr[12]: AAAA000001: from=<a@a.example>, size=1, nrcpt=1 (queue active)
		Nov 22 10:00:01 mx postfix/pipe[13]: AAAA000001: to=<list@mx.example>, relay=mailman, delay=1, delays=0/0/0.5/0.5, dsn=2.0.0, status=sent (delivered via mailman service)
		Nov 22 10:00:02 mx postfix/smtpd[14]: BBBB000002: client=localhost[127.0.0.1]
		Nov 22 10:00:02 mx postfix/qmgr[12]: BBBB000002: from=<list-bounces@mx.example>, size=1, nrcpt=1 (queue active)
		Nov 22 10:00:02 mx postfix/cleanup[11]: BBBB000002: message-id=<one@a.example>`)
	if m := r.messages(); m["BBBB000002"].PrevID != 0 || m["AAAA000001"].Recipients[0].Outcome != parser.OutcomeDelivered {
		t.Errorf("joined: %+v", m["BBBB000002"])
	}
}

func TestForwarded(t *testing.T) {
	newReader(t).read(1, `
		Nov 22 10:00:00 mx postfix/smtpd[10]: AAAA000001: client=a.example[192.0.2.7]
		Nov 22 10:00:00 mx postfix/qmgr[12]: AAAA000001: from=<a@a.example>, size=1, nrcpt=1 (queue active)
		Nov 22 10:00:01 mx postfix/cleanup[11]: BBBB000002: message-id=<one@a.example>
		Nov 22 10:00:01 mx postfix/qmgr[12]: BBBB000002: from=<a@a.example>, size=1, nrcpt=1 (queue active)
		Nov 22 10:00:01 mx postfix/local[13]: AAAA000001: to=<ext@mx.example>, relay=local, delay=1, delays=0/0/0.5/0.5, dsn=2.0.0, status=sent (forwarded as BBBB000002)
		Nov 22 10:00:02 mx postfix/smtp[13]: BBBB000002: to=<x@b.example>, orig_to=<ext@mx.example>, relay=mx.b.example[192.0.2.9]:25, delay=1, delays=0/0/0.5/0.5, dsn=2.0.0, status=sent (250 ok)`).want(`
		reinjected ext@mx.example AAAA000001 <a@a.example>
		delivered! x@b.example (ext@mx.example) BBBB000002 <a@a.example>`)
}

func TestBounceMessageBeforeAndAfterItsLink(t *testing.T) {
	const parent = `
		Nov 22 10:00:00 mx postfix/smtpd[10]: AAAA000001: client=a.example[192.0.2.7]
		Nov 22 10:00:00 mx postfix/qmgr[12]: AAAA000001: from=<a@a.example>, size=1, nrcpt=1 (queue active)
		Nov 22 10:00:01 mx postfix/smtp[13]: AAAA000001: to=<x@b.example>, relay=mx.b.example[192.0.2.9]:25, delay=1, delays=0/0/0.5/0.5, dsn=5.1.1, status=bounced (host mx.b.example[192.0.2.9] said: 550 5.1.1 no (in reply to RCPT TO command))`
	const link = `
		Nov 22 10:00:01 mx postfix/bounce[15]: AAAA000001: sender non-delivery notification: CCCC000003`
	const child = `
		Nov 22 10:00:01 mx postfix/cleanup[11]: CCCC000003: message-id=<b@mx>
		Nov 22 10:00:01 mx postfix/qmgr[12]: CCCC000003: from=<>, size=1, nrcpt=1 (queue active)`
	const sent = `
		Nov 22 10:00:02 mx postfix/smtp[13]: CCCC000003: to=<a@a.example>, relay=mx.a.example[192.0.2.7]:25, delay=1, delays=0/0/0.5/0.5, dsn=2.0.0, status=sent (250 ok)`
	for name, text := range map[string]string{"before 3.11": parent + child + link + sent, "since 3.11": parent + link + child + sent} {
		t.Run(name, func(t *testing.T) {
			newReader(t).read(1, text).want(`
				bounced! x@b.example AAAA000001 <a@a.example>
				delivered! a@a.example CCCC000003 <> dsn of AAAA000001`)
		})
	}
}

func TestDelayWarningIsNoFailure(t *testing.T) {
	r := newReader(t).read(1, `
		Nov 22 10:00:00 mx postfix/cleanup[11]: CCCC000003: message-id=<b@mx>
		Nov 22 10:00:01 mx postfix/bounce[15]: AAAA000001: sender delay notification: CCCC000003
		Nov 22 10:00:02 mx postfix/cleanup[11]: DDDD000004: message-id=<c@mx>
		Nov 22 10:00:03 mx postfix/bounce[15]: AAAA000001: sender delivery status notification: DDDD000004`)
	m := r.messages()
	if m["CCCC000003"].DSN != parser.DSNDelay || m["DDDD000004"].DSN != parser.DSNSuccess {
		t.Errorf("kinds %v %v", m["CCCC000003"].DSN, m["DDDD000004"].DSN)
	}
}

func TestRefusalsInAndOutsideMessages(t *testing.T) {
	newReader(t).read(1, `
		Nov 22 10:00:00 mx postfix/smtpd[10]: AAAA000001: client=a.example[192.0.2.7]
		Nov 22 10:00:00 mx postfix/smtpd[10]: AAAA000001: reject: RCPT from a.example[192.0.2.7]: 550 5.1.1 <no@mx.example>: Recipient address rejected: User unknown in local recipient table; from=<a@a.example> to=<no@mx.example> proto=ESMTP helo=<a.example>
		Nov 22 10:00:01 mx postfix/smtpd[10]: NOQUEUE: reject: RCPT from b.example[192.0.2.8]: 554 5.7.1 <x@c.example>: Relay access denied; from=<b@b.example> to=<x@c.example> proto=ESMTP helo=<b.example>`).want(`
		rejected! no@mx.example AAAA000001 <a@a.example>
		rejected! x@c.example  <b@b.example>`)
}

// The k-th identical line of one log is the k-th of another log of this host; within one log each counts.
func TestSameLinesInTwoLogs(t *testing.T) {
	const lines = `
		Nov 22 10:00:00 mx postfix/smtpd[10]: NOQUEUE: reject: RCPT from b.example[192.0.2.8]: 554 5.7.1 <x@c.example>: Relay access denied; from=<b@b.example> to=<x@c.example> proto=ESMTP helo=<b.example>
		Nov 22 10:00:00 mx postfix/smtpd[10]: NOQUEUE: reject: RCPT from b.example[192.0.2.8]: 554 5.7.1 <x@c.example>: Relay access denied; from=<b@b.example> to=<x@c.example> proto=ESMTP helo=<b.example>
		Nov 22 10:00:01 mx postfix/smtp[13]: AAAA000001: to=<x@b.example>, relay=none, delay=1, delays=0/0/0.5/0.5, dsn=4.4.1, status=deferred (connect to b.example[192.0.2.1]:25: Connection refused)`
	newReader(t).read(1, lines).read(2, lines).want(`
		rejected! x@c.example  <b@b.example>
		rejected! x@c.example  <b@b.example>
		deferred x@b.example AAAA000001`)
}

func TestRepeatedLinesCount(t *testing.T) {
	newReader(t).read(1, `
		Nov 22 10:00:01 mx postfix/smtp[13]: AAAA000001: to=<x@b.example>, relay=none, delay=1, delays=0/0/0.5/0.5, dsn=4.4.1, status=deferred (connect to b.example[192.0.2.1]:25: Connection refused)
		Nov 22 10:00:02 mx last message repeated 2 times`).want(`
		deferred x@b.example AAAA000001
		deferred x@b.example AAAA000001 try 2
		deferred x@b.example AAAA000001 try 3`)
}

// What a log's second half says is kept when the first half is read after it.
func TestSecondHalfFirst(t *testing.T) {
	const first = `
		Nov 22 10:00:00 mx postfix/smtpd[10]: AAAA000001: client=a.example[192.0.2.7]
		Nov 22 10:00:00 mx postfix/cleanup[11]: AAAA000001: message-id=<one@a.example>
		Nov 22 10:00:00 mx postfix/qmgr[12]: AAAA000001: from=<a@a.example>, size=1, nrcpt=1 (queue active)
		Nov 22 10:00:01 mx postfix/smtp[13]: AAAA000001: to=<x@b.example>, relay=mx.b.example[192.0.2.9]:25, delay=1, delays=0/0/0.5/0.5, dsn=4.2.2, status=deferred (host mx.b.example[192.0.2.9] said: 452 4.2.2 over quota (in reply to RCPT TO command))`
	const second = `
		Nov 22 11:00:01 mx postfix/qmgr[12]: AAAA000001: from=<a@a.example>, size=1, nrcpt=1 (queue active)
		Nov 22 11:00:02 mx postfix/qmgr[12]: AAAA000001: from=<a@a.example>, status=expired, returned to sender
		Nov 22 11:00:02 mx postfix/qmgr[12]: AAAA000001: removed`
	whole := newReader(t).read(1, first+second).messages()["AAAA000001"]
	swapped := newReader(t).read(2, second).read(1, first).messages()["AAAA000001"]
	if len(swapped.Recipients) == 0 {
		t.Fatal("no recipient")
	}
	w, s := whole.Recipients[0], swapped.Recipients[len(swapped.Recipients)-1]
	if s.Outcome != w.Outcome || !s.Final || len(s.Attempts) != 2 || s.Attempts[1].Reply != w.Attempts[1].Reply || swapped.Begun != whole.Begun || swapped.MessageID != whole.MessageID {
		t.Errorf("swapped %+v %+v\nwhole %+v", swapped, s, w)
	}
}
