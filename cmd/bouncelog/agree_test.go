package main

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The same messages logged in three formats give the same events but for the precision of the time, which delays may be made of, and for
// where the lines stand.
func TestFormatsAgree(t *testing.T) {
	for _, logs := range [][]string{
		{"postfix/syslog", "postfix/syslog.iso", "postfix/syslog.rfc5424"},
		{"exim/syslog", "exim/syslog.iso", "exim/syslog.rfc5424"},
		{"sendmail/maillog", "sendmail/maillog.iso", "sendmail/maillog.rfc5424"},
		{"sendmail/ll15.maillog", "sendmail/ll15.maillog.rfc5424"},
	} {
		want, delays := sameInAll(t, logs[0])
		if len(want) < 100 {
			t.Fatalf("%s: %d events", logs[0], len(want))
		}
		for _, log := range logs[1:] {
			t.Run(log, func(t *testing.T) {
				got, gotDelays := sameInAll(t, log)
				if d := cmp.Diff(want, got); d != "" {
					t.Fatalf("%s (-) and %s (+) differ:\n%.3000s", logs[0], log, d)
				}
				for e, d := range delays {
					if math.Abs(d-gotDelays[e]) > float64(strings.Count(strings.Join(want, "\n"), e)) {
						t.Errorf("delay %v and %v of %s", d, gotDelays[e], e)
					}
				}
			})
		}
	}
}

// sameInAll are the events of a log without what the formats may differ in, sorted, and the sum of the delays of each.
func sameInAll(t *testing.T, log string) ([]string, map[string]float64) {
	t.Helper()
	var list []string
	delays := map[string]float64{}
	for line := range strings.Lines(runOK(t, "", "events", "--timezone", "UTC", filepath.Join(logDir, log))) {
		e := decode(t, line)
		delay, _ := e["delay"].(float64)
		for _, k := range []string{"file", "log", "offset", "line", "delay"} {
			delete(e, k)
		}
		e["time"] = e["time"].(string)[:len("2026-11-22T07:14:24")]
		b, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, string(b))
		delays[string(b)] += delay
	}
	slices.Sort(list)
	return list, delays
}

// What a report counts straight from logs is what it counts from a database that read them.
func TestReportOfFilesIsThatOfTheStore(t *testing.T) {
	for _, logs := range [][]string{{"postfix/syslog"}, {"postfix/maillog"}, {"exim/mainlog", "exim/rejectlog"}, {"exim/all.mainlog"}, {"sendmail/ll15.maillog"},
		{"postfix/syslog", "exim/all.mainlog", "sendmail/maillog"}} {
		t.Run(fmt.Sprint(logs), func(t *testing.T) {
			dir := t.TempDir()
			db, config := filepath.Join(dir, "db"), filepath.Join(dir, "config.toml")
			if err := os.WriteFile(config, []byte("report_zone = \"UTC\"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			t.Setenv("XDG_STATE_HOME", dir)
			var names []string
			for _, l := range logs {
				names = append(names, filepath.Join(logDir, l))
			}
			runOK(t, "", append([]string{"ingest", "--db", db, "--config", config, "--timezone", "UTC"}, names...)...)
			window := []string{"--config", config, "--timezone", "UTC", "--format", "json", "--day", "2026-11-22"}
			stored := decode(t, runOK(t, "", append([]string{"report", "--db", db}, window...)...))
			direct := decode(t, runOK(t, "", append(append([]string{"report"}, window...), names...)...))
			filtered := decode(t, runOK(t, "", append(append([]string{"report", "--outcome", strings.Join(outcomes(), ",")}, window...), names...)...))
			for k := range stored {
				switch k {
				case "small_print", "since", "until": // of the whole store; in its zone
				case "by_host", "by_sender_domain", "by_relay", "by_domain", "by_auth_user": // with the replies behind, which only a database finds
					if d := cmp.Diff(figures(stored[k]), figures(direct[k])); d != "" {
						t.Errorf("%s of the store (-) and of the files (+): %.2000s", k, d)
					}
				case "suppress":
					if d := cmp.Diff(times(stored[k]), times(direct[k])); d != "" {
						t.Errorf("%s of the store (-) and of the files (+): %.2000s", k, d)
					}
				default:
					if d := cmp.Diff(stored[k], direct[k]); d != "" {
						t.Errorf("%s of the store (-) and of the files (+): %.2000s", k, d)
					}
				}
			}
			if d := cmp.Diff(stored["by_cause"], filtered["by_cause"]); d != "" {
				t.Errorf("by_cause of the store (-) and of the messages (+): %.2000s", d)
			}
			if n := len(stored["suppress"].([]any)); n == 0 {
				t.Error("no address to stop mailing")
			}
			if q := stored["queue"].(object)["recipients"].(float64); q != stored["totals"].(object)["deferred"].(float64) || q == 0 {
				t.Errorf("%v in the queue, %v deferred", q, stored["totals"].(object)["deferred"])
			}
		})
	}
}

// figures leaves the numbers of a list's rows.
func figures(v any) []object {
	var out []object
	for _, r := range v.([]any) {
		row := r.(object)
		for _, k := range []string{"top_cause", "top_reply", "top_provider", "advice", "links", "meaning"} {
			delete(row, k)
		}
		out = append(out, row)
	}
	return out
}

// times are a list's rows without the zone in which times are written.
func times(v any) []object {
	var out []object
	for _, r := range v.([]any) {
		row := r.(object)
		for _, k := range []string{"first", "last"} {
			delete(row, k)
		}
		out = append(out, row)
	}
	return out
}
