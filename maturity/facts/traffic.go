package facts

import (
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/muster-ci/muster/maturity/reach"
	"github.com/muster-ci/muster/maturity/source"
	"github.com/muster-ci/muster/maturity/yamldoc"
)

// traffic makes facts of configuration that gives a new version a part of the
// requests first.
func (b *builder) traffic() {
	b.shifts()
	b.dice()
	synced := b.synced()
	for _, file := range b.in.Tree.Files {
		if !b.mine(file) || !b.isOwn(file) || b.in.Tree.Text[file] == nil {
			continue
		}
		for _, s := range b.splits(file) {
			b.add(Fact{
				Category: "traffic", Tool: s.tool, Subject: s.what, Path: file, Line: s.line, Context: string(source.Source),
				Entries: b.delivers(file), Detail: map[string]any{"synced": covers(synced, file)},
			})
		}
	}
}

var shareOfTraffic = regexp.MustCompile(`=[1-9]\d?(,|$)`)

// shifts makes facts of commands that give a revision a part of the traffic.
func (b *builder) shifts() {
	for _, h := range b.reach.Hits {
		if len(h.Args) < 4 || h.Args[0] != "gcloud" || !slices.Contains(h.Args, "update-traffic") {
			continue
		}
		text := strings.Join(h.Args, " ")
		if slices.ContainsFunc(h.Args, func(a string) bool { return strings.HasPrefix(a, "--to-") && shareOfTraffic.MatchString(a) }) {
			b.add(Fact{
				Category: "traffic", Tool: "Cloud Run", Subject: shorten(text), Path: h.Path, Line: h.Line, Context: "command",
				Entries: []Link{linkOf(h)},
			})
		}
	}
}

// newcomer is what code calls the share of requests that a new version gets.
var newcomer = regexp.MustCompile(`(?i)canary|challenger|shadow|rollout|traffic|ab_?test|experiment_?(share|ratio|percent|pct|weight)|treatment|new_model`)

// dice makes facts of functions that hold a number against the share of a new
// version; that they throw dice, another fact tells.
func (b *builder) dice() {
	for _, m := range b.ownModules() {
		for _, c := range m.mod.Compares {
			if c.Func >= 0 && (newcomer.MatchString(c.Left) || newcomer.MatchString(c.Right)) {
				b.note(m, "cue.split", c.Left+" and "+c.Right, c.Line, function(m.mod, c.Func))
			}
		}
	}
}

// split is a place that divides requests among versions.
type split struct {
	tool, what string
	line       int
}

// delivers are the entries that apply a manifest, a chart or a template.
func (b *builder) delivers(file string) []Link {
	var out []Link
	for _, tool := range []string{"Kubernetes", "Helm", "CloudFormation", "Terraform", "Azure ML", "Databricks bundle"} {
		for _, h := range b.applying("apply "+tool, func(h reach.Hit) bool { return b.applies(tool, h) }) {
			if worksIn(h, path.Dir(file)) || worksIn(h, path.Dir(path.Dir(file))) {
				out = append(out, linkOf(h))
			}
		}
	}
	for _, h := range b.reach.Hits { // any other command that is given the file
		if given(h, file) {
			out = append(out, linkOf(h))
		}
	}
	return out[:min(len(out), maxLinks)]
}

