package facts

import (
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/python"
	"github.com/muster-ci/muster/maturity/reach"
)

var (
	modelPlace = regexp.MustCompile(`(?i)model|artifact|artefact|weights|checkpoint|output|export|bundle|mlruns|saved|registry|store|\.(pkl|joblib|onnx|pt|pth|h5|keras|bin|safetensors)$`)
	// codeFile is a file of code or words: whatever its name says, it is no model.
	codeFile  = regexp.MustCompile(`(?i)\.(py|sh|r|jl|sql|txt|md|toml|cfg|ini|ya?ml|lock|go|js|ts)$`)
	savesModel = regexp.MustCompile(`^(dump|save|save_model|save_pretrained|savez|to_pickle|export|write_bytes|copy|copy2|copytree)$`)
)

// emptyImages marks the pushes of images into which no model can have come: what
// the Dockerfile copies is named, training writes nowhere below it, and building
// it fetches nothing.
func (b *builder) emptyImages() {
	full, empty := map[string]bool{}, map[string]bool{}
	for _, x := range b.reach.Builds {
		if b.mayHold(x) {
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
func (b *builder) mayHold(x reach.Build) bool {
	if x.Works || len(x.Copies) == 0 {
		return true
	}
	saved := b.savedPaths()
	return slices.ContainsFunc(x.Copies, func(c string) bool {
		c = path.Clean(c)
		inside := func(p string) bool { return strings.Contains("/"+p, "/"+path.Base(c)+"/") }
		if codeFile.MatchString(c) {
			return false
		}
		return c == "." || strings.ContainsAny(c, "*$") || modelPlace.MatchString(c) || slices.ContainsFunc(saved, inside)
	})
}

// savedPaths are the paths that the project's own code saves something to.
func (b *builder) savedPaths() []string {
	var out []string
	for _, m := range b.ownModules() {
		for _, c := range m.mod.Calls {
			if !savesModel.MatchString(c.Method()) {
				continue
			}
			for _, a := range c.Args {
				if strings.Contains(a.Text, "/") && !strings.Contains(a.Text, " ") {
					out = append(out, path.Join(path.Dir(m.file), strings.ReplaceAll(a.Text, python.Hole, "")), a.Text)
				}
			}
		}
	}
	return out
}
