package report

import (
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/muster-ci/muster/internal/result"
)

// RunsTerminal writes runs side by side as text, the newest first.
func RunsTerminal(w io.Writer, runs result.Runs, opts TerminalOptions) error {
	t := newTerminal(w, opts)
	t.println(t.paint(ansiBold, termText(clip(clean(runs.Pipeline), nameLimit))+": "+runsCount(runs)))
	if len(runs.Runs) > 0 {
		t.println("")
		t.runsTable(runs.Runs, runs.Params, runs.Metrics)
	}
	for _, why := range runs.Unread {
		t.paragraph("  "+t.mark(unsure)+" ", "not read: "+termText(clip(clean(why), messageLimit)))
	}
	return t.Flush()
}

func runsCount(runs result.Runs) string {
	text := plural(len(runs.Runs), "run", "runs")
	if runs.Left > 0 {
		text = "the last " + text + ", " + strconv.Itoa(runs.Left) + " more before"
	}
	return text
}

// runColumn is a column of a table of runs.
type runColumn struct {
	Title string
	Hint  string // what the title means, if that needs saying
	cell  func(result.Summary) string
	// best is the index of the best of the rows, or −1.
	best   int
	number bool
}

// runColumns makes the columns of parameters and metrics. Metrics come first:
// where there is too little room, they are what people look for.
func runColumns(runs []result.Summary, params []string, metrics []result.MetricInfo) []runColumn {
	var out []runColumn
	for _, metric := range metrics {
		p := precisionOf(runs, metric.Name)
		out = append(out, runColumn{
			Title: clip(clean(metric.Name), nameLimit), Hint: betterHint(metric.Better), number: true, best: bestOf(runs, metric),
			cell: func(s result.Summary) string { return p.metric(s.Metrics, metric.Name) },
		})
	}
	for _, param := range params {
		out = append(out, runColumn{Title: clip(clean(param), nameLimit), best: -1, cell: func(s result.Summary) string {
			value, ok := s.Params[param]
			if !ok {
				return absent
			}
			const longest = 24
			return clip(clean(value), longest)
		}})
	}
	return out
}

func betterHint(better result.Direction) string {
	switch better {
	case result.Higher:
		return "higher is better"
	case result.Lower:
		return "lower is better"
	default:
		return ""
	}
}

// bestOf finds the best of the runs that passed, which come newest first, if
// there is more than one value.
func bestOf(runs []result.Summary, metric result.MetricInfo) int {
	best, several := -1, false
	for i, run := range runs {
		value, ok := run.Metrics[metric.Name]
		if !ok || run.Status != result.RunPassed || metric.Better == "" {
			continue
		}
		switch {
		case best < 0:
			best = i
		case value.Value == runs[best].Metrics[metric.Name].Value: // of equal ones the newest, as in a ranking
		default:
			several = true
			if (metric.Better == result.Higher) == (value.Value > runs[best].Metrics[metric.Name].Value) {
				best = i
			}
		}
	}
	if !several {
		return -1
	}
	return best
}

// precisionOf is how exactly one metric is written in all runs: as exactly as
// tells different values apart, to a limit.
func precisionOf(runs []result.Summary, metric string) precision {
	values, whole := map[float64]bool{}, true
	largest := 0.0
	for _, run := range runs {
		if m, ok := run.Metrics[metric]; ok && !math.IsNaN(m.Value) && !math.IsInf(m.Value, 0) {
			values[m.Value] = true
			largest = max(largest, math.Abs(m.Value))
			whole = whole && m.Value == math.Trunc(m.Value) && m.SD == nil
		}
	}
	const usual, most = 4, 6
	p := precision{decimals: usual}
	switch {
	case whole && largest < 1e9:
		return precision{}
	case largest >= 1e9 || (largest > 0 && largest < 1e-4):
		return precision{scientific: true}
	case largest >= 1000:
		p.decimals = 1
	case largest >= 10:
		p.decimals = 2
	}
	for p.decimals < most && !p.tellsApart(values) {
		p.decimals++
	}
	return p
}

func (p precision) tellsApart(values map[float64]bool) bool {
	seen := map[string]bool{}
	for value := range values {
		seen[p.value(&value)] = true
	}
	return len(seen) == len(values)
}

// metric writes one of a run's metrics: its value, and how far several are apart.
func (p precision) metric(metrics map[string]result.Metric, name string) string {
	m, ok := metrics[name]
	if !ok {
		return absent
	}
	return p.spread(m)
}

func (p precision) spread(m result.Metric) string {
	text := p.value(&m.Value)
	if m.SD != nil {
		text += " ± " + p.value(m.SD)
	}
	return text
}

// runsTable writes the runs with as many columns as there is room for, and
// names those that are left out.
func (t terminal) runsTable(runs []result.Summary, params []string, metrics []result.MetricInfo) {
	table := grid{indent: 2, header: []string{"", "run", "status", "when"}}
	for _, run := range runs {
		tone := statusTone(run.Status)
		table.add(tone, tone.Mark(), shortRun(run.ID), string(run.Status), shortMoment(run))
	}
	var left []string
	for _, column := range inOrder(runColumns(runs, params, metrics), len(metrics)) {
		if !t.addColumn(&table, runs, column) {
			left = append(left, column.Title)
		}
	}
	t.grid(table)
	t.runsNotes(runs, metrics, left)
}

