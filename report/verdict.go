package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"bouncelog/store"
)

// Trends of a verdict.
const (
	TrendWorse   = "worse"
	TrendBetter  = "better"
	TrendUsual   = "usual"
	TrendUnknown = "unknown" // nothing to compare with
	TrendEmpty   = "empty"   // the window holds nothing
)

// Verdict says first what changed and what to do.
type Verdict struct {
	Trend     string
	Sentences []string // one to three
	Actions   []Action // none to two
}

// Action is one thing to act on.
type Action struct {
	Cause, Category string
	Provider        string // title; "" where it is about no one provider
	Why             string // one sentence with the figures
	Advice          []string
	Links           []string
}

// A difference of rates counts as a change only if chance would rarely make it (two-proportion z-test, 1 %) and it is large
// enough to care about.
const (
	zLimit      = 2.58
	minRelative = 0.15
	minAbsolute = 0.002
	minSample   = 20 // ended recipients below which a rate is no baseline
)

// trendOf compares f1 failures of n1 with f2 of n2.
func trendOf(f1, n1, f2, n2 float64) string {
	if n1 == 0 || n2 < minSample {
		return TrendUnknown
	}
	p1, p2 := f1/n1, f2/n2
	p := (f1 + f2) / (n1 + n2)
	se := math.Sqrt(p * (1 - p) * (1/n1 + 1/n2))
	d := p1 - p2
	if se == 0 || math.Abs(d) < minAbsolute || math.Abs(d) < minRelative*p2 || math.Abs(d)/se < zLimit {
		return TrendUsual
	}
	if d > 0 {
		return TrendWorse
	}
	return TrendBetter
}

// judge writes the verdict.
func judge(m *Model, in Input) Verdict {
	if m.Empty {
		return emptyVerdict(m)
	}
	v := Verdict{}
	base := in.Usual
	if _, n := baseSums(base); n < minSample {
		base = in.Prior
	}
	f2, n2 := baseSums(base)
	f1, n1 := failed(m.Counts), ended(m.Counts)
	v.Trend = trendOf(float64(f1), float64(n1), f2, n2)
	v.Sentences = append(v.Sentences, rateSentence(v.Trend, f1, n1, f2, n2, base, m))
	if s := driverSentence(v.Trend, m); s != "" {
		v.Sentences = append(v.Sentences, s)
	}
	if s := queueSentence(m); s != "" {
		v.Sentences = append(v.Sentences, s)
	}
	v.Actions = actions(m)
	return v
}

func emptyVerdict(m *Model) Verdict {
	s := "Nothing is known of " + m.Window.String() + "."
	switch {
	case m.Print.First.IsZero():
		s += " There is no data at all yet: read a log with `bouncelog ingest FILE` first."
	default:
		s += fmt.Sprintf(" There is data from %s to %s.", minute(m.Print.First, m.Window.Zone), minute(m.Print.Last, m.Window.Zone))
	}
	return Verdict{Trend: TrendEmpty, Sentences: []string{s}}
}

func rateSentence(trend string, f1, n1 int64, f2, n2 float64, base *Baseline, m *Model) string {
	if n1 == 0 {
		switch {
		case m.Counts.Rejected+m.Counts.SessionRejects > 0 && m.Counts.Messages == 0:
			return fmt.Sprintf("No mail passed; our own server refused %s and %s.", Plural(m.Counts.Rejected, "recipient"), Plural(m.Counts.SessionRejects, "session"))
		case m.Counts.Messages == 0 && m.Deferred > 0:
			return "No new mail arrived, and none of the waiting mail reached an end."
		}
		return fmt.Sprintf("No mail reached an end: of %s, none was delivered and none bounced.", Plural(m.Counts.Recipients, "recipient"))
	}
	what := fmt.Sprintf("%s of %s bounced or expired (%s)", Count(f1), Plural(n1, "recipient"), percent(float64(f1)/float64(n1)))
	if f1 == 0 {
		what = fmt.Sprintf("nothing bounced; mail to all %s was delivered", Plural(n1, "recipient"))
		if n1 == 1 {
			what = "nothing bounced; the one recipient's mail was delivered"
		}
	}
	if trend == TrendUnknown {
		return upper(what) + "; there is too little mail from before to say whether that is usual."
	}
	against := fmt.Sprintf("; %s has %s", base.Label, percent(f2/n2))
	if base != nil && len(base.Figures) == 1 {
		against = fmt.Sprintf("; %s had %s", base.Label, percent(f2/n2))
	}
	lead := map[string]string{TrendWorse: "Worse than usual", TrendBetter: "Better than usual", TrendUsual: "About as usual"}[trend]
	return lead + ": " + what + against + "."
}

// driverSentence names what most of the rise is, or what most failures are.
func driverSentence(trend string, m *Model) string {
	causes := m.Tables[store.DimCause]
	if failed(m.Counts) == 0 || len(causes) == 0 {
		return ""
	}
	if trend == TrendWorse && m.Prior != "" {
		rise := func(e Entry) float64 { return float64(e.Failed()) - e.Prior }
		top := slices.MaxFunc(causes, func(a, b Entry) int { return cmp.Compare(rise(a), rise(b)) })
		if r := rise(top); r > 0 {
			return fmt.Sprintf("Most of the rise is %s: %s, %s against %s.", causePhrase(top), Count(top.Failed()), signed(r), m.Prior)
		}
	}
	top := causes[0]
	if top.Failed() == 0 {
		return ""
	}
	return fmt.Sprintf("The main cause is %s: %s, %s of the failures.", causePhrase(top), Count(top.Failed()), percent(top.Share))
}

