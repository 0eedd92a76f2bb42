package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain makes the test binary the program itself, for the scripts.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"bouncelog": main})
}

// TestScripts runs the commands as people do: testdata/script/*.txt. In them $LOGS is testdata/logs, and exit statuses are checked by
// the command "status N ...".
func TestScripts(t *testing.T) {
	logs, err := filepath.Abs(logDir)
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(e *testscript.Env) error {
			e.Setenv("LOGS", logs)
			e.Setenv("TZ", "UTC")
			e.Setenv("BOUNCELOG_DB", filepath.Join(e.WorkDir, "b.db"))
			e.Setenv("XDG_STATE_HOME", filepath.Join(e.WorkDir, "state"))
			e.Setenv("XDG_CONFIG_HOME", filepath.Join(e.WorkDir, "config"))
			return os.MkdirAll(filepath.Join(e.WorkDir, "config"), 0o700)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"status": status},
	})
}

// status runs bouncelog and checks its exit status: "status 3 why nobody@example.com".
func status(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: status N ARGUMENT...")
	}
	err := ts.Exec("bouncelog", args[1:]...)
	got := "0"
	if e, ok := err.(interface{ ExitCode() int }); ok {
		got = string(rune('0' + e.ExitCode()))
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if got != args[0] {
		ts.Fatalf("exit status %s, want %s", got, args[0])
	}
}
