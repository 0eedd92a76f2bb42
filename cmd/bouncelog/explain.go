package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"bouncelog/classify"
	"bouncelog/report"
	"bouncelog/rules"
)

// explainOptions are the flags of explain.
type explainOptions struct {
	format    string
	relay     string
	recipient string
	local     bool
	verbose   bool
}

func newExplainCommand(g *globals) *cobra.Command {
	var o explainOptions
	c := &cobra.Command{
		Use:   "explain [REPLY]",
		Short: "Tells what a reply or a code means and what to do",
		Long: `Says of a server's reply which kind of failure it is, why it happened and what to do. A code alone ("550",
"5.7.26", "421 4.7.0") gets its story: meaning, who defines it, usual causes. Without REPLY, one reply a line is
read from standard input. -v adds the evidence: the matched words and the rules that were tried before.

EXIT STATUS
  0  done
  1  failed
  2  wrong usage`,
		Example: `  bouncelog explain '550 5.1.1 <bob@example.com>: Recipient address rejected: User unknown'
  bouncelog explain 5.7.26
  bouncelog explain --relay gmail-smtp-in.l.google.com --recipient bob@example.com '421 4.7.0 try again later'
  bouncelog explain --format jsonl < replies.txt`,
		RunE: func(_ *cobra.Command, args []string) error {
			o.verbose = g.verbose
			if o.format != "text" && o.format != "jsonl" {
				return usageError{fmt.Errorf("--format %s: choose text or jsonl", o.format)}
			}
			cls, err := g.classifier()
			if err != nil {
				return err
			}
			return runExplain(cls, o, strings.Join(args, " "), len(args) > 0, g.in, g.out)
		},
	}
	f := c.Flags()
	f.StringVar(&o.format, "format", "text", "text or jsonl (one object a reply)")
	f.StringVar(&o.relay, "relay", "", "the `HOST` that gave the reply")
	f.StringVar(&o.recipient, "recipient", "", "the recipient's `ADDRESS`")
	f.BoolVar(&o.local, "local", false, "the words are our own mail server's")
	return c
}

// runExplain explains one reply, or each line of in.
func runExplain(c *classify.Classifier, o explainOptions, reply string, given bool, in io.Reader, out io.Writer) error {
	w := bufio.NewWriter(out)
	if given {
		if err := explainOne(c, o, reply, w); err != nil {
			return err
		}
		return w.Flush()
	}
	r := bufio.NewReaderSize(in, 64<<10)
	for n := 0; ; n++ {
		line, err := r.ReadString('\n')
		if line == "" && err != nil {
			if errors.Is(err, io.EOF) {
				err = nil
			}
			return errors.Join(err, w.Flush())
		}
		if n > 0 && o.format == "text" {
			fmt.Fprintln(w)
		}
		if err := explainOne(c, o, strings.TrimRight(line, "\r\n"), w); err != nil {
			return err
		}
	}
}

func explainOne(c *classify.Classifier, o explainOptions, text string, w io.Writer) error {
	reply := classify.Reply{Text: text, RelayHost: o.relay, Recipient: o.recipient, Local: o.local}
	ev := c.Explain(reply)
	if o.format == "jsonl" {
		return report.EncodeJSON(w, explainObject(c, reply, ev, o.verbose), false)
	}
	if codes := codesOnly(text); len(codes) > 0 {
		for i, code := range codes {
			if i > 0 {
				fmt.Fprintln(w)
			}
			writeCode(w, c.Rules(), code, ev.Verdict)
		}
		return nil
	}
	writeExplanation(w, c, reply, ev, o.verbose)
	return nil
}

// explained is the JSON object of one reply.
type explained struct {
	Reply     string           `json:"reply"`
	Code      int              `json:"reply_code,omitempty"`
	Enhanced  string           `json:"enhanced_code,omitempty"`
	Category  string           `json:"category"`
	Cause     string           `json:"cause"`
	Rule      string           `json:"rule"`
	Provider  string           `json:"provider,omitempty"`
	Blocklist string           `json:"blocklist,omitempty"`
	Suppress  bool             `json:"suppress"`
	Meaning   string           `json:"meaning"`
	Who       string           `json:"who,omitempty"`
	Retry     string           `json:"retry,omitempty"`
	Advice    []string         `json:"advice"`
	Links     []string         `json:"links"`
	Codes     []explainCode    `json:"codes,omitempty"` // where the reply is nothing but codes
	Evidence  *explainEvidence `json:"evidence,omitempty"`
}

type explainCode struct {
	Code    string   `json:"code"`
	Name    string   `json:"name"`
	Meaning string   `json:"meaning"`
	Defined string   `json:"defined"`
	Causes  []string `json:"causes,omitempty"`
	Advice  []string `json:"advice,omitempty"`
	Beware  string   `json:"beware,omitempty"`
}

type explainEvidence struct {
	Layer      string       `json:"layer"`
	ProviderBy string       `json:"provider_by,omitempty"`
	Matched    []string     `json:"matched,omitempty"`
	Tried      []explainTry `json:"tried,omitempty"`
}

type explainTry struct {
	Rule string `json:"rule"`
	Why  string `json:"why"`
}

