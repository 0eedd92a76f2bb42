package trace_test

import (
	"fmt"
	"strings"
	"testing"

	"bouncelog/parser"
)

// A filter behind the queue that answers in words of its own is seen through by XFORWARD and message-id, though what it gave back
// stands in the log before its answer.
func TestFilterWithoutQueuedAs(t *testing.T) {
	r := newReader(t).read(1, `
		Nov 22 10:00:00 gw postfix/smtpd[1]: DEF2520A69: client=mx.a.example[192.0.2.7]
		Nov 22 10:00:00 gw postfix/cleanup[2]: DEF2520A69: message-id=<one@a.example>
		Nov 22 10:00:00 gw postfix/qmgr[3]: DEF2520A69: from=<s@a.example>, size=1, nrcpt=1 (queue active)
		Nov 22 10:00:03 gw postfix/smtpd[4]: A673520AB5: client=localhost[127.0.0.1], orig_client=mx.a.example[192.0.2.7]
		Nov 22 10:00:03 gw postfix/cleanup[2]: A673520AB5: message-id=<one@a.example>
		Nov 22 10:00:03 gw postfix/qmgr[3]: A673520AB5: from=<s@a.example>, size=1, nrcpt=1 (queue active)
		Nov 22 10:00:03 gw postfix/smtp[5]: A673520AB5: to=<x@b.example>, relay=192.0.2.9[192.0.2.9]:25, delay=0.1, delays=0/0/0/0.1, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as B6B682E547)
		Nov 22 10:00:03 gw postfix/qmgr[3]: A673520AB5: removed
		Nov 22 10:00:03 gw postfix/lmtp[6]: DEF2520A69: to=<x@b.example>, relay=127.0.0.1[127.0.0.1]:10024, delay=3, delays=0/0/0/3, dsn=2.5.0, status=sent (250 2.5.0 OK (20A9560092030F3374))
		Nov 22 10:00:03 gw postfix/qmgr[3]: DEF2520A69: removed`)
	r.want(`
		delivered! x@b.example A673520AB5 <s@a.example>
		reinjected x@b.example DEF2520A69 <s@a.example>`)
	if m := r.messages()["A673520AB5"]; m.PrevQueueID != "DEF2520A69" {
		t.Errorf("continues %q", m.PrevQueueID)
	}
}

// A mailbox server on this host that sends a copy on by itself is no filter: its delivery stays one.
func TestMailboxServerForwards(t *testing.T) {
	newReader(t).read(1, `
		Nov 22 10:00:00 mx postfix/smtpd[1]: DEF2520A69: client=mx.a.example[192.0.2.7]
		Nov 22 10:00:00 mx postfix/cleanup[2]: DEF2520A69: message-id=<one@a.example>
		Nov 22 10:00:00 mx postfix/qmgr[3]: DEF2520A69: from=<s@a.example>, size=1, nrcpt=1 (queue active)
		Nov 22 10:00:01 mx postfix/pickup[4]: A673520AB5: uid=97 from=<s@a.example>
		Nov 22 10:00:01 mx postfix/cleanup[2]: A673520AB5: message-id=<one@a.example>
		Nov 22 10:00:01 mx postfix/lmtp[6]: DEF2520A69: to=<x@b.example>, relay=127.0.0.1[127.0.0.1]:24, delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (250 2.0.0 <x@b.example> Qy1 Saved)
		Nov 22 10:00:02 mx postfix/smtp[5]: A673520AB5: to=<y@c.example>, relay=mx.c.example[192.0.2.9]:25, delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (250 ok)`).want(`
		delivered! x@b.example DEF2520A69 <s@a.example>
		delivered! y@c.example A673520AB5 <s@a.example>`)
}

// An instance hands its mail to another one by an address of this host that is not loopback.
func TestOwnAddressAsRelay(t *testing.T) {
	newReader(t).read(1, `
		Nov 22 10:00:00 gw postfix-192.0.2.50/smtpd[1]: 23EBE3D5C0: client=gw.example[192.0.2.50]
		Nov 22 10:00:00 gw postfix-192.0.2.50/qmgr[3]: 23EBE3D5C0: from=<s@a.example>, size=1, nrcpt=1 (queue active)
		Nov 22 10:00:00 gw postfix-192.0.2.50/smtp[4]: 20B4E3D5BD: to=<x@b.example>, relay=192.0.2.50[192.0.2.50]:2501, delay=0.2, delays=0/0/0/0.2, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as 23EBE3D5C0)
		Nov 22 10:00:01 gw postfix-192.0.2.50/smtp[4]: 23EBE3D5C0: to=<x@b.example>, relay=mx.b.example[192.0.2.9]:25, delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (250 ok)`).want(`
		reinjected x@b.example 20B4E3D5BD
		delivered! x@b.example 23EBE3D5C0 <s@a.example>`)
}

