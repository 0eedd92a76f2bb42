package store

import (
	"context"
	"database/sql/driver"
	"fmt"
	"time"

	"bouncelog/classify"
	"bouncelog/parser"
	"bouncelog/trace"
)

// Reclassified says what Reclassify did.
type Reclassified struct {
	Messages int64 // looked at
	Attempts int64 // with a verdict
	Changed  int64 // attempts whose verdict is another now
}

// reclassifyStep is how many message ids one transaction of Reclassify covers: other writers of the same process wait that long.
const reclassifyStep = 1 << spanBits

// Reclassify asks judge again for every stored attempt that has a verdict or wants one, and corrects messages and aggregates in
// small transactions. provider is as in AggregateOptions, for delivered mail. version names the rules, see RulesVersion; it is stored
// when all is done. A run that is interrupted may simply be started again. Aggregates of messages that retention has removed stay.
//
// The tracker must not run beside it: it would hold messages with old verdicts.
func (s *Store) Reclassify(ctx context.Context, judge trace.Judge, provider func(relayHost, domain string) string, version string,
	progress func(done, all int64)) (Reclassified, error) {
	return s.ReclassifySince(ctx, time.Time{}, judge, provider, version, progress)
}

// ReclassifySince is Reclassify for the messages that spoke at a time or later only. Unless the time is zero, version is not stored: what is older
// is still classified by the rules before.
func (s *Store) ReclassifySince(ctx context.Context, since time.Time, judge trace.Judge, provider func(relayHost, domain string) string, version string,
	progress func(done, all int64)) (Reclassified, error) {
	j := &rejudge{judge: judge, counts: NewAggregates(AggregateOptions{Zone: s.zone, Provider: provider}), verdicts: map[string]*classify.Verdict{}}
	j.since, _ = window(since, time.Time{})
	s.write.Lock()
	last := s.w.state.nextID
	s.write.Unlock()
	for from := int64(0); from < last; from += reclassifyStep {
		if err := ctx.Err(); err != nil {
			return j.done, err
		}
		if err := s.reclassify(j, from, from+reclassifyStep-1); err != nil {
			return j.done, fmt.Errorf("classify again: %w", err)
		}
		if progress != nil {
			progress(min(from+reclassifyStep, last), last)
		}
	}
	if err := j.replies(s); err != nil {
		return j.done, fmt.Errorf("classify again: %w", err)
	}
	if !since.IsZero() {
		return j.done, nil
	}
	return j.done, s.SetRulesVersion(version)
}

func (s *Store) reclassify(j *rejudge, low, high int64) error {
	var batch Batch
	d := decoder{s: s.w.session}
	s.write.Lock()
	err := s.w.query(func(r []driver.Value) error {
		m, err := d.message(r)
		if err != nil {
			return err
		}
		if max(m.Last, m.First) < j.since {
			return nil
		}
		j.done.Messages++
		j.counts.Recall(m)
		if j.message(m) {
			j.counts.Update(m)
			batch.Messages = append(batch.Messages, m)
		}
		return nil
	}, "SELECT "+messageColumns+" FROM message WHERE id BETWEEN ? AND ?", low, high)
	s.write.Unlock()
	if err != nil || len(batch.Messages) == 0 {
		return err
	}
	batch.Aggregates = j.counts.Take()
	return s.Commit(&batch)
}

// rejudge is one run of Reclassify.
type rejudge struct {
	judge    trace.Judge
	since    int64 // messages that were silent since are left as they are
	counts   *Aggregates
	done     Reclassified
	verdicts map[string]*classify.Verdict // the new ones, by reply template
}

// message replaces the verdicts of m and reports whether one changed.
func (j *rejudge) message(m *trace.Message) bool {
	var old []*classify.Verdict
	for _, r := range m.Recipients {
		var was, is *classify.Verdict // of the last deferral
		for i := range r.Attempts {
			a := &r.Attempts[i]
			v := verdictOf(a)
			old = append(old, v)
			a.Verdict = nil
			switch {
			case a.Outcome == parser.OutcomeDelivered || !a.Outcome.Failed() && v == nil:
				continue
			case a.Outcome == parser.OutcomeExpired && v != nil && was != nil && *v == *was && is != nil:
				a.Verdict = is // an expiry keeps the reason of the deferral it ends
			default:
				j.judge.Judge(&trace.Event{Message: m, Recipient: r, Attempt: a})
			}
			j.done.Attempts++
			if a.Outcome == parser.OutcomeDeferred {
				was, is = v, verdictOf(a)
			}
		}
	}
	j.counts.sharer.share(m, true) // names the providers of deliveries
	changed := false
	n := 0
	for _, r := range m.Recipients {
		for i := range r.Attempts {
			a := &r.Attempts[i]
			now, was := verdictOf(a), old[n]
			n++
			if (now == nil) == (was == nil) && (now == nil || *now == *was) {
				continue
			}
			changed = true
			j.done.Changed++
			if a.Reply != "" && a.Outcome.Failed() {
				template, _ := templateOf(a.Reply)
				j.verdicts[template] = now
			}
		}
	}
	return changed
}

// replies gives the reply templates their new verdicts.
func (j *rejudge) replies(s *Store) error {
	s.write.Lock()
	defer s.write.Unlock()
	w := s.w
	err := w.transaction("BEGIN IMMEDIATE", func() error {
		for template, v := range j.verdicts {
			id, err := w.strings.id(w.conn, template, false)
			if err != nil {
				return err
			}
			verdict, err := w.verdictID(v)
			if err != nil {
				return err
			}
			if err := w.exec("UPDATE reply SET verdict = ? WHERE template = ?", verdict, id); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		w.undone()
	}
	return err
}

// RulesVersion is the version of the rules by which all stored replies were last classified; "" if none was named.
func (s *Store) RulesVersion() (string, error) {
	var v string
	err := s.read(func(r *session) error {
		value, err := r.setting("rules")
		v = text(value)
		return err
	})
	return v, err
}

// SetRulesVersion stores the version for a database whose replies were all classified by it: a new one.
func (s *Store) SetRulesVersion(version string) error {
	s.write.Lock()
	defer s.write.Unlock()
	return s.w.set("rules", version)
}

// ReplySample is a reply template with its stored example, for `rules test` and `rules apply`.
type ReplySample struct {
	Reply
	ID int64
}

// Replies lists all templates of failures that were ever seen, the newest first.
func (s *Store) Replies() ([]ReplySample, error) {
	var list []ReplySample
	err := s.read(func(r *session) error {
		return r.query(func(row []driver.Value) error {
			template, err := r.stringOf(integer(row[0]))
			if err != nil {
				return err
			}
			reply, err := r.reply(integer(row[0]), template)
			list = append(list, ReplySample{reply, integer(row[0])})
			return err
		}, "SELECT template FROM reply ORDER BY first DESC")
	})
	return list, err
}
