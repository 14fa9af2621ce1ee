package reach

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"github.com/muster-ci/muster/maturity/shell"
)

// pulled is a container whose command is that of its image.
type pulled struct {
	place place
	image string
	args  []string
}

// pulled follows the containers whose images are built from Dockerfiles of the
// repository: by the name under which something builds them.
func (g *graph) pulled() {
	if len(g.waiting) == 0 {
		return
	}
	built := g.built()
	for _, w := range g.waiting {
		file := built[imageName(w.image)]
		if file == "" {
			continue
		}
		inner := w.place.at(file, append(g.images[file].dirs(path.Dir(file), file), w.place.dirs...)...)
		g.start(inner, file, w.args)
	}
}

// imageName is the last part of an image's name, without its tag; "" where an
// expression stands for it.
func imageName(image string) string {
	name := path.Base(image)
	name, _, _ = strings.Cut(name, "@")
	name, _, _ = strings.Cut(name, ":")
	if strings.ContainsAny(name, "$<{") || strings.Contains(name, "EXPRESSION") || name == "VALUE" || name == "." {
		return ""
	}
	return name
}

// built are the Dockerfiles by the names of the images that are built from them.
func (g *graph) built() map[string]string {
	out := map[string]string{}
	add := func(image, file string) {
		if name := imageName(image); name != "" && file != "" && out[name] == "" {
			out[name] = file
		}
	}
	for _, h := range g.result.Hits {
		switch {
		case strings.Contains(h.Uses, "build-push-action"):
			for tag := range strings.FieldsFuncSeq(h.With["tags"], func(r rune) bool { return r == ',' || r == '\n' }) {
				add(strings.TrimSpace(tag), g.dockerfileOf(h.Dir, h.With["file"], cmp.Or(h.With["context"], ".")))
			}
		case len(h.Args) > 2 && slices.Contains(h.Args[:3], "build") && (h.Args[0] == "docker" || h.Args[0] == "podman" || h.Args[0] == "buildah"):
			words := positional(h.Args)
			add(shell.Flag(h.Args, "-t", "--tag"), g.dockerfileOf(h.Dir, shell.Flag(h.Args, "-f", "--file"), words[len(words)-1]))
		}
	}
	for _, f := range sortedKeys(g.yaml) {
		for _, doc := range g.yaml[f] {
			for _, e := range doc.Get("services").Entries() {
				if build := e.Value.Get("build"); build.Exists() {
					context := build.Text() + build.Get("context").Text()
					add(e.Value.Get("image").Text(), g.dockerfileOf(path.Dir(f), path.Join(context, build.Get("dockerfile").Text()), context))
				}
			}
		}
	}
	return out
}

// dockerfileOf finds the Dockerfile that a build names, or that its context has.
func (g *graph) dockerfileOf(dir, file, context string) string {
	for _, f := range []string{path.Join(dir, file), file, path.Join(dir, context, "Dockerfile"), path.Join(context, "Dockerfile")} {
		if _, ok := g.images[path.Clean(f)]; ok {
			return path.Clean(f)
		}
	}
	return ""
}
