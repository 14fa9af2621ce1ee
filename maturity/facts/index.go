package facts

import (
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/muster-ci/muster/maturity/catalogue"
	"github.com/muster-ci/muster/maturity/claims"
	"github.com/muster-ci/muster/maturity/cues"
	"github.com/muster-ci/muster/maturity/reach"
	"github.com/muster-ci/muster/maturity/terraform"
)

// index keeps what is worked out of a file or a command once, and asked for by
// several questions in each project.
type index struct {
	commands map[string][]catalogue.Match
	claims   map[string][]claims.Claim // by page
	blocks   map[string][]terraform.Block
	words    *claims.Vocabulary
	fitting  map[*regexp.Regexp]map[string]bool // see fits
	cues     map[string][]cues.Cue              // by module
	owners   *division
}

func newIndex() *index {
	return &index{
		commands: map[string][]catalogue.Match{}, claims: map[string][]claims.Claim{}, blocks: map[string][]terraform.Block{},
		fitting: map[*regexp.Regexp]map[string]bool{}, owners: newDivision(), cues: map[string][]cues.Cue{},
	}
}

func newDivision() *division {
	return &division{commands: map[divided][]owners{}, files: map[string]map[string]string{}}
}

// memo keeps what is worked out once for one project.
type memo struct {
	owners  map[string]bool   // the folders of projects
	folders map[string]string // the innermost of them around each file, "" for none but the top
	mine    map[string]bool
	links   map[string][]Link
	applied map[string][]reach.Hit
	yaml    []string                     // see ownYAML
	named   map[string][]namedDefinition // see naming
	tests   testMemo
	copied  map[string][]string // into images, by Dockerfile
	written map[string]bool     // see writesMeasures
	// instantiating and configured are asked for by many files of configuration and tests.
	instantiating func() []Link
	configured    func() string
}

// start begins with nothing but the folders of projects, and the modules that the
// questions of this one may look into.
func (b *builder) start() {
	b.memo = memo{owners: map[string]bool{b.project: true}, mine: map[string]bool{}, links: map[string][]Link{}, applied: map[string][]reach.Hit{}}
	b.memo.instantiating, b.memo.configured = sync.OnceValue(b.instantiating), sync.OnceValue(b.configured)
	for _, dir := range b.others {
		b.memo.owners[dir] = true
	}
	if b.isWhole() {
		return
	}
	b.memo.folders = b.folders()
	tree := *b.in.Tree
	tree.Python = b.visible()
	b.in.Tree = &tree
}

// isWhole reports whether the project is the whole repository, with no other in it.
func (b *builder) isWhole() bool { return len(b.others) == 0 && b.project == "." }

// part leaves out of the tree's list, and of the commands, what lies in another
// project: every question of this one goes over what is left.
func (b *builder) part() {
	if b.start(); b.isWhole() {
		return
	}
	tree, walk, owners := *b.in.Tree, *b.reach, b.ownersOf(b.reach)
	tree.Files = slices.DeleteFunc(slices.Clone(tree.Files), func(file string) bool {
		owner := b.owner(file)
		return owner != b.project && owner != ""
	})
	walk.Hits = nil
	for i, h := range b.reach.Hits {
		if b.work(owners[i], h.Dir) {
			walk.Hits = append(walk.Hits, h)
		}
	}
	b.in.Tree, b.reach = &tree, &walk
}

// owner is the project that a path lies in, or "" if it lies in none: the
// deepest of them. The whole repository owns what no other project does.
func (b *builder) owner(file string) string {
	dir, known := b.memo.folders[file]
	if !known {
		dir = b.folderOf(file)
	}
	if dir != "" {
		return dir
	}
	if b.memo.owners["."] {
		return "."
	}
	return ""
}

// division keeps which files and commands belong to which projects. Several goroutines
// may ask.
type division struct {
	mutex    sync.Mutex
	commands map[divided][]owners
	files    map[string]map[string]string // by the projects
}

// divided is what runs, divided among projects.
type divided struct {
	walk *reach.Result
	dirs string
}

// owners are the projects that the places of a command lie in; loose is true if one
// of them lies in none.
type owners struct {
	dirs  []string
	loose bool
}

// work reports whether a command in a folder works on the project: one of its places
// lies in it, or none in another.
func (b *builder) work(o owners, dir string) bool {
	if b.project == "." && o.loose || slices.Contains(o.dirs, b.project) {
		return true
	}
	return len(o.dirs) == 0 && !b.besides(dir)
}

