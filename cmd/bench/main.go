// Command bench measures bouncelog beside other log analysers, on generated logs of the same mail, and prints a table in Markdown.
//
//	bench -n 300000 -big 6500000
//
// writes its logs and databases to bin/bench and reads them from there the next time. It uses pflogsumm, eximstats and exigrep
// where they are installed (Debian: pflogsumm, exim4-base), and says so where they are not.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"bouncelog/cmd/biglog/generate"
)

type bench struct {
	program string // bouncelog
	dir     string
	n, big  int
	rows    []row
}

// row is one line of the table.
type row struct{ what, ours, peer, ratio, memory string }

func main() {
	b := &bench{}
	var times string
	flag.StringVar(&b.program, "bouncelog", "bin/bouncelog", "the program to measure")
	flag.StringVar(&b.dir, "dir", "bin/bench", "where logs and databases are kept")
	flag.IntVar(&b.n, "n", 300_000, "messages of each log")
	flag.IntVar(&b.big, "big", 0, "messages of the large database, over 90 days; 6500000 are 10 million attempts; 0: leave it out")
	flag.StringVar(&times, "times", "1,4", "how many times the log, for the cost of length")
	flag.Parse()
	if err := b.run(times); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func (b *bench) run(times string) error {
	if err := os.MkdirAll(b.dir, 0o777); err != nil {
		return err
	}
	fmt.Printf("%s, %d CPUs (%s), %s, %s; load %s\n\n", time.Now().UTC().Format("2 January 2006"), runtime.NumCPU(), cpuModel(), memory(), runtime.Version(), load())
	fmt.Println("| what | bouncelog | peer | ratio | peak memory |\n|---|---|---|---|---|")
	for _, step := range []func() error{b.reports, b.ingests, b.storyFromLog, func() error { return b.length(times) }, b.large} {
		err := step()
		for _, r := range b.rows { // what was measured is told, whatever comes after it
			fmt.Printf("| %s | %s | %s | %s | %s |\n", r.what, r.ours, r.peer, r.ratio, r.memory)
		}
		b.rows = nil
		if err != nil {
			return err
		}
	}
	return nil
}

// log is the name of a generated log of so many messages in so many weeks, which is made if it is not there.
func (b *bench) log(mta string, n, weeks int) (string, error) {
	name := filepath.Join(b.dir, fmt.Sprintf("%s-%d-%dw.log", mta, n, weeks))
	if _, err := os.Stat(name + ".json"); err == nil {
		return name, nil
	}
	note("generating %s", name)
	f, err := os.Create(name)
	if err != nil {
		return "", err
	}
	totals, err := generate.Write(f, generate.Options{MTA: mta, Messages: n, Seed: 1, Start: time.Date(2026, 8, 3, 0, 0, 0, 0, time.UTC), Span: time.Duration(weeks) * 7 * 24 * time.Hour})
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return "", err
	}
	t, err := json.Marshal(totals)
	if err != nil {
		return "", err
	}
	return name, os.WriteFile(name+".json", t, 0o666)
}

// peers read a whole log and report on it.
var peers = map[string][]string{"postfix": {"pflogsumm"}, "exim": {"eximstats"}}

func (b *bench) reports() error {
	for _, mta := range []string{"postfix", "exim", "sendmail"} {
		name, err := b.log(mta, b.n, 1)
		if err != nil {
			return err
		}
		mb := megabytes(name)
		ours, err := best(3, b.bouncelog("report", name))
		if err != nil {
			return err
		}
		r := row{what: fmt.Sprintf("`report FILE`, %s, %.0f MB", mta, mb), ours: ours.rate(mb), memory: ours.memory()}
		if peer := peers[mta]; peer != nil {
			if err := r.beside(mb, ours, append(slices.Clone(peer), name)); err != nil {
				return err
			}
		}
		b.rows = append(b.rows, r)
	}
	name, err := b.log("postfix", b.n, 1)
	if err != nil {
		return err
	}
	ours, err := best(3, b.bouncelog("events", name))
	if err != nil {
		return err
	}
	wc, err := best(3, command{args: []string{"wc", "-l", name}})
	if err != nil {
		return err
	}
	b.rows = append(b.rows, row{what: "`events FILE`, postfix", ours: ours.rate(megabytes(name)), memory: ours.memory()},
		row{what: "`wc -l` on it", peer: wc.rate(megabytes(name))})
	return nil
}

