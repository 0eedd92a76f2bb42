package postfix

import "testing"

// pitfall is a line that a simpler reader gets wrong, with what it must tell.
type pitfall struct{ line, want string }

func checkPitfalls(t *testing.T, list []pitfall) {
	t.Helper()
	p := New()
	for _, l := range list {
		if got := read(p, l.line); got != l.want {
			t.Errorf("%s\n got %s\nwant %s", l.line, got, l.want)
		}
	}
}

// Daemons are told by the last part of the name, instances by the first; master.cf's syslog_name may be anything.
func TestPitfallProgramNames(t *testing.T) {
	checkPitfalls(t, []pitfall{
		{`postfix/submission/smtpd: 5A0C1122DD: client=pc.buero.example[192.0.2.44], sasl_method=PLAIN, sasl_username=erna`,
			`begin q=5A0C1122DD client=pc.buero.example ip=192.0.2.44 user=erna`},
		{`postfix-out/smtp: 5A0C1122DD: to=<max@kunde.example>, relay=mx[192.0.2.9]:25, delay=1, delays=0/0/1/0, dsn=2.0.0, status=sent (250 ok)`,
			`attempt delivered instance=postfix-out q=5A0C1122DD to=max@kunde.example relay=mx relayip=192.0.2.9 port=25 delay=1 code=250 enh=2.0.0 reply=250 ok`},
		{`postfix/relay/smtp: 5A0C1122DD: to=<max@kunde.example>, relay=mx[192.0.2.9]:25, delay=1, delays=0/0/1/0, dsn=2.0.0, status=sent (250 ok)`,
			`attempt delivered q=5A0C1122DD to=max@kunde.example relay=mx relayip=192.0.2.9 port=25 delay=1 code=250 enh=2.0.0 reply=250 ok`},
		{`postfix-10.20.30.40/smtp: 5A0C1122DD: to=<max@kunde.example>, relay=mx[192.0.2.9]:25, delay=1, delays=0/0/1/0, dsn=2.0.0, status=sent (250 ok)`,
			`attempt delivered instance=postfix-10.20.30.40 q=5A0C1122DD to=max@kunde.example relay=mx relayip=192.0.2.9 port=25 delay=1 code=250 enh=2.0.0 reply=250 ok`},
		{`postfix/sender-cleanup/cleanup: 5A0C1122DD: message-id=<77@buero.example>`, `context q=5A0C1122DD mid=77@buero.example`},
		{`/postfix-script: starting the Postfix mail system`, `known`},
		{`smtpd: 5A0C1122DD: client=pc.buero.example[192.0.2.44]`, `begin q=5A0C1122DD client=pc.buero.example ip=192.0.2.44`},
		{`default/smtp: 5A0C1122DD: to=<max@kunde.example>, relay=mx[192.0.2.9]:25, delay=1, delays=0/0/1/0, dsn=2.0.0, status=sent (250 ok)`,
			`attempt delivered instance=default q=5A0C1122DD to=max@kunde.example relay=mx relayip=192.0.2.9 port=25 delay=1 code=250 enh=2.0.0 reply=250 ok`},
		{`sshd: 5A0C1122DD: client=pc.buero.example[192.0.2.44]`, `foreign`},
	})
}

// rsyslog's RFC 5424 template cuts "postfix/smtp" to the APP-NAME "postfix": the text tells the daemon.
func TestPitfallProgramCutByRsyslog(t *testing.T) {
	checkPitfalls(t, []pitfall{
		{`postfix: 5A0C1122DD: to=<max@kunde.example>, relay=mx[192.0.2.9]:25, delay=1, delays=0/0/1/0, dsn=2.0.0, status=sent (250 ok)`,
			`attempt delivered q=5A0C1122DD to=max@kunde.example relay=mx relayip=192.0.2.9 port=25 delay=1 code=250 enh=2.0.0 reply=250 ok`},
		{`postfix: 5A0C1122DD: client=pc.buero.example[192.0.2.44]`, `begin q=5A0C1122DD client=pc.buero.example ip=192.0.2.44`},
		{`postfix: 5A0C1122DD: message-id=<77@buero.example>`, `context q=5A0C1122DD mid=77@buero.example`},
		{`postfix: 5A0C1122DD: from=<erna@buero.example>, size=7, nrcpt=1 (queue active)`, `context q=5A0C1122DD from=erna@buero.example size=7 nrcpt=1`},
		{`postfix: 5A0C1122DD: removed`, `end q=5A0C1122DD`},
		{`postfix: NOQUEUE: reject: RCPT from h[203.0.113.9]: 554 5.7.1 <a@b.example>: Relay access denied; from=<x@y.example> to=<a@b.example> proto=SMTP helo=<x>`,
			`reject rejected from=x@y.example client=h ip=203.0.113.9 helo=x to=a@b.example code=554 enh=5.7.1 stage=rcpt own reply=554 5.7.1 <a@b.example>: Relay access denied`},
	})
}

