package store

import (
	"encoding/binary"
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
	e.replies = map[string]knownReply{}
	e.origin, e.originID = origin{}, 0
	e.domain, e.domainID = "", 0
}

// knownReply is the encoded form of a reply that was met before, around the part that differs from one message to the next.
type knownReply struct {
	template      int64
	before, after string
	next          int64 // which of the variable parts is the next hop's queue id, from 1; 0: none
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

// What of a reply differs from one message to the next: the recipient's address, the next hop's queue id.
const (
	partNone = iota
	partRecipient
	partNext
)

// reply returns the template's id and fills e.vars with what goes with it: its variable parts, or the text itself where there
// is no template. next says which of the parts is the next hop's queue id, from 1; 0: none.
//
// Most lines of a log end as "250 2.0.0 Ok: queued as 4F3A2B1C" or "550 <user@example.com>: User unknown" do: but for the queue id or the
// recipient they repeat, so the encoded form of the rest is remembered. Whatever the parts, filled in they give the same text again.
func (e *encoder) reply(a *trace.Attempt) (template, next int64) {
	part, kind := e.rcpt, byte(partRecipient)
	if a.Next != "" {
		if !plainID(a.Next) {
			return e.template(a)
		}
		part, kind = a.Next, partNext
	}
	at := -1
	if part != "" {
		at = strings.LastIndex(a.Reply, part)
	}
	if at < 0 {
		part, kind, at = "", partNone, 0
	}
	e.buf = append(append(e.buf[:0], a.Reply[:at]...), a.Reply[at+len(part):]...)
	e.buf = append(binary.LittleEndian.AppendUint32(e.buf, uint32(at)), kind)
	if k, ok := e.replies[string(e.buf)]; ok {
		e.vars = append(e.vars[:0], k.before...)
		if kind == partNext {
			e.vars = append(append(e.vars, part...), k.after...)
		}
		return k.template, k.next
	}
	template, next = e.template(a)
	if template == 0 || len(a.Reply) > maxDictionaryText || part != "" && strings.Count(a.Reply, part) != 1 {
		return template, next
	}
	k := knownReply{template: template, next: next, before: string(e.vars)}
	switch kind {
	case partRecipient:
		if e.own != 1 {
			return template, next
		}
	case partNone:
		if e.own != 0 {
			return template, next
		}
	case partNext:
		quoted := strings.Index(k.before, `"`+part+`"`)
		if e.own != 0 || next == 0 || quoted < 0 {
			return template, next
		}
		k.before, k.after = k.before[:quoted+1], k.before[quoted+1+len(part):]
	}
	if len(e.replies) >= maxReplies {
		clear(e.replies)
	}
	e.replies[string(e.buf)] = k
	return template, next
}

// maxReplies bounds the replies that are remembered, of a kilobyte each at most.
const maxReplies = 5_000

// whole puts the text itself into e.vars, 0 for none.
func (e *encoder) whole(a *trace.Attempt) {
	body := e.b
	e.b = e.vars[:0]
	e.text(a.Reply)
	e.b, e.vars = body, e.b
}

// template is reply without memory; e.own is the number of parts that are the recipient's address.
func (e *encoder) template(a *trace.Attempt) (id, next int64) {
	e.own = 0
	if len(a.Reply) > 2*maxDictionaryText || !utf8.ValidString(a.Reply) {
		e.whole(a)
		return 0, 0
	}
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
		e.own++
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
