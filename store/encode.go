package store

import (
	"bytes"
	"encoding/binary"
	"strings"
	"unicode/utf8"

	"github.com/cespare/xxhash/v2"

	"bouncelog/classify"
	"bouncelog/parser"
	"bouncelog/trace"
)

// The body of a message row is a JSON array by position, so that SQLite's own json_each can take it apart in the views:
//
//	[last, flags, sender, sender_domain, message_id, message_id_domain, size, client, auth_user, [recipient...], {extra}]
//	recipient: [address, domain, attempt...] or [address, domain, orig, state, attempt...]
//	attempt: [time, answer, relay, delay, vars, next, try], without the zeros at its end
//
// Times are relative to the message's first line; client and relay are ids of table relay, answer of table answer.
// Numbers in place of text are ids of table string, 0 is none. next is left out where it is the part of the reply that the answer names, or none; try where
// it is the attempt's place. What is rare stands in extra, which is left out when empty: b the beginning
// where it is not the first line, e the end where it is not the last one (null: not known), r nrcpt where it is neither the number of recipients nor, with a flag, unknown, s subject,
// h helo, p v n the queue ids of parent, predecessor and next (true: that of the last hand-over), pi vi ni the distance to their message ids, hint.
//
// The column place holds, as varints, the message's log, line, offset and length, and for each attempt in the body's order: its log and
// whether seq and also follow; line and offset, relative to the message's in the same log; the hash, four bytes; seq, the number of also
// and these.
const (
	flagSenderKnown  = 1 << iota
	flagNRcptUnknown // Exim does not tell it: frequent flags stand first, as one digit
	flagRejected
	flagSession
	flagProbe
	dsnShift = 5 // parser.DSNKind above it
)

const (
	kindOutcome    = 15 // mask of parser.Outcome
	kindFinal      = 16
	kindLocal      = 32
	kindStageShift = 6
	kindStage      = 63 // mask, above the shift
	kindNotTried   = 1 << 12
)

// Longer or rarer texts stay with the message: what anybody may write into a log must not fill the dictionary.
const maxDictionaryText = 500

// encoder writes bodies. Its first error sticks.
type encoder struct {
	s     *session
	b     []byte
	place []byte
	err   error

	rcpt string // address of the recipient at hand: replies like to repeat it

	origin   origin // the last one: few logs hold several
	originID int64

	domain   string // the last one, which a message-id often shares with the sender
	domainID int64

	once      map[uint64]bool
	verdicts  map[*classify.Verdict]int64
	replies   map[string]knownReply
	buf, vars []byte
	own       int // of template
}

func newEncoder(s *session) encoder {
	e := encoder{s: s}
	e.forget()
	return e
}

// message appends the body to e.b and returns its length; e.place is the other packed column.
func (e *encoder) message(m *trace.Message) (length int, origin int64, err error) {
	start := len(e.b)
	e.err = nil
	e.place = e.place[:0]
	origin = e.originOf(m)
	e.b = append(e.b, '[')
	e.since(m.Last, m.First)
	flags := int64(m.DSN) << dsnShift
	for i, set := range [...]bool{m.SenderKnown, nrcptUnknown(m), m.Rejected, m.SessionReject, m.Probe} {
		if set {
			flags |= 1 << i
		}
	}
	e.int(flags)
	e.address(m.Sender, true)
	e.address(m.MessageID, false)
	e.int(m.Size)
	e.relay(relay{host: m.ClientHost, ip: m.ClientIP})
	e.shared(m.AuthUser)
	e.place = binary.AppendVarint(e.place, int64(m.Log))
	e.place = binary.AppendVarint(e.place, m.Line)
	e.place = binary.AppendVarint(e.place, m.Offset)
	e.place = binary.AppendVarint(e.place, m.EndOffset-m.Offset)
	e.b = append(e.b, '[')
	for _, r := range m.Recipients {
		e.recipient(m, r)
	}
	e.close()
	e.extra(m)
	e.close()
	e.b = e.b[:len(e.b)-1] // the last comma
	if m.Ended == 0 {
		for n := len(e.b) - start; n%room != 0; n++ {
			e.b = append(e.b, ' ')
		}
	}
	return len(e.b) - start, origin, e.err
}

func (e *encoder) originOf(m *trace.Message) int64 {
	if o := (origin{m.Host, m.Instance, m.MTA}); o != e.origin || e.originID == 0 {
		id, err := e.s.origins.id(e.s.conn, o, true)
		e.fail(err)
		e.origin, e.originID = o, id
	}
	return e.originID
}

// room is what the body of an open message is filled up to, in multiples, with spaces: it comes back longer, and in a full page a row
// that grows splits the page.
const room = 256

func nrcptUnknown(m *trace.Message) bool { return m.NRcpt == 0 && len(m.Recipients) > 0 }

func (e *encoder) recipient(m *trace.Message, r *trace.Recipient) {
	e.b = append(e.b, '[')
	e.rcpt = r.Address
	e.address(r.Address, true)
	// 0: as its last attempt says.
	state := int64(r.Outcome)<<1 + 1
	if r.Final {
		state += kindFinal << 1
	}
	if n := len(r.Attempts); n > 0 && r.Attempts[n-1].Outcome == r.Outcome && r.Attempts[n-1].Final == r.Final {
		state = 0
	}
	if state != 0 || r.Orig != "" {
		e.text(r.Orig)
		e.int(state)
	}
	for i := range r.Attempts {
		e.attempt(m, &r.Attempts[i], i+1)
	}
	e.close()
}

