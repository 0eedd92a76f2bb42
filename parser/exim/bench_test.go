package exim

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"bouncelog/parser"
)

// BenchmarkLog parses real logs, without the framing.
func BenchmarkLog(b *testing.B) {
	for _, name := range []string{"mainlog", "all.mainlog"} {
		b.Run(name, func(b *testing.B) {
			text, err := os.ReadFile(filepath.Join(logDir, name))
			if err != nil {
				b.Fatal(err)
			}
			var frames []parser.Frame
			for line := range bytes.Lines(text) {
				frames = append(frames, split(bytes.TrimRight(line, "\n")))
			}
			p := New()
			var r parser.Record
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				for i := range frames {
					r.Reset()
					p.Parse(&frames[i], &r)
				}
			}
		})
	}
}