// beside measures a peer, if it is installed.
func (r *row) beside(mb float64, ours *run, args []string) error {
	c, ok := installed(args)
	if !ok {
		r.peer = args[0] + " is not installed"
		return nil
	}
	peer, err := best(1, c)
	if err != nil {
		return err
	}
	r.peer = args[0] + " " + peer.rate(mb)
	r.ratio = fmt.Sprintf("%.1f (CPU %.1f)", peer.wall.Seconds()/ours.wall.Seconds(), peer.cpu.Seconds()/ours.cpu.Seconds())
	return nil
}

func (b *bench) ingests() error {
	for _, mta := range []string{"postfix", "exim", "sendmail"} {
		name, err := b.log(mta, b.n, 1)
		if err != nil {
			return err
		}
		db := filepath.Join(b.dir, mta+".db")
		var ours *run
		for range 2 {
			removeDatabase(db)
			r, err := b.bouncelog("--db", db, "ingest", name).do()
			if err != nil {
				return err
			}
			if ours == nil || r.wall < ours.wall {
				ours = r
			}
		}
		mb := megabytes(name)
		r := row{what: fmt.Sprintf("`ingest`, new database, %s", mta), ours: ours.rate(mb), memory: ours.memory()}
		if peer := peers[mta]; peer != nil {
			if err := r.beside(mb, ours, append(slices.Clone(peer), name)); err != nil {
				return err
			}
		}
		b.rows = append(b.rows, r, row{what: "size of that database", ours: fmt.Sprintf("%.0f MB, %.0f %% of the log", megabytes(db), 100*megabytes(db)/mb)})
	}
	return nil
}

// storyFromLog is `why KEY FILE` beside exigrep.
func (b *bench) storyFromLog() error {
	name, err := b.log("exim", b.n, 1)
	if err != nil {
		return err
	}
	s, err := sampleOf(name)
	if err != nil {
		return err
	}
	mb := megabytes(name)
	ours, err := best(3, b.bouncelog("why", s.queueID, name))
	if err != nil {
		return err
	}
	r := row{what: "`why KEY FILE`, exim", ours: ours.rate(mb), memory: ours.memory()}
	if err := r.beside(mb, ours, []string{"exigrep", s.queueID, name}); err != nil {
		return err
	}
	b.rows = append(b.rows, r)
	return nil
}

// length shows whether cost grows in a straight line: with the time that a log covers, and with the mail in that time.
func (b *bench) length(times string) error {
	for t := range strings.SplitSeq(times, ",") {
		k, err := strconv.Atoi(t)
		if err != nil {
			return fmt.Errorf("-times %q is no list of numbers", times)
		}
		if err := b.longer(fmt.Sprintf("%d times the log", k), k, k); err != nil {
			return err
		}
		if k > 1 {
			if err := b.longer(fmt.Sprintf("%d times the mail in the same week", k), k, 1); err != nil {
				return err
			}
		}
	}
	return nil
}

func (b *bench) longer(what string, times, weeks int) error {
	name, err := b.log("postfix", times*b.n, weeks)
	if err != nil {
		return err
	}
	mb := megabytes(name)
	report, err := best(2, b.bouncelog("report", name))
	if err != nil {
		return err
	}
	db := filepath.Join(b.dir, "length.db")
	removeDatabase(db)
	ingest, err := b.bouncelog("--db", db, "ingest", name).do()
	if err != nil {
		return err
	}
	removeDatabase(db)
	b.rows = append(b.rows,
		row{what: fmt.Sprintf("%s (%.0f MB): `report FILE`", what, mb), ours: report.rate(mb), memory: report.memory()},
		row{what: what + ": `ingest`", ours: ingest.rate(mb), memory: ingest.memory()})
	return nil
}