// ownersOf are the owners of all commands, found once for all projects beside one another.
func (b *builder) ownersOf(walk *reach.Result) []owners {
	key := divided{walk, b.projects()}
	b.index.owners.mutex.Lock()
	defer b.index.owners.mutex.Unlock()
	found, ok := b.index.owners.commands[key]
	if ok {
		return found
	}
	found = make([]owners, len(walk.Hits))
	for i, h := range walk.Hits {
		found[i] = b.ownersOfHit(h)
	}
	b.index.owners.commands[key] = found
	return found
}

// projects are the folders of all projects, as one text.
func (b *builder) projects() string {
	dirs := slices.DeleteFunc(append(slices.Clone(b.others), b.project), func(dir string) bool { return dir == "." })
	slices.Sort(dirs)
	return strings.Join(dirs, "\x00")
}

// folders are the innermost folders of projects around the files, found once for all
// projects beside one another.
func (b *builder) folders() map[string]string {
	key := b.projects()
	b.index.owners.mutex.Lock()
	defer b.index.owners.mutex.Unlock()
	found, ok := b.index.owners.files[key]
	if ok {
		return found
	}
	found = make(map[string]string, len(b.in.Tree.Files))
	for _, file := range b.in.Tree.Files {
		found[file] = b.folderOf(file)
	}
	b.index.owners.files[key] = found
	return found
}

func (b *builder) ownersOfHit(h reach.Hit) owners {
	var found owners
	for _, name := range places(h) {
		switch dir := b.folderOf(name); {
		case dir == "":
			found.loose = true
		case !slices.Contains(found.dirs, dir):
			found.dirs = append(found.dirs, dir)
		}
	}
	return found
}

// folderOf is the deepest folder of a project around a path, "" for none but the top.
func (b *builder) folderOf(file string) string {
	for end := strings.LastIndexByte(file, '/'); end > 0; end = strings.LastIndexByte(file[:end], '/') {
		if b.memo.owners[file[:end]] {
			return file[:end]
		}
	}
	return ""
}

// maxFitting bounds the texts of which it is kept whether they fit.
const maxFitting = 1 << 16

// fits reports whether an expression fits a text, which is found once for all projects:
// the same names stand in many places.
func (b *builder) fits(re *regexp.Regexp, text string) bool {
	of := b.index.fitting[re]
	fits, ok := of[text]
	if !ok {
		fits = re.MatchString(text)
		if of == nil || len(of) >= maxFitting {
			of = map[string]bool{}
			b.index.fitting[re] = of
		}
		of[text] = fits
	}
	return fits
}

// matches is what the catalogue knows of a command.
func (b *builder) matches(args []string) []catalogue.Match {
	key := strings.Join(args, "\x00")
	found, ok := b.index.commands[key]
	if !ok {
		found = b.in.Catalogue.Command(args)
		b.index.commands[key] = found
	}
	return found
}

// below are the files of the project in a folder, at any depth.
func (b *builder) below(dir string) []string {
	files := b.in.Tree.Files
	if dir == "" || dir == "." {
		return files
	}
	from, _ := slices.BinarySearch(files, dir+"/")
	to, _ := slices.BinarySearch(files, dir+"0") // what comes after "/"
	return files[from:to]
}

// hit is what the catalogue knows of a command or an action.
func (b *builder) hit(h reach.Hit) []catalogue.Match {
	if h.Uses != "" {
		return b.in.Catalogue.Action(h.Uses, h.With)
	}
	return b.matches(h.Args)
}

// terraform are the blocks of a file; what can be read of a broken one counts.
func (b *builder) terraform(file string) []terraform.Block {
	blocks, ok := b.index.blocks[file]
	if !ok {
		blocks, _ = terraform.Read(file, b.in.Tree.Text[file]) // see above
		b.index.blocks[file] = blocks
	}
	return blocks
}

// applying are the commands and actions for which a question of that name holds.
func (b *builder) applying(question string, holds func(h reach.Hit) bool) []reach.Hit {
	list, ok := b.memo.applied[question]
	if !ok {
		for _, h := range b.reach.Hits {
			if holds(h) {
				list = append(list, h)
			}
		}
		b.memo.applied[question] = list
	}
	return list
}

// near are the links of those of the commands that work in a folder.
func near(hits []reach.Hit, dir string) []Link {
	var links []Link
	for _, h := range hits {
		if len(links) < maxLinks && worksIn(h, dir) {
			links = append(links, linkOf(h))
		}
	}
	return links
}

func linkOf(h reach.Hit) Link {
	return Link{ID: h.Entry, Swallowed: h.Swallowed, Conditional: h.Conditional, Asked: h.Asked, If: h.If}
}

// given reports whether a command is given a file by its path.
func given(h reach.Hit, file string) bool {
	for _, a := range h.Args {
		if path.Base(a) == path.Base(file) && (strings.TrimPrefix(path.Join(h.Dir, a), "./") == file || path.Clean(a) == file) {
			return true
		}
	}
	return false
}
