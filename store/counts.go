package store

import "math"

// field is one figure of Counts. The order is that of the database's aggregates: never change it, only append before fieldCount,
// and below firstBucket.
type field uint8

const (
	fMessages field = iota
	fRecipients
	fDelivered
	fBounced
	fExpired
	fDiscarded
	fDeferrals
	fRejected
	fSessionRejects
	fDSNs
	fHard
	fSoft
	fBlock
	fContent
	fDeferredIn
	fDeferredOut
	fieldCount

	// Fields from firstBucket on are the buckets of the delay histogram.
	firstBucket field = 20
	buckets           = 64
	fieldLimit        = firstBucket + buckets
)

// fieldNames are the names in v_aggregates.
var fieldNames = [fieldCount]string{"messages", "recipients", "delivered", "bounced", "expired", "discarded", "deferrals",
	"rejected", "session_rejects", "dsns", "hard", "soft", "block", "content", "deferred_in", "deferred_out"}

func (c *Counts) fields() [fieldCount]*int64 {
	return [fieldCount]*int64{&c.Messages, &c.Recipients, &c.Delivered, &c.Bounced, &c.Expired, &c.Discarded, &c.Deferrals,
		&c.Rejected, &c.SessionRejects, &c.DSNs, &c.Hard, &c.Soft, &c.Block, &c.Content, &c.DeferredIn, &c.DeferredOut}
}

// Add adds o's figures.
func (c *Counts) Add(o *Counts) {
	sums := c.fields()
	for i, n := range o.fields() {
		*sums[i] += *n
	}
}

// Failures are the recipients that will not get the mail.
func (c *Counts) Failures() int64 { return c.Bounced + c.Expired }

// The delay histogram has eight buckets for each power of ten from 10 ms to about 11 days: a median is right within 15 %.
const (
	bucketsPerDecade = 8
	bucketsFrom      = 0.01 // seconds
)

func bucketOf(seconds float64) int {
	if !(seconds > bucketsFrom) {
		return 0
	}
	b := 1 + int(bucketsPerDecade*math.Log10(seconds/bucketsFrom))
	return min(b, buckets-1)
}

// bucketValue is the geometric middle of a bucket, in seconds.
func bucketValue(b int) float64 {
	if b == 0 {
		return 0
	}
	return bucketsFrom * math.Pow(10, (float64(b)-0.5)/bucketsPerDecade)
}

// quantile reads a quantile from a histogram; negative if it is empty.
func quantile(hist *[buckets]int64, q float64) float64 {
	var total int64
	for _, n := range hist {
		total += max(n, 0)
	}
	if total == 0 {
		return -1
	}
	want := int64(math.Ceil(q * float64(total)))
	var seen int64
	for b, n := range hist {
		seen += max(n, 0)
		if seen >= want && n > 0 {
			return bucketValue(b)
		}
	}
	return -1
}

// sum is the accumulated figures of one key.
type sum struct {
	n    [fieldCount]int64
	hist *[buckets]int64
}

func (s *sum) add(f field, n int64) {
	if f < fieldCount {
		s.n[f] += n
		return
	}
	if f >= firstBucket && f < fieldLimit {
		if s.hist == nil {
			s.hist = new([buckets]int64)
		}
		s.hist[f-firstBucket] += n
	}
}

func (s *sum) merge(o *sum) {
	for i, n := range o.n {
		s.n[i] += n
	}
	if o.hist != nil {
		if s.hist == nil {
			s.hist = new([buckets]int64)
		}
		for i, n := range o.hist {
			s.hist[i] += n
		}
	}
}

func (s *sum) zero() bool {
	if s.n != [fieldCount]int64{} {
		return false
	}
	return s.hist == nil || *s.hist == [buckets]int64{}
}

func (s *sum) counts() Counts {
	var c Counts
	for i, p := range c.fields() {
		*p = s.n[i]
	}
	return c
}

func (s *sum) row(key string) Row {
	r := Row{Key: key, Counts: s.counts(), DelayMedian: -1, Delay95: -1}
	if s.hist != nil {
		r.DelayMedian, r.Delay95 = quantile(s.hist, 0.5), quantile(s.hist, 0.95)
	}
	return r
}
