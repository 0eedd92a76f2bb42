package exim

import (
	"bytes"
	"os"
	"testing"
)

// TestLinesOf498 reads one line of each kind that an Exim 4.98.2 wrote while 60 scripted servers refused, delayed and dropped its mail, first with
// the default log_selector, then with +all. Below each line, indented, stands what must be read from it.
func TestLinesOf498(t *testing.T) {
	text, err := os.ReadFile("testdata/4.98.2.txt")
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.Split(bytes.TrimSuffix(text, []byte("\n")), []byte("\n"))
	if len(lines)%2 != 0 || len(lines) < 1000 {
		t.Fatalf("%d lines", len(lines))
	}
	for i := 0; i < len(lines); i += 2 {
		f := split(lines[i])
		if !New().Claims(&f) {
			t.Errorf("not claimed: %s", lines[i])
		}
		res, r := parse(f)
		if got, want := show(res, &r), string(bytes.TrimPrefix(lines[i+1], []byte("    "))); got != want {
			t.Errorf("%s\n got %s\nwant %s", lines[i], got, want)
		}
	}
}
