package all

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"bouncelog/parser"
)

// logs are the real logs, with what they must come to: the MTA and how many lines are of other programs.
var logs = []struct {
	file, mta string
	foreign   int64
	dated     bool // stamps have year and zone
}{
	{"postfix/maillog", "postfix", 0, false},
	{"postfix/syslog", "postfix", 1, false},
	{"postfix/syslog.iso", "postfix", 1, true},
	{"postfix/syslog.rfc5424", "postfix", 1, true},
	{"exim/mainlog", "exim", 0, false},
	{"exim/all.mainlog", "exim", 0, false},
	{"exim/rejectlog", "exim", 0, false},
	{"exim/all.rejectlog", "exim", 0, false},
	{"exim/syslog", "exim", 1, false},
	{"exim/syslog.iso", "exim", 1, true},
	{"exim/syslog.rfc5424", "exim", 1, true},
	{"sendmail/maillog", "sendmail", 0, false},
	{"sendmail/maillog.iso", "sendmail", 0, true},
	{"sendmail/maillog.rfc5424", "sendmail", 0, true},
	{"sendmail/ll15.maillog", "sendmail", 0, false},
	{"sendmail/ll15.maillog.rfc5424", "sendmail", 0, true},
}

// hasTime are the logs whose queue ids carry seconds, and which have no zone of their own. (Postfix's maillog has short ids.)
var hasTime = []string{"postfix/syslog", "exim/mainlog", "exim/all.mainlog", "exim/syslog", "sendmail/maillog", "sendmail/ll15.maillog"}

func load(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("../../testdata/logs", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// sum is what a log came to.
type sum struct {
	stats   parser.Stats
	records map[string]int // by MTA
	first   time.Time
	last    time.Time
	samples []parser.Sample
	hashes  map[uint32]int
}

func read(log []byte, o parser.Options) sum {
	if o.Parsers == nil {
		o.Parsers = Parsers()
	}
	s := parser.NewStream(o)
	s.Prime(log)
	out := sum{records: make(map[string]int), hashes: make(map[uint32]int)}
	var r parser.Record
	for line := range bytes.Lines(log) {
		if s.Parse(parser.Line{Text: bytes.TrimSuffix(line, []byte("\n"))}, &r) != parser.Found {
			continue
		}
		for ok := true; ok; ok = s.More(&r) {
			out.records[r.MTA]++
			out.hashes[r.Hash]++
			at := time.Unix(0, r.Time).UTC()
			if out.first.IsZero() {
				out.first = at
			}
			out.last = at
		}
	}
	out.stats, out.samples = s.Stats(), s.Samples()
	return out
}

func TestRealLogs(t *testing.T) {
	for _, l := range logs {
		t.Run(l.file, func(t *testing.T) {
			got := read(load(t, l.file), parser.Options{Local: time.UTC, ModTime: time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)})
			if got.stats.Foreign != l.foreign {
				t.Errorf("%d foreign lines, want %d", got.stats.Foreign, l.foreign)
			}
			for _, s := range got.samples {
				t.Errorf("unrecognized: %s", s.Text)
			}
			if len(got.records) != 1 || got.records[l.mta] == 0 {
				t.Errorf("records %v, want only %s", got.records, l.mta)
			}
			day := time.Date(2026, 11, 22, 7, 0, 0, 0, time.UTC)
			if got.first.Before(day) || got.last.After(day.Add(time.Hour)) {
				t.Errorf("from %s to %s", got.first, got.last)
			}
		})
	}
}

// The same events in three syslog formats give as many records.
func TestFormatsAgree(t *testing.T) {
	o := parser.Options{Local: time.UTC, ModTime: time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)}
	for _, group := range [][]string{
		{"postfix/syslog", "postfix/syslog.iso", "postfix/syslog.rfc5424"},
		{"exim/syslog", "exim/syslog.iso", "exim/syslog.rfc5424"},
		{"sendmail/maillog", "sendmail/maillog.iso", "sendmail/maillog.rfc5424"},
		{"sendmail/ll15.maillog", "sendmail/ll15.maillog.rfc5424"},
	} {
		want := read(load(t, group[0]), o)
		for _, name := range group[1:] {
			if got := read(load(t, name), o); !maps.Equal(got.records, want.records) {
				t.Errorf("%s: %v, %s: %v", name, got.records, group[0], want.records)
			}
		}
	}
}

// Queue ids tell year and zone: the log's stamps are shifted to another zone, the file was copied years later, and
// the machine that reads it is somewhere else.
func TestZoneAndYearByQueueIDs(t *testing.T) {
	for _, name := range hasTime {
		want := read(load(t, name), parser.Options{Local: time.UTC, ModTime: time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)})
		for _, zone := range []string{"UTC", "Europe/Berlin", "America/Los_Angeles", "Asia/Kolkata"} {
			loc, err := time.LoadLocation(zone)
			if err != nil {
				t.Fatal(err)
			}
			log := inZone(load(t, name), loc)
			for _, machine := range []*time.Location{time.UTC, loc, time.FixedZone("", -3*3600)} {
				got := read(log, parser.Options{Local: machine, ModTime: time.Date(2031, 2, 3, 0, 0, 0, 0, time.UTC)})
				if !got.first.Equal(want.first) || !got.last.Equal(want.last) {
					t.Errorf("%s written in %s, read in %s: from %s to %s, want from %s to %s", name, zone, machine, got.first, got.last, want.first, want.last)
				}
			}
		}
	}
}

