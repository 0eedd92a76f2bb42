package trace_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"bouncelog/cmd/biglog/generate"
	"bouncelog/parser"
	"bouncelog/parser/all"
	"bouncelog/trace"
)

// anyLog draws a log of one mail server: a generated one, or some lines of a bundled one.
func anyLog(rt *rapid.T, host string) [][]byte {
	if rapid.Bool().Draw(rt, "bundled") {
		name := rapid.SampledFrom([]string{"postfix/syslog", "postfix/syslog.iso", "exim/syslog", "exim/syslog.rfc5424", "sendmail/maillog", "sendmail/ll15.maillog"}).Draw(rt, "log")
		b, err := os.ReadFile(filepath.Join("../testdata/logs", name))
		if err != nil {
			rt.Fatal(err)
		}
		lines := bytes.Split(bytes.ReplaceAll(b, []byte(" mx "), []byte(" "+host+" ")), []byte{'\n'})
		from := rapid.IntRange(0, len(lines)-1).Draw(rt, "from")
		return lines[from : from+rapid.IntRange(1, min(300, len(lines)-from)).Draw(rt, "lines")]
	}
	o := generate.Options{
		MTA:      rapid.SampledFrom([]string{"postfix", "sendmail"}).Draw(rt, "mta"), // Exim's own log names no host
		LongIDs:  rapid.Bool().Draw(rt, "long ids"),
		Messages: rapid.IntRange(1, 25).Draw(rt, "messages"),
		Seed:     rapid.Uint64Range(1, 1<<20).Draw(rt, "seed"),
		Start:    time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC), Span: 48 * time.Hour, Host: host,
	}
	var b bytes.Buffer
	if _, err := generate.Write(&b, o); err != nil {
		rt.Fatal(err)
	}
	return bytes.Split(bytes.TrimSuffix(b.Bytes(), []byte{'\n'}), []byte{'\n'})
}

// parsers serve any number of streams.
var parsers = all.Parsers()

// tracked is a tracker of logs whose lines are read in the given order, each log by a stream of its own.
type tracked struct {
	tracker *trace.Tracker
	streams map[int32]*parser.Stream
	number  map[int32]int64
	events  []string
}

func newTracked() *tracked {
	r := &tracked{streams: map[int32]*parser.Stream{}, number: map[int32]int64{}}
	r.tracker = trace.New(trace.Options{OnEvent: func(e *trace.Event) {
		r.events = append(r.events, fmt.Sprint(e.Message.Host, " ", e.Message.QueueID, " ", e.Message.Sender, " ", e.Recipient.Address, " ", e.Attempt.Outcome, " ", e.Attempt.Final,
			" ", e.Attempt.Try, " ", e.Attempt.Time, " ", e.Attempt.Reply))
	}})
	return r
}

func (r *tracked) add(log int32, line []byte) {
	s := r.streams[log]
	if s == nil {
		s = parser.NewStream(parser.Options{Parsers: parsers, Timezone: time.UTC, Year: 2026})
		r.streams[log] = s
	}
	var rec parser.Record
	rec.Reset()
	r.number[log]++
	n := r.number[log]
	if s.Parse(parser.Line{Text: line, Log: log, Number: n, Offset: n * 1000}, &rec) == parser.Found {
		for ok := true; ok; ok = s.More(&rec) {
			r.tracker.Add(&rec)
		}
	}
}

// messages are all messages as they stand, without their ids.
func (r *tracked) messages() []string {
	seen := map[int64]string{}
	r.tracker.Changed(func(m *trace.Message) {
		c := m.Clone()
		c.ID, c.ParentID, c.PrevID, c.NextID = 0, 0, 0, 0
		b, err := json.Marshal(c)
		if err != nil {
			panic(err) // a Message holds nothing that JSON can't
		}
		seen[m.ID] = string(b)
	})
	list := make([]string, 0, len(seen))
	for _, s := range seen {
		list = append(list, s)
	}
	slices.Sort(list)
	return list
}

// TestInterleaved reads two logs of different hosts line by line in any order: their events are the sum of those of each.
func TestInterleaved(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		logs := [][][]byte{anyLog(rt, "alpha"), anyLog(rt, "beta")}
		var wantEvents, wantMessages []string
		for i, log := range logs {
			r := newTracked()
			for _, line := range log {
				r.add(int32(i+1), line)
			}
			wantEvents = append(wantEvents, r.events...)
			wantMessages = append(wantMessages, r.messages()...)
		}
		r := newTracked()
		at := [2]int{}
		for at[0] < len(logs[0]) || at[1] < len(logs[1]) {
			i := 0
			if at[0] == len(logs[0]) || at[1] < len(logs[1]) && rapid.Bool().Draw(rt, "second") {
				i = 1
			}
			n := min(rapid.IntRange(1, 40).Draw(rt, "run"), len(logs[i])-at[i])
			for _, line := range logs[i][at[i] : at[i]+n] {
				r.add(int32(i+1), line)
			}
			at[i] += n
		}
		compare(rt, "events", r.events, wantEvents)
		compare(rt, "messages", r.messages(), wantMessages)
	})
}

