// Package parser reads lines of mail server logs.
//
// It exists so that all that differs between syslog dialects and mail servers ends here: a Line goes in, a Record
// comes out that says in common words what that one line tells. Nothing is remembered about messages (package
// trace does); only what one log needs to be read at all is: its year and zone, and lines that syslog split or folded.
//
// A Parser knows one MTA. To add one, add a folder and a line in the registry; docs/formats.md walks through it.
package parser

// Line is one line of a log without its line break.
type Line struct {
	Text   []byte // valid until the batch that holds it is released, of which the Stream must hear before (see Stream.Keep)
	Log    int32  // the number that the caller gave the log, from 1
	Number int64  // counted from 1 in this log
	Offset int64  // of the first byte, after decompression
}

// Frame is a line without its transport: the syslog header, JSON wrapper or the MTA's own stamp taken off.
type Frame struct {
	Time    int64  // Unix nanoseconds, UTC; 0: the line carries none
	Host    []byte // as logged; nil: none
	Program []byte // "postfix/smtp", "sm-mta", "exim"; nil: none (Exim's own main log, bare container output)
	PID     int32
	Message []byte // what the program said
	Cursor  []byte // journald's __CURSOR, where the line is of "journalctl -o json"; nil else
	EximID  int    // length of the message id of Exim's that Message begins with, before a space; 0: none, or not looked for
	Name    any    // what the parser made of Program, if it is a Namer and claims by that name; nil else

	header *header // how the line begins, if that is remembered
}

// Result says what a parser made of a line.
type Result uint8

const (
	Foreign      Result = iota // not a line of this MTA
	Unrecognized               // of this MTA, but nobody has described it
	Known                      // described, and carries nothing to follow
	Found                      // the record is filled
)

// Parser reads the lines of one MTA. It has no state, allocates nothing a line and never panics; one value
// may serve several goroutines.
type Parser interface {
	// MTA is the name that --mta, JSON and the store use.
	MTA() string
	// Claims reports whether the frame is of this MTA: first by its program name, and where that is
	// free to choose (syslog_name, sendmail -L, Exim's own log without a program), by what it says. It must be cheap.
	Claims(f *Frame) bool
	// Parse reads a frame that it claimed. The record was reset; Parse sets Kind and what the line says, never Time, Host,
	// MTA, Line or PID, which the caller fills from the frame.
	Parse(f *Frame, r *Record) Result
	// QueueTime is the absolute time that a queue id of this MTA carries, in Unix nanoseconds (ok is false where
	// it carries none). Year and zone of a log are found by it.
	QueueTime(queueID []byte) (ns int64, ok bool)
}

// Namer is a Parser that takes the names of programs apart. A log has few of them: it is asked once for each that it claims by the name
// alone, and finds its answer in that program's frames.
type Namer interface {
	Name(program []byte) any // which may keep the slice
}
