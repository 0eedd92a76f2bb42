package sendmail

import (
	"fmt"
	"strings"
	"testing"

	"bouncelog/parser"
)

// read parses one message of the program sm-mta.
func read(t testing.TB, m string) (*parser.Record, parser.Result) {
	t.Helper()
	f := parser.Frame{Program: []byte("sm-mta"), PID: 4711, Message: []byte(m)}
	var r parser.Record
	r.Reset()
	p := New()
	if !p.Claims(&f) {
		t.Fatalf("not claimed: %s", m)
	}
	return &r, p.Parse(&f, &r)
}

// tell writes what a record says as "name=value" words, in a fixed order, leaving out what is not said.
func tell(r *parser.Record) string {
	var b strings.Builder
	add := func(name string, v any) { fmt.Fprintf(&b, " %s=%v", name, v) }
	text := func(name string, v []byte) {
		if v != nil {
			fmt.Fprintf(&b, " %s=%q", name, v)
		}
	}
	flag := func(name string, v bool) {
		if v {
			b.WriteString(" " + name)
		}
	}
	kinds := map[parser.Kind]string{
		parser.KindBegin: "begin", parser.KindContext: "context", parser.KindAttempt: "attempt", parser.KindGiveUp: "giveup", parser.KindEnd: "end", parser.KindHold: "hold", parser.KindRelease: "release",
		parser.KindDSN: "dsn", parser.KindReject: "reject", parser.KindHint: "hint", parser.KindSession: "session",
	}
	b.WriteString(kinds[r.Kind])
	text("id", r.QueueID)
	if r.Outcome != parser.OutcomeNone {
		add("outcome", r.Outcome)
	}
	if r.HasSender {
		add("sender", fmt.Sprintf("%q", r.Sender))
	}
	text("msgid", r.MessageID)
	if r.Size > 0 {
		add("size", r.Size)
	}
	if r.NRcpt > 0 {
		add("nrcpt", r.NRcpt)
	}
	text("client", r.ClientHost)
	text("ip", r.ClientIP)
	text("auth", r.AuthUser)
	text("helo", r.Helo)
	text("orig", r.OrigQueueID)
	text("child", r.Child)
	if r.DSN != parser.DSNNone {
		add("dsn", [...]string{"", "failure", "delay", "success", "postmaster"}[r.DSN])
	}
	for _, a := range r.Recipients {
		text("to", a)
	}
	text("origto", r.OrigRecipient)
	text("next", r.NextQueueID)
	flag("local", r.NextLocal)
	text("relay", r.RelayHost)
	text("relayip", r.RelayIP)
	if r.Delay >= 0 {
		add("delay", r.Delay)
	}
	text("reply", r.Reply)
	if r.ReplyCode != 0 {
		add("code", r.ReplyCode)
	}
	text("enh", r.Enhanced)
	if r.Stage != parser.StageNone {
		add("stage", r.Stage)
	}
	flag("session", r.Session)
	flag("whole", r.Whole)
	flag("own", r.Own)
	flag("gaveup", r.GaveUp)
	return b.String()
}

const id, id2 = "6AMAAAr9012345", "6AMAAAr9112345"

