package trace

import (
	"bytes"
	"slices"
	"strings"

	"bouncelog/parser"
)

// attempts follows a delivery attempt for each recipient that the line names.
func (t *Tracker) attempts(r *parser.Record) {
	if len(r.QueueID) == 0 {
		return
	}
	n := t.owner(r)
	m := n.m
	accepted(m)
	if r.Probe {
		m.Probe = true
	}
	if m.Hint == nil && len(r.Reply) == 0 {
		m.Hint = t.pidHint(r)
	}
	if len(r.Recipients) == 0 {
		t.attempt(m, r, nil)
	}
	for _, addr := range r.Recipients {
		t.attempt(m, r, addr)
	}
	m.Hint = nil
	if m.NRcpt > 0 {
		t.endIfAllEnded(m, r.Time)
		t.settleRing(n)
	}
}

// endIfAllEnded ends a message when all its recipients have ended: Sendmail logs no end of the queue file. An attempt that leaves a recipient
// open takes such an end back: an alias stands for more recipients than were counted.
func (t *Tracker) endIfAllEnded(m *Message, time int64) {
	taken, from := 0, 0
	x := t.indexes[m]
	if x != nil {
		taken, from, time = x.taken, x.ended, max(time, x.last)
	}
	for i, rc := range m.Recipients[from:] {
		if n := len(rc.Attempts); n > 0 { // which may be read before the line that counts recipients
			time = max(time, rc.Attempts[n-1].Time)
		}
		switch {
		case rc.Outcome == parser.OutcomeRejected: // never in the queue, nor in nrcpt=
		case !rc.Final && rc.Outcome != parser.OutcomeReinjected:
			m.Ended = 0
			return
		default:
			taken++
		}
		if x != nil { // these have ended for good
			x.taken, x.ended, x.last = taken, from+i+1, time
		}
	}
	if taken >= m.NRcpt {
		t.end(m, time)
	}
}

// attempt follows one attempt for one recipient.
func (t *Tracker) attempt(m *Message, r *parser.Record, addr []byte) {
	outcome := r.Outcome
	rc := t.recipient(m, r, addr)
	if t.repeatsOtherLog(rc, r) {
		return
	}
	if rc.Final && outcome.Ends() && rc.Attempts[len(rc.Attempts)-1].Hash == r.Hash && outcome == rc.Outcome {
		// Within one log every repeated line counts: the same address twice in one message.
		rc = t.addRecipient(m, rc.Address, rc.Orig)
	}
	a := t.newAttempt(r, rc)
	a.Outcome = outcome
	switch {
	case r.GaveUp && outcome == parser.OutcomeDeferred:
		switch a.NotTried = r.NotTried; {
		case m.Hint != nil:
			a.copyWords(m.Hint)
		case a.NotTried:
			t.inheritReply(&a, m, rc)
		}
	case r.GaveUp || outcome == parser.OutcomeExpired:
		a.Outcome = parser.OutcomeExpired
		t.inheritReply(&a, m, rc)
	case (outcome == parser.OutcomeDelivered || outcome == parser.OutcomeReinjected) && len(r.NextQueueID) > 0:
		t.handOver(m, rc, &a, r)
	}
	if a.Outcome == parser.OutcomeDelivered {
		t.passThrough(m, rc, &a)
	}
	t.record(m, rc, &a)
	t.spread(m, rc)
}

