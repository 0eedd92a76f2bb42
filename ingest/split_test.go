package ingest_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"pgregory.net/rapid"

	"bouncelog/cmd/biglog/generate"
)

// bundled are real logs, small enough to be read many times.
var bundled = []string{
	"postfix/maillog", "postfix/syslog.iso", "exim/mainlog", "exim/all.mainlog", "exim/syslog", "sendmail/maillog", "sendmail/ll15.maillog",
}

func bundledLog(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("../testdata/logs", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// whole is what a log comes to when it is read in one go.
type whole struct {
	name    string
	log     []byte
	starts  []int
	totals  generate.Totals
	details []string
	figures []string
}

func readWhole(t testing.TB, name string, log []byte) *whole {
	t.Helper()
	dir := t.TempDir()
	db := filepath.Join(dir, "db")
	w := &whole{name: name, log: log, starts: lineStarts(log)}
	w.totals = counts(read(t, db, write(t, dir, "log", log)))
	w.details = dump(t, db, messagesSQL, recipientsSQL, attemptsSQL)
	w.figures = dump(t, db, aggregatesSQL)
	return w
}

func wholes(t testing.TB) []*whole {
	t.Helper()
	var list []*whole
	for i, mta := range mtas {
		log, _ := biglog(t, mta, 400, uint64(40+i), 8*24*time.Hour)
		list = append(list, readWhole(t, mta, log))
	}
	for _, name := range bundled {
		list = append(list, readWhole(t, name, bundledLog(t, name)))
	}
	return list
}

// TestGrowingLog reads a log in pieces as it grows, cut at any line: the store and the sum of the runs are those of one run.
func TestGrowingLog(t *testing.T) {
	for _, w := range wholes(t) {
		t.Run(w.name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(1, 2))
			for try := range 4 {
				dir := t.TempDir()
				db := filepath.Join(dir, "db")
				var sum generate.Totals
				cuts := []int{w.starts[r.IntN(len(w.starts))]}
				for len(cuts) <= try {
					cuts = append(cuts, cuts[len(cuts)-1]+r.IntN(len(w.log)-cuts[len(cuts)-1]))
					cuts[len(cuts)-1] = lineAt(w, cuts[len(cuts)-1])
				}
				for _, at := range append(cuts, len(w.log)) {
					if at > 0 {
						sum = plus(sum, counts(read(t, db, write(t, dir, "log", w.log[:at]))))
					}
				}
				what := fmt.Sprintf("cut at %v", cuts)
				if sum != w.totals {
					t.Errorf("%s: the runs counted\n%+v, want\n%+v", what, sum, w.totals)
				}
				same(t, what+", details", dump(t, db, messagesSQL, recipientsSQL, attemptsSQL), w.details)
				same(t, what+", aggregates", dump(t, db, aggregatesSQL), w.figures)
			}
		})
	}
}

// lineAt is the start of the line that holds the offset.
func lineAt(w *whole, at int) int { return bytes.LastIndexByte(w.log[:at], '\n') + 1 }

// TestGrowingInMidLine reads a log whose last line is only half written: the rest belongs to it when it comes.
func TestGrowingInMidLine(t *testing.T) {
	for _, w := range wholes(t)[:4] {
		t.Run(w.name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(3, 4))
			for range 3 {
				dir := t.TempDir()
				db := filepath.Join(dir, "db")
				at := 5000 + r.IntN(len(w.log)-5000)
				sum := counts(read(t, db, write(t, dir, "log", w.log[:at])))
				sum = plus(sum, counts(read(t, db, write(t, dir, "log", w.log))))
				what := fmt.Sprintf("cut at %d", at)
				if sum != w.totals {
					t.Errorf("%s: the runs counted\n%+v, want\n%+v", what, sum, w.totals)
				}
				same(t, what+", details", dump(t, db, messagesSQL, recipientsSQL, attemptsSQL), w.details)
			}
		})
	}
}

// TestHalves reads two halves of a log as two files, one after the other, the later one first, and both in one run in the wrong order: as
// rotated logs are given on a command line.
func TestHalves(t *testing.T) {
	for _, w := range wholes(t) {
		t.Run(w.name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(5, 6))
			at := w.starts[len(w.starts)/4+r.IntN(len(w.starts)/2)]
			dir := t.TempDir()
			first, second := write(t, dir, "log.1", w.log[:at]), write(t, dir, "log", w.log[at:])
			for _, order := range []struct {
				what string
				runs [][]string
			}{
				{"one after the other", [][]string{{first}, {second}}},
				{"both at once", [][]string{{second, first}}},
				{"the later first", [][]string{{second}, {first}}},
			} {
				db := filepath.Join(dir, order.what)
				var sum generate.Totals
				for _, names := range order.runs {
					sum = plus(sum, counts(read(t, db, names...)))
				}
				if sum != w.totals {
					t.Errorf("%s, cut at %d: the runs counted\n%+v, want\n%+v", order.what, at, sum, w.totals)
				}
				same(t, order.what+", aggregates", dump(t, db, aggregatesSQL), w.figures)
				same(t, order.what+", details", dump(t, db, messagesSQL, recipientsSQL, attemptsSQL), w.details)
			}
		})
	}
}

// TestAnyCut is TestGrowingLog at cuts that rapid chooses, of logs of a few messages, so that a failure shrinks to the line that matters.
func TestAnyCut(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		mta := rapid.SampledFrom(mtas).Draw(rt, "mta")
		n := rapid.IntRange(1, 12).Draw(rt, "messages")
		log, want := biglog(t, mta, n, rapid.Uint64Range(1, 1<<20).Draw(rt, "seed"), 7*24*time.Hour)
		starts := lineStarts(log)
		at := starts[rapid.IntRange(0, len(starts)-1).Draw(rt, "line")]
		dir, err := os.MkdirTemp(t.TempDir(), "")
		if err != nil {
			t.Fatal(err)
		}
		db := filepath.Join(dir, "db")
		var sum generate.Totals
		if at > 0 {
			sum = counts(read(t, db, write(t, dir, "log", log[:at])))
		}
		sum = plus(sum, counts(read(t, db, write(t, dir, "log", log))))
		if sum != want {
			rt.Fatalf("cut at %d: the runs counted\n%+v, want\n%+v\n%s", at, sum, want, log)
		}
	})
}
