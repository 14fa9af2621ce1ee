package maturity

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/python"
	"github.com/muster-ci/muster/maturity/facts"
	"github.com/muster-ci/muster/maturity/source"
)

// schemas are the files that ask the values of which a template makes another
// repository.
var schemas = []string{"cookiecutter.json", "copier.yml", "copier.yaml", "databricks_template_schema.json"}

// isTemplate reports whether the project becomes another one: it has the file
// that asks for its values, or its outermost folders are named by placeholders,
// beside such a file where they are the second. A library may keep a template
// further inside.
func isTemplate(tree *source.Tree, project string) bool {
	if asksValues(tree, project) || hasNamer(tree, project) {
		return true
	}
	for _, f := range tree.Files {
		if source.Under(f, project) && strings.Contains(f, "{{") {
			rel := strings.TrimPrefix(f, strings.TrimPrefix(project+"/", "./"))
			first, rest, _ := strings.Cut(rel, "/")
			second, _, _ := strings.Cut(rest, "/")
			if strings.Contains(first, "{{") || strings.Contains(second, "{{") && asksValues(tree, path.Join(project, first)) {
				return true
			}
		}
	}
	return false
}

var (
	// namer is how a script is called that gives a copied template its name.
	namer = regexp.MustCompile(`(?i)^(init|initiali[sz]e|rename|setup|bootstrap|customi[sz]e|personali[sz]e)[_-](the[_-])?(project|template|repo|repository|package)\.(py|sh)$|^(project|template)[_-](init|setup)\.(py|sh)$`)
	// removesItself is a script of a shell whose last work is to go.
	removesItself = regexp.MustCompile(`(?m)^\s*rm\b[^\n]*\$\{?(0|BASH_SOURCE)`)
)

// hasNamer reports whether a script at the top gives a copy its name, and is gone
// afterwards: what it lies in is meant to be copied.
func hasNamer(tree *source.Tree, project string) bool {
	for _, f := range tree.Files {
		if path.Dir(f) != project || !namer.MatchString(path.Base(f)) {
			continue
		}
		if removesItself.Match(tree.Text[f]) {
			return true
		}
		mod := tree.Python[f].Module()
		if mod != nil && slices.ContainsFunc(mod.Calls, removesFile) {
			return true
		}
	}
	return false
}

// removesFile reports whether a call removes the file that it stands in.
func removesFile(c python.Call) bool {
	gone, ok := c.Positional(0)
	return (c.Method() == "remove" || c.Method() == "unlink") && (ok && strings.HasPrefix(gone.Text, python.File) || strings.Contains(c.Receiver, python.File))
}

func asksValues(tree *source.Tree, dir string) bool {
	return slices.ContainsFunc(schemas, func(name string) bool { return tree.Has(path.Join(dir, name)) })
}

var (
	lesson   = regexp.MustCompile(`(?i)^(\d{1,2}[-_. ]*)?(week|lab|chapter|chap|ch|lesson|lecture|session|day|unit|assignment|exercise|homework|hw|tutorial|course|module|part|project|notebook|class|seminar|practical|sprint)s?[-_ .]?\d+`)
	numbered = regexp.MustCompile(`^\d{1,2}[a-z]?[-_. ]`)
	// teaches are the words by which a first page says that it teaches or shows.
	teaches = regexp.MustCompile(`(?i)\b(course|book|labs|lessons?|lectures?|tutorials?|workshop|bootcamp|curriculum|homeworks?|assignments?|exercises|zoomcamp|teach\w*|chapters?|lehrbuch|cursus|specialization|handbook)\b`)
	shows   = regexp.MustCompile(`(?i)\b(examples|samples|cookbook|recipes|model zoo|zoo|demos|sample code|reference implementations|collection of|gallery|notebooks)\b`)
)

// minLessons is how many lessons make a collection, minLabs how many do where
// the repository holds nothing else.
const (
	minLessons = 5
	minLabs    = 3
)

// isCourse reports whether the repository holds lessons rather than one
// project: five folders that are called lessons and hold code, or, where the
// first page says that it teaches, five that are only numbered, or numbered
// notebooks side by side, or numbered labs and nothing else.
func isCourse(tree *source.Tree, set *facts.Set, project string, trains bool) bool {
	l := lessonsOf(tree, project)
	if len(l.named) >= minLessons {
		return true
	}
	if !teaches.MatchString(head(readme(tree, project))) {
		return false
	}
	return len(l.named)+len(l.numbers) >= minLessons || isLabs(tree, project) ||
		!trains && l.notebooks >= minLessons && contexts(set, "train")[string(source.Notebook)] > 0
}

