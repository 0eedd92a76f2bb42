// Package store keeps messages, recipients and attempts with their verdicts in one SQLite file, and answers every question about them.
//
// It exists so that what was read once is never read again: positions in logs, open messages and what they add to the
// reports' aggregates are committed together, so that kill -9 at any moment neither loses nor counts twice.
package store

import (
	"time"

	"bouncelog/trace"
)

// Counts are the figures of one key in one span of time (DESIGN, Counting). Messages and Recipients count at arrival,
// Deferrals at the attempt, outcomes at the final event. Hard to Content count recipients that bounced or expired.
type Counts struct {
	Messages, Recipients                   int64
	Delivered, Bounced, Expired, Discarded int64 // recipients
	Deferrals                              int64 // attempts
	Rejected, SessionRejects               int64
	DSNs                                   int64
	Hard, Soft, Block, Content             int64
	DeferredIn, DeferredOut                int64 // the stock's entries and exits, in recipients
}

// Dim is a dimension by which aggregates are kept.
type Dim uint8

const (
	DimTotal        Dim = iota // key ""
	DimCategory                // of a failed recipient or attempt
	DimCause                   // likewise
	DimDomain                  // recipient's domain, lower case
	DimProvider                // provider id of the classifier
	DimSenderDomain            // envelope sender's domain, "<>" for the null sender
	DimAuthUser
	DimRelay     // the remote host, or its address where it has no name
	DimEnhanced  // enhanced code of failures
	DimHost      // our own host
	DimBlocklist // blocklist named in a failure
	DimRejected  // cause of what our own server rejected
	DimReply     // reply template of failures; see Reply
	DimCount     // how many there are
)

var dimNames = [DimCount]string{"total", "category", "cause", "domain", "provider", "sender_domain", "auth_user", "relay", "enhanced_code", "host",
	"blocklist", "rejected_cause", "reply"}

// String is the dimension's name in the database's views.
func (d Dim) String() string {
	if d < DimCount {
		return dimNames[d]
	}
	return ""
}

// Row is one key of a dimension in a window.
type Row struct {
	Key string
	Counts
	DelayMedian, Delay95 float64 // seconds of delivered recipients, from a histogram; negative: none (only DimDomain, DimProvider, DimTotal)
}

// Reply is one reply template of a window with its verdict and one example.
type Reply struct {
	Reply          string // an example of the reply as logged
	Template       string
	Count          int64 // failed attempts and final failures with it
	Category       string
	Cause          string
	Rule           string
	Provider       string
	ExampleQueueID string
	ExampleHost    string
	First          time.Time // first seen ever in this store (for "new replies")
}

// Filter narrows a report; empty fields do not. Lists mean any of.
type Filter struct {
	Host, Domain, Sender, Provider, Category, Cause, Outcome []string
}

// Figures is all that a report shows of one window.
type Figures struct {
	Since, Until time.Time // [Since, Until)
	Zone         *time.Location
	Totals       Row
	Deferred     int64           // recipients first deferred before Until and not ended before it
	By           [DimCount][]Row // most failures first, then most deliveries, then by key; DimTotal and DimReply are empty here
	Hours        []Row           // Key is the hour's RFC 3339 start in Zone, every hour of the window that has data, in order
	Replies      []Reply         // most frequent first
	Left         [DimCount]Left  // what the Ask's Cut left out of By

	FromDetails bool      // counted from messages, because a filter combines dimensions
	DetailsFrom time.Time // retention has removed the messages before it; zero: none. With FromDetails figures before it are missing
}

// Left is what rows that were left out amount to.
type Left struct {
	Rows    int
	Expired int // rows of which mail expired
	Counts
}

