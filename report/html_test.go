package report

import (
	"bytes"
	"html"
	"regexp"
	"strings"
	"testing"
)

func render(t testing.TB, m *Model, o HTMLOptions) string {
	t.Helper()
	var b bytes.Buffer
	if err := HTML(&b, m, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestHTMLGolden(t *testing.T) {
	golden(t, "report.html", []byte(render(t, testModel(t), HTMLOptions{})))
	golden(t, "mail.html", []byte(render(t, testModel(t), HTMLOptions{Mail: true})))
}

var (
	policyRE = regexp.MustCompile(`http-equiv="Content-Security-Policy" content="([^"]*)"`)
	styleRE  = regexp.MustCompile(`(?s)<style>(.*?)</style>`)
	scriptRE = regexp.MustCompile(`(?s)<script>(.*?)</script>`)
)

// checkPage holds what a page promises: its own style and script and no other, no outside content, no inline handlers.
func checkPage(t *testing.T, s string, mail bool) {
	t.Helper()
	p := policyRE.FindStringSubmatch(s)
	if p == nil {
		t.Fatal("no Content-Security-Policy")
	}
	policy := html.UnescapeString(p[1])
	styles, scripts := styleRE.FindAllStringSubmatch(s, -1), scriptRE.FindAllStringSubmatch(s, -1)
	if len(styles) != 1 || !strings.Contains(policy, hashSource(styles[0][1])) {
		t.Errorf("%d styles, policy %s", len(styles), policy)
	}
	switch {
	case mail && len(scripts) != 0:
		t.Errorf("%d scripts in a mail", len(scripts))
	case !mail && (len(scripts) != 1 || !strings.Contains(policy, hashSource(scripts[0][1]))):
		t.Errorf("%d scripts, policy %s", len(scripts), policy)
	}
	for _, want := range []string{"default-src 'none'", "base-uri 'none'", "form-action 'none'"} {
		if !strings.Contains(policy, want) {
			t.Errorf("the policy has no %s", want)
		}
	}
	body := s[strings.Index(s, "<body>"):]
	body = scriptRE.ReplaceAllString(body, "")
	for tag := range tags(body) {
		if m := regexp.MustCompile(`(?i)\s(on[a-z]+|style|src|srcset|action|formaction|background|xlink:href)\s*=`).FindString(outsideQuotes(tag)); m != "" {
			t.Errorf("attribute %q in %.200s", m, tag)
		}
		name := strings.ToLower(strings.TrimLeft(strings.FieldsFunc(tag, func(r rune) bool { return r == ' ' || r == '>' || r == '\n' })[0], "</"))
		switch name {
		case "script", "img", "iframe", "link", "object", "embed", "base", "form", "b", "textarea", "style", "foreignobject", "image", "use", "animate", "set":
			t.Errorf("element %s: %.200s", name, tag)
		}
		if i := strings.Index(tag, `href="`); i >= 0 && !strings.HasPrefix(tag[i+6:], "#") && !strings.HasPrefix(tag[i+6:], "https://") {
			t.Errorf("a link to %.100s", tag[i:])
		}
	}
	harmless(t, s)
}

// tags are the texts between < and > of a page whose text has none of either.
func tags(s string) map[string]bool {
	out := map[string]bool{}
	for _, m := range regexp.MustCompile(`<[^>]*>`).FindAllString(s, -1) {
		out[m] = true
	}
	return out
}

// outsideQuotes is a tag without its attributes' values.
func outsideQuotes(s string) string { return regexp.MustCompile(`"[^"]*"`).ReplaceAllString(s, `""`) }

func TestHTMLPolicy(t *testing.T) {
	checkPage(t, render(t, testModel(t), HTMLOptions{}), false)
	checkPage(t, render(t, testModel(t), HTMLOptions{Mail: true}), true)
	checkPage(t, render(t, Build(Input{Window: testDay}), HTMLOptions{}), false)
}

func TestHTMLHostile(t *testing.T) {
	for _, h := range append(hostile, strings.Repeat("10 kB ", 1700)) {
		m := hostileModel(t, h)
		checkPage(t, render(t, m, HTMLOptions{}), false)
		checkPage(t, render(t, m, HTMLOptions{Mail: true}), true)
		var b bytes.Buffer
		if err := StoryHTML(&b, BuildStories(h, hostileMatches(h), echoAdviser{h}, testZone)); err != nil {
			t.Fatal(err)
		}
		checkPage(t, b.String(), true)
	}
}

// TestHTMLAssets: html/template may not change a byte of the style or script, or the browser refuses them.
func TestHTMLAssets(t *testing.T) {
	s := render(t, testModel(t), HTMLOptions{})
	for _, name := range []string{"assets/style.css", "assets/page.js"} {
		if a := asset(name); a == "" || !strings.Contains(s, a) {
			t.Errorf("%s is not in the page as it is", name)
		}
	}
	if strings.Contains(asset("assets/page.js"), "</") {
		t.Error("the script could end its own element")
	}
}

func TestWhyCommand(t *testing.T) {
	for _, c := range [][2]string{{"example.com", "bouncelog why example.com"}, {"a b", ""}, {"$(id)", ""}, {"-x", ""}, {"x;rm", ""}, {"", ""}, {"anna+x@example.com", "bouncelog why anna+x@example.com"}} {
		if got := whyCommand(c[0], ""); got != c[1] {
			t.Errorf("%q gives %q", c[0], got)
		}
	}
}

func TestWebLinks(t *testing.T) {
	got := webLinks([]string{"https://example.com/a?b=c", "javascript:alert(1)", "http://example.com", "https://x\"onclick=y", "https://a b"})
	if len(got) != 1 || got[0] != "https://example.com/a?b=c" {
		t.Errorf("%q", got)
	}
}
