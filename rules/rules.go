// Package rules holds what bouncelog knows about replies, as data: the causes, the rules that lead from wording to a
// cause, the meaning of every code, and the DNS blocklists. The data are TOML files, embedded in the program; this
// package loads and checks them and does nothing else. Package classify applies them.
//
//	causes.toml      the causes: category, meaning, general advice
//	blocklists.toml  the DNS blocklists by name
//	codes/*.toml     reply codes and enhanced status codes
//	text/*.toml      wording of no one in particular, in English
//	mta/*.toml       texts of mail servers, and the failures that our own MTAs log themselves
//	providers/*.toml one file a provider or family
//	software/*.toml  filters and other software that many sites run
//	lang/*.toml      wording in other languages
package rules

import (
	"cmp"
	"slices"
	"strings"
)

// Layer says which kind of evidence a rule rests on. Text is tried before codes.
type Layer string

const (
	TextLayer Layer = "text" // the words of the reply
	CodeLayer Layer = "code" // a provider's own families of codes
)

// Rule leads from a reply to a cause. All of its conditions must hold: one of Any, one of Also, every one of All, none of None, one of
// Pattern, one of Codes, one of Lists; a condition that is empty always holds. Literals are compared with the
// normalized text: lower case, accents of Latin letters removed, white space and line breaks as one space; and with the
// same text without its addresses, so that "user does not exist" is found in "User <a@example.com> does not exist".
type Rule struct {
	ID        string   `toml:"id"`
	Cause     string   `toml:"cause"`
	Category  string   `toml:"category"` // needed only where Cause is one of the user's own
	Any       []string `toml:"any"`
	All       []string `toml:"all"`
	Also      []string `toml:"also"` // beside Any: one of these too
	None      []string `toml:"none"`
	Pattern   []string `toml:"pattern"`  // RE2; a group named "blocklist" sets the verdict's blocklist
	Codes     []string `toml:"codes"`    // "550", "55x", "5xx", "5.7.26", "4.7", "x.7.26"
	Lists     []string `toml:"lists"`    // "ip", "domain": the reply names a DNS blocklist of that kind
	Provider  []string `toml:"provider"` // ids of providers; default: that of the file
	Layer     Layer    `toml:"layer"`
	Anywhere  bool     `toml:"anywhere"`
	Local     bool     `toml:"local"` // only words of our own MTA (Reply.Local)
	Priority  int      `toml:"priority"`
	Blocklist string   `toml:"blocklist"`
	Example   []string `toml:"example"`
	Advice    []string `toml:"advice"`
	Links     []string `toml:"links"`

	File string `toml:"-"` // where the rule is written
	Line int    `toml:"-"`
	User bool   `toml:"-"` // from a file of the user's: tried before ours

	// General: wording of no one in particular (text/, lang/). Rules of providers and of named software come before it.
	General bool `toml:"-"`
}

// Generic reports whether the rule belongs to no provider.
func (r *Rule) Generic() bool { return len(r.Provider) == 0 }

// Provider is a mail provider or a filter product, and how its replies are known.
type Provider struct {
	ID      string   `toml:"id"`
	Name    string   `toml:"name"`
	Hosts   []string `toml:"hosts"`   // suffixes of the relay's host name
	Domains []string `toml:"domains"` // recipients' domains
	Marks   []string `toml:"marks"`   // literals that show a reply to be theirs
	Links   []string `toml:"links"`   // pages where the provider explains its replies

	File string `toml:"-"`
	Line int    `toml:"-"`
}

// Cause is why a delivery failed.
type Cause struct {
	ID       string   `toml:"id"`
	Category string   `toml:"category"` // hard, soft, block, content; "" for undetermined: it follows the codes
	Suppress bool     `toml:"suppress"` // a list owner should stop mailing the address
	Meaning  string   `toml:"meaning"`  // one or two plain sentences
	Who      string   `toml:"who"`      // who must act
	Retry    string   `toml:"retry"`    // whether trying again helps
	Advice   []string `toml:"advice"`   // ordered steps with commands; placeholders {domain} {address} {relay} {ip} {blocklist}
	Links    []string `toml:"links"`

	File string `toml:"-"`
	Line int    `toml:"-"`
}

