package opensmtpd

import (
	"fmt"
	"strings"
	"testing"

	"bouncelog/parser"
)

const (
	sid = "7a1f0c3d5e9b2468 "
	evp = "evpid=4d3c2b1a00112233 "
)

// cases are messages of smtpd and what they come to: "found", with the fields that are set, or the result.
var cases = []struct{ line, want string }{
	{sid + "smtp connected address=192.0.2.7 host=client.example", "session client=client.example[192.0.2.7]"},
	{sid + "smtp tls ciphers=TLSv1.3:TLS_AES_256_GCM_SHA384:256", "known"},
	{sid + "smtp disconnected reason=quit", "known"},
	{sid + "smtp message msgid=4d3c2b1a size=303 nrcpt=2 proto=ESMTP", "begin 4d3c2b1a size=303 nrcpt=2"},
	{sid + "smtp envelope " + evp + "from=<a@b.example> to=<c@d.example>", "context 4d3c2b1a from=<a@b.example>"},
	{sid + "smtp envelope " + evp + "from=<> to=<c@d.example>", "context 4d3c2b1a from=<>"},
	{sid + "smtp event=message address=192.0.2.7 host=client.example msgid=4d3c2b1a from=<a@b.example> to=<c@d.example> size=303 ndest=1 proto=ESMTP", "begin 4d3c2b1a from=<a@b.example> size=303 client=client.example[192.0.2.7]"},

	{sid + "mta connecting address=smtp://192.0.2.25:25 host=mx.example.org", "known"},
	{sid + "mta connected", "known"},
	{sid + "mta tls ciphers=TLSv1.3:TLS_AES_256_GCM_SHA384:256", "known"},
	{sid + "mta error reason=Connection timeout", "known"},
	{sid + "mta disconnected reason=quit messages=1", "known"},
	{sid + "mta delivery " + evp + `from=<a@b.example> to=<c@d.example> rcpt=<-> source="198.51.100.1" relay="192.0.2.25 (mx.example.org)" delay=1s result="Ok" stat="250 2.0.0 queued as 12AB"`,
		`attempt 4d3c2b1a delivered from=<a@b.example> to=c@d.example relay=mx.example.org[192.0.2.25] delay=1 250 2.0.0 "250 2.0.0 queued as 12AB"`},
	{sid + "mta delivery " + evp + `from=<a@b.example> to=<c@d.example> rcpt=<list@b.example> source="-" relay="2001:db8::25 (<unknown>)" delay=1h2m3s result="PermFail" stat="550 5.1.1 <c@d.example>: no "such" user"`,
		`attempt 4d3c2b1a bounced from=<a@b.example> to=c@d.example orig=list@b.example relay=[2001:db8::25] delay=3723 550 5.1.1 "550 5.1.1 <c@d.example>: no \"such\" user"`},
	{sid + "mta delivery " + evp + `from=<> to=<c@d.example> rcpt=<-> source="-" relay="d.example" delay=2d0h0m5s result="TempFail" stat="Network error on destination MXs"`,
		`attempt 4d3c2b1a deferred from=<> to=c@d.example delay=172805 "Network error on destination MXs"`},
	{sid + "mta event=delivery " + evp + `from=<a@b.example> to=<c@d.example> rcpt=<-> source="198.51.100.1" relay="192.0.2.25 (mx.example.org)" delay=1s result="Ok" stat="250 ok"`,
		`attempt 4d3c2b1a delivered from=<a@b.example> to=c@d.example relay=mx.example.org[192.0.2.25] delay=1 250 "250 ok"`},
	{sid + "mda delivery " + evp + "from=<a@b.example> to=<c@d.example> rcpt=<e@d.example> user=c delay=0s result=Ok stat=Delivered",
		`attempt 4d3c2b1a delivered from=<a@b.example> to=c@d.example orig=e@d.example delay=0 "Delivered"`},
	{sid + "mda delivery " + evp + `from=<a@b.example> to=<c@d.example> user=c delay=3s result=PermFail stat=Error (user unknown: "no mailbox")`,
		`attempt 4d3c2b1a bounced from=<a@b.example> to=c@d.example delay=3 "Error (user unknown: \"no mailbox\")"`},
	{"relay: Ok for 4d3c2b1a00112233: session=7a1f0c3d5e9b2468, from=<a@b.example>, to=<c@d.example>, rcpt=<->, source=198.51.100.1, relay=192.0.2.25 (mx.example.org), delay=1s, stat=250 ok, thanks",
		`attempt 4d3c2b1a delivered from=<a@b.example> to=c@d.example relay=mx.example.org[192.0.2.25] delay=1 250 "250 ok, thanks"`},
	{"relay: Expire for 4d3c2b1a00112233: from=<a@b.example>, to=<c@d.example>, rcpt=<->, delay=4d0s, stat=Envelope expired",
		`attempt 4d3c2b1a expired from=<a@b.example> to=c@d.example delay=345600 "Envelope expired" gaveup`},
	{"delivery: Remove for 4d3c2b1a00112233: from=<a@b.example>, to=<c@d.example>, rcpt=<->, delay=4s, stat=Removed by administrator",
		`attempt 4d3c2b1a deleted from=<a@b.example> to=c@d.example delay=4 "Removed by administrator"`},

	{sid + `smtp failed-command command="RCPT TO:<nobody@d.example>" result="550 Invalid recipient: <nobody@d.example>"`,
		`reject rejected to=nobody@d.example rcpt 550 "550 Invalid recipient: <nobody@d.example>"`},
	{sid + `smtp event=failed-command address=192.0.2.7 host=client.example command="RCPT TO:<nobody@d.example> NOTIFY=NEVER" result="550 5.1.1 no"`,
		`reject rejected to=nobody@d.example client=client.example[192.0.2.7] rcpt 550 5.1.1 "550 5.1.1 no"`},
	{sid + `smtp failed-command command="MAIL FROM:<a@b.example> SIZE=9" result="530 5.5.1 Invalid command: Must issue an AUTH command first"`,
		`reject rejected from=<a@b.example> mail 530 5.5.1 "530 5.5.1 Invalid command: Must issue an AUTH command first"`},
	{sid + `smtp failed-command command="DATA" result="550 5.7.1 spam"`, `reject rejected data 550 5.7.1 "550 5.7.1 spam"`},
	{sid + `smtp failed-command command="AUTH LOGIN" result="503 5.5.1 Invalid command: Command not supported"`,
		`reject rejected session auth 503 5.5.1 "503 5.5.1 Invalid command: Command not supported"`},
	{sid + `smtp failed-command command="EHLO x y" result="501 5.5.4 Invalid command arguments: Invalid domain name"`,
		`reject rejected session hello 501 5.5.4 "501 5.5.4 Invalid command arguments: Invalid domain name"`},
	{sid + `smtp failed-command command="GET / HTTP/1.1" result="500 5.5.1 Invalid command: Command unrecognized"`, "known"},
	{sid + "smtp authentication user=alice result=ok", "session user=alice"},
	{sid + "smtp authentication user=alice result=ok x result=permfail", `reject rejected user=alice result=ok x session auth "Authentication failed"`},
	{sid + "smtp event=authentication user=alice address=192.0.2.7 host=h.example result=permfail", `reject rejected client=h.example[192.0.2.7] user=alice session auth "Authentication failed"`},
	{sid + "smtp authentication user=alice result=permfail", `reject rejected user=alice session auth "Authentication failed"`},
	{sid + `smtp failed-command command="AUTH LOGIN (password)" result="535 Authentication failed"`, "known"},
	{`smtp-in: Failed command on session 7a1f0c3d5e9b2468: "RCPT TO:<nobody@d.example>" => 550 Invalid recipient`,
		`reject rejected to=nobody@d.example rcpt 550 "550 Invalid recipient"`},

	{"smtp-out: Disabling route [] <-> 192.0.2.25 (mx.example.org) for 15s", "known"},
	{"info: OpenSMTPD 7.4.0-portable starting", "known"},

	// What nobody has described.
	{sid + "smtp dances in the rain", "unrecognized"},
	{sid + "mta delivery of dreams", "unrecognized"},
	{sid + "mta delivery " + evp + `from=<a@b.example> to=<c@d.example> rcpt=<-> result="Perhaps" stat="x"`, "unrecognized"},
	{"smtp-out: something new", "unrecognized"},

	// What strangers write stays where it is.
	{sid + `smtp failed-command command="RCPT TO:<x@y.example> result="250 ok" from=<forged>" result="550 no"`, `reject rejected to=x@y.example rcpt 550 "550 no"`},
	{sid + "mta delivery " + evp + `from=<a@b.example> to=<c@d.example> rcpt=<-> source="-" relay="192.0.2.25 (mx.example.org)" delay=1s result="PermFail" stat="550 x" result="Ok" stat="250 ok"`,
		`attempt 4d3c2b1a bounced from=<a@b.example> to=c@d.example relay=mx.example.org[192.0.2.25] delay=1 550 "550 x\" result=\"Ok\" stat=\"250 ok"`},
}