// What "postsuper -r" and MailScanner move to another queue id is not open under the old one any longer.
func TestRequeued(t *testing.T) {
	r := newReader(t).read(1, `
		Nov 22 10:00:00 mx postfix/smtpd[1]: DEF2520A69: client=mx.a.example[192.0.2.7]
		Nov 22 10:00:00 mx postfix/qmgr[3]: DEF2520A69: from=<s@a.example>, size=1, nrcpt=1 (queue active)
		Nov 22 10:00:01 mx postfix/smtp[5]: DEF2520A69: to=<y@c.example>, relay=none, delay=1, delays=0/0/0/1, dsn=4.4.1, status=deferred (connect to c.example[192.0.2.9]:25: Connection refused)
		Nov 22 10:05:00 mx postfix/postsuper[8]: DEF2520A69: requeued
		Nov 22 10:05:01 mx postfix/pickup[4]: A673520AB5: uid=89 from=<s@a.example> orig_id=DEF2520A69
		Nov 22 10:05:01 mx postfix/qmgr[3]: A673520AB5: from=<s@a.example>, size=1, nrcpt=1 (queue active)
		Nov 22 10:05:02 mx postfix/smtp[5]: A673520AB5: to=<y@c.example>, relay=mx.c.example[192.0.2.9]:25, delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (250 ok)`)
	r.want(`
		deferred y@c.example DEF2520A69 <s@a.example>
		reinjected y@c.example DEF2520A69 <s@a.example> try 2
		delivered! y@c.example A673520AB5 <s@a.example>`)
	if m := r.messages(); m["DEF2520A69"].Ended == 0 || m["A673520AB5"].PrevQueueID != "DEF2520A69" {
		t.Errorf("%+v", m)
	}
	r = newReader(t).read(1, `
		Nov 22 10:00:00 mx postfix/smtpd[1]: 210F0261C9D: client=mx.a.example[192.0.2.7]
		Nov 22 10:00:00 mx postfix/cleanup[2]: 210F0261C9D: hold: header Received: from mx.a.example (mx.a.example [192.0.2.7]) from mx.a.example[192.0.2.7]; from=<s@a.example> to=<y@c.example> proto=ESMTP helo=<mx.a.example>
		Nov 22 10:00:02 mx MailScanner[9]: Requeue: 210F0261C9D.AFE5C to CDCFE261CA1
		Nov 22 10:00:02 mx postfix/qmgr[3]: CDCFE261CA1: from=<s@a.example>, size=1, nrcpt=1 (queue active)
		Nov 22 10:00:03 mx postfix/smtp[5]: CDCFE261CA1: to=<y@c.example>, relay=mx.c.example[192.0.2.9]:25, delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (250 ok)`)
	r.want(`
		held y@c.example 210F0261C9D <s@a.example>
		reinjected y@c.example 210F0261C9D <s@a.example>
		delivered! y@c.example CDCFE261CA1 <s@a.example>`)
}

