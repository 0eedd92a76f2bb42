package sendmail

import (
	"bytes"

	"bouncelog/parser"
)

// notices are the words with which returntosender (savemail.c) names a bounce message.
var notices = [...]struct {
	text string
	dsn  parser.DSNKind
}{
	{"DSN: ", parser.DSNFailure},
	{"return to sender: ", parser.DSNFailure}, // of a bounce message: a double bounce, to the postmaster
	{"postmaster notify: ", parser.DSNPostmaster},
	{"sender notify: ", parser.DSNFailure}, // without the message's body
}

// notice finds the reason in "DSN: User unknown".
func notice(b []byte) (i int, ok bool) {
	for i := range notices {
		if hasPrefix(b, notices[i].text) && len(b) > len(notices[i].text) {
			return i, true
		}
	}
	return 0, false
}

// family reads a line that names two queue ids:
//
//	6AM7Dr98000162: 6AM7E4NM000638: DSN: Cannot send message for 5 days
//	6AM7Dr98000162: 6AM7E4NM000638: sender notify: Warning: could not send message for past 4 hours
//	6AM7Dr98000162: 6AM7Dr99000162: clone: owner=list-owner@x
func family(child, b []byte, r *parser.Record) parser.Result {
	if hasPrefix(b, "clone: owner=") {
		// sendall (deliver.c): the recipients of a mailing list with an owner get a queue file of their own
		return continuation(child, b[len("clone: owner="):], r)
	}
	n, ok := notice(b)
	if !ok {
		return parser.Unrecognized
	}
	reason := b[len(notices[n].text):]
	r.Kind, r.Child, r.DSN = parser.KindDSN, child, notices[n].dsn
	switch {
	case hasPrefix(reason, "Return receipt"):
		r.DSN = parser.DSNSuccess
	case hasPrefix(reason, "Warning: ") && r.DSN != parser.DSNPostmaster:
		r.DSN = parser.DSNDelay
	case prefixed(reason, expired):
		// The queue lifetime ran out (envelope.c): no recipient is named, all that are still open end here.
		r.Kind, r.Outcome, r.GaveUp = parser.KindGiveUp, parser.OutcomeExpired, true
		r.Own, r.Reply = true, reason
	case hasPrefix(reason, tooManyHops):
		// sendall (deliver.c) writes no "to=" line for what has gone through too many hosts.
		r.Kind, r.Outcome = parser.KindGiveUp, parser.OutcomeBounced
		r.Own, r.Reply = true, reason
		r.ReplyCode, r.Enhanced = ownCodes(reason, nil)
	case r.DSN == parser.DSNFailure:
		unexpanded(reason, r)
	}
	return parser.Found
}

// unexpanded reads the reasons of an alias or .forward file that came to nothing (alias.c, recipient.c), of which no other line tells. The
// recipient is not named; where an address stands, it is what was found there.
//
//	aliasing/forwarding loop broken
//	/home/joe/.forward: line 1: "|/bin/x"... User joe@h.x doesn't have a valid shell for mailing to programs
//	:include:/etc/list... Cannot open /etc/list: No such file or directory
func unexpanded(reason []byte, r *parser.Record) {
	words := reason
	if i := index(words, ": line "); words[0] == '/' && i > 0 && bytes.IndexByte(words[:i], ' ') < 0 {
		words = words[i+len(": line "):]
		if i = index(words, ": "); i < 0 {
			return
		}
		words = words[i+len(": "):]
	}
	text := unaddressed(words)
	if len(text) == len(words) && !hasPrefix(text, "aliasing/forwarding loop ") {
		return
	}
	r.Outcome, r.Own, r.Reply = parser.OutcomeBounced, true, reason
	r.ReplyCode, r.Enhanced = ownCodes(text, nil)
	if r.ReplyCode == 0 && hasPrefix(text, "Cannot open ") {
		r.ReplyCode, r.Enhanced = 550, cannotOpen
	}
}

var cannotOpen = []byte("5.2.4")

const tooManyHops = "Too many hops "

// continuation makes child, a queue file that Sendmail split off, a part of the same message.
func continuation(child, owner []byte, r *parser.Record) parser.Result {
	r.Kind, r.OrigQueueID, r.QueueID = parser.KindBegin, r.QueueID, child
	if owner != nil {
		r.Sender, r.HasSender = address(owner), true
	}
	return parser.Found
}

// split reads split_by_recipient's line, "split: maxrcpts=10, rcpts=15, count=1, id=6AM7Dr99000162"; several new ids ("ids=A, B") are more
// than one record can tell.
func split(b []byte, r *parser.Record) parser.Result {
	if !contains(b, "count=") {
		return parser.Unrecognized
	}
	if i := lastIndex(b, ", id="); i >= 0 && isID(b[i+len(", id="):]) {
		return continuation(b[i+len(", id="):], nil, r)
	}
	return parser.Known
}

// sysErr reads "SYSERR(root): MX list for x. points back to mx.y", whose words explain the "to=" line that follows.
func sysErr(b []byte, r *parser.Record) parser.Result {
	i := index(b, "): ")
	if i < 0 {
		return parser.Unrecognized
	}
	b = b[i+len("): "):]
	if hasPrefix(b, tooManyHops) {
		return hops(b, r)
	}
	return hint(b, r)
}

// hops reads sendall's "Too many hops 26 (25 max): from <a@x> via h.x, to <b@y>", which names the first recipient. The message stays in the
// queue; the next run bounces it and says so with "DSN: Too many hops ..." alone.
func hops(b []byte, r *parser.Record) parser.Result {
	i := lastIndex(b, ", to ")
	if i < 0 {
		return hint(b, r)
	}
	r.Kind, r.Outcome, r.Own = parser.KindAttempt, parser.OutcomeDeferred, true
	r.Recipients = append(r.Recipients[:0], address(b[i+len(", to "):]))
	r.Reply = b
	r.ReplyCode, r.Enhanced = ownCodes(b, nil)
	return parser.Found
}

// timeout reads "timeout waiting for input from mx.x. during client greeting". It explains a failed delivery where our
// own side was the client.
func timeout(b []byte, r *parser.Record) parser.Result {
	i := lastIndex(b, " during ")
	if i < 0 {
		return parser.Known
	}
	phase := b[i+len(" during "):]
	if !hasPrefix(phase, "client ") {
		return parser.Known
	}
	switch string(bytes.TrimPrefix(phase, []byte("client "))) {
	case "greeting":
		r.Stage = parser.StageConnect
	case "EHLO", "HELO", "LHLO":
		r.Stage = parser.StageHello
	case "MAIL":
		r.Stage = parser.StageMail
	case "RCPT":
		r.Stage = parser.StageRcpt
	case "DATA 354":
		r.Stage = parser.StageData
	case "DATA status":
		r.Stage = parser.StageEndOfData
	}
	return hint(b, r)
}

// hint keeps words for the attempt that follows.
func hint(words []byte, r *parser.Record) parser.Result {
	r.Kind, r.Reply, r.Own = parser.KindHint, words, true
	codes(nil, r)
	if r.ReplyCode == 0 {
		r.ReplyCode, r.Enhanced = ownCodes(words, r.Enhanced)
	}
	return parser.Found
}
