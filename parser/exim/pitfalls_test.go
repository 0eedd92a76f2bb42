package exim

import "testing"

// pitfall is a line that a simpler reader gets wrong, with what it must tell.
type pitfall struct{ line, want string }

func checkPitfalls(t *testing.T, list []pitfall) {
	t.Helper()
	for _, l := range list {
		if got := parseText(l.line); got != l.want {
			t.Errorf("%s\n got %s\nwant %s", l.line, got, l.want)
		}
	}
}

// The owner is the id at the line's beginning, of either length; ids within subjects, message-ids, parents and replies are text.
func TestPitfallIDsWithinText(t *testing.T) {
	checkPitfalls(t, []pitfall{
		{`1xV2aa-00003C-7K <= erna@buero.example H=pc [192.0.2.44] P=esmtp S=7 id=E1xV2zz-00009Z-0A@andere.example`,
			`begin id=1xV2aa-00003C-7K sender=<erna@buero.example> msgid=E1xV2zz-00009Z-0A@andere.example size=7 client=pc ip=192.0.2.44`},
		{`1xV2aa-0000000BcDe-3FgH => max@kunde.example R=smart T=remote_smtp H=mx.kunde.example [192.0.2.9] C="250 OK id=1xV2zz-0000000YyYy-1ZzZ"`,
			`attempt id=1xV2aa-0000000BcDe-3FgH outcome=delivered to=max@kunde.example relay=mx.kunde.example relayip=192.0.2.9 next=1xV2zz-0000000YyYy-1ZzZ code=250 reply=250 OK id=1xV2zz-0000000YyYy-1ZzZ`},
		{`1xV2aa-00003C-7K <= <> R=1xV2zz-00009Z-0A U=exim P=local S=7`, `begin id=1xV2aa-00003C-7K sender=<> size=7 parent=1xV2zz-00009Z-0A`},
		{`1xV2aa-00003C-7K <= erna@buero.example U=erna P=local S=7 T="P=esmtp id=1xV2zz-00009Z-0A R=1xV2zz-00009Z-0B \"x\" \\n" from <erna@buero.example> for a@x.example b@x.example`,
			`begin id=1xV2aa-00003C-7K sender=<erna@buero.example> subject=P=esmtp id=1xV2zz-00009Z-0A R=1xV2zz-00009Z-0B \"x\" \\n size=7 nrcpt=2`},
	})
}

