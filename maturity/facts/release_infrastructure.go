package facts

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/muster-ci/muster/maturity/reach"
	"github.com/muster-ci/muster/maturity/settings"
	"github.com/muster-ci/muster/maturity/source"
	"github.com/muster-ci/muster/maturity/yamldoc"
)

// infrastructure makes a fact of each folder in which infrastructure is
// described, with what applies it.
func (b *builder) infrastructure() {
	seen := map[string]bool{}
	synced := b.synced()
	for _, file := range b.in.Tree.Files {
		if !b.mine(file) || b.in.Tree.Text[file] == nil || !b.isOwn(file) {
			continue
		}
		for _, d := range settings.Definitions(b.configuration(file)) {
			if key := d.Tool + "\x00" + path.Dir(file); !seen[key] {
				seen[key] = true
				b.add(Fact{
					Category: "infra.code", Tool: d.Tool, Subject: path.Base(file), Path: file, Line: d.Line, Context: string(source.Source),
					Entries: b.appliers(d.Tool, file), Detail: map[string]any{"synced": covers(synced, file)},
				})
			}
		}
	}
}

// isOwn reports whether a file is the project's own configuration. The
// templates of a chart of Helm are.
func (b *builder) isOwn(file string) bool {
	class := b.in.Tree.Class(file)
	return class == source.Source || class == source.Template && strings.Contains(file, "/templates/") && !strings.Contains(file, "{{")
}

// configuration is a file as its settings are read.
func (b *builder) configuration(file string) settings.File {
	f := settings.File{Name: file, Text: b.in.Tree.Text[file]}
	switch {
	case path.Ext(file) == ".tf":
		f.Blocks = b.terraform(file)
	case yamldoc.IsYAML(file):
		f.Documents = b.in.Tree.Documents(file)
	}
	return f
}

// appliers are the entries whose commands apply what a tool describes: those
// that name the file's folder, or, where none does, those that use the tool.
func (b *builder) appliers(tool, file string) []Link {
	var near, all []Link
	for _, h := range b.applying("apply "+tool, func(h reach.Hit) bool { return b.applies(tool, h) }) {
		l := linkOf(h)
		all = append(all, l)
		if worksIn(h, path.Dir(file)) {
			near = append(near, l)
		}
	}
	if len(near) == 0 && tool != "Kubernetes" {
		near = all
	}
	return near[:min(len(near), maxLinks)]
}

// applies reports whether a command or action applies what the tool describes.
func (b *builder) applies(tool string, h reach.Hit) bool {
	for _, m := range b.hit(h) {
		if m.As == "infra.apply" && (m.Note == tool || m.Note == "Kubernetes" && tool == "Kustomize") {
			return true
		}
	}
	return false
}

// worksIn reports whether a command runs in a folder, or names it, one above it or
// a file in it.
func worksIn(h reach.Hit, dir string) bool {
	if h.Dir != "." && source.Under(dir+"/x", h.Dir) {
		return true
	}
	values := slices.Clone(h.Args)
	for _, v := range h.With {
		values = append(values, strings.Fields(v)...)
	}
	for _, a := range values {
		if _, v, ok := strings.Cut(a, "="); ok && strings.HasPrefix(a, "-") {
			a = v
		}
		a = path.Clean(strings.TrimPrefix(a, "./"))
		full := path.Join(h.Dir, a)
		for _, p := range []string{a, full} {
			if p == dir || path.Dir(p) == dir && dir != "." || p != "." && source.Under(dir+"/x", p) || dir == "." && path.Ext(p) == ".yaml" && !strings.Contains(p, "/") {
				return true
			}
		}
	}
	return false
}

