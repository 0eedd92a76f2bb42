package sendmail

import "bouncelog/parser"

// final are the words of stat= for failures that are not tried again: those of sysexits.c (giveresponse in deliver.c writes them) as they
// were over the years, and what recipient.c, savemail.c and the C code that knows a recipient to be bad write instead.
var final = []string{
	"User unknown", "Host unknown", "Service unavailable", "Data format error", "Remote protocol error", "Local configuration error",
	"Internal error", "Internal software error", "Insufficient permission", "Permission denied", "Can't create output", "Cannot create output", "Cannot open input",
	"Cannot open output", "System file missing", "Critical system file missing", "Bad usage", "Command line usage error", "unknown mailer error", "Unknown mailer error",
	"Too many hops", "aliasing/forwarding loop", "Addressee unknown", "Configuration error",
	"Message is too large", "This message does not have DATE header",
}

// retried are the words for failures after which the recipient stays in the queue (markfailure: EX_TEMPFAIL, EX_IOERR, EX_OSERR).
var retried = []string{
	"Deferred", "I/O error", "Operating system error", "Transient parse error", "Name server: ", "Temporary failure",
	"user database error", "queued (user database error",
}

// expired are the words for recipients that were given up (envelope.c).
var expired = []string{"Cannot send message for ", "Cannot send message within ", "Message could not be delivered for ", "delivery time expired ", "Delivery time ("}

// outcome says what became of the recipients of a "to=" line that names a mailer.
func outcome(a *attempt, r *parser.Record) parser.Result {
	r.Kind = parser.KindAttempt
	class := byte(0)
	if len(a.dsn) > 0 {
		class = a.dsn[0]
	} else if code, _ := parser.ReplyCodes(a.reply); code > 0 {
		class = byte('0' + code/100)
	}
	words := a.stat
	switch {
	case !a.hasStat, a.several:
		// The line was cut, or the remote server wrote a ", stat=" of its own: only dsn= and the first digit of its reply
		// can be believed.
		words = nil
		r.Outcome = ofClass(class)
		if a.several && r.Outcome == parser.OutcomeDelivered {
			return parser.Unrecognized // reply= is written for failures only
		}
		if r.Outcome == parser.OutcomeNone {
			return parser.Known
		}
	case hasPrefix(words, "Sent") && (len(words) == 4 || words[4] == ' ' || words[4] == ':') || string(words) == "sent":
		if a.hasReply {
			// reply= is written for failures only: a remote server wrote this, and syslog cut off the rest.
			if r.Outcome = ofClass(class); r.Outcome == parser.OutcomeDelivered {
				return parser.Unrecognized
			}
			words = nil
			break
		}
		r.Outcome = parser.OutcomeDelivered
		sent(words[4:], a, r)
		return parser.Found
	case string(words) == "queued":
		if class != '4' {
			return parser.Known // waits for its first attempt
		}
		// queueup after a failure before any attempt, a DNS look-up mostly: "dsn=4.4.3, stat=queued"
		r.Outcome, words = parser.OutcomeDeferred, nil
	case string(words) == "quarantined":
		r.Kind, r.Outcome, r.Whole = parser.KindHold, parser.OutcomeHeld, true
		return parser.Found
	case string(words) == "discarded":
		r.Outcome = parser.OutcomeDiscarded
		return parser.Found
	case prefixed(words, expired):
		r.Outcome, r.GaveUp = parser.OutcomeExpired, true
	case prefixed(words, retried):
		r.Outcome = parser.OutcomeDeferred
		// "SYSERR(root): Cannot exec /usr/bin/procmail: ..." stands before it, if it was logged.
		r.GaveUp = !a.hasReply && (string(words) == "Operating system error" || string(words) == "I/O error")
		words = deferred(words)
	case prefixed(words, final):
		r.Outcome = parser.OutcomeBounced
		if !a.hasReply && !isLocal(a.mailer) && (string(words) == "Local configuration error" || string(words) == "Internal error") {
			words = nil // the reason stands in the SYSERR line before it; of a local program it is the exit status
		}
	default:
		// Words of $#error in a rule set, or of a later version.
		if r.Outcome = ofClass(class); r.Outcome == parser.OutcomeNone || r.Outcome == parser.OutcomeDelivered {
			return parser.Unrecognized
		}
	}
	r.Own = true
	r.Reply = words
	if a.hasReply && len(a.reply) > 0 {
		r.Reply = a.reply
		r.Own = len(r.RelayIP) == 0
	}
	codes(a.dsn, r)
	if !a.hasReply && r.ReplyCode > 0 && len(r.RelayIP) > 0 {
		r.Own = false // stat=Deferred: 451 4.7.1 ...
	}
	return parser.Found
}

