package report

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// browser is a headless Chromium with a fresh profile, and what it complained of.
type browser struct {
	ctx context.Context

	mu         sync.Mutex
	complaints []string // console errors, exceptions, violations of the policy, dialogs
	requests   []string // anything but the page itself
}

// newBrowser starts Chromium, or skips the test where there is none: `apt-get install chromium`.
func newBrowser(t *testing.T) *browser {
	t.Helper()
	exe := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if p, err := exec.LookPath(name); err == nil {
			exe = p
			break
		}
	}
	if exe == "" {
		t.Skip("no Chromium on this machine: the page is not tried in a browser (Debian: apt-get install chromium)")
	}
	opts := []chromedp.ExecAllocatorOption{
		chromedp.ExecPath(exe), chromedp.NoSandbox, chromedp.Headless, chromedp.DisableGPU, chromedp.NoFirstRun, chromedp.NoDefaultBrowserCheck,
		chromedp.UserDataDir(t.TempDir()), chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true), chromedp.Flag("disable-dev-shm-usage", true),
		chromedp.WSURLReadTimeout(60 * time.Second),
	}
	ctx, stop := chromedp.NewExecAllocator(t.Context(), opts...)
	t.Cleanup(stop)
	ctx, quit := chromedp.NewContext(ctx)
	t.Cleanup(quit)
	// A browser that hangs is ended: a test must not.
	timer := time.AfterFunc(2*time.Minute, quit)
	t.Cleanup(func() { timer.Stop() })
	b := &browser{ctx: ctx}
	if err := chromedp.Listen(ctx, b.listen); err != nil {
		t.Fatalf("start %s: %v", exe, err)
	}
	for _, c := range []cdp.Command[cdp.Empty, cdp.Empty]{cdplog.Enable, runtime.Enable} {
		if _, err := chromedp.Call(ctx, c, cdp.Empty{}); err != nil {
			t.Fatalf("%s: %v", c.Method, err)
		}
	}
	if _, err := chromedp.Call(ctx, network.Enable, network.EnableParams{}); err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Call(ctx, cdppage.Enable, cdppage.EnableParams{}); err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *browser) listen(ev any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := ev.(type) {
	case *cdplog.EventEntryAdded:
		b.complaints = append(b.complaints, e.Entry.Text)
	case *runtime.EventExceptionThrown:
		b.complaints = append(b.complaints, "exception: "+e.ExceptionDetails.Text)
	case *runtime.EventConsoleAPICalled:
		b.complaints = append(b.complaints, "console."+string(e.Type))
	case *cdppage.EventJavascriptDialogOpening:
		b.complaints = append(b.complaints, "dialog: "+e.Message)
	case *network.EventRequestWillBeSent:
		if e.Type != network.ResourceTypeDocument {
			b.requests = append(b.requests, e.Request.URL)
		}
	}
}

// load opens a page that was written to a file.
func (b *browser) load(t *testing.T, html string, width int64, scheme string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "page.html")
	if err := os.WriteFile(path, []byte(html), 0o600); err != nil {
		t.Fatal(err)
	}
	media := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}}
	if _, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, media); err != nil {
		t.Fatal(err)
	}
	b.run(t, chromedp.EmulateViewport(width, 900), chromedp.Navigate("file://"+path), chromedp.WaitReady("footer"))
}

func (b *browser) run(t *testing.T, actions ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(b.ctx, actions...); err != nil {
		t.Fatal(err)
	}
}

// eval is the value of a JavaScript expression.
func eval[T any](t *testing.T, b *browser, js string) T {
	t.Helper()
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](js))
	if err != nil {
		t.Fatalf("%s: %v", js, err)
	}
	return v
}

func (b *browser) quiet(t *testing.T) {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.complaints) > 0 {
		t.Errorf("the browser complains: %q", b.complaints)
	}
	if len(b.requests) > 0 {
		t.Errorf("the page asks for %q", b.requests)
	}
}

// column1 is the text of the first cells of a table's visible rows.
const column1 = `[...document.querySelectorAll('#t-%s tr.row')].filter(r => r.offsetParent !== null).map(r => r.cells[0].innerText.trim()).join(' ')`

func firstColumn(t *testing.T, b *browser, table string) string {
	t.Helper()
	return eval[string](t, b, strings.ReplaceAll(column1, "%s", table))
}

