package store

import (
	"math"
	"strconv"
	"testing"
)

func TestFloat(t *testing.T) {
	e := encoder{}
	for _, f := range []float64{0, -1, 1, 0.1, 0.01, 0.09, 0.1 + 0.2, 0.29, 1.005, 12.5, 307, 99.99, 100, 1234567.89, 1e9, 1e12 + 0.01, 1e-7, -0.5, math.MaxFloat64, math.SmallestNonzeroFloat64} {
		e.b = e.b[:0]
		e.float(f)
		got, err := strconv.ParseFloat(string(e.b[:len(e.b)-1]), 64)
		if err != nil || got != f {
			t.Errorf("%v is written as %s", f, e.b)
		}
	}
	for f, want := range map[float64]string{0: "0,", 7: "7,", 0.5: "0.5,", 0.05: "0.05,", 10.7: "10.7,", 3.14: "3.14,"} {
		e.b = e.b[:0]
		if e.float(f); string(e.b) != want {
			t.Errorf("%v is written as %s, want %s", f, e.b, want)
		}
	}
}