// Ids are short hexadecimal or long and in base 52; a severity may stand before them; words are none.
func TestPitfallQueueIDForms(t *testing.T) {
	checkPitfalls(t, []pitfall{
		{`postfix/qmgr: 4jXLNH1yT3z5XNF2: removed`, `end q=4jXLNH1yT3z5XNF2`},
		{`postfix/qmgr: 3CDF8A: removed`, `end q=3CDF8A`},
		{`postfix/qmgr: 3CDF8A81AC19: removed`, `end q=3CDF8A81AC19`},
		{`postfix/smtpd: warning: 5A0C1122DD: queue file size limit exceeded`,
			`reject rejected q=5A0C1122DD code=552 enh=5.3.4 stage=end-of-data whole own reply=queue file size limit exceeded`},
		{`postfix/cleanup: warning: 5A0C1122DD: write queue file: No space left on device`, `known`},
		{`postfix/anvil: statistics: max cache size 3 at Nov 22 07:14:45`, `known`},
		{`postfix/smtpd: connect from unknown[203.0.113.9]`, `known`},
		{`postfix/smtpd: warning: hostname fremd.example does not resolve to address 203.0.113.9`, `known`},
	})
}

// Fields of all versions, addresses that hold their separators, next hops of every form, replies in parentheses and in several lines.
func TestPitfallDeliveryFields(t *testing.T) {
	checkPitfalls(t, []pitfall{
		{`postfix/smtp: 5A0C1122DD: to=<"max mustermann"@kunde.example>, orig_to=<root>, relay=::1[::1]:24, conn_use=3, delay=6.5, delays=1/2/0.5/3, tls=dane, dsn=5.7.1, status=bounced (host mx[192.0.2.9] said: 550-5.7.1 erste (Zeile) 550 5.7.1 zweite (in reply to RCPT TO command))`,
			`attempt bounced q=5A0C1122DD to="max mustermann"@kunde.example orig=root relay=::1 relayip=::1 port=24 delay=6.5 code=550 enh=5.7.1 stage=rcpt reply=550-5.7.1 erste (Zeile) 550 5.7.1 zweite`},
		{`postfix/smtp: 5A0C1122DD: to=<m,a=x>@z@kunde.example>, relay=127.0.0.1[127.0.0.1]:10024, delay=1, delays=0/0/1/0, dsn=2.0.0, status=sent (250 ok)`,
			`attempt delivered q=5A0C1122DD to=m,a=x>@z@kunde.example relay=127.0.0.1 relayip=127.0.0.1 port=10024 delay=1 code=250 enh=2.0.0 reply=250 ok`},
		{`postfix/smtp: 5A0C1122DD: to=max@kunde.example, relay=none, delay=2, status=deferred (connect to kunde.example[192.0.2.9]: Connection refused)`,
			`attempt deferred q=5A0C1122DD to=max@kunde.example relay=kunde.example relayip=192.0.2.9 delay=2 stage=connect own reply=connect to kunde.example[192.0.2.9]: Connection refused`},
		{`postfix/lmtp: 5A0C1122DD: to=<max@buero.example>, relay=mail.buero.example[private/dovecot-lmtp], delay=1, delays=0/0/1/0, dsn=2.0.0, status=sent (250 2.0.0 <max@buero.example> Xy12 Saved)`,
			`attempt delivered q=5A0C1122DD to=max@buero.example relay=mail.buero.example delay=1 code=250 enh=2.0.0 reply=250 2.0.0 <max@buero.example> Xy12 Saved`},
		{`postfix/lmtp: 5A0C1122DD: to=<max@buero.example>, relay=mail.buero.example[/run/lmtp], delay=1, delays=0/0/1/0, dsn=2.0.0, status=sent (250 ok)`,
			`attempt delivered q=5A0C1122DD to=max@buero.example relay=mail.buero.example delay=1 code=250 enh=2.0.0 reply=250 ok`},
		{`postfix/virtual: 5A0C1122DD: to=<max@buero.example>, relay=virtual, delay=1, delays=0/0/1/0, dsn=2.0.0, status=sent (delivered to maildir)`,
			`attempt delivered q=5A0C1122DD to=max@buero.example relay=virtual delay=1 enh=2.0.0 own reply=delivered to maildir`},
		{`postfix/pipe: 5A0C1122DD: to=<max@buero.example>, relay=dovecot, delay=1, delays=0/0/1/0, dsn=2.0.0, status=sent (delivered via dovecot service)`,
			`attempt delivered q=5A0C1122DD to=max@buero.example relay=dovecot delay=1 enh=2.0.0 own reply=delivered via dovecot service`},
	})
}

