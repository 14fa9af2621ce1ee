package plot_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-ci/muster/internal/plot"
	"github.com/muster-ci/muster/internal/result"
)

var update = flag.Bool("update", false, "write the golden files anew")

// all are the pictures of the tests.
func all() []drawing { return append(append(usual(), sparse()...), hostile()...) }

// style is left out of the golden pictures in testdata: it is the same in all.
var style = regexp.MustCompile(`(?s)<style>.*</style>`)

// The usual pictures are those of docs/plots.md.
func TestGolden(t *testing.T) {
	for i, d := range all() {
		t.Run(d.name, func(t *testing.T) {
			got := svg(t, d)
			path := filepath.Join("..", "..", "docs", "plots", d.name+".svg")
			if i >= len(usual()) {
				path = filepath.Join("testdata", d.name+".svg")
				got = style.ReplaceAll(got, []byte("<style></style>"))
			}
			if *update {
				if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, got, 0o644)); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(got)); diff != "" {
				t.Errorf("%s differs (-want +got); if it should: go test ./internal/plot -update\n%s", path, diff)
			}
		})
	}
}

// Every picture is one well-formed element without anything that acts or that
// is fetched, named and described for those who do not see it.
func TestDocument(t *testing.T) {
	for _, d := range all() {
		t.Run(d.name, func(t *testing.T) {
			picture := svg(t, d)
			texts := map[string]string{} // by id
			labelled := ""
			drawn := elements(t, picture)
			checkElements(t, drawn)
			for _, e := range drawn {
				texts[e.attributes["id"]] = e.text
				if e.name == "svg" {
					labelled = e.attributes["aria-labelledby"]
					if e.attributes["role"] != "img" {
						t.Errorf("role is %q", e.attributes["role"])
					}
				}
			}
			for id := range strings.FieldsSeq(labelled) {
				if texts[id] == "" {
					t.Errorf("%s says nothing", id)
				}
			}
			if len(strings.Fields(labelled)) != 2 || bytes.Contains(picture, []byte("://")) && strings.Count(string(picture), "://") > 1 {
				t.Errorf("labelled by %q; addresses: %d", labelled, strings.Count(string(picture), "://"))
			}
		})
	}
}

// checkElements makes sure that a picture holds nothing but what plots draw,
// nothing that acts or is fetched, and no coordinate that is not a number.
func checkElements(t *testing.T, drawn []*element) {
	t.Helper()
	allowed := map[string]bool{"svg": true, "title": true, "desc": true, "style": true, "path": true, "text": true, "tspan": true}
	for _, e := range drawn {
		if !allowed[e.name] {
			t.Errorf("element %s is drawn", e.name)
		}
		for key, value := range e.attributes {
			if strings.HasPrefix(key, "on") || key == "href" || strings.Contains(value, "url(") || strings.ContainsAny(value, "NI") {
				t.Errorf("attribute %s=%q", key, value)
			}
		}
	}
}

// element is one element of a picture.
type element struct {
	name       string
	attributes map[string]string
	text       string
}

// elements reads a picture as XML, strictly.
func elements(t *testing.T, picture []byte) []*element {
	t.Helper()
	var out, open []*element
	for decoder := xml.NewDecoder(bytes.NewReader(picture)); ; {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatalf("read picture: %v", err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			e := &element{name: token.Name.Local, attributes: map[string]string{}}
			for _, a := range token.Attr {
				e.attributes[a.Name.Local] = a.Value
			}
			out, open = append(out, e), append(open, e)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			if len(open) > 0 {
				open[len(open)-1].text += string(token)
			}
		}
	}
}

