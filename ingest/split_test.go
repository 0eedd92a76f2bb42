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
	log        []byte
	starts     []int
	totals     generate.Totals
	details    []string
	timeless   []string // without the times of messages and the words of deferrals
	brief      []string // without attempts
	figures    []string
	reasonless []string // without the reasons of deferrals
}

func readWhole(t testing.TB, log []byte) *whole {
	t.Helper()
	dir := t.TempDir()
	db := filepath.Join(dir, "db")
	w := &whole{log: log, starts: lineStarts(log)}
	w.totals = counts(read(t, db, write(t, dir, "log", log)))
	w.details = dump(t, db, messagesSQL, recipientsSQL, attemptsSQL)
	w.timeless = dump(t, db, timelessSQL, recipientsSQL, unsaidSQL)
	w.brief = dump(t, db, timelessSQL, recipientsSQL)
	w.figures = dump(t, db, aggregatesSQL)
	w.reasonless = dump(t, db, reasonlessSQL)
	return w
}

// TestPieces reads logs in pieces: whatever the pieces, the store and the sum of the runs are those of one run.
func TestPieces(t *testing.T) {
	for i, mta := range mtas {
		log, _ := biglog(t, mta, 400, uint64(40+i), 8*24*time.Hour)
		t.Run(mta, func(t *testing.T) { pieces(t, log, uint64(i)) })
	}
	for i, name := range bundled {
		t.Run(name, func(t *testing.T) { pieces(t, bundledLog(t, name), uint64(i)) })
	}
}

func pieces(t *testing.T, log []byte, seed uint64) {
	t.Parallel()
	w := readWhole(t, log)
	r := rand.New(rand.NewPCG(seed, 2))
	t.Run("growing", func(t *testing.T) { growing(t, w, r) })
	t.Run("growing in mid line", func(t *testing.T) { growingInMidLine(t, w, r) })
	t.Run("halves", func(t *testing.T) { halves(t, w, r) })
}

// growing reads a log in pieces as it grows, cut at any lines.
func growing(t *testing.T, w *whole, r *rand.Rand) {
	for try := range 2 {
		dir := t.TempDir()
		db := filepath.Join(dir, "db")
		var sum generate.Totals
		cuts := []int{w.starts[1+r.IntN(len(w.starts)-1)]}
		for range try {
			last := cuts[len(cuts)-1]
			cuts = append(cuts, lineAt(w.log, last+r.IntN(len(w.log)-last)))
		}
		for _, at := range append(cuts, len(w.log)) {
			sum = plus(sum, counts(read(t, db, write(t, dir, "log", w.log[:at]))))
		}
		what := fmt.Sprintf("cut at %v", cuts)
		if sum != w.totals {
			t.Errorf("%s: the runs counted\n%+v, want\n%+v", what, sum, w.totals)
		}
		same(t, what+", details", dump(t, db, messagesSQL, recipientsSQL, attemptsSQL), w.details)
		same(t, what+", aggregates", dump(t, db, aggregatesSQL), w.figures)
	}
}

// lineAt is the start of the line that holds the offset.
func lineAt(log []byte, at int) int { return bytes.LastIndexByte(log[:at], '\n') + 1 }

// growingInMidLine reads a log whose last line is only half written: what comes later makes it whole.
func growingInMidLine(t *testing.T, w *whole, r *rand.Rand) {
	for range 2 {
		dir := t.TempDir()
		db := filepath.Join(dir, "db")
		at := 5000 + r.IntN(len(w.log)-5000)
		sum := counts(read(t, db, write(t, dir, "log", w.log[:at])))
		sum = plus(sum, counts(read(t, db, write(t, dir, "log", w.log))))
		what := fmt.Sprintf("cut at %d, after %q", at, w.log[lineAt(w.log, at):at])
		// What half a line looked like may have been nobody's.
		sum.Foreign, sum.Unrecognized = w.totals.Foreign, w.totals.Unrecognized
		if sum != w.totals {
			t.Errorf("%s: the runs counted\n%+v, want\n%+v", what, sum, w.totals)
		}
		same(t, what+", details", dump(t, db, messagesSQL, recipientsSQL, attemptsSQL), w.details)
		same(t, what+", aggregates", dump(t, db, aggregatesSQL), w.figures)
	}
}

// quiet is the start of a line from the given one on that is not of the minute of the line before: no session is cut in two there, whose beginning
// (such as Sendmail's "AUTH=server") would be read too late.
func (w *whole) quiet(line int) int {
	minute := func(i int) []byte {
		text := w.log[w.starts[i]:]
		first := bytes.IndexByte(text, ':')
		return text[:first+bytes.IndexByte(text[first+1:], ':')]
	}
	for i := line; i < len(w.starts)-1; i++ {
		if !bytes.Equal(minute(i), minute(i-1)) {
			return w.starts[i]
		}
	}
	return w.starts[line]
}

// halves reads two halves of a log as two files: one after the other, both in one run in the wrong order, as rotated logs are
// given on a command line, and the later one first.
func halves(t *testing.T, w *whole, r *rand.Rand) {
	at := w.quiet(len(w.starts)/4 + r.IntN(len(w.starts)/2))
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
		if len(order.runs) > 1 && order.runs[0][0] == second {
			// "removed" and "Completed" of messages that nothing is known of yet are not kept.
			same(t, order.what+", aggregates", dump(t, db, reasonlessSQL), w.reasonless)
			same(t, order.what+", details", dump(t, db, timelessSQL, recipientsSQL, unsaidSQL), w.timeless)
			continue
		}
		same(t, order.what+", aggregates", dump(t, db, aggregatesSQL), w.figures)
		same(t, order.what+", details", dump(t, db, messagesSQL, recipientsSQL, attemptsSQL), w.details)
	}
}

// TestAnyCut is a growing log cut where rapid chooses, of logs of a few messages, so that a failure shrinks to the line that matters.
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
