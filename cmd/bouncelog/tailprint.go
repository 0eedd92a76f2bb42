package main

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"bouncelog/classify"
	"bouncelog/ingest"
	"bouncelog/report"
	"bouncelog/trace"
)

// printer shows failures as they are read. Its methods but note are called by one goroutine.
type printer struct {
	opt    tailOptions
	zone   *time.Location
	ident  func(id int64) (ident, name string, err error) // of a log that is no longer read
	now    func() time.Time
	color  bool
	tty    bool // stdout is a terminal: lines are fitted to it
	bottom bool // and stderr too: totals are shown at its bottom
	width  func() int

	mu   sync.Mutex // for note: other goroutines have something to say too
	out  *bufio.Writer
	err  io.Writer
	bad  error // of out
	line []byte

	fold   fold
	totals totals
}

func newPrinter(g *globals, o tailOptions, zone *time.Location) *printer {
	p := &printer{opt: o, zone: zone, now: time.Now, color: g.colors(g.out), tty: isTerminal(g.out), out: bufio.NewWriterSize(g.out, 64<<10), err: g.err}
	p.bottom = p.tty && isTerminal(g.err) && !o.quiet
	p.width = func() int { return width(g.out) }
	p.fold.screen = height(g.out)
	return p
}

// event counts an event and prints it if it is a failure that was asked for.
func (p *printer) event(e *trace.Event, l *ingest.Log) {
	p.totals.add(e, p.now())
	if p.opt.quiet || !e.Attempt.Outcome.Failed() || !p.opt.wants(e) {
		return
	}
	if p.opt.format == "jsonl" {
		name, ident := p.log(e, l)
		p.line = appendEvent(p.line[:0], e, p.zone, name, ident)
		p.write(p.line)
		return
	}
	if p.fold.take(e, p.now()) {
		p.line = p.text(p.line[:0], e)
		p.write(p.line)
	}
}

// log names the log of an event; nil is one that ended.
func (p *printer) log(e *trace.Event, l *ingest.Log) (name, ident string) {
	if l != nil {
		return l.State.Name, l.State.Ident
	}
	if p.ident == nil {
		return "", ""
	}
	ident, name, _ = p.ident(int64(e.Attempt.Log))
	return name, ident
}

func (p *printer) write(b []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.wipe()
	if _, err := p.out.Write(b); err != nil && p.bad == nil {
		p.bad = fmt.Errorf("write the failures: %w", err)
	}
}

// flush brings out what was printed.
func (p *printer) flush() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.out.Flush(); err != nil && p.bad == nil {
		p.bad = fmt.Errorf("write the failures: %w", err)
	}
}

// failed is why nothing can be printed any more.
func (p *printer) failed() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.bad
}

// note tells people something, on stderr. It may be called from any goroutine.
func (p *printer) note(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.wipe()
	p.out.Flush()
	fmt.Fprintln(p.err, "bouncelog:", text)
}

// tick prints what was folded, and the totals.
func (p *printer) tick(now time.Time) {
	for _, f := range p.fold.done(now) {
		p.line = p.folded(p.line[:0], f, now)
		p.write(p.line)
	}
	p.flush()
	if p.bottom && p.totals.due(now) {
		p.mu.Lock()
		p.totals.draw(p.err, now, p.width())
		p.mu.Unlock()
	}
}

// wipe takes the totals off the terminal before something else is written.
func (p *printer) wipe() {
	if p.totals.drawn {
		p.totals.drawn = false
		io.WriteString(p.err, "\r\x1b[K")
	}
}

// close leaves a clean terminal.
func (p *printer) close() error {
	p.mu.Lock()
	p.wipe()
	p.mu.Unlock()
	p.flush()
	return p.failed()
}

// wants reports whether an event passes the filters.
func (o *tailOptions) wants(e *trace.Event) bool {
	v, _ := e.Attempt.Verdict.(*classify.Verdict)
	if len(o.only) > 0 && (v == nil || !slices.Contains(o.only, string(v.Category))) ||
		len(o.causes) > 0 && (v == nil || !slices.Contains(o.causes, v.Cause)) {
		return false
	}
	if len(o.domains) > 0 {
		if e.Recipient == nil || !matchesAny(o.domains, e.Recipient.Address) && !matchesAny(o.domains, e.Recipient.Orig) {
			return false
		}
	}
	return len(o.senders) == 0 || e.Message.SenderKnown && matchesAny(o.senders, e.Message.Sender)
}

// matchesAny reports whether an address is one of some addresses or of one of some domains. "<>" is the null sender.
func matchesAny(list []string, address string) bool {
	domain := address[strings.LastIndexByte(address, '@')+1:]
	for _, want := range list {
		if strings.EqualFold(want, address) || strings.EqualFold(strings.TrimPrefix(want, "@"), domain) || want == "<>" && address == "" {
			return true
		}
	}
	return false
}

