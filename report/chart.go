package report

import (
	"fmt"
	"math"
	"strings"
	"time"

	"bouncelog/store"
)

// The charts are drawn here as plain numbers; the template writes them as inline SVG. Sizes are in the units of a viewBox, the
// browser scales them.
const (
	chartW, chartH = 520, 190
	chartLeft      = 44 // room for the y axis' labels
	chartTop       = 10
	chartBottom    = 24 // and for the x axis'
	sparkW, sparkH = 96, 22
	maxBar         = 60 // the width of one
	plotW          = chartW - chartLeft - 6
	plotH          = chartH - chartTop - chartBottom
	labelsEvery    = 55 // units between two labels of the x axis
)

// rect is one part of a stacked bar.
type rect struct {
	X, Y, W, H string
	Class      string
}

// bar is one hour or day with its tool tip.
type bar struct {
	Parts []rect
	Hover rect
	Tip   string
}

// label is a text on an axis.
type label struct {
	X, Y string
	Text string
	Grid string // y of a grid line, "" none
	Alt  bool   // left out where the chart is small
}

// barChart is failures by hour, stacked by category.
type barChart struct {
	Bars    []bar
	XLabels []label
	YLabels []label
	Desc    string
}

// pt is a number of a viewBox.
func pt(f float64) string {
	s := fmt.Sprintf("%.1f", f)
	return strings.TrimSuffix(s, ".0")
}

// bucket is what one bar stands for.
type bucket struct {
	name, tip string
	c         store.Counts
}

// buckets are the hours of the model, or its days where there are many, without holes.
func (m *Model) buckets() []bucket {
	if len(m.Hours) == 0 {
		return nil
	}
	z := zone(m.Window.Zone)
	byDay, spans := m.long(), m.Hours
	if byDay {
		spans = m.days()
	}
	at := map[int64]store.Counts{}
	for _, h := range spans {
		at[h.Start.Unix()] = h.Counts
	}
	first, last := spans[0].Start, spans[len(spans)-1].Start
	if !byDay && m.Window.IsDay() {
		first, last = m.Window.Since, m.Window.Until.Add(-time.Hour)
	}
	var out []bucket
	for t := first; !t.After(last) && len(out) < 1000; {
		b := bucket{c: at[t.Unix()]}
		if byDay {
			b.name, b.tip = t.In(z).Format("2 Jan"), t.In(z).Format("Mon 2 Jan")
			t = Day(t, z).Shift(1).Since
		} else {
			b.name, b.tip = t.In(z).Format("15:04"), t.In(z).Format("15:04")
			if !m.Window.IsDay() {
				b.tip = t.In(z).Format("Mon 2 Jan 15:04")
			}
			t = t.Add(time.Hour)
		}
		out = append(out, b)
	}
	return out
}

// hourChart is nil where nothing failed, or all of it in one hour: one bar tells no more than its figure.
func (m *Model) hourChart() *barChart {
	bs := m.buckets()
	most, total, worst := int64(0), int64(0), 0
	for i, b := range bs {
		n := b.c.Hard + b.c.Soft + b.c.Block + b.c.Content
		total += n
		if n > most {
			most, worst = n, i
		}
	}
	if most == 0 || len(bs) < 2 {
		return nil
	}
	top := niceTop(float64(max(most, 2)))
	c := &barChart{YLabels: yLabels(top, func(f float64) string { return Count(int64(f)) })}
	step := min(float64(plotW)/float64(len(bs)), maxBar)
	gap := min(step*0.25, 3)
	nextLabel := 0.0
	for i, b := range bs {
		x := chartLeft + float64(i)*step
		y := float64(chartTop + plotH)
		var parts []rect
		var said []string
		for _, k := range categories {
			n := ofCategory(b.c, k)
			if n == 0 {
				continue
			}
			h := float64(n) / top * plotH
			y -= h
			parts = append(parts, rect{pt(x + gap/2), pt(y), pt(step - gap), pt(h), "c-" + k})
			said = append(said, Count(n)+" "+k)
		}
		tip := b.tip + ": nothing failed"
		if len(said) > 0 {
			tip = b.tip + ": " + strings.Join(said, ", ")
		}
		c.Bars = append(c.Bars, bar{Parts: parts, Tip: tip, Hover: rect{pt(x), pt(chartTop), pt(step), pt(plotH), "hover"}})
		if x >= nextLabel {
			c.XLabels = append(c.XLabels, label{X: pt(x + step/2), Y: pt(chartH - 6), Text: b.name, Alt: len(c.XLabels)%2 == 1})
			nextLabel = x + labelsEvery
		}
	}
	c.Desc = fmt.Sprintf("%s failed; most at %s: %s.", Plural(total, "recipient"), bs[worst].tip, Count(most))
	return c
}

