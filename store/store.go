package store

import (
	"database/sql/driver"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// Options of Open. The zero value suits a bulk load.
type Options struct {
	Zone        *time.Location // the report zone of a new database; nil: the machine's. An existing one keeps its own
	CacheKB     int            // page cache of the writer in KiB; 0: 8,000
	BusyTimeout time.Duration  // how long to wait for a lock; 0: 5 s
	Command     string         // what a second writer is told; "": the program's name
	MaxPages    int64          // a limit on the size, in pages; 0: none
}

// Store is an open database. A Store made by Open has one writer (Stage, Commit, Prune, Reclassify) and serves readers beside it; one made by
// OpenReader only reads. Methods that read may be called from several goroutines.
//
// Writing and tracking may run in two goroutines: the tracker's calls Stage(batch) before it hands the batch to the writer's, which calls Commit. From
// Stage on the messages of the batch are found by the Keeper, whether they are in the database yet or not.
type Store struct {
	path   string
	zone   *time.Location
	lock   *os.File
	reader bool

	immutable bool // a reader that cannot share the file with a writer, as its directory is read-only
	readerKB  int  // page cache of each reader
	remember  int  // values of each kind that a connection remembers in one generation
	readers   *readers

	write sync.Mutex // held by Commit, Prune and Reclassify
	w     *writer

	kept keeperState
}

const (
	writerCacheKB = 8_000 // what a commit changes; twice as much saves nothing
	readerCacheKB = 1_000 // a question reads hardly a page twice, and a new page in the cache costs more than to read one into the place of an old one
)

// Open opens the database for writing and makes it, with its directory, where there is none. Only one process may have it open so.
func Open(path string, o Options) (*Store, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("make a place for the database: %w", err)
	}
	lock, err := lockFile(path, o.Command)
	if err != nil {
		return nil, err
	}
	// What is read beside the writer is a message now and then.
	s := &Store{path: path, lock: lock, readerKB: writerCacheKB / 4, remember: maxRemembered}
	if o.CacheKB > 0 {
		s.readerKB = min(s.readerKB, o.CacheKB/4)    // who asks for a small cache means all of them
		s.remember = min(maxRemembered, 2*o.CacheKB) // some 1 KB of the five dictionaries together
	}
	if err := s.open(o); err != nil {
		s.Close()
		return nil, fmt.Errorf("open database %s: %w", path, err)
	}
	return s, nil
}

func (s *Store) open(o Options) error {
	timeout := o.BusyTimeout
	if timeout == 0 {
		timeout = 5 * time.Second
	}
	cache := o.CacheKB
	if cache == 0 {
		cache = writerCacheKB
	}
	// Mail logs are private: only the owner reads the database.
	f, err := os.OpenFile(s.path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	f.Close()
	c, err := dial(s.path, url.Values{
		"_synchronous":  {"NORMAL"}, // a crash of the machine may lose the last commits, never tear one; positions go with them
		"_busy_timeout": {fmt.Sprint(timeout.Milliseconds())},
		"_cache_size":   {fmt.Sprint(-cache)},
	})
	if err != nil {
		return err
	}
	s.w = newWriter(newSession(c, s.remember))
	// A new file takes both first settings, an old one keeps its own. Rows of 250 and blocks of 900 bytes waste less of pages of 8 KiB.
	if err := c.script("PRAGMA page_size = 8192; PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL"); err != nil {
		return err
	}
	if o.MaxPages > 0 {
		if err := c.script(fmt.Sprintf("PRAGMA max_page_count = %d", o.MaxPages)); err != nil {
			return err
		}
	}
	// Checkpoints sync the file: fewer and larger ones. 2,000 pages are 16 MB of log.
	if err := c.script("PRAGMA wal_autocheckpoint = 2000; PRAGMA temp_store = MEMORY"); err != nil {
		return err
	}
	if err := migrate(c, o.Zone); err != nil {
		return err
	}
	if err := s.w.load(); err != nil {
		return err
	}
	if s.zone, err = s.w.zone(); err != nil {
		return err
	}
	s.readers = newReaders()
	return s.kept.load(s.w.session)
}

// OpenReader opens an existing database for reading. It never creates one.
func OpenReader(path string) (*Store, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, os.ErrNotExist) || err == nil && info.Size() == 0:
		return nil, fmt.Errorf("%w at %s: run bouncelog ingest first", ErrNoDatabase, path)
	case err != nil:
		return nil, fmt.Errorf("open database: %w", err)
	case info.IsDir():
		return nil, fmt.Errorf("open database %s: it is a directory", path)
	}
	s := &Store{path: path, reader: true, readerKB: readerCacheKB, remember: maxRemembered}
	err = s.openReader()
	if noPlaceBeside(err) {
		// A reader makes files beside the database, to share it with a writer, and may not here. Without a write-ahead log there is no writer.
		if wal, werr := os.Stat(path + "-wal"); werr == nil && wal.Size() > 0 {
			return nil, fmt.Errorf("open database %s: a reader must be able to make files in its directory while %s-wal is there: run as the user who writes it, or copy both files (%w)",
				path, filepath.Base(path), err)
		}
		s.immutable = true
		err = s.openReader()
	}
	if err != nil {
		return nil, fmt.Errorf("open database %s: %w", path, err)
	}
	return s, nil
}

