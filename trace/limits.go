package trace

import "time"

// What the tracker takes for granted about time and size. All are measured in log time.
const (
	slack    = 10 * time.Second    // lines of one message may be out of order by this much
	early    = time.Minute         // a line this much older than a message's first still belongs to it
	late     = 3 * time.Minute     // lines of an ended message: its bounce message's link, a session's end
	lifetime = 40 * 24 * time.Hour // nothing stays in a queue longer: an id that is silent for this long is used anew
	startup  = 2 * time.Minute     // what is met this early in a log may have begun before it
	handed   = 10 * time.Minute    // a next hop on the same host is met within this time

	maxSessions   = 20_000  // sessions and hints by pid
	maxAwaited    = 20_000  // hand-overs whose next message was not met yet
	maxRefused    = 50_000  // refusals by time and line, for the same line in another log
	maxRecipients = 100_000 // of one message; a stranger's list of recipients is bounded by the MTA, this by us
	maxLikely     = 1000    // attempts of a recipient among which the same line of another log is looked for
	maxIndexes    = 64      // messages with many recipients whose recipients are indexed
)