// isLabs reports whether all code lies in numbered folders side by side that
// each have a first page of their own: the parts of one pipeline share theirs.
func isLabs(tree *source.Tree, project string) bool {
	labs := map[string]bool{}
	for _, file := range tree.Files {
		if !source.Under(file, project) || !isCode(tree, file) {
			continue
		}
		top, _, nested := strings.Cut(strings.TrimPrefix(file, strings.TrimPrefix(project+"/", "./")), "/")
		if !nested || !numbered.MatchString(top) || readme(tree, path.Join(project, top)) == "" {
			return false
		}
		labs[top] = true
	}
	return len(labs) >= minLabs
}

// isGallery reports whether the repository holds examples that each train
// something of their own, as its first page says, or shows by linking to them.
func isGallery(tree *source.Tree, set *facts.Set, project string) bool {
	all := units(tree, set, project)
	if len(all) < minLessons {
		return false
	}
	page := readme(tree, project)
	linked := 0
	for _, dir := range all {
		if linksTo(page, strings.TrimPrefix(dir, strings.TrimPrefix(project+"/", "./"))) {
			linked++
		}
	}
	about := links.ReplaceAllString(head(page), "") // a link to a tutorial is somebody else's lesson
	return linked >= minLessons || teaches.MatchString(about) || shows.MatchString(about)
}

// linksTo reports whether a page has a link to a folder.
func linksTo(page, dir string) bool {
	for _, before := range []string{"](", "](./"} {
		for _, after := range []string{")", "/)", "/README.md)"} {
			if strings.Contains(page, before+dir+after) {
				return true
			}
		}
	}
	return false
}

var links = regexp.MustCompile(`!?\[[^\]\n]*\]\([^)\n]*\)`)

var tags = regexp.MustCompile(`<[^<>]*>`)

// head is the part of a page that says what it is about, without its pictures.
func head(page string) string {
	const most = 2000
	const raw = 5 * most // many pages begin with tags of logos and badges
	page = tags.ReplaceAllString(page[:min(len(page), raw)], "")
	return page[:min(len(page), most)]
}

// syllabus is what looks like a lesson, by its name.
type syllabus struct {
	named, numbers map[string]bool // folders
	notebooks      int             // the most numbered notebooks side by side
}

func lessonsOf(tree *source.Tree, project string) syllabus {
	l := syllabus{named: map[string]bool{}, numbers: map[string]bool{}}
	side, seen := map[string]int{}, map[string]bool{}
	for _, file := range tree.Files {
		if !source.Under(file, project) || !isCode(tree, file) {
			continue
		}
		rel := strings.TrimPrefix(file, strings.TrimPrefix(project+"/", "./"))
		if dir := path.Dir(rel); !seen[dir] {
			seen[dir] = true
			l.add(dir)
		}
		if strings.HasSuffix(file, ".ipynb") && (numbered.MatchString(path.Base(file)) || lesson.MatchString(path.Base(file))) {
			side[path.Dir(file)]++
			l.notebooks = max(l.notebooks, side[path.Dir(file)])
		}
	}
	return l
}

// add notes what the first two names of a folder say.
func (l syllabus) add(dir string) {
	parts := strings.Split(dir, "/")
	for i, name := range parts[:min(len(parts), 2)] {
		switch folder := strings.Join(parts[:i+1], "/"); {
		case lesson.MatchString(name):
			l.named[folder] = true
		case numbered.MatchString(name):
			l.numbers[folder] = true
		}
	}
}

func isCode(tree *source.Tree, file string) bool {
	switch strings.ToLower(path.Ext(file)) {
	case ".py", ".ipynb", ".r", ".rmd", ".qmd", ".jl", ".scala":
		return tree.Class(file) != source.Vendored
	}
	return false
}

// units are the folders that each train something and stand on their own: they
// have a page, a list of packages or an image.
func units(tree *source.Tree, set *facts.Set, project string) []string {
	var out []string
	for _, f := range set.Facts["train"] {
		switch f.Context {
		case string(source.Source), facts.Unused, string(source.Notebook), string(source.Example):
		default:
			continue
		}
		if dir := standing(tree, f.Path, project); dir != "" {
			out = append(out, dir)
		}
	}
	slices.Sort(out)
	out = slices.Compact(out)
	return out[:min(len(out), maxRoots)]
}

// standing returns the innermost folder around a file, below the project's own,
// that stands on its own, or "".
func standing(tree *source.Tree, file, project string) string {
	for dir := path.Dir(file); dir != "." && dir != project; dir = path.Dir(dir) {
		for _, name := range []string{"README.md", "Readme.md", "readme.md", "requirements.txt", "Dockerfile", "environment.yml", "Project.toml", "pyproject.toml", "setup.py", "MLproject"} {
			if tree.Has(path.Join(dir, name)) {
				return dir
			}
		}
	}
	return ""
}
