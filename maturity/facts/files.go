package facts

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/python"
	"github.com/muster-ci/muster/maturity/installs"
	"github.com/muster-ci/muster/maturity/source"
	"github.com/muster-ci/muster/maturity/tasks"
	"github.com/muster-ci/muster/maturity/yamldoc"
)

// files makes the facts of files whose presence or content says something:
// models, manifests, the gate of a muster.yaml, artefacts of a dvc.yaml.
func (b *builder) files() {
	for _, file := range b.in.Tree.Files {
		if !b.mine(file) {
			continue
		}
		class := b.in.Tree.Class(file)
		if source.IsModel(file) {
			b.add(Fact{Category: "artefact", Subject: path.Base(file), Path: file, Context: string(class)})
		}
		if class != source.Source {
			continue
		}
		for _, m := range b.in.Catalogue.File(file) {
			b.add(Fact{Category: m.As, Tool: m.Tool, Subject: path.Base(file), Path: file, Line: 1, Context: string(class), Entries: b.links(file)})
		}
		if yamldoc.IsYAML(file) {
			b.yamlFile(file)
		}
	}
}

// yamlFile makes the facts of one file of YAML.
func (b *builder) yamlFile(file string) {
	src := b.in.Tree.Text[file]
	base := path.Base(file)
	if strings.Contains(string(src), "_target_:") {
		b.targets(file)
	}
	known := base == "muster.yaml" || base == "muster.yml" || base == "dvc.yaml" || base == "artifacts.yaml"
	if !known && !strings.Contains(string(src), "apiVersion:") {
		return
	}
	for _, doc := range b.in.Tree.Documents(file) {
		switch base {
		case "muster.yaml", "muster.yml":
			b.muster(file, doc)
		case "dvc.yaml", "artifacts.yaml":
			b.artifacts(file, doc)
		}
		for _, m := range b.in.Catalogue.Kind(doc.Get("kind").Text()) {
			f := Fact{
				Category: m.As, Tool: m.Tool, Subject: doc.Get("kind").Text(), Path: file, Line: doc.Get("kind").Line(), Context: string(source.Source),
			}
			if m.As == "serving.manifest" {
				f.Entries, f.Detail = near(b.applying("workloads", appliesWorkloads), path.Dir(file)), map[string]any{"model": namesModelFiles(doc)}
			}
			b.add(f)
		}
	}
}

// modelKey is where objects of model servers keep the place of the model
// (https://kserve.github.io/website/docs/reference/crd-api, Seldon Core's modelUri).
var modelKey = regexp.MustCompile(`(^|\.)(storageUri|modelUri|storage_uri|(storage|model)\.(uri|path|key))$`)

// namesModelFiles reports whether an object of a model server says where the model lies.
func namesModelFiles(doc yamldoc.Value) bool {
	found := false
	doc.Get("spec").Scalars(maxTargets, func(key string, v yamldoc.Value) {
		found = found || modelKey.MatchString(key) && strings.Contains(v.Text(), "/")
	})
	return found
}

// targets makes facts of the objects that a configuration of Hydra names by
// "_target_". They belong to whoever instantiates configurations.
func (b *builder) targets(file string) {
	for _, doc := range b.in.Tree.Documents(file) {
		doc.Scalars(maxTargets, func(key string, v yamldoc.Value) {
			if path.Ext("."+key) != "._target_" {
				return
			}
			for _, m := range b.in.Catalogue.Call(python.Call{Name: v.Text()}, nil) {
				b.add(Fact{
					Category: m.As, Tool: m.Tool, Subject: v.Text(), Path: file, Line: v.Line(), Context: string(source.Source),
					Entries: b.memo.instantiating(),
				})
			}
		})
	}
}

// maxTargets bounds how deep a configuration is looked into.
const maxTargets = 12

// instantiating returns the entries that run code which makes objects of
// configurations.
func (b *builder) instantiating() []Link {
	for _, file := range b.in.Tree.Files {
		mod := b.in.Tree.Python[file].Outline()
		if mod == nil || b.in.Tree.Class(file) != source.Source {
			continue
		}
		for _, c := range mod.Calls {
			if c.Name == "hydra.utils.instantiate" || c.Name == "hydra.utils.call" {
				if links := b.links(file); len(links) > 0 {
					return links
				}
			}
		}
	}
	return nil
}

