package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"bouncelog/classify"
	"bouncelog/rules"
)

func testClassifier(t *testing.T) *classify.Classifier {
	t.Helper()
	rs, err := rules.Load()
	if err != nil {
		t.Fatal(err)
	}
	c, err := classify.New(rs)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestExplainJSONLines gives one object a line of input, in order, empty lines too, and the last line without a line break.
func TestExplainJSONLines(t *testing.T) {
	in := "550 5.1.1 User unknown\r\n\n552 5.2.2 mailbox full\n\x1b[31m\nTotal nonsense"
	var out bytes.Buffer
	if err := runExplain(testClassifier(t), explainOptions{format: "jsonl"}, "", false, strings.NewReader(in), &out); err != nil {
		t.Fatal(err)
	}
	want := []struct{ reply, cause string }{
		{"550 5.1.1 User unknown", "unknown-user"}, {"", "undetermined"}, {"552 5.2.2 mailbox full", "mailbox-full"}, {"\x1b[31m", "undetermined"}, {"Total nonsense", "undetermined"},
	}
	lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
	if len(lines) != len(want) {
		t.Fatalf("%d objects, want %d:\n%s", len(lines), len(want), out.String())
	}
	for i, line := range lines {
		var e explained
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatal(err)
		}
		if e.Reply != want[i].reply || e.Cause != want[i].cause || e.Category == "" || e.Rule == "" || e.Meaning == "" || len(e.Advice) == 0 || e.Links == nil {
			t.Errorf("object %d: %s", i, line)
		}
	}
}

func TestExplainText(t *testing.T) {
	c := testClassifier(t)
	f := func(reply string, o explainOptions, want ...string) {
		t.Helper()
		var out bytes.Buffer
		o.format = "text"
		if err := runExplain(c, o, reply, true, nil, &out); err != nil {
			t.Fatal(err)
		}
		for _, w := range want {
			if !strings.Contains(out.String(), w) {
				t.Errorf("explain %q lacks %q:\n%s", reply, w, out.String())
			}
		}
		if strings.ContainsAny(out.String(), "\x1b\r") {
			t.Errorf("explain %q writes control characters", reply)
		}
	}
	f("550", explainOptions{}, "RFC 5321", "Beware:", "user unknown")
	f("5.7.26", explainOptions{}, "RFC 7372", "From Google")
	f("421 4.7.0", explainOptions{}, "421: Service not available", "4.7.0: ")
	f("4.9.9", explainOptions{}, "no standard defines it")
	f("5.7.606", explainOptions{}, "sender.office.com")
	f("550 5.1.1 <bob@example.com>: User unknown", explainOptions{verbose: true}, "hard: unknown-user", "swaks --to bob@example.com", `matched "user unknown"`)
	f("554 5.7.1 Client host [192.0.2.5] blocked using bl.spamcop.net", explainOptions{}, "blocklist SpamCop", "https://www.spamcop.net/bl.shtml")
	f("552 \x1b[31m mailbox full \x07", explainOptions{}, `\x1b[31m`)
	f("552 \u202e mailbox full \x9b", explainOptions{}, `552 \u202e mailbox full \x9b`)
	// What a server says must not get into the commands that people paste.
	f("550 5.1.1 User unknown", explainOptions{recipient: "$(reboot)@example.com", relay: "a;b"}, "--to RECIPIENT --server REMOTE-HOST")
}

func TestRulesCommands(t *testing.T) {
	c := testClassifier(t)
	var out bytes.Buffer
	if err := listRules(&out, c.Rules(), "google", "", "table"); err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(strings.TrimSpace(out.String()), "\n") {
		if !strings.Contains(line, "google") {
			t.Errorf("rules list --provider google: %q", line)
		}
	}
	for _, id := range []string{"user-unknown", "mailbox-full", "code-5.1.1"} {
		out.Reset()
		if err := showRule(&out, c, id); err != nil || out.Len() == 0 {
			t.Errorf("rules show %s: %v", id, err)
		}
	}
	if err := showRule(&out, c, "no-such-rule"); err == nil {
		t.Error("rules show no-such-rule: no error")
	}
	path := filepath.Join(t.TempDir(), "own.toml")
	text := "[[rule]]\nid = \"a\"\ncause = \"virus\"\nany = [\"brrr\"]\nexample = [\"550 grrr\"]\n"
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	problems := lintFile(path)
	if len(problems) != 1 || problems[0].Line != 1 || !strings.Contains(problems[0].What, "decided by") {
		t.Errorf("rules lint: %v", problems)
	}
}

// TestMessageIsHarmless: a name or key with escapes appears in an error without them; joined errors have a line each.
func TestMessageIsHarmless(t *testing.T) {
	err := errors.Join(errors.New("a\x1b[31m does not exist"), errors.New("b\u202e is a directory"))
	if got, want := message(err), "bouncelog: a\\x1b[31m does not exist\nbouncelog: b\\u202e is a directory"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestEventStringsHideNothing(t *testing.T) {
	const in = "\x1b \x7f \u009b \u200b \u202e \u2066 \ufeff \U000e0041 ü"
	b := appendString(nil, in)
	if i := strings.IndexFunc(string(b), func(r rune) bool { return !unicode.IsPrint(r) }); i >= 0 {
		t.Errorf("a mark is written as it is, at %d of %q", i, b)
	}
	var out string
	if err := json.Unmarshal(b, &out); err != nil || out != in {
		t.Errorf("%v: got %q back", err, out)
	}
}
