package report

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"time"

	"bouncelog/store"
)

// Input is all that a Model is built from.
type Input struct {
	Window  Window
	Figures *store.Figures // of the window
	Prior   *Baseline      // the day before or --compare; nil: nothing there
	Usual   *Baseline      // the same weekday's average; nil: nothing there
	Days    []DayFigures   // the days that lead up to the window's end, in order; may be empty

	Adviser      Adviser       // nil: no advice
	Deferrals    []Deferral    // what is still in the queue
	Suppressions []Suppression // addresses to stop mailing
	Listed       []Listing     // our addresses on blocklists; empty: only the counts by list are known
	Cross        *Cross        // --by
	SmallPrint   SmallPrint
	Filter       store.Filter // what the figures were narrowed to
	Host         string       // the name to put in the title; "" takes it from the figures
	Top          int          // rows a table shows; 0: 10
	Now          time.Time    // of a window that is not over yet; zero: it is over

	// Behind, if not nil, gives the replies behind a key of a dimension of which the figures' replies do not tell (domains,
	// senders, relays, hosts). It is asked for the first Top keys only.
	Behind func(d store.Dim, key string) []store.Reply
}

// Deferral is mail that waits in the queue: one recipient, or Count of them that share cause and domain.
type Deferral struct {
	Since    time.Time // the first deferral
	Last     time.Time // the last attempt
	QueueID  string
	Domain   string
	Address  string // "" for a group
	Cause    string
	Category string
	Reply    string
	Attempts int64
	Count    int64 // recipients; 0 counts as 1
}

// Suppression is an address that a list owner should stop mailing.
type Suppression struct {
	Address  string    `json:"address"`
	Cause    string    `json:"cause"`
	Category string    `json:"category,omitempty"`
	Bounces  int64     `json:"bounces"`
	First    time.Time `json:"first"`
	Last     time.Time `json:"last"`
	Reply    string    `json:"reply,omitempty"`
}

// Cross is a cross table of several dimensions.
type Cross struct {
	Dims []string // names as on the command line
	Rows []CrossRow
}

// CrossRow is one combination of keys.
type CrossRow struct {
	Keys []string
	store.Counts
}

// SmallPrint is what a careful reader wants to know of the figures' origin.
type SmallPrint struct {
	Lines, Foreign, Unrecognized int64
	Logs                         int       // how many logs fed the window
	First, Last                  time.Time // what the store or the logs hold in all; zero: nothing
	Gaps                         []Gap
	Notes                        []string // such as "details before 1 May were removed by retention"
}

// Gap is a span of the window of which the log tells nothing.
type Gap struct {
	Since time.Time `json:"since"`
	Until time.Time `json:"until"`
}

// Model is a report, ready to be rendered.
type Model struct {
	Host      string
	Window    Window
	Filter    store.Filter
	Empty     bool // the window holds nothing
	Verdict   Verdict
	Prior     string // labels of what is compared with; "" nothing
	Usual     string
	Totals    []Total
	Counts    store.Counts // the totals as they are
	Deferred  int64
	Rate      float64
	Median    float64 // seconds; negative: none
	Delay95   float64
	Tables    [store.DimCount][]Entry
	Left      [store.DimCount]store.Left // what is not in Tables
	Hours     []Hour
	Replies   []Reply
	New       []Reply // never seen before the window
	Queue     Queue
	Suppress  []Suppression
	Listed    []listed
	Trend     []TrendDay
	Cross     *Cross
	Print     SmallPrint
	Top       int
	Generated time.Time // zero: not shown (tests)
}

// Total is one figure of the window with its comparisons.
type Total struct {
	Key, Title string
	Value      float64
	IsRate     bool
	Prior      float64 // NaN: nothing to compare with
	Usual      float64
	Bad        int // +1: more is worse, -1: more is better, 0: neither
}

// Entry is one key of a dimension.
type Entry struct {
	Key      string
	Title    string // Key as people know it
	Category string // of a cause; else the category of most of its failures
	Meaning  string // of a cause
	store.Counts
	Median, Delay95 float64 // seconds; negative: none
	Share           float64 // of the dimension's failures (of its deferrals where nothing failed)
	Prior           float64 // its failures in the prior window; NaN: nothing to compare with
	TopProvider     string  // title, short
	TopCause        string
	Replies         []Reply // the most frequent behind it, few
	Advice          []string
	Links           []string
	Spark           []float64 // bounce rate by day, NaN where no mail ended; providers only
}

// Failed is how many recipients bounced or expired.
func (e Entry) Failed() int64 { return failed(e.Counts) }

// Rate is the bounce rate.
func (e Entry) Rate() float64 { return rate(e.Counts) }

// Reply is a reply template's figures with the words for people.
type Reply struct {
	store.Reply
	Meaning       string
	ProviderTitle string
}

