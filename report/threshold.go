package report

import (
	"fmt"
	"strconv"
	"strings"
)

// ParseRate reads a bounce rate as people write it: "5%", "0.5 %", or a share such as "0.05".
func ParseRate(s string) (float64, error) {
	t := strings.TrimSpace(s)
	number, isPercent := strings.CutSuffix(t, "%")
	f, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if isPercent {
		f /= 100
	}
	// The comparison is written so that NaN fails it too.
	if err != nil || !(f >= 0 && f <= 1) {
		return 0, fmt.Errorf("rate %q: want a percentage such as 5%%, or a share from 0 to 1", s)
	}
	return f, nil
}

// Conditions say when a report is worth a mail. None set: always.
type Conditions struct {
	Bounces bool    // --if-bounces: only if anything bounced or expired
	Rate    float64 // --if-rate: only if the bounce rate is at least that
	HasRate bool
}

// Wanted reports whether m meets the conditions that are set. Days without data meet none: a log that is not read is seen by the monitoring
// of the log, not by a mail about nothing.
func (c Conditions) Wanted(m *Model) bool {
	if c.Bounces && failed(m.Counts) == 0 {
		return false
	}
	if c.HasRate && (ended(m.Counts) == 0 || m.Rate < c.Rate) {
		return false
	}
	return true
}

// Exceeds reports whether m's bounce rate is over limit (`--fail-over`, exit status 4).
func (m *Model) Exceeds(limit float64) bool { return ended(m.Counts) > 0 && m.Rate > limit }
