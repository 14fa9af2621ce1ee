package report

import (
	"bufio"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/muster-ci/muster/internal/result"
)

// Metrics writes the values of the candidate and of what it was held against as
// OpenMetrics text (https://prometheus.io/docs/specs/om/open_metrics_spec/), which GitLab
// shows in a merge request beside the values of the target branch
// (https://docs.gitlab.com/ci/testing/metrics_reports/). Values are in the metric's own unit.
func Metrics(w io.Writer, r result.Report) error {
	out := bufio.NewWriter(w)
	samples := sampled(r)
	if len(samples) > 0 {
		_, _ = out.WriteString("# TYPE muster_metric gauge\n# HELP muster_metric A metric of one model on the evaluation data.\n")
	}
	told := map[string]bool{} // a sample stands once
	for _, s := range samples {
		if line := "muster_metric{" + s.labels() + "}"; !told[line] {
			told[line] = true
			_, _ = out.WriteString(line + " " + strconv.FormatFloat(s.value, 'g', -1, 64) + "\n")
		}
	}
	if a := r.Assessment; a != nil && a.Level != nil {
		_, _ = out.WriteString("# TYPE muster_maturity_level gauge\n# HELP muster_maturity_level The maturity level of the repository.\n" +
			"muster_maturity_level " + strconv.Itoa(*a.Level) + "\n")
	}
	_, _ = out.WriteString("# EOF\n")
	return out.Flush() // it has the first error
}

// measured is one value of one model.
type measured struct {
	metric, slice, model, data string
	value                      float64
}

// sampled are the values of a decision; where nothing was decided, those of the run.
func sampled(r result.Report) []measured {
	var list []measured
	if r.Decision == nil {
		if r.Run != nil {
			for _, name := range slices.Sorted(maps.Keys(r.Run.Metrics)) {
				list = append(list, measured{metric: name, model: "candidate", value: r.Run.Metrics[name]})
			}
		}
		return list
	}
	for _, c := range r.Decision.Comparison {
		one := measured{metric: c.Metric, slice: c.Slice, data: c.Data}
		if c.Candidate != nil {
			one.model, one.value = "candidate", *c.Candidate
			list = append(list, one)
		}
		if c.Champion != nil {
			one.model, one.value = "champion", *c.Champion
			if c.Against != "" {
				one.model = c.Against
			}
			list = append(list, one)
		}
	}
	return list
}

func (s measured) labels() string {
	var parts []string
	for _, label := range []struct{ name, value string }{{"metric", s.metric}, {"slice", s.slice}, {"data", s.data}, {"model", s.model}} {
		if label.value != "" {
			parts = append(parts, label.name+`="`+labelEscapes.Replace(clip(clean(label.value), maxLabel))+`"`)
		}
	}
	return strings.Join(parts, ",")
}

// maxLabel is the most that is said of a name: the report has all of it.
const maxLabel = 120

// labelEscapes are those of OpenMetrics. GitLab takes a # anywhere for the beginning of a
// comment, and then reads none of the file.
var labelEscapes = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "#", "＃")
