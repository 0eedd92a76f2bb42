// Package trace follows messages through the lines of a log.
//
// It exists because no single line tells the story: the sender stands in one, the recipient and the reply in
// another, the bounce message in a third, hours later. A Tracker takes the parsers' Records in order and keeps, for
// every queue id, the Message as known so far.
package trace

import "bouncelog/parser"

// Judge gives a failed attempt its verdict before the event is handed out: it sets Attempt.Verdict.
type Judge interface {
	Judge(e *Event)
}

// Keeper finds messages that the tracker no longer holds in memory. Without one (nil) what was evicted is forgotten.
type Keeper interface {
	// Find returns the kept messages with this key, newest first (in whatever state). begin is true where the line begins a message: then
	// only messages whose own beginning was not seen (Begun == 0) and that are later than the line matter, which a store knows without a look-up.
	Find(k Key, begin bool) ([]*Message, error)
	// Load returns the message with this ID, or nil.
	Load(id int64) (*Message, error)
}

// Add, Changed and so on: see the methods.
var _ = parser.KindNone
