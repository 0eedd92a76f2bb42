package store

import "bouncelog/trace"

// Aggregates holds Counts by hour, dimension and key. The same one serves ingest and tail, which flush it to the store with
// each commit, and `report FILE`, which reads it directly.
type Aggregates struct{}

// Update counts m: it takes back what m.Counted says was counted before, adds what m amounts to now, and remembers that in m.Counted.
func (a *Aggregates) Update(m *trace.Message) {}
