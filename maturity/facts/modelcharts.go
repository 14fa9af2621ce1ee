package facts

import (
	"path"
	"regexp"
	"strings"

	"github.com/muster-ci/muster/maturity/source"
)

var (
	chartKind  = regexp.MustCompile(`(?m)^kind:\s*(InferenceService|SeldonDeployment|RayService|LLMInferenceService)\s*$`)
	chartModel = regexp.MustCompile(`(?m)^\s*(storageUri|modelUri|storage_uri):\s*\S`)
)

// modelCharts makes facts of objects of model servers in the templates of Helm
// charts, which are no YAML, with what installs the chart.
func (b *builder) modelCharts() {
	for _, file := range b.in.Tree.Files {
		chart, _, inChart := strings.Cut(file, "/templates/")
		definition := path.Join(chart, "Chart.yaml")
		if !inChart || !b.mine(file) || !b.in.Tree.Has(definition) || b.in.Tree.Class(definition) != source.Source {
			continue
		}
		text := string(b.in.Tree.Text[file])
		at := chartKind.FindStringSubmatchIndex(text)
		if at == nil || !strings.Contains(text, "{{") {
			continue
		}
		b.add(Fact{
			Category: "serving.manifest", Tool: "Model servers on Kubernetes", Subject: text[at[2]:at[3]] + " of the chart " + path.Base(chart), Path: file,
			Line: 1 + strings.Count(text[:at[0]], "\n"), Context: string(source.Source),
			Entries: b.installers(chart), Detail: map[string]any{"model": chartModel.MatchString(text)},
		})
	}
}

// installers are the entries whose commands install a chart, or that run modules
// which name it and start such commands.
func (b *builder) installers(chart string) []Link {
	links := near(b.applying("workloads", appliesWorkloads), chart)
	for _, f := range b.calls("deploy.app") {
		for _, text := range b.in.Tree.Python[f.Path].Module().Texts {
			if path.Clean(text) == chart {
				links = append(links, f.Entries...)
				break
			}
		}
	}
	return links[:min(len(links), maxLinks)]
}
