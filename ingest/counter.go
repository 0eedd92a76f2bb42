package ingest

import (
	"sync"

	"bouncelog/store"
	"bouncelog/trace"
)

// counter counts harvested messages in a goroutine beside the tracker, which has no part in them any more, in the order in which
// they were given.
type counter struct {
	agg  *store.Aggregates
	keep bool // for a commit
	jobs chan []*trace.Message
	work sync.WaitGroup // jobs not done yet
	sent int            // messages given since the last take
	kept []*trace.Message
}

func newCounter(agg *store.Aggregates, keep bool) *counter {
	return &counter{agg: agg, keep: keep}
}

// count counts messages that nobody else uses any more.
func (c *counter) count(list []*trace.Message) {
	if len(list) == 0 {
		return
	}
	if c.jobs == nil {
		c.jobs = make(chan []*trace.Message, 4)
		go c.run(c.jobs)
	}
	c.sent += len(list)
	c.work.Add(1)
	c.jobs <- list
}

func (c *counter) run(jobs <-chan []*trace.Message) {
	for list := range jobs {
		for _, m := range list {
			c.agg.Finish(m)
		}
		if c.keep {
			c.kept = append(c.kept, list...)
		}
		c.work.Done()
	}
}

// waiting is how many messages the next take returns.
func (c *counter) waiting() int { return c.sent }

// take waits until all is counted and returns the messages.
func (c *counter) take() []*trace.Message {
	c.work.Wait()
	list := c.kept
	c.kept, c.sent = nil, 0
	return list
}

// close ends the goroutine.
func (c *counter) close() {
	if c.jobs != nil {
		close(c.jobs)
		c.jobs = nil
	}
}
