package report

import (
	"io"
	"math"
	"time"

	"bouncelog/store"
)

// jsonRow is one key of a list (INTERFACE: report --format json).
type jsonRow struct {
	Key              string   `json:"key"`
	Title            string   `json:"title,omitempty"`
	Category         string   `json:"category,omitempty"`
	Messages         int64    `json:"messages"`
	Recipients       int64    `json:"recipients"`
	Delivered        int64    `json:"delivered"`
	Deferrals        int64    `json:"deferrals"`
	DeferredAttempts *int64   `json:"deferred_attempts,omitempty"`
	Bounced          int64    `json:"bounced"`
	Expired          int64    `json:"expired"`
	Rejected         int64    `json:"rejected"`
	SessionRejects   int64    `json:"session_rejects"`
	Discarded        int64    `json:"discarded"`
	Hard             int64    `json:"hard"`
	Soft             int64    `json:"soft"`
	Block            int64    `json:"block"`
	Content          int64    `json:"content"`
	BounceRate       float64  `json:"bounce_rate"`
	Share            *float64 `json:"share,omitempty"`
	PriorFailed      *float64 `json:"prior_failed,omitempty"`
	DelayMedian      *float64 `json:"delay_median,omitempty"`
	Delay95          *float64 `json:"delay_95,omitempty"`
	TopProvider      string   `json:"top_provider,omitempty"`
	TopCause         string   `json:"top_cause,omitempty"`
	TopReply         string   `json:"top_reply,omitempty"`
	Meaning          string   `json:"meaning,omitempty"`
	Advice           []string `json:"advice,omitempty"`
	Links            []string `json:"links,omitempty"`
}

type jsonTotals struct {
	Messages       int64    `json:"messages"`
	Recipients     int64    `json:"recipients"`
	Delivered      int64    `json:"delivered"`
	Deferred       int64    `json:"deferred"`
	Deferrals      int64    `json:"deferrals"`
	Bounced        int64    `json:"bounced"`
	Expired        int64    `json:"expired"`
	Rejected       int64    `json:"rejected"`
	SessionRejects int64    `json:"session_rejects"`
	Discarded      int64    `json:"discarded"`
	DSNs           int64    `json:"dsns"`
	Hard           int64    `json:"hard"`
	Soft           int64    `json:"soft"`
	Block          int64    `json:"block"`
	Content        int64    `json:"content"`
	BounceRate     float64  `json:"bounce_rate"`
	DelayMedian    *float64 `json:"delay_median,omitempty"`
	Delay95        *float64 `json:"delay_95,omitempty"`
}

type jsonReply struct {
	Reply          string     `json:"reply"`
	Count          int64      `json:"count"`
	Cause          string     `json:"cause"`
	Category       string     `json:"category"`
	ExampleQueueID string     `json:"example_queue_id"`
	ExampleHost    string     `json:"example_host,omitempty"`
	Rule           string     `json:"rule,omitempty"`
	Provider       string     `json:"provider,omitempty"`
	FirstSeen      *time.Time `json:"first_seen,omitempty"`
}

type jsonAction struct {
	Cause    string   `json:"cause"`
	Category string   `json:"category,omitempty"`
	Provider string   `json:"provider,omitempty"`
	Why      string   `json:"why"`
	Advice   []string `json:"advice"`
	Links    []string `json:"links,omitempty"`
}

type jsonVerdict struct {
	Trend     string       `json:"trend"`
	Sentences []string     `json:"sentences"`
	Actions   []jsonAction `json:"actions"`
}

// jsonCompare is the totals of the windows compared with: averages, hence fractions.
type jsonCompare struct {
	Label  string             `json:"label"`
	Totals map[string]float64 `json:"totals"`
}

type jsonQueue struct {
	Recipients int64            `json:"recipients"`
	Oldest     *time.Time       `json:"oldest,omitempty"`
	Ages       []jsonQueueAge   `json:"ages"`
	Groups     []jsonQueueGroup `json:"groups"`
}

