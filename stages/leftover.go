package stages

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/config"
	"github.com/muster-ci/muster/internal/result"
)

// remarkLeftovers warns of files that a pattern or a folder brings in and that a
// stage made which is no longer there: a seed that was taken out of a matrix
// leaves its model behind, and a fresh checkout would not have it.
func (s *session) remarkLeftovers(ready *prepared, outcome *result.Stage) {
	made := s.formerOutputs()
	if len(made) == 0 {
		return
	}
	for _, file := range ready.files {
		if slices.Contains(ready.stage.Inputs, file.Path) {
			continue // it was meant
		}
		for out, stage := range made {
			if config.Within(file.Path, out) {
				s.remark(outcome, "input %s was made by %s, which is no longer in the pipeline; remove it if it is not meant", file.Path, stage)
				return // one is enough to make somebody look
			}
		}
	}
}

// formerOutputs lists what stages made that are no longer in the file, and that
// no other stage makes now.
func (s *session) formerOutputs() map[string]string {
	entries, err := os.ReadDir(filepath.Dir(s.explanationPath("")))
	if err != nil {
		return nil // nothing was made here yet
	}
	current := map[string]bool{}
	var outputs []string
	for _, stage := range s.Config.Stages {
		current[stage.Name] = true
		outputs = append(outputs, stage.AllOutputs()...)
	}
	made := map[string]string{}
	for _, entry := range entries {
		name, isExplanation := strings.CutSuffix(entry.Name(), ".json")
		var doc keyDocument
		data, err := os.ReadFile(s.explanationPath(name))
		if !isExplanation || current[name] || err != nil || json.Unmarshal(data, &doc) != nil {
			continue
		}
		for _, out := range doc.Outputs {
			overlaps := func(other string) bool { return config.Within(out, other) || config.Within(other, out) }
			if !slices.ContainsFunc(outputs, overlaps) {
				made[out] = fmt.Sprintf("stage %s", name)
			}
		}
	}
	return made
}