// muster makes facts of the gate of a muster.yaml, and of what its run records keep.
func (b *builder) muster(file string, doc yamldoc.Value) {
	if gate := doc.Get("gate"); gate.Exists() && len(gate.Get("metrics").Entries()) > 0 {
		b.add(Fact{Category: "gate.config", Tool: "muster", Subject: "gate", Path: file, Line: gate.Line(), Context: string(source.Source)})
	}
	params, numbers := 0, 0 // the lines of the first stages that name parameters, and that are measured
	for _, stage := range doc.Get("stages").Entries() {
		if list := stage.Value.Get("params"); len(list.Items()) > 0 && params == 0 {
			params = list.Line()
		}
		if stage.Value.Get("metrics").Exists() || stage.Value.Get("predictions").Exists() {
			numbers = stage.Line
		}
	}
	if params > 0 && numbers > 0 {
		b.add(Fact{Category: "record.experiment", Tool: "muster", Subject: "params and metrics", Path: file, Line: params, Context: string(source.Source)})
	}
}

// artifacts makes facts of models that a dvc.yaml or artifacts.yaml names for a
// registry that lives in git tags.
func (b *builder) artifacts(file string, doc yamldoc.Value) {
	list := doc.Get("artifacts")
	if path.Base(file) == "artifacts.yaml" {
		list = doc
	}
	for _, e := range list.Entries() {
		if e.Value.Get("type").Text() == "model" {
			b.add(Fact{Category: "registry.artifact", Tool: "gto", Subject: e.Key, Path: file, Line: e.Line, Context: string(source.Source)})
		}
	}
}

// declared makes facts of the tools that lists of packages and documentation
// name: each stands for all that the tool is for.
func (b *builder) declared() {
	for _, file := range b.in.Tree.Files {
		src, ok := b.in.Tree.Text[file]
		if !ok || !b.mine(file) {
			continue
		}
		class := b.in.Tree.Class(file)
		switch base := path.Base(file); {
		case source.IsRequirements(file) && class != source.Docs:
			for i, line := range strings.Split(string(src), "\n") {
				if name := installs.Requirement(line); name != "" {
					b.mention(name, file, i+1, "declared")
				}
			}
		case base == "pyproject.toml":
			b.pyproject(file, src)
		case base == "environment.yml" || base == "conda.yaml" || base == "conda.yml" || base == "environment.yaml":
			for i, line := range strings.Split(string(src), "\n") {
				if name := installs.Requirement(strings.TrimPrefix(strings.TrimSpace(line), "- ")); name != "" {
					b.mention(name, file, i+1, "declared")
				}
			}
		case class == source.Docs && (strings.HasSuffix(file, ".md") || strings.HasSuffix(file, ".rst")):
			b.page(file, string(src))
		}
	}
}

// pyproject finds the dependencies of a pyproject.toml.
func (b *builder) pyproject(file string, src []byte) {
	for _, v := range tasks.ReadTOML(src).Values {
		key := strings.Join(v.Key, ".")
		switch {
		case strings.HasSuffix(key, "dependencies") || strings.Contains(key, "dependency-groups.") || strings.Contains(key, "optional-dependencies."):
			for _, s := range v.Strings {
				if name := installs.Requirement(s); name != "" {
					b.mention(name, file, v.Line, "declared")
				}
			}
		case strings.Contains(key, "tool.poetry") && strings.Contains(key, "dependencies."):
			b.mention(v.Key[len(v.Key)-1], file, v.Line, "declared")
		}
	}
}

var word = regexp.MustCompile(`[A-Za-z][A-Za-z0-9_-]{2,}`)

// common are names of tools that are words of the language too.
var common = []string{"ray", "aim", "schedule", "build", "comet", "flow", "task", "prophet", "implicit", "tensorboard", "docker", "kubernetes", "pytest", "unittest", "torch"}

// page finds the tools that a page of documentation names, each once.
func (b *builder) page(file, text string) {
	have := map[string]bool{}
	for i, line := range strings.Split(text, "\n") {
		for _, w := range word.FindAllString(line, -1) {
			w = strings.ToLower(w)
			if have[w] || slices.Contains(common, w) {
				continue
			}
			have[w] = true
			b.mention(w, file, i+1, string(source.Docs))
		}
	}
}

// mention makes a declared fact for each category that a tool's name speaks of.
func (b *builder) mention(name, file string, line int, context string) {
	tool, ok := b.in.Catalogue.Package(name)
	if !ok {
		return
	}
	for _, category := range tool.Declares {
		b.add(Fact{Category: category, Tool: tool.Name, Subject: tool.Name, Path: file, Line: line, Context: context})
	}
}
