// Command biglog writes a mail log of any size for tests and measurements, and beside it what must be counted in it.
//
//	biglog -mta postfix -n 300000 -seed 1 -o bin/postfix.log
//
// writes bin/postfix.log and bin/postfix.log.json.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"time"

	"bouncelog/cmd/biglog/generate"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "biglog:", err)
		os.Exit(1)
	}
}

func run() error {
	var o generate.Options
	var out, start string
	flag.StringVar(&o.MTA, "mta", "postfix", "whose log: postfix, exim, sendmail")
	flag.IntVar(&o.Messages, "n", 300_000, "messages")
	flag.Uint64Var(&o.Seed, "seed", 1, "equal seeds give equal mail")
	flag.DurationVar(&o.Span, "span", 7*24*time.Hour, "time from the first line to the last, such as 36h")
	flag.StringVar(&start, "start", "2026-08-03", "the log's first day")
	flag.BoolVar(&o.LongIDs, "long-ids", false, "Postfix: long queue ids")
	flag.StringVar(&o.Host, "host", "mx1", "the host's name in each line")
	flag.StringVar(&out, "o", "", "the log to write; the totals go to the same name with .json")
	flag.Parse()
	if out == "" || flag.NArg() > 0 {
		return fmt.Errorf("usage: biglog [flags] -o FILE (see biglog -help)")
	}
	var err error
	if o.Start, err = time.Parse("2006-01-02", start); err != nil {
		return fmt.Errorf("-start %q is no date like 2026-08-03", start)
	}
	totals, err := writeLog(out, o)
	if err != nil {
		return err
	}
	b, err := json.MarshalIndent(totals, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(out+".json", append(b, '\n'), 0o666)
}

func writeLog(name string, o generate.Options) (generate.Totals, error) {
	f, err := os.Create(name)
	if err != nil {
		return generate.Totals{}, err
	}
	totals, err := generate.Write(f, o)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	return totals, err
}
