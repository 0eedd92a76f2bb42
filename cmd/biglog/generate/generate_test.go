package generate

import (
	"bytes"
	"testing"
	"time"
)

func options(mta string, seed uint64) Options {
	return Options{MTA: mta, Messages: 3000, Seed: seed, Start: time.Date(2026, 8, 3, 0, 0, 0, 0, time.UTC), Span: 9 * 24 * time.Hour}
}

func TestEqualSeedsGiveEqualLogs(t *testing.T) {
	for _, mta := range []string{"postfix", "exim", "sendmail"} {
		var a, b, c bytes.Buffer
		ta, err := Write(&a, options(mta, 1))
		if err != nil {
			t.Fatal(err)
		}
		tb, err := Write(&b, options(mta, 1))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(a.Bytes(), b.Bytes()) || ta != tb {
			t.Errorf("%s: one seed gave two logs", mta)
		}
		if _, err := Write(&c, options(mta, 2)); err != nil {
			t.Fatal(err)
		}
		if bytes.Equal(a.Bytes(), c.Bytes()) {
			t.Errorf("%s: two seeds gave one log", mta)
		}
		if n := bytes.Count(a.Bytes(), []byte{'\n'}); int64(n) != ta.Lines || int64(a.Len()) != ta.Bytes {
			t.Errorf("%s: %d lines, %d bytes, but the totals say %d, %d", mta, n, a.Len(), ta.Lines, ta.Bytes)
		}
	}
}

// TestSameMail checks that all dialects tell of the same mail.
func TestSameMail(t *testing.T) {
	var want Totals
	for i, mta := range []string{"postfix", "exim", "sendmail"} {
		got, err := Write(&bytes.Buffer{}, options(mta, 7))
		if err != nil {
			t.Fatal(err)
		}
		got.Lines, got.Bytes, got.Foreign = 0, 0, 0
		if i == 0 {
			want = got
		}
		if got != want {
			t.Errorf("%s: %+v, want %+v", mta, got, want)
		}
	}
	c := want.ByCategory
	if want.Messages != 3000 || want.Bounced+want.Expired != c.Hard+c.Soft+c.Block+c.Content || want.Recipients < want.Delivered+want.Bounced+want.Expired+want.Discarded {
		t.Errorf("the totals contradict each other: %+v", want)
	}
	if want.Expired == 0 || want.Deferrals == 0 || want.Rejected == 0 || want.SessionRejects == 0 || want.Discarded == 0 || want.DSNs == 0 {
		t.Errorf("something never happens: %+v", want)
	}
}

func TestRefusesNonsense(t *testing.T) {
	for _, o := range []Options{{MTA: "qmail", Messages: 1, Span: time.Hour}, {MTA: "exim", Span: time.Hour}, {MTA: "exim", Messages: 1}} {
		if _, err := Write(&bytes.Buffer{}, o); err == nil {
			t.Errorf("%+v was accepted", o)
		}
	}
}
