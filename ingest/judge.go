package ingest

import (
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
		RelayHost: a.RelayHost, MTA: e.Message.MTA, Local: a.Local,
		Expired: a.Outcome == parser.OutcomeExpired, Stage: a.Stage.String(),
	}
	if e.Recipient != nil {
		r.Recipient = e.Recipient.Address
	}
	if a.Outcome == parser.OutcomeRejected {
		r.RelayHost = "" // our own server speaks, whoever the recipient's provider is
		r.Local = true
	}
	a.Verdict = j.c.Classify(r)
}
