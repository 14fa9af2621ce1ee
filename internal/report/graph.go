package report

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/muster-ci/muster/internal/result"
)

// GraphText writes a plan as steps: what stands under one number can run at once.
func GraphText(w io.Writer, g result.Graph, opts TerminalOptions) error {
	buf := bufio.NewWriter(w)
	t := terminal{Writer: buf, color: opts.Color, width: opts.columns()}
	levels := byLevel(g.Stages)
	t.println(t.paint(ansiBold, fmt.Sprintf("%s: %s in %s", Plain(g.Pipeline),
		plural(len(g.Stages), "stage", "stages"), plural(len(levels), "step", "steps"))))
	number, name := len(strconv.Itoa(len(levels))), 0
	for _, stage := range g.Stages {
		name = max(name, displayWidth(Plain(stage.Name)))
	}
	for i, stages := range levels {
		t.println("")
		for j, stage := range stages {
			head := strings.Repeat(" ", number)
			if j == 0 {
				head = fmt.Sprintf("%*d", number, i+1)
			}
			t.graphStage(head+"  ", min(name, t.width/3), stage)
		}
	}
	return buf.Flush()
}

// byLevel groups the stages; a level that has none, which no plan makes, is left out.
func byLevel(stages []result.GraphStage) [][]result.GraphStage {
	sorted := slices.Clone(stages)
	slices.SortStableFunc(sorted, func(a, b result.GraphStage) int { return a.Level - b.Level })
	var levels [][]result.GraphStage
	for i, stage := range sorted {
		if i == 0 || stage.Level != sorted[i-1].Level {
			levels = append(levels, nil)
		}
		levels[len(levels)-1] = append(levels[len(levels)-1], stage)
	}
	return levels
}

// graphStage writes one stage: its name, and beside it a line for each thing that there is to say.
func (t terminal) graphStage(head string, column int, stage result.GraphStage) {
	rows := graphRows(stage)
	if len(rows) == 0 {
		rows = []graphRow{{}}
	}
	title := Plain(stage.Name)
	if displayWidth(title) > column { // it does not fit beside its lines
		t.println(head + t.paint(ansiBold, title))
		head, title = strings.Repeat(" ", len(head)), ""
	}
	for i, row := range rows {
		if i > 0 {
			head, title = strings.Repeat(" ", len(head)), ""
		}
		t.graphLine(head, padRight(title, column)+"  ", row)
	}
}

// graphRow is a line of a stage: what its items are to it.
type graphRow struct {
	label string
	items []string
}

func (r graphRow) text() string {
	items := make([]string, len(r.items))
	for i, item := range r.items {
		items[i] = Plain(item)
	}
	return strings.Join(items, ", ")
}

// graphRows lists what a stage reads and from whom, what it writes, and what else it waits for.
func graphRows(stage result.GraphStage) []graphRow {
	makers := map[string][]string{}
	var images, after []string
	for _, need := range stage.Needs {
		for _, file := range need.Files {
			makers[file] = append(makers[file], need.Stage)
		}
		switch {
		case need.Image:
			images = append(images, "stage:"+need.Stage)
		case len(need.Files) == 0:
			after = append(after, need.Stage)
		}
	}
	reads := slices.Clone(stage.Reads)
	for i, file := range reads {
		if from := makers[file]; len(from) > 0 {
			reads[i] = file + " ← " + nameMakers(from)
		}
	}
	rows := []graphRow{{"reads", reads}, {"writes", stage.Writes}, {"in", images}, {"after", after}, {"when", stage.When}}
	switch stage.Kind {
	case result.KindBuild:
		rows[0] = graphRow{"builds", []string{stage.Command}}
	case result.KindFetch:
		rows[0] = graphRow{"fetches", []string{stage.Command}}
	}
	return slices.DeleteFunc(rows, func(row graphRow) bool { return len(row.items) == 0 })
}

// nameMakers names one of those who make what a pattern stands for: the cells of a
// matrix may be many.
func nameMakers(stages []string) string {
	switch others := len(stages) - 1; others {
	case 0:
		return stages[0]
	case 1:
		return stages[0] + " and " + stages[1]
	default:
		return fmt.Sprintf("%s and %d others", stages[0], others)
	}
}

// graphLine writes one row; what does not fit goes on below itself.
func (t terminal) graphLine(head, title string, row graphRow) {
	const label = len("fetches") + 2
	indent := displayWidth(head) + displayWidth(title)
	lines := wrap(row.text(), max(t.width-indent-label, minColumn))
	if len(lines) == 0 {
		lines = []string{""}
	}
	for i, line := range lines {
		if i == 0 {
			t.println(head + t.paint(ansiBold, title) + t.paint(ansiDim, padRight(row.label, label)) + line)
		} else {
			t.println(strings.Repeat(" ", indent+label) + line)
		}
	}
}
