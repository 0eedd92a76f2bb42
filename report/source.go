package report

import (
	"context"
	"fmt"
	"time"

	"bouncelog/store"
)

// Source answers with the figures of several windows, in the order in which they are asked for. The store and the aggregates of
// `report FILE` are ones; a filter, where there is one, is already bound. A window without data gives figures with nothing in them.
type Source interface {
	Figures(ctx context.Context, asks []store.Ask) ([]*store.Figures, error)
}

// SourceFunc makes a Source of a function.
type SourceFunc func(ctx context.Context, asks []store.Ask) ([]*store.Figures, error)

// Figures calls f.
func (f SourceFunc) Figures(ctx context.Context, asks []store.Ask) ([]*store.Figures, error) {
	return f(ctx, asks)
}

// Adviser knows what causes mean and what to do about them: the classifier. Every method answers "" or nil to what it
// does not know.
type Adviser interface {
	Meaning(cause string) string                  // "the recipient's mailbox does not exist"
	Category(cause string) string                 // hard, soft, block, content
	Advice(cause, rule, provider string) []string // steps, most useful first; rule and provider may be ""
	Links(cause, rule, provider string) []string  // pages of the provider or list that help
	Title(provider string) string                 // a provider's name as people know it
}

// noAdvice stands in where the caller has no Adviser.
type noAdvice struct{}

func (noAdvice) Meaning(string) string                  { return "" }
func (noAdvice) Category(string) string                 { return "" }
func (noAdvice) Advice(string, string, string) []string { return nil }
func (noAdvice) Links(string, string, string) []string  { return nil }
func (noAdvice) Title(string) string                    { return "" }

// Window is a span of time [Since, Until) in the zone of the report.
type Window struct {
	Since, Until time.Time
	Zone         *time.Location
}

// Day is the window of the calendar day of t in zone z.
func Day(t time.Time, z *time.Location) Window {
	t = t.In(zone(z))
	d := time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, zone(z))
	return Window{Since: d, Until: d.AddDate(0, 0, 1), Zone: zone(z)}
}

// IsDay reports whether w is exactly one calendar day.
func (w Window) IsDay() bool {
	d := Day(w.Since, w.Zone)
	return d.Since.Equal(w.Since) && d.Until.Equal(w.Until)
}

// Shift is w moved by whole calendar days, whatever daylight saving does between.
func (w Window) Shift(days int) Window {
	z := zone(w.Zone)
	return Window{Since: w.Since.In(z).AddDate(0, 0, days), Until: w.Until.In(z).AddDate(0, 0, days), Zone: z}
}

// Prior is the window of the same length just before w: the day before, for a day.
func (w Window) Prior() Window {
	if w.IsDay() {
		return w.Shift(-1)
	}
	return Window{Since: w.Since.Add(-w.Until.Sub(w.Since)), Until: w.Since, Zone: w.Zone}
}

// String names w for people: "Saturday, 21 November 2026", or from when to when.
func (w Window) String() string {
	z := zone(w.Zone)
	if w.IsDay() {
		return w.Since.In(z).Format("Monday, 2 January 2006")
	}
	return minute(w.Since, z) + " to " + minute(w.Until, z)
}

// Baseline is a window to compare with, or the average of several.
type Baseline struct {
	Label   string // "the day before", "an average Saturday"
	Figures []*store.Figures
}

// DayFigures is one of the days that lead up to the window's end.
type DayFigures struct {
	Day     time.Time
	Figures *store.Figures
}

// trendDays is how many days the line of the bounce rate and the sparklines cover.
const trendDays = 30

// usualWeeks is how many weeks back the same weekday is averaged.
const usualWeeks = 4

// questions are the windows to ask for, each once: a day of the trend may be the day before, too.
type questions struct {
	asks []store.Ask
	at   map[[2]int64]int
}

// add asks for dimensions of a window; the number that comes back is the answer's.
func (q *questions) add(w Window, dims store.DimSet) int {
	k := [2]int64{w.Since.UnixNano(), w.Until.UnixNano()}
	i, ok := q.at[k]
	if !ok {
		i = len(q.asks)
		q.at[k] = i
		q.asks = append(q.asks, store.Ask{Since: w.Since, Until: w.Until})
	}
	q.asks[i].Dims |= dims
	return i
}

// manyKeys are the dimensions with as many keys as there are hosts and domains in the world.
var manyKeys = store.Dims(store.DimDomain, store.DimSenderDomain, store.DimRelay)

// Gather asks src for the window's figures, for those to compare them with, and for the days before, all at once. compare, if not
// nil, takes the place of the window before (`report --compare`). rows, if not 0, is how many rows of domains and relays the report will show
// (Input.Top): no others are then asked for, and the Model is only for renderings that cut their tables, as Terminal, Text and Markdown do.
func Gather(ctx context.Context, src Source, w Window, compare *Window, rows int) (Input, error) {
	in := Input{Window: w}
	q := questions{at: map[[2]int64]int{}}
	whole := q.add(w, store.AllDims)

	before := &Baseline{Label: "the same span before"}
	prior := w.Prior()
	switch {
	case compare != nil:
		prior, before.Label = *compare, compare.String()
	case w.IsDay():
		before.Label = "the day before"
	}
	priorAt := q.add(prior, store.AllDims&^store.Dims(store.DimReply))
	if rows > 0 && priorAt != whole {
		q.asks[whole].Cut = store.Cut{Dims: manyKeys, Rows: rows}
		q.asks[priorAt].Cut = store.Cut{Dims: manyKeys, Like: whole + 1}
	}

	// The same weekday of the weeks before makes sense for a window of up to one week only.
	usual := &Baseline{Label: "the same span of an average week"}
	if w.IsDay() {
		usual.Label = "an average " + w.Since.In(zone(w.Zone)).Weekday().String()
	}
	var weeks []int
	if w.Until.Sub(w.Since) <= 7*24*time.Hour+time.Hour && compare == nil {
		for n := 1; n <= usualWeeks; n++ {
			weeks = append(weeks, q.add(w.Shift(-7*n), 0))
		}
	}

	last := Day(w.Until.Add(-time.Nanosecond), w.Zone)
	var days []int
	for n := trendDays - 1; n >= 0; n-- {
		days = append(days, q.add(last.Shift(-n), store.Dims(store.DimProvider)))
	}

	answers, err := src.Figures(ctx, q.asks)
	if err != nil {
		return in, fmt.Errorf("figures of %s and before: %w", w, err)
	}
	in.Figures = answers[whole]
	if f := answers[priorAt]; hasData(f) {
		before.Figures = []*store.Figures{f}
		in.Prior = before
	}
	for _, i := range weeks {
		if f := answers[i]; hasData(f) {
			usual.Figures = append(usual.Figures, f)
			in.Usual = usual
		}
	}
	for i, at := range days {
		in.Days = append(in.Days, DayFigures{Day: last.Shift(i + 1 - trendDays).Since, Figures: answers[at]})
	}
	return in, nil
}

// hasData reports whether anything at all happened in f's window.
func hasData(f *store.Figures) bool {
	if f == nil {
		return false
	}
	c := f.Totals.Counts
	return c.Messages+c.Recipients+c.Delivered+c.Bounced+c.Expired+c.Discarded+c.Deferrals+c.Rejected+c.SessionRejects+c.DSNs > 0
}