// inZone rewrites the stamps of 22 November 2026, 07 hours UTC, as a machine in loc would have written them.
func inZone(log []byte, loc *time.Location) []byte {
	var pairs []string
	for m := range 60 {
		at := time.Date(2026, 11, 22, 7, m, 0, 0, time.UTC)
		for _, layout := range []string{"Jan _2 15:04:", "2006-01-02 15:04:"} {
			pairs = append(pairs, at.Format(layout), at.In(loc).Format(layout))
		}
	}
	return []byte(strings.NewReplacer(pairs...).Replace(string(log)))
}

// Short Postfix ids carry no seconds: then the machine's zone holds.
func TestShortIDsLeaveTheZoneToTheMachine(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	got := read(inZone(load(t, "postfix/maillog"), berlin), parser.Options{Local: berlin, ModTime: time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)})
	want := read(load(t, "postfix/maillog"), parser.Options{Local: time.UTC, ModTime: time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)})
	if !got.first.Equal(want.first) || !got.last.Equal(want.last) {
		t.Errorf("from %s to %s, want from %s to %s", got.first, got.last, want.first, want.last)
	}
}

// A file in which all three write, one line each in turn, in several formats, gives the sum of its parts.
func TestMixedFile(t *testing.T) {
	names := []string{"postfix/syslog", "exim/syslog.iso", "sendmail/ll15.maillog", "sendmail/maillog.rfc5424", "exim/mainlog"}
	o := parser.Options{Local: time.UTC, ModTime: time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)}
	want := make(map[string]int)
	var parts [][][]byte
	for _, name := range names {
		log := load(t, name)
		parts = append(parts, bytes.SplitAfter(log, []byte("\n")))
		for mta, n := range read(log, o).records {
			want[mta] += n
		}
	}
	var mixed bytes.Buffer
	for i := 0; ; i++ {
		wrote := false
		for _, lines := range parts {
			if i < len(lines) {
				mixed.Write(lines[i])
				wrote = true
			}
		}
		if !wrote {
			break
		}
	}
	got := read(mixed.Bytes(), o)
	if !maps.Equal(got.records, want) || got.stats.Unrecognized > 0 {
		t.Errorf("records %v, want %v; unrecognized %v", got.records, want, got.samples)
	}
}

// Every line of one MTA is claimed by its parser alone when only the name of the program is asked for.
func TestProgramNamesAreClaimedOnce(t *testing.T) {
	for _, program := range []string{"postfix/smtp", "postfix/submission/smtpd", "postfix-out/smtp", "postfix", "sendmail", "sm-mta", "sm-msp-queue", "exim", "exim4"} {
		var claims []string
		for _, p := range Parsers() {
			if p.Claims(&parser.Frame{Program: []byte(program)}) {
				claims = append(claims, p.MTA())
			}
		}
		if len(claims) != 1 {
			t.Errorf("%s is claimed by %v", program, claims)
		}
	}
}

// What other programs write into a mail log is foreign, also if they quote what an MTA would say.
func TestOtherProgramsAreForeign(t *testing.T) {
	s := parser.NewStream(parser.Options{Parsers: Parsers(), Local: time.UTC})
	var r parser.Record
	for _, program := range []string{"dovecot", "sshd", "kernel", "amavis", "opendkim", "spamd", "rspamd", "postgrey", "policyd-spf", "systemd", "CRON", "rsyslogd", "fail2ban.actions"} {
		for _, text := range []string{
			"imap-login: Login: user=<a@b.example>",
			"4WbQ3D1Gn0z9rw1: to=<a@b.example>, relay=none, delay=0, delays=0/0/0/0, dsn=5.0.0, status=bounced (x)",
			"1xV1lo-00002P-2W ** a@b.example R=r T=t: x",
			"6AM7Dr98000162: to=<a@b.example>, delay=00:00:01, stat=User unknown",
		} {
			line := fmt.Sprintf("Nov 22 07:13:50 mx %s[1]: %s", program, text)
			if res := s.Parse(parser.Line{Text: []byte(line)}, &r); res != parser.Foreign {
				t.Errorf("result %d: %s", res, line)
			}
		}
	}
}

// The reject log repeats lines of the main log: the same entry has the same hash in both.
func TestRejectLogHashes(t *testing.T) {
	for _, name := range []string{"exim/", "exim/all."} {
		main := read(load(t, name+"mainlog"), parser.Options{Local: time.UTC}).hashes
		reject := read(load(t, name+"rejectlog"), parser.Options{Local: time.UTC}).hashes
		for hash, n := range reject {
			if main[hash] < n {
				t.Errorf("%s: hash %08x is %d times in the reject log, %d times in the main log", name, hash, n, main[hash])
			}
		}
	}
}

func TestNames(t *testing.T) {
	names := Names()
	for _, want := range []string{"postfix", "exim", "sendmail"} {
		if !slices.Contains(names, want) {
			t.Errorf("no %s in %v", want, names)
		}
	}
}

func BenchmarkRealLogs(b *testing.B) {
	for _, name := range []string{"postfix/syslog", "exim/mainlog", "sendmail/maillog"} {
		b.Run(name, func(b *testing.B) {
			log := load(b, name)
			lines := bytes.Split(log, []byte("\n"))
			b.SetBytes(int64(len(log)))
			b.ReportAllocs()
			s := parser.NewStream(parser.Options{Parsers: Parsers(), Local: time.UTC})
			var r parser.Record
			for b.Loop() {
				for _, line := range lines {
					s.Parse(parser.Line{Text: line}, &r)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(lines)), "ns/line")
		})
	}
}
