package classify

import "testing"

func TestNames(t *testing.T) {
	n := newNames()
	n.add("example.com", 1)
	n.add("mx.example.com", 2)
	n.add("example", 3)
	for host, want := range map[string]int32{
		"":                             -1,
		".":                            -1,
		"example.com":                  1,
		"a.b.example.com.":             1,
		"A.Mx.EXAMPLE.com":             2,
		"mx.example.com":               2,
		"notexample.com":               -1,
		"example.com.net":              -1,
		"b.example":                    3,
		"..example.com":                1,
		"a.b.c.d.e.f.g.mx.example.com": 2,
	} {
		if got := n.find(host); got != want {
			t.Errorf("find(%q) = %d, want %d", host, got, want)
		}
	}
}
