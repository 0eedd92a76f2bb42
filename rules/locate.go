package rules

import (
	"bytes"
	"strings"

	"github.com/BurntSushi/toml"
)

// locator finds the lines of tables and keys in a TOML file, because the decoder does not tell them. It knows tables
// and assignments that begin a line; that is how rule files are written.
type locator struct {
	tables map[string][]int // header name -> lines of [name] or [[name]]
	keys   []keyLine
}

type keyLine struct {
	table, key string
	line       int
}

func newLocator(text []byte) *locator {
	l := &locator{tables: map[string][]int{}}
	table := ""
	multi := "" // the delimiter of the multi-line string that we are in
	for i, raw := range bytes.Split(text, []byte("\n")) {
		line := strings.TrimSpace(string(raw))
		if multi != "" {
			if strings.Contains(line, multi) {
				multi = ""
			}
			continue
		}
		if strings.HasPrefix(line, "#") {
			continue
		}
		if strings.HasPrefix(line, "[") && strings.HasSuffix(strings.TrimSpace(strings.SplitN(line, "#", 2)[0]), "]") {
			name := strings.Trim(strings.SplitN(line, "#", 2)[0], "[] \t")
			if isBareKey(name) {
				table = name
				l.tables[name] = append(l.tables[name], i+1)
				continue
			}
		}
		if key, value, found := strings.Cut(line, "="); found && isBareKey(strings.TrimSpace(key)) {
			l.keys = append(l.keys, keyLine{table, strings.TrimSpace(key), i + 1})
			for _, quote := range []string{`"""`, "'''"} {
				if strings.Count(value, quote) == 1 {
					multi = quote
				}
			}
		}
	}
	return l
}

// table is the line of the n-th table of that name, 0 if it is not found.
func (l *locator) table(name string, n int) int {
	if lines := l.tables[name]; n < len(lines) {
		return lines[n]
	}
	return 0
}

// key is the line of the first assignment to key, 0 if it is not found.
func (l *locator) key(key toml.Key) int {
	if len(key) == 1 { // a whole table, or a key at the top
		if line := l.table(key[0], 0); line != 0 {
			return line
		}
	}
	table, name := strings.Join(key[:len(key)-1], "."), key[len(key)-1]
	for _, k := range l.keys {
		if k.table == table && k.key == name {
			return k.line
		}
	}
	return 0
}

func isBareKey(s string) bool {
	for _, c := range []byte(s) {
		if !(c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' || c == '_' || c == '-' || c == '.') {
			return false
		}
	}
	return s != ""
}
