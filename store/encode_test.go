package store

import (
	"math"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"unsafe"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"bouncelog/parser"
	"bouncelog/trace"
)

func TestFloat(t *testing.T) {
	e := encoder{}
	for _, f := range []float64{0, -1, 1, 0.1, 0.01, 0.09, 0.1 + 0.2, 0.29, 1.005, 12.5, 307, 99.99, 100, 1234567.89, 1e9, 1e12 + 0.01, 1e-7, -0.5, math.MaxFloat64, math.SmallestNonzeroFloat64} {
		e.b = e.b[:0]
		e.float(f)
		got, err := strconv.ParseFloat(string(e.b[:len(e.b)-1]), 64)
		if err != nil || got != f {
			t.Errorf("%v is written as %s", f, e.b)
		}
	}
	for f, want := range map[float64]string{0: "0,", 7: "7,", 0.5: "0.5,", 0.05: "0.05,", 10.7: "10.7,", 3.14: "3.14,"} {
		e.b = e.b[:0]
		if e.float(f); string(e.b) != want {
			t.Errorf("%v is written as %s, want %s", f, e.b, want)
		}
	}
}

// A reply that is written as others before it comes out as it went in, whatever its recipient and queue id.
func TestRepeatedReplies(t *testing.T) {
	s := mustOpen(t, filepath.Join(t.TempDir(), "db"))
	m := &trace.Message{ID: 1, Key: trace.Key{Host: "mx1", QueueID: "4F3A2B1C9D"}, MTA: "postfix", First: 1e18, Last: 1e18, Begun: 1e18, Ended: 1e18}
	for _, reply := range []string{"R", "<R>", "550 <R>: User unknown", "550 <>: User unknown", "550 <a@b.example>: User unknown", "<a@b.example> N", "no R at R", "250 queued as N", "250 <R> queued as N", "N", "N N", "NR", "RN",
		"\x00N", "\x06 <R> \\u0006N", `"N"`, "R 250 N 17", "", "true", " N \xff", "\x01", "N true R", strings.Repeat("R N ", 200)} {
		for _, rcpt := range []string{"a@b.example", "b@c.example", "", "true", "17", "<>", "mx1.example.com", "\xff@b.example"} {
			r := &trace.Recipient{Address: rcpt, Outcome: parser.OutcomeDelivered, Final: true}
			for _, next := range []string{"4F3A2B1C9D", "4F3A2B1C9E", "", "true", "u0006", "250", "<x>"} {
				for _, text := range []string{reply, strings.ReplaceAll(reply, "R", rcpt)} {
					text = strings.ReplaceAll(text, "N", next)
					r.Attempts = append(r.Attempts, trace.Attempt{Time: 1e18, Outcome: parser.OutcomeDelivered, Final: true, Try: len(r.Attempts) + 1, Reply: text, Next: next})
				}
			}
			m.Recipients = append(m.Recipients, r)
		}
	}
	m.NRcpt = len(m.Recipients)
	if err := s.Commit(&Batch{Messages: []*trace.Message{m}, NextID: 2}); err != nil {
		t.Fatal(err)
	}
	got, err := s.Keeper(nil).Load(1)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(m, got, cmpopts.IgnoreUnexported(trace.Message{}, trace.Recipient{})); d != "" {
		t.Fatal(d)
	}
}

// What is tried for days hears the same words each time: in memory they are there once.
func TestRepliesShared(t *testing.T) {
	s := mustOpen(t, filepath.Join(t.TempDir(), "db"))
	r := &trace.Recipient{Address: "a@b.example", Outcome: parser.OutcomeDeferred}
	for i, reply := range []string{"451 4.7.1 <a@b.example>: greylisted for 300 s", "451 4.7.1 <a@b.example>: greylisted for 300 s", "451 4.7.1 <a@b.example>: greylisted for 60 s"} {
		r.Attempts = append(r.Attempts, trace.Attempt{Time: 1e18, Outcome: parser.OutcomeDeferred, Try: i + 1, Reply: reply})
	}
	m := &trace.Message{ID: 1, Key: trace.Key{Host: "mx1", QueueID: "4F3A2B1C9D"}, First: 1e18, Last: 1e18, Begun: 1e18, NRcpt: 1, Recipients: []*trace.Recipient{r}}
	if err := s.Commit(&Batch{Messages: []*trace.Message{m}, NextID: 2}); err != nil {
		t.Fatal(err)
	}
	got, err := s.Keeper(nil).Load(1)
	if err != nil {
		t.Fatal(err)
	}
	list := got.Recipients[0].Attempts
	if unsafe.StringData(list[0].Reply) != unsafe.StringData(list[1].Reply) {
		t.Error("the second of two equal replies is another string")
	}
	if list[2].Reply != r.Attempts[2].Reply {
		t.Errorf("the third is %q", list[2].Reply)
	}
}
