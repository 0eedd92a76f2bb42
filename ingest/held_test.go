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
