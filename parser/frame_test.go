package parser

import (
	"reflect"
	"strings"
	"testing"
	"time"
)

// frameCase is one line and what its transport says. at is its time as the stamp has it: a stamp without a year is taken as of
// 2026, one without a zone as UTC.
type frameCase struct {
	name, line                   string
	at, host, program, pid, text string
}

var frameCases = []frameCase{
	{"rfc3164", "Nov 22 07:13:50 mx postfix/smtp[123]: 4ABC: to=<a@b.example>", "2026-11-22T07:13:50Z", "mx", "postfix/smtp", "123", "4ABC: to=<a@b.example>"},
	{"rfc3164 day padded with a space", "Nov  2 07:13:50 mx sm-mta[9]: x", "2026-11-02T07:13:50Z", "mx", "sm-mta", "9", "x"},
	{"rfc3164 day not padded", "Nov 2 07:13:50 mx sm-mta[9]: x", "2026-11-02T07:13:50Z", "mx", "sm-mta", "9", "x"},
	{"rfc3164 day padded with a zero", "Nov 02 07:13:50 mx sm-mta[9]: x", "2026-11-02T07:13:50Z", "mx", "sm-mta", "9", "x"},
	{"priority", "<22>Nov 22 07:13:50 mx sm-mta[9]: x", "2026-11-22T07:13:50Z", "mx", "sm-mta", "9", "x"},
	{"year before the month", "2013 Jun 10 06:27:30.123 mx sm-mta[9]: x", "2013-06-10T06:27:30.123Z", "mx", "sm-mta", "9", "x"},
	{"year after the day", "Jun 10 2013 06:27:30 mx sm-mta[9]: x", "2013-06-10T06:27:30Z", "mx", "sm-mta", "9", "x"},
	{"fraction (syslog-ng frac_digits, short-precise)", "Nov 22 07:13:50.842517 mx sm-mta[9]: x", "2026-11-22T07:13:50.842517Z", "mx", "sm-mta", "9", "x"},
	{"month in German (journalctl)", "Mär 08 20:48:47 mx smtpd[9]: x", "2026-03-08T20:48:47Z", "mx", "smtpd", "9", "x"},
	{"month in French (journalctl)", "août 08 20:48:47 mx smtpd[9]: x", "2026-08-08T20:48:47Z", "mx", "smtpd", "9", "x"},
	{"month in French with a dot", "janv. 08 20:48:47 mx smtpd[9]: x", "2026-01-08T20:48:47Z", "mx", "smtpd", "9", "x"},
	{"month in Spanish", "dic 8 20:48:47 mx smtpd[9]: x", "2026-12-08T20:48:47Z", "mx", "smtpd", "9", "x"},
	{"no pid", "Nov 22 07:13:50 mx exim: x: y", "2026-11-22T07:13:50Z", "mx", "exim", "0", "x: y"},
	{"no host", "Nov 22 07:13:50 postfix/smtp[1]: x", "2026-11-22T07:13:50Z", "", "postfix/smtp", "1", "x"},
	{"empty host", "Nov 22 07:13:50  postfix/smtp[1]: x", "2026-11-22T07:13:50Z", "", "postfix/smtp", "1", "x"},
	{"no host, no pid", "Nov 22 07:13:50 sendmail: x", "2026-11-22T07:13:50Z", "", "sendmail", "0", "x"},
	{"FQDN", "Nov 22 07:13:50 mx-1.mail.example.org sm-mta[9]: x", "2026-11-22T07:13:50Z", "mx-1.mail.example.org", "sm-mta", "9", "x"},
	{"host/address", "Nov 22 07:13:50 mx/192.0.2.1 sm-mta[9]: x", "2026-11-22T07:13:50Z", "mx/192.0.2.1", "sm-mta", "9", "x"},
	{"user@host", "Nov 22 07:13:50 src@mx sm-mta[9]: x", "2026-11-22T07:13:50Z", "src@mx", "sm-mta", "9", "x"},
	{"IPv6 host", "Nov 22 07:13:50 2001:db8::25 sm-mta[9]: x", "2026-11-22T07:13:50Z", "2001:db8::25", "sm-mta", "9", "x"},
	{"Solaris", "Nov 22 07:13:50 mx sendmail[123]: [ID 801593 mail.info] 6AM7: x", "2026-11-22T07:13:50Z", "mx", "sendmail", "123", "6AM7: x"},
	{"AIX", "Nov 22 07:13:50 mx mail:info sendmail[123]: 6AM7: x", "2026-11-22T07:13:50Z", "mx", "sendmail", "123", "6AM7: x"},
	{"AIX forwarded", "Nov 22 07:13:50 mx: sendmail[123]: 6AM7: x", "2026-11-22T07:13:50Z", "mx", "sendmail", "123", "6AM7: x"},
	{"FreeBSD -vv before the host", "Nov 22 07:13:50 <mail.info> mx sm-mta[9]: x", "2026-11-22T07:13:50Z", "mx", "sm-mta", "9", "x"},
	{"FreeBSD -vv after the host", "Nov 22 07:13:50 mx <mail.info> sm-mta[9]: x", "2026-11-22T07:13:50Z", "mx", "sm-mta", "9", "x"},
	{"colons in the program's message", "Nov 22 07:13:50 mx a::b[7]: x", "2026-11-22T07:13:50Z", "mx", "a::b", "7", "x"},
	{"instance with an address", "Nov 22 07:13:50 mx postfix-10.20.30.40/smtp[7]: x", "2026-11-22T07:13:50Z", "mx", "postfix-10.20.30.40/smtp", "7", "x"},
	{"program with a leading slash", "Nov 22 07:13:50 mx /postfix-script[7]: x", "2026-11-22T07:13:50Z", "mx", "/postfix-script", "7", "x"},
	{"pid is no number", "Nov 22 07:13:50 mx prog[main]: x", "2026-11-22T07:13:50Z", "mx", "prog", "0", "x"},
	{"no program", "Nov 22 07:13:50 mx -- MARK --", "2026-11-22T07:13:50Z", "mx", "", "0", "-- MARK --"},
	{"repeated, no program", "Nov 22 07:13:50 mx last message repeated 3 times", "2026-11-22T07:13:50Z", "mx", "", "0", "last message repeated 3 times"},
	{"repeated, no host", "Nov 22 07:13:50 last message repeated 3 times", "2026-11-22T07:13:50Z", "", "", "0", "last message repeated 3 times"},
	{"leap second", "Jun 30 23:59:60 mx sm-mta[9]: x", "2026-07-01T00:00:00Z", "mx", "sm-mta", "9", "x"},
	{"CR", "Nov 22 07:13:50 mx sm-mta[9]: x\r", "2026-11-22T07:13:50Z", "mx", "sm-mta", "9", "x"},
	{"NULs before", "\x00\x00\x00\x00Nov 22 07:13:50 mx sm-mta[9]: x", "2026-11-22T07:13:50Z", "mx", "sm-mta", "9", "x"},
	{"byte order mark", "\xEF\xBB\xBFNov 22 07:13:50 mx sm-mta[9]: x", "2026-11-22T07:13:50Z", "mx", "sm-mta", "9", "x"},
	{"invalid UTF-8", "Nov 22 07:13:50 mx sm-mta[9]: \xff\xfe\x80", "2026-11-22T07:13:50Z", "mx", "sm-mta", "9", "\xff\xfe\x80"},

	{"RFC 3339", "2026-11-22T07:13:50.842517+01:00 mx postfix/smtp[1]: x", "2026-11-22T06:13:50.842517Z", "mx", "postfix/smtp", "1", "x"},
	{"RFC 3339 Z", "2026-11-22T07:13:50Z mx postfix/smtp[1]: x", "2026-11-22T07:13:50Z", "mx", "postfix/smtp", "1", "x"},
	{"RFC 3339 nanoseconds", "2026-11-22T07:13:50.123456789Z mx postfix/smtp[1]: x", "2026-11-22T07:13:50.123456789Z", "mx", "postfix/smtp", "1", "x"},
	{"ISO 8601 without a zone", "2026-11-22T07:13:50 mx postfix/smtp[1]: x", "2026-11-22T07:13:50Z", "mx", "postfix/smtp", "1", "x"},
	{"journalctl -o short-iso", "2026-11-22T07:13:50-0500 mx postfix/smtp[1]: x", "2026-11-22T12:13:50Z", "mx", "postfix/smtp", "1", "x"},
	{"journalctl -o short-iso-precise", "2026-11-22T07:13:50.842517+0530 mx postfix/smtp[1]: x", "2026-11-22T01:43:50.842517Z", "mx", "postfix/smtp", "1", "x"},
	{"journalctl -o short-full", "Sun 2026-11-22 07:13:50 UTC mx postfix/smtp[1]: x", "2026-11-22T07:13:50Z", "mx", "postfix/smtp", "1", "x"},
	{"journalctl -o short-full, named zone", "Sun 2026-11-22 07:13:50 CET mx postfix/smtp[1]: x", "2026-11-22T07:13:50Z", "mx", "postfix/smtp", "1", "x"},
	{"journalctl -o short-full, numeric zone", "Sun 2026-11-22 07:13:50 +03 mx postfix/smtp[1]: x", "2026-11-22T04:13:50Z", "mx", "postfix/smtp", "1", "x"},
	{"journalctl -o short-unix", "1795331630.842517 mx postfix/smtp[1]: x", "2026-11-22T07:13:50.842517Z", "mx", "postfix/smtp", "1", "x"},
	{"ISO 8601 with a space", "2026-11-22 07:13:50 mx postfix/smtp[1]: x", "2026-11-22T07:13:50Z", "mx", "postfix/smtp", "1", "x"},
	{"RFC 3339, no host", "2026-11-22T07:13:50Z postfix/smtp[1]: x", "2026-11-22T07:13:50Z", "", "postfix/smtp", "1", "x"},

	{"RFC 5424", "<22>1 2026-11-22T07:13:56.304810+00:00 mx postfix/qmgr 554 - - 4ABC: removed", "2026-11-22T07:13:56.30481Z", "mx", "postfix/qmgr", "554", "4ABC: removed"},
	{"RFC 5424 by rsyslog", "<22>1 2026-11-22T07:13:56.304810+00:00 mx postfix 554 - -  4ABC: removed", "2026-11-22T07:13:56.30481Z", "mx", "postfix", "554", "4ABC: removed"},
	{"RFC 5424 without priority", "1 2026-11-22T07:13:56Z mx postfix/qmgr 554 - - 4ABC: removed", "2026-11-22T07:13:56Z", "mx", "postfix/qmgr", "554", "4ABC: removed"},
	{"RFC 5424 nil values", "<22>1 - - - - - - text", "", "", "", "0", "text"},
	{"RFC 5424 structured data", `<22>1 2026-11-22T07:13:56Z mx sm-mta 9 ID47 [a@32473 k="v" l="\"]\\"][b x="]"] text`, "2026-11-22T07:13:56Z", "mx", "sm-mta", "9", "text"},
	{"RFC 5424 byte order mark", "<22>1 2026-11-22T07:13:56Z mx sm-mta 9 - - \xEF\xBB\xBFtext", "2026-11-22T07:13:56Z", "mx", "sm-mta", "9", "text"},
	{"RFC 5424 text in brackets", "<22>1 2026-11-22T07:13:56Z mx sm-mta 9 - - [text] more", "2026-11-22T07:13:56Z", "mx", "sm-mta", "9", "[text] more"},

	{"Exim", "2026-11-22 07:13:51 1xV1lo-00002P-2W <= a@b.example", "2026-11-22T07:13:51Z", "", "", "0", "1xV1lo-00002P-2W <= a@b.example"},
	{"Exim +millisec", "2026-11-22 07:13:51.123 1xV1lo-00002P-2W <= a@b.example", "2026-11-22T07:13:51.123Z", "", "", "0", "1xV1lo-00002P-2W <= a@b.example"},
	{"Exim log_timezone", "2026-11-22 07:13:51 +0200 1xV1lo-00002P-2W <= a@b.example", "2026-11-22T05:13:51Z", "", "", "0", "1xV1lo-00002P-2W <= a@b.example"},
	{"Exim log_timezone +millisec", "2026-11-22 07:13:51.123 +0200 1xV1lo-00002P-2W <= a@b.example", "2026-11-22T05:13:51.123Z", "", "", "0", "1xV1lo-00002P-2W <= a@b.example"},
	{"Exim +pid", "2026-11-22 07:13:51.123 [125] 1xV1lo-00002P-2W <= a@b.example", "2026-11-22T07:13:51.123Z", "", "", "125", "1xV1lo-00002P-2W <= a@b.example"},
	{"Exim, all header parts", "2026-11-22 07:13:51.123 +0200 [125] Start queue run: pid=125", "2026-11-22T05:13:51.123Z", "", "", "125", "Start queue run: pid=125"},
	{"Exim, words before a colon", "2026-11-22 07:13:51 TLS session: (SSL_accept): timed out", "2026-11-22T07:13:51Z", "", "", "0", "TLS session: (SSL_accept): timed out"},
	{"Exim, a HELO that looks like a program", "2026-11-22 07:13:51 H=(mx postfix/smtp[1]: 4ABC: to=<x>) [192.0.2.1] rejected EHLO", "2026-11-22T07:13:51Z", "", "", "0", "H=(mx postfix/smtp[1]: 4ABC: to=<x>) [192.0.2.1] rejected EHLO"},
	{"Exim, id and a word that looks like a program", "2026-11-22 07:13:51 1xV1lo-00002P-2W smtpd[9]: x", "2026-11-22T07:13:51Z", "", "", "0", "1xV1lo-00002P-2W smtpd[9]: x"},
	{"Exim through syslog", "Nov 22 07:13:53 mx exim[159]: 2026-11-22 07:13:53 Start queue run: pid=159", "2026-11-22T07:13:53Z", "mx", "exim", "159", "Start queue run: pid=159"},
	{"Exim through syslog, more precise stamp", "Nov 22 07:13:53 mx exim[159]: 2026-11-22 07:13:53.250 +0200 [160] Start queue run: pid=160", "2026-11-22T05:13:53.25Z", "mx", "exim", "160", "Start queue run: pid=160"},
	{"Exim through syslog, header has the zone", "2026-11-22T07:13:53.070431+01:00 mx exim[159]: 2026-11-22 07:13:53 Start", "2026-11-22T06:13:53.070431Z", "mx", "exim", "159", "Start"},
	{"Exim through RFC 5424", "<22>1 2026-11-22T07:13:53.070431+00:00 mx exim 159 - -  2026-11-22 07:13:53 Start", "2026-11-22T07:13:53.070431Z", "mx", "exim", "159", "Start"},
	{"Exim, syslog_timestamp off", "Nov 22 07:13:53 mx exim[159]: Start queue run: pid=159", "2026-11-22T07:13:53Z", "mx", "exim", "159", "Start queue run: pid=159"},

	{"bare container line", "postfix/smtp[123]: 4ABC: to=<a@b.example>", "", "", "postfix/smtp", "123", "4ABC: to=<a@b.example>"},
	{"bare, no pid", "postfix/master: daemon started", "", "", "postfix/master", "0", "daemon started"},
	{"header in a reject log", "F From: postfix/smtp[1]: x", "", "", "", "0", "F From: postfix/smtp[1]: x"},
	{"indented header in a reject log", "  postfix/smtp[1]: 4ABC: to=<x>", "", "", "", "0", "  postfix/smtp[1]: 4ABC: to=<x>"},
	{"header in a reject log with a colon", "Envelope-from: <a@b.example>", "", "", "", "0", "Envelope-from: <a@b.example>"},
	{"stamp that is indented", "\tNov 22 07:13:50 mx sm-mta[9]: x", "", "", "", "0", "\tNov 22 07:13:50 mx sm-mta[9]: x"},

	{"containerd", "2026-11-22T07:13:50.842517000Z stdout F postfix/smtp[123]: x", "2026-11-22T07:13:50.842517Z", "", "postfix/smtp", "123", "x"},
	{"containerd, syslog inside", "2026-11-22T07:13:50.842517000Z stderr F Nov 22 08:13:50 mx postfix/smtp[123]: x", "2026-11-22T07:13:50.842517Z", "mx", "postfix/smtp", "123", "x"},
	{"docker logs -t", "2026-11-22T07:13:50.842517000Z Nov 22 08:13:50 mx postfix/smtp[123]: x", "2026-11-22T07:13:50.842517Z", "mx", "postfix/smtp", "123", "x"},
	{"docker compose", "mail-1  | Nov 22 08:13:50 mx postfix/smtp[123]: x", "2026-11-22T08:13:50Z", "mx", "postfix/smtp", "123", "x"},
	{"Docker JSON", `{"log":"Nov 22 08:13:50 mx postfix/smtp[123]: \u003ca@b\u003e \"q\"\n","stream":"stdout","time":"2026-11-22T07:13:50.842517Z"}`, "2026-11-22T07:13:50.842517Z", "mx", "postfix/smtp", "123", `<a@b> "q"`},
	{"Docker JSON, Exim's own log", `{"log":"2026-11-22 08:13:51 1xV1lo-00002P-2W Completed\n","stream":"stdout","time":"2026-11-22T07:13:51.8Z"}`, "2026-11-22T07:13:51.8Z", "", "", "0", "1xV1lo-00002P-2W Completed"},
	{"journald", `{"__CURSOR":"s=1;i=2","__REALTIME_TIMESTAMP":"1795331631000000","_SOURCE_REALTIME_TIMESTAMP":"1795331630842517","_HOSTNAME":"mx","SYSLOG_IDENTIFIER":"postfix/smtp","SYSLOG_PID":"123","_PID":"124","MESSAGE":"4ABC: removed"}`, "2026-11-22T07:13:50.842517Z", "mx", "postfix/smtp", "123", "4ABC: removed"},
	{"journald, message as bytes", `{"__REALTIME_TIMESTAMP":"1795331630000000","_HOSTNAME":"mx","SYSLOG_IDENTIFIER":"postfix/smtp","_PID":"124","MESSAGE":[52,65,66,67,58,32,255]}`, "2026-11-22T07:13:50Z", "mx", "postfix/smtp", "124", "4ABC: \xff"},
	{"rsyslog JSON", `{"timestamp":"2026-11-22T07:13:50.842517+00:00","host":"mx","programname":"postfix","syslogtag":"postfix/smtp[123]:","procid":"123","message":" 4ABC: removed"}`, "2026-11-22T07:13:50.842517Z", "mx", "postfix/smtp", "123", "4ABC: removed"},
	{"rsyslog JSON, tag alone", `{"@timestamp":"2026-11-22T07:13:50Z","hostname":"mx","syslogtag":"postfix/smtp[123]:","msg":" 4ABC: removed"}`, "2026-11-22T07:13:50Z", "mx", "postfix/smtp", "123", "4ABC: removed"},
	{"syslog-ng JSON", `{"PROGRAM":"sm-mta","PRIORITY":"info","PID":"9","MESSAGE":"6AM7: x","HOST":"mx","ISODATE":"2026-11-22T07:13:50+01:00","DATE":"Nov 22 07:13:50"}`, "2026-11-22T06:13:50Z", "mx", "sm-mta", "9", "6AM7: x"},
	{"Logstash, parts and the whole line", `{"@timestamp":"2026-11-22T07:13:50.000Z","host":{"name":"mx","os":{"name":"x"}},"program":"postfix/smtp","message":"<22>Nov 22 07:13:50 mx postfix/smtp[123]: 4ABC: removed","tags":["a",{"b":1}]}`, "2026-11-22T07:13:50Z", "mx", "postfix/smtp", "123", "4ABC: removed"},
	{"Filebeat, the whole line", `{"@timestamp":"2026-11-22T07:13:51.000Z","host":{"name":"mx"},"message":"Nov 22 08:13:50 mx2 postfix/smtp[123]: 4ABC: removed"}`, "2026-11-22T07:13:51Z", "mx2", "postfix/smtp", "123", "4ABC: removed"},

	{"month that is none", "Nox 22 07:13:50 mx sm-mta[9]: x", "", "", "", "0", "Nox 22 07:13:50 mx sm-mta[9]: x"},
	{"day that is none", "Nov 32 07:13:50 mx sm-mta[9]: x", "", "", "", "0", "Nov 32 07:13:50 mx sm-mta[9]: x"},
	{"hour that is none", "2026-11-22T25:13:50Z mx sm-mta[9]: x", "", "", "", "0", "2026-11-22T25:13:50Z mx sm-mta[9]: x"},
	{"JSON that is none", `{"log": `, "", "", "", "0", `{"log": `},
	{"empty", "", "", "", "", "0", ""},
}

