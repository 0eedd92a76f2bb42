package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
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

// BenchmarkGrown fills a database with BOUNCELOG_MESSAGES messages (default 100,000) of 75,000 a day, and then asks it. It logs the rate of
// each tenth of the load, and how long each question took from a new connection.
func BenchmarkGrown(b *testing.B) {
	messages := 100_000
	if v, err := strconv.Atoi(os.Getenv("BOUNCELOG_MESSAGES")); err == nil {
		messages = v
	}
	path := filepath.Join(b.TempDir(), "db")
	s := mustOpen(b, path)
	start := time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC)
	g := newTraffic(start, 75_000)
	tenth := messages / 10 / batchSize * batchSize
	var some []*trace.Message
	rate := make([]float64, 10)
	for part := range 10 {
		var spent time.Duration
		for n := 0; n < tenth; n += batchSize {
			batch := makeBatches(g, batchSize)[0]
			some = append(some, batch.Messages[batchSize/2])
			began := time.Now()
			if err := s.Commit(batch); err != nil {
				b.Fatal(err)
			}
			spent += time.Since(began)
		}
		rate[part] = float64(tenth) / spent.Seconds()
	}
	s.Close()
	info, err := os.Stat(path)
	if err != nil {
		b.Fatal(err)
	}
	b.Logf("messages/s of each tenth: %.0f; %.0f bytes a message", rate, float64(info.Size())/float64(10*tenth))
	var answers []string
	timed := func(unit string, f func(*Store) error) {
		best := time.Hour
		for range 3 {
			began := time.Now()
			r, err := OpenReader(path)
			if err == nil {
				err = f(r)
			}
			if err != nil {
				b.Fatal(err)
			}
			best = min(best, time.Since(began))
			r.Close()
		}
		answers = append(answers, fmt.Sprintf("%s %.1f ms", unit, float64(best.Microseconds())/1000))
	}
	m := some[len(some)/2]
	for unit, key := range map[string]string{"queue-id": m.QueueID, "message-id": m.MessageID, "recipient": m.Recipients[0].Address,
		"sender": m.Sender, "domain": domainOf(m.Recipients[0].Address), "none": "none"} {
		timed(unit, func(r *Store) error {
			list, _, err := r.Matches(Search{Key: key})
			if err == nil && len(list) == 0 && key != "none" {
				err = errors.New("nothing found for " + key)
			}
			return err
		})
	}
	day := start.AddDate(0, 0, messages/75_000/2)
	timed("day", func(r *Store) error {
		f, err := r.Figures(Filter{}, day, day.AddDate(0, 0, 1), 20)
		if err == nil && f.Totals.Messages == 0 {
			err = errors.New("an empty report")
		}
		return err
	})
	timed("all", func(r *Store) error {
		_, err := r.Figures(Filter{}, start, start.AddDate(1, 0, 0), 20)
		return err
	})
	timed("day-filtered", func(r *Store) error {
		_, err := r.Figures(Filter{Category: []string{"block"}}, day, day.AddDate(0, 0, 1), 20)
		return err
	})
	b.Log(strings.Join(answers, ", "))
	for b.Loop() {
	}
}