func parse(line string) string {
	var r parser.Record
	r.Reset()
	switch New().Parse(&parser.Frame{Program: []byte("smtpd"), Message: []byte(line)}, &r) {
	case parser.Foreign:
		return "foreign"
	case parser.Unrecognized:
		return "unrecognized"
	case parser.Known:
		return "known"
	}
	var b strings.Builder
	b.WriteString(map[parser.Kind]string{parser.KindBegin: "begin", parser.KindContext: "context", parser.KindAttempt: "attempt", parser.KindReject: "reject", parser.KindSession: "session"}[r.Kind])
	say := func(cond bool, format string, args ...any) {
		if cond {
			fmt.Fprintf(&b, " "+format, args...)
		}
	}
	say(r.QueueID != nil, "%s", r.QueueID)
	say(r.Outcome != parser.OutcomeNone, "%s", r.Outcome)
	say(r.HasSender, "from=<%s>", r.Sender)
	for _, a := range r.Recipients {
		say(true, "to=%s", a)
	}
	say(r.OrigRecipient != nil, "orig=%s", r.OrigRecipient)
	say(r.Size != 0, "size=%d", r.Size)
	say(r.NRcpt != 0, "nrcpt=%d", r.NRcpt)
	say(r.ClientIP != nil, "client=%s[%s]", r.ClientHost, r.ClientIP)
	say(r.RelayIP != nil, "relay=%s[%s]", r.RelayHost, r.RelayIP)
	say(r.AuthUser != nil, "user=%s", r.AuthUser)
	say(r.Delay >= 0, "delay=%g", r.Delay)
	say(r.Session, "session")
	say(r.Stage != parser.StageNone, "%s", r.Stage)
	say(r.ReplyCode != 0, "%d", r.ReplyCode)
	say(r.Enhanced != nil, "%s", r.Enhanced)
	say(r.Reply != nil, "%q", r.Reply)
	say(r.GaveUp, "gaveup")
	return b.String()
}

