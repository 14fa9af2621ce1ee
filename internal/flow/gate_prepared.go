package flow

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/config"
	"github.com/muster-ci/muster/internal/result"
)

// A model is never fed features that it did not learn. What makes features is
// the preparation: the stages that evaluate needs and that do not only make the
// model, evaluate's own image, and the code that it shares with training.

// recorded are the stages of a run, by what they have to do with its model.
type recorded struct {
	all []result.Stage
	// evaluate is nil if the run has no such stage; prepare is what it needs besides the model.
	evaluate *result.Stage
	prepare  []result.Stage
	// training is the stage that made the model with all that it needs, the preparation too.
	training []result.Stage
}

// readRecord sorts the stages of a run. A model that was trained elsewhere has no training.
func readRecord(all []result.Stage, evaluate, trainingKey string) recorded {
	r := recorded{all: all}
	trained := ""
	for i := range all {
		if all[i].Name == evaluate {
			r.evaluate = &all[i]
		}
		if trainingKey != "" && all[i].Key == trainingKey {
			trained = all[i].Name
		}
	}
	if r.evaluate != nil {
		r.prepare = r.before(*r.evaluate, trained)[1:]
	}
	for _, stage := range all {
		if stage.Name == trained {
			r.training = r.before(stage, "")
		}
	}
	return r
}

// before lists the stage, and those that it reads from or runs in, without one.
func (r recorded) before(stage result.Stage, without string) []result.Stage {
	list := []result.Stage{stage}
	seen := map[string]bool{stage.Name: true, without: true}
	for i := 0; i < len(list); i++ {
		for _, other := range r.all {
			if !seen[other.Name] && gives(other, list[i]) {
				seen[other.Name] = true
				list = append(list, other)
			}
		}
	}
	return list
}

// gives reports whether one stage made what another read, or its image.
func gives(from, to result.Stage) bool {
	if to.Image == "stage:"+from.Name {
		return true
	}
	return slices.ContainsFunc(from.Outputs, func(out result.File) bool {
		return slices.ContainsFunc(to.Inputs, func(in result.File) bool { return holds(in, out.Path) })
	})
}

// holds reports whether an entry of a record's inputs is the file, or stands for it among many.
func holds(in result.File, name string) bool {
	return in.Path == name || (in.Files > 0 && (config.Within(name, in.Path) || config.Matches(in.Path, name)))
}

// image is what a stage ran in: for an image that was built here, what it was built from.
func (r recorded) image(stage result.Stage) string {
	maker, built := strings.CutPrefix(stage.Image, "stage:")
	for _, other := range r.all {
		if built && other.Name == maker {
			return other.Key
		}
	}
	return stage.Image + " " + stage.ImageID
}

// made reports whether a stage of the run made the file. What was fetched is raw.
func (r recorded) made(name string) bool {
	return slices.ContainsFunc(r.all, func(stage result.Stage) bool {
		return !strings.HasPrefix(stage.Command, "fetch ") && slices.ContainsFunc(stage.Outputs, func(out result.File) bool { return out.Path == name })
	})
}

// preparedOtherwise says what makes features for the candidate otherwise than for
// the version, in words. It is empty if nothing does.
func (g Gate) preparedOtherwise(t *trial, version result.Version) []string {
	if version.Run == nil || version.Run.Evaluation == nil {
		return []string{"its record does not say how it was measured"}
	}
	theirs := readRecord(version.Run.Stages, version.Run.Evaluation.Stage, version.Model.TrainingKey)
	mine := readRecord(t.measuredBy(), t.run.Evaluation.Stage, t.run.Candidate.TrainingKey)
	if theirs.evaluate == nil || mine.evaluate == nil {
		return []string{"its record does not say how it was measured"}
	}
	changes := g.otherStages(theirs, mine, theirs.prepare, mine.prepare)
	if theirs.image(*theirs.evaluate) != mine.image(*mine.evaluate) {
		changes = append(changes, "the image of "+mine.evaluate.Name)
	}
	return append(changes, g.sharedCode(theirs, mine)...)
}

