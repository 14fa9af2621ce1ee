package facts

import (
	"path"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/python"
	"github.com/muster-ci/muster/maturity/reach"
	"github.com/muster-ci/muster/maturity/source"
	"github.com/muster-ci/muster/maturity/tasks"
	"github.com/muster-ci/muster/maturity/yamldoc"
)

// containers makes the facts of images and environments that are described as code,
// and of what builds or names them.
func (b *builder) containers() {
	tags := b.builds()
	for _, file := range b.in.Tree.Files {
		if !b.mine(file) || b.in.Tree.Class(file) != source.Source {
			continue
		}
		base := path.Base(file)
		switch {
		case isImageFile(base):
			b.described(file, 1, base)
		case base == ".devcontainer.json" || base == "devcontainer.json":
			b.described(file, 1, "a development container")
		case base == "MLproject":
			b.eachDoc(file, func(doc yamldoc.Value) { b.projectEnvironment(file, doc) })
		case base == "fly.toml" || base == "railway.toml" || base == "railway.json":
			b.platform(file, base)
		case yamldoc.IsYAML(base):
			b.eachDoc(file, func(doc yamldoc.Value) { b.imageDoc(file, doc, tags) })
		}
	}
	b.spaces()
	b.environmentDefinitions()
	b.namedImages(tags)
}

// isImageFile reports whether a file describes an image, by its name.
func isImageFile(base string) bool {
	lower := strings.ToLower(base)
	return reach.IsDockerfile(base) ||
		lower == "blubber.yaml" || lower == "cog.yaml" || lower == "bentofile.yaml" || lower == "apptainer.def" || lower == "singularity.def"
}

// described makes a fact of an image that is described, whoever builds it.
func (b *builder) described(file string, line int, what string) {
	b.add(Fact{Category: "container.file", Subject: what, Path: file, Line: line, Context: "declared"})
}

// built makes a fact of something that builds an image, or that runs in one.
func (b *builder) built(file string, line int, what string) {
	b.add(Fact{Category: "container.build", Subject: what, Path: file, Line: max(line, 1), Context: string(source.Source)})
}

// builds makes a fact of each building of an image, and returns the Dockerfiles
// by the names under which commands tag what they build.
func (b *builder) builds() map[string]string {
	for _, x := range b.reach.Builds {
		if b.mine(x.File) || b.mine(x.Path) {
			b.add(Fact{
				Category: "container.build", Tool: "Docker", Subject: "builds " + x.File, Path: x.Path, Line: max(x.Line, 1), Context: "command",
				Entries: []Link{{ID: x.Entry, Swallowed: x.Swallowed}}, Detail: map[string]any{"file": x.File},
			})
		}
	}
	tags := map[string]string{}
	for _, h := range b.reach.Hits {
		if len(h.Args) > 1 && (h.Args[0] == "docker" || h.Args[0] == "podman") && slices.Contains(h.Args, "build") {
			for i, a := range h.Args[:len(h.Args)-1] {
				if a == "-t" || a == "--tag" {
					tags[imageName(h.Args[i+1])] = h.Path
				}
			}
		}
	}
	delete(tags, "")
	return tags
}

// imageName is the last part of an image's name, without registry and tag.
func imageName(ref string) string {
	ref, _, _ = strings.Cut(ref, "@")
	name := path.Base(ref)
	name, _, _ = strings.Cut(name, ":")
	if strings.ContainsAny(name, "${}%") {
		return ""
	}
	return name
}

// imageDoc makes facts of files of YAML by which platforms build images: Render's
// blueprints, Heroku's manifests, Skaffold, jobs and environments of Azure ML.
func (b *builder) imageDoc(file string, doc yamldoc.Value, tags map[string]string) {
	switch path.Base(file) {
	case "render.yaml":
		for _, s := range doc.Get("services").Items() {
			if s.Get("runtime").Text() == "docker" || s.Get("env").Text() == "docker" {
				b.built(file, s.Line(), "Render builds the image")
			}
		}
	case "heroku.yml":
		if docker := doc.Get("build", "docker"); docker.Exists() {
			b.built(file, docker.Line(), "Heroku builds the image")
		}
	case "skaffold.yaml":
		if list := doc.Get("build", "artifacts"); len(list.Items()) > 0 {
			b.built(file, list.Line(), "Skaffold builds the image")
		}
	case "prefect.yaml", "prefect.yml":
		for _, step := range doc.Get("build").Items() {
			for _, e := range step.Entries() {
				if strings.HasSuffix(e.Key, "build_docker_image") && e.Value.Get("dockerfile").Text() != "" {
					b.built(file, e.Line, "a deployment of Prefect builds the image")
				}
			}
		}
	case "action.yml", "action.yaml":
		if image := doc.Get("runs", "image"); doc.Get("runs", "using").Text() == "docker" && !strings.Contains(image.Text(), "://") {
			b.built(file, image.Line(), "the action runs in an image of its own")
		}
	}
	doc.Scalars(maxTargets, func(key string, v yamldoc.Value) {
		switch path.Ext("." + key) {
		case ".conda_file", ".python_requirements", ".requirements_txt":
			if b.in.Tree.Has(path.Join(path.Dir(file), v.Text())) && strings.Contains(key, ".") == strings.Contains(key, "environment") {
				b.built(file, v.Line(), "an environment of "+v.Text())
			}
		case ".image", ".docker_image", ".container_image":
			b.runsImage(file, v, tags)
		case ".repository": // of a chart
			if strings.HasSuffix(key, "image.repository") {
				b.runsImage(file, v, tags)
			}
		}
	})
}

