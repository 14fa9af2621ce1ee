package facts

import (
	"slices"

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
		if !slices.Contains(steps, "Training") && !slices.Contains(steps, "Tuning") {
			continue
		}
		add := func(category, subject string) {
			b.add(Fact{
				Category: category, Tool: "Amazon SageMaker", Subject: subject, Path: r.file, Line: r.Line, Context: string(source.Source),
				Entries: b.delivers(r.file), Detail: map[string]any{"trains": true},
			})
		}
		add("pipeline.flow", r.Name())
		for _, step := range steps {
			add("pipeline.remote", "a step "+step+" of "+r.Name())
			if step == "RegisterModel" {
				add("registry.register", "a step "+step+" of "+r.Name())
			}
		}
	}
}
