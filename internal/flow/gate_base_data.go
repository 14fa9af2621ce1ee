package flow

import (
	"fmt"
	"maps"
	"slices"

	"github.com/muster-ci/muster/internal/result"
)

// noteOtherData adds to what the change edits of its ruler those files that are in
// no commit, and are not what the champion was measured on. The base's tree has none
// to hold them against, so whatever the change made the job put there would count.
func (g Gate) noteOtherData(t *trial) {
	champion := t.champion
	if champion == nil || champion.Run == nil || champion.Run.Evaluation == nil || len(t.receipt.Untracked) == 0 ||
		t.mine == nil || champion.Model.RulerKey == t.run.Candidate.RulerKey {
		return
	}
	theirs := readRecord(champion.Run.Stages, champion.Run.Evaluation.Stage, champion.Model.TrainingKey)
	mine := readRecord(t.measuredBy(), t.run.Evaluation.Stage, t.run.Candidate.TrainingKey)
	if theirs.evaluate == nil || mine.evaluate == nil {
		return // it cannot be evaluated either, which is said elsewhere
	}
	differ := map[string]bool{}
	for _, stage := range append(slices.Clone(mine.prepare), *mine.evaluate) {
		before := stageOf(theirs.all, stage.Name)
		if before == nil {
			before = &result.Stage{}
		}
		maps.Copy(differ, g.differing(before.Inputs, stage.Inputs))
	}
	for _, name := range t.receipt.Untracked {
		if slices.ContainsFunc(slices.Collect(maps.Keys(differ)), func(p string) bool { return holds(result.File{Path: p, Files: 1}, name) }) {
			t.changes = append(t.changes, result.Difference{
				Kind: "ruler", Path: name, Name: fmt.Sprintf("in no commit, and not what %s was measured on", champion.Version),
			})
		}
	}
}

// differing are the paths at which two lists of inputs differ: those of files, or
// of what stands for many of them where their list is not kept here.
func (g Gate) differing(from, to []result.File) map[string]bool {
	differ := map[string]bool{}
	a, b, known := g.listed(from, to)
	if !known {
		for _, file := range to {
			if !slices.Contains(from, file) {
				differ[file.Path] = true
			}
		}
		return differ
	}
	names := maps.Clone(a)
	maps.Copy(names, b)
	for name := range names {
		if a[name] != b[name] {
			differ[name] = true
		}
	}
	return differ
}
