package report

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"bouncelog/store"
)

// entryReplies is how many replies an entry opens to.
const entryReplies = 5

// buildEntries joins one dimension's rows with the prior window's, with the replies behind them, and with the advice.
func buildEntries(d store.Dim, f *store.Figures, prior *Baseline, replies []Reply, adv Adviser) []Entry {
	rows := f.By[d]
	if len(rows) == 0 {
		return nil
	}
	before := map[string]int64{}
	if prior != nil {
		for _, f := range prior.Figures {
			for _, r := range f.By[d] {
				before[r.Key] += weight(d, r.Counts)
			}
		}
	}
	all, deferrals := weight(d, f.Left[d].Counts), f.Left[d].Deferrals
	for _, r := range rows {
		all += weight(d, r.Counts)
		deferrals += r.Deferrals
	}
	behind := repliesBehind(d, replies)
	out := make([]Entry, 0, len(rows))
	for _, r := range rows {
		e := Entry{Key: r.Key, Title: r.Key, Counts: r.Counts, Median: r.DelayMedian, Delay95: r.Delay95, Prior: math.NaN()}
		switch {
		case all > 0:
			e.Share = float64(weight(d, r.Counts)) / float64(all)
		case deferrals > 0:
			e.Share = float64(r.Deferrals) / float64(deferrals)
		}
		if prior != nil && len(prior.Figures) > 0 {
			e.Prior = float64(before[r.Key]) / float64(len(prior.Figures))
		}
		rs := behind[r.Key]
		e.Replies = rs[:min(len(rs), entryReplies)]
		e.Category = mostCategory(r.Counts)
		switch d {
		case store.DimCategory:
			e.Category, e.Meaning = r.Key, categoryMeaning[r.Key]
			e.TopCause = topOf(rs, func(r Reply) string { return r.Cause })
		case store.DimRejected: // our own server's words: no remote one's stand behind them, and the advice is for who sends
			e.Meaning, e.Category = inSentence(adv.Meaning(r.Key)), cmp.Or(adv.Category(r.Key), e.Category)
		case store.DimCause:
			e.Meaning = inSentence(adv.Meaning(r.Key))
			e.Category = cmp.Or(adv.Category(r.Key), e.Category, categoryOf(rs))
			provider := topOf(rs, func(r Reply) string { return r.Provider })
			e.TopProvider = shortTitle(titleOf(adv, provider))
			e.Advice, e.Links = adviceFor(adv, r.Key, rs, provider)
		case store.DimProvider:
			e.Title = titleOf(adv, r.Key)
			e.TopCause = topOf(rs, func(r Reply) string { return r.Cause })
			if e.TopCause != "" {
				e.Advice, e.Links = adviceFor(adv, e.TopCause, rs, r.Key)
			}
		}
		out = append(out, e)
	}
	return out
}

// addBehind asks for the replies behind the first keys that have none yet.
func addBehind(d store.Dim, es []Entry, top int, behind func(store.Dim, string) []store.Reply, adv Adviser) {
	if behind == nil {
		return
	}
	for i := range es[:min(len(es), top)] {
		e := &es[i]
		if len(e.Replies) > 0 || e.Failed()+e.Deferrals == 0 {
			continue
		}
		rs := behind(d, e.Key)
		for _, r := range rs[:min(len(rs), entryReplies)] {
			e.Replies = append(e.Replies, Reply{Reply: r, Meaning: inSentence(adv.Meaning(r.Cause)), ProviderTitle: shortTitle(titleOf(adv, r.Provider))})
		}
		if len(rs) > 0 {
			e.TopCause = rs[0].Cause
			e.Advice, e.Links = adv.Advice(rs[0].Cause, rs[0].Rule, rs[0].Provider), adv.Links(rs[0].Cause, rs[0].Rule, rs[0].Provider)
		}
	}
}

// weight is what an entry of a dimension is counted by: failures, or refusals where it lists those.
func weight(d store.Dim, c store.Counts) int64 {
	if d == store.DimRejected {
		return c.Rejected + c.SessionRejects
	}
	return failed(c)
}