// Exim's autoreplies name their parent like its bounce messages; without a logged subject only the parent's recipients tell which it is.
func TestEximParentTells(t *testing.T) {
	r := newReader(t).read(1, `
		2026-11-22 10:00:00 1xV1la-00002P-2W <= s@a.example H=mx.a.example [192.0.2.7] P=esmtp S=1
		2026-11-22 10:00:01 1xV1lb-00002P-2W <= <> R=1xV1la-00002P-2W U=ann P=local S=1
		2026-11-22 10:00:01 1xV1la-00002P-2W => >s@a.example <ann@b.example> R=vacation T=vacation_reply
		2026-11-22 10:00:01 1xV1la-00002P-2W -> ann <ann@b.example> R=local T=spool
		2026-11-22 10:00:01 1xV1la-00002P-2W Completed
		2026-11-22 10:00:02 1xV1lc-00002P-2W <= s@a.example H=mx.a.example [192.0.2.7] P=esmtp S=1
		2026-11-22 10:00:02 1xV1lc-00002P-2W == x@c.example R=dnslookup T=smtp defer (111): Connection refused
		2026-11-22 10:00:03 1xV1ld-00002P-2W <= <> R=1xV1lc-00002P-2W U=exim P=local S=1
		2026-11-22 10:00:04 1xV1lc-00002P-2W == x@c.example R=dnslookup T=smtp defer (-54): retry time not reached for any host for 'c.example'
		2026-11-22 10:00:05 1xV1lc-00002P-2W ** x@c.example: retry timeout exceeded
		2026-11-22 10:00:05 1xV1le-00002P-2W <= <> R=1xV1lc-00002P-2W U=exim P=local S=1
		2026-11-22 10:00:06 1xV1lf-00002P-2W <= <> R=1xV1ld-00002P-2W U=exim P=local S=1`)
	m := r.messages()
	for id, want := range map[string]parser.DSNKind{"1xV1lb-00002P-2W": parser.DSNNone, "1xV1ld-00002P-2W": parser.DSNDelay, "1xV1le-00002P-2W": parser.DSNFailure,
		"1xV1lf-00002P-2W": parser.DSNPostmaster} {
		if m[id].DSN != want || m[id].ParentQueueID == "" {
			t.Errorf("%s: %+v", id, m[id])
		}
	}
	x := m["1xV1lc-00002P-2W"].Recipients[0]
	if len(x.Attempts) != 3 {
		t.Fatalf("attempts: %+v", x.Attempts)
	}
	for _, a := range x.Attempts {
		if a.Reply != "Connection refused" {
			t.Errorf("reply %q", a.Reply)
		}
	}
}

// Sendmail refuses recipients before it says "from=": until then there is no message.
func TestRefusedBeforeBeginning(t *testing.T) {
	r := newReader(t).read(1, `
		Nov 22 10:00:00 mx sm-mta[4711]: 6AMA00Dr004711: ruleset=check_rcpt, arg1=<no@b.example>, relay=h.example [192.0.2.1], reject=550 5.7.1 <no@b.example>... Relaying denied
		Nov 22 10:00:00 mx sm-mta[4712]: 6AMA00Dr004712: ruleset=check_rcpt, arg1=<no@b.example>, relay=h.example [192.0.2.1], reject=550 5.7.1 <no@b.example>... Relaying denied
		Nov 22 10:00:01 mx sm-mta[4712]: 6AMA00Dr004712: from=<s@a.example>, size=1418, class=0, nrcpts=1, msgid=<1@a.example>, proto=ESMTP, daemon=MTA, relay=h.example [192.0.2.1]`)
	if m := r.messages(); !m["6AMA00Dr004711"].Rejected || m["6AMA00Dr004712"].Rejected {
		t.Errorf("%+v", m)
	}
}

// A message with many recipients is read in time that grows with them, not with their square, and each is found again.
func TestManyRecipients(t *testing.T) {
	var b strings.Builder
	const n = 30_000
	b.WriteString("Nov 22 10:00:00 mx postfix/qmgr[3]: DEF2520A69: from=<list@a.example>, size=1, nrcpt=30000 (queue active)\n")
	for _, status := range []string{"dsn=4.4.1, status=deferred (connect to c.example[192.0.2.9]:25: Connection refused)", "dsn=2.0.0, status=sent (250 ok)"} {
		for i := range n {
			fmt.Fprintf(&b, "Nov 22 10:00:01 mx postfix/smtp[5]: DEF2520A69: to=<User%d@c.example>, relay=none, delay=1, delays=0/0/0/1, %s\n", i, status)
		}
	}
	r := newReader(t).read(1, b.String())
	m := r.messages()["DEF2520A69"]
	if len(m.Recipients) != n {
		t.Fatalf("%d recipients", len(m.Recipients))
	}
	for _, rc := range m.Recipients {
		if len(rc.Attempts) != 2 || !rc.Final {
			t.Fatalf("%+v", rc)
		}
	}
}

// OpenSMTPD serves all sessions from one process and names the client of each once.
func TestSessionsOfOneProcess(t *testing.T) {
	r := newReader(t).read(1, `
		Nov 22 10:00:00 mx smtpd[7]: 7a1f0c3d5e9b2468 smtp connected address=192.0.2.7 host=a.example
		Nov 22 10:00:00 mx smtpd[7]: 7a1f0c3d5e9b2469 smtp connected address=192.0.2.8 host=b.example
		Nov 22 10:00:01 mx smtpd[7]: 7a1f0c3d5e9b2468 smtp authentication user=ann result=ok
		Nov 22 10:00:02 mx smtpd[7]: 7a1f0c3d5e9b2469 smtp failed-command command="RCPT TO:<no@mx.example>" result="550 Invalid recipient"
		Nov 22 10:00:02 mx smtpd[7]: 7a1f0c3d5e9b2468 smtp message msgid=4d3c2b1a size=303 nrcpt=1 proto=ESMTP
		Nov 22 10:00:02 mx smtpd[7]: 7a1f0c3d5e9b2468 smtp envelope evpid=4d3c2b1a00112233 from=<ann@a.example> to=<c@d.example>`)
	m := r.messages()
	if x := m["4d3c2b1a"]; x.ClientIP != "192.0.2.7" || x.ClientHost != "a.example" || x.AuthUser != "ann" {
		t.Errorf("message: %+v", x)
	}
	if x := m[""]; x.ClientIP != "192.0.2.8" || x.AuthUser != "" {
		t.Errorf("refusal: %+v", x)
	}
}

