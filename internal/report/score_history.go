package report

import (
	"bufio"
	"bytes"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/muster-ci/muster/internal/result"
)

// ScoreHistory writes how a repository's maturity came about, for a terminal.
func ScoreHistory(w io.Writer, h result.ScoreHistory, opts TerminalOptions) error {
	buf := bufio.NewWriter(w)
	t := terminal{Writer: buf, color: opts.Color, width: opts.columns()}
	if len(h.Points) == 0 {
		t.println("no commit to score")
		return buf.Flush()
	}
	table := grid{header: []string{"date", "commit", "level", "", "met", "what changed"}}
	for _, p := range h.Points {
		table.add(neutral, p.Time.UTC().Format(time.DateOnly), termText(pointName(p)), pointLevel(p), pointBar(p), pointMet(p), termText(pointChanges(p)))
	}
	t.grid(table)
	return buf.Flush()
}

func pointName(p result.ScorePoint) string {
	if tag := clip(clean(p.Tag), 20); tag != "" {
		return tag
	}
	return commit7(p.Commit)
}

func pointLevel(p result.ScorePoint) string {
	if p.Level == nil {
		return absent
	}
	return fmt.Sprint(*p.Level)
}

// pointBar shows the level in a bar of as many parts as there are.
func pointBar(p result.ScorePoint) string {
	if p.Level == nil {
		return ""
	}
	full := min(max(*p.Level, 0), topLevel)
	return strings.Repeat("██", full) + strings.Repeat("░░", topLevel-full)
}

func pointMet(p result.ScorePoint) string {
	if p.Asked == 0 {
		return ""
	}
	return fmt.Sprintf("%d of %d", p.Met, p.Asked)
}

// pointChanges says what came and what went: "+ unit-tests, ci-test-gate; − model-registry".
func pointChanges(p result.ScorePoint) string {
	if p.Problem != "" {
		return "not scored: " + clip(clean(p.Problem), lineLimit)
	}
	var parts []string
	for _, list := range []struct {
		sign string
		ids  []string
	}{{"+ ", p.Gained}, {"− ", p.Lost}} {
		if len(list.ids) > 0 {
			parts = append(parts, list.sign+clip(clean(strings.Join(list.ids, ", ")), lineLimit))
		}
	}
	if p.Level == nil && len(parts) == 0 {
		return kindInWords(p.Kind)
	}
	return strings.Join(parts, "; ")
}

// historyChart draws the level over time, and the criteria that are met.
func historyCharts(h result.ScoreHistory) []chart {
	var points []result.ScorePoint
	for _, p := range h.Points {
		if p.Level != nil && p.Problem == "" {
			points = append(points, p)
		}
	}
	if len(points) < 2 {
		return nil
	}
	level := historyChart(points, "Maturity level", "of 4, by files alone", func(p result.ScorePoint) float64 { return float64(*p.Level) }, []float64{0, 1, 2, 3, 4}, true)
	top := 1.0
	for _, p := range points {
		top = max(top, float64(p.Asked))
	}
	_, ticks := newScale([]float64{0, top}, 0, 1)
	met := historyChart(points, "Criteria that are met", "of those that are asked", func(p result.ScorePoint) float64 { return float64(p.Met) }, ticks, false)
	return []chart{level, met}
}

// historyChart draws one value over time; stepped says that it stays until the next point.
func historyChart(points []result.ScorePoint, title, sub string, value func(result.ScorePoint) float64, ticks []float64, stepped bool) chart {
	c := chart{Title: title, Sub: sub}
	first, last := points[0].Time, points[len(points)-1].Time
	across := scale{low: 0, high: max(last.Sub(first).Seconds(), 1), start: chartLeft, stop: chartWidth - chartRight}
	up := scale{low: ticks[0], high: ticks[len(ticks)-1], start: chartHeight - chartBottom, stop: chartTop}
	c.YTicks = ticksOn(up, ticks, tickLabels(ticks))
	c.XTicks = []tick{
		{At: coordinate(chartLeft), Label: first.UTC().Format(time.DateOnly), Anchor: "start"},
		{At: coordinate(chartWidth - chartRight), Label: last.UTC().Format(time.DateOnly), Anchor: "end"},
	}
	var line strings.Builder
	said := make([]string, 0, len(points))
	for i, p := range points {
		x, y := coordinate(across.at(p.Time.Sub(first).Seconds())), coordinate(up.at(value(p)))
		switch {
		case i == 0:
			fmt.Fprintf(&line, "M%s %s", x, y)
		case stepped:
			fmt.Fprintf(&line, "H%sV%s", x, y)
		default:
			fmt.Fprintf(&line, "L%s %s", x, y)
		}
		text := fmt.Sprintf("%s %s: %g", p.Time.UTC().Format(time.DateOnly), pointName(p), value(p))
		c.Points, said = append(c.Points, chartPoint{X: x, Y: y, Title: text}), append(said, text)
	}
	c.Line, c.Dense = line.String(), len(points) > 60
	c.Alt = clip(strings.Join(said, "; "), messageLimit)
	return c
}

// historyPage is what the template is given.
type historyPage struct {
	Name, Every, Rubric string
	Charts              []chart
	Rows                []historyRow
	Style               template.CSS
}

type historyRow struct{ Date, Commit, Full, Level, Bar, Met, Changes string }

// ScoreHistoryHTML writes it as one page with plots.
func ScoreHistoryHTML(w io.Writer, repository string, h result.ScoreHistory) error {
	page, err := template.New("history").Parse(scoreHistoryTemplate + chartTemplate)
	if err != nil {
		return fmt.Errorf("parse page: %w", err)
	}
	data := historyPage{
		Name: clip(clean(repository), nameLimit), Every: clip(clean(h.Every), nameLimit), Rubric: clip(clean(h.Rubric), nameLimit),
		Charts: historyCharts(h), Style: template.CSS(pageStyle + chartStyle + scoreStyle),
	}
	for _, p := range slices.Backward(h.Points) {
		data.Rows = append(data.Rows, historyRow{
			Date: p.Time.UTC().Format(time.DateOnly), Commit: pointName(p), Full: clean(p.Commit), Level: pointLevel(p), Bar: pointBar(p),
			Met: pointMet(p), Changes: pointChanges(p),
		})
	}
	var buf bytes.Buffer
	if err := page.Execute(&buf, data); err != nil {
		return fmt.Errorf("write page: %w", err)
	}
	_, err = w.Write(plainPage(buf.Bytes()))
	return err
}

// ScoreHistorySVG writes the level over time as one picture, which goes into a README.
func ScoreHistorySVG(w io.Writer, repository string, h result.ScoreHistory) error {
	charts := historyCharts(h)
	if len(charts) == 0 {
		charts = []chart{{Title: "Maturity level", Sub: "there are fewer than two commits with a level", Alt: "nothing to draw"}}
	}
	c := charts[0]
	c.Title = strings.TrimSpace(clip(clean(repository), 30) + " " + strings.ToLower(c.Title[:1]) + c.Title[1:])
	picture, err := template.New("svg").Parse(historySVG)
	if err != nil {
		return fmt.Errorf("parse picture: %w", err)
	}
	var buf bytes.Buffer
	if err := picture.Execute(&buf, c); err != nil {
		return fmt.Errorf("write picture: %w", err)
	}
	_, err = w.Write(plainPage(buf.Bytes()))
	return err
}
