package rules

import (
	"bytes"
	"cmp"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/BurntSushi/toml"
	"github.com/cespare/xxhash/v2"
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
	rs, problems := load(embedded, userFiles, nil)
	if len(problems) == 0 {
		problems = rs.Lint()
	}
	return rs, join(problems)
}

// LoadNaming reads the user's files, and of the embedded ones only the tables that one of the ids names: those of causes, rules, codes,
// providers and blocklists of stored verdicts. That is enough to tell what the verdicts mean, in a fraction of the time of Load; it is no base for
// new ones. The Version is that of Load.
func LoadNaming(ids []string, userFiles ...string) (*Rules, error) {
	named := make(map[string]bool, len(ids))
	for _, id := range ids {
		named[id] = true
		if strings.HasPrefix(id, "code-") {
			named[id[strings.LastIndexByte(id, '-')+1:]] = true // see Code.ID
		}
	}
	rs, problems := load(embedded, userFiles, named)
	return rs, join(problems)
}

// LintFile checks one file of the user's together with the embedded rules and returns what is wrong with that file.
func LintFile(path string) (*Rules, []Problem) {
	rs, problems := load(embedded, []string{path}, nil)
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

// source is one rule file, and what was read in it.
type source struct {
	path     string
	text     []byte
	wanted   []byte // what of the text is decoded
	user     bool
	file     file
	where    *locator
	problems []Problem
}

// load reads the user's files and of data the tables that are named; nil names all.
func load(data fs.FS, userFiles []string, named map[string]bool) (*Rules, []Problem) {
	rs := &Rules{}
	var problems []Problem
	var sources []*source
	for _, path := range userFiles {
		text, err := os.ReadFile(path)
		if err != nil {
			problems = append(problems, Problem{File: path, What: fmt.Sprintf("read rules: %v", err)})
			continue
		}
		sources = append(sources, &source{path: path, text: text, wanted: text, user: true})
	}
	err := fs.WalkDir(data, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".toml" {
			return err
		}
		text, err := fs.ReadFile(data, path)
		src := &source{path: "rules/" + path, text: text, wanted: text}
		if named != nil {
			src.wanted = tablesNamed(text, named)
		}
		sources = append(sources, src)
		return err
	})
	if err != nil {
		problems = append(problems, Problem{File: "rules", What: err.Error()})
	}
	parse(sources)
	hash := xxhash.New()
	for _, src := range sources {
		hash.Write(src.text)
		problems = append(problems, src.problems...)
		rs.add(src)
	}
	rs.ownCauses()
	sortRules(rs.Rules)
	rs.Version = hex.EncodeToString(hash.Sum(nil))
	return rs, problems
}

// tablesNamed is a rule file without the tables that bear none of the names, empty if that leaves none. The lines of the others keep their numbers.
// It knows the form that the embedded files have: a header begins a line, and the name is the first key under it.
func tablesNamed(text []byte, names map[string]bool) []byte {
	var out []byte
	kept := false
	for len(text) > 0 {
		end := len(text)
		if i := bytes.Index(text[1:], []byte("\n[")); i >= 0 {
			end = i + 2
		}
		table := text[:end]
		text = text[end:]
		named := names[nameOf(table)]
		kept = kept || named
		// The provider of a file is that of its rules.
		if named || bytes.HasPrefix(table, []byte("[provider]")) {
			out = append(out, table...)
			continue
		}
		for range bytes.Count(table, []byte("\n")) {
			out = append(out, '\n')
		}
	}
	if !kept {
		return nil
	}
	return out
}

// nameOf is the value of the first key under a table's header, "" where it is no plain string.
func nameOf(table []byte) string {
	_, rest, _ := bytes.Cut(table, []byte("\n"))
	line, _, _ := bytes.Cut(rest, []byte("\n"))
	_, value, _ := bytes.Cut(line, []byte("= "))
	if len(value) < 2 || value[0] != '"' || value[len(value)-1] != '"' {
		return ""
	}
	return string(value[1 : len(value)-1])
}

// parse decodes the files side by side: there is half a megabyte of them, and every command waits for it.
func parse(sources []*source) {
	var wg sync.WaitGroup
	work := make(chan *source)
	for range min(runtime.GOMAXPROCS(0), 4) {
		wg.Go(func() {
			for src := range work {
				src.decode()
			}
		})
	}
	for _, src := range sources {
		work <- src
	}
	close(work)
	wg.Wait()
}

// decode reads the TOML strictly.
func (src *source) decode() {
	src.where = newLocator(src.wanted)
	if len(src.wanted) == 0 {
		return
	}
	meta, err := toml.Decode(string(src.wanted), &src.file)
	if err != nil {
		var perr toml.ParseError
		p := Problem{File: src.path, What: strings.TrimPrefix(err.Error(), "toml: ")}
		if errors.As(err, &perr) {
			p.Line = perr.Position.Line
			p.What = cmp.Or(perr.Message, strings.TrimPrefix(perr.Error(), "toml: "))
		}
		src.problems = append(src.problems, p)
		src.file = file{}
		return
	}
	for _, key := range meta.Undecoded() {
		src.problems = append(src.problems, Problem{File: src.path, Line: src.where.key(key), What: fmt.Sprintf("unknown key %q", key.String())})
	}
}

// add takes the tables of a file over into rs.
func (rs *Rules) add(src *source) {
	f, path, where := &src.file, src.path, src.where
	provider := ""
	if f.Provider != nil {
		provider = f.Provider.ID
		f.Provider.File, f.Provider.Line = path, where.table("provider", 0)
		rs.Providers = append(rs.Providers, *f.Provider)
	}
	for i, r := range f.Rule {
		r.File, r.Line, r.User = path, where.table("rule", i), src.user
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