// runsImage makes a fact of a value that names an image which a command here builds.
func (b *builder) runsImage(file string, v yamldoc.Value, tags map[string]string) {
	if from, ok := tags[imageName(v.Text())]; ok && from != file {
		b.built(file, v.Line(), "runs the image "+imageName(v.Text())+", which "+from+" builds")
	}
}

// projectEnvironment makes a fact of the environment of an MLproject
// (https://mlflow.org/docs/latest/ml/projects/).
func (b *builder) projectEnvironment(file string, doc yamldoc.Value) {
	if image := doc.Get("docker_env", "image"); image.Exists() {
		b.built(file, image.Line(), "MLflow runs the project in "+image.Text())
	}
	for _, key := range []string{"conda_env", "python_env"} {
		if env := doc.Get(key); b.in.Tree.Has(path.Join(path.Dir(file), env.Text())) && env.Text() != "" {
			b.built(file, env.Line(), "MLflow makes the environment of "+env.Text())
		}
	}
}

// platform makes a fact of a platform that builds the Dockerfile beside its file.
func (b *builder) platform(file, base string) {
	text := string(b.in.Tree.Text[file])
	beside := b.in.Tree.Has(path.Join(path.Dir(file), "Dockerfile"))
	foreign := false
	if base == "fly.toml" {
		for _, v := range tasks.ReadTOML(b.in.Tree.Text[file]).In("build") {
			foreign = foreign || v.Key[0] == "image" || v.Key[0] == "builder"
		}
	}
	if beside && !foreign && (base == "fly.toml" || strings.Contains(strings.ToUpper(text), "DOCKERFILE")) {
		b.built(file, 1, strings.TrimSuffix(base, path.Ext(base))+" builds the Dockerfile beside it")
	}
}

// spaces makes a fact of a README whose front matter says that the hub builds the
// image (https://huggingface.co/docs/hub/spaces-sdks-docker).
func (b *builder) spaces() {
	text := string(b.in.Tree.Text["README.md"])
	head, _, ok := strings.Cut(strings.TrimPrefix(text, "---\n"), "\n---")
	if !ok || !strings.HasPrefix(text, "---\n") || !b.in.Tree.Has("Dockerfile") {
		return
	}
	for i, line := range strings.Split(head, "\n") {
		if strings.Join(strings.Fields(line), " ") == "sdk: docker" {
			b.built("README.md", i+2, "the hub builds the image")
		}
	}
}

// environmentDefinitions makes facts of environments that a platform builds from
// a list of packages on a base image, where another file names the definition.
func (b *builder) environmentDefinitions() {
	for _, file := range b.ownYAML() {
		b.eachDoc(file, func(doc yamldoc.Value) {
			base := firstThere(doc, "base_image", "docker_image", "baseImage", "image")
			packages := firstThere(doc, "python", "post_build_cmds", "dependencies", "pip_packages", "packages")
			if base.Text() == "" || !packages.Exists() {
				return
			}
			if by, line := b.naming(file); by != "" {
				b.built(by, line, "runs in the environment of "+file)
			} else {
				b.described(file, base.Line(), "an environment on "+base.Text())
			}
		})
	}
}

func firstThere(doc yamldoc.Value, keys ...string) yamldoc.Value {
	for _, key := range keys {
		if v := doc.Get(key); v.Exists() {
			return v
		}
	}
	return yamldoc.Value{}
}

// namedDefinition is a place that may name a definition: by a key, or by a path.
type namedDefinition struct {
	file string
	line int
	path string
}

// naming returns another file of YAML that names a definition: by its path, or
// by a key that is called as the file is.
func (b *builder) naming(definition string) (string, int) {
	if b.memo.named == nil {
		b.memo.named = b.definitionNames()
	}
	base := path.Base(definition)
	for _, n := range b.memo.named[strings.TrimSuffix(base, path.Ext(base))] {
		if n.file != definition && (n.path == "" || strings.HasSuffix(definition, strings.TrimPrefix(n.path, "./"))) {
			return n.file, n.line
		}
	}
	return "", 0
}

// definitionNames are the keys and the paths in the project's files of YAML, by
// the name of the file that they may stand for.
func (b *builder) definitionNames() map[string][]namedDefinition {
	out := map[string][]namedDefinition{}
	for _, file := range b.ownYAML() {
		b.eachDoc(file, func(doc yamldoc.Value) {
			doc.Scalars(maxTargets, func(key string, v yamldoc.Value) {
				if v.Text() == "" {
					return
				}
				name := key[strings.LastIndexByte(key, '.')+1:]
				out[name] = append(out[name], namedDefinition{file: file, line: v.Line()})
				if base := path.Base(v.Text()); yamldoc.IsYAML(base) {
					stem := strings.TrimSuffix(base, path.Ext(base))
					out[stem] = append(out[stem], namedDefinition{file, v.Line(), v.Text()})
				}
			})
		})
	}
	return out
}

// namedImages makes facts of operators of a scheduler that run an image which
// the repository builds.
func (b *builder) namedImages(tags map[string]string) {
	for _, m := range b.ownModules() {
		for _, c := range m.mod.Calls {
			b.namedImage(m.file, c, tags)
		}
	}
}

func (b *builder) namedImage(file string, c python.Call, tags map[string]string) {
	a, ok := c.Arg("image")
	if !ok || !a.Literal {
		return
	}
	if from, ok := tags[imageName(a.Value)]; ok {
		b.add(Fact{
			Category: "container.build", Subject: "runs the image " + imageName(a.Value) + ", which " + from + " builds", Path: file, Line: c.Line,
			Context: string(source.Source), Entries: b.links(file),
		})
	}
}
