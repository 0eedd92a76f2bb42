package trace_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"bouncelog/parser"
	"bouncelog/parser/all"
	"bouncelog/trace"
)

// reader reads log text into a tracker and notes its events, a line each.
type reader struct {
	t       *testing.T
	tracker *trace.Tracker
	events  []string
	now     time.Time
}

func newReader(t *testing.T) *reader {
	r := &reader{t: t, now: time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)}
	r.tracker = trace.New(trace.Options{OnEvent: r.note})
	return r
}

func (r *reader) note(e *trace.Event) {
	s := e.Attempt.Outcome.String()
	if e.Attempt.Final {
		s += "!"
	}
	s += fmt.Sprintf(" %s", e.Recipient.Address)
	if e.Recipient.Orig != "" {
		s += " (" + e.Recipient.Orig + ")"
	}
	s += " " + e.Message.QueueID
	if e.Message.SenderKnown {
		s += " <" + e.Message.Sender + ">"
	}
	if e.Attempt.Try > 1 {
		s += fmt.Sprintf(" try %d", e.Attempt.Try)
	}
	if e.Message.DSN != 0 {
		s += " dsn of " + e.Message.ParentQueueID
	}
	r.events = append(r.events, s)
}

// read follows the lines of one log; blank lines and leading tabs are the test's own.
func (r *reader) read(log int32, text string) *reader {
	r.t.Helper()
	s := parser.NewStream(parser.Options{Parsers: all.Parsers(), Timezone: time.UTC, Year: 2026, ModTime: r.now})
	var rec parser.Record
	number := int64(0)
	for line := range strings.Lines(text) {
		line = strings.Trim(line, "\t\n")
		if line == "" {
			continue
		}
		number++
		res := s.Parse(parser.Line{Text: []byte(line), Log: log, Number: number, Offset: number * 1000}, &rec)
		if res == parser.Unrecognized || res == parser.Foreign {
			r.t.Errorf("%q is not read: %v", line, res)
		}
		if res != parser.Found {
			continue
		}
		for ok := true; ok; ok = s.More(&rec) {
			r.tracker.Add(&rec)
		}
	}
	return r
}

// want compares the events noted so far.
func (r *reader) want(text string) {
	r.t.Helper()
	var want []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			want = append(want, line)
		}
	}
	if got := strings.Join(r.events, "\n"); got != strings.Join(want, "\n") {
		r.t.Errorf("events\n%s\nwant\n%s", got, strings.Join(want, "\n"))
	}
}

// messages are the messages changed so far, by queue id, the last one of each.
func (r *reader) messages() map[string]*trace.Message {
	m := map[string]*trace.Message{}
	r.tracker.Changed(func(msg *trace.Message) { m[msg.QueueID] = msg.Clone() })
	return m
}
