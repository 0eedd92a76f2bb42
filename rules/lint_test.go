package rules

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// TestEmbedded holds that the built-in rules are free of mistakes and complete.
func TestEmbedded(t *testing.T) {
	rs, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	if n := len(rs.Blocklists); n < 60 {
		t.Errorf("%d blocklists", n)
	}
	used := map[string]bool{}
	for _, r := range rs.Rules {
		used[r.Cause] = true
	}
	for _, c := range rs.Causes {
		if !used[c.ID] && c.ID != Undetermined {
			t.Errorf("no rule leads to %s", c.ID)
		}
		if len(c.Advice) == 0 || c.Who == "" || c.Retry == "" {
			t.Errorf("cause %s lacks advice, who or retry", c.ID)
		}
	}
	if rs.Version == "" || rs.Version != mustLoad(t).Version {
		t.Error("the version is not steady")
	}
}

func mustLoad(t *testing.T) *Rules {
	t.Helper()
	rs, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	return rs
}

// TestCodes holds that every code that people ask about has its entry.
func TestCodes(t *testing.T) {
	rs := mustLoad(t)
	codes := strings.Fields(`101 111 211 214 220 221 235 250 251 252 334 354 403 420 421 422 431 432 441 442 446 447 449 450 451 452 454 455 458
		459 471 500 501 502 503 504 510 511 512 513 521 523 530 534 535 538 541 550 551 552 553 554 555 556 557 571`)
	// The IANA registry of enhanced status codes: subject and the highest detail from 0 on.
	for subject, highest := range map[string]int{"0": 0, "1": 10, "2": 4, "3": 6, "4": 7, "5": 6, "6": 10, "7": 30} {
		for detail := range highest + 1 {
			for _, class := range []string{"4", "5"} {
				codes = append(codes, class+"."+subject+"."+itoa(detail))
			}
		}
	}
	for _, code := range codes {
		if rs.Code(code, "") == nil {
			t.Errorf("nothing is said of %s", code)
		}
	}
}

func itoa(n int) string {
	if n < 10 {
		return string(rune('0' + n))
	}
	return itoa(n/10) + itoa(n%10)
}

// TestLintFile names mistakes with file and line.
func TestLintFile(t *testing.T) {
	f := func(text string, want ...string) {
		t.Helper()
		path := filepath.Join(t.TempDir(), "own.toml")
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		_, problems := LintFile(path)
		var got []string
		for _, p := range problems {
			got = append(got, strings.TrimPrefix(p.Error(), path))
		}
		if !slices.Equal(got, want) {
			t.Errorf("lint of\n%s\n got %q\nwant %q", text, got, want)
		}
	}
	const good = "[[rule]]\nid = \"own-a\"\ncause = \"virus\"\nany = [\"brrr\"]\nexample = [\"550 brrr\"]\n"
	f(good)
	f("# a comment\n\n"+good+"colour = \"red\"\n", `:8: unknown key "rule.colour"`)
	f(good + strings.Replace(good, "own-a", "own-b", 1))
	f(strings.Replace(good, "virus", "viruses", 1), `:1: rule own-a: cause "viruses" is not known; for a cause of your own set category to hard, soft, block or content too`)
	f(strings.Replace(good, "cause = \"virus\"", "cause = \"own-cause\"\ncategory = \"content\"", 1))
	f(strings.Replace(good, "cause = \"virus\"", "cause = \"virus\"\ncategory = \"hard\"", 1), `:1: rule own-a: category "hard" is not that of cause virus, which is "content"`)
	f(strings.Replace(good, "any = [\"brrr\"]", "", 1), `:1: rule own-a: any, all or lists is needed`)
	f(strings.Replace(good, "any = [\"brrr\"]", "pattern = ['br+']", 1), `:1: rule own-a: a pattern needs a literal in any or all that occurs wherever it matches`)
	f(strings.Replace(good, "\"brrr\"]\nex", "\"br\"]\nex", 1), `:1: own-a: literal "br" is shorter than 3 bytes; add a space where it is a whole word`)
	f(strings.Replace(good, "example = [\"550 brrr\"]", "", 1), `:1: rule own-a: at least one example is needed`)
	f(good+"codes = [\"5500\"]\n", `:1: rule own-a: "5500" is no code; write 550, 55x, 5.7.26, 5.7 or x.7.26`)
	f(good+"advice = [\"ask {adress}\"]\n", `:1: own-a: advice: placeholder {adress} is none of {domain} {address} {relay} {ip} {blocklist} {sender_domain}`)
	f("[[rule]]\nid = \"a\nany = 3\n", `:2: strings cannot contain newlines`)
}

func TestUserRules(t *testing.T) {
	path := filepath.Join(t.TempDir(), "own.toml")
	text := "[[rule]]\nid = \"a\"\ncause = \"our-partner\"\ncategory = \"soft\"\nany = [\"user unknown\"]\nexample = [\"550 user unknown\"]\n"
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	rs, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if rs.Rules[0].ID != "a" || !rs.Rules[0].User {
		t.Errorf("the first rule is %s", rs.Rules[0].ID)
	}
	if c := rs.Cause("our-partner"); c == nil || c.Category != "soft" {
		t.Errorf("own cause: %+v", c)
	}
	if rs.Version == mustLoad(t).Version {
		t.Error("the version does not tell own rules")
	}
}

func TestIsCodePattern(t *testing.T) {
	for code, want := range map[string]bool{
		"550": true, "55x": true, "5xx": true, "5.7.26": true, "5.7": true, "x.7.26": true, "x.7": true, "650": false, "55": false, "5.": false, "5.7.1.2": false, "5.7777.1": false, "": false, "abc": false, "3.1.1": false,
	} {
		if got := IsCodePattern(code); got != want {
			t.Errorf("IsCodePattern(%q) = %v", code, got)
		}
	}
}

// TestLoadNaming holds that whatever is asked for by name is what Load has under it, and that nothing else is read.
func TestLoadNaming(t *testing.T) {
	all := mustLoad(t)
	var ids []string
	of := map[string]func(*Rules) any{}
	add := func(id string, get func(*Rules) any) {
		ids = append(ids, id)
		of[id] = get
	}
	for _, r := range all.Rules {
		add(r.ID, func(rs *Rules) any { return rs.Rule(r.ID) })
	}
	for _, c := range all.Causes {
		add(c.ID, func(rs *Rules) any { return rs.Cause(c.ID) })
	}
	for _, c := range all.Codes {
		add(c.ID(), func(rs *Rules) any { return rs.CodeByID(c.ID()) })
	}
	for _, p := range all.Providers {
		add(p.ID, func(rs *Rules) any { return rs.Provider(p.ID) })
	}
	for _, l := range all.Blocklists {
		add(l.Name, func(rs *Rules) any { return rs.Blocklist(l.Name) })
	}
	for some := range slices.Chunk(ids, 25) {
		rs, err := LoadNaming(some)
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range some {
			if want, got := of[id](all), of[id](rs); !reflect.DeepEqual(want, got) {
				t.Errorf("%s: %+v, want %+v", id, got, want)
			}
		}
	}
	one, err := LoadNaming(ids[:1])
	if err != nil {
		t.Fatal(err)
	}
	if n := len(one.Rules) + len(one.Causes) + len(one.Codes) + len(one.Blocklists); n != 1 || one.Version != all.Version {
		t.Errorf("%d tables of version %s", n, one.Version)
	}
}
