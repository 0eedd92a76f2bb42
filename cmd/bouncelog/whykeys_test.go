package main

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

// why finds a message by each kind of key, from the database and straight from the log, on logs of all three mail servers.
func TestWhyFindsByEachKey(t *testing.T) {
	for _, log := range []string{"postfix/syslog", "exim/all.mainlog", "sendmail/maillog"} {
		t.Run(log, func(t *testing.T) {
			name := filepath.Join(logDir, log)
			db := filepath.Join(t.TempDir(), "db")
			runOK(t, "", "ingest", "--db", db, "--timezone", "UTC", name)
			keys := keysOf(t, name)
			for _, kind := range []string{"queue_id", "message_id", "<message_id>", "recipient", "sender", "domain"} {
				if _, ok := keys[kind]; !ok {
					t.Errorf("the log has no %s to look for", kind)
				}
			}
			for kind, k := range keys {
				for from, args := range map[string][]string{"database": {"--db", db}, "log": {"--timezone", "UTC", k.key, name}} {
					if from == "database" {
						args = append(args, k.key)
					}
					ids, lines := found(t, append([]string{"why", "--limit", "5000", "--format", "json"}, args...))
					if !ids[k.queueID] {
						t.Errorf("%s %q does not find %s in the %s (%d found)", kind, k.key, k.queueID, from, len(ids))
					}
					if lines == 0 {
						t.Errorf("%s %q: no raw lines from the %s", kind, k.key, from)
					}
				}
			}
		})
	}
}

type wanted struct{ key, queueID string }

// keysOf picks one key of each kind from the events of a log, with the queue id of a message that it must find.
func keysOf(t *testing.T, name string) map[string]wanted {
	t.Helper()
	keys := map[string]wanted{}
	pick := func(kind string, v any, id string) {
		if s, _ := v.(string); s != "" && id != "" {
			if _, ok := keys[kind]; !ok {
				keys[kind] = wanted{s, id}
			}
		}
	}
	for line := range strings.Lines(runOK(t, "", "events", "--timezone", "UTC", name)) {
		e := decode(t, line)
		if e["outcome"] != "bounced" && e["auth_user"] == nil {
			continue
		}
		id, _ := e["queue_id"].(string)
		for _, kind := range []string{"queue_id", "message_id", "sender", "recipient", "client_ip", "auth_user", "subject"} {
			pick(kind, e[kind], id)
		}
		if m, ok := e["message_id"].(string); ok {
			pick("<message_id>", "<"+m+">", id)
		}
		if r, ok := e["recipient"].(string); ok && strings.Contains(r, "@") {
			pick("domain", domainOf(r), id)
			pick("wildcard", r[:3]+"*@"+domainOf(r), id)
			pick("upper case", strings.ToUpper(r), id)
		}
	}
	return keys
}

// found are the queue ids that why names, and how many raw lines it shows.
func found(t *testing.T, args []string) (ids map[string]bool, lines int) {
	t.Helper()
	var out, errs bytes.Buffer
	g := &globals{in: strings.NewReader(""), out: &out, err: &errs}
	c := newRootCommand(g)
	c.SetArgs(args)
	if err := c.ExecuteContext(t.Context()); err != nil && !errors.Is(err, errNothing) {
		t.Fatal(fmt.Sprint(args), err)
	}
	ids = map[string]bool{}
	var walk func(m object)
	walk = func(m object) {
		id, _ := m["queue_id"].(string)
		ids[id] = true
		lines += len(m["lines"].([]any))
		if related, ok := m["related"].([]any); ok {
			for _, r := range related {
				walk(r.(object))
			}
		}
	}
	for _, m := range decode(t, out.String())["matches"].([]any) {
		walk(m.(object))
	}
	return ids, lines
}
