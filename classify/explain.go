package classify

// Evidence tells how a verdict came about.
type Evidence struct {
	Verdict    *Verdict
	Normalized string   // the text that rules saw
	Layer      string   // text, code, "enhanced code", "reply code", none
	ProviderBy string   // what showed the provider; "" if none is known
	Matched    []string // literals of the deciding rule that the reply contains
	Tried      []Try    // rules that were tried before, in order
}

// Try is a rule that was tried in vain.
type Try struct {
	Rule string
	Why  string // what was missing
}

// Explain classifies a reply without the cache and tells how the verdict came about.
func (c *Classifier) Explain(r Reply) Evidence {
	s := c.pool.Get().(*scratch)
	defer c.pool.Put(s)
	r.Text = r.Text[:min(len(r.Text), maxReply)]
	unwrap(&r)
	var ev Evidence
	ev.Verdict = c.judge(&r, s, &ev)
	return ev
}
