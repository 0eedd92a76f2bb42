package main

import (
	"database/sql"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	_ "github.com/mattn/go-sqlite3"
)

// agreeSQL counts anew, by the rules of docs/schema.md ("What counts") and from the plain views of messages alone. It makes a table ev of what
// a report counts: one row an event of a recipient, an arrival, a refusal or a bounce message; figure says of which kind it is.
const agreeSQL = `
CREATE TEMP TABLE msg AS SELECT *, coalesce(begun, first) AS arrived, CASE WHEN sender = '' THEN '<>' ELSE DOMAIN(sender) END AS sender_domain
FROM v_messages WHERE NOT probe;
CREATE TEMP TABLE rcp AS SELECT r.*, DOMAIN(r.recipient) AS domain FROM v_recipients r;
CREATE TEMP TABLE att AS SELECT * FROM v_attempts;
CREATE INDEX temp.att_of ON att (message, recipient_number);
CREATE TEMP TABLE mail AS
SELECT r.message, r.recipient_number AS number, r.host, r.recipient, r.domain, r.outcome, r.final, r.cause,
	m.rejected OR r.outcome = 'rejected' AS refused, m.arrived,
	m.sender_domain, ifnull(m.auth_user, '') AS auth_user,
	(SELECT a.provider FROM att a WHERE a.message = r.message AND a.recipient_number = r.recipient_number AND a.provider <> '' ORDER BY time DESC LIMIT 1) AS provider
FROM rcp r JOIN msg m ON m.id = r.message WHERE m.dsn = 0 AND NOT m.session_reject;

CREATE TEMP TABLE ev AS
SELECT r.message, a.time, a.outcome AS figure, r.host, r.domain, r.sender_domain, r.auth_user, r.provider, a.category, a.cause, a.blocklist, a.enhanced_code, a.reply,
	lower(coalesce(nullif(a.relay_host, ''), a.relay_ip, '')) AS relay, '' AS rejected_cause
FROM mail r JOIN att a ON a.message = r.message AND a.recipient_number = r.number
WHERE NOT r.refused AND (a.final AND a.outcome IN ('delivered', 'bounced', 'expired', 'discarded') OR a.outcome = 'deferred');
UPDATE ev SET figure = 'deferrals' WHERE figure = 'deferred';
UPDATE ev SET relay = '' WHERE figure = 'discarded';
INSERT INTO ev SELECT message, time, category, host, domain, sender_domain, auth_user, provider, category, cause, blocklist, enhanced_code, '', relay, ''
	FROM ev WHERE figure IN ('bounced', 'expired') AND category <> '';
INSERT INTO ev SELECT message, arrived, 'recipients', host, domain, sender_domain, auth_user, provider, '', '', '', '', '', '', ''
	FROM mail WHERE NOT refused AND outcome <> 'reinjected';
INSERT INTO ev SELECT r.message, ifnull((SELECT max(time) FROM att a WHERE a.message = r.message AND a.recipient_number = r.number), arrived),
	iif(outcome = 'discarded', 'discarded', 'rejected'), host, domain, sender_domain, auth_user, '', '', '', '', '', '', '', iif(outcome = 'discarded', '', cause)
	FROM mail r WHERE refused;
INSERT INTO ev SELECT id, arrived, 'rejected', host, '', sender_domain, ifnull(auth_user, ''), '', '', '', '', '', '', '', ''
	FROM msg WHERE rejected AND dsn = 0 AND NOT session_reject AND id NOT IN (SELECT message FROM rcp);
INSERT INTO ev SELECT id, arrived, 'messages', host, '', sender_domain, ifnull(auth_user, ''), '', '', '', '', '', '', '', ''
	FROM msg WHERE NOT rejected AND dsn = 0 AND NOT session_reject AND prev_id IS NULL
	AND id IN (SELECT id FROM v_messages WHERE sender IS NOT NULL OR message_id <> '' OR id IN (SELECT message FROM v_recipients));
INSERT INTO ev SELECT id, arrived, 'session_rejects', host, '', '', ifnull(auth_user, ''), '', '', '', '', '', '', '', (SELECT cause FROM rcp WHERE message = id LIMIT 1)
	FROM msg WHERE session_reject;
INSERT INTO ev SELECT id, arrived, 'dsns', host, '', '', '', '', '', '', '', '', '', '', '' FROM msg WHERE dsn IN (1, 2, 4) AND NOT session_reject;
`

// sqlDomain is DOMAIN of agreeSQL: what follows the last @ of an address, in lower case.
func sqlDomain(query string) string {
	for _, of := range []string{"sender", "r.recipient"} {
		query = strings.ReplaceAll(query, "DOMAIN("+of+")", fmt.Sprintf("iif(instr(%[1]s, '@'), lower(substr(%[1]s, length(rtrim(%[1]s, replace(%[1]s, '@', ''))) + 1)), '')", of))
	}
	return query
}

