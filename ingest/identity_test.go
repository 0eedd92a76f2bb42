package ingest_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"bouncelog/cmd/biglog/generate"
)

// logs are one log of each dialect.
func logs(t *testing.T, messages int, span time.Duration) map[string][]byte {
	list := map[string][]byte{}
	for i, mta := range mtas {
		list[mta], _ = biglog(t, mta, messages, uint64(60+i), span)
	}
	return list
}

func packed(t *testing.T, log []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write(log); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestSameLogAgain reads a log again: under its name, under another one, compressed, after more was added, compressed with
// more. Only what is new counts.
func TestSameLogAgain(t *testing.T) {
	for mta, log := range logs(t, 300, 3*24*time.Hour) {
		t.Run(mta, func(t *testing.T) {
			w := readWhole(t, log)
			starts := lineStarts(log)
			part, more := log[:starts[len(starts)/2]], log[:starts[len(starts)*3/4]]
			dir := t.TempDir()
			db := filepath.Join(dir, "db")
			var sum generate.Totals
			nothing := func(what, name string) {
				t.Helper()
				if got := counts(read(t, db, name)); got != (generate.Totals{}) {
					t.Errorf("%s: counted %+v again", what, got)
				}
			}
			add := func(name string) {
				t.Helper()
				got := counts(read(t, db, name))
				if got.Lines == 0 {
					t.Errorf("%s: nothing new", name)
				}
				sum = plus(sum, got)
			}
			add(write(t, dir, "maillog", part))
			nothing("again", filepath.Join(dir, "maillog"))
			nothing("renamed", write(t, dir, "maillog.1", part))
			nothing("compressed", write(t, dir, "maillog.2.gz", packed(t, part)))
			add(write(t, dir, "maillog", more))
			nothing("with more, again", filepath.Join(dir, "maillog"))
			add(write(t, dir, "maillog.1.gz", packed(t, log)))
			nothing("all of it, plain", write(t, dir, "maillog.1", log))
			if sum != w.totals {
				t.Errorf("the runs counted\n%+v, want\n%+v", sum, w.totals)
			}
			same(t, "details", dump(t, db, messagesSQL, recipientsSQL, attemptsSQL), w.details)
			same(t, "aggregates", dump(t, db, aggregatesSQL), w.figures)
		})
	}
}

// TestGrowingFromNothing reads a log that is shorter than what identifies it: line by line from its first.
func TestGrowingFromNothing(t *testing.T) {
	for mta, log := range logs(t, 30, 2*time.Hour) {
		t.Run(mta, func(t *testing.T) {
			w := readWhole(t, log)
			dir := t.TempDir()
			db := filepath.Join(dir, "db")
			var sum generate.Totals
			starts := lineStarts(log)
			for _, at := range append(starts[1:min(25, len(starts))], len(log)) {
				sum = plus(sum, counts(read(t, db, write(t, dir, "log", log[:at]))))
			}
			if sum != w.totals {
				t.Errorf("the runs counted\n%+v, want\n%+v", sum, w.totals)
			}
		})
	}
}

// TestRotated reads the pieces of a rotated log in any order, in one run and in several, some compressed.
func TestRotated(t *testing.T) {
	for mta, log := range logs(t, 400, 5*24*time.Hour) {
		t.Run(mta, func(t *testing.T) {
			w := readWhole(t, log)
			dir := t.TempDir()
			const n = 5
			var names []string
			for i := range n {
				from, to := lineAt(log, len(log)*i/n), lineAt(log, len(log)*(i+1)/n)
				if i == n-1 {
					to = len(log)
				}
				name, b := fmt.Sprintf("log.%d", n-1-i), log[from:to]
				if i%2 == 0 {
					name, b = name+".gz", packed(t, b)
				}
				names = append(names, write(t, dir, name, b))
			}
			r := rand.New(rand.NewPCG(8, uint64(len(log))))
			for try := range 4 {
				r.Shuffle(n, func(i, j int) { names[i], names[j] = names[j], names[i] })
				db := filepath.Join(dir, fmt.Sprint("db", try))
				var sum generate.Totals
				if try%2 == 0 {
					sum = counts(read(t, db, names...))
				} else {
					for _, name := range names {
						sum = plus(sum, counts(read(t, db, name)))
					}
				}
				if sum != w.totals {
					t.Errorf("%v: counted\n%+v, want\n%+v", names, sum, w.totals)
				}
				same(t, fmt.Sprintf("%v, aggregates", names), dump(t, db, reasonlessSQL), w.reasonless)
				same(t, fmt.Sprintf("%v, details", names), dump(t, db, timelessSQL, recipientsSQL, unsaidSQL), w.timeless)
			}
		})
	}
}

// extract is a second log of the host that repeats some of a log's lines, as mail.err and mail.warn repeat those of
// mail.log, and Exim's reject log those of its main log.
func extract(log []byte, r *rand.Rand, in func(line []byte) bool) []byte {
	var b []byte
	for line := range bytes.Lines(log) {
		if in(line) && r.IntN(10) < 9 {
			b = append(b, line...)
		}
	}
	return b
}

// TestSameLineInAnotherLog reads a log together with another log of the host that repeats some of its lines, and one after the other.
func TestSameLineInAnotherLog(t *testing.T) {
	for mta, log := range logs(t, 400, 24*time.Hour) {
		t.Run(mta, func(t *testing.T) {
			w := readWhole(t, log)
			r := rand.New(rand.NewPCG(9, 9))
			failures := extract(log, r, func(line []byte) bool {
				for _, s := range []string{"reject", "warning:", "status=bounced", "status=deferred", " ** ", " == ", "authenticator failed", "TLS error", "stat=Deferred", "stat=User", "AUTH failure"} {
					if bytes.Contains(line, []byte(s)) {
						return true
					}
				}
				return false
			})
			if len(failures) < 4000 {
				t.Fatalf("only %d bytes of failures", len(failures))
			}
			everything := log[bytes.IndexByte(log, '\n')+1:] // another log, since it begins otherwise
			dir := t.TempDir()
			all, err, info := write(t, dir, "mail.log", log), write(t, dir, "mail.err", failures), write(t, dir, "mail.info", everything)
			for _, order := range []struct {
				what string
				runs [][]string
			}{
				{"together", [][]string{{all, err}}},
				{"together, the smaller first", [][]string{{err, all}}},
				{"one after the other", [][]string{{all}, {err}}},
				{"the smaller first", [][]string{{err}, {all}}},
				{"all lines in both, together", [][]string{{all, info}}},
				{"all lines in both, one after the other", [][]string{{all}, {info}}},
				{"three", [][]string{{all, err, info}}},
			} {
				db := filepath.Join(dir, order.what)
				var sum generate.Totals
				for _, names := range order.runs {
					sum = plus(sum, counts(read(t, db, names...)))
				}
				sum.Lines, sum.Bytes = w.totals.Lines, w.totals.Bytes
				if sum != w.totals {
					t.Errorf("%s: counted\n%+v, want\n%+v", order.what, sum, w.totals)
				}
				same(t, order.what+", aggregates", dump(t, db, aggregatesSQL), w.figures)
				same(t, order.what+", messages", dump(t, db, timelessSQL, recipientsSQL), w.brief)
			}
		})
	}
}
