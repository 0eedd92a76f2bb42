package store

import (
	"cmp"
	"database/sql/driver"
	"slices"
	"strings"
	"time"

	"bouncelog/trace"
)

const defaultLimit = 20

// Matches finds messages, the newest first, each with the others of its story. more says that there are others beyond the limit. A
// key that is a whole text is looked up; a wildcard, or a search by From and To alone, goes through the messages of the window, the
// newest first, which takes seconds for millions of them.
func (s *Store) Matches(search Search) (list []Match, more bool, err error) {
	limit := search.Limit
	if limit <= 0 {
		limit = defaultLimit
	}
	err = s.read(func(r *session) error {
		messages, err := r.search(search, limit+1)
		if err != nil {
			return err
		}
		if len(messages) > limit {
			messages, more = messages[:limit], true
		}
		list = make([]Match, len(messages))
		for i, m := range messages {
			list[i] = NewMatch(m)
			related, err := r.story(m)
			if err != nil {
				return err
			}
			for _, o := range related {
				list[i].Related = append(list[i].Related, NewMatch(o))
			}
		}
		return nil
	})
	return list, more, err
}

func (s *session) search(search Search, limit int) ([]*trace.Message, error) {
	c := collector{limit: limit, match: search.Matcher()}
	key := strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(search.Key), "<"), ">")
	if key == "" || strings.Contains(key, "*") {
		err := s.searchAll(search, &c)
		return c.list(), err
	}
	err := s.searchKey(key, search, &c)
	return c.list(), err
}

// collector keeps the newest matches.
type collector struct {
	limit int
	match func(*trace.Message) bool
	found []*trace.Message
}

func (c *collector) offer(m *trace.Message) {
	if c.match(m) {
		c.found = append(c.found, m)
	}
	if len(c.found) >= 4*c.limit+100 {
		c.cut()
	}
}

func (c *collector) cut() {
	slices.SortFunc(c.found, newestFirst)
	if len(c.found) > c.limit {
		c.found = c.found[:c.limit]
	}
}

func newestFirst(a, b *trace.Message) int {
	return cmp.Or(cmp.Compare(b.First, a.First), cmp.Compare(b.ID, a.ID))
}

func (c *collector) list() []*trace.Message {
	c.cut()
	return c.found
}

// full reports whether messages that began before a time cannot be among the newest any more.
func (c *collector) full(before int64) bool {
	if len(c.found) < c.limit {
		return false
	}
	c.cut()
	return c.found[c.limit-1].First >= before
}

