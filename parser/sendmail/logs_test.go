package sendmail

import (
	"bufio"
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"bouncelog/parser"
)

// TestLogs reads the logs of testdata/logs/sendmail, in all their forms: everything in them is one of Sendmail's lines, so nothing may be
// foreign or unrecognized, and every form must give the same records.
func TestLogs(t *testing.T) {
	kinds := map[string]map[parser.Kind]int{}
	for _, name := range []string{"maillog", "maillog.iso", "maillog.rfc5424", "ll15.maillog", "ll15.maillog.rfc5424"} {
		f, err := os.Open(filepath.Join("../../testdata/logs/sendmail", name))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		p := New()
		var r parser.Record
		count := map[parser.Kind]int{}
		deliveries := 0
		kinds[name] = count
		sc := bufio.NewScanner(f)
		sc.Buffer(nil, 1<<20)
		for sc.Scan() {
			fr, ok := frameOf(sc.Bytes())
			if !ok {
				continue
			}
			if !p.Claims(&fr) {
				t.Errorf("%s: not claimed: %s", name, sc.Bytes())
				continue
			}
			if bytes.Contains(fr.Message, []byte(": to=")) {
				deliveries++
			}
			r.Reset()
			switch p.Parse(&fr, &r) {
			case parser.Found:
				count[r.Kind]++
			case parser.Unrecognized, parser.Foreign:
				t.Errorf("%s: unrecognized: %s", name, fr.Message)
			}
		}
		if err := sc.Err(); err != nil {
			t.Fatal(err)
		}
		// One "to=" line is of a message that was refused for its size after its data.
		if count[parser.KindBegin] < 200 || count[parser.KindAttempt] != deliveries-1 {
			t.Errorf("%s: %d attempts of %d lines: %v", name, count[parser.KindAttempt], deliveries, count)
		}
	}
	for _, same := range [][2]string{{"maillog", "maillog.iso"}, {"maillog", "maillog.rfc5424"}, {"ll15.maillog", "ll15.maillog.rfc5424"}} {
		a, b := kinds[same[0]], kinds[same[1]]
		for k := range a {
			if a[k] != b[k] {
				t.Errorf("records of kind %d: %s %d, %s %d", k, same[0], a[k], same[1], b[k])
			}
		}
	}
}

// frameOf takes a line of one of the test logs apart; the logs hold lines of Sendmail alone.
func frameOf(line []byte) (f parser.Frame, ok bool) {
	for _, tag := range []string{"sm-mta[", "sendmail["} {
		if i := bytes.Index(line, []byte(tag)); i >= 0 {
			if j := bytes.Index(line[i:], []byte("]: ")); j >= 0 {
				return parser.Frame{Program: line[i : i+len(tag)-1], Message: line[i+j+3:]}, true
			}
		}
	}
	for _, tag := range []string{" sm-mta ", " sendmail "} { // RFC 5424
		if i := bytes.Index(line, []byte(tag)); i >= 0 {
			if j := bytes.Index(line, []byte(" - - ")); j > i {
				return parser.Frame{Program: bytes.TrimSpace(line[i : i+len(tag)]), Message: line[j+5:]}, true
			}
		}
	}
	return f, false
}
