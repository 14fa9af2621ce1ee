package maturity

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/maturity/facts"
	"github.com/muster-ci/muster/maturity/source"
)

// maxRoots bounds how many projects of a repository are scored.
const maxRoots = 20

// manifests are the files by which a folder is built on its own, and pipelines
// those that say what it runs.
var (
	manifests = []string{"pyproject.toml", "setup.py", "setup.cfg", "Pipfile", "environment.yml", "environment.yaml", "conda.yaml", "DESCRIPTION", "Project.toml", "build.sbt", "pom.xml"}
	pipeline  = []string{"muster.yaml", "muster.yml", "dvc.yaml", "MLproject", "Snakefile"}
)

// roots finds the projects of a repository: the folders that are built on their
// own, have tests or a pipeline, and train. Where there is only one, or they are
// parts of one another, the whole repository is the project.
func roots(tree *source.Tree, view *facts.View) []string {
	candidates := ownFolders(tree)
	trains, top := map[string]bool{}, false
	for _, file := range view.Uses("train") {
		if class := tree.Class(file); class != source.Source && class != source.Notebook {
			continue
		}
		if dir := deepest(candidates, file); dir != "" {
			trains[dir] = true
		} else if tree.Class(file) == source.Source {
			top = isBuilt(tree)
		}
	}
	for _, dir := range imported(tree, view, trains) {
		delete(trains, dir)
	}
	if len(trains) < 2 {
		return []string{"."}
	}
	var out []string
	if top {
		out = append(out, ".")
	}
	for dir := range trains {
		out = append(out, dir)
	}
	slices.Sort(out)
	return out
}

// isBuilt reports whether the top of the repository is built on its own.
func isBuilt(tree *source.Tree) bool {
	return slices.ContainsFunc(slices.Concat(manifests, pipeline, []string{"requirements.txt"}), tree.Has)
}

// ownFolders are the folders below the top that have a build file and, somewhere
// in them, tests or a pipeline of their own.
func ownFolders(tree *source.Tree) map[string]bool {
	built, whole := map[string]bool{}, map[string]bool{}
	for _, file := range tree.Files {
		class := tree.Class(file)
		if class != source.Source && class != source.Test {
			continue
		}
		dir, base := path.Split(file)
		dir = strings.TrimSuffix(dir, "/")
		switch {
		case class == source.Test:
			mark(whole, dir)
		case slices.Contains(pipeline, base):
			built[dir] = true
			mark(whole, dir)
		case slices.Contains(manifests, base) || source.IsRequirements(file):
			built[dir] = true
		}
	}
	for dir := range built {
		if dir == "" || !whole[dir] {
			delete(built, dir)
		}
	}
	return built
}

// mark marks a folder and all those around it.
func mark(set map[string]bool, dir string) {
	for ; dir != "." && dir != "" && !set[dir]; dir = path.Dir(dir) {
		set[dir] = true
	}
}

// deepest returns the innermost of the folders around a file, or "".
func deepest(folders map[string]bool, file string) string {
	for dir := path.Dir(file); dir != "." && dir != "/"; dir = path.Dir(dir) {
		if folders[dir] {
			return dir
		}
	}
	return ""
}

// imported are the folders whose code another of them imports: parts of that
// one, not projects beside it.
func imported(tree *source.Tree, view *facts.View, folders map[string]bool) []string {
	owner := map[string]string{}
	for file := range tree.Python {
		owner[file] = deepest(folders, file)
	}
	var out []string
	for file, own := range owner {
		if own == "" {
			continue
		}
		for _, f := range view.Walk.Closure(file) {
			dir, ok := owner[f]
			if !ok { // of no module that was read, as vendored ones are not
				dir = deepest(folders, f)
			}
			if dir != "" && dir != own {
				out = append(out, dir)
			}
		}
	}
	return out
}

// lessons are the folders of a collection that hold code.
func lessons(tree *source.Tree) []string {
	var out []string
	for file := range tree.Python {
		if top, _, nested := strings.Cut(file, "/"); nested && (lesson.MatchString(top) || numbered.MatchString(top)) {
			out = append(out, top)
		}
	}
	slices.Sort(out)
	out = slices.Compact(out)
	return out[:min(len(out), maxRoots)]
}

// others are all the folders but one.
func others(all []string, one string) []string {
	return slices.DeleteFunc(slices.Clone(all), func(dir string) bool { return dir == one || dir == "." })
}

// headline chooses the project whose level the repository has, and says why.
func headline(all []result.Root, production []string) (int, string) {
	scored := func(keep func(result.Root) bool) []int {
		var out []int
		for i, r := range all {
			if r.Level != nil && keep(r) {
				out = append(out, i)
			}
		}
		return out
	}
	lowest := func(a, b int) int { return cmp.Compare(*all[a].Level, *all[b].Level) }
	if in := scored(func(r result.Root) bool { return slices.Contains(production, r.Path) }); len(in) > 0 {
		return slices.MinFunc(in, lowest), "the lowest of those in production"
	}
	if in := scored(serves); len(in) > 0 {
		return slices.MinFunc(in, lowest), "the lowest of those with scoring code"
	}
	if in := scored(func(result.Root) bool { return true }); len(in) > 0 {
		return slices.MaxFunc(in, func(a, b int) int {
			return cmp.Or(lowest(a, b), cmp.Compare(metWeight(all[a]), metWeight(all[b])))
		}), "the best supported"
	}
	return 0, ""
}

// serves reports whether a project has scoring code of its own.
func serves(r result.Root) bool {
	return slices.ContainsFunc(r.Criteria, func(c result.Criterion) bool {
		return c.ID == "scoring-code" && c.Verdict == result.CriterionMet
	})
}

// metWeight is the weight of all criteria that a project meets.
func metWeight(r result.Root) float64 {
	sum := 0.0
	for _, c := range r.Criteria {
		if c.Verdict == result.CriterionMet {
			sum += c.Weight
		}
	}
	return sum
}