func explainObject(c *classify.Classifier, reply classify.Reply, ev classify.Evidence, verbose bool) explained {
	v := ev.Verdict
	g := c.Advice(v, reply)
	e := explained{
		Reply: reply.Text, Code: v.Code, Enhanced: v.Enhanced, Category: string(v.Category), Cause: v.Cause, Rule: v.Rule, Provider: v.Provider,
		Blocklist: v.Blocklist, Suppress: v.Suppress, Meaning: g.Meaning, Who: g.Who, Retry: g.Retry, Advice: g.Steps, Links: g.Links,
	}
	if e.Links == nil {
		e.Links = []string{}
	}
	for _, code := range codesOnly(reply.Text) { // the code's story, as the text form tells it
		if entry := c.Rules().Code(code, ""); entry != nil {
			e.Codes = append(e.Codes, explainCode{code, entry.Name, entry.Meaning, entry.Defined, entry.Causes, entry.Advice, entry.Beware})
		}
	}
	if verbose {
		e.Evidence = &explainEvidence{Layer: ev.Layer, ProviderBy: ev.ProviderBy, Matched: ev.Matched}
		for _, t := range ev.Tried {
			e.Evidence.Tried = append(e.Evidence.Tried, explainTry{t.Rule, t.Why})
		}
	}
	return e
}

// codesOnly are the codes of a text that holds nothing else: "550", "5.7.26", "421 4.7.0".
func codesOnly(text string) []string {
	fields := strings.Fields(text)
	if len(fields) == 0 || len(fields) > 3 {
		return nil
	}
	for i, f := range fields {
		fields[i] = strings.ToLower(strings.TrimPrefix(f, "#"))
		if !rules.IsCodePattern(fields[i]) || strings.Count(fields[i], ".") == 1 {
			return nil
		}
	}
	return fields
}

// writeExplanation writes a reply's explanation for people.
func writeExplanation(w io.Writer, c *classify.Classifier, reply classify.Reply, ev classify.Evidence, verbose bool) {
	v := ev.Verdict
	g := c.Advice(v, reply)
	fmt.Fprintln(w, report.Clean(reply.Text))
	fmt.Fprintf(w, "\n  %s: %s (rule %s)\n", v.Category, v.Cause, v.Rule)
	writeWrapped(w, "  ", "", g.Meaning)
	var facts []string
	if v.Code != 0 {
		facts = append(facts, "reply code "+strconv.Itoa(v.Code))
	}
	if v.Enhanced != "" {
		facts = append(facts, "enhanced code "+report.Clean(v.Enhanced))
	}
	if p := c.Rules().Provider(v.Provider); p != nil {
		facts = append(facts, "provider "+p.Name)
	}
	if v.Blocklist != "" {
		facts = append(facts, "blocklist "+report.Clean(v.Blocklist))
	}
	if len(facts) > 0 {
		writeWrapped(w, "  ", "", strings.Join(facts, "; ")+".")
	}
	if g.Who != "" {
		writeWrapped(w, "  ", "Who must act: ", g.Who)
	}
	if g.Retry != "" {
		writeWrapped(w, "  ", "Retry: ", g.Retry)
	}
	if v.Suppress {
		writeWrapped(w, "  ", "Lists: ", "stop mailing this address.")
	}
	writeSteps(w, "What to do:", g.Steps)
	writeSteps(w, "See:", g.Links)
	if verbose {
		writeEvidence(w, ev)
	}
}

// writeEvidence writes how a verdict came about.
func writeEvidence(w io.Writer, ev classify.Evidence) {
	fmt.Fprintf(w, "\n  Evidence: decided by %s\n", ev.Layer)
	if ev.ProviderBy != "" {
		fmt.Fprintf(w, "    provider known by %s\n", report.Clean(ev.ProviderBy))
	}
	for _, words := range ev.Matched {
		fmt.Fprintf(w, "    matched %q\n", words)
	}
	for _, t := range ev.Tried {
		fmt.Fprintf(w, "    tried before: %s (%s)\n", t.Rule, t.Why)
	}
}

// writeCode writes the story of one code.
func writeCode(w io.Writer, rs *rules.Rules, code string, v *classify.Verdict) {
	entry := rs.Code(code, "")
	fmt.Fprint(w, code)
	if entry == nil {
		fmt.Fprintln(w, ": no standard defines it.")
	} else {
		fmt.Fprintf(w, ": %s\n\n", entry.Name)
		writeWrapped(w, "  ", "", entry.Meaning)
		writeWrapped(w, "  ", "Defined by: ", entry.Defined)
		if len(entry.Causes) > 0 {
			writeWrapped(w, "  ", "Usual causes: ", strings.Join(entry.Causes, ", ")+".")
		}
		if entry.Beware != "" {
			writeWrapped(w, "  ", "Beware: ", entry.Beware)
		}
		writeSteps(w, "What to do:", entry.Advice)
		writeSteps(w, "See:", entry.Links)
	}
	for i := range rs.Codes {
		if own := &rs.Codes[i]; own.Provider != "" && (own.Code == code || len(code) > 1 && own.Code == "x"+code[1:]) {
			name := own.Provider
			if p := rs.Provider(own.Provider); p != nil {
				name = p.Name
			}
			writeWrapped(w, "  ", "From "+name+": ", own.Meaning)
		}
	}
	fmt.Fprintf(w, "\n  Without other words such a reply counts as %s: %s.\n", v.Category, v.Cause)
}

func writeSteps(w io.Writer, title string, steps []string) {
	if len(steps) == 0 {
		return
	}
	fmt.Fprintf(w, "\n  %s\n", title)
	for _, step := range steps {
		writeWrapped(w, "    ", "- ", step)
	}
}

// writeWrapped writes text in lines of at most 100 columns behind a label, all indented alike.
func writeWrapped(w io.Writer, indent, label, text string) {
	const columns = 100
	line := indent + label
	rest := indent + strings.Repeat(" ", min(len(label), 2))
	started := false
	for _, word := range strings.Fields(report.Clean(text)) {
		if started && len(line)+1+len(word) > columns {
			fmt.Fprintln(w, line)
			line, started = rest, false
		}
		if started {
			line += " "
		}
		line += word
		started = true
	}
	fmt.Fprintln(w, line)
}