// niceTop is the least round number, of which half is round too, that is not below v.
func niceTop(v float64) float64 {
	if v <= 0 {
		return 1
	}
	p := math.Pow(10, math.Floor(math.Log10(v)))
	for _, n := range []float64{1, 2, 4, 6, 8, 10} {
		if n*p >= v*0.9999999 {
			return n * p
		}
	}
	return 10 * p
}

func yLabels(top float64, text func(float64) string) []label {
	var out []label
	for _, f := range []float64{0, 0.5, 1} {
		y := chartTop + plotH*(1-f)
		out = append(out, label{X: pt(chartLeft - 6), Y: pt(y + 4), Text: text(top * f), Grid: pt(y)})
	}
	return out
}

// lineChart is the bounce rate by day.
type lineChart struct {
	Lines   []string // points of polylines: a day without mail breaks the line
	Points  []dot
	XLabels []label
	YLabels []label
	Mean    string // y of the mean, "" none
	Desc    string
}

type dot struct {
	X, Y, R string
	Tip     string
	Last    bool
}

// trendChart is nil where fewer than two days have mail.
func (m *Model) trendChart() *lineChart {
	most, sum, n := 0.0, 0.0, 0
	for _, d := range m.Trend {
		if !math.IsNaN(d.Rate) {
			most = max(most, d.Rate)
			sum += d.Rate
			n++
		}
	}
	if n < 2 {
		return nil
	}
	top := max(niceTop(most*100)/100, 0.01)
	x := func(i int) float64 { return chartLeft + (float64(i)+0.5)*plotW/float64(len(m.Trend)) }
	y := func(r float64) float64 { return chartTop + plotH*(1-r/top) }
	c := &lineChart{YLabels: yLabels(top, percent), Mean: pt(y(sum / float64(n)))}
	rates := make([]float64, len(m.Trend))
	nextLabel := 0.0
	last := -1
	for i, d := range m.Trend {
		rates[i] = d.Rate
		if x(i) >= nextLabel {
			c.XLabels = append(c.XLabels, label{X: pt(x(i)), Y: pt(chartH - 6), Text: d.Day.Format("2 Jan"), Alt: len(c.XLabels)%2 == 1})
			nextLabel = x(i) + labelsEvery
		}
		if math.IsNaN(d.Rate) {
			continue
		}
		last = i
		c.Points = append(c.Points, dot{X: pt(x(i)), Y: pt(y(d.Rate)), R: "2.5",
			Tip: fmt.Sprintf("%s: %s (%s of %s)", d.Day.Format("Mon 2 Jan"), percent(d.Rate), Count(d.Failed), Count(d.Ended))})
	}
	c.Points[len(c.Points)-1].R, c.Points[len(c.Points)-1].Last = "4.5", true
	c.Lines = polylines(rates, x, y)
	c.Desc = fmt.Sprintf("Over %d days with mail the bounce rate was %s on average, %s at most, and %s on %s.", n, percent(sum/float64(n)), percent(most), percent(m.Trend[last].Rate), m.Trend[last].Day.Format("2 January"))
	return c
}

// polylines are the runs of known values; a run of one is drawn by its dot alone.
func polylines(vs []float64, x func(int) float64, y func(float64) float64) []string {
	var out []string
	var run []string
	flush := func() {
		if len(run) > 1 {
			out = append(out, strings.Join(run, " "))
		}
		run = nil
	}
	for i, v := range vs {
		if math.IsNaN(v) {
			flush()
			continue
		}
		run = append(run, pt(x(i))+","+pt(y(v)))
	}
	flush()
	return out
}

// spark is a provider's bounce rate by day, drawn small.
type spark struct {
	Lines []string
	X, Y  string // the last day
	Desc  string
}

// newSpark is nil where fewer than two days have mail.
func newSpark(vs []float64) *spark {
	most, n, last := 0.0, 0, 0
	for i, v := range vs {
		if !math.IsNaN(v) {
			most = max(most, v)
			n++
			last = i
		}
	}
	if n < 2 {
		return nil
	}
	top := max(most, 0.01) // below 1 % a line stays low: noise is not to look like news
	x := func(i int) float64 { return 2 + float64(i)*(sparkW-6)/float64(max(len(vs)-1, 1)) }
	y := func(v float64) float64 { return 3 + (sparkH-6)*(1-v/top) }
	return &spark{Lines: polylines(vs, x, y), X: pt(x(last)), Y: pt(y(vs[last])),
		Desc: fmt.Sprintf("bounce rate over %d days: at most %s, last %s", len(vs), percent(most), percent(vs[last]))}
}
