package ingest_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"bouncelog/ingest"
	"bouncelog/store"
	"bouncelog/trace"
)

// TestFirstSight: before the first event of a log that nothing is known of is handed out, the database knows the log. A process that is
// killed right behind it leaves a database in which what rotation moves away next is known to be later.
func TestFirstSight(t *testing.T) {
	dir := t.TempDir()
	name, db := filepath.Join(dir, "maillog"), filepath.Join(dir, "live.db")
	text, _ := biglog(t, "postfix", 50, 1, time.Hour)
	if err := os.WriteFile(name, text, 0o600); err != nil {
		t.Fatal(err)
	}
	o := options(t)
	events := 0
	o.OnEvent = func(*trace.Event, *ingest.Log) {
		if events++; events > 1 {
			return
		}
		r, err := store.OpenReader(db)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		logs, err := r.Logs()
		if err != nil || len(logs) != 1 || logs[0].Name != name || logs[0].Position != 0 || logs[0].First == 0 {
			t.Errorf("the database knows %+v (%v), want the log at its beginning", logs, err)
		}
	}
	cv := liveConveyor(t, db, o)
	attach(t, cv, name)
	if events == 0 {
		t.Error("no events")
	}
	if err := cv.Close(); err != nil {
		t.Fatal(err)
	}
}

// liveConveyor is one on a database that stays open until the test ends.
func liveConveyor(t *testing.T, db string, o ingest.Options) *ingest.Conveyor {
	t.Helper()
	o.Store = openStore(t, db)
	t.Cleanup(func() { o.Store.Close() })
	cv, err := ingest.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return cv
}

// attach reads a live log that nobody rotates.
func attach(t *testing.T, cv *ingest.Conveyor, name string) {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	if _, _, err := cv.Attach(t.Context(), name, f); err != nil {
		t.Fatal(err)
	}
}

// TestFollowingAnOlderLogAfterANewerOne: both have grown since they were read last. What ended in the newer one has lines in the older, and must
// be found for them.
func TestFollowingAnOlderLogAfterANewerOne(t *testing.T) {
	for mta, log := range logs(t, 1000, 24*time.Hour) {
		t.Run(mta, func(t *testing.T) {
			w := readWhole(t, log)
			at := lineAt(log, len(log)/2)
			older, newer := log[:at], log[at:]
			dir := t.TempDir()
			db := filepath.Join(dir, "db")
			read(t, db, write(t, dir, "older", older[:lineAt(older, 5000)]), write(t, dir, "newer", newer[:lineAt(newer, 5000)]))
			cv := liveConveyor(t, db, options(t))
			for _, name := range []string{write(t, dir, "newer", newer), write(t, dir, "older", older)} {
				attach(t, cv, name)
			}
			if err := errors.Join(cv.Flush(t.Context()), cv.Close()); err != nil {
				t.Fatal(err)
			}
			same(t, "aggregates", dump(t, db, reasonlessSQL), w.reasonless)
			same(t, "details", dump(t, db, timelessSQL, recipientsSQL, unsaidSQL), w.timeless)
		})
	}
}
