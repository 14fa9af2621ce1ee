package report_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/muster-ci/muster/internal/report"
)

// The page is looked at as a reader sees it: in a browser, wide and narrow, by
// day and by night. Screenshots are kept in $MUSTER_SCREENSHOTS if that is set.
func TestPageInBrowser(t *testing.T) {
	browser := startBrowser(t)
	tests := []struct {
		sample   string
		headline string
		sections []string
	}{
		{"deny", "Denied", []string{"comparison", "plots", "promotion", "history", "pipeline", "maturity", "receipt"}},
		{"pass", "Passed", []string{"comparison", "plots", "promotion", "pipeline", "maturity", "receipt"}},
		{"run-failed", "Failed", []string{"pipeline", "maturity"}},
		{"assessment", "Maturity level 2", []string{"maturity"}},
		{"hostile", "Failed", []string{"problems", "comparison", "plots", "promotion", "history", "pipeline", "maturity", "receipt"}},
		{"proposed", "Denied", []string{"comparison", "plots", "pipeline", "receipt"}},
		{"overridden", "Passed", []string{"comparison", "plots", "pipeline", "receipt"}},
	}
	for _, test := range tests {
		t.Run(test.sample, func(t *testing.T) {
			page := openPage(browser, t, test.sample, func(w io.Writer) error {
				return report.HTML(w, sample(t, filepath.Join("testdata", test.sample+".json")))
			})
			backgrounds := map[string]string{}
			for _, scheme := range []string{"light", "dark"} {
				for _, width := range []int64{400, 1280} {
					seen := page.look(t, scheme, width)
					backgrounds[scheme] = seen.Background
					if !strings.Contains(seen.Headline, test.headline) || !seen.HeadlineVisible {
						t.Errorf("%s, %d px: headline %q is not to be seen, want %q", scheme, width, seen.Headline, test.headline)
					}
					if seen.Overflow > 0 {
						t.Errorf("%s, %d px: the page is %d px too wide: %v", scheme, width, seen.Overflow, seen.TooWide)
					}
					if diff := cmp.Diff(test.sections, seen.Sections); diff != "" {
						t.Errorf("%s, %d px: sections (-want +got)\n%s", scheme, width, diff)
					}
					if len(seen.LowContrast) > 0 {
						t.Errorf("%s, %d px: contrast below 4.5:1: %v", scheme, width, seen.LowContrast)
					}
					if len(seen.Headings) > 0 {
						t.Errorf("%s, %d px: headings skip a level: %v", scheme, width, seen.Headings)
					}
				}
			}
			if backgrounds["light"] == backgrounds["dark"] {
				t.Errorf("the background is %s by day and by night", backgrounds["light"])
			}
			page.checkTraffic(t)
			page.checkAccess(t)
		})
	}
}

// checkAccess has axe-core, which tests know from npm, look for what keeps people
// out. It comes after the traffic was checked: it is a script, and the page has none.
func (p *page) checkAccess(t *testing.T) {
	t.Helper()
	axe, err := os.ReadFile("../../.tools/node_modules/axe-core/axe.min.js")
	if err != nil {
		const missing = "no axe-core: install it with scripts/setup.sh axe"
		if os.Getenv("CI") == "true" {
			t.Fatal(missing)
		}
		t.Skip(missing)
	}
	const look = `;axe.run(document, {iframes: false}).then(r => r.violations.map(v => v.id + ": " + v.help + " " + v.nodes.slice(0, 3).map(n => n.html.slice(0, 160)).join(" | ")))`
	wait := func(p *runtime.EvaluateParams) { p.AwaitPromise = new(true) }
	violations, err := chromedp.Run(p.ctx, chromedp.Evaluate[[]string](string(axe)+look, wait))
	if err != nil {
		t.Fatalf("run axe-core: %v", err)
	}
	for _, v := range violations {
		t.Errorf("not accessible: %s", v)
	}
}

