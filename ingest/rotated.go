package ingest

import (
	"path/filepath"
	"regexp"
	"strings"
)

// compressed are the endings that rotation gives to files it compresses.
var compressed = []string{".gz", ".bz2", ".xz", ".zst", ".Z", ".lz4"}

// rotated is what rotation puts behind or into a name: logrotate's ".1", "-20261122", "-20261122-1795305600", exicyclog's ".01", and ".old" or ".0".
var rotated = regexp.MustCompile(`^([._-](\d[\dTt:_-]*|old|bak)){1,3}$`)

// Rotated reports whether a base name can be that of an earlier file of a log with the given base name, by the schemes of logrotate
// (extension and dateext too), newsyslog, exicyclog, savelog and Exim's dated names. The content decides in the end.
func Rotated(base, name string) bool {
	for _, c := range compressed {
		if s, ok := strings.CutSuffix(name, c); ok {
			name = s
			break
		}
	}
	if name == base {
		return true
	}
	if rest, ok := strings.CutPrefix(name, base); ok && rotated.MatchString(rest) {
		return true
	}
	ext := filepath.Ext(base)
	if stem := strings.TrimSuffix(base, ext); ext != "" && stem != "" {
		if rest, ok := strings.CutPrefix(name, stem); ok {
			if rest, ok = strings.CutSuffix(rest, ext); ok && rotated.MatchString(rest) {
				return true
			}
		}
	}
	return masked(base) == masked(name) && masked(base) != base
}

// masked replaces dates by one "#".
func masked(s string) string { return dates.ReplaceAllString(s, "#") }

var dates = regexp.MustCompile(`\d{6,}`)
