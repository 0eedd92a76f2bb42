package ingest

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"
)

// TestSeeker compares with a search letter by letter, for texts and blocks of few letters, so that they overlap in every way.
func TestSeeker(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	word := func(n int) []byte {
		b := make([]byte, n)
		for i := range b {
			b[i] = "aAbB1-"[rnd.IntN(6)]
		}
		return b
	}
	found := 0
	for range 20_000 {
		var texts [][]byte
		for range 1 + rnd.IntN(4) {
			texts = append(texts, word(1+rnd.IntN(9)))
		}
		b := word(rnd.IntN(60))
		want := -1
		for _, text := range texts {
			if i := strings.Index(strings.ToLower(string(b)), strings.ToLower(string(text))); i >= 0 && (want < 0 || i < want) {
				want = i
			}
		}
		s := newSeeker(texts[0])
		for _, text := range texts[1:] {
			s = s.with(text)
		}
		if got := s.index(b); got != want {
			t.Fatalf("%q in %q: %d, want %d", texts, b, got, want)
		}
		if want >= 0 {
			found++
		}
	}
	if found == 0 || found == 20_000 {
		t.Errorf("found %d times", found)
	}
	long := bytes.Repeat([]byte("x1"), 200) // longer than the window
	if i := newSeeker(long).index(append([]byte("x1x"), long...)); i != 3 {
		t.Errorf("a long text at %d, want 3", i)
	}
}
