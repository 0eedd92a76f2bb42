package store

import (
	"cmp"
	"database/sql/driver"
	"slices"
	"sync"

	"bouncelog/trace"
)

// keeperState is what finds messages for the tracker without asking the database more often than needed.
type keeperState struct {
	mu sync.Mutex

	staged []*staged // not committed yet, the newest last

	// Committed messages of which a later line may speak (table open_message): the first maxOpen of them. If there are more, they are
	// looked up like ended messages.
	open    map[int64]uint32
	byHash  map[uint32][]int64
	most    int
	partial bool

	seen seen // for ended messages, which are looked up by search key in the days about the line
}

// maxOpen bounds the open messages that are known in memory (some 100 bytes each).
const maxOpen = 100_000

const (
	recentDays = 4  // how long after its end a message is still found by its queue id
	openDays   = 40 // how long one that is open is, where not all of those are known in memory
)

func (k *keeperState) load(s *session) error {
	k.open, k.byHash = map[int64]uint32{}, map[uint32][]int64{}
	k.most = cmp.Or(k.most, maxOpen)
	return s.query(func(r []driver.Value) error {
		k.setOpen(integer(r[0]), uint32(integer(r[1])))
		return nil
	}, "SELECT id, hash FROM open_message ORDER BY id")
}

func (k *keeperState) setOpen(id int64, hash uint32) {
	if _, ok := k.open[id]; !ok {
		if len(k.open) >= k.most {
			k.partial = true
			return
		}
		k.open[id] = hash
		k.byHash[hash] = append(k.byHash[hash], id)
	}
}

func (k *keeperState) unsetOpen(id int64) {
	if h, ok := k.open[id]; ok {
		delete(k.open, id)
		remove(k.byHash, h, id)
	}
}

// forget drops messages that retention removed.
func (k *keeperState) forget(ids []int64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, id := range ids {
		k.unsetOpen(id)
	}
}

func remove(m map[uint32][]int64, h uint32, id int64) {
	list := m[h]
	if i := slices.Index(list, id); i >= 0 {
		list = slices.Delete(list, i, i+1)
	}
	if len(list) == 0 {
		delete(m, h)
	} else {
		m[h] = list
	}
}

// Stage makes the batch's messages visible to the Keeper before they are committed. Call it from the tracker's goroutine when the batch
// leaves it; staging twice does nothing.
func (s *Store) Stage(b *Batch) {
	if s.reader || b.staged != nil {
		return
	}
	b.staged = newStaged(b.Messages)
	k := &s.kept
	k.mu.Lock()
	defer k.mu.Unlock()
	k.staged = append(k.staged, b.staged)
}

// committed follows a commit that succeeded.
func (k *keeperState) committed(b *staged) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if i := slices.Index(k.staged, b); i >= 0 {
		k.staged = slices.Delete(k.staged, i, i+1)
	}
	for i := range b.messages {
		m := &b.messages[i]
		if m.waiting {
			k.setOpen(m.id, m.hash)
		} else {
			k.unsetOpen(m.id)
		}
		k.seen.mark(m.hash) // what is asked for are identities
	}
}

// Keeper is the trace.Keeper on a store; see Store.Keeper.
type Keeper struct {
	s    *Store
	a    *Aggregates
	open bool // what ended is not looked for
}

// Keeper serves a tracker, in the tracker's goroutine. Messages come with Counted set as a counts them, if a is not nil.
//
// Find knows every open message and every one whose beginning was not read (of more than 100,000 those that began up to 40 days
// before the line); where none with the queue id is open, it knows of those that ended the ones that began up to four days before it.
func (s *Store) Keeper(a *Aggregates) *Keeper { return &Keeper{s: s, a: a} }

// OpenKeeper is a Keeper that finds no messages that ended, for a store that is there for the others.
func (s *Store) OpenKeeper(a *Aggregates) *Keeper { return &Keeper{s: s, a: a, open: true} }

// Waits reports whether a message stands in the store as one of which a later line may speak. Where there are too many to know, it may.
func (s *Store) Waits(id int64) bool {
	s.kept.mu.Lock()
	defer s.kept.mu.Unlock()
	_, ok := s.kept.open[id]
	return ok || s.kept.partial
}

var _ trace.Keeper = (*Keeper)(nil)