// agreeLists are the lists of the JSON report, the dimension of each in v_aggregates (and column of ev), and what each counts.
var agreeLists = []struct{ list, dim, figures string }{
	{"by_host", "host", "messages recipients delivered bounced expired discarded deferrals rejected session_rejects hard soft block content"},
	{"by_sender_domain", "sender_domain", "messages recipients delivered bounced expired discarded deferrals rejected hard soft block content"},
	{"by_auth_user", "auth_user", "messages recipients delivered bounced expired discarded deferrals rejected session_rejects hard soft block content"},
	{"by_domain", "domain", "recipients delivered bounced expired discarded deferrals rejected hard soft block content"},
	{"by_provider", "provider", "recipients delivered bounced expired discarded deferrals hard soft block content"},
	{"by_relay", "relay", "delivered bounced expired deferrals hard soft block content"},
	{"by_category", "category", "bounced expired deferrals hard soft block content"},
	{"by_cause", "cause", "bounced expired deferrals hard soft block content"},
	{"by_blocklist", "blocklist", "bounced expired deferrals hard soft block content"},
	{"by_rejected", "rejected_cause", "rejected session_rejects"},
}

// agreeFigures are the counts of a row.
var agreeFigures = strings.Fields("messages recipients delivered bounced expired discarded deferrals rejected session_rejects hard soft block content")