// Every "status=", and what is sent but goes on or was only asked for.
func TestPitfallStatuses(t *testing.T) {
	checkPitfalls(t, []pitfall{
		{`postfix/qmgr: 5A0C1122DD: from=<erna@buero.example>, status=expired, returned to sender`, `giveup expired q=5A0C1122DD from=erna@buero.example`},
		{`postfix/qmgr: 5A0C1122DD: from=<erna@buero.example>, status=force-expired, returned to sender`,
			`giveup expired q=5A0C1122DD from=erna@buero.example`},
		{`postfix/verify: 5A0C1122DD: to=<max@kunde.example>, relay=mx[192.0.2.9]:25, delay=1, delays=0/0/1/0, dsn=2.1.5, status=deliverable (250 2.1.5 Ok)`,
			`attempt delivered q=5A0C1122DD to=max@kunde.example relay=mx relayip=192.0.2.9 port=25 delay=1 enh=2.1.5 probe own reply=250 2.1.5 Ok`},
		{`postfix/smtp: 5A0C1122DD: to=<max@kunde.example>, relay=mx[192.0.2.9]:25, delay=1, delays=0/0/1/0, dsn=5.1.1, status=undeliverable (host mx[192.0.2.9] said: 550 5.1.1 unknown (in reply to RCPT TO command))`,
			`attempt bounced q=5A0C1122DD to=max@kunde.example relay=mx relayip=192.0.2.9 port=25 delay=1 code=550 enh=5.1.1 stage=rcpt probe reply=550 5.1.1 unknown`},
		{`postfix/smtp: 5A0C1122DD: to=<max@kunde.example>, relay=mx[192.0.2.9]:25, delay=1, delays=0/0/1/0, dsn=5.1.1, status=SOFTBOUNCE (host mx[192.0.2.9] said: 550 5.1.1 unknown (in reply to RCPT TO command))`,
			`attempt deferred q=5A0C1122DD to=max@kunde.example relay=mx relayip=192.0.2.9 port=25 delay=1 code=550 enh=5.1.1 stage=rcpt reply=550 5.1.1 unknown`},
		{`postfix/error: 5A0C1122DD: to=<max@kunde.example>, relay=none, delay=3, delays=3/0/0/0, dsn=4.4.1, status=deferred (delivery temporarily suspended: connect to mx[192.0.2.9]:25: Connection timed out)`,
			`attempt deferred q=5A0C1122DD to=max@kunde.example relay=mx relayip=192.0.2.9 port=25 delay=3 enh=4.4.1 stage=connect own reply=connect to mx[192.0.2.9]:25: Connection timed out`},
		{`postfix/qmgr: 5A0C1122DD: skipped, still being delivered`, `known`},
		{`postfix/discard: 5A0C1122DD: to=<muell@buero.example>, relay=none, delay=0, delays=0/0/0/0, dsn=2.0.0, status=sent (silently)`,
			`attempt delivered q=5A0C1122DD to=muell@buero.example delay=0 enh=2.0.0 own reply=silently`},
		{`postfix/local: 5A0C1122DD: to=<alle@buero.example>, relay=local, delay=0, delays=0/0/0/0, dsn=2.0.0, status=sent (forwarded as 6B1D2233EE)`,
			`attempt reinjected q=5A0C1122DD to=alle@buero.example next=6B1D2233EE nextlocal relay=local delay=0 enh=2.0.0 own reply=forwarded as 6B1D2233EE`},
		{`postfix/smtp: 5A0C1122DD: to=<max@kunde.example>, relay=mx[192.0.2.9]:25, delay=1, delays=0/0/1/0, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as 6B1D2233EE)`,
			`attempt delivered q=5A0C1122DD to=max@kunde.example next=6B1D2233EE relay=mx relayip=192.0.2.9 port=25 delay=1 code=250 enh=2.0.0 reply=250 2.0.0 Ok: queued as 6B1D2233EE`},
	})
}

