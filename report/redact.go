package report

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"slices"
	"strings"
	"unicode/utf8"
)

// Redactor replaces the local parts of addresses by pseudonyms: stable (the same local part with the same key always gives the same),
// and not to be undone without the key. Domains stay: they are what a report is about.
type Redactor struct {
	key   []byte
	words map[string]string // names known to be local parts, lower case, with their pseudonyms
}

// NewRedactor takes the key that the store keeps. It may be shared only where Add is not called any more.
func NewRedactor(key []byte) *Redactor {
	return &Redactor{key: slices.Clone(key), words: map[string]string{}}
}

// pseudonymPrefix marks what is a pseudonym, so that redacting twice changes nothing.
const pseudonymPrefix = "user-"

// minWord is the shortest name that is looked for in text where no @ stands beside it: shorter ones are words of every language.
const minWord = 3

var pseudonymAlphabet = base32.NewEncoding("abcdefghijkmnpqrstuvwxyz23456789").WithPadding(base32.NoPadding)

// pseudonymLen is 8 characters of base 32: 40 bits, enough to tell a million mailboxes apart most of the time.
const pseudonymLen = 8

// Local is the pseudonym of a local part. Case does not matter: servers differ in what they keep of it.
func (r *Redactor) Local(local string) string {
	if local == "" || isPseudonym(local) {
		return local
	}
	h := hmac.New(sha256.New, r.key)
	h.Write([]byte(strings.ToLower(strings.Trim(local, `"`))))
	return pseudonymPrefix + pseudonymAlphabet.EncodeToString(h.Sum(nil))[:pseudonymLen]
}

func isPseudonym(s string) bool {
	s, ok := strings.CutPrefix(s, pseudonymPrefix)
	return ok && len(s) == pseudonymLen && strings.Trim(s, "abcdefghijkmnpqrstuvwxyz23456789") == ""
}

// Address is an address, or a name without a domain, with its local part replaced. The null sender "" and "<>" stay.
func (r *Redactor) Address(a string) string {
	if a == "" || a == "<>" {
		return a
	}
	if i := strings.LastIndexByte(a, '@'); i >= 0 {
		return r.Local(a[:i]) + a[i:]
	}
	return r.Local(a)
}

// Add makes the local part of an address known, so that Text finds it where no @ stands beside it
// ("<alice>... User unknown", "user=alice").
func (r *Redactor) Add(addresses ...string) {
	for _, a := range addresses {
		local := a
		if i := strings.LastIndexByte(a, '@'); i >= 0 {
			local = a[:i]
		}
		local = strings.ToLower(strings.Trim(local, `"`))
		if utf8.RuneCountInString(local) >= minWord && !isPseudonym(local) {
			r.words[local] = r.Local(local)
		}
	}
}

// Text is any text, such as a reply or a log line, with the local part of everything that looks like an address replaced, and every name
// made known by Add.
func (r *Redactor) Text(s string) string {
	return r.replaceWords(r.replaceAddresses(s))
}

// isLocalByte reports the bytes of a local part as they occur in logs: RFC 5321's atom, the dot, and UTF-8 (RFC 6531). The percent sign
// and "=" are atoms too, and are how a URL, a VERP sender or xtext writes "@" within: they stay part of it.
func isLocalByte(c byte) bool {
	return c >= 0x80 || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte(".!#$%&'*+-/=?^_`{|}~\\", c) >= 0
}

// atSigns are how an @ is written: plain, in URLs (RFC 3986), in xtext (RFC 3461) and in quoted-printable.
var atSigns = [...]string{"@", "%40", "+40", "=40", "&#64;"}

func (r *Redactor) replaceAddresses(s string) string {
	var b strings.Builder
	from := 0
	for i := 0; i < len(s); {
		n := 0
		for _, at := range atSigns {
			if strings.HasPrefix(s[i:], at) && i+len(at) < len(s) && isDomainByte(s[i+len(at)]) {
				n = len(at)
				break
			}
		}
		if n == 0 {
			i++
			continue
		}
		start := r.localStart(s, from, i)
		if start < i {
			local := s[start:i]
			b.WriteString(s[from:start])
			b.WriteString(r.Local(local))
			from = i
		}
		i += n
	}
	b.WriteString(s[from:])
	return b.String()
}

func isDomainByte(c byte) bool {
	return c >= 0x80 || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '['
}

// localStart is where the local part that ends before s[at] begins, not before from.
func (r *Redactor) localStart(s string, from, at int) int {
	if at > from && s[at-1] == '"' { // "quoted local part"@example.com
		for i := at - 2; i >= from; i-- {
			if s[i] == '"' && (i == from || s[i-1] != '\\') {
				return i
			}
		}
	}
	i := at
	for i > from && isLocalByte(s[i-1]) {
		i--
	}
	// Log lines write name=value and URLs write ?name=value, where the name is no part of the address.
	if eq := strings.LastIndexAny(s[i:at], "=?&/"); eq >= 0 && isFieldName(s[i:i+eq]) {
		i += eq + 1
	}
	return i
}

// isFieldName reports whether s, which stands before a "=", looks like "to", "user", "https://x/?rcpt": plain words and no VERP.
func isFieldName(s string) bool {
	for _, n := range [...]string{"to", "from", "user", "username", "rcpt", "recipient", "sender", "email", "mail", "mailto", "addr", "address", "orig_to", "sasl_username", "ctladdr", "arg1", "id", "e", "u", "r", "a", "authid", "f", "t"} {
		if len(s) >= len(n) && strings.EqualFold(s[len(s)-len(n):], n) && (len(s) == len(n) || strings.IndexByte("?&/:;,", s[len(s)-len(n)-1]) >= 0) {
			return true
		}
	}
	return false
}

// replaceWords replaces the known names where they stand alone.
func (r *Redactor) replaceWords(s string) string {
	if len(r.words) == 0 {
		return s
	}
	lower := strings.ToLower(s)
	if len(lower) != len(s) { // some letters change their length with their case; then only exact ones are found
		lower = s
	}
	type hit struct {
		at, n int
		by    string
	}
	var hits []hit
	for w, by := range r.words {
		for i := 0; ; {
			n := strings.Index(lower[i:], w)
			if n < 0 {
				break
			}
			at := i + n
			if alone(s, at, at+len(w)) {
				hits = append(hits, hit{at, len(w), by})
			}
			i = at + 1
		}
	}
	// The longest at a place wins: "anna.b" before "anna".
	slices.SortFunc(hits, func(a, b hit) int {
		if a.at != b.at {
			return a.at - b.at
		}
		return b.n - a.n
	})
	var b strings.Builder
	from := 0
	for _, h := range hits {
		if h.at < from {
			continue
		}
		b.WriteString(s[from:h.at])
		b.WriteString(h.by)
		from = h.at + h.n
	}
	b.WriteString(s[from:])
	return b.String()
}

// alone reports whether s[from:to] is a word of its own: no letter or digit on either side, and not part of a domain or host name.
func alone(s string, from, to int) bool {
	wordByte := func(c byte) bool {
		return c >= 0x80 || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-'
	}
	if from > 0 && (wordByte(s[from-1]) || s[from-1] == '@') {
		return false
	}
	if from > 1 && s[from-1] == '.' && wordByte(s[from-2]) {
		return false
	}
	if to < len(s) && wordByte(s[to]) {
		return false
	}
	return !(to+1 < len(s) && s[to] == '.' && wordByte(s[to+1]))
}