// The figures of every section of the report are those that plain SQL counts from the messages, those of the aggregates' view, and agree with each
// other. The zone puts midnight and the hours at a quarter, so that the few minutes of the logs lie in two hours.
func TestReportAgreesWithSQL(t *testing.T) {
	for _, logs := range [][]string{{"postfix/syslog"}, {"exim/mainlog"}, {"sendmail/maillog"}, goldenLogs} {
		t.Run(strings.ReplaceAll(strings.Join(logs, "+"), "/", "-"), func(t *testing.T) {
			env := newGoldenEnv(t)
			if err := os.WriteFile(filepath.Join(env.dir, "config.toml"), []byte("report_zone = \"Asia/Kathmandu\"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			var names []string
			for _, l := range logs {
				names = append(names, filepath.Join(logDir, l))
			}
			env.run(append([]string{"ingest"}, names...)...)
			a := agreement{t: t, db: agreeDB(t, filepath.Join(env.dir, "db"))}
			a.report = decode(t, env.run("report", "--day", "2026-11-22", "--format", "json", "--by", "category,outcome"))
			a.totals = a.report["totals"].(object)
			a.checkTotals()
			a.checkLists()
			a.checkHours()
			a.checkQueue()
			a.checkReplies()
			a.checkCross()
			a.checkSuppressions()
		})
	}
}

func agreeDB(t *testing.T, path string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite3", "file:"+path+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	db.SetMaxOpenConns(1) // temporary tables are the connection's
	if _, err := db.Exec(sqlDomain(agreeSQL)); err != nil {
		t.Fatal(err)
	}
	return db
}

type agreement struct {
	t              *testing.T
	db             *sql.DB
	report, totals object
}

// table is figures by key, without zeros.
type table map[string]map[string]int64

func (x table) add(key, figure string, n int64) {
	if n == 0 {
		return
	}
	if x[key] == nil {
		x[key] = map[string]int64{}
	}
	x[key][figure] += n
}

// sum adds up all keys.
func (x table) sum(figure string) (n int64) {
	for _, row := range x {
		n += row[figure]
	}
	return n
}

// ask runs a query that gives key, figure and number.
func (a *agreement) ask(query string, args ...any) table {
	a.t.Helper()
	rows, err := a.db.Query(query, args...)
	if err != nil {
		a.t.Fatal(err)
	}
	defer rows.Close()
	got := table{}
	for rows.Next() {
		var key, figure string
		var n int64
		if err := rows.Scan(&key, &figure, &n); err != nil {
			a.t.Fatal(err)
		}
		got.add(key, figure, n)
	}
	if err := rows.Err(); err != nil {
		a.t.Fatal(err)
	}
	return got
}

func (a *agreement) number(query string, args ...any) (n int64) {
	a.t.Helper()
	if err := a.db.QueryRow(query, args...).Scan(&n); err != nil {
		a.t.Fatal(err)
	}
	return n
}

// list is a list of the report as a table.
func (a *agreement) list(name, key string, figures []string) table {
	a.t.Helper()
	got := table{}
	for _, v := range a.report[name].([]any) {
		row := v.(object)
		for _, f := range figures {
			n, ok := row[f].(float64)
			if !ok {
				a.t.Fatalf("%s has no %s", name, f)
			}
			got.add(row[key].(string), f, int64(n))
		}
	}
	return got
}

func (a *agreement) total(figure string) int64 {
	a.t.Helper()
	n, ok := a.totals[figure].(float64)
	if !ok {
		a.t.Fatalf("the totals have no %s", figure)
	}
	return int64(n)
}

func (a *agreement) same(what string, want, got any) {
	a.t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		a.t.Errorf("%s (-want +got):\n%.2000s", what, d)
	}
}

func (a *agreement) checkTotals() {
	a.t.Helper()
	got := table{}
	for _, f := range append([]string{"dsns"}, agreeFigures...) {
		got.add("", f, a.total(f))
	}
	a.same("totals and messages", a.ask("SELECT '', figure, count(*) FROM ev GROUP BY 2"), got)
	a.same("totals and v_aggregates", a.ask("SELECT '', figure, sum(n) FROM v_aggregates WHERE dimension = 'total' AND figure NOT LIKE 'de%\\_%' ESCAPE '\\' GROUP BY 2"), got)
	a.same("outcomes and v_recipients", a.ask("SELECT '', outcome, count(*) FROM mail WHERE outcome IN ('delivered', 'bounced', 'expired') AND NOT refused GROUP BY 2"),
		table{"": {"delivered": a.total("delivered"), "bounced": a.total("bounced"), "expired": a.total("expired")}})
	failed := a.total("bounced") + a.total("expired")
	a.same("categories and bounced + expired", failed, a.total("hard")+a.total("soft")+a.total("block")+a.total("content"))
	if failed == 0 || a.total("expired") == 0 || a.total("deferrals") == 0 || a.total("rejected") == 0 {
		a.t.Errorf("the log shows too little: %v", a.totals)
	}
	a.rate("totals", a.totals)
	if twice := a.number("SELECT count(*) FROM (SELECT 1 FROM att JOIN mail r ON r.message = att.message AND number = recipient_number WHERE att.final GROUP BY r.message, number HAVING count(*) > 1)"); twice > 0 {
		a.t.Errorf("%d recipients ended twice", twice)
	}
	days := a.report["days"].([]any)
	last := days[len(days)-1].(object)
	a.same("the last day of the trend", []any{float64(failed), float64(failed + a.total("delivered"))}, []any{last["failed"], last["ended"]})
}

// rate checks the bounce rate of a row by its counts.
func (a *agreement) rate(what string, row object) {
	a.t.Helper()
	failed := row["bounced"].(float64) + row["expired"].(float64)
	want := 0.0
	if ended := failed + row["delivered"].(float64); ended > 0 {
		want = failed / ended
	}
	if math.Abs(row["bounce_rate"].(float64)-want) > 1e-9 {
		a.t.Errorf("%s: bounce rate %v, want %v", what, row["bounce_rate"], want)
	}
}

func (a *agreement) checkLists() {
	a.t.Helper()
	seen := 0
	for _, l := range agreeLists {
		figures := strings.Fields(l.figures)
		// All that rows show is asked for, so that a figure where none should be is found, too.
		got := a.list(l.list, "key", agreeFigures)
		if len(got) > 0 {
			seen++
		}
		in := "'" + strings.Join(figures, "', '") + "'"
		a.same(l.list+" and messages", a.ask(fmt.Sprintf("SELECT %s, figure, count(*) FROM ev WHERE %[1]s <> '' AND figure IN (%s) GROUP BY 1, 2", l.dim, in)), got)
		a.same(l.list+" and v_aggregates", a.ask(fmt.Sprintf("SELECT key, figure, sum(n) FROM v_aggregates WHERE dimension = '%s' AND figure IN ('%s') GROUP BY 1, 2", l.dim, strings.Join(agreeFigures, "', '"))), got)
		for _, f := range figures {
			// What has no such key: mail of Exim's main log has no host, local users no domain, unauthenticated senders no user.
			none := a.number(fmt.Sprintf("SELECT count(*) FROM ev WHERE ifnull(%s, '') = '' AND figure = ?", l.dim), f)
			a.same(fmt.Sprintf("%s and the total: %s", l.list, f), a.total(f), got.sum(f)+none)
			if none > 0 && (l.dim == "category" || l.dim == "cause") {
				a.t.Errorf("%d %s have no %s", none, f, l.dim)
			}
		}
		for key, row := range got {
			if row["hard"]+row["soft"]+row["block"]+row["content"] != row["bounced"]+row["expired"] {
				a.t.Errorf("%s, %s: the categories do not add up to bounced + expired: %v", l.list, key, row)
			}
		}
		share := 0.0
		for _, v := range a.report[l.list].([]any) {
			row := v.(object)
			a.rate(l.list+", "+row["key"].(string), row)
			s, _ := row["share"].(float64)
			share += s
		}
		if len(got) > 0 && math.Abs(share-1) > 1e-9 && share != 0 {
			a.t.Errorf("%s: the shares add up to %v", l.list, share)
		}
	}
	if seen < len(agreeLists)-2 { // hosts and users are in some of the logs
		a.t.Errorf("only %d of the lists have rows", seen)
	}
	// Where a server names no enhanced code the classifier may read one out of the reply, which no view tells: rows hold what SQL counts and more.
	codes := a.list("by_enhanced_code", "key", strings.Fields("bounced expired deferrals"))
	for key, row := range a.ask("SELECT enhanced_code, figure, count(*) FROM ev WHERE enhanced_code <> '' AND figure IN ('bounced', 'expired', 'deferrals') GROUP BY 1, 2") {
		for f, n := range row {
			if codes[key][f] < n {
				a.t.Errorf("code %s: %d %s, SQL counts %d", key, codes[key][f], f, n)
			}
		}
	}
	a.same("by_enhanced_code and v_aggregates", a.ask("SELECT key, figure, sum(n) FROM v_aggregates WHERE dimension = 'enhanced_code' AND figure IN ('bounced', 'expired', 'deferrals') GROUP BY 1, 2"), codes)
}

func (a *agreement) checkHours() {
	a.t.Helper()
	hours := a.list("by_hour", "key", agreeFigures)
	a.same("hours and messages", a.ask("SELECT strftime('%Y-%m-%dT%H:00:00+05:45', time, '+345 minutes'), figure, count(*) FROM ev WHERE figure <> 'dsns' GROUP BY 1, 2"), hours)
	if len(hours) < 2 {
		a.t.Errorf("all in one hour: %v", slices.Collect(maps.Keys(hours)))
	}
	for _, f := range agreeFigures {
		a.same("hours and the day: "+f, a.total(f), hours.sum(f))
	}
}

func (a *agreement) checkQueue() {
	a.t.Helper()
	queue := a.report["queue"].(object)
	waiting := a.number(`SELECT count(*) FROM mail r WHERE NOT refused AND NOT final AND outcome <> 'reinjected'
		AND EXISTS (SELECT 1 FROM att a WHERE a.message = r.message AND a.recipient_number = number AND a.outcome = 'deferred')`)
	a.same("still deferred and messages", waiting, a.total("deferred"))
	a.same("still deferred and v_aggregates", a.number("SELECT sum(iif(figure = 'deferred_in', n, -n)) FROM v_aggregates WHERE dimension = 'total' AND figure IN ('deferred_in', 'deferred_out')"), waiting)
	a.same("the queue and still deferred", float64(waiting), queue["recipients"])
	for _, list := range []string{"ages", "groups"} {
		n := 0.0
		for _, v := range queue[list].([]any) {
			n += v.(object)["recipients"].(float64)
		}
		a.same("the queue's "+list, float64(waiting), n)
	}
}

func (a *agreement) checkReplies() {
	a.t.Helper()
	got := table{}
	for _, v := range a.report["top_replies"].([]any) {
		row := v.(object)
		got.add(row["cause"].(string), row["category"].(string), int64(row["count"].(float64)))
	}
	a.same("replies and messages", a.ask("SELECT cause, category, count(*) FROM ev WHERE reply <> '' AND figure IN ('bounced', 'expired', 'deferrals') GROUP BY 1, 2"), got)
}

func (a *agreement) checkCross() {
	a.t.Helper()
	got, deferred := table{}, int64(0)
	for _, v := range a.report["cross"].([]any) {
		row := v.(object)
		keys := row["keys"].(object)
		n := int64(row["bounced"].(float64) + row["expired"].(float64))
		got.add(keys["category"].(string), keys["outcome"].(string), n)
		deferred += int64(row["deferrals"].(float64))
	}
	a.same("the cross table and messages", a.ask("SELECT category, figure, count(*) FROM ev WHERE figure IN ('bounced', 'expired') GROUP BY 1, 2"), got)
	a.same("deferrals of the cross table", a.total("deferrals"), deferred)
}

func (a *agreement) checkSuppressions() {
	a.t.Helper()
	list := objects(a.t, a.report, "suppress")
	for _, s := range list {
		address, n := s["address"].(string), int64(s["bounces"].(float64))
		of := "FROM mail r JOIN att a ON a.message = r.message AND a.recipient_number = number WHERE NOT refused AND a.final AND lower(r.recipient) = ?1 "
		if failed := a.number("SELECT count(*) "+of+"AND a.outcome IN ('bounced', 'expired')", address); n < 1 || n > failed {
			a.t.Errorf("%s: %d bounces, SQL counts %d", address, n, failed)
		}
		if later := a.number("SELECT count(*) "+of+"AND a.outcome = 'delivered' AND strftime('%s', a.time) + 0 > strftime('%s', ?2) + 0", address, s["last"]); later > 0 {
			a.t.Errorf("%s had mail delivered after its last bounce", address)
		}
	}
}
