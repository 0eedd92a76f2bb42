package store

import (
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"bouncelog/trace"
)

// What goes in comes out, whatever strangers wrote into the log.
func TestRoundTrip(t *testing.T) {
	s := mustOpen(t, filepath.Join(t.TempDir(), "db"))
	id := int64(0)
	rapid.Check(t, func(t *rapid.T) {
		id++
		m := anyMessage(id).Draw(t, "message")
		if err := s.Commit(&Batch{Messages: []*trace.Message{m}, NextID: id + 1}); err != nil {
			t.Fatal(err)
		}
		got, err := s.Keeper(nil).Load(id)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(m, got, cmpopts.IgnoreUnexported(trace.Message{})); d != "" {
			t.Fatal(d)
		}
	})
}
