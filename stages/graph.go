package stages

import (
	"path"
	"slices"

	"github.com/muster-ci/muster/internal/config"
	"github.com/muster-ci/muster/internal/result"
)

// Graph is the plan as a value that can be shown.
func (p *Plan) Graph(pipeline string) result.Graph {
	graph := result.Graph{Schema: result.SchemaOf[result.Graph](), Pipeline: pipeline, Stages: []result.GraphStage{}}
	byName := map[string]config.Stage{}
	level := map[string]int{}
	for _, stage := range p.Stages { // in an order in which what a stage needs comes first
		byName[stage.Name] = stage
		level[stage.Name] = 1
		shown := newGraphStage(stage)
		for _, need := range p.Needs[stage.Name] {
			level[stage.Name] = max(level[stage.Name], level[need]+1)
			shown.Needs = append(shown.Needs, newGraphNeed(byName[need], stage))
		}
		shown.Level = level[stage.Name]
		graph.Stages = append(graph.Stages, shown)
	}
	return graph
}

func newGraphStage(stage config.Stage) result.GraphStage {
	shown := result.GraphStage{
		Name: stage.Name, Kind: result.KindRun, Command: stage.Run.String(), Image: stage.Image, When: stage.When,
		Reads: slices.Clone(sources(stage)), Writes: stage.AllOutputs(),
	}
	for _, ref := range stage.Refs {
		shown.Reads = append(shown.Reads, ref.Ref+" ("+ref.Version+")")
	}
	switch {
	case stage.Build != nil:
		shown.Kind, shown.Command = result.KindBuild, path.Join(stage.Build.Context, stage.Build.Dockerfile)
		shown.Reads = append(shown.Reads, stage.Build.Context)
	case stage.Fetch != nil:
		shown.Kind, shown.Command = result.KindFetch, stage.Fetch.URL
	case stage.Notebook != nil:
		shown.Kind, shown.Command = result.KindNotebook, stage.Notebook.Path
	}
	return shown
}

// newGraphNeed says why one stage waits for another.
func newGraphNeed(from, to config.Stage) result.GraphNeed {
	need := result.GraphNeed{Stage: from.Name, Image: usesImage(to, from.Name)}
	for _, input := range sources(to) {
		if feeds(from, config.Stage{Inputs: []string{input}}) {
			need.Files = append(need.Files, input)
		}
	}
	return need
}
