package parser

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

const head = "Nov 22 07:13:50 mx "

func (l *logTest) want(text string, want ...string) {
	l.t.Helper()
	if got := l.read(text); !slices.Equal(got, want) {
		l.t.Errorf("%s\n got %q\nwant %q", text, got, want)
	}
}

func TestStreamFillsTheRecord(t *testing.T) {
	l := newLogTest(t, Options{})
	text := []byte("<22>" + head + "fake/smtp[77]: Q1 to=<a>")
	line := Line{Text: text, Log: 3, Number: 9, Offset: 1234}
	if res := l.stream.Parse(line, &l.r); res != Found {
		t.Fatal(res)
	}
	r := &l.r
	if r.MTA != "fake" || string(r.Host) != "mx" || r.PID != 77 || r.Line.Number != 9 || r.Line.Offset != 1234 || r.Line.Log != 3 || r.Hash == 0 || r.Delay != -1 {
		t.Errorf("%+v", r)
	}
	if s := l.stream.Stats(); s != (Stats{Lines: 1, Bytes: int64(len(text)) + 1}) {
		t.Errorf("%+v", s)
	}
}

func TestStreamCounts(t *testing.T) {
	l := newLogTest(t, Options{})
	l.want(head+"sshd[1]: Q1 to=<a>", "foreign")           // a foreign program, whatever it says
	l.want(head+"postgrey[1]: action=greylist", "foreign") // known to be no MTA
	l.want(head+"whatever[1]: something", "foreign")       // not known, says nothing that an MTA says
	l.want(head+"whatever[1]: Q1 to=<a>", "Q1 to=<a>")     // not known, talks like one
	l.want(head+"fake/new[1]: wonders never cease", "unrecognized")
	l.want(head+"fake/smtp[1]: known thing", "known")
	l.want("", "known")
	l.want("\r", "known")
	l.want("\x00\x00", "known")
	l.want("garbage", "foreign")
	l.want("Nov 22 07:13:50 mx", "foreign")
	l.want(head+"fake/smtp[1]:", "known")
	if s := l.stream.Stats(); s.Lines != 12 || s.Foreign != 5 || s.Unrecognized != 1 {
		t.Errorf("%+v", s)
	}
}

// Once a line with Exim's own stamp was Exim's, the log is Exim's: its other lines are not of some other program.
func TestUnknownLineOfOwnLog(t *testing.T) {
	const wonder, entry = "2026-11-22 07:13:50 wonders never cease", "2026-11-22 07:13:50 Q1 to=<a>"
	l := newLogTest(t, Options{})
	l.want(wonder, "foreign")
	l.want(entry, "Q1 to=<a>")
	l.want(wonder, "unrecognized")
	l.want(head+"whatever[1]: wonders never cease", "foreign")
	next := newLogTest(t, Options{})
	if err := next.stream.Restore(l.stream.State()); err != nil {
		t.Fatal(err)
	}
	next.want(wonder, "unrecognized")
}

func TestStreamMTAOption(t *testing.T) {
	l := newLogTest(t, Options{MTA: "exim"})
	l.want(head+"fake/smtp[1]: Q1 to=<a>", "foreign")
	l.want(head+"exim/x[1]: Q1 to=<a>", "Q1 to=<a>")
	l = newLogTest(t, Options{MTA: "auto"})
	l.want(head+"fake/smtp[1]: Q1 to=<a>", "Q1 to=<a>")
}

func TestSamplesAreTheFirstOfEachShape(t *testing.T) {
	l := newLogTest(t, Options{})
	for i := range 50 {
		l.read(fmt.Sprintf("%sfake/x[%d]: new thing %d from <u%d@h.example> in %d ms", head, i, i*7, i, i*i))
	}
	l.read(head + "fake/x[1]: other thing")
	got := l.stream.Samples()
	if len(got) != 2 || got[0].Count != 50 || got[0].Line != 1 || got[1].Line != 51 || !strings.HasSuffix(got[0].Text, "in 0 ms") {
		t.Errorf("%+v", got)
	}
	for i := range 1000 { // as many shapes as a stranger likes
		l.read(head + "fake/x[1]: " + strings.Repeat("a ", i%500+1) + strings.Repeat("b", i%7))
	}
	if n := len(l.stream.Samples()); n != maxSamples {
		t.Errorf("%d samples", n)
	}
}

