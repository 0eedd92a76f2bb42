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
