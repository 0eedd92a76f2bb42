package trace_test

import (
	"slices"
	"testing"

	"bouncelog/trace"
)

// Sendmail logs no end of the queue file: what the last recipient's line ended is harvested without Changed having been called.
func TestHarvestTakesWhatItsLastRecipientEnded(t *testing.T) {
	r := newReader(t).read(1, `
		Nov 22 10:00:00 mx sm-mta[4711]: 6AMA00Dr004711: from=<s@a.example>, size=1418, class=0, nrcpts=1, msgid=<1@a.example>, proto=ESMTP, daemon=MTA, relay=h.example [192.0.2.1]
		Nov 22 10:00:01 mx sm-mta[4712]: 6AMA00Dr004711: to=<one@b.example>, delay=00:00:01, xdelay=00:00:01, mailer=esmtp, pri=31418, relay=mx.b.example. [192.0.2.9], dsn=2.0.0, stat=Sent (Ok)
		Nov 22 10:00:02 mx sm-mta[4713]: 6AMA02Dr004713: from=<s@a.example>, size=1418, class=0, nrcpts=2, msgid=<2@a.example>, proto=ESMTP, daemon=MTA, relay=h.example [192.0.2.1]
		Nov 22 10:00:03 mx sm-mta[4714]: 6AMA02Dr004713: to=<one@b.example>, delay=00:00:01, xdelay=00:00:01, mailer=esmtp, pri=31418, relay=mx.b.example. [192.0.2.9], dsn=2.0.0, stat=Sent (Ok)
		Nov 22 10:10:00 mx sm-mta[4715]: 6AMAA0Dr004715: from=<s@a.example>, size=1418, class=0, nrcpts=1, msgid=<3@a.example>, proto=ESMTP, daemon=MTA, relay=h.example [192.0.2.1]`)
	var got []string
	r.tracker.Harvest(func(m *trace.Message, changed bool) {
		if !changed {
			t.Errorf("%s was not named by Changed", m.QueueID)
		}
		got = append(got, m.QueueID)
	})
	if want := []string{"6AMA00Dr004711"}; !slices.Equal(got, want) {
		t.Errorf("harvested %v, want %v", got, want)
	}
}

// A log's older half is read after the newer one: what ended in the newer one may get lines yet, however long ago that was by the newest line.
func TestHarvestLeavesWhatAnOlderLogMaySpeakOf(t *testing.T) {
	r := newReader(t).read(1, `
		Nov 22 12:00:00 mx postfix/smtp[7]: 4F1C2A03B7: to=<one@b.example>, relay=mx.b.example[192.0.2.9]:25, delay=7200, delays=7199/0/0.5/0.5, dsn=2.0.0, status=sent (250 Ok)
		Nov 22 12:00:00 mx postfix/qmgr[2]: 4F1C2A03B7: removed
		Nov 22 23:00:00 mx postfix/smtpd[5]: 5A1C2A03B7: client=h.example[192.0.2.1]`).read(2, `
		Nov 22 10:00:00 mx postfix/smtpd[5]: 4F1C2A03B7: client=h.example[192.0.2.1]`)
	r.tracker.Harvest(func(m *trace.Message, _ bool) {
		t.Errorf("%s was harvested while lines of its time were read", m.QueueID)
	})
	r.read(2, `
		Nov 22 10:00:01 mx postfix/smtp[6]: 4F1C2A03B7: to=<one@b.example>, relay=mx.b.example[192.0.2.9]:25, delay=1, delays=0/0/0.5/0.5, dsn=4.2.0, status=deferred (host mx.b.example[192.0.2.9] said: 450 4.2.0 later)`)
	if m := r.messages()["4F1C2A03B7"]; m == nil || len(m.Recipients) != 1 || len(m.Recipients[0].Attempts) != 2 {
		t.Errorf("both attempts are of one message: %+v", m)
	}
}

// The strings of a line are pieces of one; line breaks in its reply are taken out of their escapes.
func TestLineBreaksOfAReply(t *testing.T) {
	r := newReader(t).read(1, `
		2026-11-22 10:00:00 1wqg65-00004r-00 <= s@a.example H=h.example [192.0.2.1] P=esmtp S=100 id=1@a.example
		2026-11-22 10:00:01 1wqg65-00004r-00 => one@b.example R=dnslookup T=remote_smtp H=mx.b.example [192.0.2.9] C="250-one\\n250 two \\x"
		2026-11-22 10:00:02 1wqg65-00004r-00 ** two@b.example R=dnslookup T=remote_smtp H=mx.b.example [192.0.2.9]: SMTP error from remote mail server after RCPT TO:<two@b.example>: 550-no\n550 such user`)
	m := r.messages()["1wqg65-00004r-00"]
	if m == nil || len(m.Recipients) != 2 {
		t.Fatalf("%+v", m)
	}
	for i, want := range []string{"250-one\n250 two \\\\x", "550-no\n550 such user"} {
		if got := m.Recipients[i].Attempts[0].Reply; got != want {
			t.Errorf("reply %q, want %q", got, want)
		}
	}
	a := m.Recipients[1].Attempts[0]
	if m.Sender != "s@a.example" || m.MessageID != "1@a.example" || m.ClientHost != "h.example" || m.ClientIP != "192.0.2.1" || a.RelayHost != "mx.b.example" || a.RelayIP != "192.0.2.9" {
		t.Errorf("%+v, %+v", m, a)
	}
}