// deferred takes the reason out of "Deferred: reason" and "Deferred (reason)"; "Deferred" alone has none.
func deferred(stat []byte) []byte {
	if !hasPrefix(stat, "Deferred") {
		return stat
	}
	rest := stat[len("Deferred"):]
	switch {
	case len(rest) == 0:
		return nil
	case hasPrefix(rest, ": "):
		return rest[2:]
	case hasPrefix(rest, " ("):
		return unparen(rest)
	}
	return stat
}

// unparen takes the parentheses off " (text)"; a text that was cut has only the first.
func unparen(b []byte) []byte {
	b = b[2:]
	if n := len(b); n > 0 && b[n-1] == ')' {
		b = b[:n-1]
	}
	return b
}

func sent(rest []byte, a *attempt, r *parser.Record) {
	if hasPrefix(rest, " (") {
		r.Reply = unparen(rest)
		r.NextQueueID = queued(r.Reply)
		r.NextLocal = r.NextQueueID != nil && string(a.mailer) == "relay" && isHere(r)
	}
	r.Enhanced = a.dsn
}

// codes takes the codes from the reply, else from dsn=.
func codes(dsn []byte, r *parser.Record) {
	r.ReplyCode, r.Enhanced = parser.ReplyCodes(r.Reply)
	if r.Enhanced == nil || len(dsn) > 0 && r.ReplyCode == 0 && r.Enhanced[0] != dsn[0] {
		r.Enhanced = dsn
	}
}

func ofClass(c byte) parser.Outcome {
	switch c {
	case '2':
		return parser.OutcomeDelivered
	case '4':
		return parser.OutcomeDeferred
	case '5':
		return parser.OutcomeBounced
	}
	return parser.OutcomeNone
}

// undelivered reads a "to=" line without a mailer, which logundelrcpts (srvrsmtp.c) writes for recipients that were accepted and then not
// mailed to:
//
//	to=<a@x>, delay=00:00:00, pri=177607, stat=Message exceeds maximum fixed size (100000)
func undelivered(a *attempt, r *parser.Record) parser.Result {
	if string(a.stat) == "queued" || string(a.stat) == "quarantined" || string(a.stat) == "discarded" || hasPrefix(a.stat, "Sent") || prefixed(a.stat, retried) {
		return outcome(a, r)
	}
	if isCommand(a.stat) {
		return parser.Known // the client gave up the transaction: RSET, EHLO (log level 11)
	}
	r.Kind, r.Outcome, r.Stage, r.Whole, r.Own = parser.KindReject, parser.OutcomeRejected, parser.StageEndOfData, true, true
	r.Reply = a.stat
	r.Delay = -1
	codes(a.dsn, r)
	if r.ReplyCode == 0 {
		r.ReplyCode, r.Enhanced = ownCodes(a.stat, r.Enhanced)
	}
	return parser.Found
}

func isCommand(b []byte) bool {
	for _, s := range [...]string{"RSET", "HELO", "EHLO", "QUIT", "MAIL", "STARTTLS", "AUTH", "aborted by sender"} {
		if equalFold(b, s) {
			return true
		}
	}
	return false
}

// ownText is what Sendmail's server says without its codes, and these.
type ownText struct {
	text     string
	code     int16
	enhanced []byte
}