// Find implements trace.Keeper.
func (k *Keeper) Find(key trace.Key, begin bool, time int64) ([]*trace.Message, error) {
	if key.QueueID == "" {
		return nil, nil
	}
	hash := hashOf(key.QueueID)
	match := func(m *trace.Message) bool {
		return m.QueueID == key.QueueID && m.Host == key.Host && (!begin || m.Begun == 0)
	}
	ids, partial := k.s.kept.candidates(hash)
	found, err := k.all(ids, match)
	if err != nil {
		return nil, err
	}
	// An id is not given again before its message has left the queue: one that waits is the newest that had it, and in a busy week to look
	// for others would read hundreds of blocks for each of its lines.
	waits := len(found) > 0 && found[0].Ended == 0 && found[0].Instance == key.Instance && found[0].First <= time
	if waits || (begin || k.open) && !partial {
		return found, nil
	}
	back := int32(recentDays)
	if partial {
		back = openDays
	}
	more, err := k.recent(hash, int32(floorDiv(time, 86400e9)), back)
	if err != nil || len(more) == 0 {
		return found, err
	}
	return k.all(append(ids, more...), match)
}

// Refused implements trace.Keeper.
func (k *Keeper) Refused(host string, time int64) ([]*trace.Message, error) {
	hash := hashOf(refusalKey(host, time))
	ids, _ := k.s.kept.candidates(hash)
	more, err := k.recent(hash, int32(floorDiv(time, 86400e9)), 0)
	if err != nil {
		return nil, err
	}
	return k.all(append(ids, more...), func(m *trace.Message) bool {
		return m.QueueID == "" && m.Host == host && m.First == time
	})
}

// all gets the messages that match, the newest first.
func (k *Keeper) all(ids []int64, match func(*trace.Message) bool) ([]*trace.Message, error) {
	slices.Sort(ids)
	var found []*trace.Message
	for _, id := range slices.Compact(ids) {
		m, err := k.get(id)
		if err != nil {
			return nil, err
		}
		if m != nil && match(m) {
			k.recall(m)
			found = append(found, m)
		}
	}
	slices.SortFunc(found, func(a, b *trace.Message) int {
		return cmp.Or(cmp.Compare(b.First, a.First), cmp.Compare(b.ID, a.ID))
	})
	return found, nil
}

// Load returns the message with this ID as it was last staged or committed, or nil.
func (k *Keeper) Load(id int64) (*trace.Message, error) {
	m, err := k.get(id)
	if m != nil && err == nil {
		k.recall(m)
	}
	return m, err
}

func (k *Keeper) recall(m *trace.Message) {
	if k.a != nil {
		k.a.Recall(m)
	}
}

// get returns a copy of the newest state of a message.
func (k *Keeper) get(id int64) (*trace.Message, error) {
	m := k.s.kept.find(id)
	if m != nil {
		return m.Clone(), nil
	}
	// What was staged a moment ago is committed by now: the database has it.
	err := k.s.read(func(r *session) error {
		var err error
		m, err = r.load1(id)
		return err
	})
	return m, err
}

// find returns the newest staged state of a message, nil if there is none.
func (k *keeperState) find(id int64) *trace.Message {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, b := range slices.Backward(k.staged) {
		if m := b.find(id); m != nil {
			return m
		}
	}
	return nil
}

// candidates are the ids of staged and open messages whose identity has the hash. If partial, there may be more open ones.
func (k *keeperState) candidates(hash uint32) (ids []int64, partial bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, b := range k.staged {
		ids = b.candidates(ids, hash)
	}
	for _, id := range k.byHash[hash] {
		if !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids, k.partial
}

// recent looks among the messages that began on a day or up to back days before it, ended ones too.
func (k *Keeper) recent(hash uint32, day, back int32) ([]int64, error) {
	from, to := day-back, day+1
	st := &k.s.kept
	st.mu.Lock()
	skip := st.seen.excludes(hash, from, to)
	build := st.seen.due(from, to)
	if build {
		st.seen.begin(from, to)
	}
	st.mu.Unlock()
	if skip {
		return nil, nil
	}
	var ids []int64
	err := k.s.read(func(r *session) error {
		if build {
			if err := st.fill(r); err != nil {
				return err
			}
		}
		found := func(id int64) { ids = append(ids, id) }
		if err := r.lookupRecent(hash, found); err != nil {
			return err
		}
		for d := from; d <= to; d++ {
			if err := r.lookup(d, hash, found); err != nil {
				return err
			}
		}
		return nil
	})
	return ids, err
}