// Hour is one hour of the window.
type Hour struct {
	Start time.Time
	store.Counts
}

// manyHours is how many hours are told one by one; of a longer window, for people, the days.
const manyHours = 72

func (m *Model) long() bool { return m.Window.Until.Sub(m.Window.Since) > manyHours*time.Hour }

// days are the hours added up by the days of the report's zone.
func (m *Model) days() []Hour {
	var days []Hour
	for _, h := range m.Hours {
		start := Day(h.Start, m.Window.Zone).Since
		if n := len(days); n == 0 || !days[n-1].Start.Equal(start) {
			days = append(days, Hour{Start: start})
		}
		days[len(days)-1].Add(&h.Counts)
	}
	return days
}

// TrendDay is one day of the line of the bounce rate.
type TrendDay struct {
	Day    time.Time
	Rate   float64 // NaN: no mail ended
	Failed int64
	Ended  int64
}

func failed(c store.Counts) int64 { return c.Bounced + c.Expired }
func ended(c store.Counts) int64  { return c.Delivered + c.Bounced + c.Expired }

// rate is the bounce rate (DESIGN, Counting); 0 where no mail ended.
func rate(c store.Counts) float64 {
	if n := ended(c); n > 0 {
		return float64(failed(c)) / float64(n)
	}
	return 0
}

// Build makes the Model. It changes nothing of in.
func Build(in Input) *Model {
	adv := in.Adviser
	if adv == nil {
		adv = noAdvice{}
	}
	f := in.Figures
	if f == nil {
		f = &store.Figures{Since: in.Window.Since, Until: in.Window.Until}
		f.Totals.DelayMedian, f.Totals.Delay95 = -1, -1
	}
	m := &Model{
		Host: in.Host, Window: in.Window, Filter: in.Filter, Empty: !hasData(f) && f.Deferred == 0,
		Counts: f.Totals.Counts, Deferred: f.Deferred, Rate: rate(f.Totals.Counts),
		Median: f.Totals.DelayMedian, Delay95: f.Totals.Delay95,
		Cross: in.Cross, Print: in.SmallPrint, Suppress: in.Suppressions, Top: in.Top,
	}
	if m.Window.Zone == nil {
		m.Window.Zone = zone(f.Zone)
	}
	if m.Top <= 0 {
		m.Top = 10
	}
	if m.Host == "" {
		m.Host = hostOf(f.By[store.DimHost])
	}
	m.Replies = buildReplies(f, adv)
	m.New = newReplies(m.Replies, in)
	m.Totals = buildTotals(f, in.Prior, in.Usual)
	if in.Prior != nil {
		m.Prior = in.Prior.Label
	}
	if in.Usual != nil {
		m.Usual = in.Usual.Label
	}
	m.Left = f.Left
	for d := range store.DimCount {
		m.Tables[d] = buildEntries(d, f, in.Prior, m.Replies, adv)
		addBehind(d, m.Tables[d], m.Top, in.Behind, adv)
	}
	for _, h := range f.Hours {
		if t, err := time.Parse(time.RFC3339, h.Key); err == nil {
			m.Hours = append(m.Hours, Hour{Start: t.In(m.Window.Zone), Counts: h.Counts})
		}
	}
	if f.FromDetails && f.DetailsFrom.After(m.Window.Since) {
		m.Print.Notes = append(slices.Clone(m.Print.Notes), "A combination of filters is counted from the messages themselves, and retention has removed those before "+minute(f.DetailsFrom, m.Window.Zone)+": what was before is missing here.")
	}
	if m.Print.Gaps == nil {
		m.Print.Gaps = findGaps(m.Hours, m.Window)
	}
	seen := m.Window.Until
	if !in.Now.IsZero() && in.Now.Before(seen) {
		seen = in.Now
	}
	m.Queue = buildQueue(in.Deferrals, seen)
	m.Listed = buildListed(in.Listed, adv)
	m.Trend = buildTrend(in.Days)
	addSparks(m.Tables[store.DimProvider], in.Days)
	m.Verdict = judge(m, in)
	return m
}

// hostOf is the name of our own host if all figures are of one, else "".
func hostOf(rows []store.Row) string {
	if len(rows) == 1 {
		return rows[0].Key
	}
	return ""
}

func buildReplies(f *store.Figures, adv Adviser) []Reply {
	out := make([]Reply, 0, len(f.Replies))
	for _, r := range f.Replies {
		out = append(out, Reply{Reply: r, Meaning: inSentence(adv.Meaning(r.Cause)), ProviderTitle: shortTitle(titleOf(adv, r.Provider))})
	}
	return out
}

// newReplies are those first seen in the window, if the store reaches back before it: in a new store all are new, which
// says nothing.
func newReplies(rs []Reply, in Input) []Reply {
	if first := in.SmallPrint.First; first.IsZero() || !first.Before(in.Window.Since.Add(-time.Hour)) {
		return nil
	}
	var out []Reply
	for _, r := range rs {
		if !r.First.IsZero() && !r.First.Before(in.Window.Since) {
			out = append(out, r)
		}
	}
	return out
}

