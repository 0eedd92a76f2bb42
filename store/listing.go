package store

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"
	"time"

	"bouncelog/classify"
	"bouncelog/parser"
	"bouncelog/trace"
)

// Listing is one of our addresses, or sender domains, that a DNS blocklist or a provider's own list held against our mail.
type Listing struct {
	Address  string // ours, as the replies name it; "" where none does
	Host     string // our host whose mail it was last
	List     string // the blocklist's name; "" where it is the remote server's own
	Provider string // whose own list it is, or who used it last
	Relay    string // who said so last

	Failed, Deferrals     int64     // recipients that bounced or expired, and attempts that were put off
	First, Last           time.Time // of them
	Category, Cause, Rule string    // of the last one
	Reply, QueueID        string    // likewise
}

// Listings finds listings among attempts. Its zero value is ready to use; memory is bounded.
type Listings struct {
	found map[listingKey]*Listing
}

type listingKey struct{ address, list, whose string }

// maxListings bounds the listings kept: whoever answers can name any address.
const maxListings = 10_000

// Add notes an attempt, if it failed because of a list; ended says that it ended its recipient.
func (l *Listings) Add(m *trace.Message, a *trace.Attempt, ended bool) {
	v := verdictOf(a)
	failed := ended && (a.Outcome == parser.OutcomeBounced || a.Outcome == parser.OutcomeExpired)
	if v == nil || !failed && a.Outcome != parser.OutcomeDeferred {
		return
	}
	if !listed(v) {
		return
	}
	k := listingKey{address: listedAddress(m, a, v.Cause), list: v.Blocklist}
	relay := cmp.Or(lower(a.RelayHost), a.RelayIP)
	if k.list == "" {
		k.whose = cmp.Or(v.Provider, relay)
	}
	f := l.found[k]
	at := time.Unix(0, a.Time)
	if f == nil {
		if len(l.found) >= maxListings {
			return
		}
		if l.found == nil {
			l.found = map[listingKey]*Listing{}
		}
		f = &Listing{Address: k.address, List: k.list, First: at}
		l.found[k] = f
	}
	if failed {
		f.Failed++
	} else {
		f.Deferrals++
	}
	if at.Before(f.First) {
		f.First = at
	}
	// Of attempts at one moment always the same, in whatever order they come.
	if cmp.Or(at.Compare(f.Last), cmp.Compare(m.QueueID, f.QueueID), cmp.Compare(a.Reply, f.Reply)) >= 0 {
		f.Last, f.Host, f.Provider, f.Relay, f.Reply, f.QueueID = at, m.Host, v.Provider, relay, a.Reply, m.QueueID
		f.Category, f.Cause, f.Rule = string(v.Category), v.Cause, v.Rule
	}
}

// listed reports whether a list is why an attempt failed.
func listed(v *classify.Verdict) bool {
	return v != nil && (v.Blocklist != "" || ListedCause(v.Cause))
}

// ListedCause reports whether a cause means that our address is on a list, even where no blocklist is named.
func ListedCause(cause string) bool { return cause == "ip-blocklisted" || cause == "ip-reputation" }

// List is what was found, the most failures first.
func (l *Listings) List() []Listing {
	list := make([]Listing, 0, len(l.found))
	for _, f := range l.found {
		list = append(list, *f)
	}
	slices.SortFunc(list, func(a, b Listing) int {
		return cmp.Or(cmp.Compare(b.Failed, a.Failed), cmp.Compare(b.Deferrals, a.Deferrals), cmp.Compare(a.Address, b.Address),
			cmp.Compare(a.List, b.List), cmp.Compare(a.Provider, b.Provider), cmp.Compare(a.Relay, b.Relay))
	})
	return list
}

// Listings finds which of our addresses blocklists held against the mail of [since, until). It goes once through its messages.
func (s *Store) Listings(f Filter, since, until time.Time) ([]Listing, error) {
	var found Listings
	c := newClock(s.zone)
	from, to := c.window(since, until)
	match := f.matcher()
	err := s.read(func(r *session) error {
		low, high := hours(c, since, until)
		d := decoder{s: r, wants: func(a *trace.Attempt) bool { return listed(verdictOf(a)) }}
		return r.scanBy(&d, low, high, markListed, func(m *trace.Message) error {
			if !m.Mail() || !match.narrow(m) {
				return nil
			}
			for _, rc := range m.Recipients {
				if rc.Outcome == parser.OutcomeRejected {
					continue
				}
				end := endOf(rc)
				for i := range rc.Attempts {
					if h := c.hour(rc.Attempts[i].Time); h >= from && h < to {
						found.Add(m, &rc.Attempts[i], i == end)
					}
				}
			}
			return nil
		})
	})
	return found.List(), err
}

// listedAddress is what of ours is on the list: the address that the reply names, the sender's domain where domains are judged, "" for
// a link in the mail and where nothing is said.
func listedAddress(m *trace.Message, a *trace.Attempt, cause string) string {
	switch cause {
	case "url-blocklisted":
		return ""
	case "domain-reputation", "sender-rejected":
		return domainOf(m.Sender)
	}
	return namedAddress(a.Reply, a.RelayIP)
}

// namedAddress is the first IP address in a reply that can be ours: not that of who replies, nor what a DNS blocklist answers
// (127.0.0.2), nor one in a name such as 25.113.0.203.bl.example, where it stands backwards.
func namedAddress(reply, relay string) string {
	for rest := reply; ; {
		start := strings.IndexFunc(rest, addressRune)
		if start < 0 {
			return ""
		}
		before := rest[:start]
		rest = rest[start:]
		end := strings.IndexFunc(rest, func(r rune) bool { return !addressRune(r) })
		if end < 0 {
			end = len(rest)
		}
		word := rest[:end]
		rest = rest[end:]
		if strings.HasSuffix(word, ".") && rest != "" && (rest[0] >= 'a' && rest[0] <= 'z' || rest[0] >= 'A' && rest[0] <= 'Z') {
			continue
		}
		if len(before) >= 3 && strings.EqualFold(before[len(before)-3:], "IPv") { // "IPv6:2001:db8::1"
			word = strings.TrimPrefix(word, "6:")
		}
		ip, err := netip.ParseAddr(strings.TrimRight(word, ".:"))
		if err != nil || ip.IsLoopback() || ip.IsUnspecified() || ip.IsMulticast() {
			continue
		}
		if s := ip.Unmap().String(); s != relay {
			return s
		}
	}
}

// addressRune reports whether r may stand in an IP address.
func addressRune(r rune) bool {
	return r >= '0' && r <= '9' || r >= 'a' && r <= 'f' || r >= 'A' && r <= 'F' || r == '.' || r == ':'
}