// A4: "last message repeated N times" is N more of the host's line before it.
func TestLastMessageRepeated(t *testing.T) {
	l := newLogTest(t, Options{})
	l.want(head+"last message repeated 2 times", "foreign") // the log began later than what it repeats
	l.want(head+"fake/smtp[1]: Q1 to=<a>", "Q1 to=<a>")
	l.want("Nov 22 07:13:50 other fake/smtp[1]: Q2 to=<b>", "Q2 to=<b>")
	l.want("Nov 22 07:14:50 mx last message repeated 3 times", "Q1 to=<a> #1", "Q1 to=<a> #2", "Q1 to=<a> #3")
	if got := time.Unix(0, l.r.Time).UTC().Format(time.TimeOnly); got != "07:14:50" {
		t.Errorf("repeated at %s", got)
	}
	l.want("Nov 22 07:14:50 mx --- last message repeated 1 time ---", "Q1 to=<a> #1")
	l.want("Nov 22 07:14:50 other last message repeated 1 time", "Q2 to=<b> #1")
	l.want("Nov 22 07:14:51 other fake/smtp[1]: last message repeated 2 times", "Q2 to=<b> #1", "Q2 to=<b> #2")
	l.want(head+"sshd[1]: x", "foreign")
	l.want(head+"last message repeated 2 times", "foreign")
	l.want(head+"fake/smtp[1]: known", "known")
	l.want(head+"last message repeated 2 times", "known")
	l.want(head+"fake/smtp[1]: last message repeatedly failed", "unrecognized")
}

// A4: rsyslog's form has the message; N are the ones that were suppressed (ratelimit.c), so N more.
func TestMessageRepeated(t *testing.T) {
	l := newLogTest(t, Options{})
	l.want(head+"fake/smtp[1]: message repeated 2 times: [ Q1 to=<a>]", "Q1 to=<a> #1", "Q1 to=<a> #2")
	l.want(head+"fake/smtp[1]: message repeated 1 times: [Q1 to=<a>]", "Q1 to=<a> #1")
	l.want(head+"sshd[1]: message repeated 2 times: [ Q1 to=<a>]", "foreign")
	l.want(head+"fake/smtp[1]: message repeated 0 times: [ Q1 to=<a>]", "unrecognized")
	l.want(head+"fake/smtp[1]: Last message 'Q1 to=<a>' repeated 2 times, suppressed by syslog-ng on mx", "Q1 to=<a> #1", "Q1 to=<a> #2")

	// The text is cut to 800 bytes; the line before has all of it.
	long := "Q5 to=<" + strings.Repeat("x", 1000) + ">"
	l.want(head+"fake/smtp[1]: "+long, long)
	l.want(head+"fake/smtp[1]: message repeated 2 times: [ "+long[:799]+"]", long+" #1", long+" #2")
}

func TestRepeatsAreBounded(t *testing.T) {
	l := newLogTest(t, Options{})
	if got := l.read(head + "fake/smtp[1]: message repeated 999999999 times: [ Q1 to=<a>]"); len(got) != maxRepeat {
		t.Errorf("%d", len(got))
	}
	l.want(head+"fake/smtp[1]: message repeated 99999999999999999999 times: [ Q1 to=<a>]", "unrecognized")
}

// A6: Exim splits long entries for syslog; "/" goes on, "\" was a line break.
func TestSplitEntries(t *testing.T) {
	l := newLogTest(t, Options{})
	l.want(head+"exim/x[5]: [1/3] 2026-11-22 07:13:49 Q1 to=<aaa", "known")
	l.want(head+"exim/x[6]: [1/2] 2026-11-22 07:13:49 Q2 to=<bbb", "known") // another process in between
	l.want(head+"exim/x[5]: [2/3] AAA", "known")
	l.want(head+"exim/x[6]: [2/2]  BBB>", "Q2 to=<bbb BBB>")
	l.want(head+"exim/x[5]: [3/3] aaa>", "Q1 to=<aaaAAAaaa>")
	if got := time.Unix(0, l.r.Time).UTC().Format(time.TimeOnly); got != "07:13:49" {
		t.Errorf("at %s", got)
	}
	if l.r.Line.Number != 1 || l.r.PID != 5 || string(l.r.Host) != "mx" || string(l.r.Line.Text) != head+"exim/x[5]: 2026-11-22 07:13:49 Q1 to=<aaaAAAaaa>" {
		t.Errorf("%+v %s", l.r, l.r.Line.Text)
	}
}

