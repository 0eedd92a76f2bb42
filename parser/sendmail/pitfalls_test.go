package sendmail

import (
	"testing"

	"bouncelog/parser"
)

// pitfall is a line that a simpler reader gets wrong, with what it must tell.
type pitfall struct{ line, want string }

func checkPitfalls(t *testing.T, list []pitfall) {
	t.Helper()
	for _, l := range list {
		if got := said(t, l.line); got != l.want {
			t.Errorf("%s\n got %s\nwant %s", l.line, got, l.want)
		}
	}
}

// said is what a line tells, in the words of tell.
func said(t *testing.T, line string) string {
	r, res := read(t, line)
	switch res {
	case parser.Known:
		return "known"
	case parser.Unrecognized:
		return "unrecognized"
	}
	return tell(r)
}

// The submission program and the daemon log one message under two ids: the first names the second, at this host.
func TestPitfallHandOverToMTA(t *testing.T) {
	checkPitfalls(t, []pitfall{
		{`6AMB01Qx004711: to=erna@buero.example, ctladdr=root (0/0), delay=00:00:01, xdelay=00:00:01, mailer=relay, pri=30012, relay=[127.0.0.1] [127.0.0.1], dsn=2.0.0, stat=Sent (6AMB01Qy004712 Message accepted for delivery)`,
			`attempt id="6AMB01Qx004711" outcome=delivered to="erna@buero.example" next="6AMB01Qy004712" local relayip="127.0.0.1" delay=1 reply="6AMB01Qy004712 Message accepted for delivery" enh="2.0.0"`},
	})
}

// Senders without brackets, message-ids that hold commas, relays in every form, no recipient at all, ids of Sendmail 8.8.
func TestPitfallFromLines(t *testing.T) {
	checkPitfalls(t, []pitfall{
		{`6AMB01Qx004711: from=erna, size=7, class=0, nrcpts=1, msgid=<a,b c@buero.example>, relay=erna@localhost`,
			`begin id="6AMB01Qx004711" sender="erna" msgid="a,b c@buero.example" size=7 nrcpt=1 client="localhost"`},
		{`6AMB01Qx004711: from=<x@fremd.example>, size=7, class=0, nrcpts=1, proto=SMTP, daemon=MTA, relay=h.fremd.example [203.0.113.9] (may be forged)`,
			`begin id="6AMB01Qx004711" sender="x@fremd.example" size=7 nrcpt=1 client="h.fremd.example" ip="203.0.113.9"`},
		{`6AMB01Qx004711: from=<x@fremd.example>, size=7, class=0, nrcpts=1, proto=SMTP, daemon=MTA, relay=[IPv6:2001:db8::9]`,
			`begin id="6AMB01Qx004711" sender="x@fremd.example" size=7 nrcpt=1 ip="2001:db8::9"`},
		{`6AMB01Qx004711: from=<x@fremd.example>, size=0, class=0, nrcpts=0, proto=SMTP, daemon=MTA, relay=[203.0.113.9]`,
			`context id="6AMB01Qx004711" sender="x@fremd.example" ip="203.0.113.9" whole`},
		{`SAA15929: from=<x@fremd.example>, size=7, class=0, pri=1, nrcpts=1, msgid=<1@x>, proto=SMTP, relay=h [203.0.113.9]`,
			`begin id="SAA15929" sender="x@fremd.example" msgid="1@x" size=7 nrcpt=1 client="h" ip="203.0.113.9"`},
	})
}

