package parser

// Kind says what one line tells about a message.
type Kind uint8

const (
	// KindNone is a line that is known and carries nothing to follow.
	KindNone Kind = iota
	// KindBegin begins a message: Postfix "QID: client=" and pickup's "QID: uid=",
	// Exim "<=", Sendmail "from=". Context fields may be set.
	KindBegin
	// KindContext adds to a message that began already: cleanup's message-id, qmgr's
	// "from=, size=, nrcpt=", a Subject of a header check, Exim's cwd lines.
	KindContext
	// KindAttempt is one delivery attempt; Outcome, Recipients, Relay*, Reply* are set.
	KindAttempt
	// KindGiveUp ends every recipient that is still open and names none:
	// Postfix "status=expired", postsuper's removal, Exim's "cancelled by timeout_frozen_after".
	// Outcome is OutcomeExpired, OutcomeDeleted, OutcomeDiscarded, OutcomeBounced or OutcomeRejected.
	// In Sendmail: "DSN: Cannot send message for 5 days" (Expired, with Child).
	KindGiveUp
	// KindEnd is the end of the queue file: Postfix "removed", Exim "Completed", Sendmail "done".
	KindEnd
	// KindHold and KindRelease stop and resume a whole message: postsuper, header check HOLD, Exim frozen and thawed.
	// Recipients may be empty (all that are open, or the message as such).
	KindHold
	KindRelease
	// KindDSN links a bounce message to its parent: QueueID is the parent's, Child the
	// DSN's own, DSN says which sort. Child may be empty if the line does not name it. Outcome is OutcomeBounced where no other
	// line tells of a recipient's failure, and none names it (Sendmail's aliases that come to nothing).
	KindDSN
	// KindReject is a refusal by our own server at SMTP time: with a QueueID (after a first recipient
	// was taken) or without (NOQUEUE). Session is set if no mail transaction was refused but the
	// session: connection, HELO, authentication, TLS. Whole is set if the refusal ends the message
	// QueueID (after DATA), not just one recipient. Outcome is OutcomeRejected, OutcomeDiscarded or OutcomeHeld.
	KindReject
	// KindHint is a failure that names no recipient and whose words belong to the attempt that follows:
	// with QueueID (Postfix "QID: host x said: 4xx", Exim "ID H=x: SMTP error") or with PID alone
	// (Postfix "connect to x: timed out"). It is never an event by itself.
	KindHint
	// KindRename is a queue id that changed (Postfix "postsuper -r" requeue: QueueID -> NextQueueID), or
	// a hand-over known from another line than an attempt.
	KindRename
	// KindSession gives what a session (Host, PID or SessionID) is known by until its
	// end: client, user, HELO. Records of that PID without their own client inherit it.
	KindSession
)

// Outcome is what became of one recipient at one attempt (see docs/formats.md for the words of each MTA).
type Outcome uint8

const (
	OutcomeNone Outcome = iota
	OutcomeDelivered
	OutcomeDeferred
	OutcomeBounced
	OutcomeExpired
	OutcomeRejected
	OutcomeDiscarded
	OutcomeHeld
	OutcomeDeleted
	OutcomeReinjected
)

var outcomeNames = [...]string{"", "delivered", "deferred", "bounced", "expired", "rejected", "discarded", "held", "deleted", "reinjected"}

// String is the outcome's name as in JSON, tables and the store.
func (o Outcome) String() string {
	if int(o) < len(outcomeNames) {
		return outcomeNames[o]
	}
	return ""
}

// ParseOutcome is the inverse of Outcome.String; an unknown name gives OutcomeNone and false.
func ParseOutcome(s string) (Outcome, bool) {
	for i, n := range outcomeNames {
		if i > 0 && n == s {
			return Outcome(i), true
		}
	}
	return OutcomeNone, false
}

// Failed reports whether the outcome is a failure that wants a verdict.
func (o Outcome) Failed() bool {
	return o == OutcomeDeferred || o == OutcomeBounced || o == OutcomeExpired || o == OutcomeRejected
}

// Ends reports whether the outcome ends a recipient: all but deferred and held
// (DESIGN: final), and reinjected, which hands the recipient on.
func (o Outcome) Ends() bool {
	return o != OutcomeNone && o != OutcomeDeferred && o != OutcomeHeld && o != OutcomeReinjected
}

// DSNKind says what a delivery status notification reports (RFC 3464 section 2.3.3, Action).
type DSNKind uint8

const (
	DSNNone DSNKind = iota
	DSNFailure
	DSNDelay
	DSNSuccess // delivered, relayed or expanded: no bounce
	DSNPostmaster
)