// The headers of a rejected message follow its entry; they are not part of it.
func TestSplitEntryWithHeaders(t *testing.T) {
	l := newLogTest(t, Options{})
	l.want(head+`exim/x[5]: [1\4] 2026-11-22 07:13:50 Q1 to=<a>`, "Q1 to=<a>")
	l.want(head+`exim/x[5]: [2\4] Envelope-from: <b>`, "known")
	l.want(head+`exim/x[5]: [3\4] Q9 to=<forged>`, "known")
	l.want(head+`exim/x[5]: [4/4]   Subject: x`, "known")
	// An entry that is both: cut for length, then headers.
	l.want(head+`exim/x[5]: [1/4] 2026-11-22 07:13:50 Q2 to=<a`, "known")
	l.want(head+`exim/x[5]: [2\4] a>`, "Q2 to=<aa>")
	l.want(head+`exim/x[5]: [3\4] Q9 to=<forged>`, "known")
}

func TestSplitEntryWithAMissingPiece(t *testing.T) {
	l := newLogTest(t, Options{})
	l.want(head+"exim/x[5]: [2/3] began before the log", "known")
	l.want(head+"exim/x[5]: [3/3] x", "known")
	l.want(head+"exim/x[5]: [1/3] Q1 to=<a", "known")
	l.want(head+"exim/x[5]: [3/3] x", "Q1 to=<a") // as far as it is known
	l.want(head+"exim/x[5]: [1/3] Q1 to=<b", "known")
	l.want(head+"exim/x[5]: [1/2] Q1 to=<c", "Q1 to=<b")
	l.want(head+"exim/x[5]: [2/2] >", "Q1 to=<c>")
	l.want(head+"sshd[5]: [1/2] Q1 to=<c>", "foreign")
}

func TestSplitEntriesAreBounded(t *testing.T) {
	l := newLogTest(t, Options{})
	got := 0
	for i := range 1000 {
		for _, s := range l.read(fmt.Sprintf("%sexim/x[%d]: [1/9] Q%d to=<%s", head, i+1, i, strings.Repeat("x", 1000))) {
			if strings.HasPrefix(s, "Q") {
				got++
			}
		}
		if len(l.stream.pieces) > maxPieces {
			t.Fatalf("%d entries are kept", len(l.stream.pieces))
		}
	}
	if got != 1000-maxPieces {
		t.Errorf("%d of the entries that had to make room were read", got)
	}
	l = newLogTest(t, Options{})
	for i := range 1000 {
		l.read(fmt.Sprintf("%sexim/x[1]: [%d/1000] %s", head, i+1, strings.Repeat("x", 1000)))
		for _, u := range l.stream.pieces {
			if len(u.text) > maxPieceText+2000 {
				t.Fatalf("%d bytes are kept", len(u.text))
			}
		}
	}
}

// A7: Exim's syslog_duplication writes a refusal for the main log and for the reject log.
func TestEximWritesTwice(t *testing.T) {
	l := newLogTest(t, Options{})
	line := head + "exim/x[5]: 2026-11-22 07:13:50 Q1 to=<a> rejected RCPT"
	l.want(line, "Q1 to=<a> rejected RCPT")
	l.want(head+"exim/x[6]: 2026-11-22 07:13:50 Q2 to=<b>", "Q2 to=<b>")
	l.want(line, "known")
	l.want(line, "Q1 to=<a> rejected RCPT") // the client tries again in the same second
	l.want(line, "known")
	l.want(strings.ReplaceAll(line, "exim/x[5]: ", `exim/x[5]: [1\4] `), "Q1 to=<a> rejected RCPT")
	l.want(strings.ReplaceAll(line, "[5]", "[7]"), "Q1 to=<a> rejected RCPT")
	l.want(strings.ReplaceAll(line, "exim/x[5]: ", `exim/x[7]: [1\4] `), "known")
}

func TestEximWritesOnce(t *testing.T) {
	l := newLogTest(t, Options{})
	for i := range 5 {
		text := fmt.Sprintf("Q%d to=<a> rejected RCPT", i)
		l.want(head+"exim/x[5]: "+text, text)
	}
	l.want(head+"exim/x[5]: Q4 to=<a> rejected RCPT", "Q4 to=<a> rejected RCPT")
}

