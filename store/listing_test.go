package store

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"bouncelog/classify"
	"bouncelog/parser"
	"bouncelog/trace"
)

func TestNamedAddress(t *testing.T) {
	f := func(reply, want string) {
		t.Helper()
		if got := namedAddress(reply, "198.51.100.7"); got != want {
			t.Errorf("namedAddress(%q) = %q, want %q", reply, got, want)
		}
	}
	f("554 5.7.1 Service unavailable; Client host [203.0.113.25] blocked using zen.spamhaus.org; https://www.spamhaus.org/query/ip/203.0.113.25", "203.0.113.25")
	f("553 5.3.0 DNSBL:RBL 521< 203.0.113.25 >_is_blocked", "203.0.113.25")
	f("554 IP=203.0.113.25 - None/bad reputation.", "203.0.113.25")
	f("421 see http://mail.163.com/help.htm?ip=203.0.113.25&hostid=mx11", "203.0.113.25")
	f("421 [TSS04] Messages from 203.0.113.25 temporarily deferred - 4.16.55.1; see", "203.0.113.25")
	f("550 [IPv6:2001:db8::25] is listed", "2001:db8::25")
	f("550 2001:DB8::25 is listed", "2001:db8::25")
	f("550 ::ffff:203.0.113.25: listed", "203.0.113.25")
	f("554 198.51.100.7: 203.0.113.25. is listed", "203.0.113.25")
	f("554 listed (127.0.0.2), 203.0.113.25.", "203.0.113.25")
	f("554 25.113.0.203.bl.example lists you", "")
	f("554 25.113.0.203.zen.example lists you", "")
	f("554 5.7.1 : (DYN:T1) https://postmaster.aol.com/error-codes#554dynt1", "")
	f("554 at 12:30:05 999.1.2.3 1.2.3", "")
	f("", "")
}

func TestListings(t *testing.T) {
	var l Listings
	add := func(at int64, outcome parser.Outcome, final bool, reply string, v *classify.Verdict) {
		m := &trace.Message{Key: trace.Key{Host: "mx1", QueueID: "Q" + string(rune('0'+at))}, Sender: "news@Shop.example"}
		a := &trace.Attempt{Time: at * int64(time.Second), Outcome: outcome, Final: final, Reply: reply, RelayHost: "MX.there.example", RelayIP: "198.51.100.7", Verdict: v}
		l.Add(m, a, final)
	}
	zen := &classify.Verdict{Category: "block", Cause: "ip-blocklisted", Rule: "text-zen", Blocklist: "Spamhaus ZEN"}
	add(2, parser.OutcomeBounced, true, "554 [203.0.113.25] blocked using zen.spamhaus.org", zen)
	add(4, parser.OutcomeDeferred, false, "454 [203.0.113.25] blocked using zen.spamhaus.org", zen)
	add(1, parser.OutcomeExpired, true, "454 [203.0.113.25] blocked using zen.spamhaus.org", zen)
	add(3, parser.OutcomeDeferred, false, "454 [203.0.113.26] blocked using zen.spamhaus.org", zen)
	add(5, parser.OutcomeBounced, true, "554 5.7.1 (DYN:T1)", &classify.Verdict{Category: "block", Cause: "ip-blocklisted", Rule: "yahoo-dyn", Provider: "yahoo"})
	add(6, parser.OutcomeBounced, true, "554 your domain is on dbl.spamhaus.org", &classify.Verdict{Category: "block", Cause: "domain-reputation", Blocklist: "Spamhaus DBL"})
	add(7, parser.OutcomeBounced, true, "550 1.2.3.4 no such user", &classify.Verdict{Category: "hard", Cause: "unknown-user"}) // no list
	add(8, parser.OutcomeRejected, true, "554 [192.0.2.9] blocked using zen.spamhaus.org", zen)                                 // our own refusal
	add(9, parser.OutcomeDelivered, true, "250 ok", nil)

	at := func(s int64) time.Time { return time.Unix(s, 0) }
	want := []Listing{
		{Address: "203.0.113.25", Host: "mx1", List: "Spamhaus ZEN", Relay: "mx.there.example", Failed: 2, Deferrals: 1, First: at(1), Last: at(4),
			Category: "block", Cause: "ip-blocklisted", Rule: "text-zen", Reply: "454 [203.0.113.25] blocked using zen.spamhaus.org", QueueID: "Q4"},
		{Address: "", Host: "mx1", Provider: "yahoo", Relay: "mx.there.example", Failed: 1, First: at(5), Last: at(5), Category: "block", Cause: "ip-blocklisted",
			Rule: "yahoo-dyn", Reply: "554 5.7.1 (DYN:T1)", QueueID: "Q5"},
		{Address: "shop.example", Host: "mx1", List: "Spamhaus DBL", Relay: "mx.there.example", Failed: 1, First: at(6), Last: at(6), Category: "block",
			Cause: "domain-reputation", Reply: "554 your domain is on dbl.spamhaus.org", QueueID: "Q6"},
		{Address: "203.0.113.26", Host: "mx1", List: "Spamhaus ZEN", Relay: "mx.there.example", Deferrals: 1, First: at(3), Last: at(3), Category: "block",
			Cause: "ip-blocklisted", Rule: "text-zen", Reply: "454 [203.0.113.26] blocked using zen.spamhaus.org", QueueID: "Q3"},
	}
	if diff := cmp.Diff(want, l.List()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