func TestBrowser(t *testing.T) {
	b := newBrowser(t)
	in := testInput(t, 300)
	in.Top = 5
	b.load(t, render(t, Build(in), HTMLOptions{}), 1280, "light")

	// The causes come as the report has them, the first five.
	if got, want := firstColumn(t, b, "causes"), "ip-blocklisted unknown-user mailbox-full spam-content spf-fail"; got != want {
		t.Errorf("causes: %s, want %s", got, want)
	}
	b.run(t, chromedp.Click(`button.all[data-table="t-causes"]`))
	if got, want := firstColumn(t, b, "causes"), "ip-blocklisted unknown-user mailbox-full spam-content spf-fail unknown-domain greylisted"; got != want {
		t.Errorf("all causes: %s, want %s", got, want)
	}

	// Sort by name, then by failures: first the most, then the fewest.
	b.run(t, chromedp.Click(`#t-causes thead th:nth-child(1) button`))
	if got, want := firstColumn(t, b, "causes"), "greylisted ip-blocklisted mailbox-full spam-content spf-fail unknown-domain unknown-user"; got != want {
		t.Errorf("by name: %s, want %s", got, want)
	}
	b.run(t, chromedp.Click(`#t-causes thead th:nth-child(3) button`))
	if got, want := firstColumn(t, b, "causes"), "ip-blocklisted unknown-user mailbox-full spam-content spf-fail unknown-domain greylisted"; strings.Fields(got)[0] != strings.Fields(want)[0] || strings.Fields(got)[6] != "greylisted" {
		t.Errorf("by failures: %s, want %s", got, want)
	}
	if got := eval[string](t, b, `document.querySelector('#t-causes thead th:nth-child(3)').getAttribute('aria-sort')`); got != "descending" {
		t.Errorf("aria-sort is %s", got)
	}
	b.run(t, chromedp.Click(`#t-causes thead th:nth-child(3) button`))
	if got := firstColumn(t, b, "causes"); strings.Fields(got)[0] != "greylisted" {
		t.Errorf("fewest first: %s", got)
	}

	// A row opens to its replies and advice, by the keyboard too, and keeps them when the table is sorted.
	const open = `[...document.querySelectorAll('#t-causes tr.row')].find(r => r.cells[0].innerText.includes('ip-blocklisted')).querySelector('button.open')`
	detail := `document.getElementById(` + open + `.getAttribute('aria-controls'))`
	if eval[bool](t, b, detail+`.offsetParent !== null`) {
		t.Error("a detail is shown before its row was opened")
	}
	eval[bool](t, b, open+`.focus() === undefined`)
	b.run(t, chromedp.KeyEvent("\r"))
	if got := eval[string](t, b, detail+`.innerText`); !strings.Contains(got, "blocked using Spamhaus") || !strings.Contains(got, "Find and stop the source") {
		t.Errorf("the row opened to %q", got)
	}
	if !eval[bool](t, b, detail+`.offsetParent !== null && `+open+`.getAttribute('aria-expanded') === 'true'`) {
		t.Error("Enter did not open the row")
	}
	b.run(t, chromedp.Click(`#t-causes thead th:nth-child(1) button`))
	if !eval[bool](t, b, open+`.closest('tr').nextElementSibling === `+detail) {
		t.Error("sorting parted a row from what it opens to")
	}

	// The filter looks into what rows open to, and tells a screen reader how many match.
	b.run(t, chromedp.SendKeys(`input[data-table="t-causes"]`, "inbox out of storage"))
	if got := firstColumn(t, b, "causes"); got != "mailbox-full" {
		t.Errorf("filtered: %s", got)
	}
	if got := eval[string](t, b, `document.getElementById('live-causes').textContent`); got != "1 row matches" {
		t.Errorf("a screen reader hears %q", got)
	}

	// Every chart has a table behind it, every image a name.
	if n := eval[int](t, b, `[...document.querySelectorAll('svg')].filter(s => !s.getAttribute('aria-label') && !s.getAttribute('aria-labelledby')).length`); n > 0 {
		t.Errorf("%d images without a name", n)
	}
	if n := eval[int](t, b, `document.querySelectorAll('figure svg').length`); n != 2 {
		t.Errorf("%d charts", n)
	}
	// The style came through the policy.
	if got := eval[string](t, b, `getComputedStyle(document.querySelector('.verdict')).borderLeftWidth`); got != "6px" {
		t.Errorf("the style does not hold: border %s", got)
	}
	b.quiet(t)
}

// TestBrowserSizes: nothing is wider than the window, in either theme, and the text stands out from what is behind it.
func TestBrowserSizes(t *testing.T) {
	b := newBrowser(t)
	s := render(t, testModel(t), HTMLOptions{})
	for _, w := range []int64{390, 1280} {
		for _, scheme := range []string{"light", "dark"} {
			b.load(t, s, w, scheme)
			if got := eval[int64](t, b, `document.documentElement.scrollWidth`); got > w {
				t.Errorf("%d %s: the page is %d wide", w, scheme, got)
			}
			light := eval[bool](t, b, `getComputedStyle(document.body).backgroundColor.match(/\d+/g).every(v => +v > 128)`)
			if light != (scheme == "light") {
				t.Errorf("%d %s: a light background: %v", w, scheme, light)
			}
			if dir := os.Getenv("BOUNCELOG_SCREENSHOTS"); dir != "" {
				png, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
				if err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join(dir, "report-"+map[int64]string{390: "390", 1280: "1280"}[w]+"-"+scheme+".png"), png, 0o644); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	b.quiet(t)
}

// TestBrowserHostile: whatever a log says, nothing runs and nothing is asked for.
func TestBrowserHostile(t *testing.T) {
	b := newBrowser(t)
	for _, h := range hostile {
		b.load(t, render(t, hostileModel(t, h), HTMLOptions{}), 1280, "light")
		if n := eval[int](t, b, `document.querySelectorAll('body script, img, iframe, body style, link').length`); n != 1 { // our own script
			t.Errorf("%q made %d elements", h, n-1)
		}
	}
	b.quiet(t)
}