// otherStages compares stages by what defines them: all but the data.
func (g Gate) otherStages(a, b recorded, from, to []result.Stage) []string {
	var changes []string
	for _, stage := range to {
		if !slices.ContainsFunc(from, func(s result.Stage) bool { return s.Name == stage.Name }) {
			changes = append(changes, "the new stage "+stage.Name)
		}
	}
	for _, stage := range from {
		i := slices.IndexFunc(to, func(s result.Stage) bool { return s.Name == stage.Name })
		switch {
		case i < 0:
			changes = append(changes, "the stage "+stage.Name+", which is gone")
		case stage.Key != to[i].Key && stage.Command != "": // an image that is built counts where it is used
			changes = append(changes, g.definedOtherwise(a, b, stage, to[i])...)
		}
	}
	return changes
}

// definedOtherwise says what differs in how one stage is defined.
func (g Gate) definedOtherwise(a, b recorded, from, to result.Stage) []string {
	if strings.HasPrefix(from.Command, "fetch ") && strings.HasPrefix(to.Command, "fetch ") {
		return nil // its key is what came: data
	}
	var changes []string
	if from.Command != to.Command || !maps.Equal(from.Cell, to.Cell) {
		changes = append(changes, "the command of "+from.Name)
	}
	if !maps.Equal(from.Env, to.Env) {
		changes = append(changes, "the environment of "+from.Name)
	}
	if !maps.Equal(from.Params, to.Params) {
		changes = append(changes, "the parameters of "+from.Name)
	}
	if a.image(from) != b.image(to) {
		changes = append(changes, "the image of "+from.Name)
	}
	code, data := g.inputChanges(a, from.Inputs, to.Inputs)
	changes = append(changes, code...)
	known := from.Definition != "" && to.Definition != ""
	if len(changes) == 0 && (known && from.Definition != to.Definition || !known && !data) {
		changes = append(changes, "the definition of "+from.Name)
	}
	return changes
}

// inputChanges names the code that differs, and says whether anything else does.
func (g Gate) inputChanges(r recorded, from, to []result.File) (code []string, data bool) {
	a, b, known := g.listed(from, to)
	if !known {
		return []string{"its inputs, of which no list is kept any more"}, false
	}
	names := maps.Clone(a)
	maps.Copy(names, b)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		switch {
		case a[name] == b[name]:
		case config.IsCode(name) && !r.made(name):
			code = append(code, name)
		default:
			data = true
		}
	}
	return code, data
}

// listed gives the files of two lists of inputs by path, without what stands for
// the same many files in both. It is not known if a list was not kept.
func (g Gate) listed(from, to []result.File) (a, b map[string]string, known bool) {
	known = true
	expand := func(files, other []result.File) map[string]string {
		out := map[string]string{}
		for _, file := range files {
			if slices.Contains(other, file) {
				continue
			}
			all, err := g.Project.Folder.Files(file)
			known = known && err == nil
			for _, each := range all {
				out[each.Path] = each.SHA256
			}
		}
		return out
	}
	return expand(from, to), expand(to, from), known
}

// sharedCode names the code that evaluate shares with training and that differs:
// it makes features there, too.
func (g Gate) sharedCode(theirs, mine recorded) []string {
	changed, _ := g.inputChanges(theirs, theirs.evaluate.Inputs, mine.evaluate.Inputs)
	shared := func(r recorded, name string) bool {
		return slices.ContainsFunc(r.training, func(stage result.Stage) bool {
			return stage.Command != "" && slices.ContainsFunc(stage.Inputs, func(in result.File) bool { return holds(in, name) })
		})
	}
	var names []string
	for _, name := range changed {
		if shared(theirs, name) || shared(mine, name) {
			names = append(names, fmt.Sprintf("%s, which training and %s share", name, mine.evaluate.Name))
		}
	}
	return names
}
