package trace

import (
	"encoding/json"
	"fmt"

	"bouncelog/parser"
)

// session names a process on a host, or one of the sessions that it serves; its lines without a queue id belong together.
type session struct {
	host string
	pid  int32
	id   string // if the program names its sessions; pid is then 0
}

// Session is what the lines of one process said that belongs to no message yet.
type Session struct {
	Time       int64    `json:",omitempty"`
	ClientHost string   `json:",omitempty"`
	ClientIP   string   `json:",omitempty"`
	AuthUser   string   `json:",omitempty"`
	Helo       string   `json:",omitempty"`
	Hint       *Attempt `json:",omitempty"`
}

// sessionLife is how long a process's words count for its later lines; pids are reused.
const sessionLife = int64(30 * 60 * 1e9)

func (t *Tracker) sessionOf(r *parser.Record, make1 bool) *Session {
	if r.PID == 0 && r.SessionID == nil || !make1 && len(t.sessions) == 0 {
		return nil
	}
	k := session{t.host, r.PID, ""}
	if r.SessionID != nil {
		k.pid, k.id = 0, string(r.SessionID)
	}
	s := t.sessions[k]
	if s != nil && r.Time-s.Time > sessionLife {
		delete(t.sessions, k)
		s = nil
	}
	if s == nil && make1 {
		if len(t.sessions) >= maxSessions {
			t.forgetSessions()
		}
		s = &Session{}
		t.sessions[k] = s
	}
	if s != nil {
		s.Time = r.Time
	}
	return s
}

// forgetSessions makes room: first what is old, then everything.
func (t *Tracker) forgetSessions() {
	for k, s := range t.sessions {
		if t.now-s.Time > sessionLife/10 {
			delete(t.sessions, k)
		}
	}
	if len(t.sessions) >= maxSessions {
		clear(t.sessions)
	}
}

// session keeps what a line says of its process's session.
func (t *Tracker) session(r *parser.Record) {
	s := t.sessionOf(r, true)
	if s == nil {
		return
	}
	if len(r.ClientHost) > 0 || len(r.ClientIP) > 0 { // another client than the one before
		s.ClientHost, s.ClientIP = t.strings.of(r.ClientHost), t.strings.of(r.ClientIP)
		s.AuthUser, s.Helo = "", ""
	}
	if len(r.AuthUser) > 0 {
		s.AuthUser = t.strings.of(r.AuthUser)
	}
	if len(r.Helo) > 0 {
		s.Helo = t.strings.of(r.Helo)
	}
}

// inherit gives a record of a known session what its line leaves out.
func (t *Tracker) inherit(r *parser.Record) {
	if len(t.sessions) == 0 || r.Kind != parser.KindBegin && r.Kind != parser.KindReject {
		return
	}
	s := t.sessionOf(r, false)
	if s == nil {
		return
	}
	if s.ClientIP != "" && len(r.ClientIP) > 0 && s.ClientIP != string(r.ClientIP) {
		return // another session of a process that was reused
	}
	if len(r.AuthUser) == 0 && s.AuthUser != "" {
		r.AuthUser = []byte(s.AuthUser)
	}
	if len(r.ClientIP) == 0 && len(r.ClientHost) == 0 && s.ClientIP != "" {
		r.ClientIP, r.ClientHost = []byte(s.ClientIP), []byte(s.ClientHost)
	}
}

// hint keeps the words of a failure until the attempt that they belong to.
func (t *Tracker) hint(r *parser.Record) {
	if len(r.QueueID) == 0 {
		if s := t.sessionOf(r, true); s != nil {
			a := t.newAttempt(r, nil)
			s.Hint = &a
		}
		return
	}
	n := t.owner(r)
	a := t.newAttempt(r, nil)
	n.m.Hint = &a
}

// pidHint is the hint that the record's process left, taken away.
func (t *Tracker) pidHint(r *parser.Record) *Attempt {
	s := t.sessionOf(r, false)
	if s == nil || s.Hint == nil {
		return nil
	}
	h := s.Hint
	s.Hint = nil
	return h
}

// state is the part of a tracker that belongs to no message.
type state struct {
	Now, At  int64
	Sessions []savedSession
	Starts   map[int32]int64
}

type savedSession struct {
	Host string
	PID  int32
	ID   string `json:",omitempty"`
	Session
}

// State is what belongs to no message yet, to be kept with the messages and the position of the log.
func (t *Tracker) State() ([]byte, error) {
	s := state{Now: t.now, At: t.at, Starts: t.starts}
	for k, v := range t.sessions {
		// Hardly a session is seen to end. Logs may be read the newest first, so a session is old by the line at hand, not by the newest.
		if age := t.at - v.Time; age > sessionLife || age < -sessionLife {
			delete(t.sessions, k)
			continue
		}
		s.Sessions = append(s.Sessions, savedSession{k.host, k.pid, k.id, *v})
	}
	b, err := json.Marshal(s)
	if err != nil {
		return nil, fmt.Errorf("encode the tracker's state: %w", err)
	}
	return b, nil
}

// Restore takes over what State gave. An error leaves the tracker as it was.
func (t *Tracker) Restore(b []byte) error {
	var s state
	if err := json.Unmarshal(b, &s); err != nil {
		return fmt.Errorf("decode the tracker's state: %w", err)
	}
	t.now, t.at = s.Now, s.At
	for log, at := range s.Starts {
		t.starts[log] = at
	}
	for _, v := range s.Sessions {
		t.sessions[session{v.Host, v.PID, v.ID}] = &v.Session
	}
	return nil
}
