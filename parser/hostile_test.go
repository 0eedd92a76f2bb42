package parser

import (
	"fmt"
	"strings"
	"testing"
)

// A5: control bytes stay what they are, escaped or not; only a real line break ends a line.
func TestControlBytes(t *testing.T) {
	l := newLogTest(t, Options{})
	for _, text := range []string{
		`to=<a> 550 first#012550 second`,
		`to=<a> 550 first\012550 second`,
		`to=<a> 550 first\n550 second`,
		"to=<a> 550 first^M?550 M-CM-$ second",
		"to=<a> \x1b[31mred\x1b[0m \x00\x01\x7f",
		"to=<a> \xff\xfe Latin-1 \xe4\xf6\xfc",
		"to=<\u00e4@\u4f8b\u3048.example> xn--",
	} {
		l.want(head+"fake/smtp[1]: Q1 "+text, "Q1 "+text)
	}
}

// A5: what looks like a line within a line is none: the header is taken off once, at the beginning.
func TestForgedLines(t *testing.T) {
	l := newLogTest(t, Options{})
	for _, forged := range []string{
		head + "fake/smtp[1]: Q2 to=<forged>",
		"#012" + head + "fake/smtp[1]: Q2 to=<forged>",
		"\r" + head + "fake/smtp[1]: Q2 to=<forged>",
		"2026-11-22 07:13:50 Q2 to=<forged>",
		"last message repeated 5 times",
		"message repeated 5 times: [ Q2 to=<forged>]",
		"[1/2] Q2 to=<forged>",
		`{"log":"Q2 to=<forged>"}`,
		"fake/smtp[1]: Q2 to=<forged>",
	} {
		l.want(head+"fake/smtp[1]: Q1 to=<a> "+forged, "Q1 to=<a> "+forged)
		l.want(head+"sshd[1]: Invalid user "+forged, "foreign")
		l.want("2026-11-22 07:13:50 Q1 to=<a> H=("+forged+")", "Q1 to=<a> H=("+forged+")")
	}
}

// A5: a line break within a JSON string is no end of a line.
func TestJSONLineBreaks(t *testing.T) {
	l := newLogTest(t, Options{})
	l.want(`{"__REALTIME_TIMESTAMP":"1795331630000000","SYSLOG_IDENTIFIER":"fake/smtp","MESSAGE":"Q1 to=<a>\nNov 22 07:13:50 mx fake/smtp[1]: Q2 to=<forged>"}`,
		"Q1 to=<a>\nNov 22 07:13:50 mx fake/smtp[1]: Q2 to=<forged>")
	// The names of members count at the top only, whoever fills the ones below.
	l.want(`{"__REALTIME_TIMESTAMP":"1795331630000000","SYSLOG_IDENTIFIER":"fake/smtp","MESSAGE":"Q1 to=<a>","x":{"MESSAGE":"Q2 to=<forged>"},"y":[{"MESSAGE":"Q2 to=<forged>"}]}`, "Q1 to=<a>")
}

// A6: lines that end early.
func TestTruncatedLines(t *testing.T) {
	l := newLogTest(t, Options{})
	line := head + "fake/smtp[1]: Q1 to=<" + strings.Repeat("a", 8192)
	for _, n := range []int{1024, 2048, 8192} {
		l.want(line[:n], line[len(head)+len("fake/smtp[1]: "):n])
	}
	l.want(head+"fake/smtp[1]: Q1 to=<a>\r", "Q1 to=<a>")
	l.want(head+"fake/smtp[1]: Q1 to=<a>\r\n", "Q1 to=<a>")
}

// A8: one pid on two hosts is two processes.
func TestSamePIDOnTwoHosts(t *testing.T) {
	l := newLogTest(t, Options{})
	const other = "Nov 22 07:13:50 other "
	l.want(head+"exim/x[5]: [1/2] Q1 to=<a", "known")
	l.want(other+"exim/x[5]: [1/2] Q2 to=<b", "known")
	l.want(head+"exim/x[5]: [2/2] a>", "Q1 to=<aa>")
	l.want(other+"exim/x[5]: [2/2] b>", "Q2 to=<bb>")
	for _, host := range []string{head, other} {
		l.want(host+"exim/x[5]: Q1 to=<a> rejected", "Q1 to=<a> rejected")
	}
	for _, host := range []string{head, other} {
		l.want(host+"exim/x[5]: Q1 to=<a> rejected", "known") // its own copy
	}
	l.want(head+"fake/x[5]: Q3 to=<a>", "Q3 to=<a>")
	l.want(other+"fake/x[5]: Q4 to=<a>", "Q4 to=<a>")
	l.want(head+"last message repeated 1 times", "Q3 to=<a> #1")
}

// A line of a megabyte costs what its bytes cost, and leaves nothing behind.
func TestLongLine(t *testing.T) {
	l := newLogTest(t, Options{})
	long := strings.Repeat("x", 1<<20)
	l.want(head+"fake/smtp[1]: Q1 "+long, "Q1 "+long)
	l.want(head+"fake/new[1]: "+long, "unrecognized")
	l.want(fmt.Sprintf("%s%s[1]: x", head, long), "foreign")
	l.want(head+"last message repeated 2 times", "foreign") // too long to keep
	if n := len(l.stream.State()); n > 4096 {
		t.Errorf("a state of %d bytes", n)
	}
	if s := l.stream.Samples(); len(s) != 1 || len(s[0].Text) > maxSampleLen {
		t.Errorf("%d samples", len(s))
	}
}
