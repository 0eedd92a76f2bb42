package report

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestCleanAny: what holds of every text, not only of those that somebody thought of.
func TestCleanAny(t *testing.T) {
	text := rapid.OneOf(rapid.String(), rapid.StringOf(rapid.SampledFrom([]rune("=+-@|`<>[]\\\"'\n\r\t\x00\x1b\u202e\u200b\u0301日a b.%/:&"))),
		rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) }))
	r := NewRedactor([]byte("key"))
	r.Add("alice@example.com")
	rapid.Check(t, func(rt *rapid.T) {
		s := text.Draw(rt, "text")
		n := rapid.IntRange(8, 60).Draw(rt, "width")
		c := Clean(s)
		harmless(t, c)
		if strings.Contains(c, "\n") {
			rt.Fatalf("%q has more than one line", c)
		}
		if again := Clean(c); again != c {
			rt.Fatalf("cleaning %q twice gives %q", c, again)
		}
		if f := fit(c, n); width(f) > n {
			rt.Fatalf("%q is wider than %d", f, n)
		}
		for _, l := range wrap(c, n) {
			if width(l) > n {
				rt.Fatalf("a line %q is wider than %d", l, n)
			}
		}
		if f := strings.TrimLeft(csvText(s), " "); f != "" && strings.ContainsAny(f[:1], "=+-@") {
			rt.Fatalf("a spreadsheet would run %q", f)
		}
		checkMarkdown(t, "| "+mdText(s)+" | x |\n| a | b |\n")
		if a := r.Text(s); r.Text(a) != a {
			rt.Fatalf("redacting %q twice: %q, then %q", s, a, r.Text(a))
		}
	})
}
