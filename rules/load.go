package rules

import (
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

//go:embed *.toml */*.toml
var embedded embed.FS

// file is what one TOML file may hold.
type file struct {
	Provider *Provider   `toml:"provider"`
	Rule     []Rule      `toml:"rule"`
	Cause    []Cause     `toml:"cause"`
	Code     []Code      `toml:"code"`
	List     []Blocklist `toml:"list"`
}

// Problem is a mistake in a rule file. It is an error whose text begins with file and line.
type Problem struct {
	File string
	Line int // 0: the file as a whole
	What string
}

func (p Problem) Error() string {
	if p.Line == 0 {
		return p.File + ": " + p.What
	}
	return fmt.Sprintf("%s:%d: %s", p.File, p.Line, p.What)
}

// Load reads the embedded rules and the user's files, which are read before ours and may set their own causes. The error
// joins every Problem that was found; the rules that come with it are not to be used.
func Load(userFiles ...string) (*Rules, error) {
	rs, problems := load(embedded, userFiles)
	if len(problems) == 0 {
		problems = rs.Lint()
	}
	return rs, join(problems)
}

// LintFile checks one file of the user's together with the embedded rules and returns what is wrong with that file.
func LintFile(path string) (*Rules, []Problem) {
	rs, problems := load(embedded, []string{path})
	problems = append(problems, rs.Lint()...)
	return rs, slices.DeleteFunc(problems, func(p Problem) bool { return p.File != path })
}

func join(problems []Problem) error {
	if len(problems) == 0 {
		return nil
	}
	errs := make([]error, len(problems))
	for i, p := range problems {
		errs[i] = p
	}
	return errors.Join(errs...)
}

func load(data fs.FS, userFiles []string) (*Rules, []Problem) {
	rs := &Rules{}
	var problems []Problem
	hash := fnv.New64a()
	for _, path := range userFiles {
		text, err := os.ReadFile(path)
		if err != nil {
			problems = append(problems, Problem{File: path, What: fmt.Sprintf("read rules: %v", err)})
			continue
		}
		hash.Write(text)
		problems = append(problems, rs.add(path, text, true)...)
	}
	err := fs.WalkDir(data, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".toml" {
			return err
		}
		text, err := fs.ReadFile(data, path)
		if err != nil {
			return err
		}
		hash.Write(text)
		problems = append(problems, rs.add("rules/"+path, text, false)...)
		return nil
	})
	if err != nil {
		problems = append(problems, Problem{File: "rules", What: err.Error()})
	}
	rs.ownCauses()
	sortRules(rs.Rules)
	rs.Version = hex.EncodeToString(hash.Sum(nil))
	return rs, problems
}

// add reads one file into rs.
func (rs *Rules) add(path string, text []byte, user bool) []Problem {
	var f file
	meta, err := toml.Decode(string(text), &f)
	if err != nil {
		var perr toml.ParseError
		if errors.As(err, &perr) {
			what := perr.Message
			if what == "" {
				what = strings.TrimPrefix(perr.Error(), "toml: ")
			}
			return []Problem{{File: path, Line: perr.Position.Line, What: what}}
		}
		return []Problem{{File: path, What: strings.TrimPrefix(err.Error(), "toml: ")}}
	}
	where := newLocator(text)
	var problems []Problem
	for _, key := range meta.Undecoded() {
		problems = append(problems, Problem{File: path, Line: where.key(key), What: fmt.Sprintf("unknown key %q", key.String())})
	}
	provider := ""
	if f.Provider != nil {
		provider = f.Provider.ID
		f.Provider.File, f.Provider.Line = path, where.table("provider", 0)
		rs.Providers = append(rs.Providers, *f.Provider)
	}
	for i, r := range f.Rule {
		r.File, r.Line, r.User = path, where.table("rule", i), user
		r.General = strings.Contains(path, "rules/text/") || strings.Contains(path, "rules/lang/")
		if r.Layer == "" {
			r.Layer = TextLayer
		}
		if provider != "" && len(r.Provider) == 0 {
			r.Provider = []string{provider}
		}
		rs.Rules = append(rs.Rules, r)
	}
	for i, c := range f.Cause {
		c.File, c.Line = path, where.table("cause", i)
		rs.Causes = append(rs.Causes, c)
	}
	for i, c := range f.Code {
		c.File, c.Line = path, where.table("code", i)
		rs.Codes = append(rs.Codes, c)
	}
	for i, l := range f.List {
		l.File, l.Line = path, where.table("list", i)
		rs.Blocklists = append(rs.Blocklists, l)
	}
	return problems
}

// ownCauses makes a cause of each that a user's rule names together with its category and no table describes.
func (rs *Rules) ownCauses() {
	for _, r := range rs.Rules {
		if r.User && r.Cause != "" && r.Category != "" && rs.Cause(r.Cause) == nil {
			rs.Causes = append(rs.Causes, Cause{
				ID: r.Cause, Category: r.Category, Suppress: r.Category == "hard", Advice: r.Advice, Links: r.Links,
				Meaning: "Set by the rule " + r.ID + " of " + r.File + ".", File: r.File, Line: r.Line,
			})
		}
	}
}