func titleOf(adv Adviser, provider string) string {
	if provider == "" {
		return ""
	}
	return cmp.Or(adv.Title(provider), provider)
}

// shortTitle is a title without what stands in brackets behind it: "Google" of "Google (Gmail, Workspace)".
func shortTitle(s string) string {
	if before, _, ok := strings.Cut(s, " ("); ok && before != "" {
		return before
	}
	return s
}

// buildTotals lists the totals in the order in which a postmaster asks for them.
func buildTotals(f *store.Figures, prior, usual *Baseline) []Total {
	type figure struct {
		key, title string
		bad        int
		of         func(*store.Figures) float64
	}
	num := func(get func(c *store.Counts) int64) func(*store.Figures) float64 {
		return func(f *store.Figures) float64 { return float64(get(&f.Totals.Counts)) }
	}
	figures := []figure{
		{"messages", "Messages", 0, num(func(c *store.Counts) int64 { return c.Messages })},
		{"recipients", "Recipients", 0, num(func(c *store.Counts) int64 { return c.Recipients })},
		{"delivered", "Delivered", -1, num(func(c *store.Counts) int64 { return c.Delivered })},
		{"deferred", "Still deferred at the end", 1, func(f *store.Figures) float64 { return float64(f.Deferred) }},
		{"deferrals", "Deferrals (attempts)", 1, num(func(c *store.Counts) int64 { return c.Deferrals })},
		{"bounced", "Bounced", 1, num(func(c *store.Counts) int64 { return c.Bounced })},
		{"expired", "Expired", 1, num(func(c *store.Counts) int64 { return c.Expired })},
		{"bounce_rate", "Bounce rate", 1, nil},
		{"rejected", "Rejected by our server", 0, num(func(c *store.Counts) int64 { return c.Rejected })},
		{"session_rejects", "Sessions rejected", 0, num(func(c *store.Counts) int64 { return c.SessionRejects })},
		{"discarded", "Discarded", 0, num(func(c *store.Counts) int64 { return c.Discarded })},
		{"dsns", "Bounce messages sent", 0, num(func(c *store.Counts) int64 { return c.DSNs })},
	}
	average := func(b *Baseline, of func(*store.Figures) float64) float64 {
		if b == nil || len(b.Figures) == 0 {
			return math.NaN()
		}
		sum := 0.0
		for _, f := range b.Figures {
			sum += of(f)
		}
		return sum / float64(len(b.Figures))
	}
	out := make([]Total, 0, len(figures))
	for _, g := range figures {
		t := Total{Key: g.key, Title: g.title, Bad: g.bad}
		if g.of == nil {
			// A rate's average is the rate of the sums: a quiet day weighs as little as it is.
			t.IsRate, t.Value, t.Prior, t.Usual = true, rate(f.Totals.Counts), baseRate(prior), baseRate(usual)
		} else {
			t.Value, t.Prior, t.Usual = g.of(f), average(prior, g.of), average(usual, g.of)
		}
		out = append(out, t)
	}
	return out
}

// baseRate is a baseline's bounce rate, NaN where there is none.
func baseRate(b *Baseline) float64 {
	failed, ended := baseSums(b)
	if ended == 0 {
		return math.NaN()
	}
	return failed / ended
}

func baseSums(b *Baseline) (failures, ends float64) {
	if b == nil {
		return 0, 0
	}
	for _, f := range b.Figures {
		failures += float64(failed(f.Totals.Counts))
		ends += float64(ended(f.Totals.Counts))
	}
	return failures, ends
}

func buildTrend(days []DayFigures) []TrendDay {
	var out []TrendDay
	for _, d := range days {
		t := TrendDay{Day: d.Day, Rate: math.NaN()}
		if d.Figures != nil {
			t.Failed, t.Ended = failed(d.Figures.Totals.Counts), ended(d.Figures.Totals.Counts)
		}
		if t.Ended > 0 {
			t.Rate = float64(t.Failed) / float64(t.Ended)
		}
		out = append(out, t)
	}
	return out
}

// gapHours is how long the log must be silent for the silence to be told as a gap: a small server is quiet at night.
const gapHours = 6

// findGaps are the long silences between the first and the last hour with data; what lies before and after is no gap but
// the span of the log.
func findGaps(hours []Hour, w Window) []Gap {
	var out []Gap
	for i := 1; i < len(hours); i++ {
		from, to := hours[i-1].Start.Add(time.Hour), hours[i].Start
		if to.Sub(from) >= gapHours*time.Hour {
			out = append(out, Gap{Since: from.In(w.Zone), Until: to.In(w.Zone)})
		}
	}
	return out
}