// own are the codes of replies that Sendmail's server gives in words of its own but logs without them (srvrsmtp.c, collect.c, parseaddr.c, proto.m4).
var own = []ownText{
	{"User unknown", 550, []byte("5.1.1")},
	{"No such user", 550, []byte("5.1.1")}, // virtusertable's "error:nouser No such user here" of cf/README
	{"Message exceeds maximum fixed size", 552, []byte("5.2.3")},
	{"Message size exceeds", 552, []byte("5.2.3")},
	{"message size (", 552, []byte("5.2.3")},
	{"Command rejected", 554, []byte("5.7.1")},
	{"Please try again later", 451, []byte("4.7.1")},
	{"Too many hops", 554, []byte("5.4.6")},
	{"Headers too large", 552, []byte("5.3.4")},
	{"Hostname required", 553, []byte("5.1.3")},
	{"User address required", 553, []byte("5.1.3")},
	{"Real domain name required", 553, []byte("5.5.4")},
	{"Syntax error in mailbox address", 501, []byte("5.1.3")},
	{"8-bit character in mailbox address", 501, []byte("5.1.3")},
	{"Too many recipients", 452, []byte("4.5.3")},
	{"Insufficient disk space", 452, []byte("4.4.5")},
	{"Address too long", 553, []byte("5.1.1")},
	{"Address \"", 553, []byte("5.1.0")},
	{"Relaying denied", 550, []byte("5.7.1")},
	{"Access denied", 550, []byte("5.7.1")},
	{"Cannot mail directly to", 550, []byte("5.7.1")},
	{"Unbalanced ", 553, nil},
	{"Illegal character ", 553, nil},
	{"Invalid numeric domain spec ", 553, []byte("5.1.2")},
	{"prescan: too", 553, []byte("5.1.0")},
	{"Addressee unknown", 550, []byte("5.1.1")},
	{"Missing recipient", 501, []byte("5.0.0")},
	{"Syntax error in parameters scanning ", 501, []byte("5.5.2")},
	{"Syntax error in ORCPT parameter value", 501, []byte("5.5.4")},
	{"ORCPT requires a value", 501, []byte("5.5.2")},
	{"NOTIFY requires a value", 501, []byte("5.5.2")},
	{"Bad argument ", 501, []byte("5.5.4")},
	{"Duplicate ORCPT parameter", 501, []byte("5.5.0")},
	{"Too many parameters", 501, []byte("5.5.4")},
	{"Sorry, NOTIFY not supported", 504, []byte("5.7.0")},
	{"Sorry, ORCPT not supported", 504, []byte("5.7.0")},
	{"Domain name required", 553, []byte("5.5.4")},
	{"Fully qualified domain name required", 553, []byte("5.5.4")},
	{"Colon illegal in host name part", 553, []byte("5.1.3")},
	{"List:; syntax illegal for recipient addresses", 553, []byte("5.1.3")},
	{"Recipient address required", 553, []byte("5.1.3")},
	{"Invalid address", 553, []byte("5.1.2")},
	{"Invalid host name", 553, []byte("5.1.2")},
	{"Invalid route address", 553, []byte("5.1.2")},
	{"Local part must not ", 553, []byte("5.1.2")},
	{"Unrecognized host name ", 553, []byte("5.1.2")},
	{"Illegal MX record for host ", 550, []byte("5.1.2")},
	{"Invalid MX record for host ", 550, []byte("5.1.2")},
	{"MX lookup failure for ", 450, []byte("4.1.2")},
	{"Domain of sender address ", 553, []byte("5.1.8")},
	{"Transient parse error", 451, []byte("4.4.3")},
	{"aliasing/forwarding loop ", 554, []byte("5.4.6")},
}

// ownEndings are such texts that begin with the client's words or an address: "FOO parameter unrecognized", "Address x is unsafe for mailing to files".
var ownEndings = []ownText{
	{" parameter unrecognized", 555, []byte("5.5.4")},
	{" for mailing to files", 550, []byte("5.7.1")},
	{" for mailing to programs", 550, []byte("5.7.1")},
}

// ownCodes are the codes of a refusal that is logged by its words alone.
func ownCodes(text, enhanced []byte) (int16, []byte) {
	for i := range own {
		if hasPrefix(text, own[i].text) {
			return own[i].code, firstOf(enhanced, own[i].enhanced)
		}
	}
	for i := range ownEndings {
		if hasSuffix(text, ownEndings[i].text) {
			return ownEndings[i].code, firstOf(enhanced, ownEndings[i].enhanced)
		}
	}
	return 0, enhanced
}

func firstOf(a, b []byte) []byte {
	if a != nil {
		return a
	}
	return b
}
