package facts

import (
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/muster-ci/muster/maturity/catalogue"
	"github.com/muster-ci/muster/maturity/reach"
	"github.com/muster-ci/muster/maturity/source"
	"github.com/muster-ci/muster/maturity/terraform"
)

// index keeps what is worked out of a file or a command once, and asked for by
// several questions in each project.
type index struct {
	commands map[string][]catalogue.Match
	claims   map[string][]Fact // by page
	blocks   map[string][]terraform.Block
	words    *vocabulary
}

func newIndex() *index {
	return &index{commands: map[string][]catalogue.Match{}, claims: map[string][]Fact{}, blocks: map[string][]terraform.Block{}}
}

// memo keeps what is worked out once for one project.
type memo struct {
	owners  map[string]bool // the folders of projects
	mine    map[string]bool
	links   map[string][]Link
	applied map[string][]reach.Hit
	yaml    []string                     // see ownYAML
	named   map[string][]namedDefinition // see naming
	// instantiating and configured are asked for by many files of configuration and tests.
	instantiating func() []Link
	configured    func() string
}

// part leaves out of the tree's list, and of the commands, what lies in another
// project: every question of this one goes over what is left.
func (b *builder) part() {
	b.memo = memo{owners: map[string]bool{b.project: true}, mine: map[string]bool{}, links: map[string][]Link{}, applied: map[string][]reach.Hit{}}
	b.memo.instantiating, b.memo.configured = sync.OnceValue(b.instantiating), sync.OnceValue(b.configured)
	for _, dir := range b.others {
		b.memo.owners[dir] = true
	}
	if len(b.others) == 0 && b.project == "." {
		return
	}
	tree, walk := *b.in.Tree, *b.reach
	tree.Files = slices.DeleteFunc(slices.Clone(tree.Files), func(file string) bool {
		owner := b.owner(file)
		return owner != b.project && owner != ""
	})
	walk.Hits = slices.DeleteFunc(slices.Clone(walk.Hits), func(h reach.Hit) bool { return !b.inProject(h) })
	b.in.Tree, b.reach = &tree, &walk
}

// owner is the project that a path lies in, or "" if it lies in none: the
// deepest of them. The whole repository owns what no other project does.
func (b *builder) owner(file string) string {
	for end := strings.LastIndexByte(file, '/'); end > 0; end = strings.LastIndexByte(file[:end], '/') {
		if b.memo.owners[file[:end]] {
			return file[:end]
		}
	}
	if b.memo.owners["."] && source.Under(file, ".") {
		return "."
	}
	return ""
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
	return Link{ID: h.Entry, Swallowed: h.Swallowed, Conditional: h.Conditional, If: h.If}
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
