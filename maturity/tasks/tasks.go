package tasks

// Target is a named list of commands.
type Target struct {
	Name  string
	Line  int
	Needs []string // targets that run before it
	Lines []Line
}

// Line is one command line of a target, run by a shell of its own.
type Line struct {
	Text string
	Line int
	// Ignored is true if its failure does not stop the target ("-" in make).
	Ignored bool
}

// File is the targets of one file by name.
type File struct {
	Targets []Target
	index   map[string]int
	goesOn  bool
	size    int // targets, what they need and their lines
}

// maxSize bounds what is kept of a file: each line of a rule with a thousand targets is
// a line of each of them.
const maxSize = 50_000

// Cut reports whether the file has more than is kept of it.
func (f *File) Cut() bool { return f != nil && f.size > maxSize }

// GoesOn reports whether the shell of a line goes on after a command in it fails,
// as that of make does: "a; b" is then as good as b.
func (f *File) GoesOn() bool { return f != nil && f.goesOn }

// Get returns the target of that name.
func (f *File) Get(name string) (Target, bool) {
	if f == nil {
		return Target{}, false
	}
	i, ok := f.index[name]
	if !ok {
		return Target{}, false
	}
	return f.Targets[i], true
}

// First returns the first target, which make and just run by default.
func (f *File) First() (Target, bool) {
	if f == nil || len(f.Targets) == 0 {
		return Target{}, false
	}
	return f.Targets[0], true
}

// add puts a target into the file; one that is there already gets the lines too.
func (f *File) add(t Target) {
	if f.index == nil {
		f.index = map[string]int{}
	}
	if f.size += 1 + len(t.Needs) + len(t.Lines); f.Cut() {
		return
	}
	if i, ok := f.index[t.Name]; ok {
		have := &f.Targets[i]
		have.Needs = append(have.Needs, t.Needs...)
		have.Lines = append(have.Lines, t.Lines...)
		return
	}
	f.index[t.Name] = len(f.Targets)
	f.Targets = append(f.Targets, t)
}

// alias makes a target known under another name.
func (f *File) alias(name, of string) {
	if i, ok := f.index[of]; ok && name != "" {
		if _, taken := f.index[name]; !taken {
			f.index[name] = i
		}
	}
}
