package store

import (
	"database/sql/driver"
	"errors"
	"strconv"
	"strings"

	"github.com/cespare/xxhash/v2"

	"bouncelog/classify"
)

// dictionary maps values that repeat to small ids and back. It remembers what it has seen up to a bound, and asks the database
// for the rest. One belongs to one connection.
type dictionary[V comparable] struct {
	ids     remembered[V]
	values  map[int64]V
	next    int64 // the next free id; 0: not read yet
	all     bool  // ids, of the one connection that writes, holds all that there is but for what it forgot
	pending []any // rows that are not inserted yet
	most    int   // values that are remembered in one generation

	table   string
	columns []string // after id and hash
	args    func(V) []any
	scan    func([]driver.Value) V
	hash    func(V) int64
	keep    func(V) V // a copy whose strings are no pieces of longer ones; nil: they never are

	find, load, insertOne, insertMany string // statements
}

// insertRows is the number of entries that are inserted at a time.
const insertRows = 16

func newDictionary[V comparable](most int, d dictionary[V]) dictionary[V] {
	d.most = most
	d.find = "SELECT id FROM " + d.table + " WHERE hash = ? AND " + strings.Join(d.columns, " = ? AND ") + " = ?"
	d.load = "SELECT " + strings.Join(d.columns, ", ") + " FROM " + d.table + " WHERE id = ?"
	d.insertOne = "INSERT INTO " + d.table + " VALUES " + placeholders(2+len(d.columns), 1)
	d.insertMany = "INSERT INTO " + d.table + " VALUES " + placeholders(2+len(d.columns), insertRows)
	d.forget()
	return d
}

func (d *dictionary[V]) forget() {
	d.ids = newRemembered[V](d.most)
	d.values = map[int64]V{}
	d.next, d.all, d.pending = 0, false, nil
}

// id returns the value's id. A value that the database does not hold gets one, or 0 if create is false; it is in the
// database after flush.
func (d *dictionary[V]) id(c *conn, v V, create bool) (int64, error) {
	if id, ok := d.ids.get(v); ok {
		return id, nil
	}
	if create && d.next == 0 {
		last, err := c.number("SELECT max(id) FROM " + d.table)
		if err != nil {
			return 0, err
		}
		d.next, d.all = last+1, last == 0
	}
	h := d.hash(v)
	id := int64(0)
	if !d.all || d.ids.forgot {
		var err error
		if id, err = c.number(d.find, append([]any{h}, d.args(v)...)...); err != nil {
			return 0, err
		}
	}
	if id == 0 {
		if !create {
			return 0, nil
		}
		id = d.next
		d.next++
		d.pending = append(append(d.pending, id, h), d.args(v)...)
		if len(d.pending) == insertRows*(2+len(d.columns)) {
			if err := d.flush(c); err != nil {
				return 0, err
			}
		}
	}
	if d.keep != nil {
		v = d.keep(v)
	}
	d.ids.put(v, id)
	return id, nil
}

// flush inserts what is pending.
func (d *dictionary[V]) flush(c *conn) error {
	rows := d.pending
	d.pending = d.pending[:0]
	width := 2 + len(d.columns)
	if len(rows) == insertRows*width {
		return c.exec(d.insertMany, rows...)
	}
	for ; len(rows) > 0; rows = rows[width:] {
		if err := c.exec(d.insertOne, rows[:width]...); err != nil {
			return err
		}
	}
	return nil
}

// value is the inverse of id.
func (d *dictionary[V]) value(c *conn, id int64) (V, error) {
	if v, ok := d.values[id]; ok {
		return v, nil
	}
	var v V
	if err := d.flush(c); err != nil {
		return v, err
	}
	row, err := c.one(d.load, id)
	if err != nil {
		return v, err
	}
	if row == nil {
		return v, errDamaged("no dictionary entry " + strconv.FormatInt(id, 10))
	}
	v = d.scan(row)
	if len(d.values) >= 2*d.most {
		clear(d.values)
	}
	d.values[id] = v
	return v, nil
}

type relay struct {
	host, ip string
	port     int
}

// answer is what repeats of an attempt, see the schema.
type answer struct {
	kind     int64
	template int64
	next     int64 // which part of the reply is the queue id that the next hop gave, from 1; 0: none
	code     int
	enhanced string
	verdict  int64
}

type origin struct{ host, instance, mta string }

// session is a connection with its dictionaries.
type session struct {
	*conn
	strings  dictionary[string]
	relays   dictionary[relay]
	verdicts dictionary[classify.Verdict]
	origins  dictionary[origin]
	answers  dictionary[answer]
	pointers map[int64]*classify.Verdict // one Verdict for all attempts that share it
}