// Names from outside neither act nor hide: no control character and no mark
// that turns the direction is left, what is written from right to left is
// isolated, and nothing is longer than a line can hold.
func TestHostileNames(t *testing.T) {
	for _, d := range hostile() {
		t.Run(d.name, func(t *testing.T) {
			for _, e := range elements(t, svg(t, d)) {
				if e.name != "text" && e.name != "tspan" && e.name != "title" {
					continue
				}
				isolates := 0
				for _, r := range e.text {
					switch {
					case r == '\u2068':
						isolates++
					case r == '\u2069':
						isolates--
					case unicode.In(r, unicode.Hebrew, unicode.Arabic) && isolates == 0:
						t.Errorf("%q is not isolated", e.text)
					case unicode.IsControl(r), unicode.Is(unicode.Cf, r) && r != '\u200d':
						t.Errorf("%q holds %U", e.text, r)
					}
				}
				if isolates != 0 {
					t.Errorf("%q: %d isolates are open", e.text, isolates)
				}
				if n := len([]rune(e.text)); n > 200 {
					t.Errorf("%q has %d runes", e.text, n)
				}
			}
		})
	}
}

// Colours are told apart by those who see little: text at least 4.5:1 and marks
// 3:1 (WCAG 2.2, success criteria 1.4.3 and 1.4.11), on the pictures' own
// paper, on the pages of the report and of GitHub, and on the band.
func TestContrast(t *testing.T) {
	picture := string(svg(t, usual()[0]))
	day, night, _ := strings.Cut(picture, "@media (prefers-color-scheme:dark)")
	for scheme, c := range map[string]struct {
		inks   map[string]string
		papers []string
	}{
		"light": {inks(day), []string{"#ffffff", "#f6f8fa", "#f5f6f8"}},
		"dark":  {inks(night), []string{"#0d1117", "#0e1116", "#161b22", "#151b23"}},
	} {
		papers := append(c.papers, c.inks["paper"], c.inks["band"])
		for _, paper := range papers {
			for _, ink := range []string{"text", "quiet", "champion", "candidate", "good", "bad", "unsure"} {
				if ratio := contrast(t, c.inks[ink], paper); ratio < 4.5 {
					t.Errorf("%s: text in %s %s on %s has %.2f:1, want 4.5:1", scheme, ink, c.inks[ink], paper, ratio)
				}
			}
			if ratio := contrast(t, c.inks["axis"], paper); ratio < 3 {
				t.Errorf("%s: lines in axis %s on %s have %.2f:1, want 3:1", scheme, c.inks["axis"], paper, ratio)
			}
		}
	}
}

// inks reads the custom properties of a style.
func inks(style string) map[string]string {
	out := map[string]string{}
	for _, m := range regexp.MustCompile(`--mp-(\w+):(#[0-9a-f]{6});`).FindAllStringSubmatch(style, -1) {
		out[m[1]] = m[2]
	}
	return out
}

