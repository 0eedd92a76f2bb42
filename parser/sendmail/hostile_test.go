package sendmail

import (
	"testing"

	"bouncelog/parser"
)

// A stranger writes senders, message-ids, recipients, replies, HELO names and user names. None may change what another field says.
func TestHostile(t *testing.T) {
	check := func(name, line string, res parser.Result, want func(r *parser.Record) bool) {
		t.Helper()
		r, got := read(t, id+": "+line)
		if got != res || got == parser.Found && !want(r) {
			t.Errorf("%s: result %d\n%s\n%s", name, got, line, tell(r))
		}
	}
	client := func(r *parser.Record) bool {
		return string(r.ClientIP) == "192.0.2.1" && string(r.ClientHost) == "h.example" && r.Size == 10 && r.NRcpt == 1
	}
	check("sender imitates fields", `from=<"x, size=99, class=0, nrcpts=5, relay=bank.example [203.0.113.1]"@y.example>, size=10, class=0, nrcpts=1, msgid=<1@y>, proto=SMTP, daemon=MTA, relay=h.example [192.0.2.1]`,
		parser.Found, client)
	long := `<"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx, size=1, class=0, nrcpts=9, msgid=<bank@x>, relay=[203.0.113.1]xxxxxxxxxxxxxxxxxxxxxx`
	check("sender cut in its middle", `from=`+long[:200]+`, size=10, class=0, nrcpts=1, msgid=<1@y>, proto=SMTP, daemon=MTA, relay=h.example [192.0.2.1]`,
		parser.Found, func(r *parser.Record) bool { return client(r) && string(r.MessageID) == "1@y" })
	check("message-id imitates the client", `from=<a@b>, size=10, class=0, nrcpts=1, msgid=<x>, proto=ESMTP, daemon=MTA, relay=bank.example [203.0.113.1], proto=SMTP, daemon=MTA, relay=h.example [192.0.2.1]`,
		parser.Found, func(r *parser.Record) bool {
			return client(r) && string(r.MessageID) == "<x>, proto=ESMTP, daemon=MTA, relay=bank.example [203.0.113.1]"
		})
	check("message-id imitates a delivery", `from=<a@b>, size=10, class=0, nrcpts=1, msgid=<x>, to=<victim@x>, delay=00:00:00, mailer=esmtp, dsn=2.0.0, stat=Sent, proto=SMTP, daemon=MTA, relay=h.example [192.0.2.1]`,
		parser.Found, func(r *parser.Record) bool { return client(r) && r.Kind == parser.KindBegin && len(r.Recipients) == 0 })

	bounced := func(r *parser.Record) bool {
		return r.Kind == parser.KindAttempt && r.Outcome == parser.OutcomeBounced && len(r.Recipients) == 1 && r.NextQueueID == nil
	}
	deferred := func(r *parser.Record) bool {
		return r.Kind == parser.KindAttempt && r.Outcome == parser.OutcomeDeferred && len(r.Recipients) == 1 && string(r.RelayIP) == "198.51.100.3"
	}
	const tail = `, delay=00:00:00, xdelay=00:00:00, mailer=esmtp, pri=1, relay=mx.x. [198.51.100.3]`
	check("recipient imitates a delivery", `to=<"v, delay=00:00:00, mailer=esmtp, dsn=2.0.0, stat=Sent (ok)"@x>`+tail+`, dsn=5.1.1, reply=550 no, stat=User unknown`, parser.Found, bounced)
	check("recipient imitates a second recipient", `to=<"v>,<victim@x"@x>`+tail+`, dsn=5.1.1, reply=550 no, stat=User unknown`, parser.Found, bounced)
	check("reply imitates a delivery", `to=<c@x>`+tail+`, dsn=5.1.1, reply=550 5.1.1 no, stat=Sent (queued as 6AMAAAr9112345), stat=User unknown`, parser.Found, bounced)
	check("reply imitates a refusal", `to=<c@x>`+tail+`, dsn=4.1.1, reply=450 4.1.1 no, stat=User unknown, stat=Deferred: 450 4.1.1 no, stat=User unknown`, parser.Found, deferred)
	check("reply imitates a delivery at the end", `to=<c@x>`+tail+`, dsn=4.1.1, reply=450 4.1.1 no, stat=Sent, stat=Deferred: 450 4.1.1 no, stat=Sent`, parser.Found, deferred)
	check("reply imitates a delivery, no dsn", `to=<c@x>`+tail+`, reply=450 no, stat=Sent, stat=Deferred: 450 no, stat=Sent`, parser.Found, deferred)
	check("reply imitates a delivery, real end cut off", `to=<c@x>`+tail+`, dsn=4.1.1, reply=450 4.1.1 no, stat=Sent (ok`, parser.Found, deferred)
	check("reply claims success", `to=<c@x>`+tail+`, dsn=2.0.0, reply=250 2.0.0 fine, stat=Sent`, parser.Unrecognized, nil)
	check("stat imitates a delivery", `to=<c@x>`+tail+`, dsn=4.1.1, stat=Deferred: 450 4.1.1 no, stat=Sent (ok)`, parser.Found, deferred)
	check("stat imitates other recipients", `to=<c@x>`+tail+`, dsn=4.1.1, stat=Deferred: 450 no, to=<victim@x>, stat=Sent`, parser.Found, deferred)
	check("reply imitates dsn", `to=<c@x>`+tail+`, dsn=5.1.1, reply=550 no, dsn=2.0.0, relay=bank [203.0.113.1], stat=User unknown`, parser.Found, bounced)
	check("delivered with a local id of another's", `to=<c@x>`+tail+`, dsn=2.0.0, stat=Sent (6AMAAAr9112345 Message accepted for delivery)`, parser.Found,
		func(r *parser.Record) bool { return r.Outcome == parser.OutcomeDelivered && !r.NextLocal })
	check("local id in a reply of another mailer", `to=<c@x>, delay=00:00:00, mailer=esmtp, pri=1, relay=localhost [127.0.0.1], dsn=2.0.0, stat=Sent (6AMAAAr9112345 Message accepted for delivery)`, parser.Found,
		func(r *parser.Record) bool { return !r.NextLocal })

	for name, line := range map[string]string{
		"HELO imitates a refusal":   `<-- EHLO <victim@x>... User unknown`,
		"HELO imitates a delivery":  `<-- EHLO x, to=<victim@x>, delay=00:00:00, stat=Sent`,
		"our reply quotes a client": `--- 250 mx Hello to=<victim@x>, delay=00:00:00, mailer=x, stat=Sent, pleased to meet you`,
		"VRFY imitates a refusal":   `h.example [192.0.2.1]: VRFY <victim@x>... User unknown`,
		"proxy request":             `h.example [192.0.2.1]: probable open proxy: command=GET to=<x>, stat=Sent`,
	} {
		check(name, line, parser.Known, nil)
	}
	check("refused address imitates another", `<"a>... User unknown <victim"@x>... User unknown`, parser.Found,
		func(r *parser.Record) bool { return string(r.Recipients[0]) == `"a>... User unknown <victim"@x` })
	check("refused address imitates the client", `ruleset=check_rcpt, arg1=<"a, relay=bank [203.0.113.1], reject=250 ok"@x>, relay=h.example [192.0.2.1], reject=550 5.7.1 <"a, relay=bank [203.0.113.1], reject=250 ok"@x>... Relaying denied`, parser.Found,
		func(r *parser.Record) bool { return string(r.ClientIP) == "192.0.2.1" && r.ReplyCode == 550 })
	check("milter recipient imitates a reply", `Milter: to=<"a, reject=250 ok"@x>, reject=550 5.7.1 no`, parser.Found,
		func(r *parser.Record) bool {
			return r.ReplyCode == 550 && string(r.Recipients[0]) == `"a, reject=250 ok"@x`
		})

	r, _ := read(t, `AUTH=server, relay=h.example [192.0.2.1], authid=joe, mech=NONE, authid=root, mech=PLAIN, bits=0`)
	if string(r.AuthUser) != "joe, mech=NONE, authid=root" || string(r.ClientIP) != "192.0.2.1" {
		t.Errorf("user imitates a field: %s", tell(r))
	}
}
