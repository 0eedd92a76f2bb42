package store

import (
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"

	"github.com/mattn/go-sqlite3"
)

// conn is one raw connection of the driver with its prepared statements. database/sql would cost a third of the
// writer's time; its pool and its conversions are not needed here. It serves one goroutine at a time.
type conn struct {
	c     *sqlite3.SQLiteConn
	stmts map[string]*sqlite3.SQLiteStmt
	named []driver.NamedValue // reused
}

// ErrBusy and ErrFull are wrapped by Commit where waiting or making room helps: nothing was written, and the same batch may be committed again.
var (
	ErrBusy = errors.New("the database is locked by another program")
	ErrFull = errors.New("no space left for the database")
)

func dial(path string, pragmas url.Values) (*conn, error) {
	// A path may hold "?" and "%": a file URI keeps them apart from the settings. With one goroutine at a time SQLite need not lock the connection for
	// every value that is bound.
	dsn := "file:" + (&url.URL{Path: path}).EscapedPath() + "?_mutex=no&" + pragmas.Encode()
	c, err := (&sqlite3.SQLiteDriver{}).Open(dsn)
	if err != nil {
		return nil, wrap(err)
	}
	return &conn{c: c.(*sqlite3.SQLiteConn), stmts: map[string]*sqlite3.SQLiteStmt{}}, nil
}

// wrap gives errors of the driver their sentinel.
func wrap(err error) error {
	var e sqlite3.Error
	if !errors.As(err, &e) {
		return err
	}
	switch e.Code {
	case sqlite3.ErrBusy, sqlite3.ErrLocked:
		return fmt.Errorf("%w (%w)", ErrBusy, err)
	case sqlite3.ErrFull:
		return fmt.Errorf("%w (%w)", ErrFull, err)
	case sqlite3.ErrIoErr:
		// A full disk shows as a short write in some places of SQLite.
		if e.SystemErrno == enospc || e.SystemErrno == edquot {
			return fmt.Errorf("%w (%w)", ErrFull, err)
		}
	case sqlite3.ErrNotADB, sqlite3.ErrCorrupt:
		return fmt.Errorf("%w (%w)", ErrCorrupt, err)
	}
	return err
}

// noPlaceBeside reports whether the driver failed because it can't make a file beside the database.
func noPlaceBeside(err error) bool {
	var e sqlite3.Error
	return errors.As(err, &e) && (e.Code == sqlite3.ErrReadonly || e.Code == sqlite3.ErrCantOpen)
}

func (c *conn) close() error {
	for _, s := range c.stmts {
		s.Close()
	}
	c.stmts = nil
	return c.c.Close()
}

// script runs several statements without arguments.
func (c *conn) script(sql string) error {
	_, err := c.c.Exec(sql, nil)
	return wrap(err)
}

func (c *conn) rows(sql string, args []any) (driver.Rows, error) {
	s := c.stmts[sql]
	if s == nil {
		p, err := c.c.Prepare(sql)
		if err != nil {
			return nil, fmt.Errorf("%w in %.60q", wrap(err), sql)
		}
		s = p.(*sqlite3.SQLiteStmt)
		c.stmts[sql] = s
	}
	c.named = c.named[:0]
	for i, a := range args {
		if n, ok := a.(int); ok {
			a = int64(n)
		}
		c.named = append(c.named, driver.NamedValue{Ordinal: i + 1, Value: a})
	}
	// QueryContext binds and steps in one call of C, which Exec does not.
	r, err := s.QueryContext(background, c.named)
	return r, wrap(err)
}

// exec runs a prepared statement. Arguments are int, int64, float64, string, []byte or nil.
func (c *conn) exec(sql string, args ...any) error {
	r, err := c.rows(sql, args)
	if err != nil {
		return err
	}
	return wrap(r.Close())
}

// query calls each with every row; row is reused.
func (c *conn) query(each func(row []driver.Value) error, sql string, args ...any) error {
	r, err := c.rows(sql, args)
	if err != nil {
		return err
	}
	row := make([]driver.Value, len(r.Columns()))
	for {
		if err = r.Next(row); err != nil {
			break
		}
		if err = each(row); err != nil {
			break
		}
	}
	closed := r.Close()
	if err == io.EOF {
		err = closed
	}
	return wrap(err)
}

// errStop ends a query early.
var errStop = errors.New("stop")

// one reads the first row, if there is one.
func (c *conn) one(sql string, args ...any) (row []driver.Value, err error) {
	err = c.query(func(r []driver.Value) error {
		row = append([]driver.Value(nil), r...)
		return errStop
	}, sql, args...)
	if err == errStop {
		err = nil
	}
	return row, err
}

// number reads one integer; 0 where there is no row.
func (c *conn) number(sql string, args ...any) (int64, error) {
	row, err := c.one(sql, args...)
	if err != nil || len(row) == 0 {
		return 0, err
	}
	return integer(row[0]), nil
}

func integer(v driver.Value) int64 {
	switch n := v.(type) {
	case int64:
		return n
	case float64:
		return int64(n)
	case bool:
		if n {
			return 1
		}
	}
	return 0
}

func text(v driver.Value) string {
	switch s := v.(type) {
	case string:
		return s
	case []byte:
		return string(s)
	}
	return ""
}

func blob(v driver.Value) []byte {
	switch b := v.(type) {
	case []byte:
		return b
	case string:
		return []byte(b)
	}
	return nil
}

// transaction runs f in one transaction that is undone if f fails.
func (c *conn) transaction(begin string, f func() error) error {
	if err := c.script(begin); err != nil {
		return err
	}
	err := f()
	if err == nil {
		if err = c.script("COMMIT"); err == nil {
			return nil
		}
	}
	if !c.c.AutoCommit() {
		if undo := c.script("ROLLBACK"); undo != nil {
			err = errors.Join(err, undo)
		}
	}
	return err
}

// placeholders is "(?,?),(?,?)" for multi-row inserts.
func placeholders(columns, rows int) string {
	one := "(" + strings.Repeat("?,", columns-1) + "?)"
	return strings.Repeat(one+",", rows-1) + one
}
