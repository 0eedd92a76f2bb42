package sendmail

import (
	"testing"
	"time"

	"bouncelog/parser"
)

func TestQueueTime(t *testing.T) {
	check := func(id, want string) {
		t.Helper()
		ns, ok := New().QueueTime([]byte(id))
		got := ""
		if ok {
			got = time.Unix(0, ns).UTC().Format(time.RFC3339)
		}
		if got != want {
			t.Errorf("%s: %q, want %q", id, got, want)
		}
	}
	check("6AM7Dr98000162", "2026-11-22T07:13:53Z") // of testdata/logs/sendmail/maillog, logged at Nov 22 07:13:53 UTC
	check("6AM7EI8j001278", "2026-11-22T07:14:18Z")
	check("6AM7EI8j1234567", "2026-11-22T07:14:18Z") // a process id of seven digits
	check("50V0000a000001", "2025-01-31T00:00:00Z")
	check("v6I4f33V011778", "2017-07-18T04:41:03Z") // published: logged at Jul 17 21:41:07 in a zone of -0700
	check("f2FNnX012345", "2001-03-15T23:49:33Z")   // 8.11
	check("x0VNnX012345", "2019-01-31T23:49:33Z")
	check("SAA15929", "")       // 8.9 has no time
	check("61V0000a000001", "") // 31 February
	check("6AM7Dr9800016", "2026-11-22T07:13:53Z")
	check("6AM7Dr", "")
	check("", "")
	check("zAM7Dr98000162", "")
	check("6CM7Dr98000162", "") // month 13
	check("4F00BA12CD34EF", "") // a Postfix id
	check("NOQUEUE", "")
}

func TestClaims(t *testing.T) {
	p := New()
	check := func(program, message string, want bool) {
		t.Helper()
		f := parser.Frame{Program: []byte(program), Message: []byte(message)}
		if got := p.Claims(&f); got != want {
			t.Errorf("%q %q: %v, want %v", program, message, got, want)
		}
	}
	for _, program := range []string{"sendmail", "sm-mta", "sm-msp-queue", "sm-que", "sm-acceptingconnections", "sendmail-in", "sendmail:", "/usr/sbin/sendmail", "sendmail.sendmail"} {
		check(program, "anything at all", true)
	}
	for _, program := range []string{"postfix/sendmail", "postfix/smtp", "postfix", "exim", "dovecot", "sendmail.postfix", "sendmailanalyzer", "smtpd", "sm"} {
		check(program, "anything at all", false)
	}
	// A tag of "sendmail -L".
	check("mta-out", `6AM7Dr98000162: from=<a@b>, size=1, class=0, nrcpts=1, relay=x`, true)
	check("mta-out", `6AM7Dr98000162: to=<a@b>, delay=00:00:00, mailer=esmtp, stat=Sent`, true)
	check("mta-out", `6AM7Dr98000162: 6AM7Dr99000162: DSN: User unknown`, true)
	check("mta-out", `6AM7Dr98000162: <a@b>... User unknown`, true)
	check("mta-out", `SAA15929: from=<a@b>, size=1, class=0, pri=1, nrcpts=1, msgid=<x>, relay=x`, true)
	check("mta-out", `ruleset=check_relay, arg1=x, arg2=192.0.2.1, relay=x [192.0.2.1], reject=550 no`, true)
	check("mta-out", `NOQUEUE: ruleset=check_relay, arg1=x, relay=x [192.0.2.1], reject=550 no`, true)
	check("", `6AM7Dr98000162: from=<a@b>, size=1, class=0, nrcpts=1, relay=x`, true)
	check("mta-out", `from=<a@b>, size=1, class=0`, false)
	check("mta-out", `6AM7Dr98000162: hello`, false)
	check("mta-out", `4F00BA12CD: from=<a@b>, size=1, nrcpt=1 (queue active)`, false)
	check("mta-out", `6AM7Dr98000162: to=<a@b>, relay=x, delay=1, delays=1/0/0/0, dsn=2.0.0, status=sent (ok, stat=Sent)`, true) // the id's shape decides; Parse refuses it
	check("named", `starting`, false)
	check("", ``, false)
}

// The same line in parts, as sm_syslog (syslog.c) splits it.
func TestSplitLine(t *testing.T) {
	r, res := read(t, `6AM7Dr98000162[1]: <a@b>... User unknown ...`)
	if res != parser.Found || string(r.QueueID) != "6AM7Dr98000162" || string(r.Recipients[0]) != "a@b" {
		t.Errorf("first part: %d %s", res, tell(r))
	}
	if r, res := read(t, `6AM7Dr98000162[2]: to=<a@b>, delay=00:00:00, mailer=x, stat=Sent`); res != parser.Known {
		t.Errorf("second part: %d %s", res, tell(r))
	}
}
