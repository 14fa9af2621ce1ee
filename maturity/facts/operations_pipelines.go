package facts

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/muster-ci/muster/maturity/reach"
	"github.com/muster-ci/muster/maturity/source"
)

// definedSteps are the types of steps in the definition of a pipeline of SageMaker
// (https://aws-sagemaker-mlops.github.io/sagemaker-model-building-pipeline-definition-JSON-schema/).
var definedSteps = []string{"Processing", "Training", "Tuning", "Transform", "Model", "RegisterModel", "Condition", "Lambda", "ClarifyCheck", "QualityCheck"}

// definedPipelines makes facts of a pipeline of SageMaker that Terraform defines: the
// pipeline, its steps, and the one that registers the model.
func (b *builder) definedPipelines(r placed) {
	if !r.Is("aws_sagemaker_pipeline") {
		return
	}
	for _, a := range r.attrs("pipeline_definition") {
		steps := slices.DeleteFunc(slices.Clone(a.Texts), func(text string) bool { return !slices.Contains(definedSteps, text) })
		b.definedPipeline(r.Name(), r.file, r.Line, steps, b.delivers(r.file))
	}
}

// definedPipeline makes the facts of a pipeline of SageMaker that trains, by the types
// of its steps.
func (b *builder) definedPipeline(name, file string, line int, steps []string, links []Link) {
	if !slices.Contains(steps, "Training") && !slices.Contains(steps, "Tuning") {
		return
	}
	add := func(category, subject string) {
		b.add(Fact{
			Category: category, Tool: "Amazon SageMaker", Subject: subject, Path: file, Line: line, Context: string(source.Source),
			Entries: links, Detail: map[string]any{"trains": true},
		})
	}
	add("pipeline.flow", name)
	for _, step := range steps {
		add("pipeline.remote", "a step "+step+" of "+name)
		if step == "RegisterModel" {
			add("registry.register", "a step "+step+" of "+name)
		}
	}
}

var (
	// definitionVersion and definedStep are what the definition of a pipeline has, which
	// may be filled in before it is JSON.
	definitionVersion = regexp.MustCompile(`"Version"\s*:\s*"2020-12-01"`)
	definedStep       = regexp.MustCompile(`"Type"\s*:\s*"(\w+)"\s*,\s*"(?:Arguments|DependsOn)"`)
)

// writtenPipeline makes the facts of a definition that lies in a file of its own: a
// program of the CDK or a command puts it in place.
func (b *builder) writtenPipeline(file string) {
	text := string(b.in.Tree.Text[file])
	if !strings.Contains(text, `"Steps"`) || !definitionVersion.MatchString(text) {
		return
	}
	var steps []string
	for _, m := range definedStep.FindAllStringSubmatch(text, -1) {
		if slices.Contains(definedSteps, m[1]) {
			steps = append(steps, m[1])
		}
	}
	links := b.delivers(file)
	for _, h := range b.applying("apply AWS CDK", func(h reach.Hit) bool { return b.applies("AWS CDK", h) }) {
		if len(links) < maxLinks {
			links = append(links, linkOf(h))
		}
	}
	b.definedPipeline(path.Base(file), file, 1, steps, links)
}
