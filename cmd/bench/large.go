package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"bouncelog/cmd/biglog/generate"
)

// large measures a database of months: adding to it, and asking it.
func (b *bench) large() error {
	if b.big == 0 {
		return nil
	}
	db := filepath.Join(b.dir, fmt.Sprintf("large-%d.db", b.big))
	start := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	if err := b.fill(db, start); err != nil {
		return err
	}
	s, err := sampleOf(db + ".sample")
	if err != nil {
		return err
	}
	for _, key := range []struct{ what, key string }{
		{"queue id", s.queueID}, {"message-id", s.messageID}, {"recipient", s.recipient}, {"sender", s.sender},
	} {
		if err := b.ask(db, "`why` by "+key.what, "why", "--no-lines", key.key); err != nil {
			return err
		}
	}
	if err := b.ask(db, "`report --day`", "report", "--day", start.AddDate(0, 0, 45).Format("2006-01-02")); err != nil {
		return err
	}
	if err := b.ask(db, "`report` of 90 days", "report", "--since", start.Format("2006-01-02"), "--until", start.AddDate(0, 0, 89).Format("2006-01-02")); err != nil {
		return err
	}
	name, err := b.log("postfix", b.n, 1) // begins after the database ends
	if err != nil {
		return err
	}
	more := filepath.Join(b.dir, "more.db")
	if err := copyFile(more, db); err != nil {
		return err
	}
	defer removeDatabase(more)
	r, err := b.bouncelog("--db", more, "ingest", name).do()
	if err != nil {
		return err
	}
	b.rows = append(b.rows, row{what: "`ingest` into it", ours: r.rate(megabytes(name)), memory: r.memory()})
	return nil
}

// fill makes the large database, unless it is there: from a log of 90 days that never lies on the disk.
func (b *bench) fill(db string, start time.Time) error {
	if _, err := os.Stat(db + ".sample"); err == nil {
		return nil
	}
	note("filling %s; this takes minutes", db)
	removeDatabase(db)
	c := b.bouncelog("--db", db, "ingest", "-")
	in, out := io.Pipe()
	c.stdin = in
	s := &sampler{from: int64(b.big) * 500}
	go func() {
		_, err := generate.Write(io.MultiWriter(out, s), generate.Options{MTA: "postfix", Messages: b.big, Seed: 2, Start: start, Span: 90 * 24 * time.Hour})
		out.CloseWithError(err)
	}()
	r, err := c.do()
	if err != nil {
		return err
	}
	note("filled in %s, %s", r.wall.Round(time.Second), r.memory())
	return os.WriteFile(db+".sample", s.text, 0o666)
}

// ask runs a query several times.
func (b *bench) ask(db, what string, args ...string) error {
	r, err := best(5, b.bouncelog(append([]string{"--db", db}, args...)...))
	if err != nil {
		return err
	}
	b.rows = append(b.rows, row{
		what: fmt.Sprintf("%s, %.1f million messages", what, float64(b.big)/1e6),
		ours: fmt.Sprintf("%d ms", r.wall.Milliseconds()), memory: r.memory(),
	})
	return nil
}

// sampler keeps a part of what is written.
type sampler struct {
	from, at int64
	text     []byte
}

func (s *sampler) Write(p []byte) (int, error) {
	s.at += int64(len(p))
	if s.at > s.from && len(s.text) < 4<<20 {
		s.text = append(s.text, p...)
	}
	return len(p), nil
}

func copyFile(to, from string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	removeDatabase(to)
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	if _, err = io.Copy(out, in); err == nil {
		err = out.Sync() // what is measured next need not wait for the copy to reach the disk
	}
	if cerr := out.Close(); err == nil {
		err = cerr
	}
	return err
}