// Deliveries go to the main log alone: an equal line is another event.
func TestMainLogOnly(t *testing.T) {
	for _, c := range []struct {
		text string
		want bool
	}{
		{"1xV1lo-00002P-2W => a@b.example R=r T=t", true},
		{"1xV1lo-0000000AbCd-2WxY ** a@b.example: no", true},
		{"1xV1lo-00002P-2W Completed", true},
		{"1xV1lo-00002P-2W H=h [192.0.2.1] rejected after DATA: no", false},
		{"H=h [192.0.2.1] F=<a@b.example> rejected RCPT <c@d.example>: no", false},
		{"1xV1lo-00002P-2W", false},
		{"", false},
	} {
		if got := mainLogOnly([]byte(c.text)); got != c.want {
			t.Errorf("%s: %v", c.text, got)
		}
	}
}

func TestRepeatsOfOtherMTAsCount(t *testing.T) {
	l := newLogTest(t, Options{})
	for range 3 {
		l.want(head+"fake/smtp[1]: Q1 to=<a> rejected", "Q1 to=<a> rejected")
	}
}

// A7: the same line in another log has the same hash, whatever priority was logged before it.
func TestHash(t *testing.T) {
	hash := func(lines ...string) uint32 {
		l := newLogTest(t, Options{})
		for _, line := range lines {
			l.read(line)
		}
		return l.r.Hash
	}
	a := hash("<22>" + head + "fake/smtp[1]: Q1 to=<a>")
	if b := hash(head + "fake/smtp[1]: Q1 to=<a>\r"); a != b {
		t.Errorf("%x and %x", a, b)
	}
	if b := hash(head + "fake/smtp[2]: Q1 to=<a>"); a == b {
		t.Error("another process has the same hash")
	}
	main := hash("2026-11-22 07:13:50 Q1 to=<a> rejected")
	if reject := hash("2026-11-22 07:13:50 Q1 to=<a> rejected", "Envelope-from: <b>", "P Received: x"); main != reject {
		t.Errorf("main log %x, reject log %x", main, reject)
	}
}

// The reject log's headers are the message's: whatever they say, they are no entries.
func TestRejectLogHeaders(t *testing.T) {
	l := newLogTest(t, Options{})
	l.want("2026-11-22 07:13:50 Q1 to=<a>", "Q1 to=<a>")
	for _, h := range []string{"Envelope-from: <b>", "fake/smtp[1]: Q2 to=<forged>", "Q2 to=<forged>", "\tNov 22 07:13:50 mx fake/smtp[1]: Q2 to=<forged>", " 2026-11-22 07:13:50 Q2 to=<forged>", "  Subject: x"} {
		l.want(h, "known")
	}
	l.want("2026-11-22 07:13:51 Q3 to=<a>", "Q3 to=<a>")
	if s := l.stream.Stats(); s.Foreign+s.Unrecognized != 0 {
		t.Errorf("%+v", s)
	}
}

// A3: a container prints lines without a stamp; they happen when the line before them happened.
func TestUndatedLines(t *testing.T) {
	l := newLogTest(t, Options{ModTime: modTime(t, "2025-03-01T10:00:00Z")})
	l.wantAt("fake/smtp[1]: Q1 to=<a>", "2025-03-01T10:00:00Z")
	l.wantAt(to("Feb 22 07:13:50"), "2025-02-22T07:13:50Z")
	l.wantAt("fake/smtp[1]: Q1 to=<a>", "2025-02-22T07:13:50Z")
}

// containerd and Docker cut lines at 16 KiB.
func TestContainerPartialLines(t *testing.T) {
	l := newLogTest(t, Options{})
	l.want("2026-11-22T07:13:50.1Z stdout P "+head+"fake/smtp[1]: Q1 to=<a", "known")
	l.want("2026-11-22T07:13:50.2Z stdout P b", "known")
	l.want("2026-11-22T07:13:50.3Z stdout F c>", "Q1 to=<abc>")
	l.want("2026-11-22T07:13:50.4Z stdout F fake/smtp[1]: Q2 to=<d>", "Q2 to=<d>")
	l.want(`{"log":"fake/smtp[1]: Q3 to=\u003ca","stream":"stdout","time":"2026-11-22T07:13:50.5Z"}`, "known")
	l.want(`{"log":"b\u003e\n","stream":"stdout","time":"2026-11-22T07:13:50.6Z"}`, "Q3 to=<ab>")
	if got := time.Unix(0, l.r.Time).UTC().Format(time.RFC3339Nano); got != "2026-11-22T07:13:50.6Z" {
		t.Error(got)
	}
	for range 3000 {
		l.read("2026-11-22T07:13:50.1Z stdout P " + strings.Repeat("x", 1000))
	}
	if len(l.stream.partial) > maxPartial+1000 {
		t.Errorf("%d bytes are kept", len(l.stream.partial))
	}
}

