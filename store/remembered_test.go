package store

import "testing"

// Values in use stay however many others come, and what is given up is noticed.
func TestRemembered(t *testing.T) {
	const used, most = -1, 1000
	r := newRemembered[int64](most)
	r.put(used, 7)
	for n := range int64(5 * most) {
		if _, ok := r.get(n); ok {
			t.Fatalf("%d is known before it was put", n)
		}
		r.put(n, n+1)
		if id, ok := r.get(n); !ok || id != n+1 {
			t.Fatalf("%d: %d, %v", n, id, ok)
		}
		if id, ok := r.get(used); !ok || id != 7 {
			t.Fatalf("after %d others: %d, %v", n, id, ok)
		}
	}
	if _, ok := r.get(0); ok || !r.forgot {
		t.Fatalf("nothing was forgotten: %v, %v", ok, r.forgot)
	}
	if n := len(r.young.entries) + len(r.old.entries); n > 2*most {
		t.Fatalf("%d entries", n)
	}
}
