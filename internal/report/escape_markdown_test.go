package report

import (
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestMarkdownEscaping(t *testing.T) {
	tests := map[string]struct{ in, text, code string }{
		"a plain name":        {"age_band=70+", "age_band=70+", "`age_band=70+`"},
		"emphasis":            {"*a* _b_ ~~c~~", "&#42;a&#42; &#95;b&#95; &#126;&#126;&#8203;c&#126;&#126;", "`*a* _b_ ~~c~~`"},
		"a table's bar":       {"a|b", "a&#124;b", "<code>a&#124;b</code>"},
		"a backslash and bar": {`a\|b`, "a&#92;&#124;b", "<code>a&#92;&#124;b</code>"},
		"backticks":           {"a``b", "a&#96;&#96;b", "<code>a&#96;&#96;b</code>"},
		"a tag":               {"<img src=x>", "&lt;img src=x&gt;", "`<img src=x>`"},
		"an entity":           {"&lt;", "&amp;lt;", "`&lt;`"},
		"the end of a marker": {"-->", "--&gt;", "`-->`"},
		"a link":              {"[a](http://b)", "&#91;a&#93;(http:&#8203;//b)", "`[a](http://b)`"},
		"an address":          {"www.example.org", "www&#8203;.example.org", "`www.example.org`"},
		"mentions":            {"@a @@b x@y", "@&#8203;a @&#8203;@&#8203;b x@&#8203;y", "`@a @@b x@y`"},
		"an issue":            {"#123 and GH-7, !4", "#&#8203;123 and GH-&#8203;7, !&#8203;4", "`#123 and GH-7, !4`"},
		"an expression":       {"${{ secrets.X }}", "&#36;{{ secrets.X }}", "<code>&#36;{{ secrets.X }}</code>"},
		"a runner's command":  {"::set-output name=x::y", "&#58;:set-output name=x&#58;:&#8203;y", "<code>&#58;:set-output name=x&#58;:y</code>"},
		"an old command":      {"##[error]", "&#35;&#35;&#91;error&#93;", "<code>&#35;&#35;&#91;error&#93;</code>"},
		"another comment":     {"<!-- muster:x", "&lt;!-- muster:&#8203;x", "<code>&#60;&#33;-- muster:x</code>"},
		"GitLab's labels":     {"~bug %v1 ~\"a b\" 5 ~ 6", "&#126;&#8203;bug %&#8203;v1 &#126;&#8203;\"a b\" 5 &#126; 6", "`~bug %v1 ~\"a b\" 5 ~ 6`"},
		"a picture":           {":tada: 12:30 h a: b", ":&#8203;tada: 12:30 h a: b", "`:tada: 12:30 h a: b`"},
		"a share":             {"2 % of 5 #", "2 % of 5 #", "`2 % of 5 #`"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := mdText(test.in); got != test.text {
				t.Errorf("as text: got %s, want %s", got, test.text)
			}
			if got := mdCode(test.in); got != test.code {
				t.Errorf("as code: got %s, want %s", got, test.code)
			}
		})
	}
}

func TestBeginningOfLine(t *testing.T) {
	for in, want := range map[string]string{
		"/close": "&#47;close", "- [ ] a": "&#45; &#91; &#93; a", "1. a": "1&#46; a", "# a": "&#35; a", "=": "&#61;",
		"12) a": "12&#41; a", "> a": "&gt; a", "": "", "  a": "a", "1.5 is fine": "1&#46;5 is fine", "plain": "plain",
	} {
		if got := mdLine(in); got != want {
			t.Errorf("%q: got %s, want %s", in, got, want)
		}
	}
}

func TestMarker(t *testing.T) {
	for name, want := range map[string]string{
		"tumour-classifier": "<!-- muster:tumour-classifier -->",
		"":                  "<!-- muster -->",
		"a --> <b> -- c":    "<!-- muster:a - -b- - c-fc6ae407 -->",
		"größe\n2":          "<!-- muster:gr-e 2-f0be9ee8 -->",
		"gräße 2":           "<!-- muster:gr-e 2-8d31bd29 -->",
		"a--b":              "<!-- muster:a-b-90827a2e -->",
		"模型":                "<!-- muster:c98e118e -->",
	} {
		if got := Marker(name); got != want {
			t.Errorf("%q: got %s, want %s", name, got, want)
		}
	}
}

// Whatever a name is, what becomes of it in Markdown acts in no way.
func FuzzMarkdownEscaping(f *testing.F) {
	for _, seed := range []string{"@a", "|<script>", "`x`\n", "a\\|b", "::error::x", "##[x]", "GH-12", "\u202ea", "\x1b[31mred", "http://a.b", strings.Repeat("x", 10_000)} {
		f.Add(seed)
	}
	acting := regexp.MustCompile("[@][^&]|[|<>*`\\[\\]$~\\\\]|::|(?i)www\\.|://|#\\d|gh-\\d|\n")
	f.Fuzz(func(t *testing.T, s string) {
		clean := clip(clean(s), messageLimit)
		if n := utf8.RuneCountInString(clean); n > messageLimit {
			t.Errorf("%d runes are more than %d", n, messageLimit)
		}
		if found := acting.FindString(strings.ReplaceAll(mdText(clean), "&#", "&")); found != "" {
			t.Errorf("%q is in %q", found, mdText(clean))
		}
		cell := mdCode(clean)
		inside := strings.TrimSuffix(strings.TrimPrefix(cell, "`"), "`")
		if element, found := strings.CutPrefix(cell, "<code>"); found {
			inside = strings.TrimSuffix(element, "</code>")
			if found := regexp.MustCompile("[|<>*`\\[\\]$~@\\\\]|::").FindString(inside); found != "" {
				t.Errorf("%q is in %q", found, cell)
			}
		}
		if strings.ContainsAny(inside, "|`\n") {
			t.Errorf("%q ends its cell early", cell)
		}
		if marker := Marker(s); strings.Count(marker, "--") != 2 || strings.Contains(marker, "\n") {
			t.Errorf("the marker %q ends early", marker)
		}
	})
}
