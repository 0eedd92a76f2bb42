package ingest_test

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	_ "github.com/mattn/go-sqlite3"

	"bouncelog/classify"
	"bouncelog/cmd/biglog/generate"
	"bouncelog/ingest"
	"bouncelog/parser"
	"bouncelog/parser/all"
	"bouncelog/rules"
	"bouncelog/store"
)

var start = time.Date(2026, 8, 3, 0, 0, 0, 0, time.UTC)

// mtas are the dialects of the generator.
var mtas = []string{"postfix", "postfix-long", "exim", "sendmail"}

// biglog generates a log in memory.
func biglog(t testing.TB, mta string, messages int, seed uint64, span time.Duration) ([]byte, generate.Totals) {
	t.Helper()
	var b bytes.Buffer
	name, long := strings.CutSuffix(mta, "-long")
	totals, err := generate.Write(&b, generate.Options{MTA: name, LongIDs: long, Messages: messages, Seed: seed, Start: start, Span: span})
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), totals
}

var classifier = sync.OnceValues(func() (*classify.Classifier, error) {
	rs, err := rules.Load()
	if err != nil {
		return nil, err
	}
	return classify.New(rs)
})

func options(t testing.TB) ingest.Options {
	t.Helper()
	c, err := classifier()
	if err != nil {
		t.Fatal(err)
	}
	return ingest.Options{
		Stream:     parser.Options{Parsers: all.Parsers(), Timezone: time.UTC, Year: 2026},
		Classifier: c, Zone: time.UTC,
	}
}

// read is one run of `ingest` into the database, or without one ("").
func read(t testing.TB, db string, names ...string) ingest.Summary {
	t.Helper()
	sum, _ := readAll(t, db, names...)
	return sum
}

func readAll(t testing.TB, db string, names ...string) (ingest.Summary, *store.Aggregates) {
	t.Helper()
	o := options(t)
	if db != "" {
		st := openStore(t, db)
		defer func() {
			if err := st.Close(); err != nil {
				t.Fatal(err)
			}
		}()
		o.Store = st
	}
	c, err := ingest.New(o)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Read(context.Background(), names); err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	return c.Summary(), c.Aggregates()
}

// openStore opens a database. Closing it is left to the caller.
func openStore(t testing.TB, db string) *store.Store {
	t.Helper()
	st, err := store.Open(db, store.Options{Zone: time.UTC})
	if err != nil {
		t.Fatal(err)
	}
	return st
}

// write makes a file in the test's folder.
func write(t testing.TB, dir, name string, parts ...[]byte) string {
	t.Helper()
	name = filepath.Join(dir, name)
	if err := os.WriteFile(name, bytes.Join(parts, nil), 0o666); err != nil {
		t.Fatal(err)
	}
	return name
}

// counts are a summary's figures that add up over runs.
func counts(s ingest.Summary) generate.Totals {
	return generate.Totals{
		Lines: s.Lines, Bytes: s.Bytes, Foreign: s.Foreign, Unrecognized: s.Unrecognized, Messages: s.Messages, Recipients: s.Recipients,
		Delivered: s.Delivered, Deferrals: s.Deferrals, Bounced: s.Bounced, Expired: s.Expired, Rejected: s.Rejected,
		SessionRejects: s.SessionRejects, Discarded: s.Discarded, DSNs: s.DSNs, ByCategory: generate.Category(s.ByCategory),
	}
}

func plus(a, b generate.Totals) generate.Totals {
	return generate.Totals{
		Lines: a.Lines + b.Lines, Bytes: a.Bytes + b.Bytes, Foreign: a.Foreign + b.Foreign, Unrecognized: a.Unrecognized + b.Unrecognized,
		Messages: a.Messages + b.Messages, Recipients: a.Recipients + b.Recipients, Delivered: a.Delivered + b.Delivered,
		Deferrals: a.Deferrals + b.Deferrals, Bounced: a.Bounced + b.Bounced, Expired: a.Expired + b.Expired, Rejected: a.Rejected + b.Rejected,
		SessionRejects: a.SessionRejects + b.SessionRejects, Discarded: a.Discarded + b.Discarded, DSNs: a.DSNs + b.DSNs,
		ByCategory: generate.Category{
			Hard: a.ByCategory.Hard + b.ByCategory.Hard, Soft: a.ByCategory.Soft + b.ByCategory.Soft,
			Block: a.ByCategory.Block + b.ByCategory.Block, Content: a.ByCategory.Content + b.ByCategory.Content,
		},
	}
}

