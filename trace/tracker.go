// Package trace follows messages through the lines of a log.
//
// It exists because no single line tells the story: the sender stands in one, the recipient and the reply in
// another, the bounce message in a third, hours later. A Tracker takes the parsers' Records in order and keeps, for
// every queue id, the Message as known so far; what each line adds becomes an Event.
package trace

import (
	"hash/maphash"

	"bouncelog/parser"
)

// Judge gives an attempt its verdict before the event is handed out: it sets Attempt.Verdict. It is asked for every
// outcome but delivered and reinjected; an expiry keeps the verdict of the deferral it ends.
type Judge interface {
	Judge(e *Event)
}

// Keeper finds messages that the tracker no longer holds in memory.
type Keeper interface {
	// Find returns the kept messages with this queue id on this host (of any instance), newest first. begin is true where
	// the line begins a message: then only messages that are later than the line and whose own beginning was not seen (Begun == 0)
	// matter, which a keeper knows without a look-up. time is that of the line.
	Find(k Key, begin bool, time int64) ([]*Message, error)
	// Load returns the message with this ID, or nil.
	Load(id int64) (*Message, error)
	// Refused returns the kept refusals without a queue id of that host and time (to the nanosecond, as logged).
	Refused(host string, time int64) ([]*Message, error)
}

// Options are a Tracker's surroundings. All are optional.
type Options struct {
	Judge   Judge        // nil: no verdicts
	Keeper  Keeper       // nil: what was evicted is forgotten
	OnEvent func(*Event) // called for each event as its line is read; what it points to may be kept only as a copy
	NextID  int64        // the first Message.ID to give; 0 means 1
}

// Tracker follows messages. It is not safe for concurrent use.
type Tracker struct {
	opt  Options
	seed maphash.Seed
	live table // by host and queue id
	// Rings of the held nodes, those touched longest ago first: of messages that are open, and of those that ended.
	open, ended node
	weight      int // of the nodes in the rings

	byMessageID table               // the newest held message with a message-id, for hand-overs that name no queue id
	indexes     map[*Message]*index // recipients of messages with many, by address
	found       []*Recipient        // what one of them gave
	awaited     map[place]handover  // queue ids that a next hop on this host was said to have given
	refused     map[refusal][]*refused
	unkept      []*refused // those whose messages are in memory
	sessions    map[session]*Session
	starts      map[int32]int64 // first time stamp of each log
	overlapping map[int32]int64 // logs that share their time with another log of the same host: until when
	reread      map[int32]int64 // offset of a line that is read again, by log

	changed []*node    // nodes with a changed message
	orphans []*Message // changed messages without a node: refusals, older incarnations
	swept   int64      // when old expectations were forgotten last
	strings interner
	log     int32 // of the last record
	key     []byte
	text    *text // of the message that the line at hand speaks of, nil: none
	event   Event // handed out last

	// Of the last record, or of the last that named one. The next is likely to say the same.
	host, instance, enhanced string
	hostHash                 uint64

	now    int64 // newest log time
	at     int64 // time of the line at hand
	behind int64 // see Behind
	next   int64
	err    error
}

// node holds the newest incarnation of an instance's queue id.
type node struct {
	m          *Message
	entry      entry
	prev, next *node // the ring
	weight     int   // bytes that its message takes, as of the last Changed or Evict
	changed    int   // 1 + its place among the changed nodes; 0: it did not change; -1: it is among the orphans
	inEnded    bool  // which ring it is in
	detached   bool  // not in the ring: an older incarnation that one line spoke of
	forwarded  bool  // a content filter on this host gave it in
	remembered bool  // see remember
	text       text
}

// New returns a Tracker.
func New(opt Options) *Tracker {
	t := &Tracker{
		opt:         opt,
		seed:        maphash.MakeSeed(),
		live:        table{by: byQueueID},
		byMessageID: table{by: byMessageID},
		indexes:     map[*Message]*index{},
		awaited:     map[place]handover{},
		refused:     map[refusal][]*refused{},
		sessions:    map[session]*Session{},
		starts:      map[int32]int64{},
		overlapping: map[int32]int64{},
		reread:      map[int32]int64{},
		strings:     newInterner(),
		log:         -1,
		next:        max(opt.NextID, 1),
	}
	t.hostHash = maphash.String(t.seed, t.host)
	t.open.prev, t.open.next = &t.open, &t.open
	t.ended.prev, t.ended.next = &t.ended, &t.ended
	return t
}

// NextID is the ID that the next new message will get.
func (t *Tracker) NextID() int64 { return t.next }

// Now is the newest time stamp read, in Unix nanoseconds.
func (t *Tracker) Now() int64 { return t.now }

// Err is the first error of the Keeper. A message that could not be looked up is followed as a new one, so
// the caller must give up what was read since its last commit.
func (t *Tracker) Err() error { return t.err }