func compare(rt *rapid.T, what string, got, want []string) {
	slices.Sort(got)
	slices.Sort(want)
	if slices.Equal(got, want) {
		return
	}
	for i := range min(len(got), len(want)) {
		if got[i] != want[i] {
			rt.Fatalf("%s: %d, want %d; first difference\n%s\nwant\n%s", what, len(got), len(want), got[i], want[i])
		}
	}
	rt.Fatalf("%s: %d, want %d", what, len(got), len(want))
}

// TestEvicted drops all messages from memory at any line, as a small memory does: with a keeper that has them, nothing changes.
func TestEvicted(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		log := anyLog(rt, "alpha")
		want := newTracked()
		for _, line := range log {
			want.add(1, line)
		}
		keep := &memory{messages: map[int64]*trace.Message{}}
		var events []string
		r := newTracked()
		r.tracker = trace.New(trace.Options{Keeper: keep, OnEvent: func(e *trace.Event) {
			events = append(events, fmt.Sprint(e.Message.Host, " ", e.Message.QueueID, " ", e.Message.Sender, " ", e.Recipient.Address, " ", e.Attempt.Outcome, " ", e.Attempt.Final,
				" ", e.Attempt.Try, " ", e.Attempt.Time, " ", e.Attempt.Reply))
		}})
		for _, line := range log {
			r.add(1, line)
			if rapid.IntRange(0, 9).Draw(rt, "evict") == 0 {
				r.tracker.Changed(func(m *trace.Message) { keep.messages[m.ID] = m.Clone() })
				r.tracker.Evict(0, nil)
			}
		}
		if err := r.tracker.Err(); err != nil {
			rt.Fatal(err)
		}
		compare(rt, "events", events, want.events)
	})
}

// memory is a Keeper that holds everything.
type memory struct{ messages map[int64]*trace.Message }

func (k *memory) Find(key trace.Key, begin bool, _ int64) ([]*trace.Message, error) {
	var list []*trace.Message
	for _, m := range k.messages {
		if m.Host == key.Host && m.QueueID == key.QueueID && (!begin || m.Begun == 0) {
			list = append(list, m.Clone())
		}
	}
	slices.SortFunc(list, func(a, b *trace.Message) int { return int(b.ID - a.ID) })
	return list, nil
}

func (k *memory) Load(id int64) (*trace.Message, error) {
	if m := k.messages[id]; m != nil {
		return m.Clone(), nil
	}
	return nil, nil
}

func (k *memory) Refused(host string, time int64) ([]*trace.Message, error) {
	var list []*trace.Message
	for _, m := range k.messages {
		if m.QueueID == "" && m.Host == host && m.First == time {
			list = append(list, m.Clone())
		}
	}
	return list, nil
}

// TestClonesStay looks at clones once more when the tracker has gone on, with lines out of order and the same lines in another log:
// they share their attempts with the tracker's messages, and with those that come back from the keeper.
func TestClonesStay(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		log := anyLog(rt, "mx")
		for i := range log { // out of order by a few lines
			j := max(0, i-rapid.IntRange(0, 4).Draw(rt, "back"))
			log[i], log[j] = log[j], log[i]
		}
		log = append(log, log...)
		type clone struct {
			message *trace.Message
			was     string
		}
		var clones []clone
		keep := &memory{messages: map[int64]*trace.Message{}}
		r := newTracked()
		r.tracker = trace.New(trace.Options{Keeper: keep})
		r.tracker.Overlaps(2, 1<<62)
		for i, line := range log {
			r.add(int32(1+2*i/len(log)), line)
			if rapid.IntRange(0, 4).Draw(rt, "clone") > 0 {
				continue
			}
			r.tracker.Changed(func(m *trace.Message) {
				c := m.Clone()
				keep.messages[m.ID] = c
				clones = append(clones, clone{c, shown(rt, c)})
			})
			if rapid.Bool().Draw(rt, "evict") {
				r.tracker.Evict(0, nil)
			}
		}
		for _, c := range clones {
			if now := shown(rt, c.message); now != c.was {
				rt.Fatalf("a clone changed from\n%s\nto\n%s", c.was, now)
			}
		}
	})
}

func shown(rt *rapid.T, m *trace.Message) string {
	b, err := json.Marshal(m)
	if err != nil {
		rt.Fatal(err)
	}
	return string(b)
}