// lineStarts are the offsets of a log's lines.
func lineStarts(log []byte) []int {
	starts := []int{0}
	for i, c := range log {
		if c == '\n' && i+1 < len(log) {
			starts = append(starts, i+1)
		}
	}
	return starts
}

// What a store says, without what depends on the order of reading: ids, and the places of lines.
const (
	messagesSQL = `SELECT host, instance, mta, queue_id, first, last, begun, ended, sender, message_id, subject, size, nrcpt, client_host, client_ip,
		auth_user, dsn, parent_queue_id, prev_queue_id, next_queue_id, rejected, session_reject, probe FROM v_messages`
	timelessSQL = `SELECT host, instance, mta, queue_id, sender, message_id, subject, size, nrcpt, client_host, client_ip,
		auth_user, dsn, parent_queue_id, prev_queue_id, next_queue_id, rejected, session_reject, probe FROM v_messages`
	recipientsSQL = `SELECT host, queue_id, recipient, orig_recipient, outcome, final, events, category, cause, provider FROM v_recipients`
	attemptsSQL   = `SELECT host, queue_id, recipient, time, outcome, final, try, relay_host, relay_ip, relay_port, delay, reply, reply_code, enhanced_code,
		stage, local, category, cause, rule, next_queue_id FROM v_attempts`
	// An attempt that Exim did not make ("retry time not reached") has the words of the one before, where that was read before it.
	unsaidSQL = `SELECT host, queue_id, recipient, time, outcome, final, try, delay, next_queue_id, CASE outcome WHEN 'deferred' THEN NULL ELSE reply END,
		CASE outcome WHEN 'deferred' THEN NULL ELSE cause END FROM v_attempts`
	aggregatesSQL = `SELECT dimension, key, hour, figure, n FROM v_aggregates WHERE n <> 0`
	reasonlessSQL = aggregatesSQL + ` AND NOT (figure = 'deferrals' AND dimension IN ('category', 'cause', 'reply', 'relay', 'enhanced_code'))`
)

// dump are the rows of queries, in order.
func dump(t testing.TB, db string, queries ...string) []string {
	t.Helper()
	conn, err := sql.Open("sqlite3", "file:"+db+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	var list []string
	for _, q := range queries {
		rows, err := conn.Query(q)
		if err != nil {
			t.Fatal(err)
		}
		columns, err := rows.Columns()
		if err != nil {
			t.Fatal(err)
		}
		values := make([]any, len(columns))
		for i := range values {
			values[i] = new(any)
		}
		for rows.Next() {
			if err := rows.Scan(values...); err != nil {
				t.Fatal(err)
			}
			var b strings.Builder
			for i, c := range columns {
				if v := *values[i].(*any); v != nil && v != "" {
					fmt.Fprintf(&b, "%s=%v ", c, v)
				}
			}
			list = append(list, b.String())
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
		rows.Close()
	}
	slices.Sort(list)
	return list
}

// same compares dumps and shows some of what only one of them has.
func same(t testing.TB, what string, got, want []string) {
	t.Helper()
	if slices.Equal(got, want) {
		return
	}
	have := map[string]int{}
	for _, s := range got {
		have[s]++
	}
	for _, s := range want {
		have[s]--
	}
	var diff []string
	for s, n := range have {
		switch {
		case n > 0:
			diff = append(diff, s+"\n\t+ more than wanted")
		case n < 0:
			diff = append(diff, s+"\n\t- missing")
		}
	}
	slices.Sort(diff)
	t.Errorf("%s: %d rows, want %d; %d differ:\n%s", what, len(got), len(want), len(diff), strings.Join(diff[:min(len(diff), 12)], "\n"))
}
