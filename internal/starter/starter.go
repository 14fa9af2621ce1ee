package starter

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/config"
)

// Proposal is a first muster.yaml, and what it stands on.
type Proposal struct {
	Config []byte
	// Files are further ones that the pipeline needs and that are not there.
	Files []File
	Found []Found
	Notes []Note
}

// File is a file to write.
type File struct {
	Path string
	Text []byte
}

// Found is something that was recognised.
type Found struct {
	What string `json:"what"`
	Path string `json:"path"`
	Line int    `json:"line,omitempty"`
}

// Note is what a person should know: above all what muster.yaml cannot say.
type Note struct {
	Message string `json:"message"`
	Path    string `json:"path,omitempty"`
	Line    int    `json:"line,omitempty"`
}

// NothingError says that the repository shows no pipeline.
type NothingError struct{ Dir string }

func (e *NothingError) Error() string {
	return fmt.Sprintf("nothing in %s looks like a pipeline: no dvc.yaml, MLproject, Makefile, script or notebook that trains", e.Dir)
}

// Hint says what to do.
func (e *NothingError) Hint() string {
	return "go to the folder that has the code, or write muster.yaml by hand: README shows one in six lines"
}

// look is what is known of the repository while it is looked at.
type look struct {
	*repo
	notes
	found   []Found
	scripts map[string]*script // by path, as they are read
	// closures and does hold what was worked out of a script, by path.
	closures map[string][]string
	does     map[string]map[string][]effect
	// condaFile and pythonEnv are what an MLproject names.
	condaFile, pythonEnv string
	// explained are paths that a note says of that they are not there.
	explained map[string]bool
}

// Look looks at the repository in dir.
func Look(ctx context.Context, dir string) (*Proposal, error) {
	r, err := open(dir)
	if err != nil {
		return nil, err
	}
	defer r.close()
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("read repository: %w", err)
	}
	r.name = filepath.Base(abs)
	l := &look{repo: r, scripts: map[string]*script{}, explained: map[string]bool{}, closures: map[string][]string{}, does: map[string]map[string][]effect{}}
	p, from := l.pipeline()
	if p == nil {
		return nil, &NothingError{dir}
	}
	l.complete(p)
	l.tests(p)
	files := l.image(p)
	l.settle(p)
	l.measure(p)
	if err := l.margins(ctx, p); err != nil {
		return nil, err
	}
	return l.proposal(p, from, files)
}

// pipeline asks the readers, the most exact one first, and names what the
// others saw.
func (l *look) pipeline() (*pipeline, string) {
	readers := []struct {
		from string
		read func() *pipeline
	}{
		{"dvc.yaml", l.dvc},
		{"MLproject", l.mlproject},
		{"the Makefile", l.makefile},
		{"the scripts", l.code},
		{"the notebooks", l.notebooks},
	}
	for i, reader := range readers {
		p := reader.read()
		if p == nil || len(p.stages) == 0 {
			continue
		}
		for _, other := range readers[i+1:] {
			if name, ok := l.describes(other.from); ok {
				l.add(name, 0, "left as it is: %s says already what the pipeline is", reader.from)
			}
		}
		return p, reader.from
	}
	return nil, ""
}

// describes names the file of a reader, if it is there.
func (l *look) describes(from string) (string, bool) {
	names := map[string][]string{"MLproject": {"MLproject"}, "the Makefile": {"Makefile", "makefile", "GNUmakefile"}}[from]
	at := slices.IndexFunc(names, l.has)
	if at < 0 || from == "the Makefile" && len(l.makeTargets(names[at])) == 0 {
		return "", false
	}
	return names[at], true
}

// proposal writes the text, and makes sure that muster takes it.
func (l *look) proposal(p *pipeline, from string, files []File) (*Proposal, error) {
	for {
		text := p.text(from)
		_, err := config.Parse(config.FileName, l.name, text)
		if err == nil {
			slices.SortStableFunc(l.found, func(a, b Found) int { return cmp.Compare(a.Path, b.Path) })
			return &Proposal{Config: text, Files: files, Found: l.found, Notes: l.list}, nil
		}
		var invalid *config.Error
		if !errors.As(err, &invalid) || !l.repair(p, invalid.Problems[0], text) {
			return nil, fmt.Errorf("check the proposal (a mistake of muster's; please report it): %w", err)
		}
	}
}

// repair takes out what muster does not accept: the gate, where it does not
// follow which model it is for, or a stage of a kind that nobody thought of.
func (l *look) repair(p *pipeline, problem config.Problem, text []byte) bool {
	why := printable(problem.Message)
	if len(p.gate) > 0 || p.model != "" {
		p.gate, p.model = nil, ""
		if problem.Hint != "" {
			why += "; " + printable(problem.Hint)
		}
		p.comments = append(p.comments, "No gate yet: "+why+".")
		l.add("", 0, "no gate was written: %s", why)
		return true
	}
	name := stageOf(string(text), problem.Line)
	at := slices.IndexFunc(p.stages, func(s *stage) bool { return s.name == name })
	if at < 0 || len(p.stages) == 1 {
		return false
	}
	p.comments = append(p.comments, fmt.Sprintf("Stage %s was left out: %s. Its command: %s", name, why, printable(p.stages[at].commandText())))
	l.add(place(p.stages[at].origin), 0, "stage %s was left out: %s", name, why)
	p.stages = slices.Delete(p.stages, at, at+1)
	return true
}

var stageLine = pattern(`^  ([A-Za-z0-9][A-Za-z0-9_-]*):`)

// stageOf names the stage that a line of the text belongs to.
func stageOf(text string, line int) string {
	name := ""
	for i, t := range strings.Split(text, "\n") {
		if m := stageLine().FindStringSubmatch(t); m != nil && i < line {
			name = m[1]
		}
	}
	return name
}

func (l *look) saw(what, path string, line int) {
	if f := (Found{what, path, line}); !slices.Contains(l.found, f) {
		l.found = append(l.found, f)
	}
}
