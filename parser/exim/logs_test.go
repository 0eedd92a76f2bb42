package exim

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"bouncelog/parser"
)

const logDir = "../../testdata/logs/exim"

// logFiles are the real logs and how many lines of these kinds they hold, counted with grep. Syslog has each refusal twice, for
// the main log and for the reject log.
var logFiles = []struct {
	name                            string
	begins, attempts, ends, rejects int
}{
	{"mainlog", 329, 669, 264, 16},
	{"rejectlog", 0, 0, 0, 16},
	{"all.mainlog", 329, 669, 264, 17},
	{"all.rejectlog", 0, 0, 0, 16},
	{"syslog", 329, 670, 264, 32},
	{"syslog.iso", 329, 670, 264, 32},
	{"syslog.rfc5424", 329, 670, 264, 32},
}

func TestRealLogs(t *testing.T) {
	p := New()
	for _, file := range logFiles {
		text, err := os.ReadFile(filepath.Join(logDir, file.name))
		if err != nil {
			t.Fatal(err)
		}
		counts := map[parser.Kind]int{}
		for line := range bytes.Lines(text) {
			line = bytes.TrimRight(line, "\n")
			if bytes.Contains(line, []byte(" rsyslogd")) {
				continue
			}
			f := split(line)
			if !p.Claims(&f) {
				t.Errorf("%s: not claimed: %s", file.name, line)
				continue
			}
			res, r := parse(f)
			if res != parser.Known && res != parser.Found {
				t.Errorf("%s: %s: %s", file.name, resultNames[res], line)
			}
			if res == parser.Found {
				counts[r.Kind]++
			}
		}
		for kind, want := range map[parser.Kind]int{parser.KindBegin: file.begins, parser.KindAttempt: file.attempts, parser.KindEnd: file.ends, parser.KindReject: file.rejects} {
			if counts[kind] != want {
				t.Errorf("%s: %d lines of kind %s, want %d", file.name, counts[kind], kindNames[kind], want)
			}
		}
	}
}
