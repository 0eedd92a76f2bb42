package main

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// mayImport is the table of docs/design.md: data flows one way, and nothing knows what is to its right.
var mayImport = map[string][]string{
	"parser":        {},
	"parser/*":      {"parser"},
	"parser/all":    {"parser", "parser/*"},
	"trace":         {"parser"},
	"rules":         {},
	"classify":      {"rules"},
	"store":         {"parser", "trace", "classify"},
	"ingest":        {"parser", "trace", "classify", "store"},
	"tail":          {"parser"},
	"report":        {"store", "classify"},
	"cmd/bouncelog": {"*"},
}

func TestImportDirections(t *testing.T) {
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}} {{join .Imports " "}}`, "bouncelog/...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	seen := 0
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		pkg, _ := strings.CutPrefix(fields[0], "bouncelog/")
		allowed, ok := mayImport[pkg]
		if !ok && strings.HasPrefix(pkg, "parser/") {
			allowed, ok = mayImport["parser/*"], true
		}
		if !ok && strings.HasPrefix(pkg, "cmd/") {
			allowed, ok = mayImport["cmd/bouncelog"], true
		}
		if !ok {
			t.Errorf("package %s is not in the table of imports", pkg)
			continue
		}
		seen++
		for _, imp := range fields[1:] {
			imp, ours := strings.CutPrefix(imp, "bouncelog/")
			if !ours || slices.Contains(allowed, "*") || slices.Contains(allowed, imp) {
				continue
			}
			if strings.HasPrefix(imp, "parser/") && slices.Contains(allowed, "parser/*") {
				continue
			}
			t.Errorf("%s imports %s, which is not to its left", pkg, imp)
		}
	}
	if seen < 8 {
		t.Errorf("saw %d packages only", seen)
	}
}