// samples are lines of every kind with what they tell; "known" and "unrecognized" stand for lines that tell nothing.
var samples = []struct{ line, want string }{
	// from=
	{`from=<anna@firma.example>, size=2048, class=0, nrcpts=2, msgid=<77@firma.example>, proto=ESMTP, daemon=MTA, relay=pc.firma.example [192.0.2.7]`,
		`begin id="ID" sender="anna@firma.example" msgid="77@firma.example" size=2048 nrcpt=2 client="pc.firma.example" ip="192.0.2.7"`},
	{`from=anna, size=12, class=-30, pri=30012, nrcpts=1, msgid=<202611221000.x@firma.example>, relay=anna@localhost`,
		`begin id="ID" sender="anna" msgid="202611221000.x@firma.example" size=12 nrcpt=1 client="localhost"`},
	{`from=<>, size=3000, class=0, nrcpts=1, bodytype=8BITMIME, proto=ESMTPS, daemon=MTA, tls_verify=OK, auth=NONE, relay=ident@h.example [IPv6:2001:db8::1] (may be forged)`,
		`begin id="ID" sender="" size=3000 nrcpt=1 client="h.example" ip="2001:db8::1"`},
	{`from=<a@b.example>, size=1, class=0, nrcpts=1, msgid=with spaces, and commas, proto=SMTP, daemon=MTA, relay=[192.0.2.9]`,
		`begin id="ID" sender="a@b.example" msgid="with spaces, and commas" size=1 nrcpt=1 ip="192.0.2.9"`},
	{`from=<a@b.example>, size=0, class=0, nrcpts=0, proto=ESMTP, daemon=MTA, relay=h.example [192.0.2.1]`,
		`context id="ID" sender="a@b.example" client="h.example" ip="192.0.2.1" whole`},
	{`from=<a@b.example>, size=0, class=0, nrcpts=1, proto=ESMTP, daemon=MTA, relay=h.example [192.0.2.1]`,
		`context id="ID" sender="a@b.example" nrcpt=1 client="h.example" ip="192.0.2.1" whole`},

	// to=
	{`to=<bob@kunde.example>, delay=00:00:02, xdelay=00:00:01, mailer=esmtp, pri=32048, relay=mx.kunde.example. [198.51.100.3], dsn=2.0.0, stat=Sent (Ok: queued as 4F00BA12)`,
		`attempt id="ID" outcome=delivered to="bob@kunde.example" next="4F00BA12" relay="mx.kunde.example" relayip="198.51.100.3" delay=2 reply="Ok: queued as 4F00BA12" enh="2.0.0"`},
	{`to=bob@kunde.example, ctladdr=anna (1001/1001), delay=1+02:00:03, xdelay=00:00:03, mailer=relay, pri=30012, relay=[127.0.0.1] [127.0.0.1], dsn=2.0.0, stat=Sent (6AMAAAr9112345 Message accepted for delivery)`,
		`attempt id="ID" outcome=delivered to="bob@kunde.example" next="6AMAAAr9112345" local relayip="127.0.0.1" delay=93603 reply="6AMAAAr9112345 Message accepted for delivery" enh="2.0.0"`},
	{`to="Bob, at work" <bob@kunde.example>,anna, ctladdr=root (0/0), delay=00:00:03, mailer=relay, pri=1, relay=[127.0.0.1] [127.0.0.1], dsn=4.0.0, stat=Deferred: Connection refused by [127.0.0.1]`,
		`attempt id="ID" outcome=deferred to="bob@kunde.example" to="anna" relayip="127.0.0.1" delay=3 reply="Connection refused by [127.0.0.1]" enh="4.0.0" own`},
	{`to=bob@kunde.example, delay=00:00:03, mailer=relay, relay=localhost [IPv6:::1], stat=Sent (6AMAAAr9112345 Message accepted for delivery)`,
		`attempt id="ID" outcome=delivered to="bob@kunde.example" next="6AMAAAr9112345" local relay="localhost" relayip="::1" delay=3 reply="6AMAAAr9112345 Message accepted for delivery"`},
	{`to=<bob@kunde.example>, delay=00:00:03, mailer=relay, pri=1, relay=smart.example. [198.51.100.9], dsn=2.0.0, stat=Sent (6AMAAAr9112345 Message accepted for delivery)`,
		`attempt id="ID" outcome=delivered to="bob@kunde.example" next="6AMAAAr9112345" relay="smart.example" relayip="198.51.100.9" delay=3 reply="6AMAAAr9112345 Message accepted for delivery" enh="2.0.0"`},
	{`to=<a@x.example>,<b@x.example>,<"c, d"@x.example>, delay=00:01:00, xdelay=00:00:01, mailer=esmtp, pri=1, relay=mx.x.example. [198.51.100.3], dsn=2.0.0, stat=Sent (OK id=1uHk87b-00000000AbC-1dEf)`,
		`attempt id="ID" outcome=delivered to="a@x.example" to="b@x.example" to="\"c, d\"@x.example" next="1uHk87b-00000000AbC-1dEf" relay="mx.x.example" relayip="198.51.100.3" delay=60 reply="OK id=1uHk87b-00000000AbC-1dEf" enh="2.0.0"`},
	{`to=<a@x.example>,<b@x.example>, [more], delay=00:01:00, mailer=esmtp, pri=1, relay=mx.x.example., dsn=4.4.1, stat=Deferred: Connection timed out with mx.x.example.`,
		`attempt id="ID" outcome=deferred to="a@x.example" to="b@x.example" relay="mx.x.example" delay=60 reply="Connection timed out with mx.x.example." enh="4.4.1" own`},
	{`to=<c@x.example>, delay=00:00:00, xdelay=00:00:00, mailer=esmtp, pri=1, relay=mx.x.example. [198.51.100.3], dsn=5.1.1, reply=550 5.1.1 <c@x.example>... no, no, stat=User unknown`,
		`attempt id="ID" outcome=bounced to="c@x.example" relay="mx.x.example" relayip="198.51.100.3" delay=0 reply="550 5.1.1 <c@x.example>... no, no" code=550 enh="5.1.1"`},
	{`to=<c@x.example>, delay=00:00:00, mailer=esmtp, pri=1, relay=mx.x.example. [198.51.100.3], dsn=5.5.0, reply=550 no mailbox, stat=Service unavailable`,
		`attempt id="ID" outcome=bounced to="c@x.example" relay="mx.x.example" relayip="198.51.100.3" delay=0 reply="550 no mailbox" code=550 enh="5.5.0"`},
	{`to=<c@x.example>, delay=00:00:00, mailer=esmtp, pri=1, relay=mx.x.example. [198.51.100.3], dsn=4.2.2, reply=452-4.2.2 full; see, stat=Deferred: 452-4.2.2 full; see`,
		`attempt id="ID" outcome=deferred to="c@x.example" relay="mx.x.example" relayip="198.51.100.3" delay=0 reply="452-4.2.2 full; see" code=452 enh="4.2.2"`},
	{`to=<c@x.example>, delay=00:00:00, mailer=esmtp, pri=1, relay=mx.x.example. [198.51.100.3], dsn=4.4.2, stat=Deferred`,
		`attempt id="ID" outcome=deferred to="c@x.example" relay="mx.x.example" relayip="198.51.100.3" delay=0 enh="4.4.2" own`},
	{`to=<c@x.example>, delay=00:00:00, mailer=esmtp, relay=mx.x.example. [198.51.100.3], stat=Deferred: 451 4.7.1 Greylisted`,
		`attempt id="ID" outcome=deferred to="c@x.example" relay="mx.x.example" relayip="198.51.100.3" delay=0 reply="451 4.7.1 Greylisted" code=451 enh="4.7.1"`},
	{`to=<c@x.example>, delay=00:00:00, mailer=esmtp, pri=1, relay=x.example, dsn=5.1.2, stat=Host unknown (Name server: x.example: host not found)`,
		`attempt id="ID" outcome=bounced to="c@x.example" relay="x.example" delay=0 reply="Host unknown (Name server: x.example: host not found)" enh="5.1.2" own`},
	{`to=<c@x.example>, delay=00:00:00, mailer=esmtp, pri=1, dsn=4.4.3, stat=queued`,
		`attempt id="ID" outcome=deferred to="c@x.example" delay=0 enh="4.4.3" own`},
	{`to=<c@x.example>, delay=00:00:00, mailer=esmtp, pri=1, stat=queued`, `known`},
	{`to=<c@x.example>, delay=00:00:00, mailer=esmtp, pri=1, quarantine=virus, stat=maybe, dsn=5.0.0, stat=quarantined`,
		`hold id="ID" outcome=held to="c@x.example" delay=0 reply="virus, stat=maybe" whole`},
	{`to=<c@x.example>, delay=5+00:00:00, mailer=esmtp, pri=1, dsn=5.4.7, stat=Message could not be delivered for 5 days`,
		`attempt id="ID" outcome=expired to="c@x.example" delay=432000 reply="Message could not be delivered for 5 days" enh="5.4.7" own gaveup`},
	{`to=<c@x.example>, delay=00:00:00, mailer=esmtp, pri=1, relay=x.example., dsn=5.3.5, stat=Local configuration error`,
		`attempt id="ID" outcome=bounced to="c@x.example" relay="x.example" delay=0 enh="5.3.5" own`},
	{`to=bob, delay=00:00:01, xdelay=00:00:01, mailer=local, pri=1, relay=detail, dsn=2.0.0, stat=Sent`, `attempt id="ID" outcome=delivered to="bob" delay=1 enh="2.0.0"`},
	{`to=bob, ctladdr=<team@firma.example> (8/0), delay=00:00:01, mailer=local, pri=1, dsn=5.3.0, stat=unknown mailer error 2`,
		`attempt id="ID" outcome=bounced to="bob" origto="team@firma.example" delay=1 reply="unknown mailer error 2" enh="5.3.0" own`},
	{`to=<bob@x.example>, ctladdr=<anna@firma.example> (1001/1001), delay=00:00:01, mailer=local, pri=1, dsn=4.5.0, stat=I/O error: No space left on device`,
		`attempt id="ID" outcome=deferred to="bob@x.example" delay=1 reply="I/O error: No space left on device" enh="4.5.0" own`},
	{`to="|/usr/bin/filter -a, b", ctladdr=<tickets@firma.example> (8/0), delay=00:00:01, mailer=prog, pri=1, dsn=4.0.0, stat=Deferred: prog mailer (/bin/sh) exited with EX_TEMPFAIL`,
		`attempt id="ID" outcome=deferred to="tickets@firma.example" delay=1 reply="prog mailer (/bin/sh) exited with EX_TEMPFAIL" enh="4.0.0" own`},
	{`to=/dev/null, ctladdr=<trash@firma.example> (8/0), delay=00:00:01, mailer=*file*, pri=1, dsn=2.0.0, stat=Sent`, `attempt id="ID" outcome=delivered to="trash@firma.example" delay=1 enh="2.0.0"`},
	{`to=/var/spool/x, delay=00:00:01, mailer=*file*, pri=1, dsn=5.3.0, stat=Can't create output`,
		`attempt id="ID" outcome=bounced to="/var/spool/x" delay=1 reply="Can't create output" enh="5.3.0" own`},
	{`to=<c@x.example>, delay=00:00:00, mailer=lmtp, pri=1, relay=localhost, dsn=4.2.2, stat=Deferred (452 4.2.2 over quota)`,
		`attempt id="ID" outcome=deferred to="c@x.example" relay="localhost" delay=0 reply="452 4.2.2 over quota" code=452 enh="4.2.2" own`},
	{`to=<c@x.example>, delay=00:00:00, mailer=esmtp, pri=1, relay=mx.x.example. [198.51.100.3], dsn=5.7.1, stat=Go away, stranger`,
		`attempt id="ID" outcome=bounced to="c@x.example" relay="mx.x.example" relayip="198.51.100.3" delay=0 reply="Go away, stranger" enh="5.7.1" own`},
	{`to=<c@x.example>, delay=00:00:00, pri=30000, stat=discarded`, `attempt id="ID" outcome=discarded to="c@x.example" delay=0`},
	{`to=<c@x.example>, delay=00:00:00, pri=30000, stat=RSET`, `known`},
	{`to=<c@x.example>, delay=00:00:00, pri=177607, stat=Message exceeds maximum fixed size (100000)`,
		`reject id="ID" outcome=rejected to="c@x.example" reply="Message exceeds maximum fixed size (100000)" code=552 enh="5.2.3" stage=end-of-data whole own`},
	{`to=<c@x.example>, delay=00:00:00, pri=30000, stat=Go away`, `reject id="ID" outcome=rejected to="c@x.example" reply="Go away" stage=end-of-data whole own`},

	// bounce messages and other families
	{id2 + `: DSN: User unknown`, `dsn id="ID" child="ID2" dsn=failure`},
	{id2 + `: sender notify: MX list for x.example. points back to mx.firma.example`, `dsn id="ID" child="ID2" dsn=failure`},
	{id2 + `: DSN: Too many hops 26 (25 max): from <a@b.example> via localhost, to <c@d.example>`,
		`giveup id="ID" outcome=bounced child="ID2" dsn=failure reply="Too many hops 26 (25 max): from <a@b.example> via localhost, to <c@d.example>" code=554 enh="5.4.6" own`},
	{`SYSERR(root): Too many hops 26 (25 max): from <"a, to <x"@b.example> via h.example, to <c@d.example>`,
		`attempt id="ID" outcome=deferred to="c@d.example" reply="Too many hops 26 (25 max): from <\"a, to <x\"@b.example> via h.example, to <c@d.example>" code=554 enh="5.4.6" own`},
	{id2 + `: DSN: aliasing/forwarding loop broken`, `dsn id="ID" outcome=bounced child="ID2" dsn=failure reply="aliasing/forwarding loop broken" code=554 enh="5.4.6" own`},
	{id2 + `: DSN: :include:/etc/list... Cannot open /etc/list: No such file or directory`,
		`dsn id="ID" outcome=bounced child="ID2" dsn=failure reply=":include:/etc/list... Cannot open /etc/list: No such file or directory" code=550 enh="5.2.4" own`},
	{id2 + `: DSN: /home/joe/.forward: line 1: "|/bin/x y"... User joe@h.example doesn't have a valid shell for mailing to programs`,
		`dsn id="ID" outcome=bounced child="ID2" dsn=failure reply="/home/joe/.forward: line 1: \"|/bin/x y\"... User joe@h.example doesn't have a valid shell for mailing to programs" code=550 enh="5.7.1" own`},
	{id2 + `: return to sender: User unknown`, `dsn id="ID" child="ID2" dsn=failure`},
	{id2 + `: postmaster notify: User unknown`, `dsn id="ID" child="ID2" dsn=postmaster`},
	{id2 + `: sender notify: Warning: could not send message for past 4 hours`, `dsn id="ID" child="ID2" dsn=delay`},
	{id2 + `: DSN: Return receipt`, `dsn id="ID" child="ID2" dsn=success`},
	{id2 + `: DSN: Cannot send message for 5 days`, `giveup id="ID" outcome=expired child="ID2" dsn=failure reply="Cannot send message for 5 days" own gaveup`},
	{id2 + `: clone: owner=list-owner@firma.example`, `begin id="ID2" sender="list-owner@firma.example" orig="ID"`},
	{`clone ` + id2 + `, owner=list-owner@firma.example`, `begin id="ID2" sender="list-owner@firma.example" orig="ID"`},
	{`clone of the moon`, `unrecognized`},
	{`split: maxrcpts=100, rcpts=150, count=1, id=` + id2, `begin id="ID2" orig="ID"`},
	{`split: count=2, ids=` + id2 + `, 6AMAAAr9212345`, `known`},
	{`done; delay=00:00:05, ntries=1`, `end id="ID"`},
	{`discarded`, `giveup id="ID" outcome=discarded`},
	{`quarantine=odd, stat=Sent`, `hold id="ID" outcome=held reply="odd, stat=Sent" whole own`},
	{`milter=clamav, quarantine=odd, really`, `hold id="ID" outcome=held reply="odd, really" whole own`},
	{`unquarantine`, `release id="ID" whole`},
	{`SYSERR(root): MX list for x.example. points back to mx.firma.example`, `hint id="ID" reply="MX list for x.example. points back to mx.firma.example" own`},
	{`timeout waiting for input from mx.x.example. during client DATA status`,
		`hint id="ID" reply="timeout waiting for input from mx.x.example. during client DATA status" stage=end-of-data own`},
	{`timeout waiting for input from pc.firma.example during server cmd read`, `known`},
	{`message size (147607) exceeds maximum (100000)`, `hint id="ID" reply="message size (147607) exceeds maximum (100000)" code=552 enh="5.2.3" own`},

	// refusals
	{`<nobody@firma.example>... User unknown`, `reject id="ID" outcome=rejected to="nobody@firma.example" reply="<nobody@firma.example>... User unknown" code=550 enh="5.1.1" stage=rcpt own`},
	{`<info@firma.example>... Wir nehmen hier nichts an`, `reject id="ID" outcome=rejected to="info@firma.example" reply="<info@firma.example>... Wir nehmen hier nichts an" stage=rcpt own`},
	{`nobody@firma.example... User unknown`, `reject id="ID" outcome=rejected to="nobody@firma.example" reply="nobody@firma.example... User unknown" code=550 enh="5.1.1" stage=rcpt own`},
	{`"|/bin/sh -c id"... Cannot mail directly to programs`, `reject id="ID" outcome=rejected to="\"|/bin/sh -c id\"" reply="\"|/bin/sh -c id\"... Cannot mail directly to programs" code=550 enh="5.7.1" stage=rcpt own`},
	{`Bad argument "sometimes"  to NOTIFY`, `reject id="ID" outcome=rejected reply="Bad argument \"sometimes\"  to NOTIFY" code=501 enh="5.5.4" stage=rcpt own`},
	{`FLURBLE parameter unrecognized`, `reject id="ID" outcome=rejected reply="FLURBLE parameter unrecognized" code=555 enh="5.5.4" stage=rcpt own`},
	{`Please try again later`, `reject id="ID" outcome=rejected reply="Please try again later" code=451 enh="4.7.1" stage=mail own`},
	{`User joe@firma.example doesn't have a valid shell for mailing to files`, `reject id="ID" outcome=rejected reply="User joe@firma.example doesn't have a valid shell for mailing to files" code=550 enh="5.7.1" stage=rcpt own`},
	{`Too many recipients`, `reject id="ID" outcome=rejected reply="Too many recipients" code=452 enh="4.5.3" stage=rcpt own`},
	{`ruleset=check_rcpt, arg1=<x@y.example>, relay=h.example [192.0.2.1], reject=550 5.7.1 <x@y.example>... Relaying denied`,
		`reject id="ID" outcome=rejected client="h.example" ip="192.0.2.1" to="x@y.example" reply="550 5.7.1 <x@y.example>... Relaying denied" code=550 enh="5.7.1" stage=rcpt own`},
	{`ruleset=check_mail, arg1=<x@nx.example>, relay=h.example [192.0.2.1] (may be forged), reject=553 5.1.8 <x@nx.example>... Domain of sender address x@nx.example does not exist`,
		`reject id="ID" outcome=rejected sender="x@nx.example" client="h.example" ip="192.0.2.1" reply="553 5.1.8 <x@nx.example>... Domain of sender address x@nx.example does not exist" code=553 enh="5.1.8" stage=mail own`},
	{`ruleset=check_subject, arg1=Win, relay=[203.0.113.9], reject=250 now, relay=h.example [192.0.2.1], reject=550 5.7.1 No thanks`,
		`hint id="ID" client="h.example" ip="192.0.2.1" reply="550 5.7.1 No thanks" code=550 enh="5.7.1" own`},
	{`ruleset=check_compat, arg1=<a@b.example>, arg2=<x@y.example>, relay=h.example [192.0.2.1], reject=553 5.7.1 no`, `hint id="ID" reply="553 5.7.1 no" code=553 enh="5.7.1" own`},
	{`ruleset=check_mail, arg1=<x@spam.example>, relay=h.example [192.0.2.1], discard`, `known`},
	{`ruleset=check_mail, arg1=<x@spam.example>, relay=h.example [192.0.2.1], quarantine=odd`, `known`},
	{`ruleset=check_mail (x@spam.example) rejection: 550 no`, `reject id="ID" outcome=rejected sender="x@spam.example" reply="550 no" code=550 stage=mail own`},
	{`ruleset=check_rcpt (<x@y.example>) rejection: 550 no`, `reject id="ID" outcome=rejected to="x@y.example" reply="550 no" code=550 stage=rcpt own`},
	{id2 + `: DSN: Cannot send message within 5 days`, `giveup id="ID" outcome=expired child="ID2" dsn=failure reply="Cannot send message within 5 days" own gaveup`},
	{`ruleset=check_rcpt, arg1=<x@y.example>, relay=h.example [192.0.2.1], quarantine=odd`, `hold id="ID" outcome=held to="x@y.example" reply="odd" whole own`},
	{`Milter: to=<bob@firma.example>, reject=451 4.7.1 Greylisted, reject=nothing`,
		`reject id="ID" outcome=rejected to="bob@firma.example" reply="451 4.7.1 Greylisted, reject=nothing" code=451 enh="4.7.1" stage=rcpt own`},
	{`Milter: from=<a@b.example> SIZE=100, reject=550 5.7.1 Command rejected`, `reject id="ID" outcome=rejected sender="a@b.example" reply="550 5.7.1 Command rejected" code=550 enh="5.7.1" stage=mail own`},
	{`Milter: data, reject=554 5.7.1 virus found`, `hint id="ID" reply="554 5.7.1 virus found" code=554 enh="5.7.1" stage=end-of-data own`},
	{`Milter: cmd=data, reject=550 5.7.1 Command rejected`, `reject id="ID" outcome=rejected reply="550 5.7.1 Command rejected" code=550 enh="5.7.1" stage=data whole own`},
	{`Milter: data, discard`, `known`},
	{`Milter: helo=evil, reject=250 ok, reject=550 5.7.1 bad helo`,
		`reject outcome=rejected helo="evil, reject=250 ok" reply="550 5.7.1 bad helo" code=550 enh="5.7.1" stage=hello session own`},
	{`Milter: connect: host=h.example, addr=192.0.2.1, rejecting commands`,
		`reject outcome=rejected client="h.example" ip="192.0.2.1" reply="connect: host=h.example, addr=192.0.2.1, rejecting commands" stage=connect session own`},
	{`AUTH failure (LOGIN): authentication failure (-13) SASL(-13): authentication failure: checkpass failed, user=joe, relay=x [203.0.113.1], relay=h.example [192.0.2.1]`,
		`reject outcome=rejected client="h.example" ip="192.0.2.1" auth="joe, relay=x [203.0.113.1]" reply="AUTH failure (LOGIN): authentication failure (-13) SASL(-13): authentication failure: checkpass failed" stage=auth session own`},
	{`rejecting commands from h.example [192.0.2.1] due to pre-greeting traffic after 3 seconds`,
		`reject outcome=rejected client="h.example" ip="192.0.2.1" reply="rejecting commands from h.example [192.0.2.1] due to pre-greeting traffic after 3 seconds" code=554 stage=connect session own`},

	// chatter
	{`collect: premature EOM: Connection reset by h.example`, `known`},
	{`lost input channel from h.example [192.0.2.1] to MTA after data`, `known`},
	{`h.example [192.0.2.1] did not issue MAIL/EXPN/VRFY/ETRN during connection to MTA`, `known`},
	{`[192.0.2.1]: possible SMTP attack: command=HELO/EHLO, count=3`, `known`},
	{`h.example [192.0.2.1]: EXPN root [rejected]`, `known`},
	{`--- 550 5.1.1 <nobody@firma.example>... User unknown`, `known`},
	{`<-- RCPT TO:<nobody@firma.example>`, `known`},
	{`alias <team@firma.example> => bob, anna`, `known`},
	{`Milter add: header: X-Scanned: yes`, `known`},
	{`Milter (clamav): timeout before data read`, `known`},
	{`milter=greylist, action=rcpt, reject=451 4.7.1 Greylisted`, `known`},
	{`SMTP outgoing connect on mx.firma.example`, `known`},
	{`makeconnection (mx.x.example. [198.51.100.3].25 (2)) failed: Connection refused by mx.x.example.`, `known`},
	{`Authentication-Warning: firma.example: apache set sender to a@b.example using -f`, `known`},

	{`/home/ann/.forward: world writable forward file, marked unsafe`, `known`},
	{`/home/ann/.forward: user ann has bad shell /bin/false, marked unsafe`, `known`},
	{`  3: fl=0x2, mode=140777: SOCK localhost->[[UNIX: /dev/log]]`, `known`},
	{`12: CANNOT STAT (Bad file descriptor)`, `known`},
	{`MCI@0x55d5ff29da88: flags=6086c<CACHED,ESMTP>, errno=0, herrno=0, exitstat=0, state=0, pid=0, maxsize=200000, phase=client DATA 354`, `known`},
	{`<-- `, `known`},
	{`Timeout.to_aconnect occurred before exhausting all addresses`, `known`},
	{`daemon MTA: problem creating SMTP socket`, `known`},

	// invented
	{`flurble the moon`, `unrecognized`},
	{`to=<c@x.example>, delay=00:00:00, mailer=esmtp, pri=1, relay=mx.x.example., stat=Flurbled`, `unrecognized`},
	{id2 + `: flurble: the moon`, `unrecognized`},
	{`Milter: flurbles`, `unrecognized`},
	{`Milter (clamav): flurbles`, `unrecognized`},
	{`user flurbles the moon`, `unrecognized`},
	{`  3: flurbles the moon`, `unrecognized`},
	{`moon... flurble`, `unrecognized`},
	{`ruleset=check_rcpt, flurble`, `unrecognized`},
	{`collects the moon`, `unrecognized`},
}