// Postfix defers after a 5xx greeting, with the reply's own codes.
func TestPitfallRefusedGreeting(t *testing.T) {
	checkPitfalls(t, []pitfall{
		{`postfix/smtp: 5A0C1122DD: to=<max@kunde.example>, relay=mx[192.0.2.9]:25, delay=9, delays=0/0/9/0, dsn=4.0.0, status=deferred (host mx[192.0.2.9] refused to talk to me: 554 5.7.1 weg)`,
			`attempt deferred q=5A0C1122DD to=max@kunde.example relay=mx relayip=192.0.2.9 port=25 delay=9 code=554 enh=5.7.1 stage=connect reply=554 5.7.1 weg`},
	})
}

// What smtp(8) says before the delivery's line, with or without a queue id.
func TestPitfallHints(t *testing.T) {
	checkPitfalls(t, []pitfall{
		{`postfix/smtp: 5A0C1122DD: host mx[192.0.2.9] said: 452 4.2.2 voll (in reply to RCPT TO command)`,
			`hint q=5A0C1122DD relay=mx relayip=192.0.2.9 code=452 enh=4.2.2 stage=rcpt reply=452 4.2.2 voll`},
		{`postfix/smtp: connect to mx.kunde.example[192.0.2.9]:25: Connection timed out`,
			`hint relay=mx.kunde.example relayip=192.0.2.9 port=25 stage=connect own reply=connect to mx.kunde.example[192.0.2.9]:25: Connection timed out`},
		{`postfix/smtp: 5A0C1122DD: lost connection with mx[192.0.2.9] while sending message body`,
			`hint q=5A0C1122DD relay=mx relayip=192.0.2.9 stage=end-of-data own reply=lost connection with mx[192.0.2.9] while sending message body`},
		{`postfix/smtp: 5A0C1122DD: Cannot start TLS: handshake failure`, `hint q=5A0C1122DD stage=tls own reply=Cannot start TLS: handshake failure`},
		{`postfix/smtp: 5A0C1122DD: conversation with mx[192.0.2.9] timed out while sending MAIL FROM`,
			`hint q=5A0C1122DD relay=mx relayip=192.0.2.9 stage=mail own reply=conversation with mx[192.0.2.9] timed out while sending MAIL FROM`},
		{`postfix/smtp: 5A0C1122DD: enabling PIX workarounds: disable_esmtp delay_dotcrlf for mx[192.0.2.9]:25`, `known`},
	})
}

// bounce(8) names the message it made, of four kinds; a notification that was not made has none.
func TestPitfallBounceLinks(t *testing.T) {
	checkPitfalls(t, []pitfall{
		{`postfix/bounce: 5A0C1122DD: sender non-delivery notification: 6B1D2233EE`, `dsn q=5A0C1122DD child=6B1D2233EE dsn=1`},
		{`postfix/bounce: 5A0C1122DD: postmaster non-delivery notification: 6B1D2233EE`, `dsn q=5A0C1122DD child=6B1D2233EE dsn=4`},
		{`postfix/bounce: 5A0C1122DD: sender delay notification: 6B1D2233EE`, `dsn q=5A0C1122DD child=6B1D2233EE dsn=2`},
		{`postfix/bounce: 5A0C1122DD: sender delivery status notification: 6B1D2233EE`, `dsn q=5A0C1122DD child=6B1D2233EE dsn=3`},
		{`postfix/bounce: 5A0C1122DD: sender notification failed to <erna@buero.example>: mail system is down`, `known`},
	})
}

