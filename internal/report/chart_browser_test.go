package report_test

import (
	"fmt"
	"io"
	"os"
	"regexp"
	"testing"

	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/google/go-cmp/cmp"
)

// drawn is what Mermaid makes of a chart.
type drawn struct {
	Error  string
	Labels []string // at the axis of versions
	Lines  int
	Points int // of the line
	Wide   bool
}

// The chart of a comment is drawn by the very script that GitHub and GitLab draw it
// with, whatever the versions are called.
func TestChartsAreDrawn(t *testing.T) {
	script, err := os.ReadFile("../../.tools/node_modules/mermaid/dist/mermaid.min.js")
	if err != nil {
		const missing = "no mermaid: install it with scripts/setup.sh comments"
		if os.Getenv("CI") == "true" {
			t.Fatal(missing)
		}
		t.Skip(missing)
	}
	charts := map[string]string{"of the sample": chartOf(comment(t, sample(t, "testdata/deny.json"), nil, around))}
	for name, text := range hostileTexts {
		if chart := chartOf(comment(t, hostileReport(t, text), nil, around)); chart != "" { // else it had no room
			charts[name] = chart
		}
	}
	if len(charts) < len(hostileTexts)/2 {
		t.Errorf("there are only %d charts", len(charts))
	}
	page := openPage(startBrowser(t), t, "charts", func(w io.Writer) error {
		_, err := fmt.Fprintf(w, "<!doctype html><title>charts</title><body><script>%s</script>", script)
		return err
	})
	wait := func(p *runtime.EvaluateParams) { p.AwaitPromise = new(true) }
	for name, chart := range charts {
		const draw = `mermaid.initialize({startOnLoad: false, securityLevel: "strict"});
mermaid.render("chart", %q).then(({svg}) => {
  const box = document.createElement("div"); box.innerHTML = svg; document.body.append(box);
  const line = box.querySelectorAll(".plot path"), d = line.length ? line[0].getAttribute("d") : "";
  return {Labels: [...box.querySelectorAll(".bottom-axis .label text")].map(e => e.textContent), Lines: line.length,
    Points: (d.match(/[ML]/g) || []).length, Wide: box.firstElementChild.viewBox.baseVal.width == 700};
}, e => ({Error: String(e)}))`
		seen, err := chromedp.Run(page.ctx, chromedp.Evaluate[drawn](fmt.Sprintf(draw, chart), wait))
		if err != nil {
			t.Fatalf("%s: draw chart: %v", name, err)
		}
		if seen.Error != "" || seen.Lines != 1 || seen.Points != 5 || !seen.Wide {
			t.Errorf("%s: drawn is %+v of\n%s", name, seen, chart)
		}
		if name == "of the sample" {
			if diff := cmp.Diff([]string{"v12", "v14", "v15", "v17", "candidate"}, seen.Labels); diff != "" {
				t.Errorf("labels (-want +got)\n%s", diff)
			}
		}
	}
	page.checkTraffic(t)
}

var mermaidBlock = regexp.MustCompile("(?s)\n```mermaid\n(.*?\n)```\n")

func chartOf(comment string) string {
	found := mermaidBlock.FindStringSubmatch(comment)
	if found == nil {
		return ""
	}
	return found[1]
}
