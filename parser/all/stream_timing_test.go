package all

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"bouncelog/parser"
)

// `go test ./parser/all -bench Stream -log bin/postfix.log` measures a log of one's own.
var logFile = flag.String("log", "", "the log that the benchmark reads; default: the real ones of testdata")

// BenchmarkStream is framing and parsing as package ingest does it: a chunk of lines into a batch of records that was used
// before and has left the processor's caches since.
func BenchmarkStream(b *testing.B) {
	if *logFile != "" {
		text, err := os.ReadFile(*logFile)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(filepath.Base(*logFile), func(b *testing.B) { benchStream(b, text) })
		return
	}
	for _, name := range []string{"postfix/maillog", "postfix/syslog.iso", "exim/mainlog", "exim/syslog", "sendmail/maillog"} {
		b.Run(name, func(b *testing.B) { benchStream(b, load(b, name)) })
	}
}

func benchStream(b *testing.B, text []byte) {
	const chunk, ahead = 64 << 10, 4
	var batches [ahead][]parser.Record
	var lines int64
	parsers := Parsers()
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		s := parser.NewStream(parser.Options{Parsers: parsers, Local: time.UTC, ModTime: time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)})
		line := parser.Line{Log: 1}
		used, n, end := 0, 0, 0
		for rest := text; len(rest) > 0; {
			line.Text, rest, _ = bytes.Cut(rest, []byte{'\n'})
			if end += len(line.Text); end > chunk {
				used, n, end = (used+1)%ahead, 0, 0
			}
			if n == len(batches[used]) {
				batches[used] = append(batches[used], parser.Record{})
			}
			if s.Parse(line, &batches[used][n]) == parser.Found {
				n++
			}
			line.Number++
			lines++
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(lines), "ns/line")
}