// The page of runs is looked at in the same way.
func TestRunsPageInBrowser(t *testing.T) {
	browser := startBrowser(t)
	for name, want := range map[string]struct {
		headline string
		sections []string
	}{
		"runs":         {"24 runs", []string{"plots", "runs"}},
		"runs-hostile": {"6 runs", []string{"plots", "runs", "unread"}},
		"runs-one":     {"1 run", []string{"runs"}},
		"runs-none":    {"No runs", nil},
	} {
		t.Run(name, func(t *testing.T) {
			doc := runsSamples()[name]
			page := openPage(browser, t, name, func(w io.Writer) error { return report.RunsHTML(w, doc) })
			for _, scheme := range []string{"light", "dark"} {
				for _, width := range []int64{360, 1280} {
					seen := page.look(t, scheme, width)
					if !strings.Contains(seen.Headline, want.headline) || !seen.HeadlineVisible {
						t.Errorf("%s, %d px: headline %q is not to be seen, want %q", scheme, width, seen.Headline, want.headline)
					}
					if seen.Overflow > 0 {
						t.Errorf("%s, %d px: the page is %d px too wide: %v", scheme, width, seen.Overflow, seen.TooWide)
					}
					if diff := cmp.Diff(want.sections, seen.Sections, cmpopts.EquateEmpty()); diff != "" {
						t.Errorf("%s, %d px: sections (-want +got)\n%s", scheme, width, diff)
					}
					if len(seen.LowContrast) > 0 || len(seen.Headings) > 0 {
						t.Errorf("%s, %d px: contrast below 4.5:1: %v; headings that skip a level: %v", scheme, width, seen.LowContrast, seen.Headings)
					}
				}
			}
			page.checkTraffic(t)
		})
	}
}

// startBrowser starts Chromium, or skips where a developer has none. CI has one.
func startBrowser(t *testing.T) context.Context {
	t.Helper()
	var path string
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		const missing = "no chromium, chromium-browser or google-chrome: install one with scripts/setup.sh chromium"
		if os.Getenv("CI") == "true" {
			t.Fatal(missing)
		}
		t.Skip(missing)
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], // a new, empty profile each time
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.Flag("disable-gpu", true), chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("hide-scrollbars", true))
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	t.Cleanup(cancel)
	ctx, stop := chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(stop)
	ctx, closeBrowser := chromedp.NewContext(ctx)
	t.Cleanup(closeBrowser)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("start %s: %v", path, err)
	}
	return ctx
}

// page is one report in a tab of its own, with all that it asked for and said.
type page struct {
	ctx     context.Context
	name    string
	address string

	mu       sync.Mutex
	requests []string
	said     []string
}

func openPage(browser context.Context, t *testing.T, name string, render func(io.Writer) error) *page {
	t.Helper()
	var buf bytes.Buffer
	if err := render(&buf); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "report.html")
	if err := os.WriteFile(file, buf.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	tab, closeTab := chromedp.NewContext(browser)
	t.Cleanup(closeTab)
	p := &page{ctx: tab, name: name, address: (&url.URL{Scheme: "file", Path: file}).String()}
	if err := chromedp.Listen(tab, p.note); err != nil {
		t.Fatalf("open tab: %v", err)
	}
	watch := func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, network.Enable, network.EnableParams{})
		return err
	}
	if err := chromedp.Do(tab, chromedp.Func(watch), chromedp.Navigate(p.address)); err != nil {
		t.Fatalf("open page: %v", err)
	}
	return p
}

func (p *page) note(event any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		p.requests = append(p.requests, e.Request.URL)
	case *runtime.EventConsoleAPICalled:
		p.said = append(p.said, fmt.Sprintf("console: %s %v", e.Type, e.Args))
	case *runtime.EventExceptionThrown:
		p.said = append(p.said, "exception: "+e.ExceptionDetails.Text)
	case *log.EventEntryAdded:
		p.said = append(p.said, "log: "+e.Entry.Text)
	}
}

