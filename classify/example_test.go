package classify_test

import (
	"fmt"

	"bouncelog/classify"
	"bouncelog/rules"
)

func Example() {
	rs, err := rules.Load() // or rules.Load("my-rules.toml"): own rules are read before the built-in ones
	if err != nil {
		fmt.Println(err)
		return
	}
	c, err := classify.New(rs)
	if err != nil {
		fmt.Println(err)
		return
	}
	v := c.Classify(classify.Reply{Text: "552 5.2.2 <bob@example.com>: mailbox is full"})
	fmt.Println(v.Category, v.Cause, v.Suppress)
	// Output: soft mailbox-full false
}

func ExampleClassifier_Classify() {
	rs, _ := rules.Load()
	c, _ := classify.New(rs)
	v := c.Classify(classify.Reply{
		Text:      "554 5.7.1 Service unavailable; Client host [192.0.2.5] blocked using bl.spamcop.net",
		RelayHost: "mx1.example.com",
		Recipient: "bob@example.com",
	})
	fmt.Println(v.Category, v.Cause, v.Blocklist)
	// Output: block ip-blocklisted SpamCop
}

func ExampleClassifier_Explain() {
	rs, _ := rules.Load()
	c, _ := classify.New(rs)
	ev := c.Explain(classify.Reply{Text: "550 5.1.1 <bob@example.com>... User unknown"})
	fmt.Println(ev.Verdict.Rule, ev.Layer, ev.Matched)
	// Output: user-unknown text [user unknown]
}

func ExampleClassifier_Advice() {
	rs, _ := rules.Load()
	c, _ := classify.New(rs)
	r := classify.Reply{Text: "556 5.1.10 Recipient address has null MX", Recipient: "bob@example.com"}
	g := c.Advice(c.Classify(r), r)
	fmt.Println(g.Who)
	fmt.Println(g.Steps[0])
	// Output:
	// the sender
	// See the declaration: dig +short MX example.com (a single "0 .")
}

func ExampleTemplate() {
	template, vars := classify.Template("550 5.1.1 <bob@example.com>: User unknown")
	fmt.Println(classify.ShowTemplate(template))
	fmt.Println(vars)
	fmt.Println(classify.Fill(template, vars))
	// Output:
	// 550 5.1.1 <<address>>: User unknown
	// [bob@example.com]
	// 550 5.1.1 <bob@example.com>: User unknown
}
