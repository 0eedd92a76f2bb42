package store

import (
	"database/sql/driver"
)

const logColumns = "id, ident, name, head_hash, head_length, position, tail_hash, tail_length, line, cursor, host, first, last, state, foreign_lines, unrecognized"

// writeLog stores a position. A LogState without ID gets one.
func (w *writer) writeLog(l *LogState) error {
	if l.ID == 0 {
		l.ID = w.next.nextLog
	}
	w.next.nextLog = max(w.next.nextLog, l.ID+1)
	var state any
	if l.State != nil {
		state = l.State
	}
	return w.exec(w.insertRows("INSERT OR REPLACE INTO log VALUES ", 16, 1),
		l.ID, l.Ident, l.Name, int64(l.HeadHash), l.HeadLen, l.Position, int64(l.TailHash), l.TailLen, l.Line, l.Cursor, l.Host,
		l.First, l.Last, state, l.Foreign, l.Unrecognized)
}

// NewLogID reserves the ID of a log that is not stored yet, so that its lines can carry it (parser.Line.Log) before the first commit.
// IDs that no commit used are given again by the next run.
func (s *Store) NewLogID() int64 {
	s.write.Lock()
	defer s.write.Unlock()
	id := s.w.state.nextLog
	s.w.state.nextLog++
	return id
}

// Logs lists all logs that were ever read, in the order in which they were first met.
func (s *Store) Logs() ([]*LogState, error) {
	var logs []*LogState
	err := s.read(func(r *session) error {
		var err error
		logs, err = r.logs("")
		return err
	})
	return logs, err
}

// LogsByHead lists the logs whose head has this hash and length: those that a file may continue.
func (s *Store) LogsByHead(hash uint64, length int64) ([]*LogState, error) {
	var logs []*LogState
	err := s.read(func(r *session) error {
		var err error
		logs, err = r.logs(" WHERE head_hash = ? AND head_length = ?", int64(hash), length)
		return err
	})
	return logs, err
}

func (s *session) logs(where string, args ...any) ([]*LogState, error) {
	var logs []*LogState
	err := s.query(func(r []driver.Value) error {
		l := &LogState{ID: integer(r[0]), Ident: text(r[1]), Name: text(r[2]), HeadHash: uint64(integer(r[3])), HeadLen: integer(r[4]),
			Position: integer(r[5]), TailHash: uint64(integer(r[6])), TailLen: integer(r[7]), Line: integer(r[8]), Cursor: text(r[9]),
			Host: text(r[10]), First: integer(r[11]), Last: integer(r[12]), Foreign: integer(r[14]), Unrecognized: integer(r[15])}
		if r[13] != nil {
			l.State = append([]byte{}, blob(r[13])...)
		}
		logs = append(logs, l)
		return nil
	}, "SELECT "+logColumns+" FROM log"+where+" ORDER BY id", args...)
	return logs, err
}

// TrackerState is what the last commit stored of the tracker: its own state (nil: none) and the next message ID.
func (s *Store) TrackerState() (state []byte, nextID int64, err error) {
	err = s.read(func(r *session) error {
		v, err := r.setting("tracker")
		if err != nil {
			return err
		}
		state = blob(v)
		n, err := r.setting("next_id")
		nextID = max(integer(n), 1)
		return err
	})
	return state, nextID, err
}
