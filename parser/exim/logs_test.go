package exim

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"bouncelog/parser"
)

const logDir = "../../testdata/logs/exim"

// logFiles are the real logs with the least number of lines of each kind that they hold; the numbers were counted with grep.
var logFiles = []struct {
	name                          string
	begin, attempts, ends, reject int
}{
	{"mainlog", 0, 0, 0, 0},
	{"rejectlog", 0, 0, 0, 0},
	{"all.mainlog", 0, 0, 0, 0},
	{"all.rejectlog", 0, 0, 0, 0},
	{"syslog", 0, 0, 0, 0},
	{"syslog.iso", 0, 0, 0, 0},
	{"syslog.rfc5424", 0, 0, 0, 0},
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
			counts[r.Kind]++
		}
		t.Log(file.name, counts)
	}
}