// Sendmail splits what is longer than syslog takes; the parts are one line again before it is read.
func TestSendmailParts(t *testing.T) {
	r := newReader(t).read(1, `
		Nov 22 10:00:00 mx sm-mta[4711]: 6AMA00Dr004711: from=<s@a.example>, size=1418, class=0, nrcpts=2, msgid=<1@a.example>, proto=ESMTP, daemon=MTA, relay=h.example [192.0.2.1]
		Nov 22 10:00:01 mx sm-mta[4712]: 6AMA00Dr004711[1]: to=<one@b.example>, ...
		Nov 22 10:00:01 mx sm-mta[4713]: 6AMA00Dr004713[1]: to=<three@b.example>, delay=00:00:01,  ...
		Nov 22 10:00:01 mx sm-mta[4712]: 6AMA00Dr004711[2]:  delay=00:00:01, xdelay=00:00:01, mailer=esmtp, pri=31418, relay=mx.b. [192.0.2.9], dsn=5.1.1, reply=550 5.1.1 this says  ...
		Nov 22 10:00:01 mx sm-mta[4713]: 6AMA00Dr004713[2]: xdelay=00:00:01, mailer=esmtp, pri=31418, relay=mx.b. [192.0.2.9], dsn=2.0.0, stat=Sent (ok)
		Nov 22 10:00:01 mx sm-mta[4712]: 6AMA00Dr004711[3]: a lot, stat=User unknown
		Nov 22 10:00:02 mx sm-mta[4714]: 6AMA00Dr004714[2]: the beginning is lost, stat=Sent`)
	r.want(`
		delivered! three@b.example 6AMA00Dr004713
		bounced! one@b.example 6AMA00Dr004711 <s@a.example>`)
	if a := r.messages()["6AMA00Dr004711"].Recipients[0].Attempts[0]; a.Reply != "550 5.1.1 this says a lot" || a.ReplyCode != 550 {
		t.Errorf("%+v", a)
	}
}

// "retry time not reached" is not why: whichever part of the log is read first, the words are those of the last real attempt.
func TestNotTried(t *testing.T) {
	const begin = "2026-11-22 10:00:00 1xV1lb-00002P-2W <= s@a.example H=(h) [192.0.2.1] P=esmtp S=9\n"
	const first = "2026-11-22 10:00:01 1xV1lb-00002P-2W == x@c.example R=dnslookup T=smtp defer (111): Connection refused\n"
	const second = "2026-11-22 10:05:01 1xV1lb-00002P-2W == x@c.example R=dnslookup T=smtp defer (110): Connection timed out\n"
	const waits = "2026-11-22 10:06:00 1xV1lb-00002P-2W == x@c.example R=dnslookup T=smtp defer (-54): retry time not reached for any host for 'c.example'\n" +
		"2026-11-22 10:07:00 1xV1lb-00002P-2W == x@c.example R=dnslookup T=smtp defer (-53): Retry time not yet reached\n"
	for _, parts := range [][]string{{begin + first + second + waits}, {begin + waits, first + second}, {begin + waits, first, second}} {
		r := newReader(t)
		for i, part := range parts {
			r.read(int32(i+1), part)
		}
		attempts := r.messages()["1xV1lb-00002P-2W"].Recipients[0].Attempts
		if len(attempts) != 4 {
			t.Fatalf("%d parts: %d attempts", len(parts), len(attempts))
		}
		for i, want := range []string{"Connection refused", "Connection timed out", "Connection timed out", "Connection timed out"} {
			if a := attempts[i]; a.Reply != want || a.NotTried != (i > 1) {
				t.Errorf("%d parts: attempt %d: %q, not tried %v", len(parts), i, a.Reply, a.NotTried)
			}
		}
	}
}