func TestFrame(t *testing.T) {
	for _, c := range frameCases {
		t.Run(c.name, func(t *testing.T) {
			var f Frame
			var tr transport
			splitFrame([]byte(c.line), &f, &tr)
			at := ""
			if tr.stamp.ok {
				at = utcOf(&tr.stamp).Format(time.RFC3339Nano)
			}
			got := [...]string{at, string(f.Host), string(f.Program), string(itoa(f.PID)), string(f.Message)}
			want := [...]string{c.at, c.host, c.program, c.pid, c.text}
			for i, what := range [...]string{"time", "host", "program", "pid", "message"} {
				if got[i] != want[i] {
					t.Errorf("%s = %q, want %q", what, got[i], want[i])
				}
			}
		})
	}
}

// utcOf is a stamp's time, in 2026 and UTC where it does not say.
func utcOf(st *stamp) time.Time {
	y := 2026
	if st.hasYear {
		y = int(st.year)
	}
	return time.Unix(st.civil(y)-int64(st.offset), int64(st.nsec)).UTC()
}

// Every line cut shorter and shorter must be survived, and the parts that are found must lie within it.
// TestFrameAfterTheSameStamp: what stood in the line before makes no difference.
func TestFrameAfterTheSameStamp(t *testing.T) {
	lines := []string{
		"Nov 22 07:13:50 : mx sm-mta[9]: x", "Nov 22 07:13:50 :mx sm-mta[9]: x", "Nov 22 07:13:50 \tmx sm-mta[9]: x", "Nov 22 07:13:50: mx sm-mta[9]: x",
		"2026-11-22 07:13:51 x y", "2026-11-22 07:13:51 +0200 x y", "2026-11-22 07:13:51 + y", "2026-11-22 07:13:51.123 x y", "2026-11-22 07:13:51 mx sm-mta[9]: x",
		"2026-11-22 07:13:51 1xV1lo-00002P-2W Completed", "2026-11-22 07:13:51 +0200 1xV1lo-00002P-2W Completed",
	}
	for _, c := range frameCases {
		lines = append(lines, c.line)
	}
	for _, before := range lines {
		for _, line := range lines {
			var fr framer
			var f, alone Frame
			var tr, aloneT transport
			splitFrame([]byte(line), &alone, &aloneT)
			fr.split([]byte(before), &f, &tr)
			fr.split([]byte(line), &f, &tr)
			f.header = nil // all that may differ
			if !reflect.DeepEqual(f, alone) || !reflect.DeepEqual(tr, aloneT) {
				t.Errorf("%q after %q: %+v, alone %+v", line, before, f, alone)
			}
		}
	}
}

