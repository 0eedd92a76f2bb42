package ingest_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"bouncelog/ingest"
	"bouncelog/store"
)

// Where the database finds no room reading ends with an error that says what is not stored, and goes on from there when there is room again.
func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	name, db := filepath.Join(dir, "mail.log"), filepath.Join(dir, "db")
	data, _ := biglog(t, "postfix", 3000, 1, 48*time.Hour)
	if err := os.WriteFile(name, data, 0o600); err != nil {
		t.Fatal(err)
	}
	st, err := store.Open(db, store.Options{Zone: time.UTC, MaxPages: 80})
	if err != nil {
		t.Fatal(err)
	}
	o := options(t)
	o.Store, o.FlushMessages = st, 300
	c, err := ingest.New(o)
	if err != nil {
		t.Fatal(err)
	}
	err = errors.Join(c.Read(context.Background(), []string{name}), c.Close())
	if !errors.Is(err, ingest.ErrNotStored) || !errors.Is(err, store.ErrFull) {
		t.Fatalf("no room: %v", err)
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}

	read(t, db, name)
	r, err := store.OpenReader(db)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	f, err := r.Figures(store.Filter{}, time.Time{}, time.Time{}, 0)
	if err != nil {
		t.Fatal(err)
	}
	if want := read(t, "", name); f.Totals.Messages != want.Messages || f.Totals.Delivered != want.Delivered || f.Totals.Deferrals != want.Deferrals {
		t.Errorf("%+v in the database, %+v in the log", f.Totals, want)
	}
}