// attempt writes the attempt at a place of its recipient's, from 1.
func (e *encoder) attempt(m *trace.Message, a *trace.Attempt, place int) {
	e.b = append(e.b, '[')
	e.time(a.Time, m.First)
	template, next := e.reply(a)
	e.answer(a, template, next)
	e.relay(relay{a.RelayHost, a.RelayIP, a.RelayPort})
	e.float(a.Delay)
	e.b = append(e.b, e.vars...)
	named := next == 0 && a.Next != ""
	if named {
		e.text(a.Next)
	}
	switch {
	case a.Try != place:
		e.int(int64(a.Try))
	case !named:
		for bytes.HasSuffix(e.b, []byte(",0,")) {
			e.b = e.b[:len(e.b)-2]
		}
	}
	e.close()
	e.attemptPlace(m, a)
}

func (e *encoder) attemptPlace(m *trace.Message, a *trace.Attempt) {
	line, offset, log := a.Line, a.Offset, uint64(0)
	if a.Log == m.Log {
		line, offset = line-m.Line, offset-m.Offset
	} else {
		log = uint64(uint32(a.Log)) + 1
	}
	log <<= 1
	more := a.Seq != 0 || len(a.Also) > 0
	if more {
		log |= 1
	}
	p := binary.AppendUvarint(e.place, log)
	p = binary.AppendVarint(p, line)
	p = binary.AppendVarint(p, offset)
	p = binary.LittleEndian.AppendUint32(p, a.Hash)
	if more {
		p = binary.AppendVarint(p, int64(a.Seq))
		p = binary.AppendUvarint(p, uint64(len(a.Also)))
		for _, l := range a.Also {
			p = binary.AppendVarint(p, int64(l))
		}
	}
	e.place = p
}

// handedOn is the queue id under which the last hand-over of a recipient within the host was taken, mostly the message's own NextQueueID.
func handedOn(m *trace.Message) string {
	id := ""
	for _, r := range m.Recipients {
		for i := range r.Attempts {
			if r.Attempts[i].Outcome == parser.OutcomeReinjected {
				id = r.Attempts[i].Next
			}
		}
	}
	return id
}

// extra holds the rare fields by short names.
func (e *encoder) extra(m *trace.Message) {
	start := len(e.b)
	e.b = append(e.b, '{')
	str := func(name, v string) {
		if v != "" {
			e.name(name)
			e.text(v)
		}
	}
	// Messages of one story are near each other: the distance of their ids is short.
	id := func(name string, v int64) {
		if v != 0 {
			e.name(name)
			e.int(v - m.ID)
		}
	}
	if m.Begun != m.First {
		e.name("b")
		e.since(m.Begun, m.First)
	}
	if m.Ended != m.Last {
		e.name("e")
		e.since(m.Ended, m.First)
	}
	if m.NRcpt != len(m.Recipients) && !nrcptUnknown(m) {
		e.name("r")
		e.int(int64(m.NRcpt))
	}
	str("s", m.Subject)
	str("h", m.Helo)
	str("p", m.ParentQueueID)
	id("pi", m.ParentID)
	str("v", m.PrevQueueID)
	id("vi", m.PrevID)
	if m.NextQueueID != "" && m.NextQueueID == handedOn(m) {
		e.name("n")
		e.b = append(e.b, "true,"...)
	} else {
		str("n", m.NextQueueID)
	}
	id("ni", m.NextID)
	if m.Hint != nil {
		e.name("hint")
		e.rcpt = ""
		e.attempt(m, m.Hint, 1)
	}
	if len(e.b) == start+1 {
		e.b = e.b[:start]
		return
	}
	e.b[len(e.b)-1] = '}'
	e.b = append(e.b, ',')
}

func (e *encoder) name(s string) {
	e.b = append(e.b, '"')
	e.b = append(e.b, s...)
	e.b = append(e.b, '"', ':')
}

// address writes what stands before the last "@" and the dictionary's id of what follows; without an "@" the whole
// and 0. With create unset only domains that were met before get an id: what stands in a Message-ID may be anything.
func (e *encoder) address(s string, create bool) {
	if i := strings.LastIndexByte(s, '@'); i >= 0 && len(s)-i <= maxKey && i+1 < len(s) {
		if id := e.domainOf(s[i+1:], create); id != 0 {
			if i == 0 {
				e.b = append(e.b, '"', '"', ',') // "@x" is not "x"
			} else {
				e.text(s[:i])
			}
			e.int(id)
			return
		}
	}
	e.text(s)
	e.b = append(e.b, '0', ',')
}

// domainOf is the dictionary's id of a domain, 0 where it gets none.
func (e *encoder) domainOf(domain string, create bool) int64 {
	if domain == e.domain {
		return e.domainID
	}
	id, known := e.s.strings.ids.get(domain)
	if !known {
		if !utf8.ValidString(domain) || !create && !e.met(domain) {
			return 0
		}
		var err error
		id, err = e.s.stringID(domain)
		e.fail(err)
	}
	e.domain, e.domainID = domain, id
	return id
}

// met reports whether a domain was met before, as far as it is remembered.
func (e *encoder) met(domain string) bool {
	h := xxhash.Sum64String(domain)
	if e.once[h] {
		return true
	}
	if len(e.once) >= maxOnce {
		clear(e.once)
	}
	e.once[h] = true
	return false
}

const maxOnce = 50_000

func (e *encoder) relay(r relay) {
	if r == (relay{}) {
		e.b = append(e.b, '0', ',')
		return
	}
	id, err := e.s.relays.id(e.s.conn, r, true)
	e.fail(err)
	e.int(id)
}

func (e *encoder) fail(err error) {
	if e.err == nil {
		e.err = err
	}
}
