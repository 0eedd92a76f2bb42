package main

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

func readDoc(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("../../docs", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// Every flag and setting is in docs/configuration.md.
func TestConfigurationIsDocumented(t *testing.T) {
	doc := readDoc(t, "configuration.md")
	everyCommand(t, func(t *testing.T, c *cobra.Command) {
		section := doc
		if c.Parent() != nil {
			var ok bool
			if _, section, ok = strings.Cut(doc, "### "+c.CommandPath()); !ok {
				if !c.HasSubCommands() {
					t.Fatalf("docs/configuration.md has no section on %s", c.CommandPath())
				}
				return
			}
			section, _, _ = strings.Cut(section, "\n### ")
		}
		c.NonInheritedFlags().VisitAll(func(f *pflag.Flag) {
			if f.Name != "help" && f.Name != "version" && !strings.Contains(section, "--"+f.Name+" ") && !strings.Contains(section, "--"+f.Name+"`") {
				t.Errorf("--%s of %s is not in docs/configuration.md", f.Name, c.CommandPath())
			}
		})
	})
	_, block, _ := strings.Cut(doc, "```toml\n")
	block, _, _ = strings.Cut(block, "```")
	var names func(reflect.Type)
	names = func(s reflect.Type) {
		for i := range s.NumField() {
			f := s.Field(i)
			if f.Type.Kind() == reflect.Struct {
				names(f.Type)
			}
			if tag := f.Tag.Get("toml"); !strings.Contains("\n"+block, "\n"+tag+" = ") && !strings.Contains(block, "["+tag+"]") {
				t.Errorf("the setting %s is not in docs/configuration.md", tag)
			}
		}
	}
	names(reflect.TypeFor[settings]())
	config := filepath.Join(t.TempDir(), "bouncelog.toml")
	if err := os.WriteFile(config, []byte(block), 0o600); err != nil {
		t.Fatal(err)
	}
	g := &globals{in: strings.NewReader(""), out: &bytes.Buffer{}, err: &bytes.Buffer{}, config: config}
	if s, err := g.readSettings(); err != nil || s.RetentionDays != 400 || s.Mail.TLS != "mandatory" {
		t.Errorf("the example of docs/configuration.md is read as %+v, %v", s, err)
	}
}

// Every JSON field that the commands print is in docs/json.md, under the command's heading.
func TestJSONIsDocumented(t *testing.T) {
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	doc := readDoc(t, "json.md")
	check := func(heading, output string) {
		t.Helper()
		_, section, ok := strings.Cut(doc, "\n## "+heading)
		if !ok {
			t.Fatalf("docs/json.md has no section %q", heading)
		}
		section, _, _ = strings.Cut(section, "\n## ")
		missing := map[string]bool{}
		var walk func(v any, keys bool)
		walk = func(v any, keys bool) {
			switch v := v.(type) {
			case object:
				for k, v := range v {
					if keys && !strings.Contains(section, "`"+k+"`") && !strings.Contains(section, `"`+k+`"`) {
						missing[k] = true
					}
					walk(v, k != "keys") // those of a cross table are the dimensions
				}
			case []any:
				for _, v := range v {
					walk(v, keys)
				}
			}
		}
		n := 0
		for text := range strings.SplitSeq(output, "\n{") {
			if n++; n > 1 {
				text = "{" + text
			}
			walk(decode(t, text), true)
		}
		for k := range missing {
			t.Errorf("%s: the field %s is not in docs/json.md", heading, k)
		}
	}
	db := filepath.Join(t.TempDir(), "db")
	logs := []string{filepath.Join(logDir, "postfix/syslog"), filepath.Join(logDir, "exim/all.mainlog"), filepath.Join(logDir, "sendmail/maillog")}
	check("ingest", runOK(t, "", append([]string{"ingest", "--db", db, "--timezone", "UTC", "--format", "json"}, logs...)...))
	check("events", runOK(t, "", append([]string{"events", "--timezone", "UTC"}, logs...)...))
	check("report", runOK(t, "", "report", "--db", db, "--since", "2026-11-22 07:00", "--until", "2026-11-22 08:00", "--compare", "2026-11-22 07:00", "--by", "domain,cause", "--format", "json"))
	check("why", runOK(t, "", "why", "--db", db, "news.lab.test", "--limit", "100", "--format", "json"))
	check("suppress", runOK(t, "", "suppress", "--db", db, "--format", "jsonl"))
	check("rules list", runOK(t, "", "rules", "list", "--format", "json"))
	check("rules list", runOK(t, "", "rules", "show", "google-dmarc", "mailbox-full", "code-5.1.1", "code-x.7.26", "--format", "json"))
	check("explain", runOK(t, "550 5.1.1 User unknown\n5.7.26\n421 4.7.0 [TSS04] deferred\n554 blocked using zen.spamhaus.org\n", "explain", "-v", "--format", "jsonl"))
}
