package ingest

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"bouncelog/parser"
	"bouncelog/parser/all"
	"bouncelog/store"
)

// TestHeldWithoutStore reads queue ids that never end, as anybody can have a server log them: without a store they are laid aside too.
func TestHeldWithoutStore(t *testing.T) {
	const ids, perFlush, limit = 20_000, 500, 1 << 20
	var log bytes.Buffer
	for i := range ids {
		fmt.Fprintf(&log, "Aug  3 06:%02d:%02d mx1 postfix/smtpd[1]: %011X: client=h.example[192.0.2.1]\n", i/600, i/10%60, 0x3C000000000+i)
	}
	name := filepath.Join(t.TempDir(), "maillog")
	if err := os.WriteFile(name, log.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	most := 0
	var c *Conveyor
	c, err := New(Options{
		Stream: parser.Options{Parsers: all.Parsers(), Timezone: time.UTC, Year: 2026}, Zone: time.UTC, HeldBytes: limit, FlushMessages: perFlush,
		OnRead: func(string, int64) { most = max(most, c.tracker.Held()) },
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Read(t.Context(), []string{name}); err != nil {
		t.Fatal(err)
	}
	lines := blockSize / (log.Len() / ids) // of a block, after each of which is looked
	if bound := limit/1500 + perFlush + 2*lines; most > bound || most < perFlush {
		t.Errorf("%d messages were held at once, want %d at most", most, bound)
	}
	if n := c.Summary().Lines; n != ids {
		t.Errorf("%d lines were read, want %d", n, ids)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestHeldBack reads on about messages that wait in the store: those that come back to memory leave it again before there are too many, however few
// lines each has.
func TestHeldBack(t *testing.T) {
	const ids, limit = 4_000, 1 << 20
	dir := t.TempDir()
	name := filepath.Join(dir, "maillog")
	add := func(at string) {
		t.Helper()
		f, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		for i := range ids {
			fmt.Fprintf(f, "Aug  3 %s mx1 postfix/smtp[1]: %011X: to=<a@b.example>, relay=none, delay=1, delays=1/0/0/0, dsn=4.4.1, status=deferred (connect to b.example[192.0.2.1]:25: Connection timed out)\n", at, 0x3C000000000+i)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	st, err := store.Open(filepath.Join(dir, "db"), store.Options{Zone: time.UTC})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	most := 0
	for _, at := range []string{"06:00:00", "07:00:00"} {
		add(at)
		most = 0
		var c *Conveyor
		c, err = New(Options{
			Stream: parser.Options{Parsers: all.Parsers(), Timezone: time.UTC, Year: 2026}, Store: st, HeldBytes: limit, FlushMessages: 10 * ids,
			OnRead: func(string, int64) { most = max(most, c.tracker.Weight()) },
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Read(t.Context(), []string{name}); err != nil {
			t.Fatal(err)
		}
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if most < limit || most > 3*limit { // a block's lines more than half as much again
		t.Errorf("the messages in memory took %d bytes, want about %d", most, limit+limit/2)
	}
}
