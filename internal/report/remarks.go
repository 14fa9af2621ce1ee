package report

import (
	"cmp"
	"io/fs"
	"slices"

	"github.com/muster-ci/muster/internal/result"
)

// maxRemarks is how many lines are marked at most: two batches of GitHub's check runs.
const maxRemarks = 100

// Annotations are what a host can show beside the lines of a change: each finding
// that denies or warns, where the line is that asks for it, and for a denial each
// line that differs from what made the champion. The most severe come first. They
// are the places that SARIF has too. Texts hold no markup and no line breaks.
func Annotations(r result.Report) []result.Remark {
	if r.Decision == nil {
		return nil
	}
	d := *r.Decision
	var out []result.Remark
	for _, f := range d.Findings {
		if f.Location == nil || f.Waived || f.Severity == result.SeverityInfo {
			continue
		}
		place, ok := placeIn(f.Location.Path, f.Location.Line)
		if !ok {
			continue
		}
		out = append(out, result.Remark{
			Location: place, Severity: f.Severity,
			Title: plainText(findingTitle(d, f)), Message: plainText(findingMessage(f)),
		})
	}
	slices.SortStableFunc(out, func(a, b result.Remark) int { return cmp.Compare(severityRank(b.Severity), severityRank(a.Severity)) })
	if d.Verdict == result.Deny {
		out = append(out, suspects(d)...)
	}
	return out[:min(len(out), maxRemarks)]
}

func severityRank(s result.Severity) int {
	return map[result.Severity]int{result.SeverityDeny: 2, result.SeverityWarn: 1}[s]
}

func findingTitle(d result.Decision, f result.Finding) string {
	v := newFinding(f)
	title := clip(clean(f.Code), nameLimit) + " " + v.Word
	if row := rowOf(d, f); row != nil && row.Verdict == result.Worse {
		title = "worse"
		if f.Severity == result.SeverityDeny {
			title = "denied: worse"
		}
	}
	if where := v.Where.String(); where != "" {
		title += ", " + where
	}
	return title
}

func findingMessage(f result.Finding) string {
	message := said(sentence(f.Message)).Text
	if f.Passes != "" {
		message += " Would have passed: " + said(sentence(f.Passes)).Text
	}
	return message
}

// suspects are the lines of the change, since which the model is worse: the finding
// itself often stands at a line of muster.yaml that the change does not touch.
func suspects(d result.Decision) []result.Remark {
	var out []result.Remark
	why := said(sentence(bare(decisiveMessage(d)))).Text
	for _, c := range changedLines(d) {
		place, ok := placeIn(c.Path, c.Line)
		if !ok {
			continue
		}
		what := changePhrase(result.Difference{Kind: c.Kind, Name: c.Name, From: c.From, To: c.To}).String()
		out = append(out, result.Remark{
			Location: place, Severity: result.SeverityWarn, Title: plainText("changed in a model that was denied"),
			Message: plainText(what + ". " + why),
		})
	}
	return out
}

// changedLines are the differences that stand at a line, one for each: several
// parameters may stand on one.
func changedLines(d result.Decision) []result.Difference {
	var out []result.Difference
	told := map[result.Location]bool{}
	for _, c := range d.Changes {
		place := result.Location{Path: c.Path, Line: c.Line}
		if c.Path != "" && c.Line > 0 && !told[place] {
			told[place] = true
			out = append(out, c)
		}
	}
	return out
}

// placeIn is a line of a file of the repository, if it is one.
func placeIn(path string, line int) (result.Location, bool) {
	const longest = 1000
	place := result.Location{Path: clean(path), Line: max(line, 1)}
	return place, path != "" && len(path) <= longest && fs.ValidPath(place.Path) && place.Path == path
}
