package classify

import (
	"fmt"
	"testing"

	"bouncelog/rules"
)

var benchReplies = []string{
	"550 5.1.1 <bob@example.com>: Recipient address rejected: User unknown in virtual mailbox table",
	"554 5.7.1 Service unavailable; Client host [192.0.2.5] blocked using zen.spamhaus.org; https://www.spamhaus.org/query/ip/192.0.2.5",
	"452-4.2.2 The account of this recipient has no storage left. Ask the\n452-4.2.2 recipient to remove something, and then try again. See\n452 4.2.2 https://mail.example.com/quota 98e67ed59e1d1-2c2d0e28189si6418580a91.13",
	"connect to mx1.example.com[192.0.2.9]:25: Connection timed out",
	"421 4.7.0 mx7.example.net Error: too many connections from 192.0.2.5",
}

func BenchmarkCached(b *testing.B) {
	c := newTestClassifier(b)
	for i, text := range benchReplies {
		b.Run(fmt.Sprint(i), func(b *testing.B) {
			r := Reply{Text: text, RelayHost: "mx1.example.com", Recipient: "bob@example.com"}
			c.Classify(r)
			b.ReportAllocs()
			for b.Loop() {
				c.Classify(r)
			}
		})
	}
}

func BenchmarkNew(b *testing.B) {
	c := newTestClassifier(b)
	s := c.newScratch()
	for i, text := range benchReplies {
		b.Run(fmt.Sprint(i), func(b *testing.B) {
			r := Reply{Text: text, RelayHost: "mx1.example.com", Recipient: "bob@example.com"}
			b.ReportAllocs()
			for b.Loop() {
				c.judge(&r, s, nil)
			}
		})
	}
}

func BenchmarkTemplate(b *testing.B) {
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		Template(benchReplies[i%len(benchReplies)])
	}
}

func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		newTestClassifier(b)
	}
}

// BenchmarkNewAll judges every example of every rule, none of them cached.
func BenchmarkNewAll(b *testing.B) {
	c := newTestClassifier(b)
	s := c.newScratch()
	var replies []Reply
	forExamples(c, func(_ *rules.Rule, r Reply) { replies = append(replies, r) })
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		c.judge(&replies[i%len(replies)], s, nil)
	}
}