// Overlaps says that the log with this number holds lines of a time that another log of the same host held too, until then, such as
// mail.err beside mail.log: refusals without a queue id and messages are then looked up before they count.
func (t *Tracker) Overlaps(log int32, until int64) { t.overlapping[log] = until }

// overlaps reports whether the record's line may have been read in another log of the host.
func (t *Tracker) overlaps(r *parser.Record) bool {
	if len(t.overlapping) == 0 {
		return false
	}
	until, ok := t.overlapping[r.Line.Log]
	return ok && r.Time <= until
}

// Add follows one record. It keeps nothing of r's bytes.
func (t *Tracker) Add(r *parser.Record) {
	t.text = nil
	t.at = r.Time
	t.now = max(t.now, t.at)
	if r.Line.Log != t.log {
		t.log = r.Line.Log
		if _, ok := t.starts[t.log]; !ok {
			t.starts[t.log] = r.Time
		}
	}
	if t.host != string(r.Host) {
		t.host = t.strings.of(r.Host)
		t.hostHash = maphash.String(t.seed, t.host)
	}
	t.inherit(r)
	if t.rereads(r) {
		t.retract(r)
	}
	switch r.Kind {
	case parser.KindBegin:
		t.begin(r)
	case parser.KindContext:
		if n := t.message(r); n != nil {
			m := n.m
			t.context(n, r)
			if r.NRcpt > 0 {
				accepted(m)
			}
			if r.Whole { // nothing was accepted under this queue id
				m.Rejected = true
				t.end(m, r.Time)
				t.settleRing(n)
			}
		}
	case parser.KindAttempt:
		t.attempts(r)
	case parser.KindGiveUp:
		t.giveUp(r)
	case parser.KindEnd:
		if n := t.find(r); n != nil {
			if r.Open {
				t.deleteOpen(n.m, r)
			}
			t.end(n.m, r.Time)
			t.touch(n, r)
		}
	case parser.KindHold:
		t.hold(r)
	case parser.KindRelease:
		if n := t.find(r); n != nil {
			t.touch(n, r)
		}
	case parser.KindDSN:
		t.dsn(r)
	case parser.KindReject:
		t.reject(r)
	case parser.KindHint:
		t.hint(r)
	case parser.KindRename:
		t.rename(r)
	case parser.KindSession:
		t.session(r)
	}
}

// begin starts a message, or fills in the beginning of one that was met before it.
func (t *Tracker) begin(r *parser.Record) {
	if len(r.QueueID) == 0 {
		return
	}
	n := t.lookup(r, r.QueueID)
	if n != nil && !t.continues(n.m, r) {
		n = nil
	}
	if n == nil {
		n = t.kept(r, true)
	}
	if n == nil && t.overlaps(r) {
		n = t.keptTwin(r)
	}
	if n == nil {
		n = t.create(r)
	}
	t.touch(n, r)
	n.forwarded = n.forwarded || r.Forwarded
	m := n.m
	accepted(m)
	if m.Begun == 0 || r.Time < m.Begun {
		m.Begun = r.Time
	}
	t.context(n, r)
	if len(m.Recipients) > 0 { // met by a later line
		for _, rc := range m.Recipients {
			rc.own()
			for i := range rc.Attempts {
				rc.Attempts[i].age(m)
			}
		}
		if m.NRcpt > 0 {
			t.endIfAllEnded(m, r.Time)
			t.settleRing(n)
		}
	}
	if len(r.Parent) > 0 {
		t.adopt(m, r, r.Parent, r.DSN)
	}
	t.continued(m, r)
}

// accepted takes back what reject assumed of a message whose beginning was not met yet: that nothing of it was accepted.
func accepted(m *Message) {
	if m.Rejected && m.Ended == 0 {
		m.Rejected = false
	}
}

// continues reports whether a line that begins a message belongs to m, not to a new incarnation of its queue id.
func (t *Tracker) continues(m *Message, r *parser.Record) bool {
	if m.Begun == 0 {
		// Met by a later line: out of order by a few seconds, Exim's cutthrough (">>" before "<="), a
		// DSN announced before its first line, or the other half of a log that was read before this one.
		return r.Time <= m.First+int64(slack) || onlyRefused(m) && r.Time-m.Last < int64(handed)
	}
	if m.Log == r.Line.Log && m.Offset == r.Line.Offset && t.rereads(r) {
		return true
	}
	// The same line in another log of this host.
	return m.Begun == r.Time && m.Log != r.Line.Log && m.ClientIP == string(r.ClientIP) && (!r.HasSender || m.Sender == string(r.Sender))
}