// The colours of categories: red is the recipient's end, magenta our reputation, yellow passes, blue is the message.
var categoryColor = map[classify.Category]string{
	classify.Hard: "31", classify.Soft: "33", classify.Block: "35", classify.Content: "34",
}

// Columns of a line of text, as far as they are filled up; longer words push the rest.
const (
	outcomeColumn = 8
	kindColumn    = 7
	causeColumn   = 22
	addressColumn = 32
	mostReply     = 300
	mostWord      = 80
)

// text is the line of one failure: time, outcome, category, cause, recipient, relay and what the reply says.
func (p *printer) text(b []byte, e *trace.Event) []byte {
	m, a := e.Message, e.Attempt
	v, _ := a.Verdict.(*classify.Verdict)
	if v == nil {
		v = &classify.Verdict{}
	}
	at := time.Unix(0, a.Time).In(p.zone)
	layout := "15:04:05"
	if y, m, d := at.Date(); time.Date(y, m, d, 0, 0, 0, 0, p.zone) != midnight(p.now().In(p.zone)) {
		layout = "2006-01-02 15:04:05"
	}
	who := ""
	switch {
	case e.Recipient != nil && e.Recipient.Address != "":
		who = e.Recipient.Address
	case m.ClientHost != "" || m.ClientIP != "":
		who = "from " + m.ClientHost + "[" + m.ClientIP + "]"
	case m.SenderKnown:
		who = "from <" + m.Sender + ">"
	}
	relay := a.RelayHost
	if relay == "" {
		relay = a.RelayIP
	}
	words := []string{
		pad(a.Outcome.String(), outcomeColumn), pad(string(v.Category), kindColumn), pad(word(v.Cause), causeColumn), pad(word(who), addressColumn),
	}
	if relay != "" {
		words = append(words, word(relay))
	}
	if reply := telling(a.Reply, a.ReplyCode, a.Enhanced); reply != "" {
		words = append(words, reply)
	}
	b = at.AppendFormat(b, layout)
	return p.paint(b, strings.Join(words, "  "), categoryColor[v.Category])
}

// folded is the line for failures that were not printed one by one.
func (p *printer) folded(b []byte, f foldedCount, now time.Time) []byte {
	b = now.In(p.zone).AppendFormat(b, "15:04:05")
	text := fmt.Sprintf("and %s more  %s  %s  %s  %s", report.Count(f.n), f.category, word(f.cause), word(f.relay), f.reply)
	return p.paint(b, text, categoryColor[f.category])
}

// paint appends the rest of a line, cut to the terminal, in a colour.
func (p *printer) paint(b []byte, text, color string) []byte {
	b = append(b, "  "...)
	if p.tty {
		text = cut(text, p.width()-utf8.RuneCount(b)-1)
	}
	if p.color && color != "" {
		b = append(append(append(append(append(append(b, "\x1b["...), color...), 'm'), text...), "\x1b[0m"...), '\n')
		return b
	}
	return append(append(b, text...), '\n')
}

func midnight(t time.Time) time.Time {
	y, m, d := t.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, t.Location())
}

// word is a name from a log, harmless and of bearable length.
func word(s string) string { return cut(report.Clean(cutBytes(s, 4*mostWord)), mostWord) }

// telling is what matters of a reply: its codes once, its words on one line.
func telling(reply string, code int, enhanced string) string {
	reply = cutBytes(reply, 4*mostReply)
	if code > 0 {
		// "550-5.7.1 first\n550 5.7.1 second", or flattened by Postfix: the codes of later lines say nothing new.
		number := fmt.Sprint(code)
		for _, lead := range []string{"\n", " "} {
			for _, sep := range []string{"-", " "} {
				if enhanced != "" {
					reply = strings.ReplaceAll(reply, lead+number+sep+enhanced+" ", " ")
				}
				if lead == "\n" || sep == "-" {
					reply = strings.ReplaceAll(reply, lead+number+sep, " ")
				}
			}
		}
		if !strings.HasPrefix(reply, number) {
			reply = strings.TrimSpace(number + " " + enhanced + " " + strings.TrimPrefix(reply, enhanced))
		}
	}
	return cut(strings.Join(strings.Fields(report.Clean(reply)), " "), mostReply)
}

// pad fills s up to n columns.
func pad(s string, n int) string {
	if k := utf8.RuneCountInString(s); k < n {
		return s + strings.Repeat(" ", n-k)
	}
	return s
}

// cut is s of at most n runes.
func cut(s string, n int) string {
	if len(s) <= n || utf8.RuneCountInString(s) <= n {
		return s
	}
	for i := range s {
		if n--; n <= 0 {
			return s[:i] + "…"
		}
	}
	return s
}

// cutBytes bounds the work on a text that a stranger made long.
func cutBytes(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