type jsonQueueAge struct {
	Age        string `json:"age"`
	Recipients int64  `json:"recipients"`
}

type jsonQueueGroup struct {
	Cause      string    `json:"cause"`
	Category   string    `json:"category,omitempty"`
	Domain     string    `json:"domain"`
	Recipients int64     `json:"recipients"`
	Oldest     time.Time `json:"oldest"`
	Reply      string    `json:"reply,omitempty"`
}

type jsonPrint struct {
	Lines        int64      `json:"lines"`
	Foreign      int64      `json:"foreign"`
	Unrecognized int64      `json:"unrecognized"`
	Logs         int        `json:"logs"`
	First        *time.Time `json:"first,omitempty"`
	Last         *time.Time `json:"last,omitempty"`
	Gaps         []Gap      `json:"gaps"`
	Notes        []string   `json:"notes"`
}

type jsonDay struct {
	Day        string   `json:"day"`
	Failed     int64    `json:"failed"`
	Ended      int64    `json:"ended"`
	BounceRate *float64 `json:"bounce_rate"`
}

type jsonCrossRow struct {
	Keys map[string]string `json:"keys"`
	jsonRow
}

// jsonListing is one of our addresses on a blocklist.
type jsonListing struct {
	Address        string    `json:"address,omitempty"`
	Host           string    `json:"host,omitempty"`
	Blocklist      string    `json:"blocklist,omitempty"`
	Provider       string    `json:"provider,omitempty"`
	Relay          string    `json:"relay,omitempty"`
	Cause          string    `json:"cause"`
	Category       string    `json:"category"`
	Failed         int64     `json:"failed"`
	Deferrals      int64     `json:"deferrals"`
	First          time.Time `json:"first"`
	Last           time.Time `json:"last"`
	Reply          string    `json:"reply"`
	ExampleQueueID string    `json:"example_queue_id,omitempty"`
	Advice         []string  `json:"advice,omitempty"`
	Links          []string  `json:"links,omitempty"`
}

type jsonReport struct {
	Since          time.Time      `json:"since"`
	Until          time.Time      `json:"until"`
	Host           string         `json:"host,omitempty"`
	Verdict        jsonVerdict    `json:"verdict"`
	Totals         jsonTotals     `json:"totals"`
	Compare        []jsonCompare  `json:"compare"`
	ByCategory     []jsonRow      `json:"by_category"`
	ByCause        []jsonRow      `json:"by_cause"`
	ByDomain       []jsonRow      `json:"by_domain"`
	ByProvider     []jsonRow      `json:"by_provider"`
	BySenderDomain []jsonRow      `json:"by_sender_domain"`
	ByAuthUser     []jsonRow      `json:"by_auth_user"`
	ByRelay        []jsonRow      `json:"by_relay"`
	ByHost         []jsonRow      `json:"by_host"`
	ByBlocklist    []jsonRow      `json:"by_blocklist"`
	ByEnhancedCode []jsonRow      `json:"by_enhanced_code"`
	ByRejected     []jsonRow      `json:"by_rejected"`
	ByHour         []jsonRow      `json:"by_hour"`
	TopReplies     []jsonReply    `json:"top_replies"`
	NewReplies     []jsonReply    `json:"new_replies"`
	Queue          jsonQueue      `json:"queue"`
	Listed         []jsonListing  `json:"listed"`
	Suppress       []Suppression  `json:"suppress"`
	Days           []jsonDay      `json:"days"`
	Cross          []jsonCrossRow `json:"cross,omitempty"`
	SmallPrint     jsonPrint      `json:"small_print"`
}