// newAttempt copies what the line says of an attempt. Where the recipient's last attempt (rc may be nil) said the same, its strings serve
// again: a message that waits in the queue hears the same words for days.
func (t *Tracker) newAttempt(r *parser.Record, rc *Recipient) Attempt {
	reply := r.Reply
	if bytes.IndexByte(reply, '\\') >= 0 {
		t.key = appendReply(t.key[:0], reply)
		reply = t.key
	}
	a := Attempt{
		Time: r.Time, Outcome: r.Outcome, Stage: r.Stage, Local: r.Own,
		RelayPort: int(r.RelayPort), Delay: r.Delay, ReplyCode: int(r.ReplyCode), Enhanced: t.strings.again(&t.enhanced, r.Enhanced),
		Log: r.Line.Log, Line: r.Line.Number, Offset: r.Line.Offset, Seq: r.Seq, Hash: r.Hash,
	}
	if rc != nil && len(rc.Attempts) > 0 {
		last := &rc.Attempts[len(rc.Attempts)-1]
		a.RelayHost, a.RelayIP, a.Reply = same(last.RelayHost, r.RelayHost), same(last.RelayIP, r.RelayIP), same(last.Reply, reply)
	}
	t.text.room(missing(a.RelayHost, r.RelayHost) + missing(a.RelayIP, r.RelayIP) + missing(a.Reply, reply) + len(r.NextQueueID))
	t.text.fill(&a.RelayHost, r.RelayHost)
	t.text.fill(&a.RelayIP, r.RelayIP)
	t.text.fill(&a.Reply, reply)
	a.Next = t.text.of(r.NextQueueID)
	return a
}

// age says how long after the message's beginning an attempt was, where its line does not.
func (a *Attempt) age(m *Message) {
	if a.Delay >= 0 || m.Begun == 0 || a.Time < m.Begun {
		return
	}
	switch a.Outcome {
	case parser.OutcomeDelivered, parser.OutcomeDeferred, parser.OutcomeBounced, parser.OutcomeExpired, parser.OutcomeReinjected:
		a.Delay = float64((a.Time-m.Begun)/1e6) / 1e3
	}
}

// repeats takes verdict and strings over from the attempt before, where the server said the same again.
func (a *Attempt) repeats(before *Attempt) {
	if before.Verdict != nil && a.Verdict == nil && a.Outcome == before.Outcome && a.ReplyCode == before.ReplyCode && a.Enhanced == before.Enhanced &&
		a.RelayHost == before.RelayHost && a.Local == before.Local && a.Stage == before.Stage && a.Reply == before.Reply {
		a.Verdict, a.Reply, a.RelayHost = before.Verdict, before.Reply, before.RelayHost
		if a.RelayIP == before.RelayIP {
			a.RelayIP = before.RelayIP
		}
	}
}

// appendReply appends a reply with Exim's "\n" escapes as line breaks; within quotes ("C=") it writes them "\\n".
func appendReply(dst, reply []byte) []byte {
	for {
		i := bytes.IndexByte(reply, '\\')
		if i < 0 {
			return append(dst, reply...)
		}
		dst, reply = append(dst, reply[:i]...), reply[i:]
		switch {
		case bytes.HasPrefix(reply, quotedBreak):
			dst, reply = append(dst, '\n'), reply[len(quotedBreak):]
		case bytes.HasPrefix(reply, lineBreak):
			dst, reply = append(dst, '\n'), reply[len(lineBreak):]
		default:
			dst, reply = append(dst, '\\'), reply[1:]
		}
	}
}

var lineBreak, quotedBreak = []byte(`\n`), []byte(`\\n`)

// inheritReply gives an expiry the words, codes, relay and verdict of the deferral that it ends (DESIGN, Terms).
func (t *Tracker) inheritReply(a *Attempt, m *Message, rc *Recipient) {
	for i := len(rc.Attempts) - 1; i >= 0; i-- {
		d := &rc.Attempts[i]
		if d.Outcome != parser.OutcomeDeferred || d.Time > a.Time {
			continue
		}
		if d.Reply == "" && d.ReplyCode == 0 && m.Hint != nil {
			break
		}
		a.copyReply(d)
		a.Verdict = d.Verdict
		return
	}
	if m.Hint != nil {
		a.copyReply(m.Hint)
	}
}

// copyWords takes over the words of a hint, and its relay and enhanced code where the attempt's own line has none.
func (a *Attempt) copyWords(h *Attempt) {
	hint := *h
	if a.RelayHost != "" || a.RelayIP != "" {
		hint.RelayHost, hint.RelayIP, hint.RelayPort = a.RelayHost, a.RelayIP, a.RelayPort
	}
	enhanced := a.Enhanced
	a.copyReply(&hint)
	if a.Enhanced == "" {
		a.Enhanced = enhanced
	}
}