// Match is one message as `why --format json` prints it (INTERFACE).
type Match struct {
	Host       string           `json:"host,omitempty"`
	MTA        string           `json:"mta,omitempty"`
	QueueID    string           `json:"queue_id,omitempty"`
	MessageID  string           `json:"message_id,omitempty"`
	Sender     *string          `json:"sender,omitempty"` // nil: not known, "": null sender
	Subject    string           `json:"subject,omitempty"`
	Size       int64            `json:"size,omitempty"`
	ClientHost string           `json:"client_host,omitempty"`
	ClientIP   string           `json:"client_ip,omitempty"`
	AuthUser   string           `json:"auth_user,omitempty"`
	Time       time.Time        `json:"time"`
	Begun      bool             `json:"-"` // the log held its beginning
	Ended      bool             `json:"-"`
	DSN        bool             `json:"dsn,omitempty"`
	Parent     string           `json:"parent,omitempty"` // queue id of the message it reports on or continues
	Next       string           `json:"next,omitempty"`   // queue id it was handed on to on this host
	Rejected   bool             `json:"rejected,omitempty"`
	Recipients []MatchRecipient `json:"recipients"`
	Lines      []RawLine        `json:"lines"`

	// Related are the messages of the same story: those that it continues or that continue it on this host, the one
	// that it reports on, and bounce messages about it; in the order of time. Only on matches that a search returned.
	Related []Match `json:"related,omitempty"`

	Message *trace.Message `json:"-"` // the whole of it
}

// MatchRecipient is one recipient of a Match. Meaning and Advice are filled by the caller from the classifier.
type MatchRecipient struct {
	Recipient string       `json:"recipient,omitempty"`
	Orig      string       `json:"orig_recipient,omitempty"`
	Outcome   string       `json:"outcome"`
	Final     bool         `json:"final"`
	Category  string       `json:"category,omitempty"`
	Cause     string       `json:"cause,omitempty"`
	Rule      string       `json:"rule,omitempty"`
	Provider  string       `json:"provider,omitempty"`
	Meaning   string       `json:"meaning,omitempty"`
	Advice    []string     `json:"advice,omitempty"`
	Attempts  int          `json:"attempts"`
	Events    []MatchEvent `json:"events"`
}

// MatchEvent is one attempt or other event of a MatchRecipient.
type MatchEvent struct {
	Time         time.Time `json:"time"`
	Outcome      string    `json:"outcome"`
	Attempt      int       `json:"attempt,omitempty"`
	Final        bool      `json:"final,omitempty"`
	RelayHost    string    `json:"relay_host,omitempty"`
	RelayIP      string    `json:"relay_ip,omitempty"`
	RelayPort    int       `json:"relay_port,omitempty"`
	Delay        *float64  `json:"delay,omitempty"`
	Reply        string    `json:"reply,omitempty"`
	ReplyCode    int       `json:"reply_code,omitempty"`
	EnhancedCode string    `json:"enhanced_code,omitempty"`
	Category     string    `json:"category,omitempty"`
	Cause        string    `json:"cause,omitempty"`
	Rule         string    `json:"rule,omitempty"`
	Provider     string    `json:"provider,omitempty"`
	Blocklist    string    `json:"blocklist,omitempty"`
	NextQueueID  string    `json:"next_queue_id,omitempty"`
}

// RawLine is one raw log line of a message.
type RawLine struct {
	File string `json:"file"`
	Line int64  `json:"line"`
	Text string `json:"text"`
}

// Search narrows `why`.
type Search struct {
	Key          string // queue id, message-id, recipient, sender, domain, client IP, auth user or subject; "*" is a wildcard
	From, To     string // sender, recipient (parts)
	Since, Until time.Time
	Outcome      string
	Limit        int // 0: 20
}

// LogState is where reading of one log stands, committed with what was read.
type LogState struct {
	ID                    int64  // of the logs table; 0: new
	Ident                 string // stable public identity: hex of the head's hash when it was first seen
	Name                  string // last known path, "-" stdin, or "journal"
	HeadHash              uint64 // xxhash64 of the first HeadLen bytes after decompression
	HeadLen               int64  // at most 4096
	Position              int64  // end of the last line read, after decompression
	TailHash              uint64 // xxhash64 of the TailLen bytes before Position
	TailLen               int64  // at most 4096
	Line                  int64  // lines read
	Cursor                string // journald's cursor
	Host                  string // the host whose lines it holds (the last seen)
	First                 int64  // Unix ns of its first and last stamps
	Last                  int64
	State                 []byte // of parser.Stream: clock, unfinished lines; opaque
	Foreign, Unrecognized int64
}

// Batch is what one commit writes.
type Batch struct {
	Messages   []*trace.Message // changed since the last commit: clones, the store may keep them
	Aggregates *Aggregates      // what they add to (or take back from) the aggregates
	Logs       []*LogState      // all that moved; ID is filled for new ones
	Tracker    []byte           // trace.Tracker's own state (sessions by pid and the like); nil: unchanged
	NextID     int64            // the tracker's next message ID

	staged *staged // by Stage
}