// onlyRefused reports whether all that is known of m is refused recipients: Sendmail logs "from=" after the data, its
// "ruleset=check_rcpt, reject=" before.
func onlyRefused(m *Message) bool {
	for _, rc := range m.Recipients {
		if rc.Outcome != parser.OutcomeRejected {
			return false
		}
	}
	return len(m.Recipients) > 0 && m.Ended == 0
}

// message is the message that a line without a beginning of its own belongs to; it is created where none is known.
func (t *Tracker) message(r *parser.Record) *node {
	if len(r.QueueID) == 0 {
		return nil
	}
	n := t.find(r)
	if n == nil {
		n = t.create(r)
		// Mail that a mail server makes itself (bounce messages, forwards) has no "client=" line: its message-id begins
		// it. At the start of a log it may as well be the rest of a message that began before.
		if len(r.MessageID) > 0 && r.Time-t.starts[r.Line.Log] > int64(startup) {
			n.m.Begun = r.Time
		}
	}
	t.touch(n, r)
	return n
}

// find is the held or kept message that the record's line belongs to, or nil.
func (t *Tracker) find(r *parser.Record) *node {
	if n := t.lookup(r, r.QueueID); n != nil && belongs(n.m, r) && !contradicts(n.m, r) {
		return n
	}
	return t.kept(r, false)
}

// belongs reports whether a line that does not begin a message can be of this incarnation.
func belongs(m *Message, r *parser.Record) bool {
	if r.Time < m.First-int64(early) {
		return m.Begun == 0 // an earlier part of a log that was read later
	}
	if m.Ended == 0 {
		return r.Time-m.Last < int64(lifetime)
	}
	if r.Time-m.Ended > int64(late) {
		return false
	}
	// A queue id that is used again seconds after "removed" begins with cleanup's message-id when
	// the mail server itself made the message.
	if r.Kind == parser.KindContext && len(r.MessageID) > 0 && m.MessageID != "" && m.MessageID != string(r.MessageID) {
		return false
	}
	return true
}

// contradicts reports whether a line of another instance of this host shows that it speaks of another message, which happens to have
// the same queue id there.
func contradicts(m *Message, r *parser.Record) bool {
	if m.Instance == string(r.Instance) || r.Kind != parser.KindContext {
		return false
	}
	return r.HasSender && m.SenderKnown && m.Sender != string(r.Sender) ||
		len(r.MessageID) > 0 && m.MessageID != "" && m.MessageID != string(r.MessageID)
}

// context adds what the line says about the message as a whole.
func (t *Tracker) context(n *node, r *parser.Record) {
	m := n.m
	if r.HasSender && (!m.SenderKnown || m.Sender != string(r.Sender)) {
		m.SenderKnown = true
		m.Sender = t.text.of(r.Sender)
	}
	if len(r.MessageID) > 0 && m.MessageID != string(r.MessageID) {
		m.MessageID = t.text.of(r.MessageID)
		n.remembered = false
	}
	if len(r.Subject) > 0 {
		m.Subject = t.text.of(r.Subject)
	}
	t.addClient(m, r)
	if r.Size > 0 {
		m.Size = r.Size
	}
	if r.NRcpt > 0 {
		m.NRcpt = int(r.NRcpt)
	}
	if r.Probe {
		m.Probe = true
	}
	if len(r.OrigQueueID) > 0 && m.PrevID == 0 {
		t.follows(m, r)
	}
	if m.MessageID != "" && !n.remembered {
		n.remembered = true
		t.remember(n)
	}
}

// addClient adds what the line says of the client.
func (t *Tracker) addClient(m *Message, r *parser.Record) {
	again := t.rereads(r) // what a line said before it was cut off may be half of a name
	if len(r.ClientHost) > 0 && (m.ClientHost == "" || again) {
		m.ClientHost = t.text.of(r.ClientHost)
	}
	if len(r.ClientIP) > 0 && (m.ClientIP == "" || again) {
		m.ClientIP = t.text.of(r.ClientIP)
	}
	if len(r.AuthUser) > 0 {
		m.AuthUser = t.text.of(r.AuthUser)
	}
	if len(r.Helo) > 0 && (m.Helo == "" || again) {
		m.Helo = t.text.of(r.Helo)
	}
}

// end marks the end of a message's life.
func (t *Tracker) end(m *Message, time int64) {
	if m.Ended == 0 || time > m.Ended {
		m.Ended = time
	}
}

// emit judges an event and hands it out.
func (t *Tracker) emit(m *Message, r *Recipient, a *Attempt) {
	e := &t.event
	*e = Event{Message: m, Recipient: r, Attempt: a}
	if t.opt.Judge != nil && a.Verdict == nil && a.Outcome != parser.OutcomeDelivered && a.Outcome != parser.OutcomeReinjected {
		t.opt.Judge.Judge(e)
	}
	if t.opt.OnEvent != nil {
		t.opt.OnEvent(e)
	}
}