// Chunks of recipients, words cut in their middle, days in the delay, every "stat=" with its commas.
func TestPitfallToLines(t *testing.T) {
	checkPitfalls(t, []pitfall{
		{`6AMB01Qx004711: to=<a@x.example>,<b@x.example>, [more], delay=00:00:02, xdelay=00:00:02, mailer=esmtp, pri=99, relay=mx.x.example. [192.0.2.9], dsn=5.0.0, stat=Service unavailable`,
			`attempt id="6AMB01Qx004711" outcome=bounced to="a@x.example" to="b@x.example" relay="mx.x.example" relayip="192.0.2.9" delay=2 reply="Service unavailable" enh="5.0.0" own`},
		{`6AMB01Qx004711: to=<a@x.example>, ctladdr=<lang...@buero.example> (1/1), delay=1+02:03:04, xdelay=00:00:02, mailer=esmtp, pri=99, relay=mx.x.example. [192.0.2.9], dsn=5.7.1, stat=550 5.7.1 erst ... zuletzt`,
			`attempt id="6AMB01Qx004711" outcome=bounced to="a@x.example" relay="mx.x.example" relayip="192.0.2.9" delay=93784 reply="550 5.7.1 erst ... zuletzt" code=550 enh="5.7.1"`},
		{`6AMB01Qx004711: to=<a@x.example>, delay=00:00:02, xdelay=00:00:02, mailer=esmtp, pri=99, relay=mx.x.example. [192.0.2.9], dsn=4.0.0, stat=Deferred: Connection reset by mx.x.example., then, more`,
			`attempt id="6AMB01Qx004711" outcome=deferred to="a@x.example" relay="mx.x.example" relayip="192.0.2.9" delay=2 reply="Connection reset by mx.x.example., then, more" enh="4.0.0" own`},
		{`6AMB01Qx004711: to=<a@x.example>, delay=00:00:02, mailer=esmtp, pri=99, dsn=5.1.1, stat=User unknown`,
			`attempt id="6AMB01Qx004711" outcome=bounced to="a@x.example" delay=2 reply="User unknown" enh="5.1.1" own`},
		{`6AMB01Qx004711: to=<a@x.example>, delay=00:00:02, mailer=esmtp, pri=99, relay=mx.x.example. [192.0.2.9], dsn=5.1.1, reply=550 5.5.0 andere Worte, stat=User unknown`,
			`attempt id="6AMB01Qx004711" outcome=bounced to="a@x.example" relay="mx.x.example" relayip="192.0.2.9" delay=2 reply="550 5.5.0 andere Worte" code=550 enh="5.5.0"`},
		{`6AMB01Qx004711: to=<a@x.example>, delay=00:00:02, mailer=esmtp, pri=99, relay=mx.x.example. [192.0.2.9], dsn=5.1.1, reply=550-5.1.1 erste Zeile, stat=User unknown`,
			`attempt id="6AMB01Qx004711" outcome=bounced to="a@x.example" relay="mx.x.example" relayip="192.0.2.9" delay=2 reply="550-5.1.1 erste Zeile" code=550 enh="5.1.1"`},
		{`6AMB01Qx004711: to=<a@x.example>, delay=00:00:02, mailer=esmtp, pri=99, dsn=5.6.0, stat=Data format error`,
			`attempt id="6AMB01Qx004711" outcome=bounced to="a@x.example" delay=2 reply="Data format error" enh="5.6.0" own`},
		{`6AMB01Qx004711: to=<a@x.example>, delay=00:00:02, mailer=esmtp, pri=99, dsn=5.5.0, stat=Remote protocol error`,
			`attempt id="6AMB01Qx004711" outcome=bounced to="a@x.example" delay=2 reply="Remote protocol error" enh="5.5.0" own`},
		{`6AMB01Qx004711: to=<a@x.example>, delay=00:00:02, mailer=esmtp, pri=99, dsn=5.3.5, stat=Local configuration error`,
			`attempt id="6AMB01Qx004711" outcome=bounced to="a@x.example" delay=2 enh="5.3.5" own`},
		{`6AMB01Qx004711: to=<a@x.example>, delay=00:00:02, mailer=esmtp, pri=99, dsn=4.3.0, stat=Operating system error`,
			`attempt id="6AMB01Qx004711" outcome=deferred to="a@x.example" delay=2 reply="Operating system error" enh="4.3.0" own gaveup`},
		{`6AMB01Qx004711: to=<a@x.example>, delay=00:00:02, mailer=esmtp, pri=99, dsn=5.4.6, stat=Too many hops`,
			`attempt id="6AMB01Qx004711" outcome=bounced to="a@x.example" delay=2 reply="Too many hops" enh="5.4.6" own`},
		{`6AMB01Qx004711: to=<a@x.example>, delay=5+00:00:02, mailer=esmtp, pri=99, dsn=5.4.7, stat=Message could not be delivered for 5 days`,
			`attempt id="6AMB01Qx004711" outcome=expired to="a@x.example" delay=432002 reply="Message could not be delivered for 5 days" enh="5.4.7" own gaveup`},
		{`6AMB01Qx004711: 6AMB01Qw004711: DSN: Cannot send message for 5 days`,
			`giveup id="6AMB01Qx004711" outcome=expired child="6AMB01Qw004711" dsn=failure reply="Cannot send message for 5 days" own gaveup`},
		{`SAA15929: to=<a@x.example>, delay=00:00:02, mailer=esmtp, relay=mx.x.example. [192.0.2.9], stat=Sent (ok)`,
			`attempt id="SAA15929" outcome=delivered to="a@x.example" relay="mx.x.example" relayip="192.0.2.9" delay=2 reply="ok"`},
		{`6AMB01Qx004711: done; delay=00:00:02, ntries=1`, `end id="6AMB01Qx004711"`},
	})
}

