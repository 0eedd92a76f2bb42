package postfix

import (
	"bytes"

	"bouncelog/parser"
)

// tailFields are what Postfix adds to an action in brackets of their own, always in this order:
//
//	; from=<a@b> to=<c@d> proto=ESMTP helo=<e> sasl_method=PLAIN sasl_username=f sasl_sender=g
//
// postscreen writes commas between them; header checks put ": text" behind them.
type tailFields struct {
	hasFrom, hasTo    bool
	from, to          []byte
	proto, helo, user []byte
	text              []byte
}

func (t *tailFields) into(r *parser.Record) {
	if t.hasFrom {
		r.HasSender, r.Sender = true, t.from
	}
	if len(t.to) > 0 {
		r.Recipients = append(r.Recipients, t.to)
	}
	r.Helo, r.AuthUser = t.helo, t.user
}

// splitTail cuts "text; from=<...> ..." into the text, which it returns, and the fields, which go to r.
//
// Sender, recipient and HELO name are a stranger's words and stand in the fields as well as, some of them, in the text: "<evil; from=<x> to=<victim>>:
// Helo command rejected: ...". Where the text begins with such a value, the fields are those that repeat the very same one,
// and of several the longest, since an imitation can only be a part of the value that holds it; else the first that read well to the line's
// end, since nothing in front of them is a stranger's.
func splitTail(m []byte, r *parser.Record) []byte {
	var best, fallback tailFields
	at, second := -1, -1
	kind := quotedValue(m)
	for i := range m {
		if m[i] != ';' {
			continue
		}
		t, ok := parseTail(m[i+1:], false)
		if !ok {
			continue
		}
		if kind == valueNone {
			best, at = t, i
			break
		}
		value := kind.of(&t)
		switch {
		case !repeats(m[:i], value):
			if second < 0 {
				fallback, second = t, i
			}
		case at < 0 || len(value) > len(kind.of(&best)):
			best, at = t, i
		}
	}
	if at < 0 {
		best, at = fallback, second
	}
	if at < 0 {
		if n := len(m); n > 0 && m[n-1] == ';' { // no fields at all
			m = m[:n-1]
		}
		return m
	}
	best.into(r)
	return m[:at]
}

type valueKind uint8

const (
	valueNone valueKind = iota
	valueHelo
	valueSender
	valueRecipient
)

// of is the field that repeats such a value.
func (k valueKind) of(t *tailFields) []byte {
	switch k {
	case valueHelo:
		return t.helo
	case valueSender:
		return t.from
	}
	return t.to
}

// quotedValue says whose value stands in the brackets in front of the text ("554 5.7.1 <VALUE>: Helo command rejected: ...").
func quotedValue(m []byte) valueKind {
	i := 0
	for i < len(m) && (isDigit(m[i]) || m[i] == '.' || m[i] == ' ' || m[i] == '-') {
		i++
	}
	if i >= len(m) || m[i] != '<' {
		return valueNone
	}
	kind, first := valueNone, len(m)
	for _, w := range [...]struct {
		words string
		kind  valueKind
	}{
		{">: Helo command ", valueHelo}, // "rejected: ...", "triggers HOLD action", or whatever a table says of it
		{">: Sender address ", valueSender},
		{">: Recipient address ", valueRecipient},
		{">: Relay access denied", valueRecipient},
	} {
		if k := index(m, w.words); k >= 0 && k < first {
			kind, first = w.kind, k
		}
	}
	return kind
}

// repeats reports whether the text "CODE <value>: ..." begins with that value.
func repeats(text, value []byte) bool {
	open := bytes.IndexByte(text, '<')
	if open < 0 || value == nil {
		return false
	}
	text = text[open+1:]
	if bytes.HasPrefix(text, value) && hasPrefix(text[len(value):], ">: ") {
		return true
	}
	return sameUnquoted(text, value) // the fields quote a local part ("a b"@c) that the text writes plainly
}

// sameUnquoted compares value, its local part's quoting taken off, with the beginning of b.
func sameUnquoted(b, value []byte) bool {
	q := parser.QuotedLen(value)
	if q == 0 {
		return false
	}
	k := 0
	for i := 1; i < q-1; i++ {
		if value[i] == '\\' && i+1 < q-1 {
			i++
		}
		if k >= len(b) || b[k] != value[i] {
			return false
		}
		k++
	}
	rest := value[q:]
	return bytes.HasPrefix(b[k:], rest) && hasPrefix(b[k+len(rest):], ">: ")
}

// parseTail reads the fields behind the ";" to the end of the line. It fails if anything else stands there; texted
// allows for a header check's ": text".
func parseTail(m []byte, texted bool) (t tailFields, ok bool) {
	if len(m) == 0 {
		return t, false
	}
	if rest, has := field(m, " from=<"); has {
		addr, n := address(rest, "", " to=<", ", to=<", " proto=", ", proto=", " helo=<", ": ")
		if n < 0 || index(addr, ">; from=<") >= 0 { // the text in front imitates a field
			return t, false
		}
		t.hasFrom, t.from, m = true, addr, rest[n:]
	}
	if rest, has := field(m, " to=<"); has {
		addr, n := address(rest, "", " proto=", ", proto=", " helo=<", ": ")
		if n < 0 {
			return t, false
		}
		t.hasTo, t.to, m = true, addr, rest[n:]
	}
	if rest, has := field(m, " proto="); has {
		n := 0
		for n < len(rest) && (alnum(rest[n]) || rest[n] == '-') {
			n++
		}
		if n == 0 {
			return t, false
		}
		t.proto, m = rest[:n], rest[n:]
	}
	if rest, has := field(m, " helo=<"); has {
		n := heloEnd(rest, texted)
		if n < 0 { // the line is cut
			t.helo = rest
			return t, true
		}
		t.helo, m = rest[:n], rest[n+1:]
	} else if rest, has := field(m, " helo="); has && !texted { // anonymised logs lack the brackets
		t.helo, m = rest, nil
	}
	if rest, has := field(m, " sasl_method="); has {
		n := 0
		for n < len(rest) && rest[n] != ' ' {
			n++
		}
		m = rest[n:]
	}
	if rest, has := field(m, " sasl_username="); has {
		n := len(rest)
		if k := lastIndex(rest, " sasl_sender="); k >= 0 {
			n = k
		}
		t.user, m = rest[:n], nil
	}
	if rest, has := field(m, " sasl_sender="); has && bytes.IndexByte(rest, ' ') < 0 {
		m = nil
	}
	if texted && hasPrefix(m, ": ") {
		t.text, m = m[2:], nil
	}
	ok = len(m) == 0 && (t.hasFrom || t.hasTo || t.proto != nil || t.helo != nil)
	return t, ok
}

// field takes a field's name off, with postscreen's comma in front or without.
func field(m []byte, name string) ([]byte, bool) {
	if len(m) > 0 && m[0] == ',' {
		m = m[1:]
	}
	if !hasPrefix(m, name) {
		return nil, false
	}
	return m[len(name):], true
}

// heloEnd finds the ">" that ends a HELO name, which holds anything that a client cares to send: where fields end the line
// the last one, else the first that stands in front of a text.
func heloEnd(m []byte, texted bool) int {
	if texted {
		if i := index(m, ">: "); i >= 0 {
			return i
		}
	}
	if n := len(m); n > 0 && m[n-1] == '>' {
		return n - 1
	}
	for _, s := range [...]string{"> sasl_method=", "> sasl_username="} {
		if i := lastIndex(m, s); i >= 0 {
			return i
		}
	}
	return -1
}
