package main

import (
	"cmp"
	"io"
	"os"
	"slices"
	"time"

	"golang.org/x/term"

	"bouncelog/classify"
	"bouncelog/trace"
)

// fold keeps a burst from flooding the screen: of failures of one cause at one relay a screenful a second is printed, the rest is
// counted. The store has them all.
type fold struct {
	screen int // lines a second that are printed of one kind
	second int64
	seen   map[foldKey]*foldedCount
}

type foldKey struct{ cause, relay string }

// foldedCount is what was not printed of one kind in one second.
type foldedCount struct {
	foldKey
	category classify.Category
	printed  int
	n        int64
	reply    string // of the last one
}

// maxFolds bounds the kinds that are told apart in one second; beyond it they fold together by cause.
const maxFolds = 2000

// take reports whether a failure is to be printed on a line of its own.
func (f *fold) take(e *trace.Event, now time.Time) bool {
	if f.seen == nil {
		f.seen, f.second = map[foldKey]*foldedCount{}, now.Unix()
	}
	a := e.Attempt
	v, _ := a.Verdict.(*classify.Verdict)
	if v == nil {
		v = &classify.Verdict{}
	}
	k := foldKey{v.Cause, cmp.Or(a.RelayHost, a.RelayIP)}
	if len(f.seen) >= maxFolds && f.seen[k] == nil {
		k.relay = "(other relays)"
	}
	c := f.seen[k]
	if c == nil {
		c = &foldedCount{foldKey: k, category: v.Category}
		f.seen[k] = c
	}
	if c.printed < f.screen {
		c.printed++
		return true
	}
	c.n++
	c.reply = telling(a.Reply, a.ReplyCode, a.Enhanced)
	return false
}

// done gives what was folded once its second is over, the most first, and begins anew.
func (f *fold) done(now time.Time) []foldedCount {
	if len(f.seen) == 0 || now.Unix() == f.second {
		return nil
	}
	var list []foldedCount
	for _, c := range f.seen {
		if c.n > 0 {
			list = append(list, *c)
		}
	}
	clear(f.seen)
	f.second = now.Unix()
	slices.SortFunc(list, func(a, b foldedCount) int {
		return cmp.Or(cmp.Compare(b.n, a.n), cmp.Compare(a.cause, b.cause), cmp.Compare(a.relay, b.relay))
	})
	return list
}

// height is a screenful of lines: the terminal's, or 24 for what is none.
func height(w io.Writer) int {
	if f, ok := w.(*os.File); ok {
		if _, n, err := term.GetSize(int(f.Fd())); err == nil && n > 4 {
			return n - 1
		}
	}
	return 24
}
