package exim

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"bouncelog/parser"
)

// truthRow is what the remote servers themselves noted of one recipient.
type truthRow struct {
	Kind      string `json:"kind"`
	QueueID   string `json:"queue_id"`
	Recipient string `json:"recipient"`
	Orig      string `json:"orig_recipient"`
	Final     string `json:"observed_final"`
	Code      string `json:"reply_code"`
	Enhanced  string `json:"enhanced_code"`
	Stage     string `json:"stage"`
	RelayHost string `json:"relay_host"`
	RelayIP   string `json:"relay_ip"`
	Reply     string `json:"reply_text"`
}

// stageNames are the truth's names of the points of the dialogue and ours. With CHUNKING Exim sends MAIL, RCPT and BDAT together and
// names the command whose reply it was reading.
var stageNames = map[string]string{"connect": "connect", "ehlo": "hello", "mail": "mail", "rcpt": "rcpt", "data": "data", "eod": "end-of-data"}

// TestTruth compares what the delivery lines say with what really happened: the outcome, the codes, the server and the point of the dialogue.
func TestTruth(t *testing.T) {
	for _, c := range []struct{ log, truth string }{
		{"mainlog", "truth.jsonl"}, {"all.mainlog", "truth.all.jsonl"}, {"syslog", "truth.syslog.jsonl"},
	} {
		attempts := map[string][]parser.Record{}
		text, err := os.ReadFile(filepath.Join(logDir, c.log))
		if err != nil {
			t.Fatal(err)
		}
		for line := range bytes.Lines(text) {
			res, r := parse(split(bytes.TrimRight(line, "\n")))
			if res != parser.Found || r.Kind != parser.KindAttempt {
				continue
			}
			for _, key := range []string{string(r.Recipients[0]), string(r.OrigRecipient)} {
				key = string(r.QueueID) + " " + strings.ToLower(key)
				attempts[key] = append(attempts[key], r)
			}
		}
		rows, err := os.ReadFile(filepath.Join(logDir, c.truth))
		if err != nil {
			t.Fatal(err)
		}
		checked := 0
		for line := range bytes.Lines(rows) {
			var row truthRow
			if err := json.Unmarshal(line, &row); err != nil {
				t.Fatal(err)
			}
			if row.QueueID == "" || row.Kind == "dsn" || row.Final == "rejected" {
				continue
			}
			as := attempts[row.QueueID+" "+strings.ToLower(row.Recipient)]
			if len(as) == 0 { // "alice <sales@lab.test>"
				user, _, _ := strings.Cut(row.Recipient, "@")
				as = attempts[row.QueueID+" "+user]
			}
			if len(as) == 0 {
				t.Errorf("%s: no attempt for %s %s", c.log, row.QueueID, row.Recipient)
				continue
			}
			last := as[len(as)-1]
			want := row.Final
			if want == "frozen" {
				want = "bounced" // and then held, by another line
			}
			if last.Outcome.String() != want {
				t.Errorf("%s: %s %s is %s, want %s", c.log, row.QueueID, row.Recipient, last.Outcome, row.Final)
			}
			for i := len(as) - 1; i >= 0 && last.GaveUp; i-- {
				last = as[i]
			}
			if row.Code == "" || row.Stage == "" || row.Reply == "" || last.Own {
				continue
			}
			checked++
			if strconv.Itoa(int(last.ReplyCode)) != row.Code || row.Enhanced != "" && string(last.Enhanced) != row.Enhanced {
				t.Errorf("%s: %s %s: codes %d %s, want %s %s", c.log, row.QueueID, row.Recipient, last.ReplyCode, last.Enhanced, row.Code, row.Enhanced)
			}
			if string(last.RelayHost) != row.RelayHost || string(last.RelayIP) != row.RelayIP {
				t.Errorf("%s: %s %s: relay %s [%s], want %s [%s]", c.log, row.QueueID, row.Recipient, last.RelayHost, last.RelayIP, row.RelayHost, row.RelayIP)
			}
			pipelined := row.Stage == "mail" && last.Stage == parser.StageEndOfData // so the log says
			if last.Outcome != parser.OutcomeDelivered && !pipelined && last.Stage.String() != stageNames[row.Stage] {
				t.Errorf("%s: %s %s: stage %s, want %s", c.log, row.QueueID, row.Recipient, last.Stage, row.Stage)
			}
		}
		if checked < 100 {
			t.Errorf("%s: only %d replies compared", c.log, checked)
		}
	}
}
