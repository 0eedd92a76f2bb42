package report

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"bouncelog/store"
)

func TestTrend(t *testing.T) {
	for _, c := range []struct {
		f1, n1, f2, n2 float64
		want           string
	}{
		{463, 9863, 183, 9583, TrendWorse},
		{100, 10000, 200, 10000, TrendBetter},
		{200, 10000, 205, 10000, TrendUsual},
		{3, 10, 2, 10, TrendUnknown},      // too few before
		{3, 30, 2, 30, TrendUsual},        // three of thirty may be chance
		{0, 100, 0, 100, TrendUsual},      // no failure at all, no division by zero
		{0, 0, 5, 100, TrendUnknown},      // nothing ended
		{1010, 1e6, 900, 1e6, TrendUsual}, // significant but tiny
	} {
		if got := trendOf(c.f1, c.n1, c.f2, c.n2); got != c.want {
			t.Errorf("%v of %v after %v of %v: %s, want %s", c.f1, c.n1, c.f2, c.n2, got, c.want)
		}
	}
}

func TestVerdict(t *testing.T) {
	m := testModel(t)
	v := m.Verdict
	if v.Trend != TrendWorse || !strings.HasPrefix(v.Sentences[0], "Worse than usual: 463 of 9,863 recipients bounced or expired (4.7%); an average Saturday has 1.9%.") {
		t.Errorf("%q", v.Sentences)
	}
	if len(v.Sentences) > 3 {
		t.Errorf("%d sentences", len(v.Sentences))
	}
	if len(v.Actions) != 1 || v.Actions[0].Cause != "ip-blocklisted" || v.Actions[0].Provider != "Microsoft" {
		t.Errorf("actions %+v", v.Actions)
	}
	if got, want := m.Subject(), "bounces: mx1.example.net, Sat 21 Nov: worse than usual, 4.7% bounced (463 of 9,863), ip-blocklisted at Microsoft"; got != want {
		t.Errorf("subject %q, want %q", got, want)
	}
	usual := Build(testInput(t, 21))
	if usual.Verdict.Trend != TrendUsual {
		t.Errorf("a day like the others is %s", usual.Verdict.Trend)
	}
}

func TestVerdictEmpty(t *testing.T) {
	in := Input{Window: testDay}
	if s := Build(in).Verdict.Sentences[0]; !strings.Contains(s, "no data at all") {
		t.Errorf("an empty store: %s", s)
	}
	in.SmallPrint.First, in.SmallPrint.Last = testDay.Since.AddDate(0, -2, 0), testDay.Since.AddDate(0, -1, 0)
	if s := Build(in).Verdict.Sentences[0]; s != "Nothing is known of Saturday, 21 November 2026. There is data from 2026-09-21 00:00 to 2026-10-21 00:00." {
		t.Errorf("a day before the data: %s", s)
	}
}

// TestAgree: the figures of every section agree with each other.
func TestAgree(t *testing.T) {
	m := testModel(t)
	var byCategory, byCause int64
	for _, e := range m.Tables[store.DimCategory] {
		byCategory += e.Failed()
	}
	for _, e := range m.Tables[store.DimCause] {
		byCause += e.Failed()
		if c := e.Counts; c.Hard+c.Soft+c.Block+c.Content != e.Failed() {
			t.Errorf("%s: categories and outcomes disagree", e.Key)
		}
	}
	if want := failed(m.Counts); byCategory != want || byCause != want {
		t.Errorf("failures: %d in all, %d by category, %d by cause", want, byCategory, byCause)
	}
	shares := 0.0
	for _, e := range m.Tables[store.DimCause] {
		shares += e.Share
	}
	if math.Abs(shares-1) > 1e-9 {
		t.Errorf("shares add up to %v", shares)
	}
}

