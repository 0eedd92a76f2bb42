package store

import (
	"errors"
	"fmt"
	"slices"

	"bouncelog/trace"
)

// writer is the one connection that writes. What it remembers besides the database is only what was committed: a commit works
// on a copy, next, that replaces state when the transaction has succeeded.
type writer struct {
	*session
	thread      *thread
	state, next writerState
	encoder     encoder
	buf         []byte
	inserts     map[insertKey]string
	replies     map[int64]int64  // template -> first, as written
	prints      map[int64]uint64 // open message -> fingerprint of its keys as stored
	entries     []keyEntry
	hashes      []uint32
	sorted      []uint64 // of foldKeys
	marks       []any    // of mark: id and marks by turns
	args        []any
	places      []byte
	pruned      []int64 // messages that a step of Prune removed
	era         *int    // ends with a transaction that is undone; only its address counts
}

type writerState struct {
	nextID       int64
	nextLog      int64
	fold         int64
	recentKeys   int
	recentCounts int
}

type insertKey struct {
	prefix        string
	columns, rows int
}

func newWriter(s *session) *writer {
	return &writer{session: s, thread: newThread(), encoder: newEncoder(s), inserts: map[insertKey]string{}, replies: map[int64]int64{}, prints: map[int64]uint64{}, era: new(int)}
}

func (w *writer) load() error {
	for _, v := range []struct {
		sql string
		to  *int64
	}{
		{"SELECT value FROM setting WHERE name = 'next_id'", &w.state.nextID},
		{"SELECT max(id) FROM log", &w.state.nextLog},
		{"SELECT value FROM setting WHERE name = 'fold'", &w.state.fold},
	} {
		n, err := w.number(v.sql)
		if err != nil {
			return err
		}
		*v.to = n
	}
	w.state.nextID = max(w.state.nextID, 1)
	w.state.nextLog++
	keys, err := w.number("SELECT count(*) FROM recent_key")
	if err != nil {
		return err
	}
	counts, err := w.number("SELECT count(*) FROM recent_count")
	w.state.recentKeys, w.state.recentCounts = int(keys), int(counts)
	return err
}

// transaction runs all of a transaction on the writer's thread.
func (w *writer) transaction(begin string, f func() error) error {
	return w.thread.do(func() error { return w.session.transaction(begin, f) })
}

// close ends the connection on the thread that used it: a checkpoint goes with it.
func (w *writer) close() error {
	defer w.thread.end()
	return w.thread.do(w.session.close)
}

// undone follows a transaction that failed: ids that it gave are free again.
func (w *writer) undone() {
	w.forget()
	w.era = new(int)
	w.encoder.forget()
	clear(w.replies)
}

// insertRows is the text of a multi-row statement, made once.
func (w *writer) insertRows(prefix string, columns, rows int) string {
	k := insertKey{prefix, columns, rows}
	s := w.inserts[k]
	if s == "" {
		s = prefix + placeholders(columns, rows)
		w.inserts[k] = s
	}
	return s
}

// keyID is the id of a key's text; a key is met again in most commits.
func (w *writer) keyID(k *key) (id int64, err error) {
	if k.dim == DimTotal {
		return 0, nil
	}
	if k.era != w.era {
		if k.id, err = w.stringID(k.text); err != nil {
			return 0, err
		}
		k.era = w.era
	}
	return k.id, nil
}

func (w *writer) writeReply(template int64, r *replyInfo) error {
	if first, ok := w.replies[template]; ok && first <= r.first {
		return nil
	}
	v, err := w.verdictID(r.verdict)
	if err != nil {
		return err
	}
	err = w.exec("INSERT INTO reply VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET (first, text, verdict, queue_id, host) = "+
		"(excluded.first, excluded.text, excluded.verdict, excluded.queue_id, excluded.host) WHERE excluded.first < first",
		template, r.first, r.text, v, r.queueID, r.host)
	if err != nil {
		return err
	}
	if len(w.replies) >= maxRemembered {
		clear(w.replies)
	}
	w.replies[template] = r.first
	return nil
}

// messageRows is the number of message rows of one statement.
const messageRows = 20

