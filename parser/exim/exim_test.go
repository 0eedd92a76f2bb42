package exim

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"bouncelog/parser"
)

func TestQueueTime(t *testing.T) {
	for _, c := range []struct{ id, want string }{
		{"1xV1lo-00002P-2W", "2026-11-22T07:13:52Z"}, // from testdata/logs/exim/mainlog
		{"1xV1lo-0000000AbCd-2WxY", "2026-11-22T07:13:52Z"},
		{"0tACW1-0005MB-00", "1995-10-31T08:57:53Z"}, // from the Exim specification, section 52.3
		{"000000-000000-00", ""},
		{"zzzzzz-000000-00", ""},
		{"1xV1lo", ""},
		{"1xV1lo-00002P-2W-H", ""},
		{"", ""},
	} {
		ns, ok := New().QueueTime([]byte(c.id))
		got := ""
		if ok {
			got = time.Unix(0, ns).UTC().Format(time.RFC3339)
		}
		if c.want == "" && ok || c.want != "" && got != c.want {
			t.Errorf("%s: got %q, want %q", c.id, got, c.want)
		}
	}
}

func TestClaims(t *testing.T) {
	for _, c := range []struct {
		program, msg string
		stamped      bool
		want         bool
	}{
		{"exim", "anything at all", true, true},
		{"exim4", "anything at all", true, true},
		{"/usr/sbin/exim_daemon", "anything", true, true},
		{"Exim-4.96", "anything", true, true},
		{"eximstats", "anything", true, false},
		{"postfix/smtp", "4ZxYwV0abc: to=<bob@b.example>, status=sent", true, false},
		{"mailer", id16 + " => bob@b.example R=r T=t", true, true}, // syslog_processname
		{"mailer", id16 + " Completed", true, true},
		{"mailer", id16 + " wrote something", true, false},
		{"mailer", "Start queue run: pid=1", true, false},
		{"", id16 + " anything", true, true},
		{"", id23 + " => bob@b.example R=r T=t", true, true},
		{"", "exim 4.98 daemon started: pid=1, no queue runs, listening for SMTP on port 25", true, true},
		{"", "Start queue run: pid=116", true, true},
		{"", "H=(x) [192.0.2.1] F=<> rejected RCPT <bob@b.example>: no", true, true},
		{"", "no host name found for IP address 192.0.2.1", true, true},
		{"", "SMTP connection from [192.0.2.1] closed by QUIT", true, true},
		{"", "login authenticator failed for (x) [192.0.2.1]: 535 Incorrect authentication data", true, true},
		{"", "P Received: from mail.a.example", false, true},
		{"", "  Subject: hello", false, true},
		{"", "connect from mail.a.example[192.0.2.1]", true, false},
		{"", "the moon is cheese", true, false},
		{"", "", true, false},
	} {
		f := parser.Frame{Message: []byte(c.msg)}
		if c.program != "" {
			f.Program = []byte(c.program)
		}
		if c.stamped {
			f.Time = 1
		}
		if got := New().Claims(&f); got != c.want {
			t.Errorf("%s %q: claimed %v, want %v", c.program, c.msg, got, c.want)
		}
	}
}

