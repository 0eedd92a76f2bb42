package store

import (
	"errors"
	"fmt"

	"bouncelog/trace"
)

// Commit writes a batch in one transaction: messages with their keys, what they add to the aggregates, positions in logs, the tracker's
// state. After an error nothing of it is written, and the same batch may be committed again (ErrBusy, ErrFull: when the
// reason is gone). A batch that was not staged is staged first.
func (s *Store) Commit(b *Batch) error {
	if s.reader || s.w == nil {
		return errors.New("commit: the database is not open for writing")
	}
	s.write.Lock()
	defer s.write.Unlock()
	s.Stage(b)
	w := s.w
	w.next = w.state
	err := w.transaction("BEGIN IMMEDIATE", func() error { return w.writeBatch(b) })
	if err != nil {
		w.undone()
		return fmt.Errorf("write to database %s: %w", s.path, err)
	}
	w.state = w.next
	w.remember(b.staged)
	s.kept.committed(b.staged)
	return nil
}

func (w *writer) writeBatch(b *Batch) error {
	if err := w.writeMessages(b.staged.messages); err != nil {
		return err
	}
	if err := w.writeKeys(w.entries); err != nil {
		return fmt.Errorf("search keys: %w", err)
	}
	if err := w.writeOpen(b.staged); err != nil {
		return fmt.Errorf("open messages: %w", err)
	}
	if !b.Aggregates.Empty() {
		if err := w.writeCounts(b.Aggregates); err != nil {
			return fmt.Errorf("aggregates: %w", err)
		}
	}
	for _, l := range b.Logs {
		if err := w.writeLog(l); err != nil {
			return fmt.Errorf("position of log %s: %w", l.Name, err)
		}
	}
	if b.Tracker != nil {
		if err := w.set("tracker", b.Tracker); err != nil {
			return err
		}
	}
	if b.NextID > w.next.nextID {
		w.next.nextID = b.NextID
	}
	if n := len(b.staged.messages); n > 0 {
		w.next.nextID = max(w.next.nextID, b.staged.messages[n-1].id+1)
	}
	if w.next.nextID != w.state.nextID {
		if err := w.set("next_id", w.next.nextID); err != nil {
			return err
		}
	}
	if w.next.fold != w.state.fold {
		return w.set("fold", w.next.fold)
	}
	return nil
}

// waiting reports whether a later line may speak of m by its queue id: it is open, or its beginning may still be read.
func waiting(m *trace.Message) bool {
	return m.QueueID != "" && (m.Ended == 0 || m.Begun == 0)
}

func (w *writer) writeOpen(b *staged) error {
	for i := range b.messages {
		var err error
		switch m := &b.messages[i]; {
		case m.waiting:
			err = w.exec("INSERT OR REPLACE INTO open_message VALUES (?, ?)", m.id, int64(m.hash))
		case m.id < w.state.nextID:
			err = w.exec("DELETE FROM open_message WHERE id = ?", m.id)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// maxPrints bounds the memory for fingerprints of open messages; beyond it they are read from the database.
const maxPrints = 500_000

// remember keeps what the next commit of the same messages needs.
func (w *writer) remember(b *staged) {
	for i := range b.messages {
		m := &b.messages[i]
		if !m.waiting {
			delete(w.prints, m.id)
			continue
		}
		if len(w.prints) >= maxPrints {
			clear(w.prints)
		}
		w.hashes = messageKeys(w.hashes[:0], m.Message)
		w.prints[m.id] = fingerprint(w.hashes, keyDay(m.Message))
	}
}
