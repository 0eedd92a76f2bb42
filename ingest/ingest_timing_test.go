package ingest_test

import (
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// `go test ./ingest -bench . -log bin/postfix.log -cpuprofile cpu.out` measures a log of one's own.
var logFile = flag.String("log", "", "the log that benchmarks read; default: a generated one of 20,000 messages")

// BenchmarkReport is reading, parsing, tracking, classifying and counting: `report FILE`.
func BenchmarkReport(b *testing.B) {
	each(b, func(b *testing.B, name string) {
		for b.Loop() {
			read(b, "", name)
		}
	})
}

// BenchmarkIngest is that and the store: `ingest` into a new database.
func BenchmarkIngest(b *testing.B) {
	each(b, func(b *testing.B, name string) {
		dir := b.TempDir()
		for b.Loop() {
			db := filepath.Join(dir, "db")
			read(b, db, name)
			b.StopTimer()
			for _, end := range []string{"", "-wal", "-shm"} {
				os.Remove(db + end)
			}
			b.StartTimer()
		}
	})
}

func each(b *testing.B, bench func(b *testing.B, name string)) {
	run := func(what, name string) {
		st, err := os.Stat(name)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(what, func(b *testing.B) {
			b.SetBytes(st.Size())
			b.ReportAllocs()
			bench(b, name)
		})
	}
	if *logFile != "" {
		run(filepath.Base(*logFile), *logFile)
		return
	}
	for _, mta := range []string{"postfix", "exim", "sendmail"} {
		log, _ := biglog(b, mta, 20_000, 1, 24*time.Hour)
		run(mta, write(b, b.TempDir(), "log", log))
	}
}