// openReader makes the first connection of a reader.
func (s *Store) openReader() error {
	r, err := s.newReader()
	if err != nil {
		return err
	}
	s.readers = newReaders(r)
	if err = checkVersion(r.conn); err == nil {
		s.zone, err = r.zone()
	}
	if err != nil {
		s.Close()
	}
	return err
}

func (s *Store) newReader() (*session, error) {
	pragmas := url.Values{
		"mode":          {"ro"},
		"_busy_timeout": {"5000"},
		"_cache_size":   {fmt.Sprint(-s.readerKB)},
		"_query_only":   {"true"},
	}
	if s.immutable {
		pragmas.Set("immutable", "1")
	}
	c, err := dial(s.path, pragmas)
	if err != nil {
		return nil, err
	}
	return newSession(c, s.remember), nil
}

// read lends a connection for reading, in one transaction, so that all it reads is of one state.
func (s *Store) read(f func(*session) error) error {
	r, ok := s.readers.take()
	if !ok {
		return errors.New("the database is closed")
	}
	if r == nil {
		var err error
		if r, err = s.newReader(); err != nil {
			s.readers.put(nil)
			return fmt.Errorf("read database %s: %w", s.path, err)
		}
	}
	err := r.transaction("BEGIN", func() error { return f(r) })
	s.readers.put(r)
	if err != nil {
		return fmt.Errorf("read database %s: %w", s.path, err)
	}
	return nil
}

// Path is the file.
func (s *Store) Path() string { return s.path }

// Zone is the report zone, fixed when the database was made.
func (s *Store) Zone() *time.Location { return s.zone }

// Close ends all connections and gives up the lock.
func (s *Store) Close() error {
	var errs []error
	if s.readers != nil {
		errs = append(errs, s.readers.close())
		s.readers = nil
	}
	if s.w != nil {
		errs = append(errs, s.w.close())
		s.w = nil
	}
	if s.lock != nil {
		errs = append(errs, unlockFile(s.lock))
		s.lock = nil
	}
	return errors.Join(errs...)
}

// setting reads one setting; nil where it is not set.
func (s *session) setting(name string) (driver.Value, error) {
	row, err := s.one("SELECT value FROM setting WHERE name = ?", name)
	if err != nil || row == nil {
		return nil, err
	}
	return row[0], nil
}

func (s *session) set(name string, value any) error {
	return s.exec("INSERT OR REPLACE INTO setting VALUES (?, ?)", name, value)
}

func (s *session) zone() (*time.Location, error) {
	v, err := s.setting("zone")
	if err != nil {
		return nil, err
	}
	name := text(v)
	if name == "" {
		return time.UTC, nil
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("the database's report zone: %w", err)
	}
	return zone, nil
}