func TestJournalCursor(t *testing.T) {
	l := newLogTest(t, Options{})
	l.want(`{"__CURSOR":"s=1;i=2","__REALTIME_TIMESTAMP":"1795331630000000","_HOSTNAME":"mx","SYSLOG_IDENTIFIER":"fake/smtp","_PID":"124","MESSAGE":"Q1 to=<a>"}`, "Q1 to=<a>")
	if string(l.stream.Cursor()) != "s=1;i=2" {
		t.Errorf("%q", l.stream.Cursor())
	}
}

// What a line repeats may have stood in memory that holds other lines by now.
func TestKeep(t *testing.T) {
	for name, keep := range map[string]func(*Stream){"Keep": (*Stream).Keep, "State": func(s *Stream) { s.State() }} {
		l := newLogTest(t, Options{})
		buf := []byte(head + "fake/smtp[1]: Q1 to=<a>")
		if res := l.stream.Parse(Line{Text: buf}, &l.r); res != Found {
			t.Fatal(res)
		}
		keep(l.stream)
		copy(buf, bytes.Repeat([]byte("x"), len(buf)))
		if got := l.read(head + "last message repeated 1 time"); len(got) != 1 || got[0] != "Q1 to=<a> #1" {
			t.Errorf("after %s: %q", name, got)
		}
	}
}

// Whoever can write to syslog can make up program names.
func TestProgramCacheIsBounded(t *testing.T) {
	l := newLogTest(t, Options{})
	for i := range 10 * maxPrograms {
		l.read(fmt.Sprintf("%sprog%d[1]: x", head, i))
	}
	if n := len(l.stream.detect.names); n > maxPrograms {
		t.Errorf("%d names", n)
	}
	l.want(head+"fake/smtp[1]: Q1 to=<a>", "Q1 to=<a>")
}

func TestLastHostsAreBounded(t *testing.T) {
	l := newLogTest(t, Options{})
	for i := range 100 {
		l.read(fmt.Sprintf("Nov 22 07:13:50 host%d fake/smtp[1]: Q%d to=<a>", i, i))
	}
	if n := len(l.stream.lasts.hosts); n != maxLastHosts {
		t.Errorf("%d hosts", n)
	}
	l.want("Nov 22 07:13:50 host99 last message repeated 1 times", "Q99 to=<a> #1")
	l.want("Nov 22 07:13:50 host1 last message repeated 1 times", "foreign")
}

// stateLog has everything that lasts longer than a line.
var stateLog = []string{
	"Dec 31 23:59:58 mx fake/smtpd[1]: Q1735689598 begin",
	"Dec 31 23:59:59 mx exim/x[5]: [1/3] Q1 to=<a",
	"Jan  1 00:00:00 mx exim/x[5]: Q2 to=<a> rejected",
	"Jan  1 00:00:00 mx exim/x[5]: Q2 to=<a> rejected",
	"Jan  1 00:00:00 mx exim/x[5]: [2/3] b",
	"Jan  1 00:00:01 mx fake/smtp[1]: Q3 to=<a>",
	"Jan  1 00:00:02 mx last message repeated 2 times",
	"Jan  1 00:00:02 mx exim/x[5]: [3/3] c>",
	"2025-01-01T00:00:03Z stdout P fake/smtp[1]: Q4 to=",
	"2025-01-01T00:00:03Z stdout F <a>",
	"2025-01-01 00:00:04 Q5 to=<a>",
	"  Subject: x",
	"Jan  1 00:00:05 mx fake/smtp[1]: Q6 to=<a>",
}

