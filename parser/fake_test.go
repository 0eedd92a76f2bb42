package parser

import (
	"bytes"
	"fmt"
	"testing"
	"time"
)

// fakeMTA is a mail server whose lines are easy to write: "Q<unix seconds> begin", "Q<unix seconds> to=<a>", "known ...".
// It goes by the program "fake/..." or, for other programs, by a queue id.
type fakeMTA struct{ name string }

func (m fakeMTA) MTA() string { return m.name }

func (m fakeMTA) Claims(f *Frame) bool {
	return bytes.HasPrefix(f.Program, []byte(m.name+"/")) || fakeID(f.Message) != nil && m.name == "fake"
}

func (m fakeMTA) Parse(f *Frame, r *Record) Result {
	id := fakeID(f.Message)
	if id == nil {
		if bytes.HasPrefix(f.Message, []byte("known")) {
			return Known
		}
		return Unrecognized
	}
	r.QueueID = id
	switch rest := f.Message[len(id)+1:]; {
	case bytes.HasPrefix(rest, []byte("begin")):
		r.Kind = KindBegin
	default:
		r.Kind = KindAttempt
		r.Reply = rest
		r.Recipients = append(r.Recipients, rest)
	}
	return Found
}

func (m fakeMTA) QueueTime(id []byte) (int64, bool) {
	n, ok := digits(id[1:])
	return int64(n) * 1e9, ok
}

func fakeID(m []byte) []byte {
	i := bytes.IndexByte(m, ' ')
	if i < 2 || m[0] != 'Q' {
		return nil
	}
	if _, ok := digits(m[1:i]); !ok {
		return nil
	}
	return m[:i]
}

// logTest reads lines through a Stream.
type logTest struct {
	t      *testing.T
	stream *Stream
	line   int64
	r      Record
}

func newLogTest(t *testing.T, o Options) *logTest {
	t.Helper()
	if o.Parsers == nil {
		o.Parsers = []Parser{fakeMTA{"fake"}, fakeMTA{"exim"}}
	}
	if o.Local == nil {
		o.Local = time.UTC
	}
	if o.Now == nil {
		o.Now = func() time.Time { return time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC) }
	}
	return &logTest{t: t, stream: NewStream(o)}
}

// read returns a description of each record that the line gives, or of why it gives none.
func (l *logTest) read(text string) []string {
	l.t.Helper()
	l.line++
	line := Line{Text: []byte(text), Number: l.line, Log: 1}
	res := l.stream.Parse(line, &l.r)
	if res != Found {
		if l.stream.More(&l.r) {
			l.t.Fatalf("more records after a line without one: %s", text)
		}
		return []string{[...]string{"foreign", "unrecognized", "known"}[res]}
	}
	var out []string
	for ok := true; ok; ok = l.stream.More(&l.r) {
		s := fmt.Sprintf("%s %s", l.r.QueueID, l.r.Reply)
		if l.r.Seq > 0 {
			s += fmt.Sprintf(" #%d", l.r.Seq)
		}
		out = append(out, s)
	}
	return out
}

// at returns the time that the line's record has.
func (l *logTest) at(text string) string {
	l.t.Helper()
	l.line++
	if res := l.stream.Parse(Line{Text: []byte(text), Number: l.line}, &l.r); res != Found {
		l.t.Fatalf("no record: %s", text)
	}
	return time.Unix(0, l.r.Time).UTC().Format(time.RFC3339Nano)
}

func (l *logTest) wantAt(text, want string) {
	l.t.Helper()
	if got := l.at(text); got != want {
		l.t.Errorf("%s\n got %s\nwant %s", text, got, want)
	}
}

func unixAt(t *testing.T, s string) int64 {
	t.Helper()
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return at.Unix()
}

func mustZone(t *testing.T, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}
