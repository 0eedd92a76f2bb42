// Command bouncelog tells a mail administrator why mail failed: it reads the logs of Postfix, Exim and Sendmail, follows
// every message through them, and says of each failed delivery what kind of failure it was and why.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"

	"bouncelog/report"
)

// Exit statuses (INTERFACE: every command's help names those it uses).
const (
	exitFailed   = 1
	exitUsage    = 2
	exitNothing  = 3 // why: nothing found
	exitExceeded = 4 // report --fail-over
)

var (
	errNothing  = errors.New("nothing found")
	errExceeded = errors.New("threshold exceeded")
)

// What the Go side of the program aims to stay under, in bytes; SQLite's caches come on top.
const (
	usualMemory  = 185 << 20
	reportMemory = 200 << 20 // of report FILE, which has no SQLite unless more mail waits than this holds
)

// aimUnder lets garbage be collected as often as it takes to stay under so many bytes, if the environment does not say otherwise.
func aimUnder(bytes int64) {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(bytes)
	}
}

// usageError is a wrong use of the command line.
type usageError struct{ error }

func main() {
	// The mail server runs on the same machine: where the usual heap is small garbage may pile up, but not beyond a bound.
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400)
	}
	aimUnder(usualMemory)
	os.Exit(run())
}

// run is the program; its result is the exit status.
func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	g := &globals{in: os.Stdin, out: os.Stdout, err: os.Stderr}
	root := newRootCommand(g)
	err := root.ExecuteContext(ctx)
	var usage usageError
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errNothing):
		if err != errNothing {
			fmt.Fprintln(g.err, message(err))
		}
		return exitNothing
	case errors.Is(err, errExceeded):
		fmt.Fprintln(g.err, message(err))
		return exitExceeded
	case errors.As(err, &usage):
		fmt.Fprintf(g.err, "%s\nTry 'bouncelog --help'.\n", message(err))
		return exitUsage
	case errors.Is(err, syscall.EPIPE):
		return exitFailed // the reader of our output has gone
	case errors.Is(err, context.Canceled):
		fmt.Fprintln(g.err, "bouncelog: interrupted; what was read so far is kept")
		return exitFailed
	}
	fmt.Fprintln(g.err, message(err))
	return exitFailed
}

// message is err for the terminal: each of several joined errors on a line of its own (once, where it ended
// two things), and nothing in them (a file's name, a
// key copied from a log) that the terminal would obey.
func message(err error) string {
	lines := strings.Split(err.Error(), "\n")
	for i, line := range lines {
		lines[i] = "bouncelog: " + report.Clean(line)
	}
	return strings.Join(slices.Compact(lines), "\n")
}
