package store

import (
	"bytes"
	"database/sql/driver"
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"

	"bouncelog/parser"
	"bouncelog/trace"
)

func errDamaged(what string) error { return fmt.Errorf("%w: %s", ErrCorrupt, what) }

// decoder reads what encoder wrote. Its first error sticks; after it all reads give zero values.
type decoder struct {
	s   *session
	b   []byte
	i   int
	err error

	p        []byte // what is left of place
	m        *trace.Message
	rcpt     string          // address of the recipient at hand
	attempts []trace.Attempt // of it; reused

	// wants, if it is set, is asked of each attempt when its time, outcome and verdict are known. Those that it does not want get no more than these and
	// Try. With lastReply of each recipient the last one that is wanted gets its Reply too, and that is all. Nor do messages then get their client, and
	// attempts their place. To find relays and put replies together is most of the work.
	wants     func(*trace.Attempt) bool
	lastReply bool
	wanted    wantedReply
}

// wantedReply is where the body has a reply that is put together later.
type wantedReply struct {
	attempt, i int // the attempt's index; at the byte its reply begins
	template   int64
}

// messageColumns are what decoder.message wants.
const messageColumns = "id, origin, queue_id, first, body, place"

// message makes a message of a row of messageColumns.
func (d *decoder) message(row []driver.Value) (*trace.Message, error) {
	id, originID, queueID, first := integer(row[0]), integer(row[1]), text(row[2]), integer(row[3])
	d.b, d.p, d.i, d.err = bytes.TrimRight(blob(row[4]), " "), blob(row[5]), 0, nil
	o, err := d.s.origins.value(d.s.conn, originID)
	if err != nil {
		return nil, err
	}
	m := &trace.Message{ID: id, Key: trace.Key{Host: o.host, Instance: o.instance, QueueID: queueID}, MTA: o.mta, First: first}
	d.m = m
	d.open()
	m.Last, m.Begun = d.since(), first
	m.Ended = m.Last
	flags := d.int()
	m.SenderKnown, m.Rejected = flags&flagSenderKnown != 0, flags&flagRejected != 0
	m.SessionReject, m.Probe = flags&flagSession != 0, flags&flagProbe != 0
	m.DSN = parser.DSNKind(flags >> dsnShift)
	m.Sender, m.MessageID = d.address(), d.address()
	m.Size = d.int()
	if d.wants == nil {
		client := d.relay()
		m.ClientHost, m.ClientIP = client.host, client.ip
	} else {
		d.int()
	}
	m.AuthUser = d.shared()
	m.Log, m.Line, m.Offset = int32(d.varint()), d.varint(), d.varint()
	m.EndOffset = m.Offset + d.varint()
	for d.open(); d.more(); {
		m.Recipients = append(m.Recipients, d.recipient())
	}
	if flags&flagNRcptUnknown == 0 {
		m.NRcpt = len(m.Recipients)
	}
	if d.more() {
		d.extra(m)
	}
	if d.err == nil && (d.i >= len(d.b) || d.b[d.i] != ']') {
		d.fail("a message that ends early")
	}
	if d.err != nil {
		return nil, fmt.Errorf("message %d: %w", id, d.err)
	}
	return m, nil
}

func (d *decoder) recipient() *trace.Recipient {
	r := &trace.Recipient{}
	d.open()
	r.Address = d.address()
	d.rcpt = r.Address
	state := int64(0)
	if d.i < len(d.b) && d.b[d.i] != '[' && d.b[d.i] != ']' {
		r.Orig, state = d.text(), d.int()
	}
	d.attempts, d.wanted = d.attempts[:0], wantedReply{}
	for d.more() {
		d.attempts = append(d.attempts, trace.Attempt{})
		d.attempt(&d.attempts[len(d.attempts)-1], len(d.attempts))
		if d.err != nil {
			break
		}
	}
	if len(d.attempts) > 0 {
		r.Attempts = slices.Clone(d.attempts)
	}
	if w := d.wanted; w.i > 0 {
		end := d.i
		d.i = w.i
		r.Attempts[w.attempt].Reply, _ = d.reply(w.template)
		d.i = end
	}
	switch n := len(r.Attempts); {
	case state != 0:
		r.Outcome, r.Final = parser.Outcome(state>>1&kindOutcome), state>>1&kindFinal != 0
	case n > 0:
		r.Outcome, r.Final = r.Attempts[n-1].Outcome, r.Attempts[n-1].Final
	}
	return r
}

