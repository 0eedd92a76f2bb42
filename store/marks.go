package store

import (
	"fmt"
	"slices"
	"time"

	"bouncelog/trace"
)

// Most messages are delivered within seconds, and most questions are about the others. Table marked_message holds the ids of those, so that a
// query needs not read all the messages of a window.
const (
	markLong   = 1 << iota // it took longer than longLife: it may speak in a window that begins well after it
	markFailed             // an attempt failed or was put off
	markListed             // because of a blocklist

	lifeShift = iota // above the marks: the whole hours that a message with markLong took, 0 in rows of before these were noted
)

// longLife is what a message may take without a mark.
const longLife = time.Hour

func marksOf(m *trace.Message) (marks int64) {
	if life := m.Last - m.First; life > int64(longLife) {
		marks |= markLong | life/int64(time.Hour)<<lifeShift
	}
	for _, r := range m.Recipients {
		for i := range r.Attempts {
			a := &r.Attempts[i]
			if !a.Outcome.Failed() {
				continue
			}
			marks |= markFailed
			if listed(verdictOf(a)) {
				marks |= markListed
			}
		}
	}
	return marks
}

// tookHours is the condition in SQL of messages that may have taken a number of hours, a parameter, or more.
func tookHours(parameter string) string {
	return fmt.Sprintf("marks & %d AND (marks >> %d >= %s OR marks >> %d = 0)", markLong, lifeShift, parameter, lifeShift)
}

// mark notes the marks of a message for writeMarks.
func (w *writer) mark(m *trace.Message) {
	if marks := marksOf(m); marks != 0 {
		w.marks = append(w.marks, m.ID, marks)
	}
}

// writeMarks stores what mark noted. A mark that has ceased to be true stays: who finds a message by it looks at the message.
func (w *writer) writeMarks() error {
	for chunk := range slices.Chunk(w.marks, 2*messageRows) {
		if err := w.exec(w.insertRows("INSERT OR REPLACE INTO marked_message VALUES ", 2, len(chunk)/2), chunk...); err != nil {
			return err
		}
	}
	w.marks = w.marks[:0]
	return nil
}
