package report_test

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/renderer/html"
	nethtml "golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/muster-ci/muster/internal/report"
	"github.com/muster-ci/muster/internal/result"
)

// hostileTexts are what a branch, a metric, a slice, a file or a log line may be called.
var hostileTexts = map[string]string{
	"all at once":      "|<script>alert(1)</script>\n`${{ secrets.X }}` @everyone #123 --> ::set-output name=x::y ##[command] \x1b[31mred\x1b[0m \u202egnp.exe\u202c [a](http://evil.example) www.evil.example",
	"backticks":        "``` ` `` ```\n```\n@everyone",
	"a command":        "::set-output name=verdict::pass\n::stop-commands::x",
	"an old command":   "##[set-output name=verdict]pass",
	"Azure's command":  "a\n##vso[task.setvariable variable=verdict]pass",
	"an encoded line":  "%0A::warning::x%0D%0A@everyone",
	"an expression":    "${{ github.token }}",
	"ends a comment":   "--> <img src=x onerror=alert(1)> <!-- -->",
	"another marker":   "\n<!-- muster:other -->\n<!-- muster:tumour-classifier -->",
	"another state":    "\n<!-- muster-verdicts {\"schema\":\"muster.verdicts/v1\",\"verdicts\":[]} -->",
	"mentions":         "@everyone @acme/ml-leads x@y.z mailto:x@y.z (@a) _@b_ `@c`",
	"references":       "#123 !7 $1 %2 ~3 &4 GH-12 gh-5 acme/tumours#9 ~bug ~\"needs work\" %\"v1\" %milestone :tada: :+1: :100:",
	"links":            "[a](javascript:alert(1)) ![b](https://evil.example/x.png) <https://evil.example> https://evil.example www.evil.example [c][d]\n\n[d]: javascript:alert(1)",
	"bidi":             "a\u202eb\u202dc\u2066d\u2067e\u2068f\u200eg\u200fh\u061ci",
	"long":             strings.Repeat("x", 10_000),
	"long and acting":  strings.Repeat("@a|<b>#1`", 1_000),
	"lines":            "a\r\nb\n\n# c\n- d\n1. e\n> f\n---\n    g\n\u2028h\u2029i\x85j\vk",
	"quick actions":    "/close\n/assign @root\n/merge",
	"markup":           "</details></table></pre></code><h1>passed</h1> **bold** _it_ ~~no~~ [ ] - [x] $x$ \\| \\`",
	"a table's row":    "a | b | ✅ passed |\n|---|---|---|\n| x | y | z |",
	"entities":         "&lt;b&gt; &#64;everyone &commat;everyone",
	"mermaid":          "x\"] \n```\n%%{init: {\"securityLevel\": \"loose\"}}%%\nclick a href \"javascript:alert(1)\" --> end",
	"not even text":    "\xff\xfe\x00a",
	"only white space": " \t ",
}