func (s *session) searchAll(search Search, c *collector) error {
	spans, err := s.spans(search.Since, search.Until)
	if err != nil {
		return err
	}
	byLastFirst(spans)
	low, high := window(search.Since, search.Until)
	d := decoder{s: s}
	for _, sp := range spans {
		if c.full(sp.lastFirst) {
			break
		}
		err := s.scanSpan(&d, sp, low, high, 0, true, func(m *trace.Message) error {
			c.offer(m)
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func byLastFirst(spans []spanRow) {
	slices.SortFunc(spans, func(a, b spanRow) int { return cmp.Compare(b.lastFirst, a.lastFirst) })
}

// searchKey looks a key up in each day, the newest first.
func (s *session) searchKey(key string, search Search, c *collector) error {
	hash := hashOf(key)
	low, high := window(search.Since, search.Until)
	const maxLife = 30 // days in which a message that began before the window may still speak in it
	recent := map[int32][]int64{}
	err := s.query(func(r []driver.Value) error {
		day := int32(integer(r[1]))
		recent[day] = append(recent[day], integer(r[0]))
		return nil
	}, "SELECT message, day FROM recent_key WHERE hash = ?", int64(hash))
	if err != nil {
		return err
	}
	days, err := s.days()
	if err != nil {
		return err
	}
	for day := range recent {
		days = append(days, day)
	}
	slices.Sort(days)
	days = slices.Compact(days)
	slices.Reverse(days)
	all, err := s.spans(time.Time{}, time.Time{})
	if err != nil {
		return err
	}
	lastFirst := make(map[int64]int64, len(all))
	for _, sp := range all {
		lastFirst[sp.id] = sp.lastFirst
	}
	for _, day := range days {
		start, end := int64(day)*86400e9, (int64(day)+1)*86400e9
		if start >= high || end <= low && low-end > maxLife*86400e9 || c.full(end) {
			continue
		}
		ids := recent[day]
		if err := s.lookup(day, hash, func(id int64) { ids = append(ids, id) }); err != nil {
			return err
		}
		if err := s.offer(ids, lastFirst, c); err != nil {
			return err
		}
	}
	return nil
}

// offer loads one day's candidates, the newest first as far as the spans tell.
func (s *session) offer(ids []int64, lastFirst map[int64]int64, c *collector) error {
	slices.Sort(ids)
	ids = slices.Compact(ids)
	var spans []spanRow
	groups := map[int64][]int64{}
	for _, id := range ids {
		sp := id >> spanBits
		if groups[sp] == nil {
			spans = append(spans, spanRow{id: sp, lastFirst: lastFirst[sp]})
		}
		groups[sp] = append(groups[sp], id)
	}
	byLastFirst(spans)
	for _, sp := range spans {
		if c.full(sp.lastFirst) {
			return nil
		}
		for _, id := range groups[sp.id] {
			m, err := s.load1(id)
			if err != nil {
				return err
			}
			if m != nil {
				c.offer(m)
			}
		}
	}
	return nil
}

// maxStory bounds a story: a loop of forwards must end.
const maxStory = 50

// story finds the other messages of m's story, in the order of time.
func (s *session) story(m *trace.Message) ([]*trace.Message, error) {
	have := map[int64]bool{m.ID: true}
	var others []*trace.Message
	queue := []*trace.Message{m}
	for len(queue) > 0 && len(others) < maxStory {
		n := queue[0]
		queue = queue[1:]
		next, err := s.neighbours(n)
		if err != nil {
			return nil, err
		}
		for _, o := range next {
			if !have[o.ID] {
				have[o.ID] = true
				others = append(others, o)
				queue = append(queue, o)
			}
		}
	}
	slices.SortFunc(others, func(a, b *trace.Message) int { return newestFirst(b, a) })
	return others, nil
}

// storyDays is how long after its beginning a message's continuations and bounce messages are looked for.
const storyDays = 8

// storyEnd is the last day on which a continuation or bounce message of m may begin: they come out of what m does, so that of a message that has
// ended none begins days later, and the keys of those days need not be read.
func storyEnd(m *trace.Message) int32 {
	end := keyDay(m) + storyDays
	if m.Ended != 0 {
		end = min(end, int32(floorDiv(max(m.Ended, m.Last), 86400e9))+1)
	}
	return end
}

func (s *session) neighbours(m *trace.Message) ([]*trace.Message, error) {
	var list []*trace.Message
	for _, id := range []int64{m.PrevID, m.ParentID, m.NextID} {
		if id == 0 || id == m.ID {
			continue
		}
		o, err := s.load1(id)
		if err != nil {
			return nil, err
		}
		if o != nil {
			list = append(list, o)
		}
	}
	if m.QueueID == "" {
		return list, nil
	}
	hash := hashOf(m.QueueID)
	var ids []int64
	found := func(id int64) { ids = append(ids, id) }
	if err := s.lookupRecent(hash, found); err != nil {
		return nil, err
	}
	for day := keyDay(m); day <= storyEnd(m); day++ {
		if err := s.lookup(day, hash, found); err != nil {
			return nil, err
		}
	}
	slices.Sort(ids)
	for _, id := range slices.Compact(ids) {
		if id == m.ID {
			continue
		}
		o, err := s.load1(id)
		if err != nil {
			return nil, err
		}
		if o != nil && (o.ParentID == m.ID || o.PrevID == m.ID) {
			list = append(list, o)
		}
	}
	return list, nil
}
