package source

import (
	"path"
	"regexp"
)

var (
	chartSources     = regexp.MustCompile(`(?m)^sources:\s*(\n\s*-\s*\S|\[\s*\S)`)
	chartIcon        = regexp.MustCompile(`(?m)^icon:\s*\S`)
	chartMaintainers = regexp.MustCompile(`(?m)^maintainers:\s*\n\s*-\s*\S`)
)

// isPublishedChart reports whether Chart.yaml is that of a chart which a catalogue
// of charts shows: it has an icon there, maintainers, and the addresses of its
// sources (https://helm.sh/docs/topics/charts/#the-chartyaml-file). Nobody fills
// in all three for a chart that only deploys the repository it lies in.
func isPublishedChart(text []byte) bool {
	return chartSources.Match(text) && chartIcon.Match(text) && chartMaintainers.Match(text)
}

// copiedCharts marks the charts of others, with the charts inside of them, as
// vendored. One at the root is what the repository itself publishes.
func (t *Tree) copiedCharts() {
	copied := map[string]bool{}
	for file, text := range t.Text {
		if dir := path.Dir(file); path.Base(file) == "Chart.yaml" && dir != "." && isPublishedChart(text) {
			copied[dir] = true
		}
	}
	if len(copied) == 0 {
		return
	}
	for _, file := range t.Files {
		for dir := path.Dir(file); dir != "."; dir = path.Dir(dir) {
			if copied[dir] {
				about := t.known[file]
				about.class = Vendored
				t.known[file] = about
				break
			}
		}
	}
}
