package store

import (
	"bytes"
	"strconv"

	"bouncelog/parser"
	"bouncelog/trace"
)

// wantedReply is where the body has a reply that is put together later.
type wantedReply struct {
	attempt, i int // the attempt's index; at the byte its reply begins
	template   int64
}

// answer fills what repeats of an attempt.
func (d *decoder) answer(a *trace.Attempt) (v answer) {
	id := d.int()
	if d.err != nil {
		return v
	}
	v, err := d.s.answers.value(d.s.conn, id)
	d.check(err)
	a.Outcome, a.Stage = parser.Outcome(v.kind&kindOutcome), parser.Stage(v.kind>>kindStageShift&kindStage)
	a.Final, a.Local, a.NotTried = v.kind&kindFinal != 0, v.kind&kindLocal != 0, v.kind&kindNotTried != 0
	a.ReplyCode, a.Enhanced = v.code, v.enhanced
	if v.verdict != 0 && d.err == nil {
		verdict, err := d.s.verdictOf(v.verdict)
		d.check(err)
		if verdict != nil {
			a.Verdict = verdict
		}
	}
	return v
}

// reply reads the variable parts and puts them into the template; without one it reads the text itself.
func (d *decoder) reply(templateID int64) (string, []string) {
	if templateID == 0 {
		if !d.goesOn() {
			return "", nil
		}
		return d.text(), nil
	}
	var vars []string
	switch {
	case !d.goesOn():
	case d.accept('0'):
		d.accept(',')
	case d.accept('['):
		for d.more() {
			vars = append(vars, d.variable())
		}
	default:
		vars = []string{d.variable()}
	}
	if d.err != nil {
		return "", nil
	}
	template, err := d.s.stringOf(templateID)
	d.check(err)
	return fillTemplate(template, vars), vars
}

// saidReply is the reply that was read last, with what stands for it in the body.
type saidReply struct {
	template int64
	body     []byte
	text     string
	vars     []string
}

// repeated is reply, and gives the same string again where the recipient's attempt before has the same words: what waits in the queue hears them for days.
func (d *decoder) repeated(templateID int64) (string, []string) {
	s, from := &d.said, d.i
	if s.body != nil && s.template == templateID {
		if d.skipReply(); bytes.Equal(s.body, d.b[from:d.i]) {
			return s.text, s.vars
		}
		d.i = from
	}
	text, vars := d.reply(templateID)
	*s = saidReply{templateID, d.b[from:d.i], text, vars}
	return text, vars
}

// skipReply goes over what reply would read.
func (d *decoder) skipReply() {
	switch {
	case !d.goesOn():
	case d.accept('['):
		for d.more() {
			d.skipPart()
		}
	default:
		d.skipPart()
	}
}

// skipPart goes over a text, a number or "true".
func (d *decoder) skipPart() {
	if d.accept('"') {
		for d.i < len(d.b) && d.b[d.i] != '"' {
			if d.b[d.i] == '\\' {
				d.i++
			}
			d.i++
		}
		if !d.accept('"') {
			d.fail("a string without end")
		}
	} else {
		for d.goesOn() && d.b[d.i] != ',' {
			d.i++
		}
	}
	d.accept(',')
}

// variable reads one variable part of a reply.
func (d *decoder) variable() string {
	if d.isText() {
		return d.text()
	}
	if d.accept('t') {
		d.i = min(d.i+len("rue"), len(d.b))
		d.accept(',')
		return d.rcpt
	}
	n, ok := d.digits()
	if !ok {
		d.fail("no part of a reply")
	}
	d.accept(',')
	return strconv.FormatInt(n, 10)
}