func TestFrameTruncated(t *testing.T) {
	for _, c := range frameCases {
		for n := range len(c.line) {
			var f Frame
			var tr transport
			splitFrame([]byte(c.line[:n]), &f, &tr)
			if c.line[:min(n, 1)] == "{" || strings.HasPrefix(c.line, "\x00") {
				continue
			}
			for _, part := range [][]byte{f.Host, f.Program, f.Message} {
				if !strings.Contains(c.line[:n], string(part)) {
					t.Fatalf("%s: %q is not in %q", c.name, part, c.line[:n])
				}
			}
		}
	}
}

// A 1 MiB line without any of the characters that framing looks for must not be searched again and again.
func TestFrameLongLine(t *testing.T) {
	for _, line := range []string{
		"Nov 22 07:13:50 mx " + strings.Repeat("x", 1<<20),
		"Nov 22 07:13:50 mx sm-mta[9]: " + strings.Repeat("[", 1<<20),
		strings.Repeat("<", 1<<20),
		`{"a":` + strings.Repeat("[", 1<<20),
		strings.Repeat(`{"a":`, 1<<18),
		"<22>1 2026-11-22T07:13:56Z mx sm-mta 9 - " + strings.Repeat("[", 1<<20),
		strings.Repeat("2026-11-22T07:13:50Z stdout F ", 1<<15),
	} {
		start := time.Now()
		var f Frame
		var tr transport
		splitFrame([]byte(line), &f, &tr)
		if d := time.Since(start); d > 2*time.Second {
			t.Errorf("%.40q...: %v", line, d)
		}
	}
}

