package report

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// storyPage is the data of story.tmpl.
type storyPage struct {
	frame
	Key     string
	Count   int
	Groups  []string
	Stories []htmlStory
}

type htmlStory struct {
	Verdict, Class string
	Facts          [][2]string
	Fates          []Fate // only if there are several
	Steps          []htmlStep
	Notes          []string
	Advice         []htmlAdvice
	Lines          []string
}

type htmlStep struct{ Time, Machine, Elapsed, QueueID, What, Said, Class string }

type htmlAdvice struct {
	Cause, Class, Meaning string
	Advice, Links         []string
}

// htmlStories is how many stories one page tells.
const htmlStories = 50

// StoryHTML writes the stories as one self-contained page without any script, to be attached to a ticket.
func StoryHTML(w io.Writer, s *Stories) error {
	name := cleanKey(s.Key)
	p := &storyPage{frame: newFrame("Why: "+name, true), Key: name, Count: len(s.Threads)}
	for _, g := range s.Groups[:min(len(s.Groups), 10)] {
		p.Groups = append(p.Groups, short(Clean(g.Sentence), maxPara)+".")
	}
	for _, t := range s.Threads[:min(len(s.Threads), htmlStories)] {
		p.Stories = append(p.Stories, newHTMLStory(t, s.Zone))
	}
	return execute(w, "story.tmpl", p)
}

func newHTMLStory(t Thread, z *time.Location) htmlStory {
	h := htmlStory{Verdict: short(Clean(t.Verdict), maxPara), Facts: facts(t.Matches[0]), Notes: cleanAll(t.Notes)}
	switch {
	case t.Good:
		h.Class = TrendBetter
	case !t.open():
		h.Class = TrendWorse
	}
	if len(t.Fates) > 1 {
		for _, f := range t.Fates {
			f.Recipient, f.Said, f.Cause = cleanKey(f.Recipient), cleanReply(f.Said), cleanKey(f.Cause)
			h.Fates = append(h.Fates, f)
		}
	}
	for _, st := range t.Steps {
		h.Steps = append(h.Steps, htmlStep{Time: stamp(st.Time, z), Machine: st.Time.In(zone(z)).Format(time.RFC3339), Elapsed: elapsed(st.Elapsed),
			QueueID: cleanKey(st.QueueID), What: short(Clean(st.What), maxPara), Said: st.Said, Class: moodClass(st.Good)})
	}
	for _, f := range t.causes() {
		a := htmlAdvice{Cause: cleanKey(f.Cause), Class: categoryClass(f.Category), Meaning: short(Clean(f.Meaning), maxPara), Advice: cleanAll(f.Advice), Links: webLinks(f.Links)}
		if f.Provider != "" {
			a.Meaning = strings.TrimSpace(a.Meaning + " (" + cleanKey(f.Provider) + ")")
		}
		h.Advice = append(h.Advice, a)
	}
	for _, m := range t.Matches {
		for i, l := range m.Lines {
			if i == maxLines {
				h.Lines = append(h.Lines, fmt.Sprintf("and %d more", len(m.Lines)-maxLines))
				break
			}
			h.Lines = append(h.Lines, fmt.Sprintf("%s:%d: %s", cleanKey(l.File), l.Line, cleanLine(l.Text)))
		}
	}
	return h
}

// causes are the thread's failures, one for each cause: what is told of a cause is told once.
func (t Thread) causes() []Fate {
	seen := map[string]bool{}
	var out []Fate
	for _, f := range t.Fates {
		if f.Cause == "" || seen[f.Cause] || f.Outcome == "delivered" {
			continue
		}
		seen[f.Cause] = true
		out = append(out, f)
	}
	return out
}
