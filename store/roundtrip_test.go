package store

import (
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"bouncelog/parser"
	"bouncelog/trace"
)

// What goes in comes out, whatever strangers wrote into the log.
func TestRoundTrip(t *testing.T) {
	s := mustOpen(t, filepath.Join(t.TempDir(), "db"))
	id := int64(0)
	rapid.Check(t, func(t *rapid.T) {
		id++
		m := anyMessage(id).Draw(t, "message")
		if err := s.Commit(&Batch{Messages: []*trace.Message{m}, NextID: id + 1}); err != nil {
			t.Fatal(err)
		}
		got, err := s.Keeper(nil).Load(id)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(m, got, cmpopts.IgnoreUnexported(trace.Message{}, trace.Recipient{})); d != "" {
			t.Fatal(d)
		}
	})
}

// What a query leaves out of messages changes nothing of what it wants of them.
func TestDecodePart(t *testing.T) {
	s := mustOpen(t, filepath.Join(t.TempDir(), "db"))
	load(t, s, newTraffic(time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC), 500), 2000, 500)
	wants := func(a *trace.Attempt) bool { return a.Outcome == parser.OutcomeDeferred }
	read := func(d decoder) (list []*trace.Message) {
		err := s.read(func(r *session) error {
			d.s = r
			return r.scanBy(&d, time.Time{}, time.Time{}, 0, func(m *trace.Message) error {
				for _, r := range m.Recipients {
					r.Attempts = slices.Clone(r.Attempts) // of a part they are good until the next message
				}
				list = append(list, m)
				return nil
			})
		})
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	whole, each, last := read(decoder{}), read(decoder{wants: wants}), read(decoder{wants: wants, lastReply: true})
	if len(each) != len(whole) || len(last) != len(whole) {
		t.Fatalf("%d, %d and %d messages", len(whole), len(each), len(last))
	}
	wanted, replies := 0, 0
	for i, m := range whole {
		for j, r := range m.Recipients {
			lastWanted := -1
			for k, a := range r.Attempts {
				if wants(&a) {
					lastWanted = k
					wanted++
				}
			}
			for k, a := range r.Attempts {
				want := trace.Attempt{Time: a.Time, Outcome: a.Outcome, Final: a.Final, Stage: a.Stage, Local: a.Local, NotTried: a.NotTried,
					Try: a.Try, ReplyCode: a.ReplyCode, Enhanced: a.Enhanced, Verdict: a.Verdict}
				if k == lastWanted {
					want.Reply = a.Reply
					replies++
				}
				if diff := cmp.Diff(want, last[i].Recipients[j].Attempts[k]); diff != "" {
					t.Fatalf("the last reply of message %d: %s", m.ID, diff)
				}
				want.Reply = ""
				if wants(&a) {
					want.RelayHost, want.RelayIP, want.RelayPort, want.Delay, want.Reply, want.Next = a.RelayHost, a.RelayIP, a.RelayPort, a.Delay, a.Reply, a.Next
				}
				if diff := cmp.Diff(want, each[i].Recipients[j].Attempts[k]); diff != "" {
					t.Fatalf("what is wanted of message %d: %s", m.ID, diff)
				}
			}
		}
		want := *m
		want.ClientHost, want.ClientIP = "", ""
		for _, part := range []*trace.Message{each[i], last[i]} {
			want.Recipients = part.Recipients
			if diff := cmp.Diff(&want, part, cmpopts.IgnoreUnexported(trace.Message{}, trace.Recipient{})); diff != "" {
				t.Fatalf("message %d: %s", m.ID, diff)
			}
		}
	}
	if wanted <= replies || replies == 0 {
		t.Errorf("%d attempts are wanted, the last replies are %d", wanted, replies)
	}
}
