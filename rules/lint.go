package rules

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
)

// minLiteral is the shortest literal in bytes. Shorter ones would be met in every reply; the classifier's search rests on
// pieces of this length. A space at either end of a literal counts: it is how a whole word is asked for.
const minLiteral = 3

// Lint finds what is wrong with the rules themselves. Whether each example is decided by its own rule is for the
// classifier to say (classify.Check).
func (rs *Rules) Lint() []Problem {
	l := linter{rs: rs, ids: map[string]string{}}
	for i := range rs.Causes {
		l.cause(&rs.Causes[i])
	}
	for i := range rs.Providers {
		l.provider(&rs.Providers[i])
	}
	for i := range rs.Rules {
		l.rule(&rs.Rules[i])
	}
	for i := range rs.Codes {
		l.code(&rs.Codes[i])
	}
	for i := range rs.Blocklists {
		l.list(&rs.Blocklists[i])
	}
	return l.problems
}

type linter struct {
	rs       *Rules
	ids      map[string]string
	problems []Problem
}

func (l *linter) add(file string, line int, format string, args ...any) {
	l.problems = append(l.problems, Problem{file, line, fmt.Sprintf(format, args...)})
}

// unique notes an id of some sort and complains of the second.
func (l *linter) unique(file string, line int, sort, id string) {
	here := fmt.Sprintf("%s:%d", file, line)
	if id == "" {
		l.add(file, line, "a %s needs an id", sort)
	} else if there, found := l.ids[sort+" "+id]; found {
		l.add(file, line, "%s %q is already at %s", sort, id, there)
	}
	l.ids[sort+" "+id] = here
}

func (l *linter) cause(c *Cause) {
	l.unique(c.File, c.Line, "cause", c.ID)
	if !isCategory(c.Category) && !(c.Category == "" && c.ID == Undetermined) {
		l.add(c.File, c.Line, "cause %s: category %q is none of hard, soft, block, content", c.ID, c.Category)
	}
	if c.Meaning == "" {
		l.add(c.File, c.Line, "cause %s: a meaning is needed", c.ID)
	}
	l.placeholders(c.File, c.Line, c.ID, c.Advice)
}

func (l *linter) provider(p *Provider) {
	l.unique(p.File, p.Line, "provider", p.ID)
	if p.Name == "" {
		l.add(p.File, p.Line, "provider %s: a name is needed", p.ID)
	}
	for _, list := range [][]string{p.Hosts, p.Domains} {
		for _, host := range list {
			if host != strings.ToLower(host) || strings.HasPrefix(host, ".") || strings.ContainsAny(host, "*@ ") {
				l.add(p.File, p.Line, "provider %s: %q must be a name in lower case without dot in front, wildcard or address", p.ID, host)
			}
		}
	}
	l.literals(p.File, p.Line, p.ID, p.Marks)
}

func (l *linter) rule(r *Rule) {
	l.unique(r.File, r.Line, "rule", r.ID)
	name := r.ID
	if !r.User {
		if prefix := strings.TrimSuffix(path.Base(r.File), ".toml"); !strings.HasPrefix(r.ID, prefix+"-") {
			l.add(r.File, r.Line, "rule %s: its id must begin with %q, the name of its file", name, prefix+"-")
		}
	}
	cause := l.rs.Cause(r.Cause)
	switch {
	case r.Cause == "":
		l.add(r.File, r.Line, "rule %s: a cause is needed", name)
	case cause == nil && r.User:
		l.add(r.File, r.Line, "rule %s: cause %q is not known; for a cause of your own set category to hard, soft, block or content too", name, r.Cause)
	case cause == nil:
		l.add(r.File, r.Line, "rule %s: cause %q is not known", name, r.Cause)
	case r.Category != "" && r.Category != cause.Category:
		l.add(r.File, r.Line, "rule %s: category %q is not that of cause %s, which is %q", name, r.Category, r.Cause, cause.Category)
	}
	if r.Layer != TextLayer && r.Layer != CodeLayer {
		l.add(r.File, r.Line, "rule %s: layer %q is neither text nor code", name, r.Layer)
	}
	l.literals(r.File, r.Line, name, r.Any)
	l.literals(r.File, r.Line, name, r.All)
	l.literals(r.File, r.Line, name, r.Also)
	l.literals(r.File, r.Line, name, r.None)
	l.conditions(r)
	for _, id := range r.Provider {
		if l.rs.Provider(id) == nil {
			l.add(r.File, r.Line, "rule %s: provider %q is not known", name, id)
		}
	}
	if len(r.Example) == 0 {
		l.add(r.File, r.Line, "rule %s: at least one example is needed", name)
	}
	l.placeholders(r.File, r.Line, name, r.Advice)
}

