package maturity

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/maturity/catalogue"
	"github.com/muster-ci/muster/maturity/facts"
	"github.com/muster-ci/muster/maturity/reach"
	"github.com/muster-ci/muster/maturity/source"
)

// scored reports whether a repository of that kind has a level.
func scored(kind result.Kind) bool {
	return kind.Highest() > 0
}

// kindOf tells what kind of repository it is, by where models are trained and
// used in it.
func kindOf(tree *source.Tree, tools *catalogue.Catalogue, set *facts.Set, project string) result.Kind {
	trains := contexts(set, "train")
	uses := contexts(set, "infer", "load", "tuning", "serving", "serving.manifest")
	here := trains[string(source.Source)] > 0
	p := pack(tree, project)
	switch {
	case isTemplate(tree, project):
		return result.KindTemplate
	case isCourse(tree, set, project, here):
		return result.KindCollection
	case p.isTool(tools):
		return result.KindLibrary
	case !p.isInstalled() && !p.hasCommands() && isGallery(tree, set, project):
		return result.KindCollection
	case here && isIncidental(tree, set, p):
		return result.KindNotML
	case here && (isPublished(set) || p.isInstalled() && !hasModel(set)) && !trainsBeside(set, project):
		return result.KindLibrary
	case here, trains[string(source.Notebook)] > 0, trainsByCommand(set):
		return result.KindTraining
	case uses[string(source.Source)]+uses[string(source.Notebook)]+uses["command"] > 0:
		return result.KindConsumer
	case trains[string(source.Example)]+uses[string(source.Example)] > 0 && p.built:
		return result.KindLibrary // it is the tool, or a library, whose users train
	case trains[string(source.Example)] > 0:
		return result.KindTraining
	case keepsModel(set):
		return result.KindConsumer
	}
	return result.KindNotML
}

// trainsByCommand reports whether a target, a pipeline or a timer of the repository runs
// a program that trains: then no code of its own has to.
func trainsByCommand(set *facts.Set) bool {
	return slices.ContainsFunc(set.Facts["train"], func(f facts.Fact) bool {
		return f.Context == "command" && slices.ContainsFunc(f.Entries, func(l facts.Link) bool {
			switch kind := set.Entries[l.ID].Kind; kind {
			case string(reach.KindTask), string(reach.KindPipeline), string(reach.KindTimer):
				return true
			}
			return false
		})
	})
}

// contexts counts the facts of categories by the sort of code they are in.
func contexts(set *facts.Set, categories ...string) map[string]int {
	out := map[string]int{}
	for _, c := range categories {
		for _, f := range set.Facts[c] {
			if f.Context == facts.Unused { // it is there, whoever calls it
				out[string(source.Source)]++
				continue
			}
			out[f.Context]++
		}
	}
	return out
}

// isPublished reports whether CI puts the package on an index, and nothing in
// the repository keeps a model of its own: then its users train.
func isPublished(set *facts.Set) bool {
	wired := func(category string) bool {
		for _, f := range set.Facts[category] {
			if len(f.Entries) > 0 && (f.Context == string(source.Source) || f.Context == "command") {
				return true
			}
		}
		return false
	}
	return wired("publish") && !hasModel(set)
}

var trainingScript = regexp.MustCompile(`(?i)^(pre)?(train|fine_?tune)\w*\.py$`)

// trainsBeside reports whether a script at the top of the project, outside of the
// package that users install, is what trains: papers publish so the code that made
// their models, beside a package that only uses these.
func trainsBeside(set *facts.Set, project string) bool {
	return slices.ContainsFunc(set.Facts["train"], func(f facts.Fact) bool {
		return f.Context == string(source.Source) && path.Dir(f.Path) == project && trainingScript.MatchString(path.Base(f.Path))
	})
}

// hasModel reports whether the repository keeps a model of its own: it is
// tracked, registered, deployed or served, or a pipeline makes it. A command
// that only the documentation names shows readers what they can do.
func hasModel(set *facts.Set) bool {
	shown := func(l facts.Link) bool { return set.Entries[l.ID].Kind == string(reach.KindDocumented) }
	for _, category := range []string{"tracking", "registry.register", "deploy.model", "gate.config", "serving.app"} {
		for _, f := range set.Facts[category] {
			own := f.Context == string(source.Source) || f.Context == "command"
			if own && !f.Optional && slices.ContainsFunc(f.Entries, func(l facts.Link) bool { return !shown(l) }) {
				return true
			}
		}
	}
	for _, s := range set.Facts["sequence"] {
		if s.Detail["trains"] == true && (s.Tool == "dvc" || s.Tool == "muster") {
			return true
		}
	}
	return false
}

// someModules is how many modules a package has in which one that fits
// something is a detail.
const someModules = 10

// isIncidental reports whether a package that others install fits something in
// one place only, as a means: it clusters prices to mend them, and is no
// repository of models. One that has classes of models, or of data for them, or
// loads models, is.
func isIncidental(tree *source.Tree, set *facts.Set, p packaged) bool {
	files := map[string]bool{}
	for _, f := range set.Facts["train"] {
		if f.Context == string(source.Source) || f.Context == facts.Unused || f.Context == string(source.Notebook) {
			files[f.Path] = true
		}
	}
	modules := 0
	for file := range tree.Python {
		if tree.Class(file) == source.Source && source.Under(file, p.project) {
			modules++
		}
	}
	return len(files) == 1 && modules >= someModules && p.isInstalled() && !keepsModel(set) && !hasModel(set) &&
		contexts(set, "artefact", "model.class", "dataset", "load")[string(source.Source)] == 0
}

// keepsModel reports whether a model lies in the repository: a file that by its
// ending is nothing else, or by its name. Pickles hold anything.
func keepsModel(set *facts.Set) bool {
	for _, f := range set.Facts["artefact"] {
		if f.Context != string(source.Source) {
			continue
		}
		switch ext := strings.TrimSuffix(f.Path, ".dvc"); path.Ext(ext) {
		case ".pkl", ".h5":
			if modelName.MatchString(f.Path) {
				return true
			}
		default:
			return true
		}
	}
	return false
}

var modelName = regexp.MustCompile(`(?i)model|classif|regress|predict|weights|net\b|checkpoint|pipeline`)