// The line that makes a bounce message names both; a warning and a receipt are no bounces; "for 5 days" ends what was deferred.
func TestPitfallDSNLinks(t *testing.T) {
	checkPitfalls(t, []pitfall{
		{`6AMB01Qx004711: 6AMB01Qw004711: DSN: User unknown`, `dsn id="6AMB01Qx004711" child="6AMB01Qw004711" dsn=failure`},
		{`6AMB01Qx004711: 6AMB01Qw004711: return to sender: User unknown`, `dsn id="6AMB01Qx004711" child="6AMB01Qw004711" dsn=failure`},
		{`6AMB01Qx004711: 6AMB01Qw004711: sender notify: Warning: could not send message for past 4 hours`,
			`dsn id="6AMB01Qx004711" child="6AMB01Qw004711" dsn=delay`},
		{`6AMB01Qx004711: 6AMB01Qw004711: postmaster notify: User unknown`, `dsn id="6AMB01Qx004711" child="6AMB01Qw004711" dsn=postmaster`},
		{`6AMB01Qx004711: 6AMB01Qw004711: clone: owner=erna@buero.example`, `begin id="6AMB01Qw004711" sender="erna@buero.example" orig="6AMB01Qx004711"`},
		{`6AMB01Qx004711: 6AMB01Qw004711: DSN: Return receipt`, `dsn id="6AMB01Qx004711" child="6AMB01Qw004711" dsn=success`},
	})
}

