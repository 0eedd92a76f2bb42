package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"bouncelog/classify"
	"bouncelog/parser"
	"bouncelog/report"
	"bouncelog/store"
	"bouncelog/trace"
)

const (
	spikeMinutes = 15   // the window that is compared with the usual
	spikeFloor   = 30   // fewer failures in the window are no spike, whatever is usual
	spikeFactor  = 4    // how far above the usual a spike begins,
	spikeEnds    = 2    // and ends
	spikeWeeks   = 4    // how many weeks back the same weekday and hour is looked at
	maxRates     = 5000 // causes at places that are followed
	spikeEvery   = 5 * time.Second
)

// spikes notices when a cause at a provider or relay rises far above its usual rate. Its methods but run are called by one goroutine.
type spikes struct {
	st      *store.Store
	out     *printer
	command *spikeCommand
	wanted  chan time.Time  // hours whose usual rates are to be read
	ready   chan *usualRate // and were

	rates   map[spikeKey]*rate
	usual   *usualRate
	asked   time.Time
	checked time.Time
}

// spikeKey is a cause at a provider, or at a relay of none that is known.
type spikeKey struct{ cause, provider, relay string }

// rate counts one key's failures by the minute of their log time.
type rate struct {
	minutes  [spikeMinutes]int32
	newest   int64 // minute of the newest slot
	category classify.Category
	reply    string
	begun    time.Time // zero: no spike
	total    int64     // since then
	most     int64     // of a window
}

// add counts one failure.
func (r *rate) add(minute int64) {
	r.advance(minute)
	if minute > r.newest-spikeMinutes {
		r.minutes[minute%spikeMinutes]++
	}
}

// advance empties the slots between the newest minute and a later one.
func (r *rate) advance(minute int64) {
	for m := max(r.newest+1, minute-spikeMinutes+1); m <= minute; m++ {
		r.minutes[m%spikeMinutes] = 0
	}
	r.newest = max(r.newest, minute)
}

func (r *rate) sum() (n int64) {
	for _, k := range r.minutes {
		n += int64(k)
	}
	return n
}

func newSpikes(st *store.Store, out *printer, command string) *spikes {
	s := &spikes{st: st, out: out, wanted: make(chan time.Time, 1), ready: make(chan *usualRate, 1), rates: map[spikeKey]*rate{}}
	if command != "" {
		s.command = newSpikeCommand(command, out.note)
	}
	return s
}

// event counts a failed delivery. What is older than the window (what was missed while nobody read) makes no spike now.
func (s *spikes) event(e *trace.Event) {
	a := e.Attempt
	if a.Outcome != parser.OutcomeDeferred && a.Outcome != parser.OutcomeBounced && a.Outcome != parser.OutcomeExpired {
		return
	}
	v, _ := a.Verdict.(*classify.Verdict)
	if v == nil || v.Cause == "" {
		return
	}
	now := s.out.now().Unix() / 60
	minute := a.Time / int64(time.Minute)
	if minute <= now-spikeMinutes || minute > now+1 {
		return
	}
	k := spikeKey{cause: v.Cause, provider: v.Provider}
	if k.provider == "" {
		if k.relay = cmp.Or(a.RelayHost, a.RelayIP); k.relay == "" {
			return
		}
	}
	r := s.rates[k]
	if r == nil {
		if len(s.rates) >= maxRates {
			return
		}
		r = &rate{newest: minute}
		s.rates[k] = r
	}
	r.add(minute)
	r.category = v.Category
	if r.total++; r.reply == "" || r.total%64 == 0 { // an example, not the first one for ever
		r.reply = telling(a.Reply, a.ReplyCode, a.Enhanced)
	}
}

// check tells what began and what ended.
func (s *spikes) check(now time.Time) {
	if now.Sub(s.checked) < spikeEvery {
		return
	}
	s.checked = now
	s.refresh(now)
	if s.usual == nil {
		return
	}
	minute := now.Unix() / 60
	for k, r := range s.rates {
		r.advance(minute)
		n := r.sum()
		if n == 0 && r.begun.IsZero() {
			delete(s.rates, k)
			continue
		}
		usual, known := s.usual.of(k)
		switch {
		case !known:
		case r.begun.IsZero() && n >= spikeFloor && float64(n) >= spikeFactor*usual:
			r.begun, r.total, r.most = firstMinute(r, minute), n, n
			s.tell("begin", k, r, n, usual, now)
		case !r.begun.IsZero() && float64(n) < max(spikeEnds*usual, spikeFloor/2):
			s.tell("end", k, r, n, usual, now)
			r.begun, r.total = time.Time{}, 0
		}
		r.most = max(r.most, n)
	}
}

// firstMinute is the beginning of the rise: the oldest minute of the window with anything in it.
func firstMinute(r *rate, minute int64) time.Time {
	for m := minute - spikeMinutes + 1; m < minute; m++ {
		if r.minutes[m%spikeMinutes] > 0 {
			return time.Unix(m*60, 0)
		}
	}
	return time.Unix(minute*60, 0)
}

// refresh asks for the usual rates of the hour when it changes, and takes them when they were read.
func (s *spikes) refresh(now time.Time) {
	select {
	case s.usual = <-s.ready:
	default:
	}
	if hour := now.Truncate(time.Hour); !hour.Equal(s.asked) {
		select {
		case s.wanted <- hour:
			s.asked = hour
		default:
		}
	}
}

