package postfix

import (
	"testing"

	"bouncelog/parser"
)

var benchLines = map[string]parser.Frame{
	"smtp": {Program: []byte("postfix/smtp"), Message: []byte("4jXLNH1yT3z5XNF2: to=<alice.example@example.com>, orig_to=<sales@example.org>, relay=mx1.example.com[192.0.2.25]:25, " +
		"conn_use=2, delay=1.27, delays=0.05/0.01/0.92/0.29, dsn=4.2.2, status=deferred (host mx1.example.com[192.0.2.25] said: 452-4.2.2 The recipient's inbox is out of storage space. 452 4.2.2 see https://example.com/full (in reply to RCPT TO command))")},
	"sent":      {Program: []byte("postfix/smtp"), Message: []byte("4F1C2A03B7: to=<alice@example.com>, relay=mx1.example.com[192.0.2.25]:25, delay=1.2, delays=0.1/0/0.9/0.2, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as 7A3F61C0D2)")},
	"qmgr":      {Program: []byte("postfix/qmgr"), Message: []byte("4F1C2A03B7: from=<bounce+m0001@news.example>, size=1662, nrcpt=1 (queue active)")},
	"connect":   {Program: []byte("postfix/smtpd"), Message: []byte("connect from mail.example.com[192.0.2.1]")},
	"tls":       {Program: []byte("postfix/smtp"), Message: []byte("Untrusted TLS connection established to mx.example.com[192.0.2.25]:25: TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)")},
	"reject":    {Program: []byte("postfix/smtpd"), Message: []byte("NOQUEUE: reject: RCPT from unknown[192.0.2.9]: 554 5.7.1 <a@b.example>: Relay access denied; from=<x@y.example> to=<a@b.example> proto=ESMTP helo=<z.example>")},
	"unheardof": {Program: []byte("postfix/smtp"), Message: []byte("the moon is made of cheese: said nobody")},
}

func BenchmarkParse(b *testing.B) {
	p := New()
	for name, f := range benchLines {
		b.Run(name, func(b *testing.B) {
			var r parser.Record
			r.Recipients = make([][]byte, 0, 4)
			b.ReportAllocs()
			b.SetBytes(int64(len(f.Message)))
			for b.Loop() {
				r.Reset()
				if p.Claims(&f) {
					p.Parse(&f, &r)
				}
			}
		})
	}
}

// TestAllocs: the interface promises no allocation a line, whatever the line.
func TestAllocs(t *testing.T) {
	p := New()
	for name, f := range benchLines {
		var r parser.Record
		r.Recipients = make([][]byte, 0, 4)
		if n := testing.AllocsPerRun(100, func() {
			r.Reset()
			p.Claims(&f)
			p.Parse(&f, &r)
		}); n != 0 {
			t.Errorf("%s: %v allocations a line", name, n)
		}
	}
}