// Actions of access tables: what refuses, holds and drops counts, what lets mail pass does not; HELO names are a stranger's.
func TestPitfallServerActions(t *testing.T) {
	checkPitfalls(t, []pitfall{
		{`postfix/smtpd: NOQUEUE: reject: RCPT from unknown[unknown]: 554 5.7.1 Service unavailable; from=<x@fremd.example> to=<wer@buero.example> proto=SMTP helo=<x>`,
			`reject rejected from=x@fremd.example helo=x to=wer@buero.example code=554 enh=5.7.1 stage=rcpt own reply=554 5.7.1 Service unavailable`},
		{`postfix/smtpd: 5A0C1122DD: reject: RCPT from h[203.0.113.9]: 550 5.1.1 <wer@buero.example>: Recipient address rejected: User unknown; from=<x@fremd.example> to=<wer@buero.example> proto=SMTP helo=<[10.0.0.1] wer da>`,
			`reject rejected q=5A0C1122DD from=x@fremd.example client=h ip=203.0.113.9 helo=[10.0.0.1] wer da to=wer@buero.example code=550 enh=5.1.1 stage=rcpt own reply=550 5.1.1 <wer@buero.example>: Recipient address rejected: User unknown`},
		{`postfix/smtpd: NOQUEUE: reject_warning: RCPT from h[203.0.113.9]: 550 5.1.1 <wer@buero.example>: Recipient address rejected: User unknown; from=<x@fremd.example> to=<wer@buero.example> proto=SMTP helo=<x>`,
			`known`},
		{`postfix/smtpd: NOQUEUE: warn: RCPT from h[203.0.113.9]: <x>: Helo command triggers WARN; from=<x@fremd.example> to=<wer@buero.example> proto=SMTP helo=<x>`,
			`known`},
		{`postfix/smtpd: 5A0C1122DD: hold: RCPT from h[203.0.113.9]: <x@fremd.example>: Sender address triggers HOLD action; from=<x@fremd.example> to=<wer@buero.example> proto=SMTP helo=<x>`,
			`hold held q=5A0C1122DD from=x@fremd.example client=h ip=203.0.113.9 helo=x to=wer@buero.example stage=rcpt whole own reply=<x@fremd.example>: Sender address triggers HOLD action`},
		{`postfix/smtpd: NOQUEUE: discard: RCPT from h[203.0.113.9]: <x@fremd.example>: Sender address triggers DISCARD action; from=<x@fremd.example> to=<wer@buero.example> proto=SMTP helo=<x>`,
			`reject discarded from=x@fremd.example client=h ip=203.0.113.9 helo=x to=wer@buero.example stage=rcpt own reply=<x@fremd.example>: Sender address triggers DISCARD action`},
		{`postfix/smtpd: NOQUEUE: filter: RCPT from h[203.0.113.9]: <x@fremd.example>: Sender address triggers FILTER smtp:[127.0.0.1]:10024; from=<x@fremd.example> to=<wer@buero.example> proto=SMTP helo=<x>`,
			`known`},
		{`postfix/smtpd: NOQUEUE: redirect: RCPT from h[203.0.113.9]: <x@fremd.example>: Sender address triggers REDIRECT chef@buero.example; from=<x@fremd.example> to=<wer@buero.example> proto=SMTP helo=<x>`,
			`known`},
		{`postfix/smtpd: NOQUEUE: prepend: RCPT from h[203.0.113.9]: <x>: Helo command triggers PREPEND X-A: b; from=<x@fremd.example> to=<wer@buero.example> proto=SMTP helo=<x>`,
			`known`},
		{`postfix/smtpd: NOQUEUE: bcc: RCPT from h[203.0.113.9]: <x>: Helo command triggers BCC a@b.example; from=<x@fremd.example> to=<wer@buero.example> proto=SMTP helo=<x>`,
			`known`},
		{`postfix/smtpd: NOQUEUE: permit: RCPT from h[203.0.113.9]: action=permit for Client host; from=<x@fremd.example> to=<wer@buero.example> proto=SMTP helo=<x>`,
			`known`},
		{`postfix/smtpd: NOQUEUE: dunno: RCPT from h[203.0.113.9]: action=dunno for Client host; from=<x@fremd.example> to=<wer@buero.example> proto=SMTP helo=<x>`,
			`known`},
		{`postfix/smtpd: NOQUEUE: info: RCPT from h[203.0.113.9]: <x>: Helo command triggers INFO; from=<x@fremd.example> to=<wer@buero.example> proto=SMTP helo=<x>`,
			`known`},
		{`postfix/smtpd: NOQUEUE: reject: RCPT from pc[192.0.2.44]: 554 5.7.1 <wer@buero.example>: Recipient address rejected: no; from=<erna@buero.example> to=<wer@buero.example> proto=ESMTP helo=<pc> sasl_method=PLAIN sasl_username=erna`,
			`reject rejected from=erna@buero.example client=pc ip=192.0.2.44 user=erna helo=pc to=wer@buero.example code=554 enh=5.7.1 stage=rcpt own reply=554 5.7.1 <wer@buero.example>: Recipient address rejected: no`},
		{`postfix/postscreen: NOQUEUE: reject: RCPT from [203.0.113.9]:4711: 550 5.7.1 Service unavailable; client [203.0.113.9] blocked using bl.example; from=<x@fremd.example>, to=<wer@buero.example>, proto=ESMTP, helo=<x>`,
			`reject rejected from=x@fremd.example ip=203.0.113.9 helo=x to=wer@buero.example code=550 enh=5.7.1 stage=rcpt own reply=550 5.7.1 Service unavailable; client [203.0.113.9] blocked using bl.example`},
		{`postfix/smtpd: 5A0C1122DD: lost connection after DATA (99 bytes) from h[203.0.113.9]`, `known`},
		{`postfix/smtpd: 5A0C1122DD: client=localhost[127.0.0.1], orig_queue_id=6B1D2233EE, orig_client=pc.buero.example[192.0.2.44]`,
			`begin q=5A0C1122DD client=pc.buero.example ip=192.0.2.44 origq=6B1D2233EE forwarded`},
	})
}