// Every flag; deliveries to files, pipes and nowhere; parents; and where the reason begins.
func TestPitfallFlags(t *testing.T) {
	checkPitfalls(t, []pitfall{
		{`1xV2aa-00003C-7K >> max@kunde.example R=smart T=remote_smtp H=mx.kunde.example [192.0.2.9] C="250 ok"`,
			`attempt id=1xV2aa-00003C-7K outcome=delivered to=max@kunde.example relay=mx.kunde.example relayip=192.0.2.9 code=250 reply=250 ok`},
		{`1xV2aa-00003C-7K -> max@kunde.example R=smart T=remote_smtp H=mx.kunde.example [192.0.2.9] C="250 ok"`,
			`attempt id=1xV2aa-00003C-7K outcome=delivered to=max@kunde.example relay=mx.kunde.example relayip=192.0.2.9 code=250 reply=250 ok`},
		{`1xV2aa-00003C-7K *> max@kunde.example R=smart T=remote_smtp H=mx.kunde.example [192.0.2.9]`, `known`},
		{`1xV2aa-00003C-7K => /home/erna/Mail/in box <erna@buero.example> R=userforward T=address_file`,
			`attempt id=1xV2aa-00003C-7K outcome=delivered to=erna@buero.example`},
		{`1xV2aa-00003C-7K => |/usr/bin/sort -x <erna@buero.example> R=userforward T=address_pipe`,
			`attempt id=1xV2aa-00003C-7K outcome=delivered to=erna@buero.example`},
		{`1xV2aa-00003C-7K => >max@kunde.example <erna@buero.example> R=vacation T=vacation_reply`,
			`attempt id=1xV2aa-00003C-7K outcome=delivered to=erna@buero.example`},
		{`1xV2aa-00003C-7K => :blackhole: <muell@buero.example> R=aliases`, `attempt id=1xV2aa-00003C-7K outcome=discarded to=muell@buero.example`},
		{`1xV2aa-00003C-7K => max@kunde.example (alle@buero.example) <info@buero.example> R=smart T=remote_smtp H=mx.kunde.example [192.0.2.9]:25*`,
			`attempt id=1xV2aa-00003C-7K outcome=delivered to=max@kunde.example orig=info@buero.example relay=mx.kunde.example relayip=192.0.2.9 port=25`},
		{`1xV2aa-00003C-7K ** max@kunde.example R=smart T=remote_smtp H=mx.kunde.example [192.0.2.9]: 550 a: b`,
			`attempt id=1xV2aa-00003C-7K outcome=bounced to=max@kunde.example relay=mx.kunde.example relayip=192.0.2.9 code=550 own reply=550 a: b`},
		{`1xV2aa-00003C-7K ** max@kunde.example R=smart T=remote_smtp H=mx.kunde.example [192.0.2.9] : 550 a : b`,
			`attempt id=1xV2aa-00003C-7K outcome=bounced to=max@kunde.example relay=mx.kunde.example relayip=192.0.2.9 code=550 own reply=550 a : b`},
		{`1xV2aa-00003C-7K ** "max: m"@kunde.example R=smart T=remote_smtp H=[2001:db8::9] DN="CN=mx: 1": 550 a`,
			`attempt id=1xV2aa-00003C-7K outcome=bounced to="max: m"@kunde.example relayip=2001:db8::9 code=550 own reply=550 a`},
		{`1xV2aa-00003C-7K == max@kunde.example routing defer (-52): host lookup did not complete`,
			`attempt id=1xV2aa-00003C-7K outcome=deferred to=max@kunde.example own reply=host lookup did not complete`},
		{`1xV2aa-00003C-7K == max@kunde.example R=smart T=remote_smtp defer (-44) H=mx.kunde.example [192.0.2.9]: SMTP error from remote mail server after RCPT TO:<max@kunde.example>: 451 spaeter`,
			`attempt id=1xV2aa-00003C-7K outcome=deferred to=max@kunde.example relay=mx.kunde.example relayip=192.0.2.9 stage=rcpt code=451 reply=451 spaeter`},
		{`1xV2aa-00003C-7K == max@kunde.example R=smart defer (-53) defer (-44) H=mx.kunde.example [192.0.2.9]: SMTP error from remote mail server after RCPT TO:<max@kunde.example>: 451 spaeter`,
			`attempt id=1xV2aa-00003C-7K outcome=deferred to=max@kunde.example relay=mx.kunde.example relayip=192.0.2.9 stage=rcpt code=451 reply=451 spaeter`},
		{`1xV2aa-00003C-7K SA: Action: flagged as Spam but accepted: score=9 required=5`, `known`},
		{`1xV2aa-00003C-7K Completed QT=3s`, `end id=1xV2aa-00003C-7K delay=3`},
	})
}

// P=, R=, T= and S= mean different things on arrivals and deliveries; unknown selectors are passed over; quotes are escaped.
func TestPitfallFieldsThatCollide(t *testing.T) {
	checkPitfalls(t, []pitfall{
		{`1xV2aa-00003C-7K => max@kunde.example F=<erna@buero.example> P=<erna@buero.example> R=smart T=remote_smtp S=99 H=mx.kunde.example [192.0.2.9]:25 I=[192.0.2.1]:4 PRX=192.0.2.8 TFO X=TLS1.3:c:256 CV=yes DN="C=DE, O=\"K\", CN=mx" K L PRDR M8S=0 SNI=mx NEUES=ding C="250-a\\n250 b" QT=1m DT=2s RT=0.1s`,
			`attempt id=1xV2aa-00003C-7K outcome=delivered to=max@kunde.example sender=<erna@buero.example> relay=mx.kunde.example relayip=192.0.2.9 port=25 delay=60 code=250 reply=250-a\\n250 b`},
		{`1xV2aa-00003C-7K <= erna@buero.example H=pc [192.0.2.44] P=esmtps X=TLS1.3:c:256 CV=no SNI=mx A=plain:erna M8S=8 DKIM=buero.example PRDR K L S=99 NEUES=ding RT=0.1s T="P=local R=x" id=7@buero.example`,
			`begin id=1xV2aa-00003C-7K sender=<erna@buero.example> subject=P=local R=x size=99 client=pc ip=192.0.2.44 user=erna`},
	})
}