func (a *Attempt) copyReply(d *Attempt) {
	a.RelayHost, a.RelayIP, a.RelayPort = d.RelayHost, d.RelayIP, d.RelayPort
	a.Reply, a.ReplyCode, a.Enhanced, a.Stage, a.Local = d.Reply, d.ReplyCode, d.Enhanced, d.Stage, d.Local
}

// record adds a copy of an attempt to a recipient in the order of time and hands out its event.
func (t *Tracker) record(m *Message, rc *Recipient, a *Attempt) {
	at := len(rc.Attempts)
	for at > 0 && rc.Attempts[at-1].Time > a.Time {
		at-- // an earlier part of a log that was read later, or lines out of order
	}
	if h := m.Hint; h != nil && a.Outcome.Failed() && (a.Reply == "" && a.ReplyCode == 0 || len(h.Reply) > len(a.Reply) && strings.HasSuffix(h.Reply, a.Reply)) {
		a.copyWords(h)
	}
	a.age(m)
	a.Final = a.Outcome.Ends() && !rc.Final
	if a.Final {
		rc.Final = true
	}
	if at > 0 {
		a.repeats(&rc.Attempts[at-1])
	}
	if at == len(rc.Attempts) {
		rc.add(a)
	} else {
		rc.own()
		rc.Attempts = slices.Insert(rc.Attempts, at, *a)
	}
	rc.renumber(at)
	if a.Final || !rc.Final && at == len(rc.Attempts)-1 {
		rc.Outcome = a.Outcome
	}
	if at < len(rc.Attempts)-1 {
		rc.recount() // the first end is final
		t.settle(m, rc, at)
	}
	t.emit(m, rc, &rc.Attempts[at])
}

// settle lets what was read before now, but happened later, speak of an attempt that was just put in its place: an expiry, and a
// deferral for which nothing was tried, take over the words of the deferral before.
func (t *Tracker) settle(m *Message, rc *Recipient, at int) {
	for i := at + 1; i < len(rc.Attempts); i++ {
		a, d := &rc.Attempts[i], &rc.Attempts[i-1]
		if d.Outcome != parser.OutcomeDeferred || a.Outcome != parser.OutcomeExpired && !a.NotTried {
			return
		}
		a.copyReply(d)
		a.Verdict = d.Verdict
	}
}

// nameless is the entry of a give-up that named no recipient while none was known, or nil.
func (t *Tracker) nameless(m *Message) *Recipient {
	for _, rc := range t.named(m, nil, false) {
		if rc.Address == "" && rc.Orig == "" && len(rc.Attempts) > 0 {
			return rc
		}
	}
	return nil
}

// spread gives a recipient that was met only now (an earlier part of the log, read later) the end that a later line without
// recipients gave to all that were open.
func (t *Tracker) spread(m *Message, rc *Recipient) {
	all := t.nameless(m)
	if all == nil || all == rc || rc.Final || rc.Outcome == parser.OutcomeReinjected {
		return
	}
	last := rc.Attempts[len(rc.Attempts)-1]
	for _, a := range all.Attempts {
		if a.Time < last.Time {
			continue
		}
		if a.Outcome == parser.OutcomeExpired {
			a.copyReply(&last)
			a.Verdict = last.Verdict
		}
		a.Also = slices.Clone(a.Also)
		rc.add(&a)
		rc.Outcome, rc.Final = a.Outcome, a.Outcome.Ends()
		rc.renumber(len(rc.Attempts) - 1)
	}
}

// renumber counts the tries from i on.
func (rc *Recipient) renumber(i int) {
	for ; i < len(rc.Attempts); i++ {
		try := 0
		if i > 0 {
			try = rc.Attempts[i-1].Try
		}
		switch rc.Attempts[i].Outcome {
		case parser.OutcomeDelivered, parser.OutcomeDeferred, parser.OutcomeBounced, parser.OutcomeReinjected:
			try++
		case parser.OutcomeRejected, parser.OutcomeDiscarded:
			try = max(try, 1)
		}
		rc.Attempts[i].Try = try
	}
}

