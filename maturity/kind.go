package maturity

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/maturity/catalogue"
	"github.com/muster-ci/muster/maturity/facts"
	"github.com/muster-ci/muster/maturity/source"
	"github.com/muster-ci/muster/maturity/tasks"
)

// scored reports whether a repository of that kind has a level.
func scored(kind result.Kind) bool {
	return kind == result.KindTraining || kind == result.KindConsumer || kind == result.KindLibrary
}

// kindOf tells what kind of repository it is, by where models are trained and
// used in it.
func kindOf(tree *source.Tree, tools *catalogue.Catalogue, set *facts.Set, project string) result.Kind {
	trains := contexts(set, "train")
	uses := contexts(set, "infer", "load", "tuning", "serving")
	ml := trains[string(source.Source)] + trains[string(source.Notebook)] + uses[string(source.Source)] + uses[string(source.Notebook)]
	switch {
	case isTemplate(tree, project):
		return result.KindTemplate
	case isCollection(tree, set, project, trains[string(source.Source)] > 0):
		return result.KindCollection
	case ml > 0 && (isTool(tree, tools, project) || trains[string(source.Source)] > 0 && isPublished(set)):
		return result.KindLibrary
	case trains[string(source.Source)] > 0:
		return result.KindTraining
	case trains[string(source.Notebook)] > 0:
		return result.KindTraining
	case uses[string(source.Source)]+uses[string(source.Notebook)]+uses["command"] > 0:
		return result.KindConsumer
	case trains[string(source.Example)]+uses[string(source.Example)] > 0:
		return result.KindLibrary // it is the tool, or a library, whose users train
	case contexts(set, "artefact")[string(source.Source)] > 0:
		return result.KindConsumer
	}
	return result.KindNotML
}

// contexts counts the facts of categories by the sort of code they are in.
func contexts(set *facts.Set, categories ...string) map[string]int {
	out := map[string]int{}
	for _, c := range categories {
		for _, f := range set.Facts[c] {
			out[f.Context]++
		}
	}
	return out
}

// isTemplate reports whether the project becomes another one.
func isTemplate(tree *source.Tree, project string) bool {
	for _, name := range []string{"cookiecutter.json", "copier.yml", "copier.yaml"} {
		if tree.Has(path.Join(project, name)) {
			return true
		}
	}
	for _, f := range tree.Files {
		if source.Under(f, project) && strings.Contains(f, "{{") {
			return true
		}
	}
	return false
}

var (
	lesson         = regexp.MustCompile(`(?i)^(week|lab|chapter|chap|ch|lesson|lecture|module|session|day|unit|assignment|exercise|homework|hw|part|project|tutorial|course)[-_ ]?\d+|^\d{1,2}[-_. ]\w`)
	numberedCourse = regexp.MustCompile(`^\d{1,2}[a-z]?[-_]`)
)

// minLessons is how many lessons make a collection.
const minLessons = 5

// isCollection reports whether the repository holds lessons rather than one
// project: five folders that are numbered as lessons and hold code, or, where
// no module trains, five numbered notebooks side by side.
func isCollection(tree *source.Tree, set *facts.Set, project string, trains bool) bool {
	folders, notebooks := map[string]bool{}, map[string]int{}
	for file := range tree.Python {
		if !source.Under(file, project) {
			continue
		}
		rel := strings.TrimPrefix(file, strings.TrimPrefix(project+"/", "./"))
		if top, _, nested := strings.Cut(rel, "/"); nested && lesson.MatchString(top) {
			folders[top] = true
		}
		if strings.HasSuffix(file, ".ipynb") && numberedCourse.MatchString(path.Base(file)) {
			notebooks[path.Dir(file)]++
		}
	}
	if len(folders) >= minLessons {
		return true
	}
	for _, n := range notebooks {
		if n >= minLessons && !trains && contexts(set, "train")[string(source.Notebook)] > 0 {
			return true
		}
	}
	return false
}

// isTool reports whether the project is one of the tools of the catalogue, by
// the name of the package that it builds.
func isTool(tree *source.Tree, tools *catalogue.Catalogue, project string) bool {
	names := []string{}
	if src, ok := tree.Text[path.Join(project, "pyproject.toml")]; ok {
		doc := tasks.ReadTOML(src)
		for _, key := range [][]string{{"project", "name"}, {"tool", "poetry", "name"}} {
			if v, ok := doc.Get(key...); ok {
				names = append(names, v.Strings...)
			}
		}
	}
	if mod := tree.Python[path.Join(project, "setup.py")]; mod != nil {
		for _, c := range mod.Calls {
			if name, ok := c.Arg("name"); ok && c.Method() == "setup" {
				names = append(names, name.Value)
			}
		}
	}
	return slices.ContainsFunc(names, func(name string) bool {
		_, ok := tools.Package(name)
		return ok
	})
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
	if !wired("publish") {
		return false
	}
	if slices.ContainsFunc([]string{"tracking", "registry.register", "deploy.model", "gate.config", "serving.app"}, wired) {
		return false
	}
	for _, s := range set.Facts["sequence"] {
		if s.Detail["trains"] == true && (s.Tool == "dvc" || s.Tool == "muster") {
			return false
		}
	}
	return true
}
