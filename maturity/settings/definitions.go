package settings

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/muster-ci/muster/maturity/yamldoc"
)

var bicepResource = regexp.MustCompile(`(?m)^(resource|module)\s+\w+\s+'`)

// Definitions tells what infrastructure a file describes, by its name and what
// stands in it.
func Definitions(f File) []Setting {
	text, base := string(f.Text), path.Base(f.Name)
	switch {
	case path.Ext(base) == ".tf":
		for _, block := range f.Blocks {
			if block.Type == "resource" || block.Type == "module" {
				return []Setting{{Tool: "Terraform", Line: block.Line}}
			}
		}
	case path.Ext(base) == ".bicep":
		return found("Bicep", text, bicepResource)
	case base == "Chart.yaml":
		return []Setting{{Tool: "Helm", Line: 1}}
	case base == "cdk.json":
		return []Setting{{Tool: "AWS CDK", Line: 1}}
	case base == "Pulumi.yaml":
		return []Setting{{Tool: "Pulumi", Line: 1}}
	case path.Ext(base) == ".json" && strings.Contains(text, "deploymentTemplate.json#"):
		return []Setting{{Tool: "Azure Resource Manager", Line: 1}}
	case yamldoc.IsYAML(base):
		return yamlDefinitions(base, f.Documents)
	}
	return nil
}

func found(tool, text string, re *regexp.Regexp) []Setting {
	at := re.FindStringIndex(text)
	if at == nil {
		return nil
	}
	return []Setting{{Tool: tool, Line: strings.Count(text[:at[0]], "\n") + 1}}
}

// workloads are the objects of Kubernetes that run something for the project.
var workloads = []string{
	"Deployment", "StatefulSet", "Service", "CronJob", "InferenceService", "SeldonDeployment", "RayService", "Rollout", "Ingress",
	"HelmRelease", "LLMInferenceService", "CronWorkflow", "Composition",
}

func yamlDefinitions(base string, docs []yamldoc.Value) []Setting {
	var out []Setting
	for _, doc := range docs {
		kind := doc.Get("kind")
		switch {
		case strings.HasPrefix(base, "kustomization."):
			out = append(out, Setting{Tool: "Kustomize", Line: 1})
		case slices.Contains(workloads, kind.Text()) && doc.Get("apiVersion").Exists():
			out = append(out, Setting{Tool: "Kubernetes", Line: kind.Line()})
		case doc.Get("AWSTemplateFormatVersion").Exists() || strings.HasPrefix(doc.Get("Transform").Text(), "AWS::"):
			out = append(out, Setting{Tool: "CloudFormation", Line: 1})
		case (base == "databricks.yml" || base == "databricks.yaml") && doc.Get("bundle").Exists():
			out = append(out, Setting{Tool: "Databricks bundle", Line: 1})
		case strings.HasPrefix(base, "serverless.") && doc.Get("provider").Exists():
			out = append(out, Setting{Tool: "Serverless Framework", Line: 1})
		case doc.Get("resources", "accelerators").Exists() && doc.Get("run").Exists():
			out = append(out, Setting{Tool: "SkyPilot", Line: 1})
		}
	}
	return out
}