// JSON writes m as one object with the names of `report --format json`. Lists are whole (Top does not cut them), log text is
// as it was logged: JSON's own escaping makes it harmless, and < > & are escaped too.
func JSON(w io.Writer, m *Model) error {
	z := zone(m.Window.Zone)
	r := jsonReport{
		Since: m.Window.Since.In(z), Until: m.Window.Until.In(z), Host: m.Host,
		Verdict: jsonVerdict{Trend: m.Verdict.Trend, Sentences: orEmpty(m.Verdict.Sentences), Actions: []jsonAction{}},
		Totals: jsonTotals{
			Messages: m.Counts.Messages, Recipients: m.Counts.Recipients, Delivered: m.Counts.Delivered, Deferred: m.Deferred,
			Deferrals: m.Counts.Deferrals, Bounced: m.Counts.Bounced, Expired: m.Counts.Expired, Rejected: m.Counts.Rejected,
			SessionRejects: m.Counts.SessionRejects, Discarded: m.Counts.Discarded, DSNs: m.Counts.DSNs,
			Hard: m.Counts.Hard, Soft: m.Counts.Soft, Block: m.Counts.Block, Content: m.Counts.Content,
			BounceRate: m.Rate, DelayMedian: known(m.Median), Delay95: known(m.Delay95),
		},
		Compare:        m.jsonCompares(),
		ByCategory:     jsonRows(m.Tables[store.DimCategory], true),
		ByCause:        jsonRows(m.Tables[store.DimCause], true),
		ByDomain:       jsonRows(m.Tables[store.DimDomain], false),
		ByProvider:     jsonRows(m.Tables[store.DimProvider], false),
		BySenderDomain: jsonRows(m.Tables[store.DimSenderDomain], false),
		ByAuthUser:     jsonRows(m.Tables[store.DimAuthUser], false),
		ByRelay:        jsonRows(m.Tables[store.DimRelay], false),
		ByHost:         jsonRows(m.Tables[store.DimHost], false),
		ByBlocklist:    jsonRows(m.Tables[store.DimBlocklist], false),
		ByEnhancedCode: jsonRows(m.Tables[store.DimEnhanced], false),
		ByRejected:     jsonRows(m.Tables[store.DimRejected], false),
		ByHour:         []jsonRow{},
		TopReplies:     jsonReplies(m.Replies, z), NewReplies: jsonReplies(m.New, z),
		Queue: m.Queue.json(z), Listed: jsonListings(m.Listed, z), Suppress: jsonSuppress(m.Suppress, z), Days: []jsonDay{},
		SmallPrint: jsonPrint{Lines: m.Print.Lines, Foreign: m.Print.Foreign, Unrecognized: m.Print.Unrecognized, Logs: m.Print.Logs,
			First: timeOrNil(m.Print.First, z), Last: timeOrNil(m.Print.Last, z), Gaps: orEmpty(m.Print.Gaps), Notes: orEmpty(m.Print.Notes)},
	}
	for _, a := range m.Verdict.Actions {
		r.Verdict.Actions = append(r.Verdict.Actions, jsonAction{a.Cause, a.Category, a.Provider, a.Why, orEmpty(a.Advice), a.Links})
	}
	for _, h := range m.Hours {
		r.ByHour = append(r.ByHour, jsonCounts(h.Start.In(z).Format(time.RFC3339), h.Counts))
	}
	for _, d := range m.Trend {
		r.Days = append(r.Days, jsonDay{Day: d.Day.In(z).Format(time.DateOnly), Failed: d.Failed, Ended: d.Ended, BounceRate: known(d.Rate)})
	}
	if m.Cross != nil {
		for _, c := range m.Cross.Rows {
			row := jsonCrossRow{Keys: map[string]string{}, jsonRow: jsonCounts("", c.Counts)}
			for i, d := range m.Cross.Dims {
				if i < len(c.Keys) {
					row.Keys[d] = c.Keys[i]
				}
			}
			r.Cross = append(r.Cross, row)
		}
	}
	return EncodeJSON(w, r, true)
}

func jsonCounts(key string, c store.Counts) jsonRow {
	return jsonRow{Key: key, Messages: c.Messages, Recipients: c.Recipients, Delivered: c.Delivered, Deferrals: c.Deferrals, Bounced: c.Bounced,
		Expired: c.Expired, Rejected: c.Rejected, SessionRejects: c.SessionRejects, Discarded: c.Discarded,
		Hard: c.Hard, Soft: c.Soft, Block: c.Block, Content: c.Content, BounceRate: rate(c)}
}