// Stage is the point of the SMTP dialogue at which a reply was given (RFC 5321 section 4.1.1).
type Stage uint8

const (
	StageNone Stage = iota
	StageConnect
	StageHello
	StageTLS
	StageAuth
	StageMail
	StageRcpt
	StageData
	StageEndOfData
	StageQuit
)

var stageNames = [...]string{"", "connect", "hello", "tls", "auth", "mail", "rcpt", "data", "end-of-data", "quit"}

func (s Stage) String() string {
	if int(s) < len(stageNames) {
		return stageNames[s]
	}
	return ""
}

// Record is what one line says, in words common to all MTAs. Byte slices point into the line's block and
// are valid until the batch that holds it is released; nil means that the line does not say it.
type Record struct {
	Kind Kind
	MTA  string // "postfix", "exim", "sendmail", ...: a constant of the parser
	Time int64  // Unix nanoseconds, UTC
	Line Line   // where it stands

	Host     []byte
	Instance []byte // the MTA instance whose queue ids are unique: Postfix's syslog_name up to the service
	PID      int32
	// SessionID names the session where one process serves many at once (OpenSMTPD); nil: PID does.
	SessionID []byte
	QueueID   []byte // the message that the line belongs to; nil: none

	// Context.
	HasSender   bool   // Sender is known; an empty Sender is then the null sender <>
	Sender      []byte // without angle brackets
	MessageID   []byte // without angle brackets
	Subject     []byte
	Size        int64 // bytes; 0: not said
	NRcpt       int32 // recipients that the message has as the line counts them; 0: not said
	ClientHost  []byte
	ClientIP    []byte
	AuthUser    []byte
	Helo        []byte
	OrigQueueID []byte // this message continues that one (XFORWARD, orig_queue_id=)
	Requeued    bool   // KindBegin: OrigQueueID was moved to this queue id as it stood ("postsuper -r")
	Forwarded   bool   // KindBegin: a program on this host gave it in for the client that is named (XFORWARD)
	Parent      []byte // KindBegin: this message is a bounce message of Parent (Exim "<= <> R=")
	Child       []byte // KindDSN, KindGiveUp: the bounce message's queue id
	DSN         DSNKind

	// Attempt, reject or hint.
	Outcome       Outcome
	Recipients    [][]byte // without angle brackets; the slice is reused by the next Parse into this record
	OrigRecipient []byte   // as submitted, where the line says so
	NextQueueID   []byte   // the id under which the next hop queued it ("queued as X"); see NextLocal
	NextLocal     bool     // the line itself says that the next hop is on this host ("forwarded as", MSP)
	RelayHost     []byte
	RelayIP       []byte
	RelayPort     int32
	Delay         float64 // seconds since arrival; negative: not said
	Reply         []byte  // the words, as logged: codes, line breaks ("\n" escapes) and all
	ReplyCode     int16   // RFC 5321 reply code, 0: none
	Enhanced      []byte  // RFC 3463 code, from the reply or the line's own dsn=
	Stage         Stage
	Session       bool // KindReject: the session, not a recipient or message, was refused
	Whole         bool // KindReject, KindHold: the message itself ends or stops here; KindContext: nothing was accepted under this id (Sendmail "nrcpts=0"), it is no message
	Open          bool // KindAttempt, OutcomeBounced/Expired: a later line may still change it; KindEnd: an administrator may have removed it
	Own           bool // the words are our own MTA's, not a remote server's
	GaveUp        bool // the words do not say why: given up (Exim "retry timeout exceeded"), or put off for a reason told before; the cause is the last deferral's
	NotTried      bool // OutcomeDeferred with GaveUp: nothing was tried (Exim "retry time not reached")
	Probe         bool // an address verification probe, not mail

	Hash uint32 // of the line from its time stamp on, without syslog priority: equal for the identical line in another log of the host; 0: not known
	Seq  int32  // which of N, for "last message repeated N times"; 0 else
}

// Reset clears r for the next line but keeps the storage of Recipients.
func (r *Record) Reset() {
	rcpts := r.Recipients[:0]
	*r = Record{} // a literal with values would be built aside and copied
	r.Recipients, r.Delay = rcpts, -1
}

// CopyFrom makes r a copy of from that shares its bytes but not the slice of recipients.
func (r *Record) CopyFrom(from *Record) {
	rcpts := append(r.Recipients[:0], from.Recipients...)
	*r = *from
	r.Recipients = rcpts
}
