package classify

import (
	"hash/maphash"
	"strings"
	"sync/atomic"
)

// recent remembers the last questions as they were, word for word: logs repeat the same deferral over and over, and finding it
// by its whole text takes a tenth of the time that its template takes.
type recent struct {
	seed  maphash.Seed
	slots [recentSlots]atomic.Pointer[answered]
}

type answered struct {
	question
	verdict *Verdict
}

const (
	recentSlots = 4096
	recentText  = 1000 // longer ones are not kept: few servers say so much, and a stranger's inventions should take no room
)

func newRecent() *recent { return &recent{seed: maphash.MakeSeed()} }

// get finds a question; slot is where put may keep it.
func (c *recent) get(q *question) (slot int, v *Verdict) {
	slot = int(maphash.String(c.seed, q.text) % recentSlots)
	if e := c.slots[slot].Load(); e != nil && e.question == *q {
		return slot, e.verdict
	}
	return slot, nil
}

// put keeps a question, with a copy of its strings, which may be parts of something much larger.
func (c *recent) put(slot int, q question, v *Verdict) {
	if len(q.text) > recentText {
		return
	}
	q.text = strings.Clone(q.text)
	if q.enhanced == v.Enhanced {
		q.enhanced = v.Enhanced
	} else {
		q.enhanced = strings.Clone(q.enhanced)
	}
	c.slots[slot].Store(&answered{q, v})
}
