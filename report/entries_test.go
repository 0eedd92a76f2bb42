package report

import (
	"testing"

	"bouncelog/store"
)

func TestEnhancedCode(t *testing.T) {
	f := func(reply, want string) {
		t.Helper()
		if got := enhancedCode(reply); got != want {
			t.Errorf("enhancedCode(%q) = %q, want %q", reply, got, want)
		}
	}
	f("550 5.1.1 User unknown", "5.1.1")
	f("550-5.1.1 The account\n550 5.1.1 try", "5.1.1")
	f("421 4.7.26", "4.7.26")
	f("550 User unknown 5.1.1", "")
	f("550 5.1 short", "")
	f("550 5.1.1.1 long", "")
	f("550 5..1 hole", "")
	f("5.1.1", "")
	f("", "")
}

// What our own server refused has no remote server's words and no advice for senders; codes open to the replies that begin with them.
func TestEntryReplies(t *testing.T) {
	m := testModel(t)
	for _, e := range m.Tables[store.DimRejected] {
		if len(e.Replies) > 0 || len(e.Advice) > 0 || e.Meaning == "" {
			t.Errorf("rejected %s: %d replies, advice %q, meaning %q", e.Key, len(e.Replies), e.Advice, e.Meaning)
		}
	}
	for _, e := range m.Tables[store.DimEnhanced] {
		if len(e.Replies) == 0 {
			t.Errorf("code %s has no replies", e.Key)
		}
	}
}

func TestAtMost(t *testing.T) {
	for sec, want := range map[float64]string{0: "less than a second", 0.4: "less than a second", 1: "1 s or less", 312: "5 min 12 s or less"} {
		if got := atMost(sec); got != want {
			t.Errorf("atMost(%v) = %q, want %q", sec, got, want)
		}
	}
}
