package store

import (
	"crypto/rand"
	"errors"
)

// secretLen is the length of the key of pseudonyms: that of the hash they are made with.
const secretLen = 32

// ErrNoSecret is returned by Secret where the database has no key yet and may not be written.
var ErrNoSecret = errors.New("the database has no key for pseudonyms yet")

// Secret is the key by which addresses become pseudonyms. It is made once, by the first writer: by offer if that is long enough, else at
// random, so that a pseudonym stands for the same address as long as the database lives.
func (s *Store) Secret(offer []byte) ([]byte, error) {
	var key []byte
	err := s.read(func(r *session) error {
		v, err := r.setting("secret")
		key = blob(v)
		return err
	})
	if err != nil || len(key) > 0 {
		return key, err
	}
	if s.reader || s.w == nil {
		return nil, ErrNoSecret
	}
	if key = offer; len(key) < secretLen {
		key = make([]byte, secretLen)
		rand.Read(key) // never fails, as crypto/rand documents
	}
	s.write.Lock()
	defer s.write.Unlock()
	return key, s.w.set("secret", key)
}

// Redacted reports whether pseudonyms were stored in place of addresses, at least for a time.
func (s *Store) Redacted() (bool, error) {
	var yes bool
	err := s.read(func(r *session) error {
		v, err := r.setting("redacted")
		yes = integer(v) != 0
		return err
	})
	return yes, err
}

// SetRedacted notes that from now on pseudonyms are stored.
func (s *Store) SetRedacted() error {
	s.write.Lock()
	defer s.write.Unlock()
	return s.w.set("redacted", 1)
}
