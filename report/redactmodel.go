package report

import (
	"slices"
	"strings"

	"bouncelog/store"
)

// Model is m with every address in it redacted; m itself is not changed.
func (r *Redactor) Model(m *Model) *Model {
	c := *m
	c.Filter.Sender = r.addresses(m.Filter.Sender)
	c.Filter.Domain = r.addressesWithAt(m.Filter.Domain)
	c.Suppress = slices.Clone(m.Suppress)
	for i := range c.Suppress {
		s := &c.Suppress[i]
		r.Add(s.Address)
		s.Address = r.Address(s.Address)
	}
	for _, it := range m.Queue.Items {
		r.Add(it.Address)
	}
	for _, e := range m.Tables[store.DimAuthUser] {
		r.Add(e.Key)
	}
	for i := range c.Suppress {
		c.Suppress[i].Reply = r.Text(c.Suppress[i].Reply)
	}
	c.Replies, c.New = r.replies(m.Replies), r.replies(m.New)
	for d := range c.Tables {
		c.Tables[d] = r.entries(store.Dim(d), m.Tables[d])
	}
	c.Queue.Groups = slices.Clone(m.Queue.Groups)
	for i := range c.Queue.Groups {
		c.Queue.Groups[i].Reply = r.Text(c.Queue.Groups[i].Reply)
	}
	c.Queue.Items = slices.Clone(m.Queue.Items)
	for i := range c.Queue.Items {
		it := &c.Queue.Items[i]
		it.Address, it.Reply = r.Address(it.Address), r.Text(it.Reply)
	}
	if m.Cross != nil {
		x := &Cross{Dims: m.Cross.Dims}
		for _, row := range m.Cross.Rows {
			keys := slices.Clone(row.Keys)
			for i, k := range keys {
				if i < len(x.Dims) && (x.Dims[i] == "user" || x.Dims[i] == "auth_user") {
					keys[i] = r.Address(k)
				} else {
					keys[i] = r.Text(k)
				}
			}
			x.Rows = append(x.Rows, CrossRow{Keys: keys, Counts: row.Counts})
		}
		c.Cross = x
	}
	c.Listed = slices.Clone(m.Listed)
	for i := range c.Listed {
		l := &c.Listed[i]
		l.Reply, l.Advice, l.Links = r.Text(l.Reply), r.texts(l.Advice), r.texts(l.Links)
	}
	c.Print.Notes = r.texts(m.Print.Notes)
	c.Verdict.Sentences = r.texts(m.Verdict.Sentences)
	c.Verdict.Actions = slices.Clone(m.Verdict.Actions)
	for i := range c.Verdict.Actions {
		a := &c.Verdict.Actions[i]
		a.Why, a.Advice, a.Links = r.Text(a.Why), r.texts(a.Advice), r.texts(a.Links)
	}
	return &c
}

func (r *Redactor) texts(l []string) []string {
	out := slices.Clone(l)
	for i := range out {
		out[i] = r.Text(out[i])
	}
	return out
}

func (r *Redactor) addresses(l []string) []string {
	out := slices.Clone(l)
	for i, a := range out {
		// A sender filter may be a domain, which stays.
		if strings.Contains(a, "@") || !strings.Contains(a, ".") {
			out[i] = r.Address(a)
		}
	}
	return out
}

func (r *Redactor) addressesWithAt(l []string) []string {
	out := slices.Clone(l)
	for i, a := range out {
		if strings.Contains(a, "@") {
			out[i] = r.Address(a)
		}
	}
	return out
}

func (r *Redactor) replies(l []Reply) []Reply {
	out := slices.Clone(l)
	for i := range out {
		out[i].Reply.Reply, out[i].Template = r.Text(out[i].Reply.Reply), r.Text(out[i].Template)
	}
	return out
}

func (r *Redactor) entries(d store.Dim, l []Entry) []Entry {
	out := slices.Clone(l)
	for i := range out {
		e := &out[i]
		if d == store.DimAuthUser {
			e.Key, e.Title = r.Address(e.Key), r.Address(e.Title)
		} else {
			e.Key, e.Title = r.Text(e.Key), r.Text(e.Title)
		}
		e.Replies, e.Advice, e.Links = r.replies(e.Replies), r.texts(e.Advice), r.texts(e.Links)
	}
	return out
}

// Matches are ms with every address in them redacted, in replies and raw lines too; ms itself is not changed. Subjects are left out: no
// rule tells what of them is private.
func (r *Redactor) Matches(ms []store.Match) []store.Match {
	r.learn(ms)
	return r.matches(ms)
}

// learn makes every address of ms known.
func (r *Redactor) learn(ms []store.Match) {
	for _, m := range ms {
		if m.Sender != nil {
			r.Add(*m.Sender)
		}
		r.Add(m.AuthUser)
		for _, rc := range m.Recipients {
			r.Add(rc.Recipient, rc.Orig)
		}
		r.learn(m.Related)
	}
}

func (r *Redactor) matches(ms []store.Match) []store.Match {
	out := slices.Clone(ms)
	for i := range out {
		m := &out[i]
		subject := m.Subject
		m.Message = nil
		m.Related = r.matches(m.Related)
		if m.Sender != nil {
			s := r.Address(*m.Sender)
			m.Sender = &s
		}
		m.AuthUser, m.MessageID = r.Address(m.AuthUser), r.Text(m.MessageID)
		if subject != "" {
			m.Subject = redactedSubject
		}
		m.Recipients = slices.Clone(m.Recipients)
		for j := range m.Recipients {
			rc := &m.Recipients[j]
			rc.Recipient, rc.Orig, rc.Advice, rc.Meaning = r.Address(rc.Recipient), r.Address(rc.Orig), r.texts(rc.Advice), r.Text(rc.Meaning)
			rc.Events = slices.Clone(rc.Events)
			for k := range rc.Events {
				rc.Events[k].Reply = r.Text(rc.Events[k].Reply)
			}
		}
		m.Lines = slices.Clone(m.Lines)
		for j := range m.Lines {
			l := &m.Lines[j]
			if subject != "" {
				l.Text = strings.ReplaceAll(l.Text, subject, redactedSubject)
			}
			l.Text = r.Text(l.Text)
		}
	}
	return out
}

const redactedSubject = "(withheld)"
