package trace

import (
	"bytes"
	"strings"

	"bouncelog/parser"
)

// recipient finds or adds the recipient that an attempt is for.
func (t *Tracker) recipient(m *Message, r *parser.Record, addr []byte) *Recipient {
	for _, rc := range t.named(m, addr, false) {
		if equalFold(rc.Address, addr) && equalFold(rc.Orig, r.OrigRecipient) {
			return rc
		}
	}
	// Exim names a local user by its address while it is deferred, and by its login when it is delivered: "== alice@x <sales@x>", "=> alice <sales@x>".
	if bytes.IndexByte(addr, '@') < 0 {
		for _, rc := range t.named(m, addr, true) {
			local, _, isAddress := strings.Cut(rc.Address, "@")
			if isAddress && !rc.Final && equalFold(local, addr) && (equalFold(rc.Orig, r.OrigRecipient) || equalFold(rc.Address, r.OrigRecipient)) {
				if rc.Orig == "" {
					rc.Orig = rc.Address
				}
				t.readdress(m, rc, t.text.of(addr))
				return rc
			}
		}
	}
	if len(r.OrigRecipient) == 0 {
		// Some lines name the recipient without saying where it came from ("status=bounced" of the alias, Exim's "==" of a
		// child without its parent).
		for _, rc := range t.named(m, addr, false) {
			if !rc.Final && equalFold(rc.Address, addr) {
				return rc
			}
		}
		return t.addRecipient(m, t.text.of(addr), "")
	}
	// "== sales@x" was deferred before it could be expanded; "=> alice <sales@x>" now tells what it stands for.
	var parent *Recipient
	for _, rc := range t.named(m, r.OrigRecipient, false) {
		if !rc.Final && rc.Orig == "" && equalFold(rc.Address, r.OrigRecipient) {
			parent = rc
		}
	}
	if parent != nil {
		parent.Orig = parent.Address
		t.readdress(m, parent, t.text.of(addr))
		return parent
	}
	orig := ""
	if !bytes.Equal(r.OrigRecipient, addr) {
		orig = t.text.of(r.OrigRecipient)
	}
	return t.addRecipient(m, t.text.of(addr), orig)
}

func (t *Tracker) addRecipient(m *Message, address, orig string) *Recipient {
	if len(m.Recipients) >= maxRecipients {
		return &Recipient{Address: address, Orig: orig} // its events are handed out, and not kept
	}
	if first := m.first; first != nil {
		m.first = nil
		first.recipient = Recipient{Address: address, Orig: orig, Attempts: first.attempts[:0:1]}
		first.list[0] = &first.recipient
		m.Recipients = first.list[:1:1]
		return &first.recipient
	}
	rc := &Recipient{Address: address, Orig: orig}
	m.Recipients = append(m.Recipients, rc)
	return rc
}

// few is the number of recipients up to which looking at each is quicker than an index.
const few = 48

// index finds the recipients of a message that has many. What it finds must be looked at again: it is never
// corrected, only added to.
type index struct {
	count int // recipients that were entered
	by    map[string][]*Recipient

	// What endIfAllEnded found of the recipients that stand first: how many have ended, how many of them count, the time of the last.
	ended, taken int
	last         int64
}

// named gives the recipients among which those with this address, or with this local part, are, in the order in which they were met.
func (t *Tracker) named(m *Message, addr []byte, local bool) []*Recipient {
	if len(m.Recipients) <= few {
		return m.Recipients
	}
	x := t.indexes[m]
	if x == nil {
		if len(t.indexes) >= maxIndexes {
			clear(t.indexes)
		}
		x = &index{by: make(map[string][]*Recipient, 2*len(m.Recipients))}
		t.indexes[m] = x
	}
	for ; x.count < len(m.Recipients); x.count++ {
		x.enter(m.Recipients[x.count])
	}
	t.key = t.key[:0]
	if local {
		t.key = append(t.key, 0)
	}
	for _, c := range addr {
		t.key = append(t.key, lower(c))
	}
	return x.by[string(t.key)]
}

func (x *index) enter(rc *Recipient) {
	address := []byte(rc.Address)
	for i, c := range address {
		address[i] = lower(c)
	}
	x.by[string(address)] = append(x.by[string(address)], rc)
	if local, _, ok := bytes.Cut(address, []byte("@")); ok {
		k := "\x00" + string(local)
		x.by[k] = append(x.by[k], rc)
	}
}

// readdress gives a recipient another address.
func (t *Tracker) readdress(m *Message, rc *Recipient, address string) {
	rc.Address = address
	if x := t.indexes[m]; x != nil {
		x.enter(rc)
	}
}

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c | 0x20
	}
	return c
}

func equalFold(s string, b []byte) bool {
	if len(s) != len(b) {
		return false
	}
	for i := 0; i < len(s); i++ {
		x, y := s[i], b[i]
		if x != y && (x|0x20 != y|0x20 || x|0x20 < 'a' || x|0x20 > 'z') {
			return false
		}
	}
	return true
}
