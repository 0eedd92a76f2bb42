package store

import (
	"context"
	"database/sql/driver"
	"fmt"
	"time"
)

// Retention removes messages with their attempts and keys some days after their last line; aggregates, dictionaries and positions
// stay. It works in small transactions, so that the writer never waits long, and gives the pages back to the file system.

// SetRetention stores for how many days messages are kept; 0: for ever.
func (s *Store) SetRetention(days int) error {
	s.write.Lock()
	defer s.write.Unlock()
	return s.w.set("retention_days", days)
}

// Retention is the number of days for which messages are kept; 0: for ever.
func (s *Store) Retention() (days int, err error) {
	err = s.read(func(r *session) error {
		v, err := r.setting("retention_days")
		days = int(integer(v))
		return err
	})
	return days, err
}

// keyGrace is how many days longer keys stay than their messages: a key stands under the day on which its message began, and a
// message may live long.
const keyGrace = 14

// prunePages is how many free pages one step gives back: 4 MB.
const prunePages = 1000

// Prune removes what is older than the retention allows at the time now, one step after the other until nothing is left to remove or ctx ends.
// It returns the number of messages removed. Without a retention it does nothing.
func (s *Store) Prune(ctx context.Context, now time.Time) (removed int64, err error) {
	days, err := s.Retention()
	if err != nil || days <= 0 {
		return 0, err
	}
	cutoff := now.AddDate(0, 0, -days)
	for {
		if err := ctx.Err(); err != nil {
			return removed, err
		}
		n, more, err := s.pruneStep(cutoff)
		removed += n
		if err != nil {
			return removed, fmt.Errorf("remove old messages: %w", err)
		}
		if !more {
			return removed, nil
		}
	}
}

// pruneStep works on one span of messages, or on one day's keys of a fold, or gives pages back.
func (s *Store) pruneStep(cutoff time.Time) (removed int64, more bool, err error) {
	s.write.Lock()
	defer s.write.Unlock()
	w := s.w
	w.next = w.state
	err = w.transaction("BEGIN IMMEDIATE", func() error {
		sp, err := w.one("SELECT id, first, last FROM span WHERE first < ? AND (pruned IS NULL OR pruned < ?) ORDER BY id LIMIT 1",
			cutoff.UnixNano(), cutoff.UnixNano())
		if err != nil {
			return err
		}
		if sp != nil {
			more = true
			removed, err = w.pruneSpan(integer(sp[0]), cutoff.UnixNano())
			return err
		}
		day := floorDiv(cutoff.UnixNano(), 86400e9) - keyGrace
		fold, err := w.number("SELECT id FROM key_fold WHERE day < ? LIMIT 1", day)
		if err != nil || fold == 0 {
			return err
		}
		more = true
		if err := w.exec("DELETE FROM recent_key WHERE day < ?", day); err != nil {
			return err
		}
		if err := w.exec("DELETE FROM key_block WHERE id BETWEEN ? AND ?", blockID(fold, 0), blockID(fold+1, 0)-1); err != nil {
			return err
		}
		return w.exec("DELETE FROM key_fold WHERE id = ?", fold)
	})
	if err != nil {
		w.undone()
		return 0, false, err
	}
	w.state = w.next
	s.kept.forget(w.pruned)
	w.pruned = nil
	if more {
		return removed, true, nil
	}
	free, err := w.number("PRAGMA freelist_count")
	if err != nil || free == 0 {
		return removed, false, err
	}
	err = w.query(func([]driver.Value) error { return nil }, fmt.Sprintf("PRAGMA incremental_vacuum(%d)", prunePages))
	return removed, free > prunePages, err
}

// pruneSpan removes the old messages of one span and notes that it was done.
func (w *writer) pruneSpan(id, cutoff int64) (removed int64, err error) {
	var ids []int64
	left := spanRow{id: id, first: 1<<63 - 1, lastFirst: -1 << 63, last: -1 << 63}
	d := decoder{s: w.session}
	err = w.query(func(r []driver.Value) error {
		m, err := d.message(r)
		if err != nil {
			return err
		}
		last := max(m.First, m.Last)
		if last < cutoff {
			ids = append(ids, m.ID)
			return nil
		}
		left.first, left.lastFirst, left.last = min(left.first, m.First), max(left.lastFirst, m.First), max(left.last, last)
		return nil
	}, "SELECT "+messageColumns+" FROM message WHERE id BETWEEN ? AND ?", id<<spanBits, (id+1)<<spanBits-1)
	if err != nil {
		return 0, err
	}
	for _, m := range ids {
		if err := w.exec("DELETE FROM message WHERE id = ?", m); err != nil {
			return 0, err
		}
		if err := w.exec("DELETE FROM open_message WHERE id = ?", m); err != nil {
			return 0, err
		}
		if err := w.exec("DELETE FROM marked_message WHERE id = ?", m); err != nil {
			return 0, err
		}
		delete(w.prints, m)
	}
	w.pruned = ids
	if len(ids) > 0 {
		v, err := w.setting("details_from")
		if err != nil {
			return 0, err
		}
		if integer(v) < cutoff {
			if err := w.set("details_from", cutoff); err != nil {
				return 0, err
			}
		}
	}
	if left.first > left.last {
		return int64(len(ids)), w.exec("DELETE FROM span WHERE id = ?", id)
	}
	return int64(len(ids)), w.exec("UPDATE span SET first = ?, last_first = ?, last = ?, pruned = ? WHERE id = ?",
		left.first, left.lastFirst, left.last, cutoff, id)
}