// attempt reads the attempt at a place of its recipient's, from 1.
func (d *decoder) attempt(a *trace.Attempt, place int) {
	d.open()
	a.Time = d.m.First + d.time()
	v := d.answer(a)
	wanted := d.wants == nil || d.wants(a)
	whole := wanted && !d.lastReply
	if whole && d.goesOn() {
		hop := d.relay()
		a.RelayHost, a.RelayIP, a.RelayPort = hop.host, hop.ip, hop.port
	} else if d.goesOn() {
		d.int()
	}
	if whole && d.goesOn() {
		a.Delay = d.float()
	} else if d.goesOn() {
		d.skipPart()
	}
	var vars []string
	if whole {
		a.Reply, vars = d.reply(v.template)
	} else {
		if wanted {
			d.wanted = wantedReply{place - 1, d.i, v.template}
		}
		d.skipReply()
	}
	if d.isText() {
		a.Next = d.text()
	} else if v.next > 0 && int(v.next) <= len(vars) {
		a.Next = vars[v.next-1]
	}
	a.Try = place
	if d.goesOn() {
		a.Try = int(d.int())
	}
	d.more()
	if d.wants == nil {
		d.attemptPlace(a)
	}
}

func (d *decoder) attemptPlace(a *trace.Attempt) {
	log := d.uvarint()
	a.Line, a.Offset = d.varint(), d.varint()
	if log>>1 == 0 {
		a.Log = d.m.Log
		a.Line += d.m.Line
		a.Offset += d.m.Offset
	} else {
		a.Log = int32(log>>1 - 1)
	}
	if len(d.p) < 4 {
		d.fail("a place that ends early")
		return
	}
	a.Hash = binary.LittleEndian.Uint32(d.p)
	d.p = d.p[4:]
	if log&1 == 0 {
		return
	}
	a.Seq = int32(d.varint())
	for n := d.uvarint(); n > 0 && d.err == nil; n-- {
		a.Also = append(a.Also, int32(d.varint()))
	}
}

func (d *decoder) varint() int64 {
	v, n := binary.Varint(d.p)
	if n <= 0 {
		d.fail("a place that ends early")
		return 0
	}
	d.p = d.p[n:]
	return v
}

func (d *decoder) uvarint() uint64 {
	v, n := binary.Uvarint(d.p)
	if n <= 0 {
		d.fail("a place that ends early")
		return 0
	}
	d.p = d.p[n:]
	return v
}

func (d *decoder) extra(m *trace.Message) {
	if !d.accept('{') {
		d.fail("no object")
		return
	}
	for d.err == nil {
		if d.accept('}') {
			d.accept(',')
			return
		}
		name := d.quoted()
		if !d.accept(':') {
			d.fail("no value")
		}
		switch name {
		case "b":
			m.Begun = d.since()
		case "e":
			m.Ended = d.since()
		case "r":
			m.NRcpt = int(d.int())
		case "s":
			m.Subject = d.text()
		case "h":
			m.Helo = d.text()
		case "p":
			m.ParentQueueID = d.text()
		case "pi":
			m.ParentID = m.ID + d.int()
		case "v":
			m.PrevQueueID = d.text()
		case "vi":
			m.PrevID = m.ID + d.int()
		case "n":
			if d.accept('t') {
				d.i = min(d.i+len("rue"), len(d.b))
				d.accept(',')
				m.NextQueueID = handedOn(m)
			} else {
				m.NextQueueID = d.text()
			}
		case "ni":
			m.NextID = m.ID + d.int()
		case "hint":
			m.Hint = new(trace.Attempt)
			d.attempt(m.Hint, 1)
		default:
			d.fail("an unknown field " + strconv.Quote(name))
		}
	}
}

func (d *decoder) fail(what string) {
	if d.err == nil {
		d.err = errDamaged(what + " at byte " + strconv.Itoa(d.i))
	}
	d.i = len(d.b)
}

func (d *decoder) check(err error) {
	if err != nil && d.err == nil {
		d.err = err
		d.i = len(d.b)
	}
}

func (d *decoder) accept(c byte) bool {
	if d.i < len(d.b) && d.b[d.i] == c {
		d.i++
		return true
	}
	return false
}

// open begins an array.
func (d *decoder) open() {
	if !d.accept('[') {
		d.fail("no array")
	}
}

// more reports whether the array goes on; at its end it steps over "]" and the comma after it, but for the outermost one.
func (d *decoder) more() bool {
	if d.i >= len(d.b) {
		if d.err == nil {
			d.fail("an array without end")
		}
		return false
	}
	if d.b[d.i] != ']' {
		return true
	}
	if d.i+1 == len(d.b) {
		return false
	}
	d.i++
	d.accept(',')
	return false
}

