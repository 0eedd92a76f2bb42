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

// carry reads a file to its end. look, if it is not nil, is called after each block that was read.
func carry(t *testing.T, name string, o Options, look func(*Conveyor)) *Conveyor {
	t.Helper()
	o.Stream = parser.Options{Parsers: all.Parsers(), Timezone: time.UTC, Year: 2026}
	o.Zone = time.UTC
	var c *Conveyor
	if look != nil {
		o.OnRead = func(string, int64) { look(c) }
	}
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Read(t.Context(), []string{name}); err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	return c
}

// openStore makes a database in a folder of the test's.
func openStore(t *testing.T, dir string) *store.Store {
	t.Helper()
	st, err := store.Open(filepath.Join(dir, "db"), store.Options{Zone: time.UTC})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	return st
}

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
	c := carry(t, name, Options{HeldBytes: limit, FlushMessages: perFlush}, func(c *Conveyor) { most = max(most, c.tracker.Held()) })
	lines := blockSize / (log.Len() / ids) // of a block, after each of which is looked
	if bound := limit/1500 + perFlush + 2*lines; most > bound || most < perFlush {
		t.Errorf("%d messages were held at once, want %d at most", most, bound)
	}
	if n := c.Summary().Lines; n != ids {
		t.Errorf("%d lines were read, want %d", n, ids)
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
	st := openStore(t, dir)
	most := 0
	for _, at := range []string{"06:00:00", "07:00:00"} {
		add(at)
		most = 0
		carry(t, name, Options{Store: st, HeldBytes: limit, FlushMessages: 10 * ids}, func(c *Conveyor) { most = max(most, c.tracker.Weight()) })
	}
	if most < limit || most > 3*limit { // a block's lines more than half as much again
		t.Errorf("the messages in memory took %d bytes, want about %d", most, limit+limit/2)
	}
}

// TestSpilledIDUsedAgain gives a queue id to a second message after the first, which had been laid aside, was delivered. The second is one that the mail server
// made itself, which no line begins.
func TestSpilledIDUsedAgain(t *testing.T) {
	var log bytes.Buffer
	elsewhere := func(at string) { // more than a block, so that there is a flush
		for range 2 * blockSize / 100 {
			fmt.Fprintf(&log, "Aug  3 %s mx1 cron[1]: %070d\n", at, 0)
		}
	}
	log.WriteString(`Aug  3 06:00:00 mx1 postfix/smtpd[1]: ABC12: client=h.example[192.0.2.1]
Aug  3 06:00:00 mx1 postfix/cleanup[1]: ABC12: message-id=<1@h.example>
Aug  3 06:00:00 mx1 postfix/qmgr[1]: ABC12: from=<a@h.example>, size=1, nrcpt=1 (queue active)
Aug  3 06:00:01 mx1 postfix/smtp[1]: ABC12: to=<a@b.example>, relay=none, delay=1, delays=1/0/0/0, dsn=4.4.1, status=deferred (connect to b.example[192.0.2.1]:25: Connection timed out)
`)
	elsewhere("06:30:00")
	log.WriteString(`Aug  3 07:00:01 mx1 postfix/smtp[1]: ABC12: to=<a@b.example>, relay=b.example[192.0.2.2]:25, delay=3601, delays=1/0/0/0, dsn=2.0.0, status=sent (250 ok)
Aug  3 07:00:01 mx1 postfix/qmgr[1]: ABC12: removed
`)
	elsewhere("07:30:00")
	log.WriteString(`Aug  3 08:00:00 mx1 postfix/cleanup[1]: ABC12: message-id=<2@h.example>
Aug  3 08:00:00 mx1 postfix/qmgr[1]: ABC12: from=<>, size=1, nrcpt=1 (queue active)
Aug  3 08:00:01 mx1 postfix/smtp[1]: ABC12: to=<c@d.example>, relay=d.example[192.0.2.3]:25, delay=1, delays=1/0/0/0, dsn=2.0.0, status=sent (250 ok)
Aug  3 08:00:01 mx1 postfix/qmgr[1]: ABC12: removed
`)
	name := filepath.Join(t.TempDir(), "maillog")
	if err := os.WriteFile(name, log.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	spilled := false
	c := carry(t, name, Options{HeldBytes: 1, FlushBytes: 1}, func(c *Conveyor) { spilled = spilled || c.spill.store != nil })
	if s := c.Summary(); !spilled || s.Messages != 2 || s.Recipients != 2 || s.Delivered != 2 || s.Deferrals != 1 {
		t.Errorf("laid aside: %v; %d messages, %d recipients, %d delivered, %d deferrals; want 2, 2, 2, 1", spilled, s.Messages, s.Recipients, s.Delivered, s.Deferrals)
	}
}

// TestHeavyMessage reads a message that is heavier than all that may be held: it is not written anew with each block of its lines.
func TestHeavyMessage(t *testing.T) {
	const recipients, limit = 20_000, 1 << 20
	var log bytes.Buffer
	for i := range recipients {
		fmt.Fprintf(&log, "Aug  3 06:00:00 mx1 postfix/smtp[1]: 3C00000000A: to=<u%d@b.example>, relay=none, delay=1, delays=1/0/0/0, dsn=4.4.1, status=deferred (connect to b.example[192.0.2.1]:25: Connection timed out)\n", i)
	}
	dir := t.TempDir()
	name := filepath.Join(dir, "maillog")
	if err := os.WriteFile(name, log.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	st := openStore(t, dir)
	for _, s := range []*store.Store{st, nil} {
		flushes := 0
		c := carry(t, name, Options{Store: s, HeldBytes: limit, FlushBytes: int64(log.Len() / 2), OnFlush: func() { flushes++ }}, nil)
		if n := c.Summary().Deferrals; n != recipients || flushes < 2 || flushes > 4 {
			t.Errorf("with a store: %v; %d deferrals, %d flushes for %d blocks", s != nil, n, flushes, log.Len()/blockSize)
		}
	}
}
