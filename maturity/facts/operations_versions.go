package facts

import (
	"regexp"
	"strings"

	"github.com/muster-ci/muster/maturity/reach"
	"github.com/muster-ci/muster/maturity/source"
	"github.com/muster-ci/muster/maturity/yamldoc"
)

var (
	// versionKey is a part of a name that differs from run to run; pointingName one
	// that is written anew for the current version.
	versionKey   = regexp.MustCompile(`(?i)\$\{?\{?[^}/]*(sha|hash|version|commit|tag|run_?(id|number)|build_?(id|number)|timestamp|date|revision|iid)[^}/]*\}?\}?|\$\(\s*(date|git (rev-parse|describe))|per_(version|date|commit)\b`)
	pointingName = regexp.MustCompile(`(?i)(^|[/._-])(latest|current|production|prod|champion|stable)([/._-]|$)`)
	modelWord    = regexp.MustCompile(`(?i)model|\.(pkl|joblib|onnx|pt|pth|h5|keras|safetensors|gguf|tflite|bin)\b|weights|checkpoint`)
	// runFolder is the folder of a tracker, which keeps what each run made under the run's id
	// (https://mlflow.org/docs/latest/ml/tracking/#tracking-setup).
	runFolder = regexp.MustCompile(`(?i)(sync|rsync|--recursive|-r)\b.*[/ _-](mlflow|mlruns|mlartifacts)([/ ]|$)|[/ _-](mlflow|mlruns|mlartifacts)/? .*--recursive`)
	metricFor = regexp.MustCompile(`(?i)metric|scores?\b|evaluation|results?[\w-]*\.(json|csv)|report[\w-]*\.(json|csv)`)
)

// homeMade makes the facts of registries and records of runs that a project
// builds from what every forge and store has: names that differ from version
// to version, with a pointer beside them.
func (b *builder) homeMade(g *callGraph) {
	for _, h := range b.reach.Hits {
		if to, text := copied(h.Args), strings.Join(h.Args, " "); to != "" {
			switch about := modelWord.MatchString(text); {
			case about && b.differs(h, to, 1):
				b.keptBy("registry.key", h)
			case runFolder.MatchString(text):
				b.keptBy("registry.runs", h)
			case about && pointingName.MatchString(to):
				b.keptBy("registry.pointer", h)
			}
		}
		if b.keepsMetrics(h) {
			b.keptBy("metrics.kept", h)
		}
	}
	b.indexRoutes()
	b.ownVersions()
	b.ownRuns()
	b.reportedTo()
	b.fileGates()
	b.standing(g)
}

// keptBy adds a fact of a command or action.
func (b *builder) keptBy(category string, h reach.Hit) {
	text := strings.Join(h.Args, " ")
	if h.Uses != "" {
		text = h.Uses + " " + inputs(h.With)
	}
	b.add(Fact{Category: category, Subject: shorten(text), Path: h.Path, Line: h.Line, Context: "command", Conditional: h.Conditional, Entries: []Link{linkOf(h)}})
}

// copied is where a command that copies to a store puts what it copies.
func copied(args []string) string {
	if len(args) < 3 {
		return ""
	}
	from, to := "", ""
	switch text := strings.Join(args[:min(len(args), 4)], " "); {
	case args[0] == "aws" && strings.HasPrefix(text, "aws s3 "), args[0] == "gsutil", args[0] == "rclone", args[0] == "mc",
		strings.HasPrefix(text, "gcloud storage cp"), args[0] == "azcopy":
		for _, a := range args {
			if !strings.HasPrefix(a, "-") {
				from, to = to, a
			}
		}
	}
	if strings.Contains(to, ":") || strings.HasPrefix(to, "$") && !strings.Contains(from, "://") {
		return to
	}
	return ""
}

// keepsMetrics reports whether numbers of a run are kept under a name of their own:
// as an artefact of CI, or copied to a store.
func (b *builder) keepsMetrics(h reach.Hit) bool {
	const inputLines = 8
	action, _, _ := strings.Cut(h.Uses, "@")
	if action == "actions/upload-artifact" {
		return metricFor.MatchString(h.With["path"]) && b.differs(h, h.With["name"]+h.With["path"], inputLines)
	}
	to := copied(h.Args)
	return to != "" && metricFor.MatchString(strings.Join(h.Args, " ")) && b.differs(h, to, 1)
}

// differs reports whether a name differs from run to run: it holds a version, or
// what a command prints. What stands for an expression of the forge is looked up
// in the lines that it was read from.
func (b *builder) differs(h reach.Hit, name string, lines int) bool {
	if versionKey.MatchString(name) || strings.Contains(name, "$()") {
		return true
	}
	if !strings.Contains(name, "EXPRESSION") {
		return false
	}
	all := strings.SplitN(string(b.in.Tree.Text[h.Path]), "\n", h.Line+lines)
	from := min(max(h.Line-1, 0), len(all))
	return versionKey.MatchString(strings.Join(all[from:min(from+lines, len(all))], "\n"))
}

// indexRoutes finds tasks of Taskcluster that are filed in its index twice: under a
// version that stays, and under a name that leads to the current one
// (https://docs.taskcluster.net/docs/reference/core/index).
func (b *builder) indexRoutes() {
	for _, file := range b.in.Tree.Files {
		text := string(b.in.Tree.Text[file])
		if !yamldoc.IsYAML(file) || !b.mine(file) || b.in.Tree.Class(file) != source.Source || !strings.Contains(text, "routes:") || !strings.Contains(text, "index.") {
			continue
		}
		for _, doc := range b.in.Tree.Documents(file) {
			b.routes(file, doc, maxRoutes)
		}
	}
}

const maxRoutes = 10

func (b *builder) routes(file string, v yamldoc.Value, depth int) {
	if depth == 0 {
		return
	}
	fixed, current, at := false, false, 0
	for _, r := range v.Get("routes").Items() {
		text := r.Text()
		if !strings.HasPrefix(text, "index.") || !aboutModels.MatchString(text) {
			continue
		}
		fixed = fixed || versionKey.MatchString(text)
		if pointingName.MatchString(text) {
			current, at = true, r.Line()
		}
	}
	if fixed && current {
		links := b.entriesOf(file)
		b.add(Fact{Category: "registry.index", Tool: "Taskcluster's index", Subject: "routes of a version and of the latest", Path: file, Line: at, Context: string(source.Source), Entries: links})
		for _, e := range v.Get("payload", "artifacts").Entries() {
			if metricFor.MatchString(e.Key) {
				b.add(Fact{Category: "metrics.kept", Tool: "Taskcluster's index", Subject: "artefact " + e.Key, Path: file, Line: e.Line, Context: string(source.Source), Entries: links})
			}
		}
	}
	for _, e := range v.Entries() {
		b.routes(file, e.Value, depth-1)
	}
	for _, item := range v.Items() {
		b.routes(file, item, depth-1)
	}
}

var aboutModels = regexp.MustCompile(`(?i)train|model`)