// goesOn reports whether the array at hand has another element.
func (d *decoder) goesOn() bool { return d.i < len(d.b) && d.b[d.i] != ']' }

func (d *decoder) isText() bool { return d.i < len(d.b) && d.b[d.i] == '"' }

func (d *decoder) int() int64 {
	n, ok := d.digits()
	if !ok {
		d.fail("no number")
		return 0
	}
	d.accept(',')
	return n
}

func (d *decoder) digits() (int64, bool) {
	i := d.i
	neg := i < len(d.b) && d.b[i] == '-'
	if neg {
		i++
	}
	start := i
	var n uint64
	for i < len(d.b) && d.b[i] >= '0' && d.b[i] <= '9' {
		n = n*10 + uint64(d.b[i]-'0')
		i++
	}
	if i == start {
		return 0, false
	}
	d.i = i
	if neg {
		return -int64(n), true
	}
	return int64(n), true
}

// since reads a time that may be unknown.
func (d *decoder) since() int64 {
	if d.i < len(d.b) && d.b[d.i] == 'n' {
		d.i = min(d.i+len("null"), len(d.b))
		d.accept(',')
		return 0
	}
	return d.m.First + d.time()
}

func (d *decoder) time() int64 {
	n, ok := d.digits()
	if !ok {
		d.fail("no time")
		return 0
	}
	if d.accept('e') {
		e, _ := d.digits()
		switch e {
		case 3:
			n *= 1e3
		case 9:
			n *= 1e9
		default:
			d.fail("an unknown unit of time")
		}
	}
	d.accept(',')
	return n
}

func (d *decoder) float() float64 {
	if d.isText() {
		f, err := strconv.ParseFloat(d.text(), 64)
		if err != nil {
			d.fail("no number")
		}
		return f
	}
	start := d.i
	for d.i < len(d.b) && d.b[d.i] != ',' && d.b[d.i] != ']' {
		d.i++
	}
	s := d.b[start:d.i]
	d.accept(',')
	if len(s) == 2 && s[0] == '-' && s[1] == '1' {
		return -1
	}
	f, err := strconv.ParseFloat(string(s), 64)
	if err != nil {
		d.fail("no number")
	}
	return f
}

// text reads a string, or 0 for none.
func (d *decoder) text() string {
	if d.accept('0') {
		d.accept(',')
		return ""
	}
	s := d.quoted()
	d.accept(',')
	return s
}

func (d *decoder) quoted() string {
	if !d.accept('"') {
		d.fail("no string")
		return ""
	}
	start := d.i
	for d.i < len(d.b) {
		switch d.b[d.i] {
		case '"':
			d.i++
			return string(d.b[start : d.i-1])
		case '\\':
			return d.escaped(start)
		}
		d.i++
	}
	d.fail("a string without end")
	return ""
}

// escaped finishes a string that holds escapes.
func (d *decoder) escaped(start int) string {
	out := append([]byte(nil), d.b[start:d.i]...)
	for d.i < len(d.b) {
		c := d.b[d.i]
		d.i++
		switch {
		case c == '"':
			return string(out)
		case c != '\\':
			out = append(out, c)
		case d.i >= len(d.b):
		case d.b[d.i] == 'n':
			out = append(out, '\n')
			d.i++
		case d.b[d.i] == 'u' && d.i+5 <= len(d.b):
			n, err := strconv.ParseUint(string(d.b[d.i+1:d.i+5]), 16, 8)
			if err != nil {
				d.fail("a bad escape")
				return ""
			}
			out = append(out, byte(n))
			d.i += 5
		default:
			out = append(out, d.b[d.i])
			d.i++
		}
	}
	d.fail("a string without end")
	return ""
}

func (d *decoder) shared() string {
	if d.isText() {
		return d.text()
	}
	id := d.int()
	if d.err != nil {
		return ""
	}
	s, err := d.s.stringOf(id)
	d.check(err)
	return s
}

func (d *decoder) address() string {
	local := d.text()
	id := d.int()
	if id == 0 || d.err != nil {
		return local
	}
	domain, err := d.s.stringOf(id)
	d.check(err)
	return local + "@" + domain
}

func (d *decoder) relay() relay {
	id := d.int()
	if id == 0 || d.err != nil {
		return relay{}
	}
	r, err := d.s.relays.value(d.s.conn, id)
	d.check(err)
	return r
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
