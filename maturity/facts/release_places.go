package facts

import (
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/python"
	"github.com/muster-ci/muster/maturity/reach"
	"github.com/muster-ci/muster/maturity/yamldoc"
)

var (
	modelPlace = regexp.MustCompile(`(?i)model|artifact|artefact|weights|checkpoint|output|export|bundle|mlruns|saved|registry|store|\.(pkl|joblib|onnx|pt|pth|h5|keras|bin|safetensors)$`)
	// codeFile is a file of code or words: whatever its name says, it is no model.
	codeFile   = regexp.MustCompile(`(?i)\.(py|sh|r|jl|sql|txt|md|toml|cfg|ini|ya?ml|lock|go|js|ts)$`)
	savesModel = regexp.MustCompile(`^(dump|save|save_model|save_pretrained|savez|to_pickle|export|write_bytes|copy|copy2|copytree)$`)
)

// emptyImages marks the pushes of images into which no model can have come: what
// the Dockerfile copies is named, training writes nowhere below it, and building
// it fetches nothing. Where training writes to is known of each model that it saves.
func (b *builder) emptyImages() {
	if b.savesAnywhere() {
		return
	}
	saved := b.savedPaths()
	full, empty := map[string]bool{}, map[string]bool{}
	for _, x := range b.reach.Builds {
		if mayHold(x, saved) {
			full[x.Entry] = true
		} else {
			empty[x.Entry] = true
		}
	}
	for i, f := range b.set.Facts["deploy.image"] {
		without := len(f.Entries) > 0 && !slices.ContainsFunc(f.Entries, func(l Link) bool { return full[l.ID] || !empty[l.ID] })
		if without {
			detail := map[string]any{"without": true}
			maps.Copy(detail, f.Detail)
			b.set.Facts["deploy.image"][i].Detail = detail
		}
	}
}

// mayHold reports whether a model may be in an image that is built.
func mayHold(x reach.Build, saved []string) bool {
	if x.Works || len(x.Copies) == 0 {
		return true
	}
	return slices.ContainsFunc(x.Copies, func(c string) bool {
		c = path.Clean(c)
		inside := func(p string) bool { return strings.Contains("/"+p, "/"+path.Base(c)+"/") }
		if codeFile.MatchString(c) {
			return false
		}
		return c == "." || strings.ContainsAny(c, "*$") || modelPlace.MatchString(c) || slices.ContainsFunc(saved, inside)
	})
}

// savedModel is what code calls the model that it saves.
var savedModel = regexp.MustCompile(`(?i)model|clf|classifier|regressor|estimator|pipeline|booster|learner|net\b|\.fit\(\)`)

// savesAnywhere reports whether the project's own code saves a model to a place that
// only the run knows.
func (b *builder) savesAnywhere() bool {
	return slices.ContainsFunc(b.ownModules(), func(m module) bool {
		return slices.ContainsFunc(m.mod.Calls, func(c python.Call) bool {
			if !slices.ContainsFunc(c.Args, placeOfRun) || !savesModel.MatchString(c.Method()) {
				return false
			}
			return savedModel.MatchString(c.Receiver) || slices.ContainsFunc(c.Args, func(a python.Arg) bool { return savedModel.MatchString(a.Written + a.Value) })
		})
	})
}

// placeOfRun reports whether an argument is a path that begins with what is only
// known when the program runs.
func placeOfRun(a python.Arg) bool { return strings.HasPrefix(a.Text, python.Hole) }

// savedPaths are the paths that the project's own code saves something to.
func (b *builder) savedPaths() []string {
	var out []string
	for _, m := range b.ownModules() {
		for _, c := range m.mod.Calls {
			if !savesModel.MatchString(c.Method()) {
				continue
			}
			for _, a := range c.Args {
				if strings.Contains(a.Text, "/") && !strings.Contains(a.Text, " ") && !placeOfRun(a) {
					out = append(out, path.Join(path.Dir(m.file), strings.ReplaceAll(a.Text, python.Hole, "")), a.Text)
				}
			}
		}
	}
	return out
}

// ownMachines makes facts of jobs that start a container on a machine of the
// team's own, and leave it running: a deployment without a platform
// (https://docs.github.com/actions/hosting-your-own-runners).
func (b *builder) ownMachines() {
	for i, h := range b.reach.Hits {
		if !startsDetached(h) || !b.onOwnMachine(h.Entry) || stopped(b.reach.Hits[i+1:], h) {
			continue
		}
		b.add(Fact{
			Category: "deploy.app", Tool: "Docker", Subject: shorten(strings.Join(h.Args, " ")), Path: h.Path, Line: h.Line, Context: "command",
			Entries: []Link{linkOf(h)},
		})
	}
}

// startsDetached reports whether a command starts containers and does not wait for them.
func startsDetached(h reach.Hit) bool {
	if len(h.Args) < 3 || h.Args[0] != "docker" && h.Args[0] != "docker-compose" && h.Args[0] != "podman" {
		return false
	}
	return (slices.Contains(h.Args, "run") || slices.Contains(h.Args, "up")) && slices.ContainsFunc(h.Args, detaches)
}

// detached are short flags of which one is -d; they may be written together.
var detached = regexp.MustCompile(`^-[a-z]*d[a-z]*$`)

func detaches(arg string) bool { return arg == "--detach" || detached.MatchString(arg) }

// stopped reports whether the same job stops a container later on: it only tried it.
func stopped(later []reach.Hit, h reach.Hit) bool {
	return slices.ContainsFunc(later, func(o reach.Hit) bool {
		return o.Entry == h.Entry && o.Path == h.Path && o.Line > h.Line && len(o.Args) > 1 && strings.HasPrefix(o.Args[0], "docker") &&
			(slices.Contains(o.Args, "stop") || slices.Contains(o.Args, "rm") || slices.Contains(o.Args, "down") || slices.Contains(o.Args, "kill"))
	})
}

// onOwnMachine reports whether the job of a workflow of GitHub runs on a runner that
// the team hosts.
func (b *builder) onOwnMachine(id string) bool {
	e, ok := b.reach.Entry(id)
	if !ok || e.Kind != reach.KindJob || e.Host != "github" {
		return false
	}
	own := false
	for _, doc := range b.in.Tree.Documents(e.Path) {
		for _, job := range doc.Get("jobs").Entries() {
			own = own || job.Line == e.Line && slices.Contains(labels(job.Value.Get("runs-on")), "self-hosted")
		}
	}
	return own
}

func labels(v yamldoc.Value) []string { return append(v.Texts(), v.Get("labels").Texts()...) }
