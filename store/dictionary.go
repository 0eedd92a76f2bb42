package store

import (
	"database/sql/driver"
	"strconv"

	"github.com/cespare/xxhash/v2"

	"bouncelog/classify"
)

// dictionary maps values that repeat to small ids and back. It remembers what it has seen up to a bound, and asks the database
// for the rest. One belongs to one connection.
type dictionary[V comparable] struct {
	ids    map[V]int64
	values map[int64]V
	next   int64 // the next free id; 0: not read yet

	max    string // SQL: the greatest id
	find   string // SQL: id by the values' columns, after the hash
	load   string // SQL: columns by id
	insert string // SQL: id, hash and columns
	args   func(V) []any
	scan   func([]driver.Value) V
	hash   func(V) int64
}

// Entries remembered by each dictionary, both ways.
const maxRemembered = 100_000

func (d *dictionary[V]) forget() {
	d.ids = map[V]int64{}
	d.values = map[int64]V{}
	d.next = 0
}

func (d *dictionary[V]) remember(id int64, v V) {
	if len(d.ids) >= maxRemembered || len(d.values) >= maxRemembered {
		clear(d.ids)
		clear(d.values)
	}
	d.ids[v] = id
	d.values[id] = v
}

// id returns the value's id. A value that the database does not hold gets one, or 0 if create is false.
func (d *dictionary[V]) id(c *conn, v V, create bool) (int64, error) {
	if id, ok := d.ids[v]; ok {
		return id, nil
	}
	h := d.hash(v)
	args := d.args(v)
	id, err := c.number(d.find, append([]any{h}, args...)...)
	if err != nil {
		return 0, err
	}
	if id == 0 {
		if !create {
			return 0, nil
		}
		if d.next == 0 {
			if d.next, err = c.number(d.max); err != nil {
				return 0, err
			}
			d.next++
		}
		id = d.next
		if err := c.exec(d.insert, append([]any{id, h}, args...)...); err != nil {
			return 0, err
		}
		d.next++
	}
	d.remember(id, v)
	return id, nil
}

// value is the inverse of id.
func (d *dictionary[V]) value(c *conn, id int64) (V, error) {
	if v, ok := d.values[id]; ok {
		return v, nil
	}
	var v V
	row, err := c.one(d.load, id)
	if err != nil {
		return v, err
	}
	if row == nil {
		return v, errDamaged("no dictionary entry " + strconv.FormatInt(id, 10))
	}
	v = d.scan(row)
	d.remember(id, v)
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

func newSession(c *conn) *session {
	s := &session{conn: c}
	s.strings = dictionary[string]{
		max:    "SELECT max(id) FROM string",
		find:   "SELECT id FROM string WHERE hash = ? AND text = ?",
		load:   "SELECT text FROM string WHERE id = ?",
		insert: "INSERT INTO string VALUES (?, ?, ?)",
		args:   func(v string) []any { return []any{v} },
		scan:   func(r []driver.Value) string { return text(r[0]) },
		hash:   func(v string) int64 { return shortHash(v) },
	}
	s.relays = dictionary[relay]{
		max:    "SELECT max(id) FROM relay",
		find:   "SELECT id FROM relay WHERE hash = ? AND host = ? AND ip = ? AND port = ?",
		load:   "SELECT host, ip, port FROM relay WHERE id = ?",
		insert: "INSERT INTO relay VALUES (?, ?, ?, ?, ?)",
		args:   func(v relay) []any { return []any{v.host, v.ip, v.port} },
		scan:   func(r []driver.Value) relay { return relay{text(r[0]), text(r[1]), int(integer(r[2]))} },
		hash:   func(v relay) int64 { return shortHash(v.host + "\x00" + v.ip) },
	}
	s.verdicts = dictionary[classify.Verdict]{
		max: "SELECT max(id) FROM verdict",
		find: "SELECT id FROM verdict WHERE hash = ? AND category = ? AND cause = ? AND rule = ? AND provider = ? AND blocklist = ?" +
			" AND code = ? AND enhanced = ? AND suppress = ?",
		load:   "SELECT category, cause, rule, provider, blocklist, code, enhanced, suppress FROM verdict WHERE id = ?",
		insert: "INSERT INTO verdict VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
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
	}
	s.origins = dictionary[origin]{
		max:    "SELECT max(id) FROM origin",
		find:   "SELECT id FROM origin WHERE ? IS NOT NULL AND host = ? AND instance = ? AND mta = ?",
		load:   "SELECT host, instance, mta FROM origin WHERE id = ?",
		insert: "INSERT INTO origin SELECT ?1, ?3, ?4, ?5 WHERE ?2 IS NOT NULL",
		args:   func(v origin) []any { return []any{v.host, v.instance, v.mta} },
		scan:   func(r []driver.Value) origin { return origin{text(r[0]), text(r[1]), text(r[2])} },
		hash:   func(origin) int64 { return 0 },
	}
	s.answers = dictionary[answer]{
		max:    "SELECT max(id) FROM answer",
		find:   "SELECT id FROM answer WHERE hash = ? AND kind = ? AND template = ? AND code = ? AND enhanced = ? AND verdict = ?",
		load:   "SELECT kind, template, code, enhanced, verdict FROM answer WHERE id = ?",
		insert: "INSERT INTO answer VALUES (?, ?, ?, ?, ?, ?, ?)",
		args:   func(v answer) []any { return []any{v.kind, v.template, v.code, v.enhanced, v.verdict} },
		scan: func(r []driver.Value) answer {
			return answer{integer(r[0]), integer(r[1]), int(integer(r[2])), text(r[3]), integer(r[4])}
		},
		hash: func(v answer) int64 { return int64(uint32(v.template*31+v.verdict)*2654435761 ^ uint32(v.kind)) },
	}
	s.forget()
	return s
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
