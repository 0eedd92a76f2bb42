package store

import (
	"math"
	"time"
)

// slot is the start of an hour of the report zone, in quarters of an hour since 1970 UTC. Zones lie whole quarters away from
// UTC, so every local hour has its slot, and the two hours that carry one name when summer time ends have one each.
type slot int32

const slotSeconds = 900

func (s slot) time(zone *time.Location) time.Time {
	return time.Unix(int64(s)*slotSeconds, 0).In(zone)
}

// clock finds the hour and the day of a moment in one zone. Log times rise slowly, so it remembers the span in which the zone's
// offset last held instead of asking the zone each time. It serves one goroutine.
type clock struct {
	zone     *time.Location
	from, to int64 // Unix seconds between which offset holds
	offset   int64
}

func newClock(zone *time.Location) *clock {
	if zone == nil {
		zone = time.Local
	}
	return &clock{zone: zone, from: math.MaxInt64}
}

func (c *clock) at(sec int64) int64 {
	if sec >= c.from && sec < c.to {
		return c.offset
	}
	t := time.Unix(sec, 0).In(c.zone)
	_, off := t.Zone()
	c.offset = int64(off)
	start, end := t.ZoneBounds()
	c.from, c.to = math.MinInt64, math.MaxInt64
	if !start.IsZero() {
		c.from = start.Unix()
	}
	if !end.IsZero() {
		c.to = end.Unix()
	}
	return c.offset
}

// hour is the slot of the hour in which the moment lies.
func (c *clock) hour(ns int64) slot {
	sec := floorDiv(ns, int64(time.Second))
	local := sec + c.at(sec)
	return slot(floorDiv(sec-floorMod(local, 3600), slotSeconds))
}

// day is the report zone's day, counted from 1970-01-01, in which the hour lies.
func (c *clock) day(s slot) int32 {
	sec := int64(s) * slotSeconds
	return int32(floorDiv(sec+c.at(sec), 86400))
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

func floorMod(a, b int64) int64 {
	m := a % b
	if m < 0 {
		m += b
	}
	return m
}

// dayStart is the first hour of the report zone's day in which the hour lies.
func (c *clock) dayStart(s slot) slot {
	sec := int64(s) * slotSeconds
	y, m, d := time.Unix(sec, 0).In(c.zone).Date()
	return slot(time.Date(y, m, d, 0, 0, 0, 0, c.zone).Unix() / slotSeconds)
}