// adviceFor takes the advice of the rule behind most of a cause's replies, if one stands out.
func adviceFor(adv Adviser, cause string, rs []Reply, provider string) (advice, links []string) {
	rule := ""
	for _, r := range rs {
		if r.Cause == cause && (provider == "" || r.Provider == provider) {
			rule = r.Rule
			break
		}
	}
	return adv.Advice(cause, rule, provider), adv.Links(cause, rule, provider)
}

// repliesBehind groups replies by the key of dimension d that they belong to, most frequent first.
func repliesBehind(d store.Dim, rs []Reply) map[string][]Reply {
	key := func(Reply) string { return "" }
	switch d {
	case store.DimCategory:
		key = func(r Reply) string { return r.Category }
	case store.DimCause:
		key = func(r Reply) string { return r.Cause }
	case store.DimProvider:
		key = func(r Reply) string { return r.Provider }
	case store.DimEnhanced:
		key = func(r Reply) string { return enhancedCode(r.Reply.Reply) }
	}
	out := map[string][]Reply{}
	for _, r := range rs {
		if k := key(r); k != "" {
			out[k] = append(out[k], r)
		}
	}
	for _, l := range out {
		slices.SortStableFunc(l, func(a, b Reply) int { return cmp.Compare(b.Count, a.Count) })
	}
	return out
}

// enhancedCode is the enhanced code with which a reply begins, behind its reply code (RFC 2034 section 4); "" none.
func enhancedCode(reply string) string {
	if len(reply) < 5 || strings.Trim(reply[:3], "0123456789") != "" || reply[3] != ' ' && reply[3] != '-' {
		return ""
	}
	code, _, _ := strings.Cut(reply[4:], " ")
	part := strings.Split(code, ".")
	if len(part) != 3 || len(part[0]) != 1 {
		return ""
	}
	for _, p := range part {
		if p == "" || len(p) > 3 || strings.Trim(p, "0123456789") != "" {
			return ""
		}
	}
	return code
}

// topOf is the key that most of the replies' counts belong to.
func topOf(rs []Reply, key func(Reply) string) string {
	sums := map[string]int64{}
	best := ""
	for _, r := range rs {
		k := key(r)
		if k == "" {
			continue
		}
		sums[k] += r.Count
		if best == "" || sums[k] > sums[best] || sums[k] == sums[best] && k < best {
			best = k
		}
	}
	return best
}

func categoryOf(rs []Reply) string { return topOf(rs, func(r Reply) string { return r.Category }) }

// categories in the order in which every rendering shows them.
var categories = [...]string{"hard", "soft", "block", "content"}

// categoryMeaning says what each category is, in the words of causes.tsv.
var categoryMeaning = map[string]string{
	"hard":    "the address or its domain cannot receive mail",
	"soft":    "a passing or repairable condition",
	"block":   "refused because of who is sending",
	"content": "refused because of this message",
}

// ofCategory is a category's share of c.
func ofCategory(c store.Counts, category string) int64 {
	switch category {
	case "hard":
		return c.Hard
	case "soft":
		return c.Soft
	case "block":
		return c.Block
	case "content":
		return c.Content
	}
	return 0
}

// mostCategory is the category of most failures, "" where there are none.
func mostCategory(c store.Counts) string {
	best, most := "", int64(0)
	for _, k := range categories {
		if n := ofCategory(c, k); n > most {
			best, most = k, n
		}
	}
	return best
}

// addSparks gives each provider its bounce rate by day.
func addSparks(es []Entry, days []DayFigures) {
	if len(days) < 2 {
		return
	}
	at := make(map[string]int, len(es))
	for i := range es {
		at[es[i].Key] = i
		es[i].Spark = make([]float64, len(days))
		for d := range days {
			es[i].Spark[d] = math.NaN()
		}
	}
	for d, day := range days {
		if day.Figures == nil {
			continue
		}
		for _, r := range day.Figures.By[store.DimProvider] {
			if i, ok := at[r.Key]; ok && ended(r.Counts) > 0 {
				es[i].Spark[d] = rate(r.Counts)
			}
		}
	}
}