// causePhrase is "unknown-user (the recipient's mailbox does not exist), mostly at Gmail".
func causePhrase(e Entry) string {
	s := e.Key
	if e.Meaning != "" {
		s += " (" + e.Meaning + ")"
	}
	if e.TopProvider != "" {
		s += ", mostly at " + e.TopProvider
	}
	return s
}

func queueSentence(m *Model) string {
	if m.Deferred == 0 {
		return ""
	}
	wait := "recipients were still waiting for their mail"
	if m.Deferred == 1 {
		wait = "recipient was still waiting for mail"
	}
	s := fmt.Sprintf("At the end %s %s", Count(m.Deferred), wait)
	if !m.Queue.Oldest.IsZero() && m.Queue.Now.After(m.Queue.Oldest) {
		s += ", the oldest for " + duration(m.Queue.Now.Sub(m.Queue.Oldest).Seconds())
	}
	return s + "."
}

// ours are soft causes that the reader can repair; the others pass or are the recipient's to repair.
var ours = map[string]bool{"local-error": true, "tls-failure": true, "dns-failure": true, "routing-loop": true, "protocol-error": true}

// urgency is how much one failure of a cause asks to be acted on.
func urgency(cause, category string) float64 {
	switch {
	case cause == "undetermined" || cause == "":
		return 0.1
	case ours[cause], category == "block":
		return 4
	case category == "content":
		return 2
	case category == "hard":
		return 1
	case cause == "greylisted" || cause == "mailbox-full":
		return 0.05
	}
	return 0.5
}

// maxActions is how many things a verdict asks for: a reader does one or two things, not ten.
const maxActions = 2

// actions picks the causes that ask most to be acted on and for which there is advice or a page that helps.
func actions(m *Model) []Action {
	type scored struct {
		e     Entry
		score float64
	}
	var all []scored
	for _, e := range m.Tables[store.DimCause] {
		if len(e.Advice) == 0 && len(e.Links) == 0 {
			continue
		}
		// A deferral may yet be delivered: it weighs little beside an end.
		n := float64(e.Failed()) + 0.05*float64(e.Deferrals)
		if !math.IsNaN(e.Prior) {
			n += max(0, float64(e.Failed())-e.Prior)
		}
		if s := n * urgency(e.Key, e.Category); s > 0 {
			all = append(all, scored{e, s})
		}
	}
	slices.SortStableFunc(all, func(a, b scored) int { return cmp.Compare(b.score, a.score) })
	var out []Action
	for _, s := range all[:min(len(all), maxActions)] {
		// What is a tenth of the first is not worth a reader's morning.
		if len(out) > 0 && s.score < all[0].score/10 {
			break
		}
		out = append(out, Action{Cause: s.e.Key, Category: s.e.Category, Provider: s.e.TopProvider, Why: actionWhy(s.e), Advice: s.e.Advice, Links: s.e.Links})
	}
	return out
}

func actionWhy(e Entry) string {
	var s string
	switch {
	case e.Failed() > 0 && e.Deferrals > 0:
		s = fmt.Sprintf("%s failed and %s", Plural(e.Failed(), "recipient"), Plural(e.Deferrals, "deferral"))
	case e.Failed() > 0:
		s = Plural(e.Failed(), "recipient") + " failed"
	default:
		s = Plural(e.Deferrals, "deferral")
	}
	if e.TopProvider != "" {
		s += ", mostly at " + e.TopProvider
	}
	return s
}

// upper is s with its first letter, if ASCII, in upper case.
func upper(s string) string {
	if s != "" && s[0] >= 'a' && s[0] <= 'z' {
		return string(s[0]-32) + s[1:]
	}
	return s
}

// Subject is the subject of the mail that carries the report: the verdict in a few words.
func (m *Model) Subject() string {
	host := m.Host
	if host != "" {
		host += ", "
	}
	day := m.Window.String()
	if m.Window.IsDay() {
		day = m.Window.Since.In(zone(m.Window.Zone)).Format("Mon 2 Jan")
	}
	var s string
	switch v := m.Verdict; {
	case v.Trend == TrendEmpty:
		s = "no data"
	case ended(m.Counts) == 0:
		s = "no mail ended"
	default:
		what := fmt.Sprintf("%s bounced (%s of %s)", percent(m.Rate), Count(failed(m.Counts)), Count(ended(m.Counts)))
		if failed(m.Counts) == 0 {
			what = "nothing bounced"
		}
		lead := map[string]string{TrendWorse: "worse than usual, ", TrendBetter: "better than usual, ", TrendUsual: "as usual, "}[v.Trend]
		s = lead + what
		if len(v.Actions) > 0 {
			s += ", " + v.Actions[0].Cause
			if p := v.Actions[0].Provider; p != "" {
				s += " at " + p
			}
		}
	}
	return short(Clean("bounces: "+host+day+": "+s), 200)
}
