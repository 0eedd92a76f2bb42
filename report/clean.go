package report

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/olekukonko/tablewriter/pkg/twwidth"
)

// Lengths in runes to which log text is shortened before it is shown. A hostile server may answer with 10 kB.
const (
	maxReply = 300  // a reply in a table or sentence
	maxLine  = 2000 // a raw log line in a story
	maxKey   = 120  // a domain, relay or other key
)

// maxMarks is how many combining marks may follow one another; more of them paint over the lines around.
const maxMarks = 3

// Clean makes any log text harmless and one line long: line breaks and tabs become spaces; control bytes (and so ANSI
// escapes), bidirectional and zero-width marks and invalid UTF-8 become visible escapes.
func Clean(s string) string {
	if isPlain(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + 16)
	marks := 0
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case r == '\n' || r == '\r' || r == '\t' || r == '\v' || r == '\f' || unicode.Is(unicode.Zs, r) || r == 0x2028 || r == 0x2029 || r == 0x85:
			// One space for a run: "550-no\r\n550 no" is two lines of one reply.
			if t := b.String(); t == "" || t[len(t)-1] != ' ' || r == ' ' {
				b.WriteByte(' ')
			}
		case r < 0x20 || r == 0x7f || (r >= 0x80 && r < 0xa0):
			fmt.Fprintf(&b, `\x%02x`, r)
		case !unicode.IsPrint(r) || invisible(r):
			if r > 0xffff {
				fmt.Fprintf(&b, `\U%08x`, r)
			} else {
				fmt.Fprintf(&b, `\u%04x`, r)
			}
		default:
			if unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Me, r) {
				marks++
				if marks > maxMarks {
					break
				}
			} else {
				marks = 0
			}
			b.WriteRune(r)
		}
		i += n
	}
	return b.String()
}

// invisible reports runes that are "printable" to Unicode and yet show nothing: fillers and variation selectors.
func invisible(r rune) bool {
	return unicode.Is(unicode.Variation_Selector, r) || r == 0x115f || r == 0x1160 || r == 0x3164 || r == 0xffa0 || r == 0x2800 || r == 0x034f
}

func isPlain(s string) bool {
	for i := range len(s) {
		if s[i] < 0x20 || s[i] > 0x7e {
			return false
		}
	}
	return true
}

// short is s cut to at most n runes, the last of them an ellipsis if any was cut.
func short(s string, n int) string {
	if len(s) <= n {
		return s
	}
	seen := 0
	cut := 0
	for i := range s {
		seen++
		if seen == n {
			cut = i
		}
		if seen > n {
			return strings.TrimRight(s[:cut], " ") + "…"
		}
	}
	return s
}

// cleanReply is a reply as every rendering shows it.
func cleanReply(s string) string {
	// Clean looks at no more than could be shown: escapes only make text longer.
	return short(Clean(short(s, maxReply+1)), maxReply)
}

// cleanKey is a key (domain, relay, address) as every rendering shows it.
func cleanKey(s string) string { return short(Clean(short(s, maxKey+1)), maxKey) }

// cleanLine is a raw log line as stories show it.
func cleanLine(s string) string { return short(Clean(short(s, maxLine+1)), maxLine) }

// csvText guards a text field against spreadsheets, which run a field that begins with one of these as a formula
// (OWASP, CSV Injection): an apostrophe in front makes it text.
func csvText(s string) string {
	s = Clean(s)
	if t := strings.TrimLeft(s, " "); strings.IndexAny(t, "=+-@＝＋－＠") == 0 {
		return "'" + s
	}
	return s
}

// mdEscapes are the characters that Markdown (CommonMark and its tables) gives a meaning; a backslash before any ASCII
// punctuation takes it away (CommonMark, section 2.4).
var mdEscapes = strings.NewReplacer(
	`\`, `\\`, "`", "\\`", `|`, `\|`, `[`, `\[`, `]`, `\]`, `<`, `\<`, `>`, `\>`, `*`, `\*`, `_`, `\_`, `~`, `\~`,
	`#`, `\#`, `&`, `\&`, `!`, `\!`, `$`, `\$`, `://`, `:\/\/`, `www.`, `www\.`,
)

// mdText makes s harmless in a Markdown paragraph or table cell.
func mdText(s string) string {
	s = mdEscapes.Replace(Clean(s))
	// A list marker or heading underline at the beginning of a line.
	if s != "" && strings.IndexByte("-+=", s[0]) >= 0 {
		return `\` + s
	}
	return s
}

// width is the number of terminal columns that s takes.
func width(s string) int { return twwidth.Width(s) }

// fit is s cut to at most n terminal columns.
func fit(s string, n int) string {
	if n <= 0 {
		return ""
	}
	if len(s) <= n || width(s) <= n {
		return s
	}
	used := 0
	for i, r := range s {
		w := width(string(r))
		if used+w > n-1 {
			return strings.TrimRight(s[:i], " ") + "…"
		}
		used += w
	}
	return s
}

// wrap breaks s at spaces into lines of at most n terminal columns; a longer word is broken anywhere.
func wrap(s string, n int) []string {
	n = max(n, 8)
	var out []string
	line, used := "", 0
	for _, word := range strings.Fields(s) {
		for {
			w := width(word)
			if used > 0 && used+1+w <= n {
				line, used = line+" "+word, used+1+w
				break
			}
			if used > 0 {
				out = append(out, line)
				line, used = "", 0
			}
			if w <= n {
				line, used = word, w
				break
			}
			head := cutWidth(word, n)
			out = append(out, head)
			word = word[len(head):]
		}
	}
	if used > 0 || len(out) == 0 {
		out = append(out, line)
	}
	return out
}

// cutWidth is the longest beginning of s that takes at most n columns, at least one rune.
func cutWidth(s string, n int) string {
	used := 0
	for i, r := range s {
		w := width(string(r))
		if used+w > n && i > 0 {
			return s[:i]
		}
		used += w
	}
	return s
}
