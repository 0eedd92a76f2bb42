package main

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"bouncelog/parser"
	"bouncelog/report"
	"bouncelog/store"
	"bouncelog/trace"
)

// withheld stands for a subject: no rule tells what of it is private.
const withheld = "(withheld)"

// redactor replaces what is private in events and records; nil changes nothing.
type redactor struct{ key []byte }

// redactor is that of a command without a database, nil without --redact. Its key is the user's own.
func (g *globals) redactor() (*redactor, error) {
	if _, err := g.readSettings(); err != nil || !g.redact {
		return nil, err
	}
	key, err := userKey(true)
	return &redactor{key}, err
}

// storeKey is the key of a database; where it has none yet and may not be written, the user's own.
func storeKey(st *store.Store) ([]byte, error) {
	if st == nil {
		return userKey(true)
	}
	offer, err := userKey(false)
	if err != nil {
		return nil, err
	}
	key, err := st.Secret(offer)
	if errors.Is(err, store.ErrNoSecret) {
		return userKey(true)
	}
	return key, err
}

// redactorOf is the redactor of a report or story from a database (nil: from files).
func (g *globals) redactorOf(st *store.Store) (*report.Redactor, error) {
	key, err := storeKey(st)
	if err != nil {
		return nil, err
	}
	return report.NewRedactor(key), nil
}

// userKey reads the user's own key, and makes it if asked to; nil: there is none.
func userKey(create bool) ([]byte, error) {
	dir, err := stateDir()
	if err != nil {
		return nil, err
	}
	path := filepath.Join(dir, "redact.key")
	text, err := os.ReadFile(path)
	switch {
	case err == nil:
		key, err := hex.DecodeString(strings.TrimSpace(string(text)))
		if err != nil || len(key) < 16 {
			return nil, fmt.Errorf("read the key of pseudonyms %s: it holds no key; remove it to get a new one", path)
		}
		return key, nil
	case !create:
		return nil, nil
	case !errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("read the key of pseudonyms: %w", err)
	}
	key := make([]byte, 32)
	rand.Read(key) // never fails, as crypto/rand documents
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make a place for the key of pseudonyms: %w", err)
	}
	if err := os.WriteFile(path, []byte(hex.EncodeToString(key)+"\n"), 0o600); err != nil {
		return nil, fmt.Errorf("keep the key of pseudonyms: %w", err)
	}
	return key, nil
}

// event is a copy of an event with pseudonyms. What it points to is new, so the tracker's message keeps its addresses.
func (r *redactor) event(e *trace.Event) *trace.Event {
	if r == nil {
		return e
	}
	rd := report.NewRedactor(r.key) // a new one each time: names known from one message say nothing of another
	m, a := *e.Message, *e.Attempt
	rd.Add(m.Sender, m.AuthUser)
	out := &trace.Event{Message: &m, Attempt: &a}
	if e.Recipient != nil {
		rc := *e.Recipient
		rd.Add(rc.Address, rc.Orig)
		rc.Address, rc.Orig = rd.Address(rc.Address), rd.Address(rc.Orig)
		out.Recipient = &rc
	}
	m.Sender, m.AuthUser, m.MessageID = rd.Address(m.Sender), rd.Address(m.AuthUser), rd.Text(m.MessageID)
	if m.Subject != "" {
		m.Subject = withheld
	}
	a.Reply = rd.Text(a.Reply)
	return out
}

// record puts pseudonyms into a record before anything is made of it, so that nothing else is stored.
func (r *redactor) record(rec *parser.Record) {
	rd := report.NewRedactor(r.key)
	rd.Add(string(rec.Sender), string(rec.AuthUser), string(rec.OrigRecipient))
	for _, a := range rec.Recipients {
		rd.Add(string(a))
	}
	replace := func(b *[]byte, f func(string) string) {
		if len(*b) > 0 {
			*b = []byte(f(string(*b)))
		}
	}
	replace(&rec.Sender, rd.Address)
	replace(&rec.AuthUser, rd.Address)
	replace(&rec.OrigRecipient, rd.Address)
	for i := range rec.Recipients {
		replace(&rec.Recipients[i], rd.Address)
	}
	replace(&rec.MessageID, rd.Text)
	replace(&rec.Reply, rd.Text)
	if !bytes.Equal(rec.Subject, []byte(withheld)) {
		replace(&rec.Subject, func(string) string { return withheld })
	}
}

// learnLines makes the addresses of raw lines known to a redactor, so that it finds their local parts where no @ stands beside them.
func learnLines(r *report.Redactor, matches []store.Match) {
	separators := func(c rune) bool { return strings.ContainsRune("<>()[]{},;: \t'", c) }
	for _, m := range matches {
		learnLines(r, m.Related)
		for _, l := range m.Lines {
			for _, word := range strings.FieldsFunc(l.Text, separators) {
				if name, value, ok := strings.Cut(word, "="); ok && strings.Trim(name, "abcdefghijklmnopqrstuvwxyz_0123456789") == "" {
					word = value // sasl_username=alice@example.com
				}
				if strings.IndexByte(word, '@') > 0 {
					r.Add(word)
				}
			}
		}
	}
}
