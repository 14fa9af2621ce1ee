package flow

import (
	"crypto/sha256"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/config"
	"github.com/muster-ci/muster/internal/metrics/predictions"
	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/policies"
)

const (
	// maxTables is how many tables that evaluate reads are looked at.
	maxTables = 20
	// maxColumns is how many names of columns a receipt lists; of more it has the digest.
	maxColumns = 1000
)

// candidateFacts is the candidate's evaluation: what it took, and on what.
func (g Gate) candidateFacts(t *trial) *policies.Evaluated {
	if t.run.Evaluation == nil || t.mine == nil {
		return nil
	}
	facts := &policies.Evaluated{Data: t.mine.Digest(), Rows: t.mine.Len(), Columns: g.columns(t)}
	took(facts, t.measuredBy(), t.run.Evaluation.Stage)
	return facts
}

// took notes the time and the memory of the stage that evaluated.
func took(facts *policies.Evaluated, stages []result.Stage, name string) {
	facts.Stage = name
	if stage := stageOf(stages, name); stage != nil {
		facts.Seconds, facts.PeakMemory = stage.Seconds, stage.PeakMemory
	}
}

// columns are those of the predictions and of the tables that evaluate reads, by
// path. What is no table, or is not there any more, is left out.
func (g Gate) columns(t *trial) map[string][]string {
	all := map[string][]string{}
	if file := t.run.Evaluation.Predictions; file != nil {
		g.addColumns(all, t, *file)
	}
	stage := stageOf(t.measuredBy(), t.run.Evaluation.Stage)
	if stage == nil {
		return all
	}
	for _, file := range stage.Inputs {
		ofModel := g.Project.Config.Model != nil && config.Within(file.Path, g.Project.Config.Model.Path)
		if isTable(file.Path) && file.Files == 0 && !ofModel && len(all) < maxTables {
			g.addColumns(all, t, file)
		}
	}
	return all
}

// addColumns reads the names of one table's columns: from the store, or else where it lies.
func (g Gate) addColumns(all map[string][]string, t *trial, file result.File) {
	in, err := g.openInput(t, file)
	if err != nil {
		return
	}
	defer in.Close()
	names, err := predictions.Names(in, file.Path)
	if err != nil {
		return
	}
	slices.Sort(names) // their order means nothing
	if len(names) > maxColumns {
		sum := sha256.Sum256([]byte(strings.Join(names, "\x00")))
		names = []string{fmt.Sprintf("%d columns (sha256 %.12x)", len(names), sum)}
	}
	all[file.Path] = names
}

// openInput opens a file by content, or the file of the ruler that has its path and size.
func (g Gate) openInput(t *trial, file result.File) (io.ReadCloser, error) {
	if in, err := g.openMade(file); err == nil {
		return in, nil
	}
	in, err := t.ruler.open(file.Path)
	if err != nil {
		return nil, err
	}
	if info, err := in.Stat(); err != nil || info.Size() != file.Size {
		in.Close()
		return nil, fmt.Errorf("%s is not what evaluate read", file.Path)
	}
	return in, nil
}

// isTable reports whether the name is that of a table that muster can read.
func isTable(name string) bool {
	name = strings.TrimSuffix(strings.ToLower(name), ".gz")
	return slices.Contains([]string{".csv", ".tsv", ".jsonl", ".ndjson", ".parquet"}, path.Ext(name))
}
