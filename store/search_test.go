package store

import (
	"path/filepath"
	"testing"
	"time"

	"bouncelog/trace"
)

func TestMatches(t *testing.T) {
	s := mustOpen(t, filepath.Join(t.TempDir(), "db"))
	g := newTraffic(time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC), 2000)
	var all []*trace.Message
	a := NewAggregates(AggregateOptions{Zone: time.UTC})
	for range 4 { // some keys fold into blocks, some wait
		b := &Batch{}
		for range 3000 {
			m := g.next()
			all = append(all, m)
			a.Update(m)
			b.Messages = append(b.Messages, m.Clone())
		}
		b.NextID, b.Aggregates = g.id, a.Take()
		if err := s.Commit(b); err != nil {
			t.Fatal(err)
		}
	}
	for _, i := range []int{0, 17, 2999, 3000, 7000, 11999} {
		m := all[i]
		r := m.Recipients[0].Address
		for name, key := range map[string]string{"queue id": m.QueueID, "message-id": "<" + m.MessageID + ">", "recipient": r, "sender": m.Sender,
			"domain": domainOf(r), "client": m.ClientIP, "user": m.AuthUser, "wildcard": "*" + m.MessageID[4:30] + "*"} {
			search := Search{Key: key, Limit: 7}
			match := search.Matcher()
			var want []int64
			for j := len(all) - 1; j >= 0 && len(want) < 7; j-- {
				if match(all[j]) {
					want = append(want, all[j].ID)
				}
			}
			got, _, err := s.Matches(search)
			if err != nil {
				t.Fatal(err)
			}
			if len(got) != len(want) || len(want) == 0 {
				t.Fatalf("%s %s: %d matches, want %d", name, key, len(got), len(want))
			}
			for k := range got {
				if got[k].Message.ID != want[k] {
					t.Errorf("%s %s: match %d is message %d, want %d", name, key, k, got[k].Message.ID, want[k])
				}
			}
		}
		got, more, err := s.Matches(Search{Key: m.Sender, To: r, Since: time.Unix(0, m.First), Until: time.Unix(0, m.First+1)})
		if err != nil || more || len(got) != 1 || got[0].QueueID != m.QueueID {
			t.Errorf("narrowed: %d matches, more %v, %v", len(got), more, err)
		}
	}
	if got, _, err := s.Matches(Search{Key: "nobody@nowhere.example"}); err != nil || len(got) != 0 {
		t.Errorf("no such key: %d matches, %v", len(got), err)
	}
}

// A story is whole whichever of its messages was asked for.
func TestStory(t *testing.T) {
	s := mustOpen(t, filepath.Join(t.TempDir(), "db"))
	at := time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC).UnixNano()
	message := func(id int64, queueID string) *trace.Message {
		at += 1e9
		return &trace.Message{ID: id, Key: trace.Key{Host: "mx1", QueueID: queueID}, MTA: "postfix", First: at, Begun: at, Last: at, Log: 1}
	}
	first, filtered, bounce, stranger := message(1, "AAAA"), message(2, "BBBB"), message(3, "CCCC"), message(4, "AAAA")
	first.NextQueueID, first.NextID = "BBBB", 2
	filtered.PrevQueueID, filtered.PrevID = "AAAA", 1
	bounce.ParentQueueID, bounce.ParentID, bounce.DSN = "BBBB", 2, 1
	if err := s.Commit(&Batch{Messages: []*trace.Message{first, filtered, bounce, stranger}, NextID: 5}); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"BBBB", "CCCC"} {
		got, _, err := s.Matches(Search{Key: key})
		if err != nil || len(got) != 1 || len(got[0].Related) != 2 {
			t.Fatalf("%s: %+v, %v", key, got, err)
		}
	}
	got, _, err := s.Matches(Search{Key: "AAAA"})
	if err != nil || len(got) != 2 || len(got[0].Related) != 0 || len(got[1].Related) != 2 {
		t.Fatalf("%+v, %v", got, err)
	}
	if q := got[1].Related[0].QueueID + got[1].Related[1].QueueID; q != "BBBBCCCC" {
		t.Errorf("related: %s", q)
	}
}
