package report

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"strings"

	"github.com/muster-ci/muster/internal/result"
)

var (
	//go:embed runs.html.tmpl
	runsTemplate string
	//go:embed runs.css
	runsStyle string
)

// RunsHTML writes runs side by side as one page with plots, which needs no
// network and no scripts.
func RunsHTML(w io.Writer, runs result.Runs) error {
	page, err := template.New("runs").Parse(runsTemplate + chartTemplate)
	if err != nil {
		return fmt.Errorf("parse page: %w", err)
	}
	var buf bytes.Buffer
	if err := page.Execute(&buf, newRunsPage(runs)); err != nil {
		return fmt.Errorf("write page: %w", err)
	}
	_, err = buf.WriteTo(w)
	return err
}

// runsPage is what the template is given.
type runsPage struct {
	Name, Count, Lead string
	Charts            []chart
	// Bars says that some plot has bars of a standard deviation.
	Bars, Bests bool
	Columns     []runColumn
	Rows        []runRow
	Unread      []string
	Style       template.CSS
}

// runRow is a run in the table.
type runRow struct {
	Tone, Status, Mark  string
	ID, Full            string
	When, Time          string
	Commit, FullCommit  string
	Branch, Tests, Fail string
	Cells               []runCell
}

type runCell struct {
	Label, Text  string
	Number, Best bool
}

func newRunsPage(doc result.Runs) runsPage {
	page := runsPage{
		Name: clip(clean(doc.Pipeline), nameLimit), Count: runsCount(doc), Lead: runsLead(doc),
		Charts: charts(doc), Columns: runColumns(doc.Runs, doc.Params, doc.Metrics),
		// The styles are this package's own text, the only one that is not escaped.
		Style: template.CSS(pageStyle + chartStyle + runsStyle),
	}
	branches := map[string]bool{} // of one branch alone nobody wants to read in each row
	for _, run := range doc.Runs {
		if run.Git != nil {
			branches[run.Git.Branch] = true
		}
	}
	for i, run := range doc.Runs {
		page.Rows = append(page.Rows, newRunRow(run, i, page.Columns, len(branches) > 1))
	}
	for _, c := range page.Charts {
		for _, p := range c.Points {
			page.Bars, page.Bests = page.Bars || p.Low != "", page.Bests || p.Best
		}
	}
	for _, why := range doc.Unread {
		page.Unread = append(page.Unread, clip(clean(why), messageLimit))
	}
	return page
}

// runsLead says what a reader wants to know first.
func runsLead(doc result.Runs) string {
	failed := 0
	for _, run := range doc.Runs {
		if run.Status == result.RunFailed {
			failed++
		}
	}
	var parts []string
	for _, metric := range doc.Metrics {
		if at := bestOf(doc.Runs, metric); at >= 0 {
			p := precisionOf(doc.Runs, metric.Name)
			parts = append(parts, "The best "+clip(clean(metric.Name), nameLimit)+" is "+p.metric(doc.Runs[at].Metrics, metric.Name)+", in "+shortRun(doc.Runs[at].ID)+".")
			break
		}
	}
	if failed > 0 {
		parts = append(parts, plural(failed, "run", "runs")+" failed.")
	}
	return strings.Join(parts, " ")
}

func newRunRow(run result.Summary, i int, columns []runColumn, branches bool) runRow {
	tone := statusTone(run.Status)
	row := runRow{
		Tone: string(tone), Mark: tone.Mark(), Status: string(run.Status), ID: shortRun(run.ID), Full: clean(run.ID),
		When: shortMoment(run), Time: duration(run.Seconds), Commit: gitShort(run.Git),
	}
	if run.Git != nil {
		row.FullCommit = clean(run.Git.Commit)
		if branches {
			row.Branch = clip(clean(run.Git.Branch), nameLimit)
		}
	}
	if run.Tests != nil && run.Tests.Failed > 0 {
		row.Tests = testsSentence(*run.Tests)
	}
	if len(run.Failed) > 0 {
		row.Fail = clip(clean(run.Failed[0]), nameLimit) + ": " + firstOf(run.Error)
	}
	for _, column := range columns {
		row.Cells = append(row.Cells, runCell{Label: column.Title, Text: column.cell(run), Number: column.number, Best: column.best == i})
	}
	return row
}

// Head and IsNumber are for the template.
func (c runColumn) Head() string   { return c.Title }
func (c runColumn) IsNumber() bool { return c.number }

// Head is the headline of the page.
func (p runsPage) Head() string {
	if len(p.Rows) == 0 {
		return "No runs"
	}
	return capital(p.Count)
}
