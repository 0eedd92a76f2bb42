package parser

import "testing"

// TestStampYears: a time that does not fit the nanoseconds of an int64 is none, in whatever form it is written.
func TestStampYears(t *testing.T) {
	for in, want := range map[string]bool{
		"2200-12-31T23:59:59Z host x": true, "2201-01-01T00:00:00Z host x": false, "9999-12-31T23:59:59+14:00 host x": false,
		"1970-01-01T00:00:00Z host x": true, "1969-12-31T23:59:59Z host x": false, "0000-01-01T00:00:00Z host x": false,
		"7289654399.5 host x": true, "7289654400.5 host x": false, "9999999999.5 host x": false,
		"2026 Nov 21 07:00:00 host x": true, "9999 Nov 21 07:00:00 host x": false, "Nov 21 9999 07:00:00 host x": false,
	} {
		var st stamp
		if n := parseStamp([]byte(in), &st); (n > 0) != want || st.ok != want {
			t.Errorf("%s: read %d bytes, ok %v; want %v", in, n, st.ok, want)
		}
	}
	for _, us := range []int64{1e18, 9e18, -1} {
		if st := unixStamp(us/1e6-1, 0); st.ok && (st.year < firstYear || st.year > lastYear) {
			t.Errorf("%d microseconds give the year %d", us, st.year)
		}
	}
}
