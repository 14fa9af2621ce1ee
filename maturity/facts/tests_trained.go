package facts

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/python"
	"github.com/muster-ci/muster/maturity/reach"
	"github.com/muster-ci/muster/maturity/source"
)

var (
	leftByTraining = regexp.MustCompile(`(?i)(model|artifact|metric|weight|checkpoint|scaler|encoder|vectorizer|result|eval|score)[^ ]*\.(pkl|pickle|joblib|onnx|pt|pth|h5|keras|json|ya?ml|ubj|cbm|txt|safetensors)$`)
	opensFile      = regexp.MustCompile(`^(open|os\.path\.(exists|isfile|getsize)|joblib\.load|(cloud)?pickle\.loads?|pathlib\.Path|json\.load|torch\.load|onnxruntime\.InferenceSession)$|\.load_model$`)
)

// trainedTests makes facts of tests of what training leaves, which CI runs in the
// chain that has just trained: data, training and model are tried out together.
func (b *builder) trainedTests() {
	chains := b.trainingChains()
	if len(chains) == 0 {
		return
	}
	for _, file := range b.in.Tree.Files {
		base := strings.ToLower(path.Base(file))
		if path.Ext(base) != ".py" || !strings.Contains(base, "test") || !b.mine(file) {
			continue
		}
		mod := b.in.Tree.Python[file].Module()
		line := claimsOfFile(mod)
		if line == 0 {
			continue
		}
		links := b.jobLinks(file)
		if b.in.Tree.Class(file) == source.Test {
			links = append(links, b.testers(file)...)
		}
		links = slices.DeleteFunc(links, func(l Link) bool { return !chains[b.set.Entries[l.ID].Chain] })
		if len(links) > 0 {
			b.add(Fact{
				Category: "test.together", Subject: "trains and tests what that leaves", Path: file, Line: line, Context: "command",
				Entries: links, Detail: map[string]any{"holds": true},
			})
		}
	}
}

// trainingChains are the chains of CI one of whose jobs trains.
func (b *builder) trainingChains() map[string]bool {
	out := map[string]bool{}
	for _, f := range b.set.Facts["train"] {
		for _, l := range f.Entries {
			if e := b.set.Entries[l.ID]; f.Context == string(source.Source) && e.Kind == string(reach.KindJob) && e.Off == "" {
				out[e.Chain] = true
			}
		}
	}
	return out
}

// claimsOfFile returns the line of a function that asserts something and opens a file
// that training leaves, 0 for none.
func claimsOfFile(mod *python.Module) int {
	if mod == nil {
		return 0
	}
	for _, c := range mod.Calls {
		if c.Func < 0 || mod.Funcs[c.Func].Asserts == 0 || !opensFile.MatchString(c.Name) {
			continue
		}
		if slices.ContainsFunc(c.Args, func(a python.Arg) bool { return leftByTraining.MatchString(a.Text + a.Value) }) {
			return mod.Funcs[c.Func].Line
		}
	}
	return 0
}