func TestLines(t *testing.T) {
	for _, s := range samples {
		r, res := read(t, id+": "+s.line)
		got := strings.ReplaceAll(strings.ReplaceAll(tell(r), id2, "ID2"), id, "ID")
		want := strings.ReplaceAll(strings.ReplaceAll(s.want, id2, "ID2"), id, "ID")
		switch res {
		case parser.Known:
			got = "known"
		case parser.Unrecognized:
			got = "unrecognized"
		}
		if got != want {
			t.Errorf("%s\n got %s\nwant %s", s.line, got, want)
		}
	}
}

// Lines that name no message.
var idless = []struct{ line, want string }{
	{`ruleset=check_relay, arg1=dyn.example, arg2=127.0.0.4, relay=dyn.example [192.0.2.77], reject=554 5.7.1 Rejected - listed at zen.spamhaus.org`,
		`reject outcome=rejected client="dyn.example" ip="192.0.2.77" reply="554 5.7.1 Rejected - listed at zen.spamhaus.org" code=554 enh="5.7.1" stage=connect session own`},
	{`ruleset=tls_client, arg1=SOFTWARE, relay=h.example [192.0.2.1], reject=454 4.7.0 TLS handshake failed.`,
		`reject outcome=rejected client="h.example" ip="192.0.2.1" reply="454 4.7.0 TLS handshake failed." code=454 enh="4.7.0" stage=tls session own`},
	{`ruleset=tls_server, arg1=SOFTWARE, relay=mx.x.example, reject=454 4.7.0 TLS handshake failed.`, `hint reply="454 4.7.0 TLS handshake failed." code=454 enh="4.7.0" own`},
	{`ruleset=trust_auth, arg1=anna@firma.example, relay=h.example [192.0.2.1], reject=550 5.7.1 anna@firma.example... not authenticated`, `known`},
	{`AUTH=server, relay=h.example [192.0.2.1], authid=anna@firma.example, mech=PLAIN, bits=0`, `session client="h.example" ip="192.0.2.1" auth="anna@firma.example"`},
	{`STARTTLS=server, error: accept failed=-1, reason=no shared cipher, SSL_error=1, errno=0, retry=-1, relay=h.example [192.0.2.1]`,
		`reject outcome=rejected client="h.example" ip="192.0.2.1" reply="STARTTLS=server, error: accept failed=-1, reason=no shared cipher, SSL_error=1, errno=0, retry=-1, relay=h.example [192.0.2.1]" stage=tls session own`},
	{`NOQUEUE: connect from h.example [192.0.2.1]`, `session client="h.example" ip="192.0.2.1"`},
	{`NOQUEUE: tcpwrappers (h.example, 192.0.2.1) rejection`,
		`reject outcome=rejected client="h.example" ip="192.0.2.1" reply="tcpwrappers (h.example, 192.0.2.1) rejection" stage=connect session own`},
	{`ERROR: srv_features=tempfail, relay=h.example [192.0.2.1], access temporarily disabled`,
		`reject outcome=rejected client="h.example" ip="192.0.2.1" reply="ERROR: srv_features=tempfail, relay=h.example [192.0.2.1], access temporarily disabled" stage=connect session own`},
	{`STARTTLS=server: 12345:error:0A0000C1:SSL routines::no shared cipher:ssl/statem/statem_srvr.c:2220:`, `known`},
	{`STARTTLS=client, relay=mx.x.example., version=TLSv1.3, verify=OK, cipher=TLS_AES_256_GCM_SHA384, bits=256/256`, `known`},
	{`STARTTLS: read error=timeout`, `known`},
	{`AUTH warning: no mechanisms`, `known`},
	{`NOQUEUE: SYSERR(root): opendaemonsocket: daemon MTA: cannot bind: Address already in use`, `known`},
	{`/etc/mail/aliases: 12 aliases, longest 43 bytes, 285 bytes total`, `known`},
	{`starting daemon (8.18.1): SMTP+queueing@00:30:00`, `known`},
	{`rejecting connections on daemon MTA: load average: 99`, `known`},
	{`grew WorkList for /var/spool/mqueue to 2000`, `known`},
	{``, `known`},
	{`flurble the moon`, `unrecognized`},
	{`NOQUEUE: flurble`, `unrecognized`},
	{`STARTTLS=moon, relay=x`, `unrecognized`},
	{`STARTTLS=client, flurble=1`, `unrecognized`},
}

func TestIDLess(t *testing.T) {
	for _, s := range idless {
		r, res := read(t, s.line)
		got := tell(r)
		switch res {
		case parser.Known:
			got = "known"
		case parser.Unrecognized:
			got = "unrecognized"
		}
		if got != s.want {
			t.Errorf("%s\n got %s\nwant %s", s.line, got, s.want)
		}
	}
}

// TestShorter cuts every sample shorter byte by byte: no panic, and never a delivery that the whole line does not tell.
func TestShorter(t *testing.T) {
	p := New()
	var r parser.Record
	for _, s := range samples {
		whole := id + ": " + s.line
		for n := len(whole); n >= 0; n-- {
			f := parser.Frame{Program: []byte("sendmail"), Message: []byte(whole[:n])}
			r.Reset()
			if p.Parse(&f, &r) == parser.Found && r.Outcome == parser.OutcomeDelivered && !strings.Contains(s.want, "delivered") {
				t.Fatalf("delivered: %s", whole[:n])
			}
		}
	}
	for _, s := range idless {
		for n := range len(s.line) {
			f := parser.Frame{Message: []byte(s.line[:n])}
			r.Reset()
			p.Claims(&f)
			p.Parse(&f, &r)
		}
	}
}
