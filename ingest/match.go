package ingest

import (
	"strings"

	"bouncelog/trace"
)

// Matches reports whether a message is about key: its queue id, message-id (with or without brackets), a recipient, the sender, a domain of
// either (<> is the null sender), the client's IP address or name, or the authenticated user equal it, or its subject holds it; regardless of case. In a key with
// "*" each star stands for any text.
func Matches(m *trace.Message, key string) bool {
	if key == "<>" {
		return m.SenderKnown && m.Sender == ""
	}
	key = strings.ToLower(strings.Trim(key, "<>"))
	is := func(s string) bool { return s != "" && wild(strings.ToLower(s), key) }
	if is(m.QueueID) || is(m.MessageID) || is(m.ClientIP) || is(m.ClientHost) || is(m.AuthUser) || address(m.Sender, is) {
		return true
	}
	if m.Subject != "" && wild(strings.ToLower(m.Subject), "*"+key+"*") {
		return true
	}
	for _, r := range m.Recipients {
		if address(r.Address, is) || address(r.Orig, is) {
			return true
		}
	}
	return false
}

// address applies is to an address and to its domain.
func address(a string, is func(string) bool) bool {
	return is(a) || is(a[strings.LastIndexByte(a, '@')+1:])
}

// wild reports whether s matches a pattern in which "*" stands for any text.
func wild(s, pattern string) bool {
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return s == pattern
	}
	if !strings.HasPrefix(s, parts[0]) {
		return false
	}
	s = s[len(parts[0]):]
	last := len(parts) - 1
	for _, p := range parts[1:last] {
		i := strings.Index(s, p)
		if i < 0 {
			return false
		}
		s = s[i+len(p):]
	}
	return strings.HasSuffix(s, parts[last])
}
