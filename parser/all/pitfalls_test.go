package all

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"bouncelog/parser"
)

// line is a delivery as Postfix logs it, behind a stamp.
const line = " mx postfix/smtp[123]: 5A0C1122DD: to=<max@kunde.example>, relay=mx[192.0.2.9]:25, delay=1, delays=0/0/1/0, dsn=2.0.0, status=sent (250 ok)"

// found reads a log and tells of each record when, in which message and to whom it happened; other lines give their result.
func found(t *testing.T, o parser.Options, log ...string) []string {
	t.Helper()
	o.Parsers = Parsers()
	s := parser.NewStream(o)
	s.Prime([]byte(strings.Join(log, "\n") + "\n"))
	var out []string
	var r parser.Record
	for i, text := range log {
		res := s.Parse(parser.Line{Text: []byte(text), Log: 1, Number: int64(i + 1)}, &r)
		if res != parser.Found {
			out = append(out, [...]string{"foreign", "unrecognized", "known"}[res])
			continue
		}
		for ok := true; ok; ok = s.More(&r) {
			to := ""
			if len(r.Recipients) > 0 {
				to = " " + string(r.Recipients[0])
			}
			out = append(out, fmt.Sprintf("%s %s%s", time.Unix(0, r.Time).UTC().Format(time.RFC3339Nano), r.QueueID, to))
		}
	}
	return out
}