// TestHostile has lines in which a stranger's HELO, subject, sender, message-id, certificate, user name or reply looks like a field or a record.
func TestHostile(t *testing.T) {
	const begin = "begin id=" + id16
	// Subject.
	check(t, id16+` <= ann@a.example H=(x) [192.0.2.1] P=esmtp S=9 T="x => victim@b.example R=r T=t \" id=forged@x for c@d" from <ann@a.example> for bob@b.example`,
		begin+` sender=<ann@a.example> subject=x => victim@b.example R=r T=t \" id=forged@x for c@d size=9 nrcpt=1 ip=192.0.2.1 helo=x`)
	check(t, id16+` <= ann@a.example H=(x) [192.0.2.1] P=esmtp S=9 T="`+id23+` ** victim@b.example: 550 no R=1xV1ln-00002A-0A" for bob@b.example`,
		begin+` sender=<ann@a.example> subject=`+id23+` ** victim@b.example: 550 no R=1xV1ln-00002A-0A size=9 nrcpt=1 ip=192.0.2.1 helo=x`)
	// A subject that logging cut at 100 characters within an escape never closes.
	check(t, id16+` <= ann@a.example H=(x) [192.0.2.1] P=esmtp S=9 T="cut \`, begin+` sender=<ann@a.example> subject=cut \ size=9 ip=192.0.2.1 helo=x`)
	// HELO.
	check(t, id16+" <= ann@a.example H=((x) [192.0.2.66]) [192.0.2.1] P=esmtp S=9", begin+" sender=<ann@a.example> size=9 ip=192.0.2.1 helo=(x) [192.0.2.66]")
	check(t, id16+" <= ann@a.example H=(x) [192.0.2.66]) [192.0.2.1] P=esmtp S=9", begin+" sender=<ann@a.example> size=9 ip=192.0.2.1 helo=x) [192.0.2.66]")
	check(t, id16+" <= ann@a.example H=(x A=plain:boss S=77 id=forged@x P=esmtpa) [192.0.2.1] P=esmtp S=9", begin+" sender=<ann@a.example> size=9 ip=192.0.2.1 helo=x A=plain:boss S=77 id=forged@x P=esmtpa")
	check(t, id16+" <= ann@a.example H=mail.a.example ([192.0.2.66]) [192.0.2.1] P=esmtp S=9", begin+" sender=<ann@a.example> size=9 client=mail.a.example ip=192.0.2.1 helo=[192.0.2.66]")
	check(t, "H=(x) [192.0.2.66]) [192.0.2.1] F=<ann@a.example> rejected RCPT <bob@b.example>: no", "reject outcome=rejected to=bob@b.example sender=<ann@a.example> ip=192.0.2.1 helo=x) [192.0.2.66] stage=rcpt own reply=no")
	check(t, "H=(rejected RCPT <victim@b.example>: no) [192.0.2.1] F=<ann@a.example> rejected RCPT <bob@b.example>: yes",
		"reject outcome=rejected to=bob@b.example sender=<ann@a.example> ip=192.0.2.1 helo=rejected RCPT <victim@b.example>: no stage=rcpt own reply=yes")
	// Ident (U=) before P=, which only we write after it.
	check(t, id16+" <= ann@a.example H=(x) [192.0.2.1] U=x A=plain:boss S=77 id=forged@x P=esmtp S=9", begin+" sender=<ann@a.example> size=9 ip=192.0.2.1 helo=x")
	// The name in a client's certificate, in which Exim does not escape quotes.
	check(t, id16+` <= ann@a.example H=(x) [192.0.2.1] P=esmtps X=TLS1.3:c:256 CV=yes DN="/O=x" P=esmtpsa A=plain:boss /CN=y" S=9`, begin+" sender=<ann@a.example> ip=192.0.2.1 helo=x")
	check(t, id16+` <= ann@a.example H=(x) [192.0.2.1] P=esmtpsa X=TLS1.3:c:256 CV=yes DN="/O=x" A=plain:ann S=9`, begin+" sender=<ann@a.example> size=9 ip=192.0.2.1 helo=x user=ann")
	// R= names a parent only right after the null sender.
	check(t, id16+" <= <> H=(R=1xV1ln-00002A-0A) [192.0.2.1] P=esmtp S=9 R=1xV1ln-00002A-0A", begin+" sender=<> size=9 ip=192.0.2.1 helo=R=1xV1ln-00002A-0A")
	check(t, id16+" <= ann@a.example R=1xV1ln-00002A-0A U=ann P=local S=9", begin+" sender=<ann@a.example> size=9")
	// Sender and message-id with quotes.
	check(t, id16+` <= "x H=boss [192.0.2.66] id=forged@x"@a.example H=(x) [192.0.2.1] P=esmtp S=9 id="y T=\"forged\" S=1"@a.example`,
		begin+` sender=<"x H=boss [192.0.2.66] id=forged@x"@a.example> msgid="y T=\"forged\" S=1"@a.example size=9 ip=192.0.2.1 helo=x`)
	// A recipient's address with quotes, spaces and a reason inside.
	check(t, id16+` ** "v@b.example R=r: 550 5.1.1 no"@b.example R=r T=t H=mx [192.0.2.2]: SMTP error from remote mail server after RCPT TO:<"v@b.example R=r: 550 5.1.1 no"@b.example>: 451 later`,
		"attempt id="+id16+` outcome=bounced to="v@b.example R=r: 550 5.1.1 no"@b.example relay=mx relayip=192.0.2.2 stage=rcpt code=451 reply=451 later`)
	check(t, `H=(x) [192.0.2.1] F=<"a> rejected RCPT <v@b.example>: no"@a.example> rejected RCPT <bob@b.example>: yes`,
		`reject outcome=rejected to=bob@b.example sender=<"a> rejected RCPT <v@b.example>: no"@a.example> ip=192.0.2.1 helo=x stage=rcpt own reply=yes`)
	// The remote server's words.
	check(t, id16+" ** bob@b.example R=r T=t H=mx [192.0.2.2]: SMTP error from remote mail server after end of data: 550 no H=other [192.0.2.9] C=\"250 ok\" <= => ** ==: retry timeout exceeded",
		"attempt id="+id16+" outcome=bounced to=bob@b.example relay=mx relayip=192.0.2.2 stage=end-of-data code=550 reply=550 no H=other [192.0.2.9] C=\"250 ok\" <= => ** ==: retry timeout exceeded")
	check(t, id16+` => bob@b.example R=r T=t H=mx [192.0.2.2] C="250 ok\" QT=9s H=other [192.0.2.9] F=<forged@x>"`,
		"attempt id="+id16+` outcome=delivered to=bob@b.example relay=mx relayip=192.0.2.2 code=250 reply=250 ok\" QT=9s H=other [192.0.2.9] F=<forged@x>`)
	check(t, id16+` => bob@b.example R=r T=t H=mx [192.0.2.2] C="250 queued as ../../x"`,
		"attempt id="+id16+` outcome=delivered to=bob@b.example relay=mx relayip=192.0.2.2 code=250 reply=250 queued as ../../x`)
	// The user of a failed authentication.
	check(t, "plain authenticator failed for (x) [192.0.2.1]: 535 Incorrect authentication data (set_id=x) (set_id=boss)",
		"reject outcome=rejected ip=192.0.2.1 helo=x user=x) (set_id=boss stage=auth code=535 own session reply=535 Incorrect authentication data")
	// What a client typed, echoed in a line of ours.
	check(t, "SMTP syntax error in \""+id16+" ** bob@b.example: no\" H=(x) [192.0.2.1] unrecognized command", "known")
	check(t, "rejected \"EHLO x\" from boss [192.0.2.66]\" from (x) [192.0.2.1]", "reject outcome=rejected ip=192.0.2.1 helo=x stage=hello own session reply=rejected \"EHLO x\" from boss [192.0.2.66]\" from (x) [192.0.2.1]")
	// A header in the reject log.
	check(t, "F From: "+id16+" ** bob@b.example: no", "known")
	// Line breaks cannot begin a record: only the first line of an entry speaks.
	check(t, id16+" H=(x) [192.0.2.1] F=<ann@a.example> rejected after DATA: spam\n"+id16+" ** bob@b.example: no", "reject id="+id16+" outcome=rejected sender=<ann@a.example> ip=192.0.2.1 helo=x stage=end-of-data own whole reply=spam")
}

// TestTruncated cuts every sample at every length: syslog and full disks cut lines anywhere. No panic, and no field may point outside the line.
func TestTruncated(t *testing.T) {
	for _, s := range samples {
		for n := range s.line {
			res, r := parse(parser.Frame{Time: 1, Message: []byte(s.line[:n])})
			inside(t, s.line[:n], res, &r)
			New().Claims(&parser.Frame{Message: []byte(s.line[:n])})
		}
	}
	check(t, id16+" ** bob@b.example R=r T=t H=mx [192.0.2.2]: SMTP error from remote mail server after RCPT TO:<bob@b.ex", "attempt id="+id16+" outcome=bounced to=bob@b.example relay=mx relayip=192.0.2.2 stage=rcpt own reply=SMTP error from remote mail server after RCPT TO:<bob@b.ex")
	check(t, id16+" ** bob@b.example R=r T=t H=mx [192.0", "attempt id="+id16+" outcome=bounced to=bob@b.example relay=mx")
	check(t, id16+" <= ann@a.example H=(x) [192.0", "begin id="+id16+" sender=<ann@a.example>")
	check(t, id16+" => ", "unrecognized")
	check(t, id16, "unrecognized")
	check(t, id16+" Comple", "unrecognized")
}

func inside(t *testing.T, line string, res parser.Result, r *parser.Record) {
	t.Helper()
	if res != parser.Found && res != parser.Known && res != parser.Unrecognized {
		t.Fatalf("%q: result %d", line, res)
	}
	if res != parser.Found {
		return
	}
	if r.Kind == parser.KindNone {
		t.Errorf("%q: found without a kind", line)
	}
	fields := append([][]byte{r.QueueID, r.Sender, r.MessageID, r.Subject, r.ClientHost, r.ClientIP, r.AuthUser, r.Helo, r.Parent, r.OrigRecipient,
		r.NextQueueID, r.RelayHost, r.RelayIP, r.Reply, r.Enhanced}, r.Recipients...)
	for _, f := range fields {
		if !strings.Contains(line, string(f)) {
			t.Errorf("%q: field %q is not in the line", line, f)
		}
	}
	for _, to := range r.Recipients {
		if len(to) == 0 {
			t.Errorf("%q: empty recipient", line)
		}
	}
	if r.Kind == parser.KindAttempt && len(r.Recipients) != 1 {
		t.Errorf("%q: %d recipients", line, len(r.Recipients))
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range samples {
		f.Add([]byte(s.line))
	}
	p := New()
	f.Fuzz(func(t *testing.T, line []byte) {
		frame := parser.Frame{Time: 1, PID: 1, Message: line}
		before := bytes.Clone(line)
		res, r := parse(frame)
		inside(t, string(line), res, &r)
		p.Claims(&frame)
		frame.Time, frame.Program = 0, []byte("mailer")
		p.Claims(&frame)
		if !bytes.Equal(line, before) {
			t.Fatal("the line was changed")
		}
	})
}

func TestNoAllocations(t *testing.T) {
	p := New()
	var r parser.Record
	r.Recipients = make([][]byte, 0, 4)
	for _, s := range samples {
		f := parser.Frame{Time: 1, PID: 7, Message: []byte(s.line)}
		if n := testing.AllocsPerRun(10, func() {
			r.Reset()
			p.Parse(&f, &r)
		}); n > 0 {
			t.Errorf("%v allocations: %s", n, s.line)
		}
		if n := testing.AllocsPerRun(10, func() { p.Claims(&f) }); n > 0 {
			t.Errorf("%v allocations in Claims: %s", n, s.line)
		}
	}
}
