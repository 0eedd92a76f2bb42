package report

import (
	"bytes"
	"encoding/json"
	"io"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// EncodeJSON writes v as JSON and a line break, indented if asked. What a terminal would obey or hide (DEL, C1 control
// characters, bidirectional, zero-width and tag marks) is written as \u escapes: the value is the same, and looking at it is harmless.
func EncodeJSON(w io.Writer, v any, indent bool) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	if indent {
		e.SetIndent("", "  ")
	}
	if err := e.Encode(v); err != nil {
		return err
	}
	_, err := w.Write(escapeMarks(b.Bytes()))
	return err
}

// escapeMarks escapes the marks in encoded JSON, where they can stand in strings only; encoding/json escapes what is below 0x20.
func escapeMarks(b []byte) []byte {
	const hex = "0123456789abcdef"
	escape := func(out []byte, r rune) []byte {
		return append(out, '\\', 'u', hex[r>>12&15], hex[r>>8&15], hex[r>>4&15], hex[r&15])
	}
	out, done := []byte(nil), 0
	for i := 0; i < len(b); {
		if b[i] < 0x7f {
			i++
			continue
		}
		r, n := utf8.DecodeRune(b[i:])
		if r < 0xa0 || unicode.Is(unicode.Cf, r) {
			out = append(out, b[done:i]...)
			if hi, lo := utf16.EncodeRune(r); hi != utf8.RuneError {
				out = escape(escape(out, hi), lo)
			} else {
				out = escape(out, r)
			}
			done = i + n
		}
		i += n
	}
	if done == 0 {
		return b
	}
	return append(out, b[done:]...)
}
