-- The schema of a bouncelog store; docs/schema.md describes it. Times are nanoseconds since 1970 UTC unless a name says otherwise.

-- What is fixed or counted for the whole store: zone, next_id, tracker state, retention, rules version, ...
CREATE TABLE setting (name TEXT PRIMARY KEY, value) WITHOUT ROWID;

-- Strings that repeat: domains, host names, reply templates, codes. id 0 is never used: it means "none" in message.body.
CREATE TABLE string (id INTEGER PRIMARY KEY, hash INTEGER NOT NULL, text TEXT NOT NULL);
CREATE INDEX string_hash ON string (hash);

-- One of our hosts, one MTA instance on it.
CREATE TABLE origin (id INTEGER PRIMARY KEY, hash INTEGER NOT NULL, host TEXT NOT NULL, instance TEXT NOT NULL, mta TEXT NOT NULL);

-- The next hop of an attempt.
CREATE TABLE relay (id INTEGER PRIMARY KEY, hash INTEGER NOT NULL, host TEXT NOT NULL, ip TEXT NOT NULL, port INTEGER NOT NULL);
CREATE INDEX relay_hash ON relay (hash);

-- What the classifier said of a reply.
CREATE TABLE verdict (id INTEGER PRIMARY KEY, hash INTEGER NOT NULL, category TEXT NOT NULL, cause TEXT NOT NULL, rule TEXT NOT NULL,
	provider TEXT NOT NULL, blocklist TEXT NOT NULL, code INTEGER NOT NULL, enhanced TEXT NOT NULL, suppress INTEGER NOT NULL);
CREATE INDEX verdict_hash ON verdict (hash);

-- What was said at an attempt and what it meant: kind is outcome + 16 final + 32 local + 64 * stage, template an id of string (0: the reply
-- stands with the attempt), next the variable part of the reply, from 1, that is the queue id of the next hop.
CREATE TABLE answer (id INTEGER PRIMARY KEY, hash INTEGER NOT NULL, kind INTEGER NOT NULL, template INTEGER NOT NULL, next INTEGER NOT NULL, code INTEGER NOT NULL,
	enhanced TEXT NOT NULL, verdict INTEGER NOT NULL);
CREATE INDEX answer_hash ON answer (hash);

-- One row a message with its recipients and attempts: body is a JSON array, see v_messages, v_recipients and v_attempts. place
-- says where in the logs it and each of its attempts stand, packed, for the program alone.
CREATE TABLE message (id INTEGER PRIMARY KEY, origin INTEGER NOT NULL, queue_id TEXT NOT NULL, first INTEGER NOT NULL, body TEXT NOT NULL,
	place BLOB NOT NULL);

-- The time that each run of 4096 message ids covers, so that a window of time reads only what lies in it;
-- pruned: retention has removed what was older than that.
CREATE TABLE span (id INTEGER PRIMARY KEY, first INTEGER NOT NULL, last_first INTEGER NOT NULL, last INTEGER NOT NULL,
	pruned INTEGER);

-- What queries look for among messages; the others are left out. marks: 1 it took longer than an hour, 2 an attempt failed or was put off,
-- 4 because of a blocklist. A mark may be out of date.
CREATE TABLE marked_message (id INTEGER PRIMARY KEY, marks INTEGER NOT NULL);

-- Messages that another line may still speak of: open ones, and those whose beginning was not read.
CREATE TABLE open_message (id INTEGER PRIMARY KEY, hash INTEGER NOT NULL);

-- Search keys. New ones gather in recent_key; when there are many they fold: each day of a fold is a row of key_fold, and each part of
-- the hash range one of key_block (id = fold << 9 | part), sorted, so that nothing is ever inserted at random places of a growing table.
CREATE TABLE recent_key (hash INTEGER NOT NULL, message INTEGER NOT NULL, day INTEGER NOT NULL, PRIMARY KEY (hash, message)) WITHOUT ROWID;
CREATE TABLE key_fold (id INTEGER PRIMARY KEY, day INTEGER NOT NULL);
CREATE INDEX key_fold_day ON key_fold (day);
CREATE TABLE key_block (id INTEGER PRIMARY KEY, entries BLOB NOT NULL);

-- Aggregates. New ones gather in recent_count and fold into count_block rows likewise.
CREATE TABLE recent_count (day INTEGER NOT NULL, dim INTEGER NOT NULL, key INTEGER NOT NULL, hour INTEGER NOT NULL, field INTEGER NOT NULL,
	n INTEGER NOT NULL, PRIMARY KEY (dim, day, key, hour, field)) WITHOUT ROWID;
CREATE TABLE count_block (id INTEGER PRIMARY KEY, counts TEXT NOT NULL);
-- The same by whole days, of all that has folded: reports over months read these.
CREATE TABLE count_day (id INTEGER PRIMARY KEY, counts TEXT NOT NULL);

-- Reply templates of failures, with the first example.
CREATE TABLE reply (template INTEGER PRIMARY KEY, first INTEGER NOT NULL, text TEXT NOT NULL, verdict INTEGER NOT NULL,
	queue_id TEXT NOT NULL, host TEXT NOT NULL);

-- Where reading of each log stands.
CREATE TABLE log (id INTEGER PRIMARY KEY, ident TEXT NOT NULL, name TEXT NOT NULL, head_hash INTEGER NOT NULL, head_length INTEGER NOT NULL,
	position INTEGER NOT NULL, tail_hash INTEGER NOT NULL, tail_length INTEGER NOT NULL, line INTEGER NOT NULL, cursor TEXT NOT NULL,
	host TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, state BLOB, foreign_lines INTEGER NOT NULL, unrecognized INTEGER NOT NULL);
