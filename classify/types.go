// Package classify says of a reply what kind of failure it is and why.
//
// It exists so that the knowledge under rules/ can be used by any program: a Reply goes in, a Verdict comes out, and
// the Verdict names the rule that made it. It depends on nothing of bouncelog but package rules.
package classify

// Category is the kind of a bounce (see causes in package rules).
type Category string

const (
	Hard    Category = "hard"    // the address or its domain cannot receive mail
	Soft    Category = "soft"    // a passing or repairable condition
	Block   Category = "block"   // refused because of who is sending
	Content Category = "content" // refused because of this message
)

// Reply is what is known of one refusal.
type Reply struct {
	Text      string // the words as the MTA logged them, with or without codes; line breaks as "\n", CRLF or flattened
	Code      int    // RFC 5321 reply code; 0: take it from Text
	Enhanced  string // RFC 3463 code; "": take it from Text
	RelayHost string // the remote server's name, if known
	Recipient string // the recipient's address or domain, if known
	Sender    string // the envelope sender, if known: for advice only
	MTA       string // which MTA logged it ("postfix", ...), if known: local failures differ
	Local     bool   // the words are our own MTA's, not a remote server's
	Expired   bool   // the message was given up after its queue lifetime
	Stage     string // connect, hello, tls, auth, mail, rcpt, data, end-of-data; "" unknown
}

// Verdict is what the classifier says of a reply. It is never changed once handed out and may be shared.
type Verdict struct {
	Category  Category
	Cause     string // a slug of causes.tsv or of a user's rule
	Rule      string // id of the rule that decided
	Provider  string // id of the provider, "" unknown
	Blocklist string // name of the DNS blocklist that the reply speaks of, "" none
	Code      int    // the reply code and
	Enhanced  string // enhanced code that the verdict used
	Suppress  bool   // a list owner should stop mailing the address
}
