package store

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"bouncelog/trace"
)

// batchSize is that of ingest.
const batchSize = 10_000

func BenchmarkUpdate(b *testing.B) {
	g := newTraffic(time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC), 75_000)
	list := make([]*trace.Message, 20_000)
	for i := range list {
		list[i] = g.next()
	}
	a := NewAggregates(AggregateOptions{Zone: time.UTC, Provider: testProvider})
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		m := list[i%len(list)]
		m.Counted = nil
		a.Update(m)
		if i++; i%len(list) == 0 {
			a.Take()
		}
	}
}

// BenchmarkCommit loads messages into a new database: 1,110 bytes of log each.
func BenchmarkCommit(b *testing.B) {
	const messages = 100_000
	for b.Loop() {
		b.StopTimer()
		path := filepath.Join(b.TempDir(), "db")
		s := mustOpen(b, path)
		batches := makeBatches(newTraffic(time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC), 75_000), messages)
		b.SetBytes(messages * 1110)
		b.StartTimer()
		start := time.Now()
		for _, batch := range batches {
			if err := s.Commit(batch); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(messages/time.Since(start).Seconds(), "messages/s")
		b.StopTimer()
		s.Close()
		info, _ := os.Stat(path)
		b.ReportMetric(float64(info.Size())/messages, "B/message")
		b.StartTimer()
	}
}

func makeBatches(g *traffic, messages int) []*Batch {
	a := NewAggregates(AggregateOptions{Zone: time.UTC, Provider: testProvider})
	var batches []*Batch
	for n := 0; n < messages; n += batchSize {
		batch := &Batch{}
		for range batchSize {
			m := g.next()
			a.Update(m)
			batch.Messages = append(batch.Messages, m)
		}
		batch.Aggregates, batch.NextID = a.Take(), g.id
		batches = append(batches, batch)
	}
	return batches
}
