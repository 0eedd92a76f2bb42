package store

import (
	"slices"
	"testing"
	"time"

	"bouncelog/parser"
	"bouncelog/trace"
)

// TestNamesFold counts names under one key whatever their case. An address stands as the log has it, and a host that is called like it is another key.
func TestNamesFold(t *testing.T) {
	a := NewAggregates(AggregateOptions{Zone: time.UTC, KeepAll: true})
	for i, d := range []struct{ address, host, ip string }{
		{"a@one.example", "mx.one.example", ""},
		{"b@ONE.example", "MX.one.example", ""},
		{"c@two.example", "", "2001:DB8::1"},
		{"d@Two.Example", "2001:DB8::1", ""},
		{"e@TWO.EXAMPLE", "2001:db8::1", ""},
	} {
		a.Finish(&trace.Message{ID: int64(i + 1), Recipients: []*trace.Recipient{{Address: d.address, Outcome: parser.OutcomeDelivered, Final: true,
			Attempts: []trace.Attempt{{Outcome: parser.OutcomeDelivered, Final: true, RelayHost: d.host, RelayIP: d.ip}}}}})
	}
	f := a.Figures(time.Time{}, time.Time{}, 0)
	for d, want := range map[Dim][]string{
		DimDomain: {"two.example 3", "one.example 2"},
		DimRelay:  {"2001:db8::1 2", "mx.one.example 2", "2001:DB8::1 1"},
	} {
		var got []string
		for _, r := range f.By[d] {
			got = append(got, r.Key+" "+string(rune('0'+r.Delivered)))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", d, got, want)
		}
	}
}
