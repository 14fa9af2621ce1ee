package report

import (
	"cmp"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/muster-ci/muster/internal/result"
)

// badge is what a badge says: the same as a picture, and as data for shields.io.
type badge struct{ label, message, color string }

// badgeOf sums a report up in two or three words: "passed · level 2".
func badgeOf(r result.Report) badge {
	v := newView(r)
	b := badge{label: cmp.Or(clip(v.Name, 40), "muster"), message: v.Verdict, color: badgeColor[v.Tone]}
	if Pending(r) {
		b.message, b.color = "pending", badgeColor[neutral]
	}
	if v.Tone == bad && v.Verdict == "passed" {
		b.message = "passed, then failed" // a step after the gate did
	}
	if a := r.Assessment; a != nil && r.Decision == nil && r.Run == nil {
		return levelBadge(b.label, *a)
	} else if a != nil && a.Level != nil {
		b.message += fmt.Sprintf(" · level %d", *a.Level)
	}
	return b
}

// levelBadge is that of a repository's maturity alone.
func levelBadge(label string, a result.Assessment) badge {
	if label == "muster" {
		label = "MLOps maturity"
	}
	if a.Level == nil {
		return badge{label, "no level", badgeColor[neutral]}
	}
	colors := []string{"red", "orange", "yellow", "yellowgreen", "brightgreen"}
	return badge{label, fmt.Sprintf("level %d of %d", *a.Level, topLevel), colors[min(max(*a.Level, 0), topLevel)]}
}

// badgeColor are shields.io's names of colours.
var badgeColor = map[tone]string{good: "brightgreen", bad: "red", unsure: "orange", neutral: "lightgrey"}

// shade is how shields.io paints its colours.
var shade = map[string]string{"brightgreen": "#4c1", "red": "#e05d44", "orange": "#fe7d37", "yellow": "#dfb317", "yellowgreen": "#97ca00", "lightgrey": "#9f9f9f"}

// BadgeData writes what shields.io makes a badge of ("Endpoint Badge" in its documentation).
func BadgeData(w io.Writer, r result.Report) error {
	b := badgeOf(r)
	doc := struct {
		SchemaVersion int    `json:"schemaVersion"`
		Label         string `json:"label"`
		Message       string `json:"message"`
		Color         string `json:"color"`
	}{1, b.label, b.message, b.color}
	encoder := json.NewEncoder(w)
	return encoder.Encode(doc)
}

// Badge draws the badge as shields.io draws a flat one.
func Badge(w io.Writer, r result.Report) error {
	b := badgeOf(r)
	left, right := badgeWidth(b.label), badgeWidth(b.message)
	return badgeTemplate.Execute(w, map[string]any{
		"Label": b.label, "Message": b.message, "Color": shade[b.color], "Left": left, "Right": right, "All": left + right,
		"LabelAt": left * 5, "MessageAt": left*10 + right*5, "LabelLong": (left - 10) * 10, "MessageLong": (right - 10) * 10,
	})
}

// badgeWidth is how wide a text is in Verdana at 11 pixels, with 5 pixels on either side.
// The text is stretched to it, so that another font fits too.
func badgeWidth(text string) int {
	const narrow, wide = "fijlrtI.,:;|!'·()[] -", "mwMWOQGD@%"
	tenths := 0
	for _, r := range text {
		switch {
		case r >= utf8.RuneSelf && r != '·':
			tenths += 110
		case strings.ContainsRune(narrow, r):
			tenths += 42
		case strings.ContainsRune(wide, r):
			tenths += 90
		default:
			tenths += 68
		}
	}
	return (tenths+5)/10 + 10
}

var badgeTemplate = template.Must(template.New("badge").Parse(`<svg xmlns="http://www.w3.org/2000/svg" width="{{.All}}" height="20" role="img" aria-label="{{.Label}}: {{.Message}}">
<title>{{.Label}}: {{.Message}}</title>
<linearGradient id="s" x2="0" y2="100%"><stop offset="0" stop-color="#bbb" stop-opacity=".1"/><stop offset="1" stop-opacity=".1"/></linearGradient>
<clipPath id="r"><rect width="{{.All}}" height="20" rx="3" fill="#fff"/></clipPath>
<g clip-path="url(#r)"><rect width="{{.Left}}" height="20" fill="#555"/><rect x="{{.Left}}" width="{{.Right}}" height="20" fill="{{.Color}}"/><rect width="{{.All}}" height="20" fill="url(#s)"/></g>
<g fill="#fff" text-anchor="middle" font-family="Verdana,Geneva,DejaVu Sans,sans-serif" text-rendering="geometricPrecision" font-size="110">
<g fill="#010101" fill-opacity=".3"><text x="{{.LabelAt}}" y="150" transform="scale(.1)" textLength="{{.LabelLong}}">{{.Label}}</text><text x="{{.MessageAt}}" y="150" transform="scale(.1)" textLength="{{.MessageLong}}">{{.Message}}</text></g>
<text x="{{.LabelAt}}" y="140" transform="scale(.1)" textLength="{{.LabelLong}}">{{.Label}}</text><text x="{{.MessageAt}}" y="140" transform="scale(.1)" textLength="{{.MessageLong}}">{{.Message}}</text>
</g>
</svg>
`))
