package postfix

import (
	"strings"
	"testing"

	"bouncelog/parser"
)

// TestInvented: what nobody has described must not pass for known, of whatever daemon and in whatever dress.
func TestInvented(t *testing.T) {
	p := New()
	daemons := strings.Fields("smtpd submission/smtpd smtp lmtp local virtual pipe error discard retry cleanup qmgr pickup bounce postscreen " +
		"tlsproxy tlsmgr dnsblog anvil scache verify proxymap trivial-rewrite flush showq postsuper postqueue postdrop sendmail master " +
		"postlogd postfix-script spawn qmqpd postmap postalias postlog")
	messages := []string{
		"the moon is made of cheese",
		"flurble: the moon is made of cheese",
		"moon[192.0.2.1]: is made of cheese",
		"moon is made of cheese from unknown[192.0.2.1]",
		"4F1C2A03B7: flurble=3",
		"4F1C2A03B7: the moon is made of cheese",
		"4F1C2A03B7: cheese: moon from mail.example.com[192.0.2.1]: x; from=<a@b> to=<c@d> proto=ESMTP helo=<e>",
		"4jXLNH1yT3z5XNF2: flurble=3, status=sent (250 ok)",
		"4F1C2A03B7: to=<a@b.example>, moon=cheese, status=sent (250 ok)",
		"4F1C2A03B7: to=<a@b.example>, relay=none, delay=1, delays=0/0/1/0, dsn=2.0.0, status=melted (ok)",
		"NOQUEUE: flurble=3",
		"NOQUEUE: cheese: the moon",
		"warning: the moon is made of cheese",
		"warning: 4F1C2A03B7: the moon is made of cheese",
		"warning: moon: cheese",
		"error: the moon is made of cheese",
		"fatal: the moon is made of cheese",
		"panic: the moon is made of cheese",
		"statistic of the moon: cheese",
		"", " ", ":", ": ", "4F1C2A03B7: ", "4F1C2A03B7:", "NOQUEUE: ", "warning: ",
	}
	for _, d := range daemons {
		for _, m := range messages {
			f := parser.Frame{Program: []byte("postfix/" + d), Message: []byte(m)}
			var r parser.Record
			r.Reset()
			if !p.Claims(&f) {
				t.Errorf("postfix/%s: not claimed", d)
			} else if res := p.Parse(&f, &r); res != parser.Unrecognized {
				t.Errorf("postfix/%s: %q: result %d, %s", d, m, res, describe(&r))
			}
		}
	}
	for _, m := range messages {
		f := parser.Frame{Program: []byte("postfix"), Message: []byte(m)}
		var r parser.Record
		if res := p.Parse(&f, &r); res != parser.Unrecognized {
			t.Errorf("postfix: %q: result %d, %s", m, res, describe(&r))
		}
	}
}

// TestOthersWords: a daemon is known by its own sentences, not by another's.
func TestOthersWords(t *testing.T) {
	p := New()
	for _, line := range []string{
		"postfix/qmgr: connect from mail.example.com[192.0.2.1]",
		"postfix/anvil: CONNECT from [192.0.2.9]:40112 to [192.0.2.1]:25",
		"postfix/qmgr: NOQUEUE: reject: RCPT from h[192.0.2.9]: 554 5.7.1 no; from=<x@y> to=<a@b> proto=ESMTP helo=<z>",
		"postfix/master: statistics: max connection rate 1/60s for (smtp:192.0.2.9) at Nov 22 07:14:45",
		"postfix/cleanup: connect to mx[192.0.2.25]:25: Connection refused",
		"postfix/smtp: DNSBL rank 7 for [192.0.2.9]:40112",
	} {
		if got := read(p, line); got != "unrecognized" {
			t.Errorf("%s: %s", line, got)
		}
	}
}

// TestMessages holds the list of shapes together: every line of it is in use.
func TestMessages(t *testing.T) {
	inSection := false
	for i, line := range strings.Split(messages, "\n") {
		switch {
		case line == "" || line[0] == '#':
		case strings.HasPrefix(line, "[") && strings.HasSuffix(line, "]"):
			name, level, ok := strings.Cut(strings.Trim(line, "[]"), " ")
			who, sev := sectionOf(name, level)
			if !ok || who == 0 || sev == severities {
				t.Errorf("messages.txt:%d: no section: %s", i+1, line)
			}
			inSection = true
		case !inSection:
			t.Errorf("messages.txt:%d: in no section: %s", i+1, line)
		default:
			var s shapeSet
			s.errors = map[string]daemon{}
			s.add(line, anyDaemon)
			sample := strings.NewReplacer(`\*`, "*", "*", "x", `\t`, "\t").Replace(line)
			if !s.known(anyDaemon, []byte(sample)) {
				t.Errorf("messages.txt:%d: %q does not match %q", i+1, line, sample)
			}
		}
	}
}