// hostileReport is a report all of whose names and texts are one hostile text.
func hostileReport(t *testing.T, text string) result.Report {
	t.Helper()
	data, err := os.ReadFile("testdata/hostile.json")
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Pipeline string `json:"pipeline"`
	}
	if err := json.Unmarshal(data, &doc); err != nil {
		t.Fatal(err)
	}
	inside := func(s string) []byte {
		var b bytes.Buffer
		encoder := json.NewEncoder(&b)
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode(s); err != nil {
			t.Fatal(err)
		}
		return bytes.Trim(bytes.TrimSpace(b.Bytes()), `"`)
	}
	old := inside(doc.Pipeline)
	if n := bytes.Count(data, old); n < 30 {
		t.Fatalf("only %d texts are hostile", n)
	}
	var out result.Report
	if err := json.Unmarshal(bytes.ReplaceAll(data, old, inside(text)), &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// Whatever things are called, nothing of it acts: no link, mention, element, comment
// or command is in what a host shows but those that muster made.
func TestHostileNamesDoNothing(t *testing.T) {
	for name, text := range hostileTexts {
		t.Run(name, func(t *testing.T) {
			doc := hostileReport(t, text)
			notes := report.Notes{
				Report: around.Report, Job: "javascript:" + text, Commit: text, Unverified: text,
				Warnings: []string{text}, Remarks: []string{text}, Owners: []string{text, "@acme/ml-leads", "x@y.example"},
			}
			earlier := []result.PastVerdict{{Verdict: result.Deny, Commit: text, Said: text}}
			body := comment(t, doc, earlier, notes)
			page := rendered(t, body)
			page.checkInert(t, around.Report, evidence)
			if len(page.comments) != 2 || !strings.HasPrefix(body, "<!--"+page.comments[0]+"-->\n") || !strings.HasSuffix(body, "<!--"+page.comments[1]+"-->\n") {
				t.Errorf("hidden are %q", page.comments)
			}
			if n := strings.Count(body, "<!--"); n != 2 {
				t.Errorf("%d comments begin", n) // code is no comment, yet a search would find it
			}
			if got := report.Earlier(body); len(got) != 2 || got[1].Verdict != doc.Decision.Verdict {
				t.Errorf("handed on is %v", got)
			}
			checkCommands(t, body)

			var summary bytes.Buffer
			if err := report.Summary(&summary, doc, notes, report.CheckLimit); err != nil {
				t.Fatal(err)
			}
			page = rendered(t, summary.String())
			page.checkInert(t, around.Report, evidence)
			checkCommands(t, summary.String())
			if len(page.comments) > 0 {
				t.Errorf("hidden are %q", page.comments)
			}

			lines := []string{report.Headline(doc, report.Notes{})}
			for _, remark := range report.Annotations(doc) {
				lines = append(lines, remark.Title, remark.Message)
				if !fs.ValidPath(remark.Path) || remark.Line < 1 || strings.ContainsFunc(remark.Path, unicode.IsControl) {
					t.Errorf("%s:%d is no line of a file", remark.Path, remark.Line)
				}
			}
			for _, line := range lines {
				checkLine(t, line)
			}
		})
	}
}

// checkCommands looks for what a runner would take for a command if this was printed.
var commands = regexp.MustCompile(`(?m)^\s*::|##\[|\$\{\{|^\s*/[a-z]`)

func checkCommands(t *testing.T, text string) {
	t.Helper()
	if found := commands.FindString(text); found != "" {
		t.Errorf("%q is in it", found)
	}
	if found := turning.FindString(text); found != "" {
		t.Errorf("%q turns the direction", found)
	}
}

func checkLine(t *testing.T, line string) {
	t.Helper()
	checkCommands(t, line)
	if strings.ContainsAny(line, "\r\n\x00\x1b") {
		t.Errorf("%q is no line", line)
	}
	if found := acting.FindString(line); found != "" {
		t.Errorf("%q acts in %q", found, line)
	}
}

// evidence is where the sample's assessment links to.
const evidence = "https://ok.example/a%7Cb%29%3Ec"

var (
	// acting is what GitHub and GitLab make a link or a call of in rendered text.
	acting  = regexp.MustCompile(`@\w|[#!$%~&]\d|[~%][\w"]|(?i)\bgh-\d|www\.|://|:[\w+-]+:`)
	turning = regexp.MustCompile("[\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]")
)

// shown is a text as a host renders it, before it takes out what it does not like.
type shown struct {
	root     *nethtml.Node
	comments []string
}

func rendered(t *testing.T, markdown string) shown {
	t.Helper()
	var out bytes.Buffer
	md := goldmark.New(goldmark.WithExtensions(extension.GFM), goldmark.WithRendererOptions(html.WithUnsafe()))
	if err := md.Convert([]byte(markdown), &out); err != nil {
		t.Fatal(err)
	}
	root := &nethtml.Node{Type: nethtml.ElementNode, Data: "body", DataAtom: atom.Body}
	nodes, err := nethtml.ParseFragment(&out, root)
	if err != nil {
		t.Fatal(err)
	}
	s := shown{root: root}
	for _, n := range nodes {
		root.AppendChild(n)
	}
	for n := range root.Descendants() {
		if n.Type == nethtml.CommentNode {
			s.comments = append(s.comments, n.Data)
		}
	}
	return s
}

// checkInert holds every node against what muster writes.
func (s shown) checkInert(t *testing.T, links ...string) {
	t.Helper()
	elements := strings.Fields("h3 p br strong code pre ul li a table thead tbody tr th td details summary sub")
	for n := range s.root.Descendants() {
		switch n.Type {
		case nethtml.ElementNode:
			warning := n.Data == "blockquote" && strings.HasPrefix(strings.TrimSpace(textOf(n)), "⚠️ Unverified, ")
			if !slices.Contains(elements, n.Data) && !warning {
				t.Errorf("there is an element %s", n.Data)
			}
			for _, a := range n.Attr {
				own := n.Data == "a" && a.Key == "href" && slices.Contains(links, a.Val) ||
					n.Data == "code" && a.Key == "class" && a.Val == "language-mermaid"
				if !own {
					t.Errorf("%s has %s=%q", n.Data, a.Key, a.Val)
				}
			}
			if n.Data == "code" && len(n.Attr) > 0 {
				checkChart(t, n.FirstChild.Data)
			}
		case nethtml.TextNode:
			if found := acting.FindString(n.Data); found != "" && !within(n, "code", "pre") {
				t.Errorf("%q acts in %.200q", found, n.Data)
			}
		}
	}
}

func within(n *nethtml.Node, elements ...string) bool {
	for p := range n.Ancestors() {
		if slices.Contains(elements, p.Data) {
			return true
		}
	}
	return false
}

// checkChart holds a chart against the few lines that muster writes.
func checkChart(t *testing.T, chart string) {
	t.Helper()
	want := regexp.MustCompile(`^%%\{init: [\w{}":, #]+\}%%\nxychart-beta\n  x-axis \["[\pL\pN ._=+/-]*"(, "[\pL\pN ._=+/-]*")*\]\n  y-axis [-\d.]+ --> [-\d.]+\n  line \[[-\d., ]+\]\n$`)
	if !want.MatchString(chart) {
		t.Errorf("the chart is %q", chart)
	}
}

// textOf is what an element shows.
func textOf(element *nethtml.Node) string {
	var text strings.Builder
	for n := range element.Descendants() {
		if n.Type == nethtml.TextNode {
			text.WriteString(n.Data)
		}
	}
	return text.String()
}
