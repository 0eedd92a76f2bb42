package report

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode"
)

func TestEncodeJSONHidesNothing(t *testing.T) {
	in := "\x1b[31m \x7f \u0085 \u009b31m \u200b \u202e \u2066 \ufeff \U000e0041 \u2028 grün 中 😀 \\u202e"
	for _, indent := range []bool{false, true} {
		var b bytes.Buffer
		if err := EncodeJSON(&b, map[string]string{"k": in, in: "v"}, indent); err != nil {
			t.Fatal(err)
		}
		if i := strings.IndexFunc(b.String(), func(r rune) bool { return r != '\n' && !unicode.IsPrint(r) }); i >= 0 {
			t.Errorf("indent %v: a mark is written as it is, at %d of %q", indent, i, b.String())
		}
		for _, r := range "ü中😀" {
			if !strings.ContainsRune(b.String(), r) {
				t.Errorf("%q was escaped for nothing in %s", r, b.String())
			}
		}
		var out map[string]string
		if err := json.Unmarshal(b.Bytes(), &out); err != nil || out["k"] != in || out[in] != "v" {
			t.Errorf("indent %v: %v, got %q back", indent, err, out)
		}
	}
}