// writeMessages stores messages, which come in the order of their ids, and adds their new keys to w.entries.
func (w *writer) writeMessages(messages []stagedMessage) error {
	w.entries, w.marks = w.entries[:0], w.marks[:0]
	var spans spanSet
	for chunk := range slices.Chunk(messages, messageRows) {
		w.args = w.args[:0]
		w.encoder.b = w.encoder.b[:0]
		var lengths [messageRows]int
		places := w.places[:0]
		for i := range chunk {
			m := chunk[i].Message
			length, origin, err := w.encoder.message(m)
			if err != nil {
				return fmt.Errorf("message %d (%s): %w", m.ID, m.QueueID, err)
			}
			lengths[i] = length
			places = append(places, w.encoder.place...)
			w.args = append(w.args, m.ID, origin, m.QueueID, m.First, nil, places[len(places)-len(w.encoder.place):])
			spans.add(m)
			w.mark(m)
			if err := w.newKeys(m); err != nil {
				return err
			}
		}
		w.places = places
		// One string holds all bodies of a statement: a string each would be garbage each.
		bodies := string(w.encoder.b)
		for i := range chunk {
			w.args[6*i+4], bodies = bodies[:lengths[i]], bodies[lengths[i]:]
		}
		if err := w.exec(w.insertRows("INSERT OR REPLACE INTO message VALUES ", 6, len(chunk)), w.args...); err != nil {
			return err
		}
	}
	return errors.Join(w.writeMarks(), spans.write(w))
}

// newKeys adds the keys of m that are not stored yet. Mostly a message has all of them when it is first written; where one came
// later, all are written again, which costs a few bytes: entries are a set.
func (w *writer) newKeys(m *trace.Message) error {
	w.hashes = messageKeys(w.hashes[:0], m)
	day := keyDay(m)
	print := fingerprint(w.hashes, day)
	if m.ID < w.state.nextID {
		old, ok := w.prints[m.ID]
		if !ok {
			stored, err := w.load1(m.ID)
			if err != nil {
				return err
			}
			if stored != nil {
				old, ok = fingerprint(messageKeys(nil, stored), keyDay(stored)), true
			}
		}
		if ok && old == print {
			return nil
		}
	}
	for _, h := range w.hashes {
		w.entries = append(w.entries, keyEntry{day: day, hash: h, message: m.ID})
	}
	return nil
}

// fingerprint is the same for the same set of keys.
func fingerprint(hashes []uint32, day int32) uint64 {
	p := uint64(uint32(day)) * 0x9E3779B97F4A7C15
	for _, h := range hashes {
		x := (uint64(h) + 1) * 0xD6E8FEB86659FD93
		p += x ^ x>>29
	}
	return p
}

// load1 reads one message; nil if it is not stored.
func (s *session) load1(id int64) (*trace.Message, error) {
	row, err := s.one("SELECT "+messageColumns+" FROM message WHERE id = ?", id)
	if err != nil || row == nil {
		return nil, err
	}
	d := decoder{s: s}
	return d.message(row)
}

// spanBits is the number of message ids, as a power of two, of one row of table span.
const spanBits = 12

type spanRow struct{ id, first, lastFirst, last int64 }

// spanSet collects what a commit adds to table span; its messages come sorted by id.
type spanSet struct{ rows []spanRow }

func (s *spanSet) add(m *trace.Message) {
	id := m.ID >> spanBits
	last := max(m.Last, m.First)
	n := len(s.rows) - 1
	if n < 0 || s.rows[n].id != id {
		s.rows = append(s.rows, spanRow{id, m.First, m.First, last})
		return
	}
	r := &s.rows[n]
	r.first, r.lastFirst, r.last = min(r.first, m.First), max(r.lastFirst, m.First), max(r.last, last)
}

func (s *spanSet) write(w *writer) error {
	for _, r := range s.rows {
		err := w.exec("INSERT INTO span (id, first, last_first, last) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET first = min(first, excluded.first),"+
			" last_first = max(last_first, excluded.last_first), last = max(last, excluded.last)", r.id, r.first, r.lastFirst, r.last)
		if err != nil {
			return err
		}
	}
	return nil
}