// Refusals of rulesets and milters, with and without an id, and what the daemon says of sessions.
func TestPitfallRulesetsAndMilters(t *testing.T) {
	checkPitfalls(t, []pitfall{
		{`ruleset=check_relay, arg1=h.fremd.example, arg2=203.0.113.9, relay=h.fremd.example [203.0.113.9], reject=553 5.3.0 weg`,
			`reject outcome=rejected client="h.fremd.example" ip="203.0.113.9" reply="553 5.3.0 weg" code=553 enh="5.3.0" stage=connect session own`},
		{`6AMB01Qx004711: ruleset=check_rcpt, arg1=<a@x.example>, relay=h.fremd.example [203.0.113.9], reject=550 5.7.1 <a@x.example>... Relaying denied`,
			`reject id="6AMB01Qx004711" outcome=rejected client="h.fremd.example" ip="203.0.113.9" to="a@x.example" reply="550 5.7.1 <a@x.example>... Relaying denied" code=550 enh="5.7.1" stage=rcpt own`},
		{`6AMB01Qx004711: ruleset=check_rcpt, arg1=<a@x.example>, relay=h.fremd.example [203.0.113.9], discard`, `known`},
		{`6AMB01Qx004711: ruleset=check_mail, arg1=<a@x.example>, relay=h.fremd.example [203.0.113.9], quarantine=x`, `known`},
		{`ruleset=try_tls, arg1=mx.x.example, relay=mx.x.example, reject=550 5.7.1 <mx.x.example>... do not try TLS with mx.x.example`, `known`},
		{`6AMB01Qx004711: Milter: to=<a@buero.example>, reject=451 4.7.1 spaeter`,
			`reject id="6AMB01Qx004711" outcome=rejected to="a@buero.example" reply="451 4.7.1 spaeter" code=451 enh="4.7.1" stage=rcpt own`},
		{`6AMB01Qx004711: Milter change: header Subject: from a to b`, `known`},
		{`6AMB01Qx004711: milter=clamav, action=eom, reject=554 5.7.1 Virus`, `known`},
		{`6AMB01Qx004711: <wer@buero.example>... User unknown`,
			`reject id="6AMB01Qx004711" outcome=rejected to="wer@buero.example" reply="<wer@buero.example>... User unknown" code=550 enh="5.1.1" stage=rcpt own`},
		{`6AMB01Qx004711: lost input channel from h.fremd.example [203.0.113.9] to MTA after rcpt`, `known`},
		{`6AMB01Qx004711: collect: premature EOM: unexpected close`, `known`},
		{`6AMB01Qx004711: timeout waiting for input from mx.x.example. during client greeting`,
			`hint id="6AMB01Qx004711" reply="timeout waiting for input from mx.x.example. during client greeting" stage=connect own`},
		{`6AMB01Qx004711: SYSERR(root): collect: I/O error on connection from h.fremd.example, from=<x@fremd.example>`,
			`hint id="6AMB01Qx004711" reply="collect: I/O error on connection from h.fremd.example, from=<x@fremd.example>" own`},
		{`NOQUEUE: SYSERR(root): getrequests: accept: Invalid argument`, `known`},
		{`6AMB01Qx004711: rejecting commands from h.fremd.example [203.0.113.9] due to pre-greeting traffic after 0 seconds`,
			`reject outcome=rejected client="h.fremd.example" ip="203.0.113.9" reply="rejecting commands from h.fremd.example [203.0.113.9] due to pre-greeting traffic after 0 seconds" code=554 stage=connect session own`},
		{`AUTH=server, relay=pc.buero.example [192.0.2.44], authid=erna, mech=PLAIN, bits=0`,
			`session client="pc.buero.example" ip="192.0.2.44" auth="erna"`},
		{`STARTTLS=client, relay=mx.x.example., version=TLSv1.3, verify=OK, cipher=c, bits=256/256`, `known`},
		{`6AMB01Qx004711: message size (99) exceeds maximum (9)`,
			`hint id="6AMB01Qx004711" reply="message size (99) exceeds maximum (9)" code=552 enh="5.2.3" own`},
	})
}

// "reply=" is what the server said, "stat=" what Sendmail makes of it; a bare "Deferred" has no words; replies end after their first line.
func TestPitfallReplies(t *testing.T) {
	checkPitfalls(t, []pitfall{
		{`6AMB01Qx004711: to=<a@x.example>, delay=00:00:02, mailer=esmtp, pri=99, relay=mx.x.example. [192.0.2.9], dsn=4.3.0, stat=Deferred`,
			`attempt id="6AMB01Qx004711" outcome=deferred to="a@x.example" relay="mx.x.example" relayip="192.0.2.9" delay=2 enh="4.3.0" own`},
		{`6AMB01Qx004711: to=<a@x.example>, delay=00:00:02, mailer=esmtp, pri=99, relay=mx.x.example. [192.0.2.9], dsn=5.0.0, reply=554 5.7.1 weg mit dir, stat=Service unavailable`,
			`attempt id="6AMB01Qx004711" outcome=bounced to="a@x.example" relay="mx.x.example" relayip="192.0.2.9" delay=2 reply="554 5.7.1 weg mit dir" code=554 enh="5.7.1"`},
	})
}
