package facts

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/muster-ci/muster/maturity/reach"
	"github.com/muster-ci/muster/maturity/source"
	"github.com/muster-ci/muster/maturity/yamldoc"
)

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