// Links to bounce messages, frozen messages, expiry and both forms of a remote server's answer.
func TestPitfallMessageEnds(t *testing.T) {
	checkPitfalls(t, []pitfall{
		{`1xV2aa-00003C-7K max@kunde.example <x@y.example>: error ignored`, `known`},
		{`1xV2aa-00003C-7K Message is frozen`, `known`},
		{`1xV2aa-00003C-7K Frozen (delivery error message)`, `hold id=1xV2aa-00003C-7K outcome=held own whole reply=Frozen (delivery error message)`},
		{`1xV2aa-00003C-7K Unfrozen by forced delivery`, `release id=1xV2aa-00003C-7K`},
		{`1xV2aa-00003C-7K removed by erna`, `giveup id=1xV2aa-00003C-7K outcome=deleted own reply=removed by erna`},
		{`1xV2aa-00003C-7K cancelled by timeout_frozen_after`, `giveup id=1xV2aa-00003C-7K outcome=expired own reply=cancelled by timeout_frozen_after`},
		{`1xV2aa-00003C-7K ** max@kunde.example R=smart T=remote_smtp: SMTP error from remote mail server after RCPT TO:<max@kunde.example>: host mx.kunde.example [192.0.2.9]: 550 5.1.1 unbekannt`,
			`attempt id=1xV2aa-00003C-7K outcome=bounced to=max@kunde.example relay=mx.kunde.example relayip=192.0.2.9 stage=rcpt code=550 enh=5.1.1 reply=550 5.1.1 unbekannt`},
		{`1xV2aa-00003C-7K ** max@kunde.example R=smart T=remote_smtp H=mx.kunde.example [192.0.2.9] X=TLS1.3:c:256 CV=yes: SMTP error from remote mail server after pipelined end of data: 550 5.7.1 spam`,
			`attempt id=1xV2aa-00003C-7K outcome=bounced to=max@kunde.example relay=mx.kunde.example relayip=192.0.2.9 stage=end-of-data code=550 enh=5.7.1 reply=550 5.7.1 spam`},
		{`1xV2aa-00003C-7K == max@kunde.example R=smart T=remote_smtp defer (-18): Remote host mx.kunde.example [192.0.2.9] closed connection in response to initial connection`,
			`attempt id=1xV2aa-00003C-7K outcome=deferred to=max@kunde.example relay=mx.kunde.example relayip=192.0.2.9 stage=connect own reply=Remote host mx.kunde.example [192.0.2.9] closed connection in response to initial connection`},
		{`1xV2aa-00003C-7K ** max@buero.example R=lokal T=lmtp: LMTP error after end of data: 552 5.2.2 voll`,
			`attempt id=1xV2aa-00003C-7K outcome=bounced to=max@buero.example stage=end-of-data code=552 enh=5.2.2 reply=552 5.2.2 voll`},
		{`1xV2aa-00003C-7K == max@buero.example R=lokal T=spool defer (-22): mailbox is full (MTA-imposed quota exceeded while writing to /var/mail/max)`,
			`attempt id=1xV2aa-00003C-7K outcome=deferred to=max@buero.example own reply=mailbox is full (MTA-imposed quota exceeded while writing to /var/mail/max)`},
	})
}

// Exim gives up in two phrases, with or without router and transport; a host's retry time is no expiry.
func TestPitfallExpiry(t *testing.T) {
	checkPitfalls(t, []pitfall{
		{`1xV2aa-00003C-7K ** max@kunde.example: retry timeout exceeded`,
			`attempt id=1xV2aa-00003C-7K outcome=expired to=max@kunde.example own gaveup reply=retry timeout exceeded`},
		{`1xV2aa-00003C-7K ** max@kunde.example R=smart T=remote_smtp: all hosts for 'kunde.example' have been failing for a long time (and retry time not reached)`,
			`attempt id=1xV2aa-00003C-7K outcome=expired to=max@kunde.example own gaveup reply=all hosts for 'kunde.example' have been failing for a long time (and retry time not reached)`},
		{`1xV2aa-00003C-7K ** max@kunde.example: all hosts for 'kunde.example' have been failing for a long time (and retry time not reached)`,
			`attempt id=1xV2aa-00003C-7K outcome=expired to=max@kunde.example own gaveup reply=all hosts for 'kunde.example' have been failing for a long time (and retry time not reached)`},
		{`1xV2aa-00003C-7K == max@kunde.example routing defer (-51): retry time not reached`,
			`attempt id=1xV2aa-00003C-7K outcome=deferred to=max@kunde.example own gaveup reply=retry time not reached`},
	})
}