// checkTraffic makes sure that the page asked for nothing but itself.
func (p *page) checkTraffic(t *testing.T) {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	requests := slices.DeleteFunc(slices.Clone(p.requests), func(address string) bool { return strings.HasPrefix(address, "data:") })
	if diff := cmp.Diff([]string{p.address}, requests); diff != "" {
		t.Errorf("requests (-want +got)\n%s", diff)
	}
	if len(p.said) > 0 {
		t.Errorf("the browser has complaints: %q", p.said)
	}
}

// sight is what a reader sees.
type sight struct {
	Headline        string
	HeadlineVisible bool
	Background      string
	Overflow        int
	TooWide         []string
	Sections        []string
	LowContrast     []string
	Headings        []string
}

// look sets up the window and reports what is to be seen.
func (p *page) look(t *testing.T, scheme string, width int64) sight {
	t.Helper()
	light := func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
		})
		return err
	}
	if err := chromedp.Do(p.ctx, chromedp.EmulateViewport(width, 900), chromedp.Func(light)); err != nil {
		t.Fatalf("set up window: %v", err)
	}
	seen, err := chromedp.Run(p.ctx, chromedp.Evaluate[sight](inspect))
	if err != nil {
		t.Fatalf("look at page: %v", err)
	}
	picture, err := chromedp.Run(p.ctx, chromedp.FullScreenshot(100))
	if err != nil {
		t.Fatalf("take screenshot: %v", err)
	}
	dir := os.Getenv("MUSTER_SCREENSHOTS")
	if dir == "" {
		dir = t.TempDir()
	}
	name := filepath.Join(dir, fmt.Sprintf("%s-%s-%d.png", p.name, scheme, width))
	if err := os.WriteFile(name, picture, 0o644); err != nil {
		t.Fatal(err)
	}
	return seen
}

// inspect runs in the page. Contrast is WCAG's, of every visible text against
// the nearest background behind it.
const inspect = `(() => {
  const root = document.documentElement, h1 = document.querySelector('h1'), box = h1.getBoundingClientRect();
  const rgb = c => c.match(/[\d.]+/g).map(Number);
  const luminance = c => { const [r, g, b] = rgb(c).map(v => { v /= 255; return v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; }); return .2126 * r + .7152 * g + .0722 * b; };
  const behind = e => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor; if (rgb(c)[3] !== 0) return c; } return 'rgb(255, 255, 255)'; };
  const lowContrast = new Set(), tooWide = [];
  for (const e of document.querySelectorAll('body *')) {
    const at = e.getBoundingClientRect();
    if (at.right > root.clientWidth + 1 && !e.closest('.scroll, .log, .away')) tooWide.push(e.tagName + '.' + e.className);
    const text = [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim());
    if (!text || !at.width || e.closest('.away, svg')) continue;
    const [a, b] = [luminance(getComputedStyle(e).color), luminance(behind(e))].sort((x, y) => y - x);
    if ((a + .05) / (b + .05) < 4.5) lowContrast.add(e.tagName + '.' + e.className + ' ' + ((a + .05) / (b + .05)).toFixed(2));
  }
  const skips = []; let last = 0;
  for (const h of document.querySelectorAll('h1, h2, h3, h4')) { const n = +h.tagName[1]; if (n > last + 1) skips.push(h.tagName + ' ' + h.textContent); last = n; }
  return {
    Headline: h1.innerText, HeadlineVisible: box.width > 100 && box.height > 20 && box.top >= 0 && box.top < 900,
    Background: getComputedStyle(document.body).backgroundColor,
    Overflow: root.scrollWidth - root.clientWidth, TooWide: tooWide.slice(0, 5),
    Sections: [...document.querySelectorAll('main section')].filter(s => s.getBoundingClientRect().height > 40).map(s => s.id),
    LowContrast: [...lowContrast], Headings: skips,
  };
})()`