// Message-ids of every shape, milters, and header checks, which alone log a subject.
func TestPitfallCleanupLines(t *testing.T) {
	checkPitfalls(t, []pitfall{
		{`postfix/cleanup: 5A0C1122DD: message-id=<>`, `known`},
		{`postfix/cleanup: 5A0C1122DD: message-id=ohne.klammern@buero.example`, `context q=5A0C1122DD mid=ohne.klammern@buero.example`},
		{`postfix/cleanup: 5A0C1122DD: message-id=<mit leer zeichen@buero.example>`, `context q=5A0C1122DD mid=mit leer zeichen@buero.example`},
		{`postfix/cleanup: 5A0C1122DD: message-id=<abgeschnitten@bue`, `context q=5A0C1122DD mid=abgeschnitten@bue`},
		{`postfix/cleanup: 5A0C1122DD: resent-message-id=<78@buero.example>`, `known`},
		{`postfix/cleanup: 5A0C1122DD: milter-reject: END-OF-MESSAGE from h[203.0.113.9]: 5.7.1 Virus gefunden; from=<x@fremd.example> to=<wer@buero.example> proto=ESMTP helo=<x>`,
			`reject rejected q=5A0C1122DD from=x@fremd.example client=h ip=203.0.113.9 helo=x to=wer@buero.example enh=5.7.1 stage=end-of-data whole own reply=5.7.1 Virus gefunden`},
		{`postfix/cleanup: 5A0C1122DD: milter-hold: END-OF-MESSAGE from h[203.0.113.9]: milter triggers HOLD action; from=<x@fremd.example> to=<wer@buero.example> proto=ESMTP helo=<x>`,
			`hold held q=5A0C1122DD from=x@fremd.example client=h ip=203.0.113.9 helo=x to=wer@buero.example stage=end-of-data whole own reply=milter triggers HOLD action`},
		{`postfix/cleanup: 5A0C1122DD: milter-quarantine: END-OF-MESSAGE from h[203.0.113.9]: milter triggers HOLD action; from=<x@fremd.example> to=<wer@buero.example> proto=ESMTP helo=<x>`,
			`hold held q=5A0C1122DD from=x@fremd.example client=h ip=203.0.113.9 helo=x to=wer@buero.example stage=end-of-data whole own reply=milter triggers HOLD action`},
		{`postfix/cleanup: 5A0C1122DD: milter-header-warning: header X-Spam: yes from h[203.0.113.9]; from=<x@fremd.example> to=<wer@buero.example> proto=ESMTP helo=<x>`,
			`known`},
		{`postfix/cleanup: 5A0C1122DD: milter-header-reject: header X-Spam: yes from h[203.0.113.9]; from=<x@fremd.example> to=<wer@buero.example> proto=ESMTP helo=<x>: 5.7.1 nein`,
			`reject rejected q=5A0C1122DD from=x@fremd.example client=h ip=203.0.113.9 helo=x to=wer@buero.example code=550 enh=5.7.1 stage=end-of-data whole own reply=5.7.1 nein`},
		{`postfix/cleanup: 5A0C1122DD: warning: header Subject: Angebot 7; from=<z> to=<y> from pc[192.0.2.44]; from=<erna@buero.example> to=<max@kunde.example> proto=ESMTP helo=<pc>`,
			`context q=5A0C1122DD subject=Angebot 7; from=<z> to=<y>`},
		{`postfix/cleanup: 5A0C1122DD: replace: header Subject: Angebot 7 from pc[192.0.2.44]; from=<erna@buero.example> to=<max@kunde.example> proto=ESMTP helo=<pc>: Subject: Angebot`,
			`context q=5A0C1122DD subject=Angebot 7`},
		{`postfix/cleanup: 5A0C1122DD: reject: header Subject: Gewinn from h[203.0.113.9]; from=<x@fremd.example> to=<wer@buero.example> proto=ESMTP helo=<x>: 5.7.1 nicht hier`,
			`reject rejected q=5A0C1122DD from=x@fremd.example subject=Gewinn client=h ip=203.0.113.9 helo=x to=wer@buero.example code=550 enh=5.7.1 stage=end-of-data whole own reply=5.7.1 nicht hier`},
		{`postfix/cleanup: 5A0C1122DD: removed (canceled)`, `end q=5A0C1122DD`},
	})
}

