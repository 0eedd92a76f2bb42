package store

import (
	"slices"
	"strings"
	"unicode/utf8"

	"bouncelog/classify"
	"bouncelog/trace"
)

// forget drops ids that a transaction that was undone may have given.
func (e *encoder) forget() {
	e.once = map[uint64]bool{}
	e.verdicts = map[*classify.Verdict]int64{}
	e.delivered = map[string]deliveredReply{}
}

// deliveredReply is the encoded form of a reply around the queue id that the next hop gave.
type deliveredReply struct {
	template      int64
	before, after string
	place         int64 // of the queue id among the variable parts, from 1
}

// answer writes the id of what was said and what it meant.
func (e *encoder) answer(a *trace.Attempt, template, next int64) {
	v := answer{kind: int64(a.Outcome) | int64(a.Stage)<<kindStageShift, template: template, next: next, code: a.ReplyCode, enhanced: a.Enhanced,
		verdict: e.verdict(a)}
	if a.Final {
		v.kind |= kindFinal
	}
	if a.Local {
		v.kind |= kindLocal
	}
	if a.NotTried {
		v.kind |= kindNotTried
	}
	id, err := e.s.answers.id(e.s.conn, v, true)
	e.fail(err)
	e.int(id)
}

func (e *encoder) verdict(a *trace.Attempt) int64 {
	v := verdictOf(a)
	if v == nil {
		return 0
	}
	id, ok := e.verdicts[v]
	if !ok {
		var err error
		id, err = e.s.verdictID(v)
		e.fail(err)
		if len(e.verdicts) >= maxRemembered {
			clear(e.verdicts)
		}
		e.verdicts[v] = id
	}
	return id
}

// reply returns the template's id and fills e.vars with what goes with it: its variable parts, or the text itself where there
// is no template. next says which of the parts is the next hop's queue id, from 1; 0: none.
func (e *encoder) reply(a *trace.Attempt) (template, next int64) {
	if len(a.Reply) == 0 || len(a.Reply) > 2*maxDictionaryText || !utf8.ValidString(a.Reply) {
		e.whole(a)
		return 0, 0
	}
	if plainID(a.Next) {
		return e.deliveredReply(a)
	}
	return e.template(a)
}

// whole puts the text itself into e.vars, 0 for none.
func (e *encoder) whole(a *trace.Attempt) {
	body := e.b
	e.b = e.vars[:0]
	e.text(a.Reply)
	e.b, e.vars = body, e.b
}

func (e *encoder) template(a *trace.Attempt) (id, next int64) {
	template, vars := templateOf(a.Reply)
	if len(template) > maxDictionaryText || template == "" {
		e.whole(a)
		return 0, 0
	}
	id, err := e.s.stringID(template)
	e.fail(err)
	body := e.b
	e.b = e.vars[:0]
	switch len(vars) {
	case 0:
		e.b = append(e.b, '0', ',')
	case 1:
		e.variable(vars[0])
	default:
		e.b = append(e.b, '[')
		for _, v := range vars {
			e.variable(v)
		}
		e.close()
	}
	e.b, e.vars = body, e.b
	if a.Next != "" {
		next = int64(slices.Index(vars, a.Next) + 1)
	}
	return id, next
}

// deliveredReply is template for "250 2.0.0 Ok: queued as 4F3A2B1C": most lines of a log end so. What surrounds the queue id
// repeats, so the encoded form around it is remembered. Whatever the parts, filled in they give the same text again.
func (e *encoder) deliveredReply(a *trace.Attempt) (template, next int64) {
	i := strings.LastIndex(a.Reply, a.Next)
	if i < 0 {
		return e.template(a)
	}
	e.buf = append(append(append(e.buf[:0], a.Reply[:i]...), 0), a.Reply[i+len(a.Next):]...)
	if d, ok := e.delivered[string(e.buf)]; ok {
		e.vars = append(append(append(e.vars[:0], d.before...), a.Next...), d.after...)
		return d.template, d.place
	}
	template, next = e.template(a)
	// Only where the id stands once, quoted, can another take its place; a reply with the recipient's address is no model for others.
	quoted := `"` + a.Next + `"`
	written := string(e.vars)
	if next != 0 && strings.Count(a.Reply, a.Next) == 1 && strings.Count(written, quoted) == 1 && !strings.Contains(written, "true") {
		before, after, _ := strings.Cut(written, quoted)
		if len(e.delivered) >= maxDelivered {
			clear(e.delivered)
		}
		e.delivered[string(e.buf)] = deliveredReply{template, before + `"`, `"` + after, next}
	}
	return template, next
}

const maxDelivered = 10_000

// plainID reports whether an id stands in JSON as it is, and is no number.
func plainID(s string) bool {
	letter := false
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c >= '0' && c <= '9':
		case c|0x20 >= 'a' && c|0x20 <= 'z' || c == '-' || c == '.' || c == '_':
			letter = true
		default:
			return false
		}
	}
	return letter
}

// variable writes one variable part of a reply. Unlike other texts it may be empty; a short number needs
// no quotes, and true stands for the recipient's address.
func (e *encoder) variable(s string) {
	switch {
	case s == "":
		e.b = append(e.b, '"', '"', ',')
	case s == e.rcpt:
		e.b = append(e.b, "true,"...)
	case len(s) <= 9 && s[0] >= '1' && s[0] <= '9' && onlyDigits(s):
		e.b = append(e.b, s...)
		e.b = append(e.b, ',')
	default:
		e.text(s)
	}
}

func onlyDigits(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}
