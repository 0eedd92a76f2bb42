package classify

import (
	"hash/maphash"
	"sync"
)

// cache keeps verdicts by key. It is divided so that goroutines seldom wait for each other, and bounded: each part has
// two generations, and when the young one is full it becomes the old one and the old one goes. What is asked for again
// within a generation stays; that is nearly least-recently-used at the price of a map look-up.
type cache struct {
	seed  maphash.Seed
	parts [cacheParts]cachePart
	limit int // of the room that a generation of a part takes
}

type cachePart struct {
	mu         sync.Mutex
	young, old map[string]*Verdict
	taken      int // room that the young ones take
}

const cacheParts = 16

// room is what a key takes of a limit: 1, or more where it is long, so that 32768 keys are 8 MB at most.
func room(key string) int { return 1 + len(key)/256 }

func newCache(limit int) *cache {
	c := &cache{seed: maphash.MakeSeed(), limit: max(1, limit/(2*cacheParts))}
	for i := range c.parts {
		c.parts[i].young = map[string]*Verdict{}
	}
	return c
}

func (c *cache) part(key []byte) *cachePart {
	return &c.parts[maphash.Bytes(c.seed, key)%cacheParts]
}

func (c *cache) get(key []byte) *Verdict {
	p := c.part(key)
	p.mu.Lock()
	defer p.mu.Unlock()
	if v := p.young[string(key)]; v != nil {
		return v
	}
	v := p.old[string(key)]
	if v != nil {
		c.put1(p, string(key), v)
	}
	return v
}

func (c *cache) put(key []byte, v *Verdict) {
	p := c.part(key)
	p.mu.Lock()
	defer p.mu.Unlock()
	c.put1(p, string(key), v)
}

func (c *cache) put1(p *cachePart, key string, v *Verdict) {
	if p.taken >= c.limit {
		p.old, p.young, p.taken = p.young, map[string]*Verdict{}, 0
	}
	p.young[key] = v
	p.taken += room(key)
}

// size is the number of verdicts that are kept.
func (c *cache) size() int {
	n := 0
	for i := range c.parts {
		p := &c.parts[i]
		p.mu.Lock()
		n += len(p.young) + len(p.old)
		p.mu.Unlock()
	}
	return n
}
