package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"bouncelog/classify"
	"bouncelog/parser"
	"bouncelog/report"
	"bouncelog/trace"
)

// totals are the counts of the last minutes, by when they were read.
type totals struct {
	ring  [totalsSlots]totalsSlot
	last  time.Time // of the last drawing
	drawn bool      // it is on the terminal
}

const (
	totalsSlots = 30
	totalsWidth = 10 * time.Second // of a slot: the ring is five minutes
)

type totalsSlot struct {
	at       int64
	outcomes [parser.OutcomeReinjected + 1]int64
	category map[classify.Category]int64
}

func (t *totals) add(e *trace.Event, now time.Time) {
	at := now.UnixNano() / int64(totalsWidth)
	s := &t.ring[at%totalsSlots]
	if s.at != at {
		*s = totalsSlot{at: at, category: map[classify.Category]int64{}}
	}
	a := e.Attempt
	s.outcomes[a.Outcome]++
	if v, _ := a.Verdict.(*classify.Verdict); v != nil && (a.Outcome == parser.OutcomeBounced || a.Outcome == parser.OutcomeExpired) {
		s.category[v.Category]++
	}
}

func (t *totals) due(now time.Time) bool { return !t.drawn || now.Sub(t.last) >= time.Second }

// text is one line of the counts of the last five minutes.
func (t *totals) text(now time.Time) string {
	oldest := now.UnixNano()/int64(totalsWidth) - totalsSlots
	var n [parser.OutcomeReinjected + 1]int64
	byCategory := map[classify.Category]int64{}
	for i := range t.ring {
		s := &t.ring[i]
		if s.at <= oldest {
			continue
		}
		for o, k := range s.outcomes {
			n[o] += k
		}
		for c, k := range s.category {
			byCategory[c] += k
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "last 5 min: delivered %s, deferred %s, bounced %s", report.Count(n[parser.OutcomeDelivered]), report.Count(n[parser.OutcomeDeferred]),
		report.Count(n[parser.OutcomeBounced]+n[parser.OutcomeExpired]))
	sep := " ("
	for _, c := range []classify.Category{classify.Hard, classify.Soft, classify.Block, classify.Content} {
		if k := byCategory[c]; k > 0 {
			fmt.Fprintf(&b, "%s%s %s", sep, c, report.Count(k))
			sep = ", "
		}
	}
	if sep == ", " {
		b.WriteByte(')')
	}
	fmt.Fprintf(&b, ", rejected %s", report.Count(n[parser.OutcomeRejected]))
	return b.String()
}

func (t *totals) draw(w io.Writer, now time.Time, width int) {
	io.WriteString(w, "\r\x1b[K"+cut(t.text(now), width-1))
	t.last, t.drawn = now, true
}
