package settings

import (
	"path"
	"regexp"
	"strconv"
	"strings"

	"github.com/muster-ci/muster/maturity/terraform"
	"github.com/muster-ci/muster/maturity/yamldoc"
)

// Splits are the places of a file that divide requests among versions.
func Splits(f File) []Setting {
	text := string(f.Text)
	switch {
	case path.Ext(f.Name) == ".tf":
		return terraformSplits(f.Blocks)
	case !yamldoc.IsYAML(f.Name):
		return nil
	case strings.Contains(text, "{{"):
		return templateSplits(text)
	}
	var out []Setting
	for _, doc := range f.Documents {
		out = append(out, objectSplits(doc)...)
	}
	return out
}

var (
	weightLine     = regexp.MustCompile(`(?m)^\s*-?\s*weight:\s*(\S.*)$`)
	splittingKind  = regexp.MustCompile(`(?m)^kind:\s*(VirtualService|HTTPRoute|Canary|TrafficSplit|Rollout)\s*$`)
	canaryStrategy = regexp.MustCompile(`(?m)^\s+(canary|blueGreen):`)
)

// templateSplits reads a template of a chart: it is no YAML, but its lines say enough.
func templateSplits(text string) []Setting {
	kind := splittingKind.FindStringSubmatchIndex(text)
	if kind == nil {
		return templateCanary(text)
	}
	name, line := text[kind[2]:kind[3]], strings.Count(text[:kind[0]], "\n")+1
	weights := weightLine.FindAllStringSubmatch(text, -1)
	switch {
	case name == "Canary", name == "Rollout" && canaryStrategy.MatchString(text), len(weights) > 1:
		return []Setting{newSetting("", "a template of "+name, line)}
	}
	return nil
}

var canaryShare = regexp.MustCompile(`(?m)^kind:\s*InferenceService\s*$[\s\S]*^\s+canaryTrafficPercent:`)

// templateCanary finds the share of a canary in a template for KServe.
func templateCanary(text string) []Setting {
	at := canaryShare.FindStringIndex(text)
	if at == nil {
		return nil
	}
	return []Setting{newSetting("KServe", "canaryTrafficPercent", strings.Count(text[:at[1]], "\n")+1)}
}

// terraformSplits finds endpoints that have two variants or revisions with a share each.
func terraformSplits(blocks []terraform.Block) []Setting {
	var out []Setting
	for _, resource := range blocks {
		for _, name := range []string{"production_variants", "traffic", "traffic_split"} {
			if parts := resource.Parts(name); len(parts) > 1 {
				out = append(out, newSetting("Terraform", "several variants with their traffic", parts[0].Line))
			}
		}
	}
	return out
}

// objectSplits asks one document of YAML.
func objectSplits(doc yamldoc.Value) []Setting {
	kind, spec := doc.Get("kind").Text(), doc.Get("spec")
	group, _, _ := strings.Cut(doc.Get("apiVersion").Text(), "/")
	one := func(tool, what string, v yamldoc.Value) []Setting { return []Setting{newSetting(tool, what, v.Line())} }
	switch {
	case group == "argoproj.io" && kind == "Rollout":
		for _, s := range []string{"canary", "blueGreen"} {
			if v := spec.Get("strategy", s); v.Exists() && !allAtOnce(v.Get("steps")) {
				return one("Argo Rollouts", "strategy "+s, v)
			}
		}
	case group == "flagger.app" && kind == "Canary":
		return one("Flagger", "Canary", doc.Get("kind"))
	case kind == "Experiment" && (group == "argoproj.io" || group == "mlops.seldon.io"):
		return one("", "Experiment", doc.Get("kind"))
	case kind == "VirtualService", kind == "HTTPRoute", kind == "TrafficSplit":
		return weighted(kind, spec)
	case kind == "Service" && group == "serving.knative.dev":
		return shares(spec.Get("traffic"), "percent", "Knative")
	case kind == "InferenceService" || kind == "LLMInferenceService":
		return canaryPercent(spec)
	case kind == "SeldonDeployment":
		return shares(spec.Get("predictors"), "traffic", "Seldon")
	case kind == "Ingress" && doc.Get("metadata", "annotations", "nginx.ingress.kubernetes.io/canary").Text() == "true":
		return one("NGINX", "canary", doc.Get("kind"))
	}
	return platformSplits(doc)
}

