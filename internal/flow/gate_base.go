package flow

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/muster-ci/muster/internal/config"
	"github.com/muster-ci/muster/internal/git"
	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/stages"
)

// holdToBase takes the ruler from the base. If it is not known what the base
// says, nothing is decided; if the base has no gate, there is nothing to hold the
// change against but its own thresholds.
func (g Gate) holdToBase(ctx context.Context, t *trial) error {
	g.refuseCommitted(ctx, t)
	own, err := g.holdGates(ctx, t)
	switch {
	case err != nil:
		return err
	case own:
		return g.close(ctx, t)
	case !g.Base.known():
		t.undecided("base-unknown", "nobody knows what measures here: %s", g.Base.Missing)
		if g.Project.Config.Gate == nil {
			return g.close(ctx, t)
		}
		return nil
	case g.Project.Config.Gate == nil && len(t.problems) == 0:
		return ErrNoGate
	case g.Project.Config.Gate == nil:
		return g.close(ctx, t)
	case !g.Base.gated():
		t.bootstrap = true
		t.note("bootstrap", "there is no gate in %s, so this change brings its own: only absolute thresholds apply until it is merged", g.Base.place(g.Base.own))
		return nil
	}
	dir, err := g.layOut(ctx, t)
	if err != nil {
		return err
	}
	t.ruler = ruler{config: g.Base.Config, dir: dir, from: g.Base.String(), commit: g.Base.Commit, branch: g.Base.Name}
	return g.bringUntracked(ctx, t)
}

// close leaves nothing to measure: what the change did to its gate is all there is to decide.
func (g Gate) close(ctx context.Context, t *trial) error {
	dir := g.Project.Dir
	if g.Base.gated() {
		var err error
		if dir, err = g.layOut(ctx, t); err != nil {
			return err
		}
	}
	t.closed, t.ruler = true, g.closedRuler(dir)
	return nil
}

// layOut writes the base's tree where nothing of the working copy lies, and
// returns the pipeline's folder in it. It is there until the decision is made.
func (g Gate) layOut(ctx context.Context, t *trial) (string, error) {
	scratch, remove, err := g.Project.Folder.Scratch()
	if err != nil {
		return "", err
	}
	t.after = append(t.after, remove)
	tree := filepath.Join(scratch, "base")
	if err := g.Base.repo.Checkout(ctx, g.Base.Commit, tree); err != nil {
		return "", fmt.Errorf("lay out what measures: %w", err)
	}
	return filepath.Join(tree, filepath.FromSlash(g.Base.dir())), nil
}

// refuseCommitted looks for results that the change brings along: whoever commits
// a cache says what its stages gave, and whoever commits a registry, who the
// champion is.
func (g Gate) refuseCommitted(ctx context.Context, t *trial) {
	if file := g.committed(ctx, t, ".muster"); file != "" {
		t.undecided("cache-committed", "%s is committed; what a change itself says that its stages gave is not believed: git rm -r --cached .muster", file)
		return
	}
	place, err := filepath.Rel(g.Project.Dir, g.Project.RegistryPath)
	if err != nil || !filepath.IsLocal(place) || g.Project.registry.Type != "dir" {
		return
	}
	if file := g.committed(ctx, t, filepath.ToSlash(place)); file != "" {
		t.undecided("registry-not-kept", "%s of the registry is committed, so that a change could name its own champion; keep the registry elsewhere, or on a branch of its own (registry: git)", file)
	}
}

// committed names a file of the change at or below a path, if there is one.
func (g Gate) committed(ctx context.Context, t *trial, place string) string {
	repo, err := git.Open(ctx, g.Project.Dir)
	if err != nil {
		return "" // the base is not known then, which is said elsewhere
	}
	files, err := repo.TrackedAt(ctx, place)
	if err != nil {
		t.undecided("cache-committed", "whether the change brings results of its own is not known: %v", err)
	}
	if len(files) == 0 {
		return ""
	}
	return files[0]
}

// bringUntracked adds to the base's tree those inputs of the ruler that are in no
// commit: data that was put there before the job began. What a stage of the
// change writes is none, and neither is what the change tracks.
func (g Gate) bringUntracked(ctx context.Context, t *trial) error {
	inputs, err := stages.RulerInputs(t.ruler.config)
	if wrong, ok := errors.AsType[*stages.ChampionError](err); ok {
		t.undecided("candidate-cannot-run", "%s does not measure models: %s", t.ruler.from, wrong.Message)
		return nil
	}
	if err != nil {
		return err
	}
	names, err := g.untracked(ctx, inputs)
	if err != nil {
		return err
	}
	for _, name := range names {
		if makerOf(t.ruler.config, name) != "" {
			continue // a pattern matches it; the base makes its own
		}
		if maker := makerOf(g.Project.Config, name); maker != "" {
			t.changes = append(t.changes, result.Difference{Kind: "ruler", Path: name, Name: "stage " + maker + " writes it"})
			continue
		}
		if err := bring(g.Project.Dir, t.ruler.dir, name, t); err != nil {
			return err
		}
	}
	return nil
}