func TestGather(t *testing.T) {
	asked := map[[2]int64]int{}
	dims := map[int64]store.DimSet{}
	src := eachAsk(func(a store.Ask) *store.Figures {
		asked[[2]int64{a.Since.Unix(), a.Until.Unix()}]++
		dims[a.Since.Unix()] = a.Dims
		return figures(Window{Since: a.Since, Until: a.Until, Zone: testZone}, 20)
	})
	in, err := Gather(t.Context(), src, testDay, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	if len(in.Days) != trendDays || !in.Days[trendDays-1].Day.Equal(testDay.Since) {
		t.Errorf("%d days, the last %v", len(in.Days), in.Days[len(in.Days)-1].Day)
	}
	if in.Prior.Label != "the day before" || in.Usual.Label != "an average Saturday" || len(in.Usual.Figures) != usualWeeks {
		t.Errorf("prior %q, usual %q of %d", in.Prior.Label, in.Usual.Label, len(in.Usual.Figures))
	}
	for k, n := range asked {
		if n > 1 {
			t.Errorf("asked %d times for %v", n, time.Unix(k[0], 0))
		}
	}
	for shift, want := range map[int]store.DimSet{0: store.AllDims, -1: store.AllDims &^ store.Dims(store.DimReply), -2: store.Dims(store.DimProvider), -28: store.Dims(store.DimProvider)} {
		if got := dims[testDay.Shift(shift).Since.Unix()]; got != want {
			t.Errorf("%d days on: dimensions %b, want %b", shift, got, want)
		}
	}
	if d := in.Days[trendDays-3]; !d.Day.Equal(testDay.Shift(-2).Since) || !d.Figures.Since.Equal(d.Day) {
		t.Errorf("day %v holds the figures of %v", d.Day, d.Figures.Since)
	}
	other := testDay.Shift(-2)
	if in, err = Gather(t.Context(), src, testDay, &other, 0); err != nil || in.Prior.Label != "Thursday, 19 November 2026" || in.Usual != nil {
		t.Errorf("--compare: %+v %v", in.Prior, err)
	}
	broken := errors.New("disk on fire")
	if _, err := Gather(t.Context(), SourceFunc(func(context.Context, []store.Ask) ([]*store.Figures, error) { return nil, broken }), testDay, nil, 0); !errors.Is(err, broken) {
		t.Errorf("error %v", err)
	}
}

func TestWindow(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Skip("no time zone data on this machine")
	}
	// Summer time ends on 25 October 2026: the day has 25 hours.
	d := Day(time.Date(2026, 10, 25, 12, 0, 0, 0, berlin), berlin)
	if n := d.Until.Sub(d.Since); n != 25*time.Hour || !d.IsDay() {
		t.Errorf("the day is %s long, IsDay %v", n, d.IsDay())
	}
	if p := d.Prior(); p.Until.Sub(p.Since) != 24*time.Hour || !p.Until.Equal(d.Since) {
		t.Errorf("the day before is %s", p)
	}
	w := Window{Since: testDay.Since, Until: testDay.Since.Add(3 * time.Hour), Zone: testZone}
	if p := w.Prior(); !p.Since.Equal(testDay.Since.Add(-3*time.Hour)) || w.IsDay() {
		t.Errorf("before %s is %s", w, p)
	}
}

func TestGaps(t *testing.T) {
	h := func(n int) Hour { return Hour{Start: testDay.Since.Add(time.Duration(n) * time.Hour)} }
	got := findGaps([]Hour{h(3), h(4), h(8), h(15), h(16)}, testDay)
	if len(got) != 1 || !got[0].Since.Equal(h(9).Start) || !got[0].Until.Equal(h(15).Start) {
		t.Errorf("gaps %v", got)
	}
}

func TestNewReplies(t *testing.T) {
	in := testInput(t, 300)
	if m := Build(in); len(m.New) != 1 || m.New[0].Provider != "microsoft" {
		t.Errorf("%d new replies", len(m.New))
	}
	// A store that begins with the window knows no old replies.
	in.SmallPrint.First = testDay.Since
	if m := Build(in); len(m.New) != 0 {
		t.Errorf("%d new replies in a new store", len(m.New))
	}
}

func TestFormat(t *testing.T) {
	for _, c := range [][2]string{
		{Count(0), "0"}, {Count(999), "999"}, {Count(1000), "1,000"}, {Count(-1234567), "-1,234,567"}, {Count(-999), "-999"},
		{percent(0), "0%"}, {percent(1), "100%"}, {percent(0.9999), "99.9%"}, {percent(0.00001), "<0.01%"}, {percent(0.0042), "0.42%"}, {percent(0.047), "4.7%"},
		{duration(0.2), "0.2 s"}, {duration(3), "3 s"}, {duration(59.9), "59 s"}, {duration(60), "1 min"}, {duration(3661), "1 h 1 min"}, {duration(90000), "1 d 1 h"}, {duration(86400 * 4), "4 d"},
		{signed(0), "±0"}, {signed(1234), "+1,234"}, {signed(-5), "-5"},
		{size(12), "12 bytes"}, {size(2345678), "2.3 MB"},
		{Clean("a\r\nb\tc\x1b[31m\u202e\xff"), `a b c\x1b[31m\u202e\xff`}, {Clean("été 日本 ok"), "été 日本 ok"},
		{short("abcdef", 4), "abc…"}, {short("日本語文字", 3), "日本…"}, {short("abc", 3), "abc"},
		{fit("日本語文字", 5), "日本…"}, {strings.Join(wrap("aa bbbbbbbbbbb cc", 8), "|"), "aa|bbbbbbbb|bbb cc"},
		{csvText(" =1+1"), "' =1+1"}, {csvText("a=b"), "a=b"}, {mdText("a|b\nc"), `a\|b c`}, {mdText("- x"), `\- x`},
	} {
		if c[0] != c[1] {
			t.Errorf("%q, want %q", c[0], c[1])
		}
	}
}