// inOrder puts the columns in the order in which they get what room there is:
// the first metrics, the parameters, then the rest.
func inOrder(columns []runColumn, metrics int) []runColumn {
	const first = 2
	head := min(metrics, first)
	out := slices.Concat(columns[:head], columns[metrics:], columns[head:metrics])
	return append(out,
		runColumn{Title: "time", best: -1, cell: func(s result.Summary) string { return duration(s.Seconds) }},
		runColumn{Title: "commit", best: -1, cell: func(s result.Summary) string { return gitShort(s.Git) }},
	)
}

// addColumn adds a column if it fits. The grid wraps its last column and would
// break a number, so here the whole width counts.
func (t terminal) addColumn(table *grid, runs []result.Summary, column runColumn) bool {
	wider := grid{indent: table.indent, tones: table.tones, header: append(slices.Clip(table.header), termText(column.Title))}
	for i, row := range table.rows {
		cell := termText(column.cell(runs[i]))
		if column.best == i {
			cell += " ◂"
		}
		wider.rows = append(wider.rows, append(slices.Clip(row), cell))
	}
	total := wider.indent
	for i, w := range wider.columns() {
		total += w + len(gap(i, w))
	}
	if total > t.width+2 {
		return false
	}
	*table = wider
	return true
}

func (t terminal) runsNotes(runs []result.Summary, metrics []result.MetricInfo, left []string) {
	t.println("")
	if slices.ContainsFunc(metrics, func(m result.MetricInfo) bool { return bestOf(runs, m) >= 0 }) {
		t.paragraph("  ", "◂ the best of these runs")
	}
	if len(left) > 0 {
		t.paragraph("  ", "no room for "+termText(strings.Join(left, ", "))+": muster runs show, or a wider terminal")
	}
	for _, run := range runs {
		if run.Status == result.RunFailed && len(run.Failed) > 0 {
			t.paragraph("  "+t.mark(bad)+" ", shortRun(run.ID)+" failed in "+termText(clip(clean(run.Failed[0]), nameLimit))+": "+termText(firstOf(run.Error)))
		}
	}
}

func firstOf(text string) string {
	first, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	const longest = 120
	return clip(clean(strings.TrimSuffix(first, ":")), longest)
}

func statusTone(status result.RunStatus) tone {
	switch status {
	case result.RunPassed:
		return good
	case result.RunInterrupted:
		return unsure
	default:
		return bad
	}
}

// shortRun is the part of a run's id that people type.
func shortRun(id string) string {
	if _, short, ok := strings.Cut(id, "-"); ok {
		id = short
	}
	return termText(head(id, 8))
}

func shortMoment(run result.Summary) string {
	if run.Started.IsZero() {
		return absent
	}
	return run.Started.UTC().Format("2006-01-02 15:04")
}

// gitShort is a commit, with a + if tracked files differed from it.
func gitShort(git *result.Git) string {
	if git == nil || git.Commit == "" {
		return absent
	}
	if git.Dirty {
		return commit7(git.Commit) + "+"
	}
	return commit7(git.Commit)
}

// BestTerminal writes the ranking of runs by one metric.
func BestTerminal(w io.Writer, best result.Best, opts TerminalOptions) error {
	t := newTerminal(w, opts)
	top := best.Runs[0]
	p := precisionOf(best.Runs, best.Metric)
	t.println(t.mark(good) + " " + t.paint(ansiBold, shortRun(top.ID)+" has the best "+termText(clip(clean(best.Metric), nameLimit))+": "+p.metric(top.Metrics, best.Metric)))
	t.paragraph("  ", strings.Join(bestNotes(best), "; "))
	t.println("")
	t.runsTable(best.Runs, best.Params, []result.MetricInfo{{Name: best.Metric, Better: best.Better}})
	if len(top.Params) > 0 {
		t.facts("Parameters of "+shortRun(top.ID), paramFacts(top.Params))
	}
	return t.Flush()
}

func bestNotes(best result.Best) []string {
	notes := []string{betterHint(best.Better)}
	if best.Tied > 1 {
		notes = append(notes, plural(best.Tied, "run has", "runs have")+" this value, the newest is shown first")
	}
	if cells := best.Runs[0].Metrics[best.Metric].Cells; len(cells) == 1 {
		for cell := range cells {
			notes = append(notes, "from "+termText(clip(clean(cell), nameLimit)))
		}
	}
	if best.Left > 0 {
		notes = append(notes, plural(best.Left, "more run has one", "more runs have one"))
	}
	if best.Without > 0 {
		notes = append(notes, plural(best.Without, "run that passed has none", "runs that passed have none"))
	}
	if best.NotPassed > 0 {
		notes = append(notes, plural(best.NotPassed, "run did not pass", "runs did not pass")+" and is not counted")
	}
	return notes
}

func paramFacts(params map[string]string) []fact {
	var out []fact
	for _, name := range slices.Sorted(maps.Keys(params)) {
		out = append(out, fact{Label: clip(clean(name), nameLimit), Value: phrase{command(params[name])}})
	}
	return out
}

// facts writes a part of labels and values.
func (t terminal) facts(title string, facts []fact) {
	if len(facts) == 0 {
		return
	}
	t.title(title)
	wide := 0
	for _, f := range facts {
		wide = max(wide, displayWidth(termText(f.Label)))
	}
	const widest = 40
	wide = min(wide, widest)
	for _, f := range facts {
		t.paragraph("  "+padRight(termText(f.Label), wide)+"  ", t.words(f.Value))
	}
}
