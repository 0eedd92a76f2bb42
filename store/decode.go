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
	attempts []trace.Attempt // read so far of the message; reused

	// wants, if it is set, is asked of each attempt when its time, outcome and verdict are known. Those that it does not want get no more than these and
	// Try. With lastReply of each recipient the last one that is wanted gets its Reply too, and that is all. Nor do messages then get their client, and
	// attempts their place; and attempts are good until the next message is read. To find relays, put replies together and keep all that is most of the work.
	wants     func(*trace.Attempt) bool
	lastReply bool
	wanted    wantedReply
	said      saidReply
}

// messageColumns are what decoder.message wants.
const messageColumns = "id, origin, queue_id, first, CAST(body AS BLOB), place"

// message makes a message of a row of messageColumns.
func (d *decoder) message(row []driver.Value) (*trace.Message, error) {
	id, originID, queueID, first := integer(row[0]), integer(row[1]), text(row[2]), integer(row[3])
	d.b, d.p, d.i, d.err = bytes.TrimRight(blob(row[4]), " "), blob(row[5]), 0, nil
	o, err := d.s.origins.value(d.s.conn, originID)
	if err != nil {
		return nil, err
	}
	m := &trace.Message{ID: id, Key: trace.Key{Host: o.host, Instance: o.instance, QueueID: queueID}, MTA: o.mta, First: first}
	d.m, d.attempts = m, d.attempts[:0]
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
	d.wanted, d.said = wantedReply{}, saidReply{}
	before := len(d.attempts)
	for d.more() {
		d.attempts = append(d.attempts, trace.Attempt{})
		d.attempt(&d.attempts[len(d.attempts)-1], len(d.attempts)-before)
		if d.err != nil {
			break
		}
	}
	if n := len(d.attempts); n > before {
		r.Attempts = d.attempts[before:n:n]
	}
	if d.wants == nil {
		r.Attempts, d.attempts = slices.Clone(r.Attempts), d.attempts[:before]
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
		a.Reply, vars = d.repeated(v.template)
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
