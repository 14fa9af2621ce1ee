package stages

import (
	"fmt"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/config"
)

// Plan is the order in which stages can run.
type Plan struct {
	// Stages are sorted so that each comes after all that it needs, and otherwise as in the file.
	Stages []config.Stage
	// Needs names, by stage, the stages whose outputs it reads or that it waits for.
	Needs map[string][]string
}

// NewPlan orders the stages that targets need, or all if there are no targets.
// A target that is no stage, and a cycle, are mistakes with their place in the file.
func NewPlan(cfg *config.Config, targets []string) (*Plan, error) {
	plan := &Plan{Needs: map[string][]string{}}
	byName := map[string]config.Stage{}
	var names []string
	for _, stage := range cfg.Stages {
		byName[stage.Name] = stage
		names = append(names, stage.Name)
		plan.Needs[stage.Name] = needs(cfg, stage)
	}
	targets, err := resolveTargets(targets, names)
	if err != nil {
		return nil, err
	}
	// Depth first; a stage that is met again while it is still open closes a cycle.
	const open, done = 1, 2
	state := map[string]int{}
	var visit func(name string, trail []string) error
	visit = func(name string, trail []string) error {
		switch state[name] {
		case done:
			return nil
		case open:
			cycle := append(trail[slices.Index(trail, name):], name)
			return cfg.ProblemAt("/stages/"+name, "stages wait for one another: "+strings.Join(cycle, " → "),
				"take out one of the inputs or needs that close the circle")
		}
		state[name] = open
		for _, need := range plan.Needs[name] {
			if err := visit(need, append(trail, name)); err != nil {
				return err
			}
		}
		state[name] = done
		plan.Stages = append(plan.Stages, byName[name])
		return nil
	}
	for _, name := range names {
		if slices.Contains(targets, name) {
			if err := visit(name, nil); err != nil {
				return nil, err
			}
		}
	}
	return plan, nil
}

// resolveTargets finds the stages that are meant: a name, or that of a stage
// with a matrix for all that it made. No target means all stages.
func resolveTargets(targets, names []string) ([]string, error) {
	if len(targets) == 0 {
		return names, nil
	}
	var out []string
	for _, target := range targets {
		before := len(out)
		for _, name := range names {
			if base, _, _ := strings.Cut(name, "@"); name == target || base == target {
				out = append(out, name)
			}
		}
		if len(out) == before {
			return nil, &UnknownStageError{Name: target, Known: names}
		}
	}
	return out, nil
}

// needs lists the stages that must have succeeded before this one: those that
// make its inputs, build its image, or are named, in the order of the file.
func needs(cfg *config.Config, stage config.Stage) []string {
	var out []string
	for _, other := range cfg.Stages {
		if other.Name == stage.Name && !slices.Contains(stage.Needs, stage.Name) {
			continue
		}
		if slices.Contains(stage.Needs, other.Name) || usesImage(stage, other.Name) || feeds(other, stage) || makesLabels(cfg, other, stage) {
			out = append(out, other.Name)
		}
	}
	return out
}

// makesLabels reports whether the stage makes the labels that the gate joins to
// what evaluate answers: they must be there when it is measured with them.
func makesLabels(cfg *config.Config, maker, stage config.Stage) bool {
	if cfg.Gate == nil || cfg.Gate.Labels == nil || cfg.Model == nil || stage.Name != cfg.Model.Evaluate || maker.Name == stage.Name {
		return false
	}
	return feeds(maker, config.Stage{Inputs: []string{cfg.Gate.Labels.Path}})
}

// usesImage reports whether the stage or one of its services runs in the image that the other makes.
func usesImage(stage config.Stage, maker string) bool {
	ref := "stage:" + maker
	return stage.Image == ref || slices.ContainsFunc(stage.Services, func(s config.Service) bool { return s.Image == ref })
}

// missingInputs finds the inputs that are not there and that no stage makes, so
// that a run does not train for an hour to find a file missing in evaluate.
func (p *Plan) missingInputs(cfg *config.Config, dir string) error {
	var problems []config.Problem
	for _, stage := range p.Stages {
		for _, input := range sources(stage) {
			made := slices.ContainsFunc(cfg.Stages, func(other config.Stage) bool {
				return feeds(other, config.Stage{Inputs: []string{input}})
			})
			if made || exists(dir, input) {
				continue
			}
			problem := cfg.ProblemAtItem("/stages/"+stage.Name+"/inputs", input,
				fmt.Sprintf("input %s is not there, and no stage makes it", input), "add the file, or name it among the outputs of the stage that makes it")
			problems = append(problems, problem.Problems...)
		}
	}
	if len(problems) == 0 {
		return nil
	}
	return &config.Error{Problems: problems}
}

// UnknownStageError says that a stage was asked for that is not in the file.
type UnknownStageError struct {
	Name  string
	Known []string
}

func (e *UnknownStageError) Error() string {
	return fmt.Sprintf("there is no stage %q; the stages are %s", e.Name, strings.Join(e.Known, ", "))
}
