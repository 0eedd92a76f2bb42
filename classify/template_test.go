package classify

import (
	"strings"
	"testing"
)

func TestTemplate(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		template, vars := Template(text)
		if got := ShowTemplate(template); got != want {
			t.Errorf("Template(%q)\n got %q\nwant %q", text, got, want)
		}
		if got := Fill(template, vars); got != text {
			t.Errorf("Fill(Template(%q)) = %q", text, got)
		}
	}
	f("550 5.1.1 <bob@example.com>: User unknown", "550 5.1.1 <<address>>: User unknown")
	f("554 5.7.1 Client host [192.0.2.5] blocked using zen.spamhaus.org", "554 5.7.1 Client host [<ip>] blocked using zen.spamhaus.org")
	f("connect to mx1.example.com[2001:db8::7]:25: Connection refused", "connect to <host>[<ip>]:<n>: Connection refused")
	f("421 4.7.0 [TSS04] see https://postmaster.example.com/error-codes", "421 4.7.0 [TSS04] see https://postmaster.example.com/error-codes")
	f("550 5.1.1 OFR_416 [416]", "550 5.1.1 OFR_416 [416]")
	f("451 4.2.0 try again in 300 seconds", "451 4.2.0 try again in <n> seconds")
	f("550 5.7.1 x5b1f17b1804b1-3a9c77e01b2si4471205c44.21 - gsmtp", "550 5.7.1 <id> - gsmtp")
	f("552 at 10:11:12, id=4A3F2119C", "552 at <n>:<n>:<n>, id=<id>")
	f("see mailto:bob@example.com or rfc822;carol@example.org", "see mailto:<address> or rfc822;<address>")
	f("rejected.Please call", "rejected.Please call")
	f("550-5.1.1 a\r\n550-mx1.example.net b\r\n550 5.1.1 c", "550-5.1.1 a\r\n550-<host> b\r\n550 5.1.1 c")
	f("raw \x01 and \x05 bytes", "raw <?> and <?> bytes")
	f("", "")
}

func TestTemplateIsShared(t *testing.T) {
	a, _ := Template("550 5.1.1 <bob@example.com>: User unknown in table 17")
	b, _ := Template("550 5.1.1 <carol.x+y@mail.example.org>: User unknown in table 4711")
	if a != b {
		t.Errorf("two templates:\n%q\n%q", a, b)
	}
}

func FuzzTemplate(f *testing.F) {
	for _, seed := range []string{
		"550 5.1.1 <bob@example.com>: User unknown", "a@b@c=d=e", "::1 fe80::1%eth0 12:30", "\x01\x02\x06", "x=y@z.example.", `\n550 1.2.3.4.5`, "=@=", "....-+_:",
		"M\xfcller@example.com", "550-5.1.1 a\r\n550 5.1.1 b", "1", "@", "a@", "@a", "//x.example.com/1",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		template, vars := Template(text)
		if got := Fill(template, vars); got != text {
			t.Fatalf("Fill(Template(%q)) = %q", text, got)
		}
		marks := 0
		for i := range len(template) {
			if template[i] >= markFirst && template[i] <= markLast {
				marks++
			}
		}
		if marks != len(vars) {
			t.Fatalf("%q: %d marks, %d parts", text, marks, len(vars))
		}
	})
}

func FuzzClassify(f *testing.F) {
	for _, seed := range []string{"550 5.1.1 <bob@example.com>: User unknown", "550-5.1.1 a\r\n550 5.1.1 b", "#550 x", "\x00", "5.7.1", strings.Repeat("550 ", 40)} {
		f.Add(seed, "mx.google.com", "a@b.example")
	}
	c := newTestClassifier(f)
	f.Fuzz(func(t *testing.T, text, relay, recipient string) {
		r := Reply{Text: text, RelayHost: relay, Recipient: recipient}
		cached, fresh := *c.Classify(r), *c.Explain(r).Verdict
		if again := *c.Classify(r); again != cached || fresh != cached {
			t.Fatalf("%+v: cached %+v, again %+v, fresh %+v", r, cached, again, fresh)
		}
		if cached.Category == "" || cached.Cause == "" || cached.Rule == "" {
			t.Fatalf("%+v: %+v", r, cached)
		}
	})
}
