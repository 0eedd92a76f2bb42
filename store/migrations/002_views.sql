-- Plain-text views for anyone who opens the file with sqlite3 (3.38 or later, for its JSON functions). Times are UTC.

CREATE TABLE outcome (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
INSERT INTO outcome VALUES (0, ''), (1, 'delivered'), (2, 'deferred'), (3, 'bounced'), (4, 'expired'), (5, 'rejected'), (6, 'discarded'),
	(7, 'held'), (8, 'deleted'), (9, 'reinjected');

CREATE TABLE stage (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
INSERT INTO stage VALUES (0, ''), (1, 'connect'), (2, 'hello'), (3, 'tls'), (4, 'auth'), (5, 'mail'), (6, 'rcpt'), (7, 'data'),
	(8, 'end-of-data'), (9, 'quit');

CREATE TABLE dimension (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
INSERT INTO dimension VALUES (0, 'total'), (1, 'category'), (2, 'cause'), (3, 'domain'), (4, 'provider'), (5, 'sender_domain'), (6, 'auth_user'),
	(7, 'relay'), (8, 'enhanced_code'), (9, 'host'), (10, 'blocklist'), (11, 'rejected_cause'), (12, 'reply');

-- Fields from 20 on are the buckets of the delay histogram.
CREATE TABLE figure (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
INSERT INTO figure VALUES (0, 'messages'), (1, 'recipients'), (2, 'delivered'), (3, 'bounced'), (4, 'expired'), (5, 'discarded'), (6, 'deferrals'),
	(7, 'rejected'), (8, 'session_rejects'), (9, 'dsns'), (10, 'hard'), (11, 'soft'), (12, 'block'), (13, 'content'), (14, 'deferred_in'),
	(15, 'deferred_out');

CREATE VIEW v_messages AS
SELECT m.id, o.host, o.instance, o.mta, m.queue_id,
	strftime('%Y-%m-%dT%H:%M:%fZ', m.first / 1e9, 'unixepoch') AS first,
	strftime('%Y-%m-%dT%H:%M:%fZ', (m.first + json_extract(m.body, '$[0]')) / 1e9, 'unixepoch') AS last,
	-- Where extra says nothing the message began with its first line and ended with its last.
	strftime('%Y-%m-%dT%H:%M:%fZ', (m.first + CASE WHEN json_type(m.body, '$[10].b') IS NULL THEN 0
		ELSE json_extract(m.body, '$[10].b') END) / 1e9, 'unixepoch') AS begun,
	strftime('%Y-%m-%dT%H:%M:%fZ', (m.first + CASE WHEN json_type(m.body, '$[10].e') IS NULL THEN json_extract(m.body, '$[0]')
		ELSE json_extract(m.body, '$[10].e') END) / 1e9, 'unixepoch') AS ended,
	CASE WHEN json_extract(m.body, '$[1]') & 1 THEN
		ifnull(nullif(json_extract(m.body, '$[2]'), 0), '') || ifnull('@' || (SELECT text FROM string WHERE id = json_extract(m.body, '$[3]')), '')
	END AS sender,
	ifnull(nullif(json_extract(m.body, '$[4]'), 0), '') || ifnull('@' || (SELECT text FROM string WHERE id = json_extract(m.body, '$[5]')), '') AS message_id,
	json_extract(m.body, '$[10].s') AS subject,
	json_extract(m.body, '$[6]') AS size,
	ifnull(json_extract(m.body, '$[10].r'), CASE json_extract(m.body, '$[1]') >> 1 & 1 WHEN 0 THEN json_array_length(m.body, '$[9]') END) AS nrcpt,
	c.host AS client_host, c.ip AS client_ip,
	CASE json_type(m.body, '$[8]') WHEN 'text' THEN json_extract(m.body, '$[8]')
		ELSE (SELECT text FROM string WHERE id = json_extract(m.body, '$[8]')) END AS auth_user,
	json_extract(m.body, '$[10].h') AS helo,
	json_extract(m.body, '$[1]') >> 5 AS dsn,
	json_extract(m.body, '$[10].p') AS parent_queue_id, m.id + json_extract(m.body, '$[10].pi') AS parent_id,
	json_extract(m.body, '$[10].v') AS prev_queue_id, m.id + json_extract(m.body, '$[10].vi') AS prev_id,
	CASE json_type(m.body, '$[10].n') WHEN 'true' THEN (SELECT queue_id FROM message WHERE id = m.id + json_extract(m.body, '$[10].ni'))
		ELSE json_extract(m.body, '$[10].n') END AS next_queue_id, m.id + json_extract(m.body, '$[10].ni') AS next_id,
	json_extract(m.body, '$[1]') >> 2 & 1 AS rejected,
	json_extract(m.body, '$[1]') >> 3 & 1 AS session_reject,
	json_extract(m.body, '$[1]') >> 4 & 1 AS probe
FROM message m JOIN origin o ON o.id = m.origin LEFT JOIN relay c ON c.id = json_extract(m.body, '$[7]');

CREATE VIEW v_attempts AS
SELECT m.id AS message, o.host, m.queue_id, r.key AS recipient_number,
	ifnull(nullif(json_extract(r.value, '$[0]'), 0), '') || ifnull('@' || (SELECT text FROM string WHERE id = json_extract(r.value, '$[1]')), '') AS recipient,
	strftime('%Y-%m-%dT%H:%M:%fZ', (m.first + json_extract(a.value, '$[0]')) / 1e9, 'unixepoch') AS time,
	(SELECT name FROM outcome WHERE id = w.kind & 15) AS outcome,
	w.kind >> 4 & 1 AS final,
	-- Its place among the attempts, which follow two or four other elements, if it does not tell.
	CASE WHEN json_array_length(a.value) > 5 AND json_type(a.value, '$[#-1]') = 'integer' THEN json_extract(a.value, '$[#-1]')
		ELSE a.key - CASE json_type(r.value, '$[3]') WHEN 'integer' THEN 3 ELSE 1 END END AS try,
	n.host AS relay_host, n.ip AS relay_ip, n.port AS relay_port,
	nullif(ifnull(json_extract(a.value, '$[3]'), 0), -1) AS delay,
	CASE w.template WHEN 0 THEN nullif(json_extract(a.value, '$[4]'), 0) ELSE (
		-- Put the variable parts back into the template: each of its marks (characters 1 to 6) stands for one.
		WITH RECURSIVE fill (done, rest, i) AS (
			SELECT '', replace(replace(replace(replace(replace(text, char(2), char(1)), char(3), char(1)), char(4), char(1)), char(5), char(1)), char(6), char(1)), 0
			FROM string WHERE id = w.template
			UNION ALL
			SELECT done || substr(rest, 1, instr(rest, char(1)) - 1) || CASE
					WHEN json_type(a.value, '$[4]') = 'true' OR json_type(a.value, '$[4][' || i || ']') = 'true' THEN
						ifnull(nullif(json_extract(r.value, '$[0]'), 0), '') || ifnull('@' || (SELECT text FROM string WHERE id = json_extract(r.value, '$[1]')), '')
					WHEN json_type(a.value, '$[4]') = 'array' THEN json_extract(a.value, '$[4][' || i || ']')
					ELSE json_extract(a.value, '$[4]') END,
				substr(rest, instr(rest, char(1)) + 1), i + 1
			FROM fill WHERE instr(rest, char(1)) > 0)
		SELECT done || rest FROM fill ORDER BY i DESC LIMIT 1) END AS reply,
	nullif(w.code, 0) AS reply_code, nullif(w.enhanced, '') AS enhanced_code,
	(SELECT name FROM stage WHERE id = w.kind >> 6 & 63) AS stage,
	w.kind >> 5 & 1 AS local,
	v.category, v.cause, v.rule, v.provider, v.blocklist,
	CASE WHEN json_type(a.value, '$[5]') = 'text' THEN json_extract(a.value, '$[5]')
		WHEN w.next = 0 THEN NULL
		WHEN json_type(a.value, '$[4]') = 'array' THEN json_extract(a.value, '$[4][' || (w.next - 1) || ']')
		ELSE json_extract(a.value, '$[4]') END AS next_queue_id
FROM message m JOIN origin o ON o.id = m.origin, json_each(m.body, '$[9]') r, json_each(r.value) a
	JOIN answer w ON w.id = json_extract(a.value, '$[1]')
	LEFT JOIN relay n ON n.id = json_extract(a.value, '$[2]')
	LEFT JOIN verdict v ON v.id = w.verdict
WHERE a.type = 'array';

CREATE VIEW v_recipients AS
SELECT m.id AS message, o.host, m.queue_id, r.key AS recipient_number,
	ifnull(nullif(json_extract(r.value, '$[0]'), 0), '') || ifnull('@' || (SELECT text FROM string WHERE id = json_extract(r.value, '$[1]')), '') AS recipient,
	CASE json_type(r.value, '$[2]') WHEN 'text' THEN json_extract(r.value, '$[2]') END AS orig_recipient,
	-- An integer in fourth place that is not 0 is a state of its own; else the last attempt tells.
	(SELECT name FROM outcome WHERE id = CASE WHEN json_type(r.value, '$[3]') = 'integer' AND json_extract(r.value, '$[3]') <> 0
		THEN json_extract(r.value, '$[3]') >> 1 & 15 ELSE w.kind & 15 END) AS outcome,
	CASE WHEN json_type(r.value, '$[3]') = 'integer' AND json_extract(r.value, '$[3]') <> 0
		THEN json_extract(r.value, '$[3]') >> 5 & 1 ELSE w.kind >> 4 & 1 END AS final,
	json_array_length(r.value) - CASE json_type(r.value, '$[3]') WHEN 'integer' THEN 4 ELSE 2 END AS events,
	v.category, v.cause, v.provider
FROM message m JOIN origin o ON o.id = m.origin, json_each(m.body, '$[9]') r
	LEFT JOIN answer w ON json_type(r.value, '$[#-1]') = 'array' AND w.id = json_extract(r.value, '$[#-1][1]')
	LEFT JOIN verdict v ON v.id = w.verdict;

-- Additions to each figure of each key and hour, corrections negative: take sum(n). The key of a reply is its template.
CREATE VIEW v_aggregates AS
SELECT d.name AS dimension, ifnull((SELECT text FROM string WHERE id = json_extract(k.value, '$[1]')), '') AS key,
	strftime('%Y-%m-%dT%H:%M:00Z', ((b.id >> 32 & 65535) * 96 + json_extract(k.value, '$[0]')) * 900, 'unixepoch') AS hour,
	ifnull((SELECT name FROM figure WHERE id = f.value), 'delay_bucket_' || (f.value - 20)) AS figure,
	json_extract(k.value, '$[' || (f.key + 1) || ']') AS n
FROM dimension d CROSS JOIN count_block b, json_each(b.counts) k, json_each(k.value) f
WHERE b.id >= d.id << 48 AND b.id < (d.id + 1) << 48 AND f.key > 1 AND f.key % 2 = 0
UNION ALL
SELECT d.name, ifnull((SELECT text FROM string WHERE id = c.key), ''), strftime('%Y-%m-%dT%H:%M:00Z', c.hour * 900, 'unixepoch'),
	ifnull((SELECT name FROM figure WHERE id = c.field), 'delay_bucket_' || (c.field - 20)), c.n
FROM dimension d CROSS JOIN recent_count c WHERE c.dim = d.id;

-- Reply templates of failures; the variable parts are left out.
CREATE VIEW v_replies AS
SELECT s.text AS template, r.text AS example, strftime('%Y-%m-%dT%H:%M:%fZ', r.first / 1e9, 'unixepoch') AS first, r.host, r.queue_id,
	v.category, v.cause, v.rule, v.provider
FROM reply r JOIN string s ON s.id = r.template LEFT JOIN verdict v ON v.id = r.verdict;

CREATE VIEW v_logs AS
SELECT id, ident, name, host, line AS lines, position, foreign_lines, unrecognized,
	strftime('%Y-%m-%dT%H:%M:%fZ', first / 1e9, 'unixepoch') AS first, strftime('%Y-%m-%dT%H:%M:%fZ', last / 1e9, 'unixepoch') AS last
FROM log;