// synced lists the folders that a controller keeps in step with the
// repository: those of Argo CD's applications with automatic sync
// (https://argo-cd.readthedocs.io/en/stable/user-guide/auto_sync/) and of Flux.
func (b *builder) synced() []string {
	var out []string
	b.manifests(func(_ string, doc yamldoc.Value) {
		group, _, _ := strings.Cut(doc.Get("apiVersion").Text(), "/")
		switch {
		case group == "argoproj.io" && doc.Get("kind").Text() == "Application" && doc.Get("spec", "syncPolicy", "automated").Exists():
			out = append(out, doc.Get("spec", "source", "path").Text())
			for _, s := range doc.Get("spec", "sources").Items() {
				out = append(out, s.Get("path").Text())
			}
		case group == "argoproj.io" && doc.Get("kind").Text() == "ApplicationSet":
			out = append(out, doc.Get("spec", "template", "spec", "source", "path").Text())
		case group == "kustomize.toolkit.fluxcd.io":
			out = append(out, strings.TrimPrefix(doc.Get("spec", "path").Text(), "./"))
		case group == "helm.toolkit.fluxcd.io":
			out = append(out, strings.TrimPrefix(doc.Get("spec", "chart", "spec", "chart").Text(), "./"))
		}
	})
	for _, file := range b.in.Tree.Files {
		if b.mine(file) && b.in.Tree.Class(file) != source.Vendored {
			out = append(out, b.appsOfTemplate(file)...)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

var templateOfApps = regexp.MustCompile(`(?m)^apiVersion:\s*argoproj\.io/[\s\S]*^kind:\s*Application\s*$[\s\S]*^\s+automated:`)

// appsOfTemplate are the folders of the applications that a chart's template
// makes of the chart's values, one for each: an app of apps.
func (b *builder) appsOfTemplate(file string) []string {
	const deep = 6
	chart, _, inChart := strings.Cut(file, "/templates/")
	if !inChart || !templateOfApps.Match(b.in.Tree.Text[file]) {
		return nil
	}
	var out []string
	for _, doc := range b.in.Tree.Documents(path.Join(chart, "values.yaml")) {
		doc.Scalars(deep, func(key string, v yamldoc.Value) {
			if strings.HasSuffix(key, ".path") && v.Text() != "" {
				out = append(out, strings.TrimPrefix(v.Text(), "./"))
			}
		})
	}
	return out
}

// covers reports whether one of the folders holds a file, or is an overlay of
// the folder that does.
func covers(dirs []string, file string) bool {
	return slices.ContainsFunc(dirs, func(dir string) bool {
		dir, _, _ = strings.Cut(dir, "{{")
		base, _, _ := strings.Cut(dir, "/overlays")
		return path.Clean(base) != "." && source.Under(file, path.Clean(base))
	})
}

// syncedReleases makes facts of jobs that release by git: they write the new
// version into the folder that Argo CD or Flux brings to the cluster by itself,
// and push it; or push an image whose newer versions these look for themselves.
func (b *builder) syncedReleases() {
	var folders []string
	for _, dir := range b.synced() {
		if dir = path.Clean(dir); dir != "." && dir != "/" {
			folders = append(folders, dir)
		}
	}
	updated := b.updatesImages()
	if len(folders) == 0 && !updated {
		return
	}
	writes := map[string]bool{} // entries
	for _, h := range b.reach.Hits {
		if writesVersion(h) && naming(string(b.in.Tree.Text[h.Path]), folders) {
			writes[h.Entry] = true
		}
	}
	for _, h := range b.reach.Hits {
		if writes[h.Entry] && pushesCommit(h) || updated && b.pushesImage(h) {
			b.add(Fact{
				Category: "deploy.synced", Tool: "GitOps", Subject: shorten(strings.Join(h.Args, " ") + h.Uses), Path: h.Path, Line: h.Line, Context: "command",
				Entries: []Link{linkOf(h)},
			})
		}
	}
}

// naming reports whether a text names one of the folders, and not only a word that
// holds its name.
func naming(text string, folders []string) bool {
	return slices.ContainsFunc(folders, func(dir string) bool {
		return regexp.MustCompile(`(^|[^\w.-])` + regexp.QuoteMeta(dir) + `([^\w.-]|$)`).MatchString(text)
	})
}

// writesVersion reports whether a command changes a value of a file.
func writesVersion(h reach.Hit) bool {
	if h.Uses != "" {
		return strings.Contains(h.Uses, "yaml-update-action") || strings.HasPrefix(h.Uses, "mikefarah/yq")
	}
	if len(h.Args) < 2 {
		return false
	}
	switch path.Base(h.Args[0]) {
	case "yq", "sed":
		return slices.ContainsFunc(h.Args[1:], func(a string) bool {
			return a == "--inplace" || a == "--in-place" || strings.HasPrefix(a, "-") && !strings.HasPrefix(a, "--") && strings.Contains(a, "i")
		})
	case "kustomize":
		return slices.Contains(h.Args, "set") && slices.Contains(h.Args, "image")
	}
	return false
}

// pushesCommit reports whether a command or action pushes a commit.
func pushesCommit(h reach.Hit) bool {
	name, _, _ := strings.Cut(strings.ToLower(h.Uses), "@")
	switch name {
	case "stefanzweifel/git-auto-commit-action", "endbug/add-and-commit", "ad-m/github-push-action":
		return true
	}
	return len(h.Args) > 1 && h.Args[0] == "git" && slices.Contains(h.Args[1:], "push") && !slices.Contains(h.Args, "--tags")
}

func (b *builder) pushesImage(h reach.Hit) bool {
	for _, m := range b.hit(h) {
		if m.As == "deploy.image" {
			return true
		}
	}
	return false
}

// updatesImages reports whether Flux's image automation or Argo CD's image updater
// writes new versions of images by itself (https://fluxcd.io/flux/guides/image-update,
// https://argocd-image-updater.readthedocs.io).
func (b *builder) updatesImages() bool {
	found := false
	b.manifests(func(file string, doc yamldoc.Value) {
		if b.in.Tree.Class(file) != source.Source {
			return
		}
		annotated := slices.ContainsFunc(doc.Get("metadata", "annotations").Entries(), func(e yamldoc.Entry) bool {
			return strings.HasPrefix(e.Key, "argocd-image-updater.argoproj.io/image-list")
		})
		found = found || annotated || doc.Get("kind").Text() == "ImageUpdateAutomation"
	})
	return found
}
