package plot

import (
	"fmt"
	"strings"
)

// ink is what something is drawn with. Its name is a class of the picture's
// style, which knows its colours.
type ink string

// The inks. Text and marks of any of them can be read on paper and on the band.
const (
	inkText      ink = "text"
	inkQuiet     ink = "quiet"
	inkChampion  ink = "champion"
	inkCandidate ink = "candidate"
	inkGood      ink = "good"
	inkBad       ink = "bad"
	inkUnsure    ink = "unsure"
	inkAxis      ink = "axis"  // lines that matter: zero, the margin
	inkGrid      ink = "grid"  // lines that may be overlooked
	inkBand      ink = "band"  // what is allowed
	inkPaper     ink = "paper" // what is behind everything, around marks and letters
)

// shade is an ink's colour by day and by night.
type shade struct {
	ink         ink
	light, dark string
}

// palette is that of the HTML report, so that plots fit into it.
func palette() []shade {
	return []shade{
		{inkText, "#1b2028", "#e5e9ef"},
		{inkQuiet, "#59626f", "#9aa5b3"},
		{inkChampion, "#59626f", "#a9b3c0"},
		{inkCandidate, "#0b57c4", "#7db3ff"},
		{inkGood, "#17703a", "#56c982"},
		{inkBad, "#b3231b", "#ff8f85"},
		{inkUnsure, "#7d4e00", "#ecb44a"},
		{inkAxis, "#6f7987", "#7f8b9a"},
		{inkGrid, "#e1e5ea", "#2a313b"},
		{inkBand, "#e4ecf7", "#1d2a3d"},
		{inkPaper, "#ffffff", "#0d1117"},
	}
}

// RGBA makes an ink a color.Color, which gonum hands on to the canvas. Only the
// picture's style knows what it looks like.
func (i ink) RGBA() (r, g, b, a uint32) { return 0, 0, 0, 0xffff }

// families are the fonts of the report's page.
const families = `system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","Liberation Sans","DejaVu Sans",Arial,sans-serif`

// style is the style of every picture. Its rules hold below the picture's own
// class, so that a page that holds the picture keeps its own.
func style() string {
	var light, dark, classes strings.Builder
	for _, s := range palette() {
		fmt.Fprintf(&light, "--mp-%s:%s;", s.ink, s.light)
		fmt.Fprintf(&dark, "--mp-%s:%s;", s.ink, s.dark)
		fmt.Fprintf(&classes, ".muster-plot .f-%s{fill:var(--mp-%s)}\n.muster-plot .s-%s{fill:none;stroke:var(--mp-%s)}\n", s.ink, s.ink, s.ink, s.ink)
	}
	return ".muster-plot{" + light.String() + "max-width:100%;height:auto;font-family:" + families + ";font-variant-numeric:tabular-nums}\n" +
		"@media (prefers-color-scheme:dark){.muster-plot{" + dark.String() + "}}\n" + classes.String() +
		".muster-plot .halo{stroke:var(--mp-paper);stroke-width:4px;stroke-linejoin:round;paint-order:stroke}\n"
}
