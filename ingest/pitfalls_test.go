package ingest_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"bouncelog/cmd/biglog/generate"
)

// tally reads one log and returns what it counted, without lines and bytes.
func tally(t *testing.T, log string) generate.Totals {
	t.Helper()
	var b strings.Builder
	for text := range strings.Lines(log) {
		if text = strings.TrimSpace(text); text != "" {
			b.WriteString(text + "\n")
		}
	}
	got := counts(read(t, "", write(t, t.TempDir(), "maillog", []byte(b.String()))))
	if got.Foreign != 0 || got.Unrecognized != 0 {
		t.Errorf("%d lines are foreign, %d unrecognized", got.Foreign, got.Unrecognized)
	}
	got.Lines, got.Bytes = 0, 0
	return got
}

// A message, its recipients and the attempts to reach them are three numbers; greylisting is a deferral and no failure.
func TestPitfallMessagesRecipientsAttempts(t *testing.T) {
	got := tally(t, `
		Nov 22 10:00:00 mx postfix/qmgr[12]: 5A0C1122DD: from=<erna@buero.example>, size=1, nrcpt=2 (queue active)
		Nov 22 10:00:01 mx postfix/smtp[13]: 5A0C1122DD: to=<a@kunde.example>, relay=mx[192.0.2.9]:25, delay=1, delays=0/0/1/0, dsn=4.2.0, status=deferred (host mx[192.0.2.9] said: 450 4.2.0 <a@kunde.example>: Recipient address rejected: Greylisted (in reply to RCPT TO command))
		Nov 22 10:00:01 mx postfix/smtp[13]: 5A0C1122DD: to=<b@kunde.example>, relay=mx[192.0.2.9]:25, delay=1, delays=0/0/1/0, dsn=4.2.0, status=deferred (host mx[192.0.2.9] said: 450 4.2.0 <b@kunde.example>: Recipient address rejected: Greylisted (in reply to RCPT TO command))
		Nov 22 10:05:01 mx postfix/smtp[13]: 5A0C1122DD: to=<a@kunde.example>, relay=mx[192.0.2.9]:25, delay=301, delays=300/0/1/0, dsn=4.2.0, status=deferred (host mx[192.0.2.9] said: 450 4.2.0 <a@kunde.example>: Recipient address rejected: Greylisted (in reply to RCPT TO command))
		Nov 22 10:10:01 mx postfix/smtp[13]: 5A0C1122DD: to=<a@kunde.example>, relay=mx[192.0.2.9]:25, delay=601, delays=600/0/1/0, dsn=2.0.0, status=sent (250 ok)
		Nov 22 10:10:01 mx postfix/smtp[13]: 5A0C1122DD: to=<b@kunde.example>, relay=mx[192.0.2.9]:25, delay=601, delays=600/0/1/0, dsn=2.0.0, status=sent (250 ok)
		Nov 22 10:10:01 mx postfix/qmgr[12]: 5A0C1122DD: removed`)
	if want := (generate.Totals{Messages: 1, Recipients: 2, Delivered: 2, Deferrals: 3}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// What passes a filter and comes back, and what an alias spreads, is delivered as often as it reached a mailbox.
func TestPitfallReinjectionAndAliases(t *testing.T) {
	got := tally(t, `
		Nov 22 10:00:00 mx postfix/smtpd[10]: 5A0C1122DD: client=a.example[192.0.2.1]
		Nov 22 10:00:00 mx postfix/cleanup[11]: 5A0C1122DD: message-id=<1@a.example>
		Nov 22 10:00:00 mx postfix/qmgr[12]: 5A0C1122DD: from=<s@a.example>, size=1, nrcpt=1 (queue active)
		Nov 22 10:00:01 mx postfix/smtpd[17]: 6B1D2233EE: client=localhost[127.0.0.1]
		Nov 22 10:00:01 mx postfix/cleanup[11]: 6B1D2233EE: message-id=<1@a.example>
		Nov 22 10:00:01 mx postfix/qmgr[12]: 6B1D2233EE: from=<s@a.example>, size=1, nrcpt=1 (queue active)
		Nov 22 10:00:01 mx postfix/smtp[13]: 5A0C1122DD: to=<alle@buero.example>, relay=127.0.0.1[127.0.0.1]:10024, delay=1, delays=0/0/1/0, dsn=2.0.0, status=sent (250 2.0.0 from MTA(smtp:[127.0.0.1]:10025): 250 2.0.0 Ok: queued as 6B1D2233EE)
		Nov 22 10:00:01 mx postfix/qmgr[12]: 5A0C1122DD: removed
		Nov 22 10:00:02 mx postfix/cleanup[11]: 7C2E3344FF: message-id=<1@a.example>
		Nov 22 10:00:02 mx postfix/qmgr[12]: 7C2E3344FF: from=<s@a.example>, size=1, nrcpt=2 (queue active)
		Nov 22 10:00:02 mx postfix/local[16]: 6B1D2233EE: to=<alle@buero.example>, relay=local, delay=1, delays=0/0/1/0, dsn=2.0.0, status=sent (forwarded as 7C2E3344FF)
		Nov 22 10:00:02 mx postfix/qmgr[12]: 6B1D2233EE: removed
		Nov 22 10:00:03 mx postfix/smtp[13]: 7C2E3344FF: to=<a@kunde.example>, orig_to=<alle@buero.example>, relay=mx[192.0.2.9]:25, delay=1, delays=0/0/1/0, dsn=2.0.0, status=sent (250 ok)
		Nov 22 10:00:03 mx postfix/smtp[13]: 7C2E3344FF: to=<b@kunde.example>, orig_to=<alle@buero.example>, relay=mx[192.0.2.9]:25, delay=1, delays=0/0/1/0, dsn=2.0.0, status=sent (250 ok)
		Nov 22 10:00:03 mx postfix/qmgr[12]: 7C2E3344FF: removed`)
	if got.Delivered != 2 || got.Messages != 1 || got.Recipients != 2 || got.Bounced != 0 {
		t.Errorf("%+v", got)
	}
}

// Bounce messages are counted apart from mail; probes of address verification not at all; refusals before the queue have no message.
func TestPitfallDSNsProbesRefusals(t *testing.T) {
	got := tally(t, `
		Nov 22 10:00:00 mx postfix/qmgr[12]: 5A0C1122DD: from=<erna@buero.example>, size=1, nrcpt=1 (queue active)
		Nov 22 10:00:01 mx postfix/smtp[13]: 5A0C1122DD: to=<a@kunde.example>, relay=mx[192.0.2.9]:25, delay=1, delays=0/0/1/0, dsn=5.1.1, status=bounced (host mx[192.0.2.9] said: 550 5.1.1 <a@kunde.example>: User unknown (in reply to RCPT TO command))
		Nov 22 10:00:01 mx postfix/cleanup[11]: 6B1D2233EE: message-id=<b@mx>
		Nov 22 10:00:01 mx postfix/bounce[15]: 5A0C1122DD: sender non-delivery notification: 6B1D2233EE
		Nov 22 10:00:01 mx postfix/qmgr[12]: 5A0C1122DD: removed
		Nov 22 10:00:01 mx postfix/qmgr[12]: 6B1D2233EE: from=<>, size=1, nrcpt=1 (queue active)
		Nov 22 10:00:02 mx postfix/smtp[13]: 6B1D2233EE: to=<erna@buero.example>, relay=mx[192.0.2.8]:25, delay=1, delays=0/0/1/0, dsn=2.0.0, status=sent (250 ok)
		Nov 22 10:00:02 mx postfix/qmgr[12]: 6B1D2233EE: removed
		Nov 22 10:00:03 mx postfix/cleanup[11]: 7C2E3344FF: message-id=<probe@mx>
		Nov 22 10:00:03 mx postfix/qmgr[12]: 7C2E3344FF: from=<double-bounce@mx>, size=1, nrcpt=1 (queue active)
		Nov 22 10:00:03 mx postfix/smtp[13]: 7C2E3344FF: to=<c@kunde.example>, relay=mx[192.0.2.9]:25, delay=1, delays=0/0/1/0, dsn=5.1.1, status=undeliverable (host mx[192.0.2.9] said: 550 5.1.1 unknown (in reply to RCPT TO command))
		Nov 22 10:00:03 mx postfix/qmgr[12]: 7C2E3344FF: removed
		Nov 22 10:00:04 mx postfix/smtpd[10]: NOQUEUE: reject: RCPT from h[203.0.113.9]: 554 5.7.1 <x@z.example>: Relay access denied; from=<x@fremd.example> to=<x@z.example> proto=SMTP helo=<x>`)
	want := generate.Totals{Messages: 1, Recipients: 1, Bounced: 1, DSNs: 1, Rejected: 1, ByCategory: generate.Category{Hard: 1}}
	if got != want {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
}

// What the log's window cuts off: an outcome without its message's beginning counts, a message without an outcome is unfinished.
func TestPitfallUnfinished(t *testing.T) {
	got := tally(t, `
		Nov 22 10:00:01 mx postfix/smtp[13]: 5A0C1122DD: to=<a@kunde.example>, relay=mx[192.0.2.9]:25, delay=9000, delays=8999/0/1/0, dsn=2.0.0, status=sent (250 ok)
		Nov 22 10:00:01 mx postfix/qmgr[12]: 5A0C1122DD: removed
		Nov 22 10:00:02 mx postfix/smtpd[10]: 6B1D2233EE: client=a.example[192.0.2.1]
		Nov 22 10:00:02 mx postfix/qmgr[12]: 6B1D2233EE: from=<s@a.example>, size=1, nrcpt=1 (queue active)
		Nov 22 10:00:03 mx postfix/smtp[13]: 6B1D2233EE: to=<b@kunde.example>, relay=none, delay=1, delays=0/0/1/0, dsn=4.4.1, status=deferred (connect to mx[192.0.2.9]:25: Connection refused)`)
	if want := (generate.Totals{Messages: 2, Recipients: 2, Delivered: 1, Deferrals: 1}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// Dropping on purpose is not delivering: a DISCARD action and Exim's :blackhole:. (discard(8) is a transport that the routing chose,
// as /dev/null is a mailbox: delivered.)
func TestPitfallDiscarded(t *testing.T) {
	got := tally(t, `
		Nov 22 10:00:00 mx postfix/smtpd[10]: NOQUEUE: discard: RCPT from h[203.0.113.9]: <x@fremd.example>: Sender address triggers DISCARD action; from=<x@fremd.example> to=<a@buero.example> proto=SMTP helo=<x>`)
	if got.Discarded != 1 || got.Delivered != 0 {
		t.Errorf("Postfix: %+v", got)
	}
	got = tally(t, `
		2026-11-22 10:00:00 1xV2aa-00003C-7K <= x@fremd.example H=h [203.0.113.9] P=esmtp S=7
		2026-11-22 10:00:00 1xV2aa-00003C-7K => :blackhole: <muell@buero.example> R=aliases
		2026-11-22 10:00:00 1xV2aa-00003C-7K Completed`)
	if got.Discarded != 1 || got.Delivered != 0 || got.Messages != 1 {
		t.Errorf("Exim: %+v", got)
	}
}

// Exim writes a refusal to its main log and its reject log, which adds the headers: it counts once.
func TestPitfallEximMainAndRejectLog(t *testing.T) {
	const refusal = "2026-11-22 10:00:00 1xV2aa-00003C-7K H=(wer) [203.0.113.9] F=<x@fremd.example> rejected after DATA: Virus\n"
	dir := t.TempDir()
	main := write(t, dir, "mainlog", []byte(refusal))
	reject := write(t, dir, "rejectlog", []byte(refusal+
		"Envelope-from: <x@fremd.example>\nEnvelope-to: <wer@buero.example>\nP Received: from wer ([203.0.113.9])\nF From: X <x@fremd.example>\nT To: wer@buero.example\n  Subject: "+refusal))
	for _, names := range [][]string{{main, reject}, {reject, main}} {
		if got := counts(read(t, "", names...)); got.Rejected != 1 || got.Unrecognized != 0 || got.Foreign != 0 {
			t.Errorf("%v: %+v", names, got)
		}
	}
}

// With syslog_duplication, Exim's default, each refusal stands twice in the log, and counts once: also where a run meets the end of the
// log in the middle of one.
func TestPitfallEximTwiceInSyslog(t *testing.T) {
	const refusal = "Nov 22 10:00:0%d mx exim[47]: 2026-11-22 10:00:0%[1]d H=mx5.fremd.example [203.0.113.9] F=<x@fremd.example> rejected RCPT <wer@fort.example>: relay not permitted\n"
	log := fmt.Sprintf(refusal+refusal+refusal+refusal+refusal+refusal, 1, 1, 2, 2, 3, 3)
	for cut := 1; cut < len(log)/6; cut += 10 {
		dir := t.TempDir()
		db := filepath.Join(dir, "db")
		read(t, db, write(t, dir, "syslog", []byte(log[:cut])))
		read(t, db, write(t, dir, "syslog", []byte(log)))
		if n := len(dump(t, db, `SELECT first, client_ip FROM v_messages WHERE rejected`)); n != 3 {
			t.Errorf("cut at %d: %d refusals", cut, n)
		}
	}
}
