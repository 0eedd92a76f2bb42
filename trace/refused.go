package trace

import (
	"slices"

	"bouncelog/parser"
)

// refusal is the identity of a refusal without a queue id: the same line at the same time.
type refusal struct {
	host string
	time int64
	hash uint32
}

// refused is a refusal that was met, in case that another log of the host holds the same line.
type refused struct {
	id      int64
	offset  int64    // in the first of the logs
	logs    []int32  // that hold the line
	message *Message // nil once the keeper has it: anybody can have a server refuse as much as it can log
}

// of notes what m is known by.
func (s *refused) of(m *Message) {
	a := &m.Recipients[0].Attempts[0]
	s.id, s.offset, s.message = m.ID, m.Offset, m
	s.logs = append(append(s.logs[:0], a.Log), a.Also...)
}

// refuse makes a message of its own of a refusal that belongs to no queue id.
func (t *Tracker) refuse(r *parser.Record) {
	k := refusal{t.host, r.Time, r.Hash}
	same, known := t.refused[k]
	if !known && t.opt.Keeper != nil && (t.overlaps(r) || t.rereads(r)) {
		same = t.keptRefusals(k, r)
	}
	if t.rereads(r) {
		for _, s := range same {
			if s.logs[0] != r.Line.Log || s.offset != r.Line.Offset {
				continue
			}
			if m := t.refusedMessage(s); m != nil {
				m.Recipients = nil
				t.describe(m, r)
				return
			}
		}
	}
	for _, s := range same {
		if r.Hash == 0 || slices.Contains(s.logs, r.Line.Log) {
			continue
		}
		if m := t.refusedMessage(s); m != nil {
			for _, rc := range m.Recipients {
				rc.alsoIn(0, r.Line.Log)
			}
			s.logs = append(s.logs, r.Line.Log)
			t.orphans = append(t.orphans, m)
			t.refused[k] = same
			return
		}
	}
	m := t.furnish(&room{}, r)
	m.Begun, m.Ended = r.Time, r.Time
	t.describe(m, r)
	if len(same) > 0 || len(t.refused) < maxRefused {
		s := &refused{}
		s.of(m)
		t.refused[k] = append(same, s)
		t.unkept = append(t.unkept, s)
	}
}

// keptRefusals asks the keeper for refusals that may be the record's line.
func (t *Tracker) keptRefusals(k refusal, r *parser.Record) []*refused {
	kept, err := t.opt.Keeper.Refused(k.host, k.time)
	if err != nil {
		t.fail(err)
	}
	var same []*refused
	for _, m := range kept {
		if len(m.Recipients) == 0 || len(m.Recipients[0].Attempts) == 0 {
			continue
		}
		if m.Recipients[0].Attempts[0].Hash == k.hash || m.Offset == r.Line.Offset && m.Log == r.Line.Log {
			s := &refused{}
			s.of(m)
			same = append(same, s)
			t.unkept = append(t.unkept, s)
		}
	}
	return same
}

// refusedMessage is the message of a refusal, from the keeper where memory has it no more; nil if it is gone.
func (t *Tracker) refusedMessage(s *refused) *Message {
	if s.message == nil {
		m, err := t.opt.Keeper.Load(s.id)
		if err != nil {
			t.fail(err)
		}
		if m == nil || len(m.Recipients) == 0 || len(m.Recipients[0].Attempts) == 0 {
			return nil
		}
		s.message = m
		t.unkept = append(t.unkept, s)
	}
	return s.message
}

// leaveRefusals forgets the messages of refusals, which the keeper has if kept is true.
func (t *Tracker) leaveRefusals(kept bool) {
	if kept {
		for _, s := range t.unkept {
			s.message = nil
		}
	}
	clear(t.unkept)
	t.unkept = t.unkept[:0]
}