func same(t *testing.T, got []string, want ...string) {
	t.Helper()
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

const sent = " 5A0C1122DD max@kunde.example"

func at(s string) time.Time {
	v, err := time.Parse(time.RFC3339, s)
	if err != nil {
		panic(err)
	}
	return v
}

// Stamps without a year: December before January is of the year before, whichever of them the file ends with.
func TestPitfallNoYearNewYear(t *testing.T) {
	got := found(t, parser.Options{Timezone: time.UTC, ModTime: at("2027-01-01T00:10:00Z")}, "Dec 31 23:59:58"+line, "Jan  1 00:00:02"+line, "Dec 31 23:59:59"+line, "Jan  1 00:00:03"+line)
	same(t, got, "2026-12-31T23:59:58Z"+sent, "2027-01-01T00:00:02Z"+sent, "2026-12-31T23:59:59Z"+sent, "2027-01-01T00:00:03Z"+sent)
}

// February 29 belongs to a leap year; a stamp of tomorrow to the clock of another host, not to last year.
func TestPitfallNoYearLeapDayAndFuture(t *testing.T) {
	same(t, found(t, parser.Options{Timezone: time.UTC, ModTime: at("2029-03-05T00:00:00Z")}, "Feb 29 12:00:00"+line), "2028-02-29T12:00:00Z"+sent)
	same(t, found(t, parser.Options{Timezone: time.UTC, ModTime: at("2026-11-22T12:00:00Z")}, "Nov 23 11:00:00"+line), "2026-11-23T11:00:00Z"+sent)
}

// Queue ids carry absolute time: they give year and zone, whatever the file's date and the machine's zone are. Each of the three
// forms that hold seconds, in a log two hours east of UTC.
func TestPitfallYearAndZoneByQueueID(t *testing.T) {
	o := parser.Options{Local: time.FixedZone("", -5*3600), ModTime: at("2031-05-01T00:00:00Z")}
	const postfix = "Nov 22 09:14:00 mx postfix/smtpd[9]: 4jXL0S4TZ8z1X01w: client=a.example[192.0.2.1]"
	same(t, found(t, o, postfix), "2026-11-22T07:14:00Z 4jXL0S4TZ8z1X01w")
	for _, c := range []struct{ line, id string }{
		{"Nov 22 %s mx exim[9]: %s <= a@a.example H=h [192.0.2.1] P=esmtp S=9", eximID(at("2026-11-22T07:14:00Z"))},
		{"Nov 22 %s mx sm-mta[9]: %s: from=<a@a.example>, size=9, class=0, nrcpts=1, msgid=<1@a>, proto=ESMTP, daemon=MTA, relay=h [192.0.2.1]", "6AM7E0Ab000009"},
	} {
		same(t, found(t, o, fmt.Sprintf(c.line, "09:14:00", c.id)), "2026-11-22T07:14:00Z "+c.id)
	}
}

// eximID is an Exim id of 16 characters that was made at a time.
func eximID(t time.Time) string {
	const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	b := []byte("000000-00001B-2C")
	for i, n := 5, t.Unix(); i >= 0; i, n = i-1, n/62 {
		b[i] = digits[n%62]
	}
	return string(b)
}

// The hour that a summer's end has twice, and the one that its beginning leaves out.
func TestPitfallDaylightSaving(t *testing.T) {
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	o := parser.Options{Timezone: zone, ModTime: at("2026-11-22T00:00:00Z")}
	same(t, found(t, o, "Oct 25 02:59:50"+line, "Oct 25 02:00:10"+line, "Oct 25 03:00:00"+line),
		"2026-10-25T00:59:50Z"+sent, "2026-10-25T01:00:10Z"+sent, "2026-10-25T02:00:00Z"+sent)
	same(t, found(t, o, "Mar 29 01:59:59"+line, "Mar 29 03:00:00"+line), "2026-03-29T00:59:59Z"+sent, "2026-03-29T01:00:00Z"+sent)
}

// One delivery in every dress that a log gives it.
func TestPitfallTransports(t *testing.T) {
	const body = "5A0C1122DD: to=<max@kunde.example>, relay=mx[192.0.2.9]:25, delay=1, delays=0/0/1/0, dsn=2.0.0, status=sent (250 ok)"
	for name, text := range map[string]string{
		"RFC 3164":                "Nov 22 07:13:50" + line,
		"priority":                "<22>Nov 22 07:13:50" + line,
		"year first":              "2026 Nov 22 07:13:50.000" + line,
		"RFC 3339":                "2026-11-22T08:13:50.000000+01:00" + line,
		"RFC 3339 in UTC":         "2026-11-22T07:13:50Z" + line,
		"RFC 5424":                "<22>1 2026-11-22T07:13:50Z mx postfix/smtp 123 - - " + body,
		"RFC 5424 by rsyslog":     "<22>1 2026-11-22T07:13:50+00:00 mx postfix 123 - -  " + body,
		"Solaris":                 "Nov 22 07:13:50 mx postfix/smtp[123]: [ID 197553 mail.info] " + body,
		"postlogd":                "Nov 22 07:13:50 mx postfix/smtp[123]: " + body,
		"no host":                 "Nov 22 07:13:50 postfix/smtp[123]: " + body,
		"host with an address":    "Nov 22 07:13:50 mx/192.0.2.1 postfix/smtp[123]: " + body,
		"IPv6 host":               "Nov 22 07:13:50 2001:db8::1 postfix/smtp[123]: " + body,
		"relayed by another":      "Nov 22 07:13:50 src@mx postfix/smtp[123]: " + body,
		"journalctl -o json":      `{"_SOURCE_REALTIME_TIMESTAMP":"1795331630000000","__REALTIME_TIMESTAMP":"1795331639000000","_HOSTNAME":"mx","SYSLOG_IDENTIFIER":"postfix/smtp","SYSLOG_PID":"123","MESSAGE":"` + body + `"}`,
		"journalctl -o short-iso": "2026-11-22T07:13:50+0000" + line,
		"Docker":                  `{"log":"Nov 22 07:13:50 mx postfix/smtp[123]: ` + body + `\n","stream":"stdout","time":"2026-11-22T07:13:50.000Z"}`,
		"Logstash":                `{"@timestamp":"2026-11-22T07:13:50.000Z","host":"mx","program":"postfix/smtp","pid":"123","message":"` + body + `"}`,
		"CR before LF":            "Nov 22 07:13:50" + line + "\r",
		"NULs after a crash":      "\x00\x00\x00\x00Nov 22 07:13:50" + line,
	} {
		t.Run(name, func(t *testing.T) {
			same(t, found(t, parser.Options{Timezone: time.UTC, ModTime: at("2026-11-22T12:00:00Z")}, text), "2026-11-22T07:13:50Z"+sent)
		})
	}
}

// Both kinds of repetition count each delivery.
func TestPitfallRepetition(t *testing.T) {
	o := parser.Options{Timezone: time.UTC, ModTime: at("2026-11-22T12:00:00Z")}
	got := found(t, o, "Nov 22 07:13:50"+line, "Nov 22 07:13:52 mx last message repeated 2 times")
	if len(got) != 3 || !strings.HasSuffix(got[1], sent) || !strings.HasSuffix(got[2], sent) {
		t.Errorf("syslogd: %q", got)
	}
	// rsyslog repeats the text within its own brackets, and the line before it is not counted again.
	got = found(t, o, "Nov 22 07:13:50"+line, "Nov 22 07:13:52"+strings.Replace(line, "]: ", "]: message repeated 2 times: [ ", 1)+"]")
	if len(got) != 3 || !strings.HasSuffix(got[1], sent) || !strings.HasSuffix(got[2], sent) {
		t.Errorf("rsyslog: %q", got)
	}
}

// Whatever a stranger may say (as HELO, subject, sender or reply), only a real line break begins a record.
func TestPitfallForgery(t *testing.T) {
	o := parser.Options{Timezone: time.UTC, ModTime: at("2026-11-22T12:00:00Z")}
	const forged = "Nov 22 07:13:51 mx postfix/smtp[1]: 6B1D2233EE: to=<forged@x.example>, relay=none, delay=1, delays=0/0/1/0, dsn=5.1.1, status=bounced (no)"
	for _, text := range []string{
		"Nov 22 07:13:50" + strings.Replace(line, "250 ok", "250 ok#012"+forged, 1),
		"Nov 22 07:13:50" + strings.Replace(line, "250 ok", `250 ok\012`+forged, 1),
		"Nov 22 07:13:50" + strings.Replace(line, "250 ok", "250 ok\r"+forged, 1),
		"Nov 22 07:13:50" + strings.Replace(line, "250 ok", "250 ok\xff\xfe\x00"+forged, 1),
	} {
		same(t, found(t, o, text), "2026-11-22T07:13:50Z"+sent)
	}
	same(t, found(t, o, "Nov 22 07:13:50 mx postfix/smtpd[9]: NOQUEUE: reject: RCPT from h[203.0.113.9]: 554 5.7.1 <a@b.example>: Relay access denied; from=<x@y.example> to=<a@b.example> proto=SMTP helo=<"+forged+">"),
		"2026-11-22T07:13:50Z  a@b.example")
	same(t, found(t, o, "Nov 22 07:13:50 mx sshd[9]: Invalid user "+forged), "foreign")
}

// Addresses in other scripts and in Latin-1 stay what they are.
func TestPitfallAddressBytes(t *testing.T) {
	o := parser.Options{Timezone: time.UTC, ModTime: at("2026-11-22T12:00:00Z")}
	for _, a := range []string{"jörg@bücher.example", "用户@例え.example", "max@xn--bcher-kva.example", "m\xfcller@kunde.example"} {
		same(t, found(t, o, "Nov 22 07:13:50"+strings.Replace(line, "max@kunde.example", a, 1)), "2026-11-22T07:13:50Z 5A0C1122DD "+a)
	}
}

// Exim splits a long entry over several lines of syslog: it is one record; a delivery that syslog cut is still one.
func TestPitfallSplitAndCutLines(t *testing.T) {
	o := parser.Options{Timezone: time.UTC, ModTime: at("2026-11-22T12:00:00Z")}
	same(t, found(t, o,
		"Nov 22 07:13:50 mx exim[9]: [1/2] 1xV2aa-00003C-7K ** max@kunde.example R=smart T=smtp H=mx [192.0.2.9]: SMTP error from remote mail server after RCPT TO:<max@kunde.example>: 550 5.1.1 un",
		"Nov 22 07:13:50 mx exim[9]: [2/2] bekannt"), "known", "2026-11-22T07:13:50Z 1xV2aa-00003C-7K max@kunde.example")
	same(t, found(t, o, "Nov 22 07:13:50"+line[:len(line)-4]), "2026-11-22T07:13:50Z"+sent)
}
