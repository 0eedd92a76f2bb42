package store

import (
	"database/sql/driver"
	"os"
	"time"
)

// Meta says what a store holds.
type Meta struct {
	Path         string
	Version      int // of the schema
	Zone         *time.Location
	First, Last  time.Time // of the messages; zero: none
	Messages     int64
	Open         int64 // messages that are not ended, or whose beginning was not read
	Hosts        []string
	Logs         int
	Lines        int64 // read, of all logs
	Foreign      int64
	Unrecognized int64
	Size         int64 // bytes of the file and its write-ahead log
	Retention    int   // days; 0: for ever
	DetailsFrom  time.Time
	RulesVersion string
}

// Meta reads what the store holds. Messages is exact as long as retention removes nothing, else close.
func (s *Store) Meta() (*Meta, error) {
	m := &Meta{Path: s.path, Zone: s.zone}
	err := s.read(func(r *session) error {
		version, err := r.number("PRAGMA user_version")
		if err != nil {
			return err
		}
		m.Version = int(version)
		row, err := r.one("SELECT min(first), max(last) FROM span")
		if err != nil {
			return err
		}
		if row[0] != nil {
			m.First, m.Last = time.Unix(0, integer(row[0])), time.Unix(0, integer(row[1]))
		}
		// count(*) would read the whole table, as min and max in one query would; ids have few gaps.
		row, err = r.one("SELECT (SELECT min(id) FROM message), (SELECT max(id) FROM message)")
		if err != nil {
			return err
		}
		if row[0] != nil {
			m.Messages = integer(row[1]) - integer(row[0]) + 1
		}
		if m.Open, err = r.number("SELECT count(*) FROM open_message"); err != nil {
			return err
		}
		err = r.query(func(row []driver.Value) error {
			m.Hosts = append(m.Hosts, text(row[0]))
			return nil
		}, "SELECT DISTINCT host FROM origin WHERE host <> '' ORDER BY host")
		if err != nil {
			return err
		}
		logs, err := r.one("SELECT count(*), total(line), total(foreign_lines), total(unrecognized) FROM log")
		if err != nil {
			return err
		}
		m.Logs, m.Lines, m.Foreign, m.Unrecognized = int(integer(logs[0])), integer(logs[1]), integer(logs[2]), integer(logs[3])
		retention, err := r.setting("retention_days")
		if err != nil {
			return err
		}
		m.Retention = int(integer(retention))
		if m.DetailsFrom, err = r.detailsFrom(); err != nil {
			return err
		}
		rules, err := r.setting("rules")
		m.RulesVersion = text(rules)
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, suffix := range []string{"", "-wal"} {
		if info, err := os.Stat(s.path + suffix); err == nil {
			m.Size += info.Size()
		}
	}
	return m, nil
}
