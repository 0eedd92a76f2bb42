package tail

import (
	"path/filepath"
	"slices"
	"strings"
)

// resolve is the file that a name stands for now: with Exim's "%D" (20261122) or "%M" (202611) the newest one.
func resolve(name string) string {
	if !strings.Contains(name, "%") {
		return name
	}
	digits := strings.NewReplacer("%D", strings.Repeat("[0-9]", 8), "%M", strings.Repeat("[0-9]", 6))
	quoted := strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`).Replace(name)
	pattern := digits.Replace(quoted)
	if pattern == quoted {
		return name
	}
	found, err := filepath.Glob(pattern)
	if err != nil || len(found) == 0 {
		return name
	}
	return slices.Max(found)
}
