package ingest_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"bouncelog/cmd/biglog/generate"
	"bouncelog/store"
)

// `go test ./ingest -run TestExactTotals -messages 200000` is the large test of counting.
var messages = flag.Int("messages", 4000, "messages in each log of TestExactTotals")

// TestExactTotals counts generated logs: the totals must be those with which they were planned, to the digit.
func TestExactTotals(t *testing.T) {
	for i, mta := range mtas {
		for _, span := range []time.Duration{6 * time.Hour, 12 * 24 * time.Hour} {
			t.Run(mta+"/"+span.String(), func(t *testing.T) {
				dir := t.TempDir()
				name, totals := generated(t, dir, mta, *messages, uint64(i+1), span)
				sum, aggregates := readAll(t, filepath.Join(dir, "db"), name)
				if got := counts(sum); got != totals {
					t.Errorf("ingest counted\n%+v, want\n%+v", got, totals)
				}
				if aggregates == nil {
					t.Fatal("no aggregates")
				}
				sum, aggregates = readAll(t, "", name)
				if got := counts(sum); got != totals {
					t.Errorf("without a store\n%+v, want\n%+v", got, totals)
				}
				st, err := store.OpenReader(filepath.Join(dir, "db"))
				if err != nil {
					t.Fatal(err)
				}
				defer st.Close()
				stored, err := st.Figures(store.Filter{}, time.Time{}, time.Time{}, 0)
				if err != nil {
					t.Fatal(err)
				}
				sameFigures(t, aggregates.Figures(time.Time{}, time.Time{}, 0), stored)
			})
		}
	}
}

// generated writes a log of any size to a file.
func generated(t *testing.T, dir, mta string, n int, seed uint64, span time.Duration) (string, generate.Totals) {
	t.Helper()
	if n <= 20_000 {
		log, totals := biglog(t, mta, n, seed, span)
		return write(t, dir, "log", log), totals
	}
	name := filepath.Join(dir, "log")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	o := generate.Options{MTA: mta, Messages: n, Seed: seed, Start: start, Span: span}
	if mta == "postfix-long" {
		o.MTA, o.LongIDs = "postfix", true
	}
	totals, err := generate.Write(f, o)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return name, totals
}

// sameFigures compares what `report FILE` and `report` after `ingest` show.
func sameFigures(t *testing.T, got, want *store.Figures) {
	t.Helper()
	if got.Totals != want.Totals || got.Deferred != want.Deferred {
		t.Errorf("totals without a store\n%+v deferred %d, with one\n%+v deferred %d", got.Totals, got.Deferred, want.Totals, want.Deferred)
	}
	for d := range store.DimCount {
		sameRows(t, fmt.Sprint("dimension ", d), got.By[d], want.By[d])
	}
	sameRows(t, "hours", got.Hours, want.Hours)
	if len(got.Replies) != len(want.Replies) {
		t.Errorf("%d replies without a store, %d with one", len(got.Replies), len(want.Replies))
		return
	}
	for i, r := range got.Replies {
		if r.Template != want.Replies[i].Template || r.Count != want.Replies[i].Count || r.Cause != want.Replies[i].Cause {
			t.Errorf("reply %d without a store %+v, with one %+v", i, r, want.Replies[i])
			return
		}
	}
}

func sameRows(t *testing.T, what string, got, want []store.Row) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: %d rows without a store, %d with one", what, len(got), len(want))
		return
	}
	for i := range got {
		if got[i] != want[i] {
			t.Errorf("%s: row %d without a store\n%+v, with one\n%+v", what, i, got[i], want[i])
			return
		}
	}
}
