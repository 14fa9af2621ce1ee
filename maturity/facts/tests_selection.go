package facts

import (
	"regexp"
	"strings"

	"github.com/muster-ci/muster/maturity/reach"
	"github.com/muster-ci/muster/maturity/shell"
	"github.com/muster-ci/muster/maturity/source"
)

var oneMark = regexp.MustCompile(`^[A-Za-z_]\w*$`)

// selected counts the asserting tests that a command of pytest selects by the
// folders, files and the mark that it names; the second result is false if that
// cannot be told.
func (b *builder) selected(h reach.Hit) (int, bool) {
	paths, marked := selection(shell.AfterPython(h.Args))
	if len(paths) == 0 && marked == "" {
		return 0, false
	}
	dirs := b.around(h.Dir, h.Path)
	var below []string
	for _, p := range paths {
		p, _, _ = strings.Cut(p, "::")
		at := b.folder(strings.TrimSuffix(p, "/"), dirs)
		if at == "" {
			return 0, false
		}
		below = append(below, at)
	}
	count := 0
	for _, f := range b.set.Facts["test.file"] {
		if inOne(f.Path, below) && (marked == "" || b.hasMark(f.Path, marked)) {
			n, _ := f.Detail["asserting"].(int)
			count += n
		}
	}
	return count, true
}

// selection reads the folders and the mark of a command of pytest; an option
// whose value may be meant is no folder.
func selection(args []string) (paths []string, mark string) {
	for i := 1; i < len(args); i++ {
		a := args[i]
		switch {
		case a == "-m" && i+1 < len(args):
			i++
			if oneMark.MatchString(args[i]) {
				mark = args[i]
			}
		case a == "-k" || a == "-n" || a == "-p" || a == "-c" || a == "-o" || a == "-W" || a == "--deselect" || a == "--ignore" || a == "--rootdir":
			i++
		case !strings.HasPrefix(a, "-") && !strings.HasPrefix(args[i-1], "--"):
			paths = append(paths, a)
		}
	}
	return paths, mark
}

func inOne(file string, below []string) bool {
	if len(below) == 0 {
		return true
	}
	for _, dir := range below {
		if file == dir || source.Under(file, dir) {
			return true
		}
	}
	return false
}

// hasMark reports whether a file of tests uses a mark.
func (b *builder) hasMark(file, name string) bool {
	mod := b.in.Tree.Python[file].Module()
	if mod == nil {
		return false
	}
	want := "mark." + name
	for _, f := range mod.Funcs {
		for _, d := range f.Decorators {
			if strings.HasSuffix(d, want) {
				return true
			}
		}
	}
	for _, c := range mod.Classes {
		for _, d := range c.Decorators {
			if strings.HasSuffix(d, want) {
				return true
			}
		}
	}
	return strings.Contains(mod.Constants["pytestmark"], want)
}