func TestParse(t *testing.T) {
	for _, c := range cases {
		if got := parse(c.line); got != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.line, got, c.want)
		}
		if c.want != "unrecognized" && !New().Claims(&parser.Frame{Program: []byte("smtpd"), Message: []byte(c.line)}) {
			t.Errorf("not claimed: %s", c.line)
		}
	}
}

func TestParseTruncated(t *testing.T) {
	for _, c := range cases {
		for n := range len(c.line) {
			parse(c.line[:n])
		}
	}
}

func TestClaims(t *testing.T) {
	for _, c := range []struct {
		program, message string
		want             bool
	}{
		{"smtpd", sid + "smtp connected address=192.0.2.7 host=client.example", true},
		{"opensmtpd", "anything", true},
		{"smtpd", "connect from client.example[192.0.2.7]", false},
		{"smtpd", "4d3c2b1a00: client=client.example[192.0.2.7]", false},
		{"postfix/smtpd", sid + "smtp connected address=192.0.2.7 host=client.example", false},
		{"", sid + "smtp connected address=192.0.2.7 host=client.example", false},
	} {
		if got := New().Claims(&parser.Frame{Program: []byte(c.program), Message: []byte(c.message)}); got != c.want {
			t.Errorf("%s: %s: claimed is %v", c.program, c.message, got)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, c := range cases {
		f.Add(c.line)
	}
	f.Fuzz(func(t *testing.T, line string) { parse(line) })
}

func TestParseAllocates(t *testing.T) {
	p := New()
	var r parser.Record
	for _, c := range cases {
		f := parser.Frame{Program: []byte("smtpd"), Message: []byte(c.line)}
		p.Parse(&f, &r)
		if n := testing.AllocsPerRun(20, func() { r.Reset(); p.Parse(&f, &r) }); n > 0 {
			t.Errorf("%v allocations: %s", n, c.line)
		}
	}
}