func (b *builder) splits(file string) []split {
	text := string(b.in.Tree.Text[file])
	switch {
	case path.Ext(file) == ".tf":
		return b.terraformSplits(file)
	case !isYAML(file):
		return nil
	case strings.Contains(text, "{{"):
		return templateSplits(text)
	}
	var out []split
	for _, doc := range b.in.Tree.Documents(file) {
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
func templateSplits(text string) []split {
	kind := splittingKind.FindStringSubmatchIndex(text)
	if kind == nil {
		return templateCanary(text)
	}
	name, line := text[kind[2]:kind[3]], strings.Count(text[:kind[0]], "\n")+1
	weights := weightLine.FindAllStringSubmatch(text, -1)
	switch {
	case name == "Canary", name == "Rollout" && canaryStrategy.MatchString(text), len(weights) > 1:
		return []split{{"", "a template of " + name, line}}
	}
	return nil
}

var canaryShare = regexp.MustCompile(`(?m)^kind:\s*InferenceService\s*$[\s\S]*^\s+canaryTrafficPercent:`)

// templateCanary finds the share of a canary in a template for KServe.
func templateCanary(text string) []split {
	at := canaryShare.FindStringIndex(text)
	if at == nil {
		return nil
	}
	return []split{{"KServe", "canaryTrafficPercent", strings.Count(text[:at[1]], "\n") + 1}}
}

// terraformSplits finds endpoints that have two variants or revisions with a share each.
func (b *builder) terraformSplits(file string) []split {
	var out []split
	for _, resource := range b.terraform(file) {
		for _, name := range []string{"production_variants", "traffic", "traffic_split"} {
			if parts := partsOf(resource, name); len(parts) > 1 {
				out = append(out, split{"Terraform", "several variants with their traffic", parts[0].Line})
			}
		}
	}
	return out
}

// objectSplits asks one document of YAML.
func objectSplits(doc yamldoc.Value) []split {
	kind, spec := doc.Get("kind").Text(), doc.Get("spec")
	group, _, _ := strings.Cut(doc.Get("apiVersion").Text(), "/")
	one := func(tool, what string, v yamldoc.Value) []split { return []split{{tool, what, v.Line()}} }
	switch {
	case group == "argoproj.io" && kind == "Rollout":
		for _, s := range []string{"canary", "blueGreen"} {
			if v := spec.Get("strategy", s); v.Exists() {
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
func weighted(kind string, spec yamldoc.Value) []split {
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
	return []split{{"", kind + " with weights", line}}
}

// shares finds a list of at least two with a share each.
func shares(list yamldoc.Value, key, tool string) []split {
	n := 0
	for _, item := range list.Items() {
		if item.Get(key).Exists() || item.Get("shadow").Text() == "true" {
			n++
		}
	}
	if n < 2 {
		return nil
	}
	return []split{{tool, "traffic among versions", list.Line()}}
}

func canaryPercent(spec yamldoc.Value) []split {
	for _, v := range []yamldoc.Value{spec.Get("predictor", "canaryTrafficPercent"), spec.Get("canaryTrafficPercent")} {
		if v.Exists() {
			return []split{{"KServe", "canaryTrafficPercent", v.Line()}}
		}
	}
	return nil
}

// platformSplits asks the configuration of platforms: endpoints of Azure ML and
// Databricks, services of Anyscale, deployments of AWS.
func platformSplits(doc yamldoc.Value) []split {
	const deep = 10
	if t := doc.Get("traffic"); len(t.Entries()) > 1 && !doc.Get("kind").Exists() {
		return []split{{"Azure ML", "traffic among deployments", t.Line()}}
	}
	if t := doc.Get("mirror_traffic"); len(t.Entries()) > 0 {
		return []split{{"Azure ML", "mirrored traffic", t.Line()}}
	}
	if v := doc.Get("rollout_strategy"); v.Text() == "ROLLOUT" && (doc.Get("ray_serve_config").Exists() || doc.Get("applications").Exists()) {
		return []split{{"Anyscale", "rollout_strategy ROLLOUT", v.Line()}} // docs.anyscale.com: traffic is shifted in steps
	}
	var out []split
	percents := 0
	doc.Scalars(deep, func(key string, v yamldoc.Value) {
		switch {
		case strings.HasSuffix(key, "DeploymentPreference.Type") && (strings.HasPrefix(v.Text(), "Canary") || strings.HasPrefix(v.Text(), "Linear")),
			strings.HasSuffix(key, "TrafficRoutingConfiguration.Type") && (v.Text() == "CANARY" || v.Text() == "LINEAR"):
			out = append(out, split{"AWS", v.Text(), v.Line()})
		case strings.HasSuffix(key, "routes.traffic_percentage"), strings.HasSuffix(key, "ProductionVariants.InitialVariantWeight"):
			if percents++; percents == 2 {
				out = append(out, split{"", "traffic among served models", v.Line()})
			}
		}
	})
	return out
}
