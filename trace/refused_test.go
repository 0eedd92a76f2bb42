package trace

import (
	"fmt"
	"testing"
)

// keptMessages is a Keeper of clones.
type keptMessages map[int64]*Message

func (k keptMessages) Find(Key, bool, int64) ([]*Message, error) { return nil, nil }
func (k keptMessages) Load(id int64) (*Message, error)           { return k[id].Clone(), nil }
func (k keptMessages) Refused(string, int64) ([]*Message, error) { return nil, nil }

// TestRefusalsAreLeftToTheKeeper commits refusals and then reads the same lines in another log: memory holds no message of them meanwhile,
// and each is known again.
func TestRefusalsAreLeftToTheKeeper(t *testing.T) {
	keeper := keptMessages{}
	tr := New(Options{Keeper: keeper})
	var lines [][]byte
	for i := range 100 {
		lines = append(lines, fmt.Appendf(nil, "Nov 22 10:00:%02d mx postfix/smtpd[%d]: NOQUEUE: reject: RCPT from h[192.0.2.1]: 550 5.1.1 <u%d@e.example>: "+
			"User unknown; from=<f@g.example> to=<u%d@e.example> proto=ESMTP helo=<h>", i/10, i, i, i))
	}
	commit := func() {
		tr.Changed(func(m *Message) { keeper[m.ID] = m.Clone() })
		tr.Evict(1<<20, nil)
	}
	feed(tr, 1, lines)
	commit()
	for k, same := range tr.refused {
		if same[0].message != nil {
			t.Fatalf("the message of %v is still in memory", k)
		}
	}
	feed(tr, 2, lines)
	commit()
	if len(keeper) != len(lines) {
		t.Errorf("%d refusals, want %d", len(keeper), len(lines))
	}
	for _, m := range keeper {
		if a := m.Recipients[0].Attempts[0]; a.Log != 1 || len(a.Also) != 1 || a.Also[0] != 2 {
			t.Fatalf("%+v", a)
		}
	}
}
