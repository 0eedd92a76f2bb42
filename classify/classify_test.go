package classify

import (
	"strings"
	"testing"

	"bouncelog/rules"
)

// TestRules holds the rule files: they load without a problem and every example is decided by its own rule.
func TestRules(t *testing.T) {
	rs, err := rules.Load()
	if err != nil {
		t.Fatal(err)
	}
	c, err := New(rs)
	if err != nil {
		t.Fatal(err)
	}
	problems := c.Check()
	for _, p := range problems {
		t.Error(p)
	}
	t.Logf("%d rules, %d literals", len(rs.Rules), len(c.literals.text))
}

func TestNormalize(t *testing.T) {
	f := func(in, want string) {
		t.Helper()
		got := strings.TrimSpace(string(normalize(nil, in, findCodes(in))))
		if got != want {
			t.Errorf("normalize(%q)\n got %q\nwant %q", in, got, want)
		}
	}
	f("550 5.1.1 User  Unknown", "550 5.1.1 user unknown")
	f("550-5.1.1 User\r\n550 5.1.1 unknown", "550 5.1.1 user unknown")
	f("550-5.1.1 User 550-5.1.1 is 550 5.1.1 unknown", "550 5.1.1 user is unknown")
	f(`550-5.1.1 User\n550 5.1.1 unknown`, "550 5.1.1 user unknown")
	f(`550-User#015#012550 unknown`, "550 user unknown")
	f("550 call 550 now", "550 call 550 now")
	f("552 Bo\u00eete pleine \u2019x\u2019", "552 boite pleine 'x'")
	f("552 Bo\xeete pleine", "552 boite pleine")
	f("552 \u041f\u043e\u0447\u0442\u0430", "552 \u043f\u043e\u0447\u0442\u0430")
	f("", "")
}

func TestUnwrap(t *testing.T) {
	f := func(in, want, relay string) {
		t.Helper()
		r := Reply{Text: in}
		unwrap(&r)
		if r.Text != want || r.RelayHost != relay {
			t.Errorf("unwrap(%q)\n got %q at %q\nwant %q at %q", in, r.Text, r.RelayHost, want, relay)
		}
	}
	const words = "550 5.1.1 no such user"
	f(words, words, "")
	f("smtp; "+words, words, "")
	f("X-Postfix; "+words, words, "")
	f("host mx.example.net[192.0.2.1] said: "+words+" (in reply to RCPT TO command)", words, "mx.example.net")
	f("delivery temporarily suspended: host mx.example.net[192.0.2.1] said: "+words, words, "mx.example.net")
	f("host mx.example.net[192.0.2.1] refused to talk to me: "+words, words, "mx.example.net")
	f("host mx.example.net said: hello", "host mx.example.net said: hello", "")
	f("550 5.1.8 no (in reply to MAIL FROM command)", "550 5.1.8 no (in reply to MAIL FROM command)", "")
	const exim = "SMTP error from remote mail server after "
	f(exim+"RCPT TO:<bob@example.net>: "+words, words, "")
	f(exim+"RCPT TO:<bob@example.net>:\n    host mx.example.net [2001:550::1]:\n    "+words, words, "mx.example.net")
	f(exim+"MAIL FROM:<alice@example.org>: "+words, exim+"MAIL FROM:<alice@example.org>: "+words, "")
	f(exim+"end of data: timed out", exim+"end of data: timed out", "")
	f(exim+"end of data: 550", "550", "")
	long := exim + "RCPT TO:<" + strings.Repeat("b", 400) + "@example.net>: " + words
	f(long, long, "")
}
