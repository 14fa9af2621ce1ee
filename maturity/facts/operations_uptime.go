package facts

import (
	"bytes"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/muster-ci/muster/maturity/reach"
	"github.com/muster-ci/muster/maturity/settings"
	"github.com/muster-ci/muster/maturity/source"
	"github.com/muster-ci/muster/maturity/yamldoc"
)

// uptime makes facts of how serving is kept up: probes and replicas of
// workloads, autoscalers, objects that swap versions themselves, and routes
// that say whether the model is there.
func (b *builder) uptime() {
	synced := b.synced()
	scaled := map[string]int{} // workload → least replicas
	b.manifests(func(_ string, doc yamldoc.Value) {
		switch doc.Get("kind").Text() {
		case "HorizontalPodAutoscaler", "ScaledObject":
			least := max(settings.Number(doc.Get("spec", "minReplicas").Text()), settings.Number(doc.Get("spec", "minReplicaCount").Text()))
			scaled[doc.Get("spec", "scaleTargetRef", "name").Text()] = max(least, 1) + 1 // it grows beyond one
		}
	})
	b.manifests(func(file string, doc yamldoc.Value) {
		switch kind := doc.Get("kind").Text(); kind {
		case "Deployment", "StatefulSet", "Rollout":
			b.workload(file, doc, scaled, synced)
		case "InferenceService", "SeldonDeployment", "RayService", "LLMInferenceService":
			b.kept(kind+" "+doc.Get("metadata", "name").Text(), file, doc.Get("kind").Line(), synced, map[string]any{
				"ready": true, "live": true, "replicas": 1, "rolling": true, // their controllers probe and swap
			})
		}
	})
	for _, file := range b.in.Tree.Files {
		if !b.mine(file) || b.in.Tree.Class(file) == source.Vendored {
			continue
		}
		if src := b.in.Tree.Text[file]; strings.EqualFold(path.Base(file), "chart.yaml") {
			b.chart(path.Dir(file), synced)
		} else if b.in.Tree.Class(file) == source.Source && bytes.Contains(src, []byte("autoScaler")) && computeAKS.Match(src) {
			b.fact("uptime.managed", "Azure ML service on AKS", file, 1, map[string]any{"probe": true})
		}
	}
	b.readiness()
	b.reloads()
	b.foreignSwaps()
}

var hangUp = regexp.MustCompile(`^-{0,2}(s|signal)?=?(SIG)?HUP$`)

// reloads makes facts of commands that tell a server to load anew: at SIGHUP,
// Gunicorn, uWSGI and nginx start new workers before the old ones end
// (https://gunicorn.org/signals).
func (b *builder) reloads() {
	for _, h := range b.reach.Hits {
		text := strings.Join(h.Args, " ")
		gentle := slices.Contains(h.Args, "kill") && slices.ContainsFunc(h.Args, hangUp.MatchString) || strings.HasPrefix(text, "nginx -s reload")
		if gentle {
			b.add(Fact{
				Category: "uptime.swap", Tool: "a graceful reload", Subject: shorten(text), Path: h.Path, Line: h.Line, Context: "command",
				Conditional: h.Conditional, Entries: []Link{linkOf(h)},
			})
		}
	}
}

// foreignSwaps marks deployments out of the folder of an application that
// carries no model: the folder has an image or a package of its own, and
// nothing in it uses a model.
func (b *builder) foreignSwaps() {
	for i, f := range b.set.Facts["uptime.swap"] {
		dir := path.Dir(f.Path)
		own := dir != "." && (b.in.Tree.Has(path.Join(dir, "Dockerfile")) || b.in.Tree.Has(path.Join(dir, "package.json")))
		if own && !b.usesModel(dir) {
			b.set.Facts["uptime.swap"][i].Detail = map[string]any{"foreign": true}
		}
	}
}

// usesModel reports whether the project's own code in a folder uses a model.
func (b *builder) usesModel(dir string) bool {
	for _, category := range []string{"infer", "load", "registry.lookup", "serving"} {
		for _, f := range b.set.Facts[category] {
			if f.Context == string(source.Source) && source.Under(f.Path, dir) {
				return true
			}
		}
	}
	return false
}

// computeAKS is a deployment configuration of Azure ML:
// https://learn.microsoft.com/azure/machine-learning/reference-azure-machine-learning-cli
var computeAKS = regexp.MustCompile(`(?im)^\s*"?computeType"?\s*:\s*"?aks`)

