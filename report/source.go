package report

import (
	"context"
	"fmt"
	"time"

	"bouncelog/store"
)

// Source answers with the figures of a window [since, until). The store and the aggregates of `report FILE` are ones; a
// filter, where there is one, is already bound. A window without data gives figures with nothing in them.
type Source interface {
	Figures(ctx context.Context, since, until time.Time) (*store.Figures, error)
}

// SourceFunc makes a Source of a function.
type SourceFunc func(ctx context.Context, since, until time.Time) (*store.Figures, error)

// Figures calls f.
func (f SourceFunc) Figures(ctx context.Context, since, until time.Time) (*store.Figures, error) {
	return f(ctx, since, until)
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

// Gather asks src for the window's figures, for those to compare them with, and for the days before. compare, if not
// nil, takes the place of the window before (`report --compare`).
func Gather(ctx context.Context, src Source, w Window, compare *Window) (Input, error) {
	in := Input{Window: w}
	seen := map[[2]int64]*store.Figures{}
	ask := func(w Window) (*store.Figures, error) {
		k := [2]int64{w.Since.UnixNano(), w.Until.UnixNano()}
		if f, ok := seen[k]; ok {
			return f, nil
		}
		f, err := src.Figures(ctx, w.Since, w.Until)
		if err != nil {
			return nil, fmt.Errorf("figures of %s: %w", w, err)
		}
		if f == nil {
			f = &store.Figures{Since: w.Since, Until: w.Until, Zone: w.Zone}
		}
		seen[k] = f
		return f, nil
	}
	var err error
	if in.Figures, err = ask(w); err != nil {
		return in, err
	}

	prior, label := w.Prior(), "the same span before"
	switch {
	case compare != nil:
		prior, label = *compare, compare.String()
	case w.IsDay():
		label = "the day before"
	}
	f, err := ask(prior)
	if err != nil {
		return in, err
	}
	if hasData(f) {
		in.Prior = &Baseline{Label: label, Figures: []*store.Figures{f}}
	}

	// The same weekday of the weeks before makes sense for a window of up to one week only.
	if w.Until.Sub(w.Since) <= 7*24*time.Hour+time.Hour && compare == nil {
		usual := &Baseline{Label: "the same span of an average week"}
		if w.IsDay() {
			usual.Label = "an average " + w.Since.In(zone(w.Zone)).Weekday().String()
		}
		for n := 1; n <= usualWeeks; n++ {
			f, err := ask(w.Shift(-7 * n))
			if err != nil {
				return in, err
			}
			if hasData(f) {
				usual.Figures = append(usual.Figures, f)
			}
		}
		if len(usual.Figures) > 0 {
			in.Usual = usual
		}
	}

	last := Day(w.Until.Add(-time.Nanosecond), w.Zone)
	for n := trendDays - 1; n >= 0; n-- {
		d := last.Shift(-n)
		f, err := ask(d)
		if err != nil {
			return in, err
		}
		in.Days = append(in.Days, DayFigures{Day: d.Since, Figures: f})
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