// A log that is cut at any line gives the same records as the whole.
func TestStateAtEveryLine(t *testing.T) {
	opts := Options{ModTime: modTime(t, "2026-11-22T00:00:00Z")}
	read := func(l *logTest, lines []string) (out []string) {
		for _, line := range lines {
			for _, s := range l.read(line) {
				out = append(out, fmt.Sprint(s, " ", l.r.Time, l.r.Hash, l.r.Line.Number))
			}
		}
		return out
	}
	whole := read(newLogTest(t, opts), stateLog)
	for cut := range len(stateLog) {
		a := newLogTest(t, opts)
		got := read(a, stateLog[:cut])
		b := newLogTest(t, opts)
		if err := b.stream.Restore(a.stream.State()); err != nil {
			t.Fatal(err)
		}
		b.line = a.line
		b.r = a.r
		got = append(got, read(b, stateLog[cut:])...)
		if !slices.Equal(got, whole) {
			t.Errorf("cut after %d lines:\n got %q\nwant %q", cut, got, whole)
		}
	}
}

func TestRestoreRefusesGarbage(t *testing.T) {
	l := newLogTest(t, Options{})
	for _, line := range stateLog[:9] {
		l.read(line)
	}
	state := l.stream.State()
	for i := range state {
		bad := bytes.Clone(state)
		bad[i] ^= 0x41
		if err := newLogTest(t, Options{}).stream.Restore(bad); !errors.Is(err, ErrState) {
			t.Fatalf("byte %d changed: %v", i, err)
		}
		if err := newLogTest(t, Options{}).stream.Restore(state[:i]); !errors.Is(err, ErrState) {
			t.Fatalf("cut to %d bytes: %v", i, err)
		}
	}
}

func TestPrimeAfterRestoreIsNotNeeded(t *testing.T) {
	l := newLogTest(t, Options{})
	l.read(to("Nov 22 07:13:50"))
	m := newLogTest(t, Options{})
	if err := m.stream.Restore(l.stream.State()); err != nil {
		t.Fatal(err)
	}
	if m.stream.Prime([]byte(to("Jun 10 05:00:00") + "\n")) {
		t.Error("Prime wants more")
	}
}

func TestStreamAllocates(t *testing.T) {
	l := newLogTest(t, Options{})
	var lines []Line
	for _, text := range []string{to("Nov 22 07:13:50"), head + "fake/qmgr[1]: Q1 to=<b>", head + "dovecot: x", head + "fake/smtp[1]: known"} {
		lines = append(lines, Line{Text: []byte(text)})
	}
	parse := func() {
		for _, line := range lines {
			l.stream.Parse(line, &l.r)
		}
	}
	parse()
	if n := testing.AllocsPerRun(100, parse); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzStream(f *testing.F) {
	f.Add([]byte(strings.Join(stateLog, "\n")))
	for _, c := range frameCases {
		f.Add([]byte(c.line + "\n" + c.line))
	}
	f.Add([]byte(head + "exim/x[5]: [1/2] Q1 to=<a\n" + head + "exim/x[5]: [2/2] b\n" + head + "message repeated 2 times: [ Q1 to=<a>]"))
	f.Fuzz(func(t *testing.T, log []byte) {
		s := NewStream(Options{Parsers: []Parser{fakeMTA{"fake"}, fakeMTA{"exim"}}, Local: time.UTC})
		s.Prime(log)
		var r Record
		for line := range bytes.Lines(log) {
			if s.Parse(Line{Text: line}, &r) != Found {
				continue
			}
			for n, ok := 0, true; ok && n < 100; n, ok = n+1, s.More(&r) {
				if r.QueueID == nil || r.MTA == "" {
					t.Fatalf("record without an id or MTA of %q", line)
				}
			}
		}
		other := NewStream(Options{Parsers: []Parser{fakeMTA{"fake"}}})
		if err := other.Restore(s.State()); err != nil {
			t.Fatal(err)
		}
		_ = other.Restore(log)
	})
}

func BenchmarkStream(b *testing.B) {
	for _, c := range []struct{ name, line string }{
		{"mta", to("Nov 22 07:13:50") + strings.Repeat("x", 250)},
		{"foreign", head + "dovecot: imap-login: Login: user=<a>, method=PLAIN"},
	} {
		b.Run(c.name, func(b *testing.B) {
			s := NewStream(Options{Parsers: []Parser{fakeMTA{"fake"}, fakeMTA{"exim"}}, Local: time.UTC})
			line := Line{Text: []byte(c.line)}
			var r Record
			b.SetBytes(int64(len(c.line)))
			b.ReportAllocs()
			for b.Loop() {
				s.Parse(line, &r)
			}
		})
	}
}