func TestFrameAllocates(t *testing.T) {
	for _, c := range frameCases {
		if strings.HasPrefix(c.line, "{") {
			continue // JSON may
		}
		line := []byte(c.line)
		var f Frame
		var tr transport
		if n := testing.AllocsPerRun(100, func() { splitFrame(line, &f, &tr) }); n > 0 {
			t.Errorf("%s: %v allocations", c.name, n)
		}
	}
}

// The hash is of the line from its stamp on: priorities differ between destinations of the same line.
func TestFrameBody(t *testing.T) {
	var f Frame
	var a, b transport
	splitFrame([]byte("<22>Nov 22 07:13:50 mx sm-mta[9]: x\r"), &f, &a)
	splitFrame([]byte("<19>Nov 22 07:13:50 mx sm-mta[9]: x"), &f, &b)
	if string(a.body) != string(b.body) || string(a.body) != "Nov 22 07:13:50 mx sm-mta[9]: x" {
		t.Errorf("bodies %q and %q", a.body, b.body)
	}
}

func TestCursor(t *testing.T) {
	var f Frame
	SplitFrame([]byte(`{"__CURSOR":"s=1;i=2","__REALTIME_TIMESTAMP":"1795331631000000","SYSLOG_IDENTIFIER":"x","MESSAGE":"y"}`), &f)
	if string(f.Cursor) != "s=1;i=2" || f.Time != 1795331631e9 {
		t.Errorf("cursor %q, time %d", f.Cursor, f.Time)
	}
}

