package postfix

import (
	"bufio"
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"bouncelog/parser"
)

// frame cuts a log line of the test data into its frame: RFC 3164 and ISO 8601 stamps, and RFC 5424. It knows just these.
func frame(line string) (f parser.Frame, ok bool) {
	b := []byte(line)
	if len(b) == 0 {
		return f, false
	}
	if b[0] == '<' { // <22>1 stamp host app pid msgid sd message
		parts := bytes.SplitN(b, []byte(" "), 8)
		if len(parts) < 8 {
			return f, false
		}
		pid, _ := strconv.Atoi(string(parts[4]))
		return parser.Frame{Host: parts[2], Program: parts[3], PID: int32(pid), Message: parts[7]}, true
	}
	skip := 3 // Nov 22 07:13:56
	if isDigit(b[0]) {
		skip = 1
	}
	fields := bytes.Fields(b)
	if len(fields) < skip+3 {
		return f, false
	}
	host, tag := fields[skip], fields[skip+1]
	_, rest, _ := bytes.Cut(b, append(append([]byte(" "), tag...), ' '))
	tag = bytes.TrimSuffix(tag, []byte(":"))
	f = parser.Frame{Host: host, Program: tag, Message: rest}
	if i := bytes.IndexByte(tag, '['); i > 0 {
		pid, _ := strconv.Atoi(string(bytes.TrimSuffix(tag[i+1:], []byte("]"))))
		f.Program, f.PID = tag[:i], int32(pid)
	}
	return f, true
}

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
			f, ok := frame(sc.Text())
			if !ok {
				t.Errorf("%s:%d: no frame: %s", name, lines, sc.Text())
				continue
			}
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