func jsonRows(es []Entry, attempts bool) []jsonRow {
	out := make([]jsonRow, 0, len(es))
	for _, e := range es {
		r := jsonCounts(e.Key, e.Counts)
		r.Category, r.Meaning, r.Advice, r.Links = e.Category, e.Meaning, e.Advice, e.Links
		r.TopProvider, r.TopCause = e.TopProvider, e.TopCause
		r.Share, r.PriorFailed = known(e.Share), known(e.Prior)
		r.DelayMedian, r.Delay95 = known(e.Median), known(e.Delay95)
		if e.Title != e.Key {
			r.Title = e.Title
		}
		if attempts {
			r.DeferredAttempts = &r.Deferrals
		}
		if len(e.Replies) > 0 {
			r.TopReply = e.Replies[0].Reply.Reply
		}
		out = append(out, r)
	}
	return out
}

func jsonReplies(rs []Reply, z *time.Location) []jsonReply {
	out := make([]jsonReply, 0, len(rs))
	for _, r := range rs {
		out = append(out, jsonReply{Reply: r.Reply.Reply, Count: r.Count, Cause: r.Cause, Category: r.Category, ExampleQueueID: r.ExampleQueueID,
			ExampleHost: r.ExampleHost, Rule: r.Rule, Provider: r.Provider, FirstSeen: timeOrNil(r.First, z)})
	}
	return out
}

func jsonListings(ls []listed, z *time.Location) []jsonListing {
	out := make([]jsonListing, 0, len(ls))
	for _, l := range ls {
		out = append(out, jsonListing{l.Address, l.Host, l.List, l.Provider, l.Relay, l.Cause, l.Category, l.Failed, l.Deferrals,
			l.First.In(z), l.Last.In(z), l.Reply, l.QueueID, l.Advice, l.Links})
	}
	return out
}

func jsonSuppress(list []Suppression, z *time.Location) []Suppression {
	out := make([]Suppression, 0, len(list))
	for _, s := range list {
		s.First, s.Last = s.First.In(z), s.Last.In(z)
		out = append(out, s)
	}
	return out
}

func (q Queue) json(z *time.Location) jsonQueue {
	out := jsonQueue{Recipients: q.Recipients, Oldest: timeOrNil(q.Oldest, z), Ages: []jsonQueueAge{}, Groups: []jsonQueueGroup{}}
	for _, a := range q.Ages {
		out.Ages = append(out.Ages, jsonQueueAge{Age: a.Label, Recipients: a.Recipients})
	}
	for _, g := range q.Groups {
		out.Groups = append(out.Groups, jsonQueueGroup{g.Cause, g.Category, g.Domain, g.Recipients, g.Oldest.In(z), g.Reply})
	}
	return out
}

func (m *Model) jsonCompares() []jsonCompare {
	out := []jsonCompare{}
	add := func(label string, of func(Total) float64) {
		if label == "" {
			return
		}
		c := jsonCompare{Label: label, Totals: map[string]float64{}}
		for _, t := range m.Totals {
			if v := of(t); !math.IsNaN(v) {
				c.Totals[t.Key] = v
			}
		}
		out = append(out, c)
	}
	add(m.Prior, func(t Total) float64 { return t.Prior })
	add(m.Usual, func(t Total) float64 { return t.Usual })
	return out
}

// known is f, or nil where it says nothing.
func known(f float64) *float64 {
	if math.IsNaN(f) || f < 0 {
		return nil
	}
	return &f
}

func timeOrNil(t time.Time, z *time.Location) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.In(z)
	return &t
}

// orEmpty makes JSON's [] of a nil list.
func orEmpty[T any](l []T) []T {
	if l == nil {
		return []T{}
	}
	return l
}
