package plot_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
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
)

// Every picture is looked at as a reader sees it: in a browser, inlined and as
// an image, by day and by night, on a telephone and on a desk. Screenshots are
// kept in $MUSTER_SCREENSHOTS if that is set.
func TestInBrowser(t *testing.T) {
	browser := startBrowser(t)
	for name, drawings := range map[string][]drawing{"usual": usual(), "sparse": sparse(), "hostile": hostile()} {
		t.Run(name, func(t *testing.T) {
			page := openPage(browser, t, drawings)
			inks := map[string]string{}
			for _, scheme := range []string{"light", "dark"} {
				for _, width := range []int64{360, 1280} {
					seen := page.look(t, name, scheme, width)
					inks[scheme] = seen.Ink
					if seen.Overflow > 0 || len(seen.Pictures) != len(drawings) {
						t.Errorf("%s, %d px: the page is %d px too wide and has %d pictures, want %d", scheme, width, seen.Overflow, len(seen.Pictures), len(drawings))
					}
					for i, p := range seen.Pictures {
						p.check(t, fmt.Sprintf("%s, %s, %d px", drawings[i].name, scheme, width), width)
					}
				}
			}
			if inks["light"] == inks["dark"] {
				t.Errorf("text is %s by day and by night", inks["light"])
			}
			page.checkTraffic(t)
		})
	}
}

// check makes sure that there is something to see, and that it can be read.
func (p picture) check(t *testing.T, where string, width int64) {
	t.Helper()
	if p.Texts < 2 || p.Marks < 2 {
		t.Errorf("%s: there is nothing to see: %+v", where, p)
	}
	if wide := int(min(width, 480)); p.Wide != wide || p.Image != wide {
		t.Errorf("%s: %d px wide, as an image %d, want %d", where, p.Wide, p.Image, wide)
	}
	if len(p.Outside) > 0 || len(p.Overlapping) > 0 {
		t.Errorf("%s: texts outside the view box: %q, on one another: %q", where, p.Outside, p.Overlapping)
	}
	if p.Foreign > 0 {
		t.Errorf("%s: a name became an element", where)
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

// page holds each picture twice: as an element, and as an image.
type page struct {
	ctx context.Context

	mu       sync.Mutex
	requests []string
	said     []string
}

func openPage(browser context.Context, t *testing.T, drawings []drawing) *page {
	t.Helper()
	var html bytes.Buffer
	html.WriteString(`<!doctype html><meta charset="utf-8"><title>plots</title><style>body{margin:0;display:flex;flex-wrap:wrap}
div{max-width:100%}img{max-width:100%;display:block}@media (prefers-color-scheme:dark){body{background:#0d1117}}</style>`)
	for _, d := range drawings {
		picture := svg(t, d)
		fmt.Fprintf(&html, `<div>%s</div><div><img alt="" src="data:image/svg+xml;base64,%s"></div>`, picture, base64.StdEncoding.EncodeToString(picture))
	}
	file := filepath.Join(t.TempDir(), "plots.html")
	if err := os.WriteFile(file, html.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	tab, closeTab := chromedp.NewContext(browser)
	t.Cleanup(closeTab)
	p := &page{ctx: tab}
	if err := chromedp.Listen(tab, p.note); err != nil {
		t.Fatalf("open tab: %v", err)
	}
	watch := func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, network.Enable, network.EnableParams{})
		return err
	}
	if err := chromedp.Do(tab, chromedp.Func(watch), chromedp.Navigate("file://"+file)); err != nil {
		t.Fatalf("open page: %v", err)
	}
	return p
}

func (p *page) note(event any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		if !strings.HasPrefix(e.Request.URL, "data:") {
			p.requests = append(p.requests, e.Request.URL)
		}
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
	if len(p.requests) != 1 || len(p.said) > 0 {
		t.Errorf("requests: %q, complaints: %q", p.requests, p.said)
	}
}

// sight is what a reader sees.
type sight struct {
	Ink      string
	Overflow int
	Pictures []picture
}

// picture is what is to be seen in one. Foreign are elements that plots do not draw.
type picture struct {
	Texts, Marks, Foreign int
	Wide, Image           int // the width as an element and as an image
	Outside, Overlapping  []string
}

// look sets up the window and reports what is to be seen.
func (p *page) look(t *testing.T, name, scheme string, width int64) sight {
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
	dir := os.Getenv("MUSTER_SCREENSHOTS")
	if dir == "" {
		return seen
	}
	picture, err := chromedp.Run(p.ctx, chromedp.FullScreenshot(100))
	if err != nil {
		t.Fatalf("take screenshot: %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%s-%s-%d.png", name, scheme, width)), picture, 0o644); err != nil {
		t.Fatal(err)
	}
	return seen
}

// inspect runs in the page. Boxes are in units of the view box. The box of a
// text is as high as its line; letters that touch have lines that overlap by more.
const inspect = `(() => {
  const root = document.documentElement;
  const look = svg => {
    const view = svg.viewBox.baseVal, texts = [...svg.querySelectorAll('text')].map(e => ({ at: e.getBBox(), text: e.textContent }));
    const outside = texts.filter(({ at }) => at.x < 0 || at.y < 0 || at.x + at.width > view.width || at.y + at.height > view.height);
    const overlapping = [];
    texts.forEach((a, i) => texts.slice(i + 1).forEach(b => {
      const x = Math.min(a.at.x + a.at.width, b.at.x + b.at.width) - Math.max(a.at.x, b.at.x);
      const y = Math.min(a.at.y + a.at.height, b.at.y + b.at.height) - Math.max(a.at.y, b.at.y);
      if (x > 0.5 && y > 2.5) overlapping.push(a.text + ' / ' + b.text);
    }));
    return {
      Texts: texts.filter(({ at }) => at.width > 0).length, Marks: svg.querySelectorAll('path').length,
      Foreign: svg.querySelectorAll(':not(path, text, tspan, title, desc, style)').length,
      Wide: svg.getBoundingClientRect().width, Image: svg.parentElement.nextElementSibling.firstElementChild.getBoundingClientRect().width,
      Outside: outside.map(t => t.text), Overlapping: overlapping,
    };
  };
  const pictures = [...document.querySelectorAll('svg.muster-plot')];
  return { Ink: getComputedStyle(pictures[0].querySelector('text')).fill, Overflow: root.scrollWidth - root.clientWidth, Pictures: pictures.map(look) };
})()`

// svg draws a picture.
func svg(t *testing.T, d drawing) []byte {
	t.Helper()
	var buf bytes.Buffer
	if err := d.draw(&buf); err != nil {
		t.Fatalf("draw %s: %v", d.name, err)
	}
	return buf.Bytes()
}