// repeatsOtherLog reports whether the line is the k-th identical one of its log and another log of this host held a k-th too:
// mail.log and mail.err, Exim's main log and reject log say the same event twice.
func (t *Tracker) repeatsOtherLog(rc *Recipient, r *parser.Record) bool {
	// Only of the newest: "last message repeated" makes thousands of attempts, which must not each be compared with all before.
	for i := max(0, len(rc.Attempts)-maxLikely); i < len(rc.Attempts); i++ {
		a := &rc.Attempts[i]
		if a.Hash == r.Hash && a.Time == r.Time && a.Hash != 0 && a.unseenIn(r.Line.Log) {
			rc.alsoIn(i, r.Line.Log)
			return true
		}
	}
	return false
}

// alsoIn notes that another log held the line of the i-th attempt too.
func (rc *Recipient) alsoIn(i int, log int32) {
	rc.own()
	a := &rc.Attempts[i]
	a.Also = append(slices.Clip(a.Also), log)
}

func (a *Attempt) unseenIn(log int32) bool {
	return a.Log != log && !slices.Contains(a.Also, log)
}

// giveUp ends all recipients that are still open: the line names none.
func (t *Tracker) giveUp(r *parser.Record) {
	if len(r.QueueID) == 0 {
		return
	}
	n := t.owner(r)
	m := n.m
	if len(r.Child) > 0 {
		t.link(m, r, r.Child, r.DSN)
	}
	any := false
	for _, rc := range m.Recipients {
		if t.repeatsOtherLog(rc, r) {
			any = true
			continue
		}
		if rc.Final || rc.Outcome == parser.OutcomeReinjected {
			continue
		}
		any = true
		t.end1(m, rc, r)
	}
	if !any && !hasEnded(m) {
		t.end1(m, t.addRecipient(m, "", ""), r)
	}
	m.Hint = nil
	if r.Outcome == parser.OutcomeRejected {
		m.Rejected = true
	}
	if r.Outcome != parser.OutcomeExpired {
		t.end(m, r.Time)
		t.settleRing(n)
	}
}

// deleteOpen ends what is open when the queue file is removed by a line that does not say who removed it: the queue manager only removes what has no open
// recipients, so it was an administrator.
func (t *Tracker) deleteOpen(m *Message, r *parser.Record) {
	for _, rc := range m.Recipients {
		if rc.Final || rc.Outcome == parser.OutcomeReinjected || t.repeatsOtherLog(rc, r) {
			continue
		}
		a := t.newAttempt(r, rc)
		a.Outcome = parser.OutcomeDeleted
		t.record(m, rc, &a)
	}
}

func (t *Tracker) end1(m *Message, rc *Recipient, r *parser.Record) {
	a := t.newAttempt(r, rc)
	if a.Outcome == parser.OutcomeExpired {
		t.inheritReply(&a, m, rc)
	}
	t.record(m, rc, &a)
}

// hasEnded reports whether recipients are known and all of them ended.
func hasEnded(m *Message) bool {
	return len(m.Recipients) > 0
}

// hold stops a message or one of its recipients; a hold is an event, but ends nothing.
func (t *Tracker) hold(r *parser.Record) {
	if len(r.QueueID) == 0 {
		return
	}
	n := t.owner(r)
	m := n.m
	t.context(n, r)
	for _, addr := range r.Recipients {
		if rc := t.recipient(m, r, addr); rc.Outcome != parser.OutcomeHeld || rc.Final { // Sendmail says it twice
			t.hold2(m, rc, r)
		}
	}
	if len(r.Recipients) > 0 && !r.Whole {
		return
	}
	open := 0
	for _, rc := range m.Recipients {
		if !rc.Final && rc.Outcome != parser.OutcomeReinjected && rc.Outcome != parser.OutcomeHeld {
			open++
			t.hold2(m, rc, r)
		}
	}
	if open == 0 && len(m.Recipients) == 0 {
		t.hold2(m, t.addRecipient(m, "", ""), r)
	}
}

func (t *Tracker) hold2(m *Message, rc *Recipient, r *parser.Record) {
	if t.repeatsOtherLog(rc, r) {
		return
	}
	a := t.newAttempt(r, rc)
	a.Outcome = parser.OutcomeHeld
	t.record(m, rc, &a)
}
