package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestTailJournal kills tail while it follows a journal: it goes on behind the cursor of what it committed, and a message that was open then is
// continued.
func TestTailJournal(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	entries := mustCreate(t, filepath.Join(dir, "entries.json"))
	n := 0
	write := func(program, message string) {
		n++
		b, err := json.Marshal(map[string]string{"__CURSOR": fmt.Sprintf("c%d", n), "__REALTIME_TIMESTAMP": fmt.Sprint(time.Now().UnixMicro()),
			"_HOSTNAME": "mx1", "_PID": "7", "SYSLOG_IDENTIFIER": "postfix/" + program, "MESSAGE": message})
		must(t, err)
		_, err = entries.Write(append(b, '\n'))
		must(t, err)
	}
	bounce := func(id, to string) {
		write("smtp", id+": to=<"+to+">, relay=mx.d.example[192.0.2.1]:25, delay=1, delays=0/0/0/1, dsn=5.1.1, status=bounced (host mx.d.example[192.0.2.1] said: 550 5.1.1 no such user)")
	}
	// The cursor of entry N is cN: what follows it begins at line N+1.
	script := "#!/bin/sh\nfrom=1\nfor a in \"$@\"; do case \"$a\" in --after-cursor=c*) from=$((${a#--after-cursor=c} + 1));; esac; done\n" +
		"exec tail -n \"+$from\" -f '" + entries.Name() + "'\n"
	must(t, os.WriteFile(filepath.Join(dir, "journalctl"), []byte(script), 0o755))
	env := []string{"PATH=" + dir + ":" + os.Getenv("PATH")}
	db, set := filepath.Join(dir, "live.db"), newPrintedSet()
	for i := range 3 {
		open := fmt.Sprintf("3ABCDEF%04d", i)
		r := startTailEnv(t, db, set, env, nil, "--journal", "postfix")
		write("qmgr", open+": from=<sender@s.example>, size=1, nrcpt=1 (queue active)")
		first := fmt.Sprintf("first%d@d.example", i)
		bounce(fmt.Sprintf("3FFFFFF%04d", i), first)
		r.waitFor(first)
		r.kill()
		bounce(open, fmt.Sprintf("second%d@d.example", i))
	}
	r := startTailEnv(t, db, set, env, nil, "--journal", "postfix")
	r.waitFor("second2@d.example")
	r.stop()
	batch := filepath.Join(dir, "batch.db")
	out, err := program(t, "--db", batch, "ingest", entries.Name()).CombinedOutput()
	if err != nil {
		t.Fatalf("ingest: %v: %s", err, out)
	}
	if lost, doubled := compareStores(t, db, batch); lost != 0 || doubled != 0 {
		t.Errorf("%d entries: lost %d, doubled %d", n, lost, doubled)
	}
}
