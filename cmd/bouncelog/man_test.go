package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestMan(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "man1")
	runOK(t, "", "man", dir)
	pages, err := filepath.Glob(filepath.Join(dir, "*.1"))
	if err != nil || len(pages) < 14 {
		t.Fatalf("%d pages, %v", len(pages), err)
	}
	for _, path := range pages {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		page := string(b)
		for _, want := range []string{".TH ", ".SH NAME\n", ".SH SYNOPSIS\n", ".SH DESCRIPTION\n", ".SH OPTIONS", ".SH EXIT STATUS\n.TP\n.B 0\n", ".SH EXAMPLES\n", ".SH SEE ALSO\n"} {
			if !strings.Contains(page, want) {
				t.Errorf("%s lacks %q", filepath.Base(path), want)
			}
		}
		if strings.Contains(page, "EXIT STATUS\n  0") {
			t.Errorf("%s: the exit statuses are in the description", filepath.Base(path))
		}
	}
	report, err := os.ReadFile(filepath.Join(dir, "bouncelog-report.1"))
	if err != nil || !strings.Contains(string(report), `.B \-\-fail\-over RATE`) || !strings.Contains(string(report), ".B 4\n") {
		t.Errorf("bouncelog-report.1 lacks --fail-over or its exit status: %v", err)
	}
	if groff, err := exec.LookPath("groff"); err == nil {
		out, err := exec.Command(groff, append([]string{"-man", "-Tutf8", "-ww", "-z"}, pages...)...).CombinedOutput()
		if err != nil || len(out) > 0 {
			t.Errorf("groff: %v\n%s", err, out)
		}
	}
}
