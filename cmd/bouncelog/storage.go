package main

import (
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