// contrast is WCAG's ratio of two colours.
func contrast(t *testing.T, a, b string) float64 {
	t.Helper()
	x, y := luminance(t, a), luminance(t, b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

func luminance(t *testing.T, colour string) float64 {
	t.Helper()
	var parts [3]int
	if _, err := fmt.Sscanf(colour, "#%02x%02x%02x", &parts[0], &parts[1], &parts[2]); err != nil {
		t.Fatalf("colour %q: %v", colour, err)
	}
	sum := 0.0
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		v := float64(parts[i]) / 255
		if v <= 0.03928 {
			v /= 12.92
		} else {
			v = math.Pow((v+0.055)/1.055, 2.4)
		}
		sum += weight * v
	}
	return sum
}

// Lines and marks can be told apart in black and white.
func TestWithoutColour(t *testing.T) {
	for _, name := range []string{"roc", "precision-recall", "errors", "calibration"} {
		for _, d := range usual() {
			if d.name != name {
				continue
			}
			dashes := map[string]string{}
			for _, e := range elements(t, svg(t, d)) {
				if class := e.attributes["class"]; class == "s-champion" || class == "s-candidate" {
					dashes[class] += e.attributes["stroke-dasharray"]
				}
			}
			if dashes["s-champion"] == "" || dashes["s-candidate"] != "" {
				t.Errorf("%s: dashes are %q", name, dashes)
			}
		}
	}
	shapes := map[string]string{}
	for verdict, word := range map[result.Outcome]string{result.Worse: "worse", result.Better: "better", result.Equivalent: "not worse", result.Inconclusive: "cannot tell"} {
		picture := svg(t, drawing{string(verdict), func(w io.Writer) error {
			return plot.Intervals(w, sides, []result.Compared{row("f1", "", 0, -0.01, 0.01, 0.02, 100, verdict)})
		}})
		if !bytes.Contains(picture, []byte(">"+word+"<")) {
			t.Errorf("%s is not said: %s", word, picture)
		}
		shape := ""
		for _, m := range regexp.MustCompile(`class="([fs])-\w+"(?: stroke-width="2")? d="(M[^"]*Z)"`).FindAllStringSubmatch(string(picture), -1) {
			shape += m[1] + m[2]
		}
		if other, taken := shapes[shape]; taken {
			t.Errorf("%s has the shape of %s", word, other)
		}
		shapes[shape] = word
	}
}

// The same values give the same bytes, and two pictures on one page do not
// share the names of their titles.
func TestSameBytes(t *testing.T) {
	ids := map[string]string{}
	for i, d := range all() {
		first := svg(t, d)
		if !bytes.Equal(first, svg(t, all()[i])) {
			t.Errorf("%s differs the second time", d.name)
		}
		id := elements(t, first)[0].attributes["aria-labelledby"]
		if other, taken := ids[id]; taken {
			t.Errorf("%s and %s are both labelled by %s", d.name, other, id)
		}
		ids[id] = d.name
	}
}

// What is not drawn is said.
func TestNothingIsDroppedSilently(t *testing.T) {
	many := make([]result.Compared, 10000)
	for i := range many {
		many[i] = row(fmt.Sprintf("metric_%d", i), "", 0, -0.01, 0.01, 0.02, 100, result.Equivalent)
	}
	broken := curves(2)
	broken.ROC = append(broken.ROC, result.Point{X: math.NaN(), Y: 1}, result.Point{X: 0.5, Y: 1.5})
	for _, test := range []struct {
		want string
		draw func(io.Writer) error
	}{
		{"9940 more rows are not drawn.", func(w io.Writer) error { return plot.Intervals(w, sides, many) }},
		{"4 points are not drawn: not between 0 and 1.", func(w io.Writer) error { return plot.ROC(w, sides, broken, broken) }}, // two on each side
		{"v17: no ROC curve.", func(w io.Writer) error { return plot.ROC(w, sides, result.Curves{}, curves(2)) }},
		{"no residuals of either model", func(w io.Writer) error { return plot.Residuals(w, sides, result.Curves{}, result.Curves{}) }},
		{"one class only", func(w io.Writer) error { return plot.Slices(w, sides, "roc_auc", compared()) }},
	} {
		picture := string(svg(t, drawing{test.want, test.draw}))
		if !strings.Contains(picture, test.want) {
			t.Errorf("%q is not said in %d bytes", test.want, len(picture))
		}
		if len(picture) > 300_000 {
			t.Errorf("%q: the picture has %d bytes", test.want, len(picture))
		}
	}
}

// Slices are sorted by how bad they are, also where less is better.
func TestWorstSliceFirst(t *testing.T) {
	for name, want := range map[string][]string{
		"slices":       {"all rows", "age_band=70+", "site=Ålesund", "age_band=40-69", "age_band=18-39", "site=Tromsø"},
		"slices-lower": {"all rows", "age_band=70+", "age_band=18-39"},
	} {
		for _, d := range usual() {
			if d.name != name {
				continue
			}
			var got []string
			for _, e := range elements(t, svg(t, d)) {
				if e.name == "text" && (e.text == "all rows" || strings.Contains(e.text, "=")) {
					got = append(got, e.text)
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s (-want +got)\n%s", name, diff)
			}
		}
	}
}

// brokenWriter fails as a full disk does.
type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errors.New("no space left") }

func TestWriteError(t *testing.T) {
	for _, d := range all() {
		if err := d.draw(brokenWriter{}); err == nil || err.Error() != "write plot: no space left" {
			t.Errorf("%s: error %v", d.name, err)
		}
	}
}
