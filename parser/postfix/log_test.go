package postfix

import (
	"bufio"
	"os"
	"path/filepath"
	"testing"

	"bouncelog/parser"
)

// TestLogs reads the project's own logs: every line of Postfix is described, and the counts of what was found agree between the
// formats that one run was logged in.
func TestLogs(t *testing.T) {
	dir := filepath.Join("..", "..", "testdata", "logs", "postfix")
	p := New()
	var r parser.Record
	type count map[parser.Kind]int
	counts := map[string]count{}
	for _, name := range []string{"maillog", "syslog", "syslog.iso", "syslog.rfc5424"} {
		file, err := os.Open(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		kinds := count{}
		lines, attempts := 0, map[parser.Outcome]int{}
		sc := bufio.NewScanner(file)
		sc.Buffer(nil, 1<<20)
		for sc.Scan() {
			lines++
			var f parser.Frame
			parser.SplitFrame(sc.Bytes(), &f)
			if !p.Claims(&f) {
				if string(f.Program) != "rsyslogd" {
					t.Errorf("%s:%d: foreign: %s", name, lines, sc.Text())
				}
				continue
			}
			r.Reset()
			switch p.Parse(&f, &r) {
			case parser.Found:
				kinds[r.Kind]++
				if r.Kind == parser.KindAttempt {
					attempts[r.Outcome]++
				}
			case parser.Known:
			default:
				t.Errorf("%s:%d: unrecognized: %s", name, lines, sc.Text())
			}
		}
		if err := sc.Err(); err != nil {
			t.Fatal(err)
		}
		file.Close()
		if lines < 3000 {
			t.Errorf("%s: only %d lines", name, lines)
		}
		t.Logf("%s: %d lines, kinds %v, attempts %v", name, lines, kinds, attempts)
		counts[name] = kinds
	}
	// "postfix: 4jX...: removed" of RFC 5424 may be postsuper's or the queue manager's: the end of the message, not its deletion.
	counts["syslog.rfc5424"][parser.KindEnd]--
	counts["syslog.rfc5424"][parser.KindGiveUp]++
	for _, name := range []string{"syslog.iso", "syslog.rfc5424"} {
		for k, n := range counts["syslog"] {
			if counts[name][k] != n {
				t.Errorf("%s: kind %d: %d records, syslog has %d", name, k, counts[name][k], n)
			}
		}
	}
}
