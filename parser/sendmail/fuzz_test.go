package sendmail

import (
	"bytes"
	"testing"

	"bouncelog/parser"
)

// FuzzParse looks for panics, and for fields that do not stand in the line.
func FuzzParse(f *testing.F) {
	for _, s := range samples {
		f.Add([]byte(id + ": " + s.line))
	}
	for _, s := range idless {
		f.Add([]byte(s.line))
	}
	p := New()
	f.Fuzz(func(t *testing.T, line []byte) {
		var r parser.Record
		r.Reset()
		fr := parser.Frame{Program: []byte("x"), Message: line}
		p.Claims(&fr)
		if p.Parse(&fr, &r) != parser.Found {
			return
		}
		if r.Kind == parser.KindNone {
			t.Errorf("found, without a kind: %q", line)
		}
		if r.Kind == parser.KindAttempt && (r.Outcome == parser.OutcomeNone || r.Delay < 0 && !hasPrefix(r.Reply, tooManyHops)) {
			t.Errorf("attempt without an outcome or a delay: %q", line)
		}
		for _, field := range append([][]byte{r.QueueID, r.Sender, r.MessageID, r.ClientHost, r.ClientIP, r.AuthUser, r.Reply, r.Child, r.NextQueueID, r.OrigRecipient, r.RelayHost, r.RelayIP}, r.Recipients...) {
			if !bytes.Contains(line, field) {
				t.Errorf("%q is not of the line %q", field, line)
			}
		}
	})
}

func benchmark(b *testing.B, line string) {
	p := New()
	f := parser.Frame{Program: []byte("sm-mta"), Message: []byte(line)}
	var r parser.Record
	r.Recipients = make([][]byte, 0, 8)
	b.SetBytes(int64(len(line)))
	b.ReportAllocs()
	for b.Loop() {
		r.Reset()
		if p.Claims(&f) {
			p.Parse(&f, &r)
		}
	}
}

func BenchmarkTo(b *testing.B)      { benchmark(b, id+": "+samples[12].line) }
func BenchmarkFrom(b *testing.B)    { benchmark(b, id+": "+samples[0].line) }
func BenchmarkRuleset(b *testing.B) { benchmark(b, idless[0].line) }
func BenchmarkChatter(b *testing.B) {
	benchmark(b, "STARTTLS=client, relay=mx.x.example., version=TLSv1.3, verify=OK, cipher=TLS_AES_256_GCM_SHA384, bits=256/256")
}
func BenchmarkUnknown(b *testing.B) { benchmark(b, id+": flurble the moon") }

// TestAllocations holds the hot path to no allocation a line.
func TestAllocations(t *testing.T) {
	p := New()
	var r parser.Record
	r.Recipients = make([][]byte, 0, 8)
	for _, s := range append(samples[:len(samples):len(samples)], idless...) {
		f := parser.Frame{Program: []byte("sm-mta"), Message: []byte(s.line)}
		g := parser.Frame{Program: []byte("other"), Message: []byte(id + ": " + s.line)}
		if n := testing.AllocsPerRun(10, func() {
			r.Reset()
			p.Claims(&f)
			p.Parse(&f, &r)
			r.Reset()
			p.Claims(&g)
			p.Parse(&g, &r)
		}); n > 0 {
			t.Errorf("%v allocations: %s", n, s.line)
		}
	}
}
