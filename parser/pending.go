package parser

// Pending reports whether More has records of the line that was parsed last, so that a caller who keeps each record
// in a place of its own copies one only where there is something to come.
func (s *Stream) Pending() bool { return s.again > 0 || len(s.ready) > 0 }
