package tracking

import (
	"fmt"
	"maps"
	"slices"

	"github.com/muster-ci/muster/internal/result"
)

// causesOf lists what changed, the nearest at hand first: what the metrics
// depend on, and what they do not.
func causesOf(d result.Diff, a, b result.Run) (causes, aside []string) {
	ways := onTheWay(a, b)
	note := func(stages []string, text string) {
		if slices.ContainsFunc(stages, func(name string) bool { return ways[name] }) {
			causes = append(causes, text)
		} else {
			aside = append(aside, text)
		}
	}
	for _, param := range d.Params {
		note(readers(param.Name, a, b), param.Name+" "+before(param.A)+" → "+before(param.B))
	}
	for _, file := range append(slices.Clip(d.Code), d.Data...) {
		note(file.Stages, file.Path)
	}
	for _, command := range d.Commands {
		note(command.Stages, "the command of "+listed(command.Stages))
	}
	for _, env := range d.Env {
		note(env.Stages, env.Name+" "+before(env.A)+" → "+before(env.B))
	}
	for _, image := range d.Images {
		note(image.Stages, "the image of "+listed(image.Stages))
	}
	for _, stage := range d.Stages {
		switch {
		case stage.A == nil:
			note(stage.Stages, "the new stage "+listed(stage.Stages))
		case stage.B == nil:
			note(stage.Stages, "the stage "+listed(stage.Stages)+", which is gone")
		}
	}
	return causes, aside
}

// readers lists the stages that read a parameter in either run.
func readers(param string, runs ...result.Run) []string {
	var out []string
	for _, run := range runs {
		for _, stage := range run.Stages {
			if _, ok := stage.Params[param]; ok {
				out = append(out, stage.Name)
			}
		}
	}
	return out
}

// onTheWay names the stages that the metrics come from, and all that those
// need. Where no stage has metrics, that is all of them.
func onTheWay(runs ...result.Run) map[string]bool {
	ways := map[string]bool{}
	for _, run := range runs {
		maps.Copy(ways, upstream(run))
	}
	if len(ways) > 0 {
		return ways
	}
	for _, run := range runs {
		for _, stage := range run.Stages {
			ways[stage.Name] = true
		}
	}
	return ways
}

func upstream(run result.Run) map[string]bool {
	needs, ways := map[string][]string{}, map[string]bool{}
	var open []string
	for _, stage := range run.Stages {
		needs[stage.Name] = stage.Needs
		if len(stage.Metrics) > 0 || (run.Evaluation != nil && run.Evaluation.Stage == stage.Name) {
			open = append(open, stage.Name)
		}
	}
	for len(open) > 0 {
		name := open[0]
		open = open[1:]
		if !ways[name] {
			ways[name] = true
			open = append(open, needs[name]...)
		}
	}
	return ways
}

// counted says how tests ended, in a few words.
func counted(tests *result.Tests) string {
	if tests == nil {
		return ""
	}
	text := fmt.Sprintf("%d passed", tests.Passed)
	if tests.Skipped > 0 {
		text += fmt.Sprintf(", %d skipped", tests.Skipped)
	}
	if tests.Failed > 0 {
		text += fmt.Sprintf(", %d failed", tests.Failed)
	}
	if len(tests.Failures) > 0 {
		text += ": " + tests.Failures[0].Name
	}
	return text
}
