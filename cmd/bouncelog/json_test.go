package main

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The names of INTERFACE: programs read them.
var (
	eventFields = strings.Fields(`time host mta queue_id message_id sender recipient orig_recipient size client_host client_ip auth_user relay_host relay_ip relay_port
		delay outcome attempt final reply reply_code enhanced_code category cause rule provider blocklist dsn parent_queue_id next_queue_id file line log offset`)
	ingestFields = strings.Fields(`files lines bytes foreign unrecognized messages recipients delivered deferrals bounced expired rejected session_rejects discarded dsns
		by_category seconds`)
	reportFields = strings.Fields(`since until totals by_category by_cause by_domain by_provider by_sender_domain by_relay by_enhanced_code by_hour top_replies`)
	totalFields  = strings.Fields(`messages recipients delivered deferred deferrals bounced expired rejected session_rejects discarded dsns bounce_rate`)
	rowFields    = strings.Fields(`key delivered deferrals bounced expired rejected hard soft block content bounce_rate`)
	replyFields  = strings.Fields(`reply count cause category example_queue_id`)
	matchFields  = strings.Fields(`host mta queue_id message_id sender size client_host client_ip time parent recipients lines`)
	fateFields   = strings.Fields(`recipient outcome category cause meaning advice attempts events`)
	explainNames = strings.Fields(`reply reply_code enhanced_code category cause rule suppress meaning advice links`)
)

type object = map[string]any

func decode(t *testing.T, text string) object {
	t.Helper()
	var o object
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		t.Fatalf("%v: %.200s", err, text)
	}
	return o
}

func hasAll(t *testing.T, what string, o object, names []string) {
	t.Helper()
	for _, n := range names {
		if _, ok := o[n]; !ok {
			t.Errorf("%s has no field %s", what, n)
		}
	}
}

// objects is a list of objects, not empty.
func objects(t *testing.T, o object, name string) []object {
	t.Helper()
	list, ok := o[name].([]any)
	if !ok || len(list) == 0 {
		t.Fatalf("%s is no list with entries: %v", name, o[name])
	}
	var all []object
	for _, v := range list {
		all = append(all, v.(object))
	}
	return all
}

func TestJSONFields(t *testing.T) {
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	db := filepath.Join(t.TempDir(), "db")
	logs := []string{filepath.Join(logDir, "postfix/syslog"), filepath.Join(logDir, "exim/all.mainlog"), filepath.Join(logDir, "sendmail/maillog")}

	sum := decode(t, runOK(t, "", append([]string{"ingest", "--db", db, "--timezone", "UTC", "--format", "json"}, logs...)...))
	hasAll(t, "ingest", sum, ingestFields)
	hasAll(t, "ingest's by_category", sum["by_category"].(object), []string{"hard", "soft", "block", "content"})

	seen := object{}
	extra := []string{"subject", "repeat"}
	for line := range strings.Lines(runOK(t, "", append([]string{"events", "--timezone", "UTC"}, logs...)...)) {
		for k, v := range decode(t, line) {
			seen[k] = v
			if !slices.Contains(eventFields, k) && !slices.Contains(extra, k) {
				t.Fatalf("events print %s, which is not documented", k)
			}
		}
	}
	hasAll(t, "events (taken together)", seen, eventFields)

	r := decode(t, runOK(t, "", "report", "--db", db, "--day", "2026-11-22", "--format", "json"))
	hasAll(t, "report", r, reportFields)
	hasAll(t, "report's totals", r["totals"].(object), totalFields)
	for _, name := range reportFields[3:11] {
		for _, row := range objects(t, r, name) {
			hasAll(t, name, row, rowFields)
		}
	}
	hasAll(t, "by_cause", objects(t, r, "by_cause")[0], []string{"deferred_attempts"})
	hasAll(t, "by_category", objects(t, r, "by_category")[0], []string{"deferred_attempts"})
	hasAll(t, "top_replies", objects(t, r, "top_replies")[0], replyFields)

	fields := object{}
	for _, key := range []string{"contoso.example", "news.lab.test", "<>"} {
		w := decode(t, runOK(t, "", "why", "--db", db, "--limit", "50", "--format", "json", key))
		for _, m := range objects(t, w, "matches") {
			for k, v := range m {
				fields[k] = v
			}
			for _, rc := range m["recipients"].([]any) {
				hasAll(t, "a recipient", rc.(object), []string{"outcome", "attempts", "events"})
				for k, v := range rc.(object) {
					fields["recipient."+k] = v
				}
			}
			for _, l := range m["lines"].([]any) {
				hasAll(t, "a line", l.(object), []string{"file", "line", "text"})
			}
		}
	}
	hasAll(t, "why (taken together)", fields, matchFields)
	for _, n := range fateFields {
		if _, ok := fields["recipient."+n]; !ok {
			t.Errorf("why's recipients have no field %s", n)
		}
	}

	e := decode(t, runOK(t, "", "explain", "--format", "jsonl", "550 5.1.1 <bob@example.com>: Recipient address rejected: User unknown"))
	hasAll(t, "explain", e, explainNames)
}
