package flow

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/internal/tracking"
)

const (
	// maxParams is more than a file of parameters has bytes.
	maxParams = 1 << 20
	// maxParamNodes bounds how much it may grow by its aliases.
	maxParamNodes = 100_000
)

// findChanges says what differs between the run that made the champion and the
// candidate's. Without a champion, or without its record, nothing is said.
func (g Gate) findChanges(t *trial) {
	if t.champion == nil || t.champion.Run == nil {
		return
	}
	diff := tracking.Diff(*t.champion.Run, t.run, tracking.NewDirections(t.ruler.config.Gate), g.Project.Folder.Files)
	t.facts.changes = append(g.paramChanges(diff), otherChanges(diff, *t.champion.Run, t.run)...)
	t.facts.evaluationChanged = evaluationChanges(diff, *t.champion.Run, t.run)
}

// paramChanges names each parameter with the line on which it stands, if that is known.
func (g Gate) paramChanges(diff result.Diff) []result.Difference {
	var changes []result.Difference
	if len(diff.Params) == 0 {
		return nil
	}
	lines := g.paramLines()
	for _, c := range diff.Params {
		change := result.Difference{Kind: "param", Name: c.Name, From: c.A, To: c.B}
		// What the run read may have been edited since: then nobody knows the line.
		if paramLine, ok := lines[c.Name]; ok && c.B != nil && paramLine.text == *c.B {
			change.Path, change.Line = g.Project.Config.Params, paramLine.line
		}
		changes = append(changes, change)
	}
	return changes
}

func otherChanges(diff result.Diff, before, after result.Run) []result.Difference {
	var changes []result.Difference
	file := func(kind string, list []result.FileChange) {
		for _, c := range list {
			changes = append(changes, result.Difference{Kind: kind, Path: c.Path, From: orNil(c.A), To: orNil(c.B)})
		}
	}
	stage := func(kind string, list []result.StageChange) {
		for _, c := range list {
			name := strings.Join(c.Stages, ", ")
			if kind == "env" {
				name = c.Name
			}
			changes = append(changes, result.Difference{Kind: kind, Name: name, From: c.A, To: c.B})
		}
	}
	file("code", diff.Code)
	file("data", diff.Data)
	stage("command", diff.Commands)
	stage("image", diff.Images)
	stage("env", diff.Env)
	for _, c := range diff.Stages { // those that only one of the runs has
		for _, name := range c.Stages {
			if c.A == nil || c.B == nil {
				changes = append(changes, result.Difference{Kind: "command", Name: name, From: commandOf(before, name), To: commandOf(after, name)})
			}
		}
	}
	return changes
}

// commandOf is what a stage ran, nil if the run has no such stage.
func commandOf(run result.Run, name string) *string {
	stage := stageOf(run.Stages, name)
	if stage == nil {
		return nil
	}
	return &stage.Command
}

func orNil(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// evaluationChanges names what of the stage that evaluates is not what it was: the
// files that it reads and no stage makes, and the parts of the stage itself.
func evaluationChanges(diff result.Diff, before, after result.Run) []string {
	if before.Evaluation == nil || after.Evaluation == nil {
		return nil
	}
	name := after.Evaluation.Stage
	if before.Evaluation.Stage != name {
		return []string{fmt.Sprintf("stage %s in the place of %s", name, before.Evaluation.Stage)}
	}
	var changed []string
	for _, file := range append(slices.Clip(diff.Code), diff.Data...) {
		if slices.Contains(file.Stages, name) {
			changed = append(changed, file.Path)
		}
	}
	for what, list := range map[string][]result.StageChange{"command": diff.Commands, "image": diff.Images, "environment": diff.Env} {
		if slices.ContainsFunc(list, func(c result.StageChange) bool { return slices.Contains(c.Stages, name) }) {
			changed = append(changed, fmt.Sprintf("the %s of %s", what, name))
		}
	}
	if stage := stageOf(after.Stages, name); stage != nil {
		for _, c := range diff.Params {
			if _, reads := stage.Params[c.Name]; reads {
				changed = append(changed, c.Name)
			}
		}
	}
	slices.Sort(changed)
	return slices.Compact(changed)
}

func stageOf(stages []result.Stage, name string) *result.Stage {
	if at := slices.IndexFunc(stages, func(s result.Stage) bool { return s.Name == name }); at >= 0 {
		return &stages[at]
	}
	return nil
}

// paramLine is a parameter as a record has it, and the line of its name.
type paramLine struct {
	text string
	line int
}

// paramLines finds the parameters in their file by dotted name. A file that cannot
// be read has none: the lines are for the reader's convenience.
func (g Gate) paramLines() map[string]paramLine {
	file := g.Project.Config.Params
	if file == "" {
		return nil
	}
	data, err := readIn(g.Project.Dir, file, maxParams)
	if err != nil {
		return nil
	}
	var doc yaml.Node
	if yaml.Unmarshal(data, &doc) != nil || len(doc.Content) == 0 {
		return nil
	}
	found, budget := map[string]paramLine{}, maxParamNodes
	collectLeaves(found, "", doc.Content[0], 0, &budget)
	return found
}

// collectLeaves walks through a mapping as records do: what is no mapping is a
// leaf, lists as they are written in one line. What is merged in has no line here.
func collectLeaves(found map[string]paramLine, name string, node *yaml.Node, line int, budget *int) {
	if *budget--; *budget < 0 {
		return
	}
	for node.Kind == yaml.AliasNode {
		node = node.Alias
	}
	if node.Kind == yaml.MappingNode && len(node.Content) > 0 {
		for i := 0; i+1 < len(node.Content); i += 2 {
			key := node.Content[i]
			if key.Tag != "!!merge" {
				collectLeaves(found, strings.TrimPrefix(name+"."+key.Value, "."), node.Content[i+1], key.Line, budget)
			}
		}
		return
	}
	if text, ok := leafText(node); ok && name != "" {
		found[name] = paramLine{text, line}
	}
}

func leafText(node *yaml.Node) (string, bool) {
	if node.Kind == yaml.ScalarNode {
		return node.Value, true
	}
	flow := yaml.Node{Kind: node.Kind, Tag: node.Tag, Style: yaml.FlowStyle, Content: node.Content}
	data, err := yaml.Marshal(&flow)
	return string(bytes.TrimSpace(data)), err == nil
}
