package main

import (
	"bouncelog/classify"
	"bouncelog/ingest"
	"bouncelog/store"
)

// openStore opens the database for writing; it is made where there is none.
func (g *globals) openStore() (*store.Store, error) {
	path, err := g.dbPath()
	if err != nil {
		return nil, err
	}
	s, err := g.readSettings()
	if err != nil {
		return nil, err
	}
	zone, err := s.zone()
	if err != nil {
		return nil, err
	}
	return store.Open(path, store.Options{Zone: zone})
}

// openReader opens the database for reading; it is never made.
func (g *globals) openReader() (*store.Store, error) {
	path, err := g.dbPath()
	if err != nil {
		return nil, err
	}
	return store.OpenReader(path)
}

// writeTo makes a run write to a database: by its key of pseudonyms where those are to be stored, and with the retention of the
// settings. A new database notes by which rules it is classified.
func (g *globals) writeTo(st *store.Store, opt *ingest.Options) error {
	opt.Store = st
	key, err := storeKey(st) // made now, so that readers find it
	if err != nil {
		return err
	}
	redacted, err := st.Redacted()
	if err != nil {
		return err
	}
	if g.redact && !redacted {
		if err := st.SetRedacted(); err != nil {
			return err
		}
		redacted = true
	}
	if redacted { // once begun, a database goes on to hold pseudonyms
		opt.Redact = (&redactor{key}).record
	}
	s, err := g.readSettings()
	if err != nil {
		return err
	}
	if err := st.SetRetention(s.RetentionDays); err != nil {
		return err
	}
	return noteVersion(st, opt.Classifier)
}

// noteVersion stores the version of the rules in a database that holds nothing yet.
func noteVersion(st *store.Store, c *classify.Classifier) error {
	v, err := st.RulesVersion()
	if err != nil || v != "" {
		return err
	}
	logs, err := st.Logs()
	if err != nil || len(logs) > 0 {
		return err
	}
	return st.SetRulesVersion(rulesVersion(c))
}