// conditions checks what a rule asks of a reply.
func (l *linter) conditions(r *Rule) {
	literal := len(r.Any) > 0 || len(r.All) > 0
	for _, expr := range r.Pattern {
		re, err := regexp.Compile(expr)
		if err != nil {
			l.add(r.File, r.Line, "rule %s: pattern: %v", r.ID, err)
		} else if re.MatchString("") {
			l.add(r.File, r.Line, "rule %s: pattern %q matches an empty reply", r.ID, expr)
		}
	}
	switch {
	case len(r.Also) > 0 && !literal:
		l.add(r.File, r.Line, "rule %s: also needs any or all beside it", r.ID)
	case len(r.Pattern) > 0 && !literal:
		l.add(r.File, r.Line, "rule %s: a pattern needs a literal in any or all that occurs wherever it matches", r.ID)
	case r.Layer == TextLayer && !literal && len(r.Lists) == 0:
		l.add(r.File, r.Line, "rule %s: any, all or lists is needed", r.ID)
	case !literal && len(r.Lists) == 0 && len(r.Codes) == 0:
		l.add(r.File, r.Line, "rule %s: any, all, lists or codes is needed", r.ID)
	}
	for _, code := range r.Codes {
		if !IsCodePattern(code) {
			l.add(r.File, r.Line, "rule %s: %q is no code; write 550, 55x, 5.7.26, 5.7 or x.7.26", r.ID, code)
		}
	}
	for _, kind := range r.Lists {
		if kind != "ip" && kind != "domain" {
			l.add(r.File, r.Line, "rule %s: lists: %q is neither ip nor domain", r.ID, kind)
		}
	}
}

func (l *linter) code(c *Code) {
	l.unique(c.File, c.Line, "code", c.ID())
	if !IsCodePattern(c.Code) || strings.HasSuffix(c.Code, "xx") {
		l.add(c.File, c.Line, "%q is no code", c.Code)
	}
	if c.Meaning == "" || c.Defined == "" || c.Name == "" {
		l.add(c.File, c.Line, "code %s: name, meaning and defined are needed", c.Code)
	}
	if c.Category != "" && !isCategory(c.Category) {
		l.add(c.File, c.Line, "code %s: category %q is none of hard, soft, block, content", c.Code, c.Category)
	}
	if c.Provider != "" && l.rs.Provider(c.Provider) == nil {
		l.add(c.File, c.Line, "code %s: provider %q is not known", c.Code, c.Provider)
	}
	for _, cause := range append(slices.Clone(c.Causes), c.Cause) {
		if cause != "" && l.rs.Cause(cause) == nil {
			l.add(c.File, c.Line, "code %s: cause %q is not known", c.Code, cause)
		}
	}
	l.placeholders(c.File, c.Line, c.Code, c.Advice)
}

func (l *linter) list(b *Blocklist) {
	l.unique(b.File, b.Line, "blocklist", b.Name)
	if b.Kind != "ip" && b.Kind != "domain" {
		l.add(b.File, b.Line, "blocklist %s: kind %q is neither ip nor domain", b.Name, b.Kind)
	}
	if len(b.Zones) == 0 && len(b.Marks) == 0 {
		l.add(b.File, b.Line, "blocklist %s: zones or marks are needed", b.Name)
	}
	l.literals(b.File, b.Line, b.Name, b.Zones)
	l.literals(b.File, b.Line, b.Name, b.Marks)
}

func (l *linter) literals(file string, line int, name string, literals []string) {
	for i, s := range literals {
		switch {
		case len(s) < minLiteral:
			l.add(file, line, "%s: literal %q is shorter than %d bytes; add a space where it is a whole word", name, s, minLiteral)
		case strings.TrimSpace(s) == "":
			l.add(file, line, "%s: a literal is blank", name)
		case slices.Contains(literals[:i], s):
			l.add(file, line, "%s: literal %q is there twice", name, s)
		}
	}
}

var placeholder = regexp.MustCompile(`\{[a-z_]*\}`)

// Placeholders are the names in braces that advice may use; the classifier fills them in.
var Placeholders = []string{"{domain}", "{address}", "{relay}", "{ip}", "{blocklist}", "{sender_domain}"}

func (l *linter) placeholders(file string, line int, name string, advice []string) {
	for _, step := range advice {
		for _, p := range placeholder.FindAllString(step, -1) {
			if !slices.Contains(Placeholders, p) {
				l.add(file, line, "%s: advice: placeholder %s is none of %s", name, p, strings.Join(Placeholders, " "))
			}
		}
	}
}

// Undetermined is the cause of a reply that says nothing usable.
const Undetermined = "undetermined"

func isCategory(s string) bool {
	return s == "hard" || s == "soft" || s == "block" || s == "content"
}

// IsCodePattern reports whether s is a reply code ("550", "55x", "5xx"), an enhanced status code ("5.7.26") or the
// beginning of one ("5.7"); x stands for any digit of a reply code and for any class of an enhanced one.
func IsCodePattern(s string) bool {
	if !strings.Contains(s, ".") {
		return len(s) == 3 && s[0] >= '1' && s[0] <= '5' && isDigitOrX(s[1]) && isDigitOrX(s[2])
	}
	parts := strings.Split(s, ".")
	if len(parts) > 3 || !(parts[0] == "2" || parts[0] == "4" || parts[0] == "5" || parts[0] == "x") {
		return false
	}
	for _, part := range parts[1:] {
		if part == "" || len(part) > 3 || strings.Trim(part, "0123456789") != "" {
			return false
		}
	}
	return true
}

func isDigitOrX(c byte) bool { return c >= '0' && c <= '9' || c == 'x' }