// workload makes the fact of one workload of Kubernetes.
func (b *builder) workload(file string, doc yamldoc.Value, scaled map[string]int, synced []string) {
	spec := doc.Get("spec")
	ready, live := false, false
	for _, c := range spec.Get("template", "spec", "containers").Items() {
		ready = ready || c.Get("readinessProbe").Exists()
		live = live || c.Get("livenessProbe").Exists()
	}
	name := doc.Get("metadata", "name").Text()
	unavailable := spec.Get("strategy", "rollingUpdate", "maxUnavailable").Text()
	if spec.Get("strategy", "type").Text() == "Recreate" { // all stop before the first starts
		ready, live = false, false
	}
	b.kept(doc.Get("kind").Text()+" "+name, file, doc.Get("kind").Line(), synced, map[string]any{
		"ready": ready, "live": live, "replicas": max(settings.Number(spec.Get("replicas").Text()), scaled[name]),
		"rolling": unavailable == "0" || unavailable == "0%" || doc.Get("kind").Text() == "Rollout",
	})
}

// kept makes the fact of a workload, with the entries that apply it, and
// whether a controller does.
func (b *builder) kept(subject, file string, line int, synced []string, detail map[string]any) {
	detail["synced"] = covers(synced, file)
	links := near(b.applying("workloads", appliesWorkloads), path.Dir(file))
	b.add(Fact{
		Category: "uptime", Subject: subject, Path: file, Line: line, Context: string(source.Source), Entries: links, Detail: detail,
	})
}

// appliesWorkloads reports whether a command or action brings manifests or a
// chart to a cluster.
func appliesWorkloads(h reach.Hit) bool {
	if h.Uses != "" {
		return strings.HasPrefix(strings.ToLower(h.Uses), "azure/k8s-deploy")
	}
	if len(h.Args) < 2 {
		return false
	}
	switch path.Base(h.Args[0]) {
	case "kubectl", "oc":
		return slices.Contains(h.Args, "apply") || slices.Contains(h.Args, "replace") || slices.Contains(h.Args, "create")
	case "helm":
		return slices.Contains(h.Args, "upgrade") || slices.Contains(h.Args, "install")
	case "kustomize", "skaffold", "helmfile", "kapp", "werf", "tilt":
		return true
	}
	return false
}

var (
	replicaCount = regexp.MustCompile(`(?m)^\s*(replicaCount|replicas|minReplicas):\s*(\d+)`)
	scalingOn    = regexp.MustCompile(`(?m)^\s*(autoscaling|hpa|keda):\s*\n\s+enabled:\s*true`)
)

// chart makes the fact of the workloads of a Helm chart, whose templates are
// no YAML: it looks for their words, and for the values beside them.
func (b *builder) chart(dir string, synced []string) {
	values := string(b.in.Tree.Text[path.Join(dir, "values.yaml")]) + string(b.in.Tree.Text[path.Join(dir, "values.yml")])
	replicas := 0
	for _, m := range replicaCount.FindAllStringSubmatch(values, -1) {
		replicas = max(replicas, settings.Number(m[2]))
	}
	if scalingOn.MatchString(values) {
		replicas = max(replicas, 2)
	}
	for _, file := range b.below(path.Join(dir, "templates")) {
		text := string(b.in.Tree.Text[file])
		if !strings.Contains(text, "kind: Deployment") {
			continue
		}
		n := replicas
		for _, m := range replicaCount.FindAllStringSubmatch(text, -1) {
			n = max(n, settings.Number(m[2]))
		}
		b.kept("Deployment of the chart "+path.Base(dir), path.Join(dir, "Chart.yaml"), 1, synced, map[string]any{
			"ready": strings.Contains(text, "readinessProbe"), "live": strings.Contains(text, "livenessProbe"),
			"replicas": n, "rolling": strings.Contains(text, "maxUnavailable: 0"),
		})
	}
}

var (
	healthRoute = regexp.MustCompile(`(?i)^/?(\w+/)*(ready|readyz|readiness|health|healthz|ping|livez|-/healthy|healthcheck|health_check)/?$`)
	modelState  = regexp.MustCompile(`(?i)model|bundle|ready|loaded|predictor|pipeline|artifact|is_healthy|engine`)
)

// readiness makes facts of routes that answer by whether the model is there
// (uptime.ready), and of those that only say that the process lives
// (uptime.health).
func (b *builder) readiness() {
	for _, m := range b.ownModules() {
		file, mod := m.file, m.mod
		for _, c := range mod.Calls {
			a, ok := c.Positional(0)
			if !c.Decorator || !ok || !a.Literal || !healthRoute.MatchString(a.Value) {
				continue
			}
			category, fn := "uptime.health", mod.Decorated(c)
			for _, branch := range mod.Branches {
				if fn >= 0 && branch.Func == fn && modelState.MatchString(branch.Names) {
					category = "uptime.ready"
				}
			}
			b.add(Fact{
				Category: category, Subject: "route " + a.Value, Path: file, Line: c.Line, Context: string(source.Source), Entries: b.links(file),
			})
		}
	}
}