// Administrators' commands on a queue file are events, their sums are not; what daemons say of themselves is known.
func TestPitfallHousekeeping(t *testing.T) {
	checkPitfalls(t, []pitfall{
		{`postfix/postsuper: 5A0C1122DD: removed`, `giveup deleted q=5A0C1122DD`},
		{`postfix/postsuper: 5A0C1122DD: requeued`, `known`},
		{`postfix/postsuper: 5A0C1122DD: released from hold`, `release q=5A0C1122DD whole`},
		{`postfix/postsuper: 5A0C1122DD: placed on hold`, `hold held q=5A0C1122DD whole`},
		{`postfix/postsuper: Deleted: 3 messages`, `known`},
		{`postfix/postsuper: Placed on hold: 1 message`, `known`},
		{`postfix/postsuper: Released from hold: 2 messages`, `known`},
		{`postfix/postsuper: Requeued: 2 messages`, `known`},
		{`postfix/pickup: 5A0C1122DD: uid=1000 from=<erna>`, `begin q=5A0C1122DD from=erna`},
		{`postfix/postqueue: fatal: Queue report unavailable - mail system is down`, `known`},
		{`postfix/anvil: statistics: max connection rate 9/60s for (smtp:203.0.113.9) at Nov 22 07:14:45`, `known`},
		{`postfix/scache: statistics: domain lookup hits=1 miss=9 success=10%`, `known`},
		{`postfix/postscreen: PREGREET 9 after 0.1 from [203.0.113.9]:4711: EHLO x\r\n`, `known`},
		{`postfix/postscreen: WHITELISTED [203.0.113.9]:4711`, `known`},
		{`postfix/postscreen: ALLOWLISTED [203.0.113.9]:4711`, `known`},
		{`postfix/dnsblog: addr 203.0.113.9 listed by domain bl.example as 127.0.0.4`, `known`},
		{`postfix/tlsproxy: CONNECT from [203.0.113.9]:4711`, `known`},
		{`postfix/verify: cache btree:/var/lib/postfix/verify_cache full cleanup: retained=1 dropped=2 entries`, `known`},
		{`postfix/proxymap: warning: connect to mysql server db.buero.example: Access denied`, `known`},
		{`postfix/master: reload -- version 3.9.1, configuration /etc/postfix`, `known`},
	})
}