// Exim bounces after a 5xx greeting or EHLO.
func TestPitfallRefusedGreeting(t *testing.T) {
	checkPitfalls(t, []pitfall{
		{`1xV2aa-00003C-7K ** max@kunde.example R=smart T=remote_smtp H=mx.kunde.example [192.0.2.9]: SMTP error from remote mail server after initial connection: 554 5.7.1 weg`,
			`attempt id=1xV2aa-00003C-7K outcome=bounced to=max@kunde.example relay=mx.kunde.example relayip=192.0.2.9 stage=connect code=554 enh=5.7.1 reply=554 5.7.1 weg`},
		{`1xV2aa-00003C-7K ** max@kunde.example R=smart T=remote_smtp H=mx.kunde.example [192.0.2.9]: SMTP error from remote mail server after EHLO pc.buero.example: 550 weg`,
			`attempt id=1xV2aa-00003C-7K outcome=bounced to=max@kunde.example relay=mx.kunde.example relayip=192.0.2.9 stage=hello code=550 reply=550 weg`},
	})
}

// What our own server refuses, with and without an id; what follows in the reject log; a panel's "cwd=".
func TestPitfallRefusals(t *testing.T) {
	checkPitfalls(t, []pitfall{
		{`H=(wer) [203.0.113.9] F=<x@fremd.example> rejected RCPT <wer@buero.example>: kein Relay`,
			`reject outcome=rejected to=wer@buero.example sender=<x@fremd.example> ip=203.0.113.9 helo=wer stage=rcpt own reply=kein Relay`},
		{`H=(wer) [203.0.113.9] F=<x@fremd.example> temporarily rejected RCPT <wer@buero.example>: greylisted`,
			`reject outcome=rejected to=wer@buero.example sender=<x@fremd.example> ip=203.0.113.9 helo=wer stage=rcpt own reply=greylisted`},
		{`H=(wer) [203.0.113.9] sender verify fail for <x@fremd.example>: Unrouteable address`,
			`hint ip=203.0.113.9 helo=wer stage=rcpt own reply=sender verify fail for <x@fremd.example>: Unrouteable address`},
		{`H=(wer) [203.0.113.9] sender verify defer for <x@fremd.example>: host lookup did not complete`,
			`hint ip=203.0.113.9 helo=wer stage=rcpt own reply=sender verify defer for <x@fremd.example>: host lookup did not complete`},
		{`login authenticator failed for (pc) [203.0.113.9]: 535 Incorrect authentication data (set_id=erna)`,
			`reject outcome=rejected ip=203.0.113.9 helo=pc user=erna stage=auth code=535 own session reply=535 Incorrect authentication data`},
		{`SMTP call from (wer) [203.0.113.9] dropped: too many syntax or protocol errors (last command was "x", NULL)`,
			`reject outcome=rejected ip=203.0.113.9 helo=wer own session reply=too many syntax or protocol errors (last command was "x", NULL)`},
		{`TLS error on connection from (wer) [203.0.113.9] (gnutls_handshake): A TLS packet with unexpected length was received.`,
			`reject outcome=rejected ip=203.0.113.9 helo=wer stage=tls own session reply=A TLS packet with unexpected length was received.`},
		{`no MAIL in SMTP connection from (wer) [203.0.113.9] D=3s`, `known`},
		{`SMTP connection from (wer) [203.0.113.9] lost D=3s`, `known`},
		{`SMTP connection from (wer) [203.0.113.9] closed by QUIT`, `known`},
		{`1xV2aa-00003C-7K H=(wer) [203.0.113.9] F=<x@fremd.example> rejected after DATA: Virus`,
			`reject id=1xV2aa-00003C-7K outcome=rejected sender=<x@fremd.example> ip=203.0.113.9 helo=wer stage=end-of-data own whole reply=Virus`},
		{`1xV2aa-00003C-7K H=(wer) [203.0.113.9] F=<x@fremd.example> rejected by local_scan(): nein`,
			`reject id=1xV2aa-00003C-7K outcome=rejected sender=<x@fremd.example> ip=203.0.113.9 helo=wer stage=end-of-data own whole reply=nein`},
		{`H=(wer) [203.0.113.9] F=<x@fremd.example> RCPT <wer@buero.example>: discarded by RCPT ACL: falle`,
			`reject outcome=discarded to=wer@buero.example sender=<x@fremd.example> ip=203.0.113.9 helo=wer stage=rcpt own reply=discarded by RCPT ACL: falle`},
		{`P Received: from wer ([203.0.113.9])`, `known`},
		{`F From: X <x@fremd.example>`, `known`},
		{`T To: wer@buero.example`, `known`},
		{`cwd=/home/shop 4 args: /usr/sbin/sendmail -t -i -f shop@buero.example`, `known`},
	})
}