// weighted finds routes with two destinations that both may get requests.
func weighted(kind string, spec yamldoc.Value) []Setting {
	const deep = 12
	n, line := 0, 0
	spec.Scalars(deep, func(key string, v yamldoc.Value) {
		if key == "weight" || strings.HasSuffix(key, ".weight") || strings.HasSuffix(key, ".mirrorPercentage.value") {
			if w, err := strconv.ParseFloat(v.Text(), 64); err == nil && w > 0 && w < 100 {
				n++
				line = v.Line()
			}
		}
	})
	if n == 0 {
		return nil
	}
	return []Setting{newSetting("", kind+" with weights", line)}
}

// shares finds a list of at least two with a share each.
func shares(list yamldoc.Value, key, tool string) []Setting {
	n := 0
	for _, item := range list.Items() {
		if share := item.Get(key); share.Exists() && share.Text() != "0" && share.Text() != "100" || item.Get("shadow").Text() == "true" {
			n++
		}
	}
	if n == 0 || len(list.Items()) < 2 {
		return nil
	}
	return []Setting{newSetting(tool, "traffic among versions", list.Line())}
}

func canaryPercent(spec yamldoc.Value) []Setting {
	for _, v := range []yamldoc.Value{spec.Get("predictor", "canaryTrafficPercent"), spec.Get("canaryTrafficPercent")} {
		if v.Exists() && v.Text() != "100" && v.Text() != "0" {
			return []Setting{newSetting("KServe", "canaryTrafficPercent", v.Line())}
		}
	}
	return nil
}

// platformSplits asks the configuration of platforms: endpoints of Azure ML and
// Databricks, services of Anyscale, deployments of AWS.
func platformSplits(doc yamldoc.Value) []Setting {
	const deep = 10
	if t := doc.Get("traffic"); len(t.Entries()) > 1 && !doc.Get("kind").Exists() {
		return []Setting{newSetting("Azure ML", "traffic among deployments", t.Line())}
	}
	if t := doc.Get("mirror_traffic"); len(t.Entries()) > 0 {
		return []Setting{newSetting("Azure ML", "mirrored traffic", t.Line())}
	}
	if v := doc.Get("rollout_strategy"); v.Text() == "ROLLOUT" && (doc.Get("ray_serve_config").Exists() || doc.Get("applications").Exists()) {
		return []Setting{newSetting("Anyscale", "rollout_strategy ROLLOUT", v.Line())} // docs.anyscale.com: traffic is shifted in steps
	}
	var out []Setting
	percents := 0
	doc.Scalars(deep, func(key string, v yamldoc.Value) {
		switch {
		case strings.HasSuffix(key, "DeploymentPreference.Type") && (strings.HasPrefix(v.Text(), "Canary") || strings.HasPrefix(v.Text(), "Linear")),
			strings.HasSuffix(key, "TrafficRoutingConfiguration.Type") && (v.Text() == "CANARY" || v.Text() == "LINEAR"):
			out = append(out, newSetting("AWS", v.Text(), v.Line()))
		case strings.HasSuffix(key, "routes.traffic_percentage"), strings.HasSuffix(key, "ProductionVariants.InitialVariantWeight"):
			if percents++; percents == 2 {
				out = append(out, newSetting("", "traffic among served models", v.Line()))
			}
		}
	})
	return out
}

// allAtOnce reports whether the steps of a canary give it all requests in the first.
func allAtOnce(steps yamldoc.Value) bool {
	first := steps.Items()
	return len(first) > 0 && first[0].Get("setWeight").Text() == "100"
}
