package ingest_test

import (
	"testing"

	"bouncelog/ingest"
)

func TestRotatedNames(t *testing.T) {
	tests := []struct {
		base string
		yes  []string
		no   []string
	}{
		{"maillog", []string{"maillog", "maillog.1", "maillog.2.gz", "maillog.12.xz", "maillog-20261122", "maillog-20261122.zst", "maillog-20261122-1795305600.gz",
			"maillog.0", "maillog.old", "maillog.20261122T120000", "maillog.1.bz2"},
			[]string{"maillog.txt", "maillog2", "maillog.gz.part", "maillog.1.tmp", "maillogger.1", "xmaillog.1", "mail.1"}},
		{"mail.log", []string{"mail.log.1", "mail.log.2.gz", "mail-20261122.log", "mail-20261122.log.gz", "mail.1.log", "mail.log-20261122"},
			[]string{"mail.err", "mail.err.1", "mail.info", "mail.log.conf"}},
		{"mainlog", []string{"mainlog.01", "mainlog.01.gz", "mainlog.02.gz", "mainlog.10.gz"}, []string{"rejectlog.01", "paniclog"}}, // exicyclog
		{"mainlog-20261122", []string{"mainlog-20261121", "mainlog-20261121.gz"}, []string{"rejectlog-20261121", "mainlog"}},         // mainlog-%D
		{"mainlog-202611", []string{"mainlog-202610"}, []string{"rejectlog-202610"}},                                                 // mainlog-%M
	}
	for _, tt := range tests {
		for _, name := range tt.yes {
			if !ingest.Rotated(tt.base, name) {
				t.Errorf("%s is not one of %s", name, tt.base)
			}
		}
		for _, name := range tt.no {
			if ingest.Rotated(tt.base, name) {
				t.Errorf("%s is one of %s", name, tt.base)
			}
		}
	}
}
