// Package generate writes mail logs of any size whose totals are known exactly.
//
// It exists because counts can only be tested against something that was counted before it was logged: a plan of
// messages, recipients and what becomes of each is drawn from a seed, and a dialect tells it in the words of one mail server. The
// plan does not depend on the dialect, so that the logs of two mail servers with one seed tell of the same mail.
package generate

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"time"
)

// Options say what to write. Equal options give equal bytes.
type Options struct {
	MTA      string        // "postfix", "exim" or "sendmail"
	Messages int           // user messages that are accepted; refusals, bounce messages and noise come on top
	Seed     uint64        // of all that is random
	Start    time.Time     // when the log begins
	Span     time.Duration // how long it goes on; what has not ended by then stays in the queue
	LongIDs  bool          // Postfix: enable_long_queue_ids
	Host     string        // in each line, where the format has one
}

// Totals are what `bouncelog ingest --format json` must print for the log, under the same names.
type Totals struct {
	Lines          int64    `json:"lines"`
	Bytes          int64    `json:"bytes"`
	Foreign        int64    `json:"foreign"`
	Unrecognized   int64    `json:"unrecognized"`
	Messages       int64    `json:"messages"`
	Recipients     int64    `json:"recipients"`
	Delivered      int64    `json:"delivered"`
	Deferrals      int64    `json:"deferrals"`
	Bounced        int64    `json:"bounced"`
	Expired        int64    `json:"expired"`
	Rejected       int64    `json:"rejected"`
	SessionRejects int64    `json:"session_rejects"`
	Discarded      int64    `json:"discarded"`
	DSNs           int64    `json:"dsns"`
	ByCategory     Category `json:"by_category"`
}

// Category counts recipients that bounced or expired.
type Category struct {
	Hard    int64 `json:"hard"`
	Soft    int64 `json:"soft"`
	Block   int64 `json:"block"`
	Content int64 `json:"content"`
}

func (c *Category) add(name string) {
	switch name {
	case hard:
		c.Hard++
	case soft:
		c.Soft++
	case block:
		c.Block++
	case content:
		c.Content++
	}
}

// Write writes a log and returns its totals.
func Write(w io.Writer, o Options) (Totals, error) {
	if o.Messages < 1 || o.Span <= 0 {
		return Totals{}, fmt.Errorf("a log needs at least one message and a span of time, not %d and %s", o.Messages, o.Span)
	}
	if o.Host == "" {
		o.Host = "mx1"
	}
	g := &generator{
		opt: o, out: bufio.NewWriterSize(w, 1<<20), world: newWorld(o.Seed),
		end: o.Start.Add(o.Span).UnixNano(), dress: rand.New(rand.NewPCG(o.Seed, 1<<63)),
	}
	switch o.MTA {
	case "postfix":
		g.dialect = newPostfix(g)
	case "exim":
		g.dialect = &exim{generator: g}
	case "sendmail":
		g.dialect = &sendmail{generator: g}
	default:
		return Totals{}, fmt.Errorf("no generator for %q: use postfix, exim or sendmail", o.MTA)
	}
	g.arrivals()
	g.run()
	return g.totals, g.out.Flush()
}

// dialect tells what happens in the words of one mail server. Each call writes all its lines, at the given time or a little later.
type dialect interface {
	session(s *session, at int64)                    // clients' mail is accepted, recipients are refused
	failed(c *client, authentication bool, at int64) // a session that comes to nothing
	attempt(m *message, tries []try, at int64)       // one delivery run
	notify(m, dsn *message, tries []try, at int64)   // a bounce message (tries), or a delay warning (none)
	end(m *message, at int64)                        // the queue file is removed
	noise(at int64)
}

// generator runs the plan. Steps and lines wait in heaps of their own: a step at a time writes lines at that time or later, so
// lines can be written as soon as all steps before them ran, and memory holds only what is in the queue.
type generator struct {
	opt     Options
	out     *bufio.Writer
	world   *world
	dialect dialect
	steps   heap[func(at int64)]
	lines   heap[string]
	end     int64
	totals  Totals
	dress   *rand.Rand // what only the dialect needs: process ids, cipher names
	n       int        // messages planned
}

func (g *generator) at(t int64, run func(at int64)) { g.steps.push(t, run) }

func (g *generator) log(at int64, line string) { g.lines.push(at, line) }

func (g *generator) run() {
	for g.steps.len() > 0 {
		t := g.steps.first()
		g.flush(t)
		run := g.steps.pop()
		if t <= g.end {
			run(t)
		}
	}
	g.flush(1<<63 - 1)
}

// flush writes the lines before a time.
func (g *generator) flush(before int64) {
	for g.lines.len() > 0 && g.lines.first() < before {
		line := g.lines.pop()
		g.out.WriteString(line)
		g.out.WriteByte('\n')
		g.totals.Lines++
		g.totals.Bytes += int64(len(line)) + 1
	}
}

// heap gives back values by time, those of one time in the order in which they were put in.
type heap[T any] struct {
	items []item[T]
	seq   int64
}

type item[T any] struct {
	at, seq int64
	value   T
}

func (a *item[T]) before(b *item[T]) bool { return a.at < b.at || a.at == b.at && a.seq < b.seq }

func (h *heap[T]) len() int     { return len(h.items) }
func (h *heap[T]) first() int64 { return h.items[0].at }

func (h *heap[T]) push(at int64, v T) {
	h.seq++
	h.items = append(h.items, item[T]{at, h.seq, v})
	for i := len(h.items) - 1; i > 0; {
		up := (i - 1) / 2
		if !h.items[i].before(&h.items[up]) {
			break
		}
		h.items[i], h.items[up] = h.items[up], h.items[i]
		i = up
	}
}

func (h *heap[T]) pop() T {
	v := h.items[0].value
	last := len(h.items) - 1
	h.items[0] = h.items[last]
	h.items[last] = item[T]{}
	h.items = h.items[:last]
	for i := 0; ; {
		down := 2*i + 1
		if down >= last {
			break
		}
		if down+1 < last && h.items[down+1].before(&h.items[down]) {
			down++
		}
		if !h.items[down].before(&h.items[i]) {
			break
		}
		h.items[i], h.items[down] = h.items[down], h.items[i]
		i = down
	}
	return v
}
