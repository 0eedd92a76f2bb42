package trace

import (
	"strings"
	"testing"
)

// A string stays what it is whatever is added later, within its piece and beyond; most messages need two pieces.
func TestText(t *testing.T) {
	for _, x := range []*text{nil, {}} {
		x.room(40)
		words := []string{"", "a", strings.Repeat("b", 38), "", "c", strings.Repeat("d", 500), "e"}
		var got []string
		b := make([]byte, 500)
		for _, w := range words {
			got = append(got, x.of(b[:copy(b, w)]))
		}
		for i, w := range words {
			if got[i] != w {
				t.Errorf("string %d is %q, want %q", i, got[i], w)
			}
		}
	}
	var x text
	b := []byte("mx.example.com")
	if n := testing.AllocsPerRun(10, func() {
		x = text{}
		for range 1 + textSize/len(b) {
			x.of(b)
		}
	}); n != 2 {
		t.Errorf("%v pieces, want 2", n)
	}
}
