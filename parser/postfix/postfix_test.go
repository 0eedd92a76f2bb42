package postfix

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bouncelog/parser"
)

var kindNames = [...]string{"none", "begin", "context", "attempt", "giveup", "end", "hold", "release", "dsn", "reject", "hint", "rename", "session"}

// describe writes what a record says, only fields that are set, so that tables can be read.
func describe(r *parser.Record) string {
	var b strings.Builder
	b.WriteString(kindNames[r.Kind])
	add := func(name string, v []byte) {
		if v != nil {
			fmt.Fprintf(&b, " %s=%s", name, v)
		}
	}
	flag := func(name string, v bool) {
		if v {
			b.WriteString(" " + name)
		}
	}
	flag(r.Outcome.String(), r.Outcome != 0)
	if string(r.Instance) != "postfix" {
		add("instance", r.Instance)
	}
	add("q", r.QueueID)
	if r.HasSender {
		fmt.Fprintf(&b, " from=%s", r.Sender)
	}
	add("mid", r.MessageID)
	add("subject", r.Subject)
	if r.Size != 0 {
		fmt.Fprintf(&b, " size=%d", r.Size)
	}
	if r.NRcpt != 0 {
		fmt.Fprintf(&b, " nrcpt=%d", r.NRcpt)
	}
	add("client", r.ClientHost)
	add("ip", r.ClientIP)
	add("user", r.AuthUser)
	add("helo", r.Helo)
	add("origq", r.OrigQueueID)
	flag("requeued", r.Requeued)
	flag("forwarded", r.Forwarded)
	add("child", r.Child)
	if r.DSN != 0 {
		fmt.Fprintf(&b, " dsn=%d", r.DSN)
	}
	for _, to := range r.Recipients {
		fmt.Fprintf(&b, " to=%s", to)
	}
	add("orig", r.OrigRecipient)
	add("next", r.NextQueueID)
	flag("nextlocal", r.NextLocal)
	add("relay", r.RelayHost)
	add("relayip", r.RelayIP)
	if r.RelayPort != 0 {
		fmt.Fprintf(&b, " port=%d", r.RelayPort)
	}
	if r.Delay >= 0 {
		fmt.Fprintf(&b, " delay=%v", r.Delay)
	}
	if r.ReplyCode != 0 {
		fmt.Fprintf(&b, " code=%d", r.ReplyCode)
	}
	add("enh", r.Enhanced)
	if r.Stage != 0 {
		fmt.Fprintf(&b, " stage=%s", r.Stage)
	}
	flag("session", r.Session)
	flag("whole", r.Whole)
	flag("probe", r.Probe)
	flag("own", r.Own)
	add("reply", r.Reply)
	return b.String()
}

var resultNames = [...]string{"foreign", "unrecognized", "known"}

// read parses "program: message" and describes what comes out.
func read(p parser.Parser, line string) string {
	program, message, _ := strings.Cut(line, ": ")
	f := parser.Frame{Program: []byte(program), Message: []byte(message)}
	if !p.Claims(&f) {
		return "foreign"
	}
	var r parser.Record
	r.Reset()
	if res := p.Parse(&f, &r); res != parser.Found {
		return resultNames[res]
	}
	return describe(&r)
}

// samples reads the tables in testdata: a line "program: message", below it what must come out.
func samples(t testing.TB) (lines, wants []string, where []string) {
	files, err := filepath.Glob(filepath.Join("testdata", "*.txt"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no samples: %v", err)
	}
	for _, name := range files {
		file, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		sc := bufio.NewScanner(file)
		line, at := "", 0
		for n := 1; sc.Scan(); n++ {
			s := sc.Text()
			switch {
			case s == "" || s[0] == '#':
			case strings.HasPrefix(s, "  "):
				lines, wants = append(lines, line), append(wants, s[2:])
				where = append(where, fmt.Sprintf("%s:%d", name, at))
				line = ""
			case line != "":
				t.Fatalf("%s:%d: no result for %q", name, at, line)
			default:
				line, at = s, n
			}
		}
		if err := sc.Err(); err != nil {
			t.Fatal(err)
		}
		file.Close()
	}
	return lines, wants, where
}

// TestSamples holds every kind of line of every daemon against what it must say.
func TestSamples(t *testing.T) {
	p := New()
	lines, wants, where := samples(t)
	for i, line := range lines {
		if got := read(p, line); got != wants[i] {
			t.Errorf("%s: %s\n got %s\nwant %s", where[i], line, got, wants[i])
		}
	}
}

// TestTruncated cuts every sample shorter and shorter: no panic, and no field that reaches past the cut.
func TestTruncated(t *testing.T) {
	p := New()
	lines, _, _ := samples(t)
	var r parser.Record
	for _, line := range lines {
		program, message, _ := strings.Cut(line, ": ")
		for n := range len(message) {
			m := []byte(message[:n])
			f := parser.Frame{Program: []byte(program), Message: m[:n:n]}
			r.Reset()
			if p.Claims(&f) && p.Parse(&f, &r) == parser.Found {
				if r.Kind == parser.KindNone {
					t.Errorf("%q: found nothing", line[:n])
				}
				if len(r.Reply) > n || len(r.Recipients) > 1 {
					t.Errorf("%q: %s", line[:n], describe(&r))
				}
			}
		}
	}
}
