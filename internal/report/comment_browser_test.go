package report_test

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/renderer/html"

	"github.com/muster-ci/muster/internal/report"
	"github.com/muster-ci/muster/internal/result"
)

// A comment is looked at as a reviewer sees it on GitHub, in its style sheet and as
// wide as it is there. Screenshots are kept in $MUSTER_SCREENSHOTS if that is set.
func TestCommentInBrowser(t *testing.T) {
	style, err := os.ReadFile("../../.tools/node_modules/github-markdown-css/github-markdown-light.css")
	if err != nil {
		const missing = "no github-markdown-css: install it with scripts/setup.sh comments"
		if os.Getenv("CI") == "true" {
			t.Fatal(missing)
		}
		t.Skip(missing)
	}
	browser := startBrowser(t)
	for name, headline := range map[string]string{
		"deny": "❌ tumour-classifier: denied, worse for age_band=70+ and 1 other finding", "pass": "✅ tumour-classifier: passed, better than v17",
		"undecided": "⚠️ tumour-classifier: undecided, champion-cannot-run", "pending": "⏳ tumour-classifier: pending", "large": "❌ tumour-classifier: denied, worse for site=17",
		"bootstrap": "⚠️ tumour-classifier: passed, absolute thresholds only; the gate is new here", "hostile": "❌ |<script>alert(1)</script> `${{ secrets.X }}` @",
	} {
		t.Run(name, func(t *testing.T) {
			doc := large(t)
			if name != "large" {
				doc = sample(t, filepath.Join("testdata", name+".json"))
			}
			page := openPage(browser, t, "comment-"+name, func(w io.Writer) error { return asOnGitHub(w, string(style), doc) })
			seen := page.readComment(t)
			if !strings.HasPrefix(seen.Headline, headline) || seen.Top > 20 {
				t.Errorf("the first line is %q, %d px from the top", seen.Headline, seen.Top)
			}
			if seen.Overflow > 0 {
				t.Errorf("the page is %d px too wide", seen.Overflow)
			}
			if len(seen.Bars) > 1 {
				t.Errorf("bars are %v px wide", seen.Bars)
			}
			if seen.Open > 1300 && name != "hostile" {
				t.Errorf("%d px are not folded", seen.Open)
			}
			page.checkTraffic(t)
		})
	}
}

// asOnGitHub is the page of a change, as far as a comment needs one.
func asOnGitHub(w io.Writer, style string, doc result.Report) error {
	var markdown, body bytes.Buffer
	if err := report.Comment(&markdown, doc, before, around); err != nil {
		return err
	}
	md := goldmark.New(goldmark.WithExtensions(extension.GFM), goldmark.WithRendererOptions(html.WithUnsafe()))
	if err := md.Convert(markdown.Bytes(), &body); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, `<!doctype html><meta charset="utf-8"><title>comment</title><style>%s
body { margin: 0; background: #fff } .markdown-body { width: 798px; padding: 16px; font-size: 14px }</style>
<div class="markdown-body">%s</div>`, style, &body)
	return err
}

// glance is what a reviewer sees of a comment.
type glance struct {
	Headline  string
	Top, Open int
	Overflow  int
	Bars      []int // the widths of bars in one table, each once
}

func (p *page) readComment(t *testing.T) glance {
	t.Helper()
	const inspect = `(() => {
  const root = document.documentElement, h = document.querySelector('h3').getBoundingClientRect();
  const bars = [...document.querySelectorAll('td code')].filter(e => /^[·━●┃┊‹›]{21}$/.test(e.textContent)).filter(e => e.offsetParent);
  return {Headline: document.querySelector('h3').innerText, Top: Math.round(h.top),
    Open: Math.round(document.querySelector('.markdown-body').getBoundingClientRect().height),
    Overflow: root.scrollWidth - root.clientWidth, Bars: [...new Set(bars.map(e => Math.round(e.getBoundingClientRect().width)))]};
})()`
	if err := chromedp.Do(p.ctx, chromedp.EmulateViewport(830, 900)); err != nil {
		t.Fatalf("set up window: %v", err)
	}
	seen, err := chromedp.Run(p.ctx, chromedp.Evaluate[glance](inspect))
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
	if err := os.WriteFile(filepath.Join(dir, p.name+".png"), picture, 0o644); err != nil {
		t.Fatal(err)
	}
	return seen
}
