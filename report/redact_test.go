package report

import (
	"bytes"
	"strings"
	"testing"

	"bouncelog/store"
)

func TestRedactText(t *testing.T) {
	r := NewRedactor([]byte("key"))
	a, b := r.Local("alice"), r.Local("bob")
	if a == b || a != r.Local("Alice") || a != r.Local(`"alice"`) || a == NewRedactor([]byte("other")).Local("alice") {
		t.Errorf("pseudonyms %s and %s", a, b)
	}
	r.Add("alice@example.com", "bob@example.org")
	for _, c := range [][2]string{
		{"550 5.1.1 <alice@example.com>: no such user", "550 5.1.1 <" + a + "@example.com>: no such user"},
		{"to=<Alice@Example.com>, orig_to=<bob@example.org>,", "to=<" + a + "@Example.com>, orig_to=<" + b + "@example.org>,"},
		{"to=alice@example.com status", "to=" + a + "@example.com status"},
		{"<alice>... User unknown", "<" + a + ">... User unknown"},
		{"No mailbox here by the name ALICE.", "No mailbox here by the name " + a + "."},
		{"see https://x.example/?rcpt=alice%40example.com&id=7", "see https://x.example/?rcpt=" + a + "%40example.com&id=7"},
		{"orcpt=rfc822;alice+40example.com", "orcpt=rfc822;" + a + "+40example.com"},
		{"alice.example.com and malice@", "alice.example.com and malice@"}, // a host's name, and no address
		{"[alice@[192.0.2.1]]", "[" + a + "@[192.0.2.1]]"},
		{"", ""}, {"@", "@"}, {"a@", "a@"}, {"@example.com", "@example.com"},
	} {
		if got := r.Text(c[0]); got != c[1] {
			t.Errorf("%q\n became %q\n    want %q", c[0], got, c[1])
		}
		if again := r.Text(r.Text(c[0])); again != r.Text(c[0]) {
			t.Errorf("redacting %q twice gives %q", c[0], again)
		}
	}
	for _, s := range []string{`"al ice"@example.com`, "bounce-alice=example.com@lists.example.net", "SRS0=abc=de=example.com=alice@relay.example", "<alice+tag@example.com>", "mailto:alice.b@example.com", "étoile@example.com"} {
		got := r.Text(s)
		for _, secret := range []string{"alice", "al ice", "étoile"} {
			if strings.Contains(got, secret) {
				t.Errorf("%q became %q", s, got)
			}
		}
		if !strings.Contains(got, s[strings.LastIndexByte(s, '@'):]) {
			t.Errorf("%q lost its domain: %q", s, got)
		}
	}
	for _, s := range []string{"", "<>"} {
		if got := r.Address(s); got != s {
			t.Errorf("the null sender became %q", got)
		}
	}
	for i := range "to=<alice@example.com>, <alice>" {
		r.Text("to=<alice@example.com>, <alice>"[:i]) // no cut may panic
	}
}

// secrets are the local parts of the test model and stories.
var secrets = []string{"bob", "carol", "gone", "left", "newsletter", "anna", "robert"}

func leaks(t *testing.T, out string) {
	t.Helper()
	for _, s := range secrets {
		for _, form := range []string{s + "@", "<" + s + ">", "as " + s, `"` + s + `"`} {
			if i := strings.Index(out, form); i >= 0 {
				t.Errorf("%s leaks: …%s…", s, out[max(0, i-60):min(len(out), i+60)])
			}
		}
	}
}

func TestRedactModel(t *testing.T) {
	in := testInput(t, 300)
	in.Filter = store.Filter{Sender: []string{"anna@example.net", "example.net"}}
	in.Figures.Replies[0].Reply = "550 5.1.1 <gone@mail.example.org> unknown, ask bob@mail.example.org"
	in.Cross = &Cross{Dims: []string{"user", "cause"}, Rows: []CrossRow{{Keys: []string{"anna", "greylisted"}}}}
	m := Build(in)
	before := render(t, m, HTMLOptions{})
	red := NewRedactor([]byte("key")).Model(m)
	var b bytes.Buffer
	for _, err := range []error{JSON(&b, red), Text(&b, red), Markdown(&b, red), HTML(&b, red, HTMLOptions{}), CSV(&b, red, "suppress"), CSV(&b, red, "cross")} {
		if err != nil {
			t.Fatal(err)
		}
	}
	leaks(t, b.String())
	if render(t, m, HTMLOptions{}) != before {
		t.Error("redacting changed the model that it was given")
	}
	if !strings.Contains(b.String(), "shop.example.net") {
		t.Error("the domains are gone too")
	}
}

func TestRedactMatches(t *testing.T) {
	ms := bounced()
	ms[0].Subject = "Offer for Bob"
	ms[0].Lines = append(ms[0].Lines, store.RawLine{Text: "warning: header Subject: Offer for Bob from desk; to <robert>"})
	red := NewRedactor([]byte("key")).Matches(ms)
	var b bytes.Buffer
	s := BuildStories("k", red, testAdviser{}, testZone)
	for _, err := range []error{StoryText(&b, s, TerminalOptions{}), StoryJSON(&b, s), StoryHTML(&b, s)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	leaks(t, b.String())
	if strings.Contains(b.String(), "Offer") {
		t.Error("the subject is told")
	}
	if ms[0].Recipients[0].Recipient != "bob@example.com" || *ms[0].Sender != "anna@example.net" || !strings.Contains(ms[0].Lines[0].Text, "bob@") {
		t.Error("redacting changed the matches that it was given")
	}
}

func TestSuppress(t *testing.T) {
	list := testInput(t, 300).Suppressions
	list = append(list, Suppression{Address: "=cmd|' /C calc'!A0@example.com", Cause: "unknown-user"}, Suppression{Address: "a\nb@example.com"})
	for _, f := range []string{"csv", "jsonl", "plain"} {
		var b bytes.Buffer
		if err := Suppress(&b, list, f, testZone); err != nil {
			t.Fatal(err)
		}
		golden(t, "suppress."+f, b.Bytes())
		harmless(t, b.String())
	}
	if err := Suppress(&bytes.Buffer{}, list, "xml", nil); err == nil {
		t.Error("an unknown format: no error")
	}
}