// Code is the story of one reply code or enhanced status code.
type Code struct {
	Code     string   `toml:"code"`     // "550", "5.7.26", or "x.7.26" for both classes
	Name     string   `toml:"name"`     // a title of a few words
	Meaning  string   `toml:"meaning"`  // in plain words
	Defined  string   `toml:"defined"`  // RFC and section, or the vendor
	Causes   []string `toml:"causes"`   // usual causes, likeliest first
	Cause    string   `toml:"cause"`    // the verdict where nothing but the code speaks; "" leaves it to the next code
	Vague    bool     `toml:"vague"`    // even a single word of the text says more
	Category string   `toml:"category"` // category of an undetermined reply with this code
	Advice   []string `toml:"advice"`   // what to do
	Beware   string   `toml:"beware"`   // where guides are wrong about the code
	Provider string   `toml:"provider"` // id of the provider in whose replies alone the code means this; "" everywhere
	Links    []string `toml:"links"`

	File string `toml:"-"`
	Line int    `toml:"-"`
}

// ID names the code as a rule, for verdicts: "code-5.1.1", or "code-microsoft-5.4.1" for a provider's meaning.
func (c *Code) ID() string {
	if c.Provider != "" {
		return "code-" + c.Provider + "-" + c.Code
	}
	return "code-" + c.Code
}

// Blocklist is a DNS blocklist or a vendor's own reputation list.
type Blocklist struct {
	Name   string   `toml:"name"`
	Kind   string   `toml:"kind"`   // ip (addresses) or domain (domains and URLs)
	Zones  []string `toml:"zones"`  // DNS zones
	Marks  []string `toml:"marks"`  // other literals that name the list in a reply
	Lookup string   `toml:"lookup"` // page to look an entry up, and have it removed
	Note   string   `toml:"note"`   // what to know before asking for removal

	File string `toml:"-"`
	Line int    `toml:"-"`
}

// Rules is everything that is known. It must not be changed once it is in use.
type Rules struct {
	Rules      []Rule // sorted: user's first, then by layer, priority and file
	Providers  []Provider
	Causes     []Cause
	Codes      []Code
	Blocklists []Blocklist
	Version    string // changes with the data
}

// Cause finds a cause by its id; nil if there is none.
func (rs *Rules) Cause(id string) *Cause {
	for i := range rs.Causes {
		if rs.Causes[i].ID == id {
			return &rs.Causes[i]
		}
	}
	return nil
}

// Rule finds a rule by its id; nil if there is none.
func (rs *Rules) Rule(id string) *Rule {
	for i := range rs.Rules {
		if rs.Rules[i].ID == id {
			return &rs.Rules[i]
		}
	}
	return nil
}

// Provider finds a provider by its id; nil if there is none.
func (rs *Rules) Provider(id string) *Provider {
	for i := range rs.Providers {
		if rs.Providers[i].ID == id {
			return &rs.Providers[i]
		}
	}
	return nil
}

// Blocklist finds a blocklist by its name; nil if there is none.
func (rs *Rules) Blocklist(name string) *Blocklist {
	for i := range rs.Blocklists {
		if rs.Blocklists[i].Name == name {
			return &rs.Blocklists[i]
		}
	}
	return nil
}

// CodeByID finds a code by the id that verdicts name it with (Code.ID); nil if there is none.
func (rs *Rules) CodeByID(id string) *Code {
	for i := range rs.Codes {
		if rs.Codes[i].ID() == id {
			return &rs.Codes[i]
		}
	}
	return nil
}

// Code finds the entry of a reply code or enhanced code: the code itself, else its class-free form ("x.7.26"), else nil.
// The meaning that a provider gives a code is found with the provider's id.
func (rs *Rules) Code(code, provider string) *Code {
	forms := []string{code}
	if len(code) > 1 && code[1] == '.' {
		forms = append(forms, "x"+code[1:])
	}
	for _, form := range forms {
		for i := range rs.Codes {
			if rs.Codes[i].Code == form && rs.Codes[i].Provider == provider {
				return &rs.Codes[i]
			}
		}
	}
	return nil
}

// sortRules puts the rules into the order in which they are tried, but for providers: which of those count is known only
// when a reply is at hand. Ties keep the order of the files.
func sortRules(list []Rule) {
	slices.SortStableFunc(list, func(a, b Rule) int {
		return cmp.Or(
			-cmp.Compare(btoi(a.User), btoi(b.User)),
			cmp.Compare(btoi(a.Layer == CodeLayer), btoi(b.Layer == CodeLayer)),
			-cmp.Compare(a.Priority, b.Priority),
			cmp.Compare(btoi(a.Generic()), btoi(b.Generic())),
			strings.Compare(a.File, b.File),
			cmp.Compare(a.Line, b.Line),
		)
	})
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}
