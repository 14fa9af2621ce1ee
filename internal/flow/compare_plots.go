package flow

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/muster-ci/muster/internal/metrics"
	"github.com/muster-ci/muster/internal/objects"
	"github.com/muster-ci/muster/internal/plot"
	"github.com/muster-ci/muster/internal/result"
)

// picture is a plot and the file that it goes to.
type picture struct {
	file string
	draw func(io.Writer) error
}

// plot draws the comparison into the folder, and notes the files in it.
func (c Compare) plot(s *comparing, doc *result.Comparison) error {
	if c.Plots == "" || len(Compared(*doc)) == 0 {
		return nil
	}
	var err error
	doc.Plots, err = draw(c.Plots, c.pictures(s, *doc))
	return err
}

// draw writes pictures into a folder, and returns the names of the files.
func draw(folder string, pictures []picture) ([]string, error) {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, fmt.Errorf("make folder for plots: %w", err)
	}
	var files []string
	for _, p := range pictures {
		var svg bytes.Buffer
		if err := p.draw(&svg); err != nil {
			return nil, fmt.Errorf("draw %s: %w", p.file, err)
		}
		if err := objects.WriteFile(filepath.Join(folder, p.file), svg.Bytes(), 0o644); err != nil {
			return nil, fmt.Errorf("write plot: %w", err)
		}
		files = append(files, p.file)
	}
	return files, nil
}

// pictures are what there is to draw: always the intervals, and the curves that
// the answers have. Of several models a side there are no curves.
func (c Compare) pictures(s *comparing, doc result.Comparison) []picture {
	labels := plot.Labels{Champion: doc.Champion.Name, Candidate: doc.Candidate.Name, Confidence: doc.Receipt.Confidence}
	overall := slices.DeleteFunc(slices.Clone(doc.Comparison), func(row result.Compared) bool { return row.Slice != "" })
	all := []picture{{"intervals.svg", func(w io.Writer) error { return plot.Intervals(w, labels, overall) }}}
	for i, metric := range sliced(doc.Comparison) {
		file := "slices.svg"
		if i > 0 {
			file = fmt.Sprintf("slices-%d.svg", i+1) // a metric's name may be no name of a file
		}
		all = append(all, picture{file, func(w io.Writer) error { return plot.Slices(w, labels, metric, doc.Comparison) }})
	}
	if c.Recipe {
		return all
	}
	before, after := metrics.Curves(s.theirs.sets[0]), metrics.Curves(s.mine.sets[0])
	pair := func(draw func(io.Writer, plot.Labels, result.Curves, result.Curves) error) func(io.Writer) error {
		return func(w io.Writer) error { return draw(w, labels, before, after) }
	}
	for _, p := range []struct {
		there bool
		picture
	}{
		{len(after.ROC) > 0, picture{"roc.svg", pair(plot.ROC)}},
		{len(after.PrecisionRecall) > 0, picture{"precision-recall.svg", pair(plot.PrecisionRecall)}},
		{len(after.Calibration) > 0, picture{"calibration.svg", pair(plot.Calibration)}},
		{len(after.Residuals) > 0, picture{"residuals.svg", pair(plot.Residuals)}},
		{len(after.Errors) > 0, picture{"errors.svg", pair(plot.Errors)}},
	} {
		if p.there {
			all = append(all, p.picture)
		}
	}
	return all
}

// sliced are the metrics that were compared on slices.
func sliced(rows []result.Compared) []string {
	var names []string
	for _, row := range rows {
		if row.Slice != "" && !slices.Contains(names, row.Metric) {
			names = append(names, row.Metric)
		}
	}
	return names
}