func newSession(c *conn, most int) *session {
	s := &session{conn: c}
	s.strings = newDictionary(most, dictionary[string]{
		table: "string", columns: []string{"text"},
		args: func(v string) []any { return []any{v} },
		scan: func(r []driver.Value) string { return text(r[0]) },
		hash: shortHash,
		keep: strings.Clone,
	})
	s.relays = newDictionary(most, dictionary[relay]{
		table: "relay", columns: []string{"host", "ip", "port"},
		args: func(v relay) []any { return []any{v.host, v.ip, v.port} },
		scan: func(r []driver.Value) relay { return relay{text(r[0]), text(r[1]), int(integer(r[2]))} },
		hash: func(v relay) int64 { return shortHash(v.host + "\x00" + v.ip) },
		keep: func(v relay) relay {
			both := v.host + v.ip // side by side: they are compared together
			return relay{both[:len(v.host)], both[len(v.host):], v.port}
		},
	})
	s.verdicts = newDictionary(most, dictionary[classify.Verdict]{
		table: "verdict", columns: []string{"category", "cause", "rule", "provider", "blocklist", "code", "enhanced", "suppress"},
		args: func(v classify.Verdict) []any {
			suppress := 0
			if v.Suppress {
				suppress = 1
			}
			return []any{string(v.Category), v.Cause, v.Rule, v.Provider, v.Blocklist, v.Code, v.Enhanced, suppress}
		},
		scan: func(r []driver.Value) classify.Verdict {
			return classify.Verdict{Category: classify.Category(text(r[0])), Cause: text(r[1]), Rule: text(r[2]), Provider: text(r[3]),
				Blocklist: text(r[4]), Code: int(integer(r[5])), Enhanced: text(r[6]), Suppress: integer(r[7]) != 0}
		},
		hash: func(v classify.Verdict) int64 { return shortHash(v.Rule + "\x00" + v.Provider + "\x00" + v.Cause) },
	})
	s.origins = newDictionary(most, dictionary[origin]{
		table: "origin", columns: []string{"host", "instance", "mta"},
		args: func(v origin) []any { return []any{v.host, v.instance, v.mta} },
		scan: func(r []driver.Value) origin { return origin{text(r[0]), text(r[1]), text(r[2])} },
		hash: func(v origin) int64 { return shortHash(v.host) },
	})
	s.answers = newDictionary(most, dictionary[answer]{
		table: "answer", columns: []string{"kind", "template", "next", "code", "enhanced", "verdict"},
		args: func(v answer) []any { return []any{v.kind, v.template, v.next, v.code, v.enhanced, v.verdict} },
		scan: func(r []driver.Value) answer {
			return answer{integer(r[0]), integer(r[1]), integer(r[2]), int(integer(r[3])), text(r[4]), integer(r[5])}
		},
		hash: func(v answer) int64 { return int64(uint32(v.template*31+v.verdict)*2654435761 ^ uint32(v.kind)) },
	})
	s.pointers = map[int64]*classify.Verdict{}
	return s
}

// transaction inserts at its end what the dictionaries hold back.
func (s *session) transaction(begin string, f func() error) error {
	return s.conn.transaction(begin, func() error {
		if err := f(); err != nil {
			return err
		}
		return errors.Join(s.strings.flush(s.conn), s.relays.flush(s.conn), s.verdicts.flush(s.conn), s.origins.flush(s.conn), s.answers.flush(s.conn))
	})
}

// forget drops what is remembered: ids given in a transaction that was undone are free again.
func (s *session) forget() {
	s.strings.forget()
	s.relays.forget()
	s.verdicts.forget()
	s.origins.forget()
	s.answers.forget()
	s.pointers = map[int64]*classify.Verdict{}
}

func (s *session) stringID(v string) (int64, error) {
	if v == "" {
		return 0, nil
	}
	return s.strings.id(s.conn, v, true)
}

func (s *session) stringOf(id int64) (string, error) {
	if id == 0 {
		return "", nil
	}
	return s.strings.value(s.conn, id)
}

func (s *session) verdictID(v *classify.Verdict) (int64, error) {
	if v == nil {
		return 0, nil
	}
	return s.verdicts.id(s.conn, *v, true)
}

func (s *session) verdictOf(id int64) (*classify.Verdict, error) {
	if id == 0 {
		return nil, nil
	}
	if v := s.pointers[id]; v != nil {
		return v, nil
	}
	v, err := s.verdicts.value(s.conn, id)
	if err != nil {
		return nil, err
	}
	if len(s.pointers) >= maxRemembered {
		clear(s.pointers)
	}
	s.pointers[id] = &v
	return &v, nil
}

// shortHash is the hash column of the dictionaries: four bytes keep their indexes small, and the texts are compared after it.
func shortHash(s string) int64 { return int64(uint32(xxhash.Sum64String(s))) }
