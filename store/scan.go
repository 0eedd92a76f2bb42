package store

import (
	"database/sql/driver"
	"fmt"
	"time"

	"bouncelog/trace"
)

// scan calls f with every message that may have something in [since, until). With marks only those that have one of them may be
// left, and those in between are not read. errStop ends it.
func (s *session) scan(since, until time.Time, marks int, f func(*trace.Message) error) error {
	return s.scanBy(&decoder{s: s}, since, until, marks, f)
}

// scanBy is scan with a decoder that leaves out what is not wanted.
func (s *session) scanBy(d *decoder, since, until time.Time, marks int, f func(*trace.Message) error) error {
	spans, err := s.spans(since, until)
	if err != nil {
		return err
	}
	low, high := window(since, until)
	for _, sp := range spans {
		if err := s.scanSpan(d, sp, low, high, marks, false, f); err != nil {
			if err == errStop {
				return nil
			}
			return err
		}
	}
	return nil
}

// scanSpan is scan for one run of messages, the newest id first where newest is set.
func (s *session) scanSpan(d *decoder, sp spanRow, low, high int64, marks int, newest bool, f func(*trace.Message) error) error {
	var marked string
	began := low - sp.lastFirst // the least time from the beginning of a message to the window
	longAgo := sp.lastFirst < low && began > int64(longLife)
	if longAgo {
		marked = " AND " + tookHours("?5")
	}
	if marks != 0 {
		marked += fmt.Sprintf(" AND marks & %d", marks)
	}
	from := "message"
	if marked != "" {
		// CROSS JOIN is how SQLite is told which table comes first.
		from = "(SELECT id AS marked FROM marked_message WHERE id BETWEEN ?1 AND ?2" + marked + ") CROSS JOIN message ON id = marked"
	}
	from += " WHERE id BETWEEN ?1 AND ?2 AND first < ?3"
	args := []any{sp.id << spanBits, (sp.id+1)<<spanBits - 1, high}
	if sp.first < low {
		// Most messages of a span that reaches back before the window are over too: SQLite sees so from the beginning of the body, which is the
		// time from the first line to the last. Its floating-point numbers lose some hundred nanoseconds of a time.
		from += " AND (first >= ?4 OR first + CAST(substr(body, 2, 24) AS REAL) >= ?4 - 1e6)"
		args = append(args, low)
	}
	if longAgo {
		args = append(args, began/int64(time.Hour))
	}
	from += " ORDER BY id"
	if newest {
		from += " DESC"
	}
	return s.query(func(r []driver.Value) error {
		m, err := d.message(r)
		if err != nil {
			return err
		}
		if m.First >= high || max(m.Last, m.First) < low {
			return nil
		}
		return f(m)
	}, "SELECT "+messageColumns+" FROM "+from, args...)
}

func window(since, until time.Time) (low, high int64) {
	low, high = -1<<63, 1<<63-1
	if !since.IsZero() {
		low = since.UnixNano()
	}
	if !until.IsZero() {
		high = until.UnixNano()
	}
	return low, high
}

// spans lists the runs of messages that touch a window.
func (s *session) spans(since, until time.Time) ([]spanRow, error) {
	low, high := window(since, until)
	var list []spanRow
	err := s.query(func(r []driver.Value) error {
		list = append(list, spanRow{integer(r[0]), integer(r[1]), integer(r[2]), integer(r[3])})
		return nil
	}, "SELECT id, first, last_first, last FROM span WHERE first < ? AND last >= ? ORDER BY id", high, low)
	return list, err
}

// eachSilent calls f with every message that is open, or whose beginning was not read, and that was silent from a time on.
func (s *session) eachSilent(d *decoder, from int64, f func(*trace.Message) error) error {
	return s.query(func(r []driver.Value) error {
		m, err := d.message(r)
		if err != nil || max(m.Last, m.First) >= from {
			return err
		}
		return f(m)
	}, "SELECT m.id, m.origin, m.queue_id, m.first, CAST(m.body AS BLOB), m.place FROM open_message o CROSS JOIN message m ON m.id = o.id AND m.first < ? ORDER BY m.id", from)
}
