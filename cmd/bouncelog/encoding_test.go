package main

import (
	"strings"
	"testing"
)

func TestIsUTF16(t *testing.T) {
	wide := func(s, before, after string) []byte {
		var b strings.Builder
		for i := range len(s) {
			b.WriteString(before + s[i:i+1] + after)
		}
		return []byte(b.String())
	}
	f := func(what string, head []byte, want bool) {
		t.Helper()
		if got := isUTF16(head); got != want {
			t.Errorf("%s: %v", what, got)
		}
	}
	const line = "Nov 22 07:13:01 mx postfix/smtp[1]: 4jXL0v4Zgtz1X0Bf: to=<bob@example.com>\n"
	f("UTF-8", []byte(line), false)
	f("UTF-8 with its mark", []byte("\xef\xbb\xbf"+line), false)
	f("UTF-16LE with a mark", append([]byte("\xff\xfe"), wide(line, "", "\x00")...), true)
	f("UTF-16BE with a mark", append([]byte("\xfe\xff"), wide(line, "\x00", "")...), true)
	f("UTF-16LE without", wide(line, "", "\x00"), true)
	f("UTF-16BE without", wide(line, "\x00", ""), true)
	f("NULs after a crash", []byte(strings.Repeat("\x00", 300)+line), false)
	f("gzip", []byte("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\x00\x00"), false)
	f("nothing", nil, false)
}