func FuzzFrame(f *testing.F) {
	for _, c := range frameCases {
		f.Add([]byte(c.line))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		var fr Frame
		var tr transport
		splitFrame(line, &fr, &tr)
		if tr.stamp.ok && (tr.stamp.month < 1 || tr.stamp.month > 12 || tr.stamp.day < 1 || tr.stamp.day > 31 || tr.stamp.nsec < 0 || tr.stamp.nsec > 999_999_999) {
			t.Fatalf("stamp %+v", tr.stamp)
		}
		if fr.PID < 0 {
			t.Fatalf("pid %d", fr.PID)
		}
	})
}

func BenchmarkFrame(b *testing.B) {
	for _, c := range []struct{ name, line string }{
		{"rfc3164", "Nov 22 07:13:50 mx1 postfix/smtp[12345]: 4WbQ3D1Gn0z9rw1: to=<someone@recipient.example>, relay=mx.recipient.example[192.0.2.25]:25, delay=1.2, delays=0.1/0.01/0.5/0.6, dsn=5.1.1, status=bounced (host mx.recipient.example[192.0.2.25] said: 550 5.1.1 <someone@recipient.example>: Recipient address rejected: User unknown (in reply to RCPT TO command))"},
		{"rfc3164-new-second", ""},
		{"rfc3339", "2026-11-22T07:13:50.842517+00:00 mx1 postfix/smtp[12345]: 4WbQ3D1Gn0z9rw1: removed"},
		{"rfc5424", "<22>1 2026-11-22T07:13:50.842517+00:00 mx1 postfix/smtp 12345 - -  4WbQ3D1Gn0z9rw1: removed"},
		{"exim", "2026-11-22 07:13:51 1xV1lo-00002P-2W <= a@b.example H=app1.lab.test [127.0.3.1] P=esmtp S=1627"},
		{"journald", frameCases[indexOfCase("journald")].line},
	} {
		b.Run(c.name, func(b *testing.B) {
			line := []byte(c.line)
			if c.line == "" { // every line has another stamp than the one before
				benchSeconds(b)
				return
			}
			clock := clock{loc: time.UTC, now: time.Now}
			b.SetBytes(int64(len(line)))
			b.ReportAllocs()
			var fr framer
			var f Frame
			var tr transport
			for b.Loop() {
				fr.split(line, &f, &tr)
				f.Time = clock.resolve(&tr.stamp)
			}
		})
	}
}

// benchSeconds frames lines whose second changes every time.
func benchSeconds(b *testing.B) {
	line := []byte("Nov 22 07:13:50 mx1 postfix/smtp[12345]: 4WbQ3D1Gn0z9rw1: removed")
	clock := clock{loc: time.UTC, now: time.Now}
	b.SetBytes(int64(len(line)))
	b.ReportAllocs()
	var fr framer
	var f Frame
	var tr transport
	for i := 0; b.Loop(); i++ {
		line[14] = byte('0' + i%10)
		fr.split(line, &f, &tr)
		f.Time = clock.resolve(&tr.stamp)
	}
}

func indexOfCase(name string) int {
	for i, c := range frameCases {
		if c.name == name {
			return i
		}
	}
	return 0
}
