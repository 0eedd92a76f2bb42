package parser

import "testing"

func TestReplyCodes(t *testing.T) {
	for _, c := range []struct {
		text     string
		code     int16
		enhanced string
	}{
		{"550 5.1.1 <a@b.example>: no such user", 550, "5.1.1"},
		{"550-5.1.1 first line\n550 5.1.1 second line", 550, "5.1.1"},
		{"452-4.2.2 over quota\n452 4.2.2 over quota", 452, "4.2.2"},
		{"550 no such user", 550, ""},
		{"550", 550, ""},
		{"550-no such user", 550, ""},
		{"550 #5.1.0 Address rejected.", 550, "5.1.0"},
		{"#5.1.0 Address rejected.", 0, "5.1.0"},
		{"#550 5.2.2 STOREDRV.Deliver; mailbox full", 550, "5.2.2"},
		{"550#5.1.1", 550, "5.1.1"},
		{"550 (5.7.1) refused", 550, "5.7.1"},
		{"550 [5.7.1] refused", 550, "5.7.1"},
		{"550: 5.7.1 refused", 550, "5.7.1"},
		{"smtp; 550 5.1.1 unknown", 550, "5.1.1"},
		{"SMTP;421 4.7.0 later", 421, "4.7.0"},
		{"5.1.1 <a@b.example>: unknown", 0, "5.1.1"},
		{"  451 4.7.1 greylisted", 451, "4.7.1"},
		{"250 2.0.0 Ok: queued as 12AB", 250, "2.0.0"},
		{"550 5.7.515 Access denied", 550, "5.7.515"},
		{"550 5.1.1. Unknown", 550, "5.1.1"},
		{"550 5.1.1: Unknown", 550, "5.1.1"},

		{"", 0, ""},
		{"no code", 0, ""},
		{"smtp;", 0, ""},
		{"650 too high", 0, ""},
		{"199 too low", 0, ""},
		{"5501 too long", 0, ""},
		{"550a", 0, ""},
		{"550 5.1.1.2 is an address", 550, ""},
		{"550.1 is no code", 0, ""},
		{"550 192.0.2.1 is listed", 550, ""},
		{"550 [192.0.2.1] is listed", 550, ""},
		{"550 [5.61.32.10] is listed", 550, ""},
		{"550 3.1.1 is no class", 550, ""},
		{"550 5.1 is too short", 550, ""},
		{"550 5.1.1000 is too long", 550, ""},
		{"550 5..1", 550, ""},
	} {
		code, enhanced := ReplyCodes([]byte(c.text))
		if code != c.code || string(enhanced) != c.enhanced {
			t.Errorf("%q: %d %q, want %d %q", c.text, code, enhanced, c.code, c.enhanced)
		}
		for n := range len(c.text) {
			ReplyCodes([]byte(c.text[:n]))
		}
	}
}

func TestOutcomeNames(t *testing.T) {
	for o := OutcomeDelivered; o <= OutcomeReinjected; o++ {
		if got, ok := ParseOutcome(o.String()); !ok || got != o {
			t.Errorf("%d is named %q, which is %d", o, o, got)
		}
	}
	if _, ok := ParseOutcome(""); ok {
		t.Error("the empty name is an outcome")
	}
}