// run reads usual rates beside the rest of the work until ctx ends.
func (s *spikes) run(ctx context.Context) {
	for {
		select {
		case hour := <-s.wanted:
			u, err := readUsual(s.st, hour)
			if err != nil {
				if ctx.Err() == nil {
					s.out.note(err.Error())
				}
				continue
			}
			select {
			case s.ready <- u:
			case <-ctx.Done():
				return
			}
		case <-ctx.Done():
			return
		}
	}
}

// wait waits for commands that still run.
func (s *spikes) wait() {
	if s != nil && s.command != nil {
		s.command.wait()
	}
}

// spikeReport is what --on-spike's command reads.
type spikeReport struct {
	Event    string     `json:"event"` // begin, end
	Cause    string     `json:"cause"`
	Category string     `json:"category,omitempty"`
	Provider string     `json:"provider,omitempty"`
	Relay    string     `json:"relay,omitempty"`
	Count    int64      `json:"count"`          // in the last 15 minutes
	Usual    float64    `json:"usual"`          // in 15 minutes of this weekday and hour
	Most     int64      `json:"most,omitempty"` // in any 15 minutes since it began
	Since    time.Time  `json:"since"`
	Until    *time.Time `json:"until,omitempty"`
	Reply    string     `json:"reply,omitempty"`
}

// tell says on one line that a spike began or ended, and runs the command.
func (s *spikes) tell(event string, k spikeKey, r *rate, n int64, usual float64, now time.Time) {
	rep := &spikeReport{Event: event, Cause: k.cause, Category: string(r.category), Provider: k.provider, Relay: k.relay,
		Count: n, Usual: usual, Most: max(r.most, n), Since: r.begun.In(s.out.zone), Reply: r.reply}
	place := word(cmp.Or(k.provider, k.relay))
	text := fmt.Sprintf("spike: %s %s at %s: %s in %d min, usually %.1f, since %s: %s", rep.Category, word(k.cause), place,
		report.Count(n), spikeMinutes, usual, rep.Since.Format("15:04"), r.reply)
	if event == "end" {
		until := now.In(s.out.zone)
		rep.Until = &until
		text = fmt.Sprintf("spike ended: %s %s at %s: since %s, at most %s in %d min", rep.Category, word(k.cause), place,
			rep.Since.Format("15:04"), report.Count(rep.Most), spikeMinutes)
	}
	s.out.note(report.Clean(text))
	if s.command != nil {
		s.command.run(k, rep)
	}
}

// usualRate says how many failures are usual in a window of one hour.
type usualRate struct {
	known            bool
	byProvider       map[spikeKey]float64
	byCause, byRelay map[string]float64
}

// of is the usual count of a key in a window. The store counts by cause and by relay, not by both: the smaller of the two is as much
// as the pair can have had.
func (u *usualRate) of(k spikeKey) (n float64, known bool) {
	if k.provider != "" {
		return u.byProvider[k], u.known
	}
	return min(u.byCause[k.cause], u.byRelay[k.relay]), u.known
}

// readUsual averages the same hour of the same weekday over the last weeks; where the store is younger than a week, the hours of the
// last day.
func readUsual(st *store.Store, hour time.Time) (*usualRate, error) {
	u := &usualRate{byProvider: map[spikeKey]float64{}, byCause: map[string]float64{}, byRelay: map[string]float64{}}
	meta, err := st.Meta()
	if err != nil {
		return nil, err
	}
	if meta.First.IsZero() {
		return u, nil
	}
	local := hour.In(st.Zone())
	hours := 0
	for week := 1; week <= spikeWeeks; week++ {
		at := local.AddDate(0, 0, -7*week)
		if at.Before(meta.First.Add(-time.Hour)) {
			break
		}
		if err := u.add(st, at, at.Add(time.Hour)); err != nil {
			return nil, err
		}
		hours++
	}
	if hours == 0 {
		since := hour.Add(-24 * time.Hour)
		if first := meta.First.Truncate(time.Hour); first.After(since) {
			since = first
		}
		if hours = int(hour.Sub(since) / time.Hour); hours < 1 {
			return u, nil // nothing to compare with yet
		}
		if err := u.add(st, since, hour); err != nil {
			return nil, err
		}
	}
	u.known = true
	scale := float64(spikeMinutes) / 60 / float64(hours)
	for k := range u.byProvider {
		u.byProvider[k] *= scale
	}
	for k := range u.byCause {
		u.byCause[k] *= scale
	}
	for k := range u.byRelay {
		u.byRelay[k] *= scale
	}
	return u, nil
}

// add counts the failures of a window.
func (u *usualRate) add(st *store.Store, since, until time.Time) error {
	f, err := st.Figures(store.Filter{}, since, until, 0)
	if err != nil {
		return fmt.Errorf("read the usual rates: %w", err)
	}
	for _, r := range f.Replies {
		if r.Provider != "" {
			u.byProvider[spikeKey{cause: r.Cause, provider: r.Provider}] += float64(r.Count)
		}
	}
	for _, d := range []struct {
		dim store.Dim
		to  map[string]float64
	}{{store.DimCause, u.byCause}, {store.DimRelay, u.byRelay}} {
		for r := range slices.Values(f.By[d.dim]) {
			d.to[r.Key] += float64(r.Deferrals + r.Bounced + r.Expired)
		}
	}
	return nil
}

// spikeCommand runs the command of --on-spike: for one spike never two at once, the end after the beginning.
type spikeCommand struct {
	command string
	note    func(string)
	limit   time.Duration
	slots   chan struct{} // all at once

	mu      sync.Mutex
	running map[spikeKey]chan struct{} // closed when the last one for that spike is done
	all     sync.WaitGroup
}