// untracked lists the files that the inputs stand for and that git does not track.
func (g Gate) untracked(ctx context.Context, inputs []string) ([]string, error) {
	var roots []string
	for _, input := range inputs {
		if config.IsPattern(input) {
			input, _ = doublestar.SplitPattern(input)
		}
		if _, err := os.Lstat(filepath.Join(g.Project.Dir, filepath.FromSlash(input))); err == nil {
			roots = append(roots, path.Clean(input))
		}
	}
	if len(roots) == 0 {
		return nil, nil
	}
	repo, err := git.Open(ctx, g.Project.Dir)
	if err != nil {
		return nil, err
	}
	files, err := repo.Untracked(ctx, roots...)
	if err != nil {
		return nil, err
	}
	wanted := func(file string) bool {
		return slices.ContainsFunc(inputs, func(input string) bool { return config.Within(file, input) || config.Matches(input, file) })
	}
	return slices.DeleteFunc(files, func(file string) bool {
		return strings.HasPrefix(file, ".muster/") || !wanted(file)
	}), nil
}

// bring copies a file to its place in the base's tree, if the base has none there.
func bring(from, to, name string, t *trial) error {
	source := filepath.Join(from, filepath.FromSlash(name))
	if info, err := os.Lstat(source); err != nil || !info.Mode().IsRegular() {
		return nil // a link leads who knows where
	}
	root, err := os.OpenRoot(to)
	if err != nil {
		return fmt.Errorf("lay out %s: %w", name, err)
	}
	_, err = root.Lstat(filepath.FromSlash(name))
	root.Close()
	if err == nil {
		return nil
	}
	if err := stages.Place(stages.Mount{Host: source, Path: name}, to); err != nil {
		return fmt.Errorf("lay out %s: %w", name, err)
	}
	t.receipt.Untracked = append(t.receipt.Untracked, name)
	return nil
}

// measureByBase has the base's ruler measure the candidate: that is what counts.
// What the change's own ruler gave is kept, to see what it lost. Where nothing of
// the ruler differs the keys are the same, and so is the answer, from the cache.
func (g Gate) measureByBase(ctx context.Context, t *trial) error {
	if t.ruler.commit == "" || t.run.Candidate == nil || t.mine == nil && !g.Anew {
		return nil
	}
	if !g.Anew {
		t.proposed = &proposal{run: t.run, mine: t.mine}
	}
	t.mine = nil
	measured, err := g.rulerRunner(t).Measure(ctx, stages.Measuring{Model: *t.run.Candidate, Label: "candidate"})
	if failed, ok := errors.AsType[*stages.ChampionError](err); ok {
		t.undecided("candidate-cannot-run", "the candidate cannot be measured by %s: %s", t.ruler.from, failed.Message)
		return g.noteEdits(ctx, t, measured)
	}
	if invalid, ok := errors.AsType[*config.Error](err); ok {
		t.undecided("candidate-cannot-run", "the candidate cannot be measured by %s: %v", t.ruler.from, invalid)
		return nil
	}
	if err != nil {
		return err
	}
	if err := g.noteEdits(ctx, t, measured); err != nil {
		return err
	}
	candidate := *t.run.Candidate
	candidate.RulerKey = measured.RulerKey
	candidate.EvaluationKey = measured.Stages[len(measured.Stages)-1].Key
	t.stages = measuredAlong(measured.Stages, t.run.Stages)
	t.run.Candidate, t.run.Evaluation, t.run.Metrics = &candidate, &measured.Evaluation, measured.Metrics
	if g.Anew {
		t.run.Stages = t.stages // its record is of this measurement, and of no other
		if g.Measured != nil {
			*g.Measured = t.run
		}
	}
	t.labels = nil // what the change's own stages made is no truth
	t.takeCandidate(g.readLabelled(t, g.rulerRunner(t), measured.Evaluation))
	return nil
}

// measuredAlong are the stages that measured, with those of the run that made the model.
func measuredAlong(measured, run []result.Stage) []result.Stage {
	all := slices.Clone(measured)
	for _, stage := range run {
		if !slices.ContainsFunc(measured, func(s result.Stage) bool { return s.Name == stage.Name }) {
			all = append(all, stage)
		}
	}
	return all
}
