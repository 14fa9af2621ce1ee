package stages

import (
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
		Name: stage.Name, Kind: result.KindRun, Command: stage.Run.String(), Image: stage.Image,
		Reads: stage.Inputs, Writes: stage.AllOutputs(),
	}
	if stage.Build != nil {
		shown.Kind, shown.Reads = result.KindBuild, []string{stage.Build.Context}
	}
	return shown
}

// newGraphNeed says why one stage waits for another.
func newGraphNeed(from, to config.Stage) result.GraphNeed {
	need := result.GraphNeed{Stage: from.Name, Image: to.Image == "stage:"+from.Name}
	for _, input := range to.Inputs {
		if feeds(from, config.Stage{Inputs: []string{input}}) {
			need.Files = append(need.Files, input)
		}
	}
	return need
}
