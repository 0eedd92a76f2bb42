package postfix

import (
	"testing"
	"time"

	"bouncelog/parser"
)

func TestQueueID(t *testing.T) {
	for in, want := range map[string]int{
		"4F1C2A03B7: x":         10,
		"81AC19DC798: x":        11,
		"ABCDE: x":              5,
		"ABCD: x":               0, // too short to hold the microseconds
		"1234567890ABCDEF0: x":  17,
		"4jXLNH1yT3z5XNF2: x":   16,
		"3zzzzzzzzzzzz1: x":     14, // "z" is a digit of the time too
		"4jXLNH1yT3z: x":        0,  // no inode number
		"4jXLNH1yT35XNF2: x":    0,  // no separator
		"4jXLNz1yT35XNF2: x":    0,  // separator within the time
		"warning: x":            0,
		"statistics: x":         0,
		"connect: x":            0,
		"NOQUEUE: x":            0,
		"4F1C2A03B7 x":          0,
		"4F1C2A03B7:":           0,
		"4f1c2a03b7: x":         0, // Postfix writes capitals
		"4F1C2A03B7x: x":        0,
		"error: x":              0,
		"DEADBEEF: x":           8,
		"4jXLNH1yT3z5XNF2=: x":  0,
		"4F1C2A03B7\x00: x":     0,
		"4jXLNH1yT3z5XNF2e: x":  0, // a vowel
		"3bPQ1r5cNzz1tZ: x":     14,
		"xn--bcher-kva.test: x": 0,
		"2001:db8::1: x":        0,
		"192.0.2.1: x":          0,
		"127: x":                0,
		"BADC0FFEE0DDF00D12: x": 18,
	} {
		if got := queueIDPrefix([]byte(in)); got != want {
			t.Errorf("queueIDPrefix(%q) = %d, want %d", in, got, want)
		}
	}
}

// TestQueueTime: ids of the project's own logs; the stamps are those of the lines that begin their messages in testdata/logs/postfix/syslog.iso.
func TestQueueTime(t *testing.T) {
	p := New()
	for id, want := range map[string]string{
		"4jXL0S4TZ8z1X01w": "2026-11-22T07:14:00.631724+00:00",
		"4jXL130hLFz1X0Cm": "2026-11-22T07:14:31.098382+00:00",
		"4jXL1L5hcqz1X0Ff": "2026-11-22T07:14:46.802233+00:00",
	} {
		ns, ok := p.QueueTime([]byte(id))
		stamp, err := time.Parse(time.RFC3339Nano, want)
		if err != nil {
			t.Fatal(err)
		}
		if d := stamp.Sub(time.Unix(0, ns)); !ok || d < 0 || d > 100*time.Millisecond {
			t.Errorf("QueueTime(%s) = %v, %v; logged at %s", id, time.Unix(0, ns).UTC(), ok, want)
		}
	}
	for _, id := range []string{"", "4F1C2A03B7", "81AC19DC798", "4jXLNH1yT3z", "4jXLNH1yT3", "4jXLNHzzzzz5XNF2", "4aXLNH1yT3z5XNF2", "NOQUEUE"} {
		if ns, ok := p.QueueTime([]byte(id)); ok {
			t.Errorf("QueueTime(%q) = %v", id, time.Unix(0, ns).UTC())
		}
	}
}

func FuzzParse(f *testing.F) {
	lines, _, _ := samples(f)
	for _, l := range lines {
		for i := range len(l) - 1 {
			if l[i] == ':' && l[i+1] == ' ' {
				f.Add([]byte(l[:i]), []byte(l[i+2:]))
				break
			}
		}
	}
	p := New()
	f.Fuzz(func(t *testing.T, program, message []byte) {
		for _, name := range [][]byte{program, []byte("postfix")} {
			fr := parser.Frame{Program: name, Message: message}
			var r parser.Record
			r.Reset()
			claimed := p.Claims(&fr)
			res := p.Parse(&fr, &r)
			if !claimed || res != parser.Found {
				continue
			}
			switch {
			case r.Kind == parser.KindNone:
				t.Fatalf("found nothing: %q", message)
			case r.Kind == parser.KindAttempt && (r.Outcome == parser.OutcomeNone || len(r.Recipients) != 1):
				t.Fatalf("attempt without an outcome or recipient: %q", message)
			case r.Kind == parser.KindDSN && (r.Child == nil || r.QueueID == nil):
				t.Fatalf("link without ends: %q", message)
			case r.Kind == parser.KindGiveUp && r.QueueID == nil, r.Kind == parser.KindEnd && r.QueueID == nil:
				t.Fatalf("an end of no message: %q", message)
			case r.QueueID != nil && queueIDLen(r.QueueID) != len(r.QueueID):
				t.Fatalf("queue id %q", r.QueueID)
			}
			p.QueueTime(r.QueueID)
		}
	})
}
