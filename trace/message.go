package trace

import (
	"slices"

	"bouncelog/parser"
)

// Key names a message's queue file on its host. Short queue ids are reused: the same key may name several messages
// one after another (incarnations), told apart by Message.ID.
type Key struct {
	Host     string
	Instance string // Postfix's instance; "" for MTAs with one queue
	QueueID  string
}

// Message is one queue id's life on one host (DESIGN, Terms). A refusal of our own server that belongs to no
// queue id is a Message too, with an empty QueueID, one recipient at most and Rejected or SessionReject set.
//
// Times are Unix nanoseconds, 0 = not known. The tracker owns a Message; who keeps one past the call that
// handed it out takes a Clone.
type Message struct {
	ID int64 // unique in a store; given by the Tracker's counter, never reused
	Key
	MTA string

	First int64 // first line that was read
	Last  int64 // last line that was read
	Begun int64 // the line that began it; 0 if the log did not hold it (its context is then unknown)
	Ended int64 // its end (removed, Completed, last recipient ended); 0 while it is open

	SenderKnown bool
	Sender      string // "" with SenderKnown is the null sender
	MessageID   string // without brackets
	Subject     string
	Size        int64
	NRcpt       int
	ClientHost  string
	ClientIP    string
	AuthUser    string
	Helo        string

	// Bounce messages, see DSN.
	ParentQueueID string // the message that it reports on, where known
	ParentID      int64  // that message's ID, 0 if it was not seen

	// Continuation: the message that a content filter, the MSP or a forward handed on to this one.
	PrevQueueID string
	PrevID      int64
	NextQueueID string // the last id that it was handed on to, on this host
	NextID      int64

	Rejected      bool           // our own server refused it as a whole: counts as rejected, not as a message
	SessionReject bool           // no mail transaction: counts as session_rejects
	Probe         bool           // address verification: in no count
	DSN           parser.DSNKind // set when this message is a bounce message that this host made

	Log       int32 // the log whose lines began it (parser.Line.Log); the store maps it to a log's identity
	Line      int64 // the first line's number and offset in that log
	Offset    int64
	EndOffset int64 // end of the last line read of it in that log, so that raw lines can be read again

	Recipients []*Recipient

	// Hint is the last failure that the log told without a recipient; its words belong to the attempt that follows. nil: none.
	Hint *Attempt

	// Counted is a slot of the consumer that counts: what it last counted of this message, so that a
	// correction can take it back. trace does not look inside; Clone does not copy it.
	Counted any

	first *firstRecipient // nil once it is taken
}

// room is the memory of a message in one allocation.
type room struct {
	message Message
	first   firstRecipient
}

// firstRecipient is room for a message's first recipient and its first attempt: most messages have one of each.
type firstRecipient struct {
	recipient Recipient
	list      [1]*Recipient
	attempts  [1]Attempt
}

// Mail reports whether the message is mail of users, whose recipients count each: no probe, no refusal of our own server, no bounce message.
func (m *Message) Mail() bool {
	return !m.Probe && !m.SessionReject && !m.Rejected && m.DSN == parser.DSNNone
}

// Recipient is one final recipient of a message.
type Recipient struct {
	Address string // as the log names it, case kept
	Orig    string // as submitted, where it differs and the log says so

	Outcome  parser.Outcome // of the last event
	Final    bool           // Outcome ended it; Attempts' last event has Final set
	Attempts []Attempt      // in the order of the log; an expiry is an entry that is no new attempt (Try repeats)

	shared bool // a clone has the same Attempts: more may be added, but those there must not be changed, see own
}

// Attempt is one event of a recipient.
type Attempt struct {
	Time     int64
	Outcome  parser.Outcome
	Final    bool
	Stage    parser.Stage
	Local    bool // the words are our own MTA's, not a remote server's
	NotTried bool // its own words did not say why, as nothing was tried: the words are those of the deferral before, where one is known

	Try       int // 1, 2, ...: the number of the delivery attempt
	RelayHost string
	RelayIP   string
	RelayPort int
	Delay     float64 // seconds since arrival; negative: unknown
	Reply     string  // the remote server's words (or our MTA's own), line breaks as "\n"
	ReplyCode int
	Enhanced  string
	Next      string // the queue id under which the next hop took it, wherever that is

	// Verdict is what the consumer's judge said of a failed attempt: a *classify.Verdict that is never
	// changed. trace carries it and does not look inside.
	Verdict any

	// Where the line stands, which of N it is for "message repeated N times", and the hash of the line without its priority prefix: the same line in
	// another log of this host has it too.
	Line   int64
	Offset int64
	Log    int32
	Seq    int32
	Hash   uint32
	Also   []int32 // other logs that held the identical line
}

// Event is one attempt for one recipient with its whole message's context, as it stands when the line is read. It is valid
// until the call that hands it out returns.
type Event struct {
	Message   *Message
	Recipient *Recipient // nil where the event names none
	Attempt   *Attempt
}

// Clone is a copy that later changes of m leave as it is. Attempts are copied only when one of them is changed: a message that waits in the
// queue for days has dozens, and is cloned after each.
func (m *Message) Clone() *Message {
	c := *m
	c.Counted, c.first = nil, nil
	c.Recipients = make([]*Recipient, len(m.Recipients))
	rs := make([]Recipient, len(m.Recipients))
	for i, r := range m.Recipients {
		r.shared = true
		rs[i] = *r
		rs[i].Attempts = slices.Clip(r.Attempts)
		c.Recipients[i] = &rs[i]
	}
	if m.Hint != nil {
		h := *m.Hint
		c.Hint = &h
	}
	return &c
}

// own makes the recipient's attempts its own. To be called before one that is there is changed.
func (rc *Recipient) own() {
	if rc.shared {
		rc.Attempts, rc.shared = slices.Clone(rc.Attempts), false
	}
}

// add adds an attempt at the end. Room for more is made in steps of a quarter: what is tried for days would take twice its memory
// if that were doubled each time.
func (rc *Recipient) add(a *Attempt) {
	if n := len(rc.Attempts); n == cap(rc.Attempts) {
		grown := make([]Attempt, n, n+1+n/4)
		copy(grown, rc.Attempts)
		rc.Attempts, rc.shared = grown, false
	}
	rc.Attempts = append(rc.Attempts, *a)
}
