package ingest

import (
	"bytes"

	"bouncelog/classify"
	"bouncelog/parser"
	"bouncelog/trace"
)

// NewJudge returns what the conveyor asks about each failed attempt, for those who classify stored messages again.
func NewJudge(c *classify.Classifier) trace.Judge { return &judge{c} }

// judge asks the classifier about each failed attempt. It is the only place where an event becomes a classify.Reply.
type judge struct{ c *classify.Classifier }

// provider names the provider for the aggregates.
func (j *judge) provider(relayHost, domain string) string { return j.c.Provider(relayHost, domain) }

// Judge sets the attempt's Verdict.
func (j *judge) Judge(e *trace.Event) {
	a := e.Attempt
	if a.Outcome == parser.OutcomeHeld && a.Reply == "" || a.Outcome == parser.OutcomeDeleted {
		return
	}
	r := classify.Reply{
		Text: a.Reply, Code: a.ReplyCode, Enhanced: a.Enhanced,
		RelayHost: a.RelayHost, MTA: e.Message.MTA, Local: a.Local, Stage: a.Stage.String(),
	}
	if e.Recipient != nil {
		r.Recipient = e.Recipient.Address
	}
	a.Verdict = j.ask(r, a.Outcome)
}

func (j *judge) ask(r classify.Reply, outcome parser.Outcome) *classify.Verdict {
	r.Expired = outcome == parser.OutcomeExpired
	if outcome == parser.OutcomeRejected {
		r.RelayHost = "" // our own server speaks, whoever the recipient's provider is
		r.Local = true
	}
	return j.c.Classify(r)
}

// foresee asks about the replies of a batch beside the tracker, which has the most to do of all: the classifier remembers what it was asked
// last, so that it has the answer when Judge comes. Whatever the tracker changes about an attempt is simply asked anew.
func (j *judge) foresee(b *batch) {
	for i := range b.recs[:b.n] {
		r := &b.recs[i]
		if !r.Outcome.Failed() || r.GaveUp || len(r.Reply) == 0 || len(r.Recipients) != 1 || bytes.IndexByte(r.Reply, '\\') >= 0 {
			continue
		}
		j.ask(classify.Reply{
			Text: string(r.Reply), Code: int(r.ReplyCode), Enhanced: string(r.Enhanced), Recipient: string(r.Recipients[0]),
			RelayHost: string(r.RelayHost), MTA: r.MTA, Local: r.Own, Stage: r.Stage.String(),
		}, r.Outcome)
	}
}
