package report

import (
	"cmp"
	"fmt"
	"math"
	"strconv"
	"time"
)

// kind says what a cell holds, and so how it is aligned, sorted and written for machines.
type kind uint8

const (
	kText kind = iota
	kCount
	kRate     // share of 1
	kDuration // seconds
	kChange   // difference of counts
	kPoints   // difference of rates
	kTime
)

func (k kind) numeric() bool { return k != kText && k != kTime }

// cell is one value of a table, typed, so that each rendering can write it its own way.
type cell struct {
	kind kind
	text string // of kTime: how people see it, "" for date and minute
	num  float64
	at   time.Time
	none bool // not known or not meaningful: empty for machines, a dash for people
	good int8 // +1 good news, -1 bad news, for colour
	cat  string
}

func text(s string) cell { return cell{kind: kText, text: s, none: s == ""} }
func key(s string) cell  { return cell{kind: kText, text: s} }
func num(n int64) cell   { return cell{kind: kCount, num: float64(n)} }

// category is a text whose colour is the category's.
func category(s string) cell { return cell{kind: kText, text: s, none: s == "", cat: s} }
func share(f float64) cell   { return cell{kind: kRate, num: f, none: math.IsNaN(f)} }
func seconds(f float64) cell { return cell{kind: kDuration, num: f, none: f < 0 || math.IsNaN(f)} }
func moment(t time.Time, z *time.Location) cell {
	return cell{kind: kTime, at: t.In(zone(z)), none: t.IsZero()}
}

// change is now-before; bad is +1 if more is worse, -1 if more is better, 0 if neither.
func change(now, before float64, bad int) cell {
	c := cell{kind: kChange, num: now - before, none: math.IsNaN(before)}
	c.good = mood(c.num, bad)
	return c
}

func points(now, before float64, bad int) cell {
	c := cell{kind: kPoints, num: now - before, none: math.IsNaN(before)}
	c.good = mood(c.num, bad)
	return c
}

func mood(diff float64, bad int) int8 {
	switch {
	case bad == 0 || diff == 0 || math.IsNaN(diff):
		return 0
	case (diff > 0) == (bad > 0):
		return -1
	}
	return 1
}

// String is the cell for people, not yet cleaned.
func (c cell) String() string {
	if c.none {
		return "-"
	}
	switch c.kind {
	case kCount:
		return Count(int64(math.Round(c.num)))
	case kRate:
		return percent(c.num)
	case kDuration:
		return duration(c.num)
	case kChange:
		return signed(c.num)
	case kPoints:
		if math.Abs(c.num) < 0.00005 {
			return "±0"
		}
		return fmt.Sprintf("%+.2f points", c.num*100)
	case kTime:
		return c.at.Format(cmp.Or(c.text, "2006-01-02 15:04"))
	}
	return c.text
}

// machine is the cell for CSV and for sorting: plain numbers, RFC 3339 times, "" for what is not known.
func (c cell) machine() string {
	if c.none {
		return ""
	}
	switch c.kind {
	case kCount:
		return strconv.FormatInt(int64(math.Round(c.num)), 10)
	case kRate, kPoints:
		return strconv.FormatFloat(c.num, 'f', -1, 64)
	case kDuration:
		return strconv.FormatFloat(c.num, 'f', -1, 64)
	case kChange:
		return strconv.FormatFloat(math.Round(c.num*100)/100, 'f', -1, 64)
	case kTime:
		return c.at.Format(time.RFC3339)
	}
	return c.text
}

// column describes one column of a section's table.
type column struct {
	name  string // for machines: "bounce_rate"
	title string // for people: "Rate"
	kind  kind
	flex  bool // long text: takes what width is left, and wraps
	drop  int  // 0: always shown; else the higher, the sooner it goes where the terminal is narrow
	low   bool // left out on a phone, which shows it where the row opens
	open  bool // not on the HTML page, where the row opens to it
	data  bool // only for machines: CSV has it, tables for people do not
}

// section is one part of the report as a table, in between the Model and the renderings that lay tables out.
type section struct {
	id, title string
	intro     string // one sentence; "" none
	cols      []column
	rows      [][]cell
	top       int // rows shown to people; 0: all
	left      int // further rows that nobody asked for
	notes     []note
}

// note is what stands under a table: advice of a cause, for instance.
type note struct {
	title string
	lines []string
	link  string // a page that helps
}

// hidden is the number of rows that are not shown to people.
func (s section) hidden() int { return len(s.rows) - len(s.shown()) + s.left }

// shown are the rows for people.
func (s section) shown() [][]cell {
	if s.top > 0 && len(s.rows) > s.top {
		return s.rows[:s.top]
	}
	return s.rows
}
