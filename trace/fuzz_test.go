package trace

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"bouncelog/cmd/biglog/generate"
	"bouncelog/parser"
	"bouncelog/parser/all"
)

// parsers serve any number of streams.
var parsers = all.Parsers()

// feed parses the lines of a log and gives the records to the tracker.
func feed(t *Tracker, log int32, lines [][]byte) {
	s := parser.NewStream(parser.Options{Parsers: parsers, Timezone: time.UTC, Year: 2026, ModTime: time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)})
	var r parser.Record
	offset := int64(0)
	for i, line := range lines {
		r.Reset()
		if s.Parse(parser.Line{Text: line, Log: log, Number: int64(i + 1), Offset: offset}, &r) == parser.Found {
			for ok := true; ok; ok = s.More(&r) {
				t.Add(&r)
			}
		}
		offset += int64(len(line)) + 1
	}
}

// check is what holds of a message whatever was read.
func check(m *Message) error {
	for _, rc := range m.Recipients {
		finals := 0
		for i := range rc.Attempts {
			a := &rc.Attempts[i]
			if a.Final {
				finals++
				if !a.Outcome.Ends() {
					return fmt.Errorf("%s: %q: %s is final", m.QueueID, rc.Address, a.Outcome)
				}
			}
			if i > 0 && a.Time < rc.Attempts[i-1].Time {
				return fmt.Errorf("%s: %q: attempts are not in the order of time", m.QueueID, rc.Address)
			}
		}
		if finals > 1 || rc.Final != (finals == 1) {
			return fmt.Errorf("%s: %q: %d final events, final %v", m.QueueID, rc.Address, finals, rc.Final)
		}
	}
	if m.PrevID == m.ID || m.NextID == m.ID || m.ParentID == m.ID {
		return fmt.Errorf("%s: linked to itself", m.QueueID)
	}
	return nil
}

// bounds fails when the tracker keeps more than its limits say.
func (t *Tracker) bounds() error {
	switch {
	case len(t.sessions) > maxSessions, len(t.awaited) > maxAwaited, t.byMessageID.count > t.live.count, len(t.refused) > maxRefused+1:
		return fmt.Errorf("%d sessions, %d awaited, %d message-ids, %d queue ids, %d refused", len(t.sessions), len(t.awaited), t.byMessageID.count, t.live.count, len(t.refused))
	}
	for i, n := range t.changed {
		if n.changed != i+1 || n.prev == nil {
			return fmt.Errorf("changed node %d says it is %d, or is in no ring", i+1, n.changed)
		}
	}
	ring, weight := 0, 0
	for _, r := range []*node{&t.open, &t.ended} {
		for n := r.next; n != r; n = n.next {
			ring++
			weight += n.weight
		}
	}
	if ring != t.live.count || weight != t.weight {
		return fmt.Errorf("%d messages of %d bytes in the rings, %d of %d held", ring, weight, t.live.count, t.weight)
	}
	return nil
}

// seedLines are a few lines of each kind of log.
func seedLines(f *testing.F) {
	for _, name := range []string{"postfix/maillog", "postfix/syslog.rfc5424", "exim/mainlog", "exim/all.mainlog", "exim/rejectlog", "exim/syslog", "sendmail/maillog", "sendmail/ll15.maillog"} {
		b, err := os.ReadFile(filepath.Join("../testdata/logs", name))
		if err != nil {
			f.Fatal(err)
		}
		lines := bytes.Split(b, []byte{'\n'})
		for i := 0; i+30 < len(lines); i += 1 + len(lines)/6 {
			f.Add(uint64(i), bytes.Join(lines[i:i+30], []byte{'\n'}))
		}
	}
	for i, mta := range []string{"postfix", "exim", "sendmail"} {
		var b bytes.Buffer
		if _, err := generate.Write(&b, generate.Options{MTA: mta, Messages: 6, Seed: uint64(i + 1), Start: time.Date(2026, 8, 3, 0, 0, 0, 0, time.UTC), Span: 48 * time.Hour}); err != nil {
			f.Fatal(err)
		}
		f.Add(uint64(i), b.Bytes())
	}
}

