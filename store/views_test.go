package store

import (
	"database/sql/driver"
	"path/filepath"
	"testing"
	"time"

	"bouncelog/parser"
)

// The views tell in plain text what the program reads from the packed rows.
func TestViews(t *testing.T) {
	s := mustOpen(t, filepath.Join(t.TempDir(), "db"))
	all := load(t, s, newTraffic(time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC), 5000), 2000, 1000)
	c := s.w.conn
	for _, m := range all[:300] {
		row, err := c.one("SELECT host, queue_id, sender, message_id, size, client_ip, auth_user, dsn, begun, ended FROM v_messages WHERE id = ?", m.ID)
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range []any{m.Host, m.QueueID, m.Sender, m.MessageID, m.Size, m.ClientIP, m.AuthUser, int64(0), m.Begun, m.Ended} {
			got := row[i]
			if b, ok := got.([]byte); ok {
				got = string(b)
			}
			if i >= 8 { // strftime rounds the fraction
				is, err := time.Parse(time.RFC3339, got.(string))
				if err != nil || is.Sub(time.Unix(0, want.(int64))).Abs() > time.Millisecond {
					t.Fatalf("message %d, column %d: %v, want %v", m.ID, i, got, want)
				}
				continue
			}
			if got != want {
				t.Fatalf("message %d, column %d: %v, want %v", m.ID, i, got, want)
			}
		}
		r := m.Recipients[0]
		row, err = c.one("SELECT recipient, outcome, final, events FROM v_recipients WHERE message = ?", m.ID)
		if err != nil || text(row[0]) != r.Address || text(row[1]) != r.Outcome.String() || integer(row[2]) != 1 || integer(row[3]) != int64(len(r.Attempts)) {
			t.Fatalf("recipient of message %d: %v, %v", m.ID, row, err)
		}
		i := 0
		err = c.query(func(row []driver.Value) error {
			a := &r.Attempts[i]
			i++
			cause := ""
			if v := verdictOf(a); v != nil {
				cause = v.Cause
			}
			for j, want := range []string{a.Outcome.String(), a.RelayHost, a.Reply, a.Enhanced, a.Next, cause} {
				if text(row[j]) != want {
					t.Errorf("message %d, attempt %d, column %d: %q, want %q", m.ID, i, j, text(row[j]), want)
				}
			}
			if integer(row[6]) != int64(a.Try) {
				t.Errorf("message %d, attempt %d: try %v", m.ID, i, row[6])
			}
			return nil
		}, "SELECT outcome, relay_host, reply, enhanced_code, next_queue_id, cause, try FROM v_attempts WHERE message = ? ORDER BY time", m.ID)
		if err != nil || i != len(r.Attempts) {
			t.Fatalf("attempts of message %d: %d, %v", m.ID, i, err)
		}
	}
	f, err := s.Figures(Filter{}, time.Time{}, time.Time{}, 0)
	if err != nil {
		t.Fatal(err)
	}
	for figure, want := range map[string]int64{"messages": f.Totals.Messages, "delivered": f.Totals.Delivered, "deferrals": f.Totals.Deferrals, "hard": f.Totals.Hard} {
		n, err := c.number("SELECT sum(n) FROM v_aggregates WHERE dimension = 'total' AND figure = ?", figure)
		if err != nil || n != want || n == 0 {
			t.Errorf("%s: %d in v_aggregates, %d in the report, %v", figure, n, want, err)
		}
		n, err = c.number("SELECT sum(n) FROM v_aggregates WHERE dimension = 'domain' AND figure = ?", figure)
		if figure != "messages" && (err != nil || n != want) {
			t.Errorf("%s: %d by domain, %d in the report, %v", figure, n, want, err)
		}
	}
	if n, err := c.number("SELECT count(*) FROM v_recipients WHERE outcome = 'delivered'"); err != nil || n != f.Totals.Delivered {
		t.Errorf("%d delivered in v_recipients, %d in the report, %v", n, f.Totals.Delivered, err)
	}
	if n, err := c.number("SELECT count(*) FROM v_replies WHERE cause = 'greylisted'"); err != nil || n != 1 {
		t.Errorf("%d replies, %v", n, err)
	}
	if n, err := c.number("SELECT count(*) FROM v_logs WHERE name = 'maillog'"); err != nil || n != 1 {
		t.Errorf("%d logs, %v", n, err)
	}
}

// The names in the database are those of the program.
func TestNames(t *testing.T) {
	c := mustOpen(t, filepath.Join(t.TempDir(), "db")).w.conn
	check := func(table string, names []string) {
		t.Helper()
		var got []string
		if err := c.query(func(r []driver.Value) error {
			got = append(got, text(r[0]))
			return nil
		}, "SELECT name FROM "+table+" ORDER BY id"); err != nil {
			t.Fatal(err)
		}
		if len(got) != len(names) {
			t.Fatalf("%s: %d names, want %d", table, len(got), len(names))
		}
		for i := range names {
			if got[i] != names[i] {
				t.Errorf("%s %d: %q, want %q", table, i, got[i], names[i])
			}
		}
	}
	var outcomes, stages []string
	for o := parser.OutcomeNone; o <= parser.OutcomeReinjected; o++ {
		outcomes = append(outcomes, o.String())
	}
	for s := parser.StageNone; s <= parser.StageQuit; s++ {
		stages = append(stages, s.String())
	}
	check("outcome", outcomes)
	check("stage", stages)
	check("figure", fieldNames[:])
	dims := make([]string, DimCount)
	for d := range DimCount {
		dims[d] = d.String()
	}
	check("dimension", dims)
}
