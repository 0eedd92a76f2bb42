package report

import (
	"cmp"
	"slices"
	"time"
)

// Queue is the mail that still waits, by how long it has.
type Queue struct {
	Recipients int64
	Oldest     time.Time
	Ages       []QueueAge // youngest first
	Groups     []QueueGroup
	Items      []Deferral // oldest first
	Now        time.Time  // what ages are counted to
}

// QueueAge is one step of age.
type QueueAge struct {
	Label      string
	Recipients int64
}

// QueueGroup is the waiting mail of one cause and domain.
type QueueGroup struct {
	Cause, Category, Domain string
	Recipients              int64
	Oldest                  time.Time
	Reply                   string
}

// ages are the steps of a mail queue's life: Postfix, Exim and Sendmail warn after 4 to 24 hours and give up after 4 or 5 days.
var ages = [...]struct {
	label string
	below time.Duration
}{
	{"under 1 hour", time.Hour},
	{"1 to 4 hours", 4 * time.Hour},
	{"4 to 24 hours", 24 * time.Hour},
	{"1 to 2 days", 48 * time.Hour},
	{"2 to 4 days", 96 * time.Hour},
	{"over 4 days", 1<<63 - 1},
}

func buildQueue(ds []Deferral, now time.Time) Queue {
	q := Queue{Now: now}
	if len(ds) == 0 {
		return q
	}
	for _, a := range ages {
		q.Ages = append(q.Ages, QueueAge{Label: a.label})
	}
	groups := map[[2]string]*QueueGroup{}
	for _, d := range ds {
		n := max(d.Count, 1)
		q.Recipients += n
		if q.Oldest.IsZero() || d.Since.Before(q.Oldest) {
			q.Oldest = d.Since
		}
		age := now.Sub(d.Since)
		for i, a := range ages {
			if age < a.below {
				q.Ages[i].Recipients += n
				break
			}
		}
		k := [2]string{d.Cause, d.Domain}
		g := groups[k]
		if g == nil {
			g = &QueueGroup{Cause: d.Cause, Category: d.Category, Domain: d.Domain, Oldest: d.Since, Reply: d.Reply}
			groups[k] = g
		}
		g.Recipients += n
		if d.Since.Before(g.Oldest) {
			g.Oldest, g.Reply = d.Since, d.Reply
		}
	}
	for _, g := range groups {
		q.Groups = append(q.Groups, *g)
	}
	slices.SortFunc(q.Groups, func(a, b QueueGroup) int {
		return cmp.Or(cmp.Compare(b.Recipients, a.Recipients), a.Oldest.Compare(b.Oldest), cmp.Compare(a.Domain, b.Domain), cmp.Compare(a.Cause, b.Cause))
	})
	q.Items = slices.Clone(ds)
	slices.SortStableFunc(q.Items, func(a, b Deferral) int {
		return cmp.Or(a.Since.Compare(b.Since), cmp.Compare(a.Address, b.Address))
	})
	return q
}