// FuzzTracker reads lines in a wrong order, repeated, left out, and with whatever the fuzzer makes of them: nothing may panic, what is
// kept stays bounded, and each recipient has one end at most.
func FuzzTracker(f *testing.F) {
	seedLines(f)
	f.Fuzz(func(t *testing.T, seed uint64, text []byte) {
		r := rand.New(rand.NewPCG(seed, 1))
		lines := bytes.Split(text, []byte{'\n'})
		switch seed % 4 {
		case 1:
			r.Shuffle(len(lines), func(i, j int) { lines[i], lines[j] = lines[j], lines[i] })
		case 2:
			lines = append(lines, lines[r.IntN(len(lines)):]...)
		case 3:
			at := r.IntN(len(lines))
			lines = append(lines[at:len(lines):len(lines)], lines[:at]...)
		}
		events := 0
		tracker := New(Options{OnEvent: func(e *Event) {
			if e.Message == nil || e.Recipient == nil || e.Attempt == nil {
				t.Fatal("an event without its message, recipient or attempt")
			}
			events++
		}})
		cut := r.IntN(len(lines) + 1)
		feed(tracker, 1, lines[:cut])
		state, err := tracker.State()
		if err != nil {
			t.Fatal(err)
		}
		if err := tracker.Restore(state); err != nil {
			t.Fatal(err)
		}
		if seed&8 != 0 {
			tracker.Harvest(func(*Message, bool) {})
		}
		feed(tracker, 1+int32(seed>>2&1), lines[cut:])
		if err := tracker.bounds(); err != nil {
			t.Fatal(err)
		}
		tracker.Changed(func(m *Message) {
			if err := check(m); err != nil {
				t.Fatal(err)
			}
			if err := check(m.Clone()); err != nil {
				t.Fatal(err)
			}
		})
		if n := tracker.ChangedCount(); n != 0 {
			t.Fatalf("%d messages changed while nothing was read", n)
		}
		const limit = 3 * messageWeight
		tracker.Evict(limit, nil)
		if err := tracker.bounds(); err != nil {
			t.Fatal(err)
		}
		if tracker.weight > limit {
			t.Fatalf("%d bytes are held after all but %d were evicted", tracker.weight, limit)
		}
	})
}

// TestBounded reads what a stranger can make a server log without end: sessions, message-ids, refusals, hand-overs, each a new one.
func TestBounded(t *testing.T) {
	tracker := New(Options{})
	r := parser.Record{MTA: "postfix", Host: []byte("mx")}
	for i := range 120_000 {
		id := fmt.Appendf(nil, "%08X", i)
		r.Reset()
		r.MTA, r.Host, r.PID = "postfix", []byte("mx"), int32(i+1)
		r.Time = int64(i) * 1e6 // all within two minutes: nothing is old
		r.Line = parser.Line{Log: 1, Number: int64(i), Offset: int64(i) * 100}
		r.Hash = uint32(i + 1)
		switch i % 5 {
		case 0:
			r.Kind, r.ClientIP, r.Helo = parser.KindSession, id, id
		case 1:
			r.Kind, r.Outcome, r.Reply = parser.KindReject, parser.OutcomeRejected, id
			r.Recipients = append(r.Recipients, id)
		case 2:
			r.Kind, r.QueueID, r.MessageID = parser.KindContext, id, id
		case 3:
			r.Kind, r.QueueID, r.Outcome = parser.KindAttempt, id, parser.OutcomeDelivered
			r.NextQueueID, r.NextLocal = append([]byte("N"), id...), true
			r.Recipients = append(r.Recipients, id)
		case 4:
			r.Kind, r.Reply = parser.KindHint, id
		}
		tracker.Add(&r)
		if i%20_000 == 0 {
			tracker.Changed(func(*Message) {})
			tracker.Evict(1000*messageWeight, nil)
		}
	}
	tracker.Changed(func(*Message) {})
	tracker.Evict(1000*messageWeight, nil)
	if err := tracker.bounds(); err != nil {
		t.Error(err)
	}
	if tracker.Held() > 1000 {
		t.Errorf("%d messages are held, want 1000 at most", tracker.Held())
	}
	if n := tracker.live.count; n > 1000 {
		t.Errorf("%d queue ids are held, want 1000 at most", n)
	}
}
