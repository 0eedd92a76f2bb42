package classify

import "testing"

// What every mail server says in English is told by its words: a rule of another language whose key is part of an English word
// ("pien" in "recipient", "quota") has its pattern tried on each, and the verdict then holds for one text instead of its template.
func TestCommonRepliesAreToldWithoutPatterns(t *testing.T) {
	c := newTestClassifier(t)
	s := c.newScratch()
	for _, text := range []string{
		"550 5.1.1 <bob@b.example>: Recipient address rejected: User unknown in virtual mailbox table",
		"450 4.2.0 <bob@b.example>: Recipient address rejected: Greylisted",
		"552 5.2.2 <bob@b.example>: mailbox full, quota exceeded",
		"550 5.1.1 <bob@b.example>... User unknown",
		"554 5.7.1 Message rejected as spam",
	} {
		s.exact = false
		if v := c.judge(&Reply{Text: text}, s, nil); s.exact {
			t.Errorf("%s (%s): a pattern was tried", text, v.Rule)
		}
	}
}
