package report_test

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"github.com/muster-ci/muster/internal/report"
	"github.com/muster-ci/muster/internal/result"
)

// Whatever a document says, it adds no element and no attribute to the page.
func FuzzHTML(f *testing.F) {
	for _, seed := range []string{"tumour", `"><script>alert(1)</script>`, "' onload=x", "javascript:alert(1)", "</title>", "</style>", "{{.}}", "\u202e", strings.Repeat("x", 10_000)} {
		f.Add(seed)
	}
	tag := regexp.MustCompile(`<[^>]*>`)
	shape := func(t *testing.T, s string) []string {
		t.Helper()
		var buf bytes.Buffer
		if err := report.HTML(&buf, hostile(s)); err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, found := range tag.FindAllString(buf.String(), -1) {
			name, _, _ := strings.Cut(strings.Trim(found, "<>"), " ")
			names = append(names, name)
		}
		return names
	}
	// Parts that are empty, links, changes and slices are there or not depending on the text, and so are lines of a plot's words.
	optional := regexp.MustCompile(`^/?(p|dd|dt|dl|div|span|code|strong|a|h3|ul|li|section|pre|text|tspan)$`)
	required := func(names []string) string {
		var kept []string
		for _, name := range names {
			if !optional.MatchString(name) {
				kept = append(kept, name)
			}
		}
		return strings.Join(kept, " ")
	}
	f.Fuzz(func(t *testing.T, s string) {
		if got, want := required(shape(t, "x"+s)), required(shape(t, "x")); got != want {
			t.Errorf("%q changes the page's elements:\n got %s\nwant %s", s, got, want)
		}
	})
}

func TestLinks(t *testing.T) {
	tests := map[string]struct {
		address string
		linked  bool
	}{
		"a page":            {"https://example.org/run/1?a=b", true},
		"a script":          {"javascript:alert(1)", false},
		"data":              {"data:text/html,x", false},
		"a file":            {"file:///etc/passwd", false},
		"a password":        {"https://bank.example@evil.example/", false},
		"no host":           {"https:///x", false},
		"a control":         {"java\nscript:alert(1)", false},
		"no scheme":         {"//evil.example", false},
		"not an address":    {"http://[::1", false},
		"an unusual scheme": {"ssh://example.org", false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			doc := result.Report{Assessment: &result.Assessment{Roots: []result.Root{{Criteria: []result.Criterion{{
				ID: "x", Evidence: []result.Evidence{{Path: "run 1", URL: test.address}},
			}}}}}}
			var page, markdown bytes.Buffer
			if err := report.HTML(&page, doc); err != nil {
				t.Fatal(err)
			}
			if err := report.Markdown(&markdown, doc); err != nil {
				t.Fatal(err)
			}
			if got := strings.Contains(page.String(), "<a href=\"http"); got != test.linked {
				t.Errorf("the page links: %v, want %v", got, test.linked)
			}
			if got := strings.Contains(markdown.String(), "](<http"); got != test.linked {
				t.Errorf("the Markdown links: %v, want %v", got, test.linked)
			}
		})
	}
}
