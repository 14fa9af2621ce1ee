package flow

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/muster-ci/muster/internal/metrics/predictions"
	"github.com/muster-ci/muster/internal/registry"
	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/stages"
)

// CompareError says what is wrong with what was asked to be compared.
type CompareError struct {
	Message string
	Remedy  string
}

func (e *CompareError) Error() string { return e.Message }

// Hint says what to do about it.
func (e *CompareError) Hint() string { return e.Remedy }

// source is where the predictions of one side come from.
type source struct {
	// what says what kind of thing the name stands for: "a file", "a version of the registry".
	what  string
	side  result.Side
	files []content
}

// content is one file of predictions, wherever it lies.
type content struct {
	name string
	open func() (io.ReadCloser, error)
	// digest is its SHA-256, if that is known before it is read.
	digest string
}

// answers are the predictions of one side: one set, or one for each seed.
type answers struct {
	sets    []*predictions.Set
	digests []string
}

// find looks up both sides.
func (c Compare) find(ctx context.Context, s *comparing, champion, candidate string) (err error) {
	if champion == "-" && candidate == "-" {
		return &CompareError{"standard input cannot be both sides", "write one of them to a file"}
	}
	if s.champion, err = c.resolve(ctx, champion); err != nil {
		return err
	}
	if s.candidate, err = c.resolve(ctx, candidate); err != nil {
		return err
	}
	for _, side := range []source{s.champion, s.candidate} {
		if n := len(side.files); n > 1 && !c.Recipe {
			return &CompareError{
				fmt.Sprintf("%s is %s of %d files", side.side.Name, side.what, n),
				"name one of them; or if they are one for each seed, ask which way of training is better: --question recipe",
			}
		}
	}
	return nil
}

// A name may say what kind of thing it is.
const (
	versionPrefix = "version:"
	runPrefix     = "run:"
)

// reference is what versions, aliases and runs may be called: such a name could as well be that of a file.
var reference = regexp.MustCompile(`^(version:|run:)?[A-Za-z0-9][A-Za-z0-9~-]*$`)

// resolve finds out what a name stands for: a file, a folder or a pattern, else
// a version or an alias, else a run. A name that stands for several is refused:
// a comparison of the wrong thing is worse than none.
func (c Compare) resolve(ctx context.Context, name string) (source, error) {
	if name == "-" {
		open := func() (io.ReadCloser, error) { return io.NopCloser(c.Stdin), nil }
		return source{what: "standard input", side: result.Side{Name: "-"}, files: []content{{name: "standard input", open: open}}}, nil
	}
	var found []source
	lookups := []func(context.Context, string) (source, bool, error){c.files, c.version, c.run}
	for i, lookup := range lookups {
		if i > 0 && (c.Project == nil || !reference.MatchString(name)) {
			break
		}
		s, ok, err := lookup(ctx, name)
		if err != nil {
			return source{}, err
		}
		if ok {
			s.side.Name = name
			found = append(found, s)
		}
	}
	switch len(found) {
	case 0:
		return source{}, c.nothing(name)
	case 1:
		return found[0], nil
	}
	return source{}, &CompareError{
		fmt.Sprintf("%s is %s and %s", name, found[0].what, found[1].what),
		fmt.Sprintf("write .%c%s for the file, %s%s for the version, %s%s for the run", filepath.Separator, name, versionPrefix, name, runPrefix, name),
	}
}

// nothing says that a name stands for nothing.
func (c Compare) nothing(name string) error {
	switch {
	case name == "":
		return &CompareError{"the name of a side is empty", "name a file of predictions (CSV, Parquet or JSON lines), or a folder of them"}
	case strings.HasPrefix(name, versionPrefix), strings.HasPrefix(name, runPrefix):
		kind, rest, _ := strings.Cut(name, ":")
		return &CompareError{fmt.Sprintf("there is no %s %s", kind, rest), "muster models list and muster runs list show what there is"}
	case !reference.MatchString(name):
		return &CompareError{fmt.Sprintf("there is no file %s", name), "name a file of predictions (CSV, Parquet or JSON lines), or a folder of them"}
	case c.Project == nil:
		return &CompareError{fmt.Sprintf("there is no file %s, and no muster.yaml that could say which versions and runs there are", name), "name a file of predictions, or go to the folder with muster.yaml"}
	default:
		return &CompareError{fmt.Sprintf("%s is no file, no version, no alias and no run", name), "muster models list and muster runs list show what there is"}
	}
}

// files are those that the name stands for: itself, those in a folder, or those of a pattern.
func (c Compare) files(_ context.Context, name string) (source, bool, error) {
	info, err := os.Stat(name)
	switch {
	case err == nil && info.IsDir():
		return folder(name)
	case err == nil:
		return source{what: "a file", files: []content{fileContent(name)}}, true, nil
	case !errors.Is(err, fs.ErrNotExist):
		return source{}, false, fmt.Errorf("look for %s: %w", name, err)
	case !strings.ContainsAny(name, "*?[{"):
		return source{}, false, nil
	}
	paths, err := doublestar.FilepathGlob(name, doublestar.WithFilesOnly())
	if err != nil {
		return source{}, false, &CompareError{fmt.Sprintf("%s is no pattern: %v", name, err), "patterns are like runs/*/predictions.csv"}
	}
	slices.Sort(paths)
	return several("a pattern", paths)
}

// folder takes the files of a folder whose names say that they may be predictions.
func folder(name string) (source, bool, error) {
	paths, err := doublestar.FilepathGlob(filepath.Join(escapePattern(name), "*.{csv,tsv,parquet,jsonl,ndjson,csv.gz,tsv.gz,jsonl.gz,ndjson.gz}"), doublestar.WithFilesOnly())
	if err != nil {
		return source{}, false, fmt.Errorf("list %s: %w", name, err)
	}
	if len(paths) == 0 {
		return source{}, false, &CompareError{fmt.Sprintf("%s is a folder without files of predictions", name), "their names end in .csv, .parquet or .jsonl; for others write a pattern in quotes"}
	}
	slices.Sort(paths)
	return several("a folder", paths)
}

// escapePattern keeps the characters of a name from being taken for a pattern.
func escapePattern(name string) string {
	return regexp.MustCompile(`[*?\[\]{}\\]`).ReplaceAllString(name, `\$0`)
}

func several(what string, paths []string) (source, bool, error) {
	s := source{what: what}
	for _, path := range paths {
		s.files = append(s.files, fileContent(path))
	}
	return s, len(paths) > 0, nil
}

func fileContent(path string) content {
	return content{name: path, open: func() (io.ReadCloser, error) { return os.Open(path) }}
}

// version is the version that the name stands for, or that an alias of the name does.
func (c Compare) version(ctx context.Context, name string) (source, bool, error) {
	wanted := strings.TrimPrefix(name, versionPrefix)
	reg, err := c.Project.Registry(ctx)
	if errors.Is(err, registry.ErrMissing) || strings.HasPrefix(name, runPrefix) {
		return source{}, false, nil
	}
	if err != nil {
		return source{}, false, err
	}
	v, err := reg.Version(ctx, wanted)
	what := "a version of the registry"
	if errors.Is(err, registry.ErrNoVersion) {
		if !slices.Contains(aliasesOf(ctx, reg), wanted) {
			return source{}, false, nil
		}
		v, _, err = reg.Current(ctx, wanted)
		what = "an alias of the registry"
	}
	if err != nil {
		return source{}, false, err
	}
	s := source{what: what, side: result.Side{Version: v.Version, Model: v.Model.Digest}}
	if v.Run != nil && v.Run.Evaluation != nil && v.Run.Evaluation.Predictions != nil {
		file := *v.Run.Evaluation.Predictions
		s.files = []content{{name: file.Path + " of " + v.Version, digest: file.SHA256, open: func() (io.ReadCloser, error) { return c.openVersion(ctx, reg, v) }}}
		return s, true, nil
	}
	return s, true, unkept(v.Version)
}

func aliasesOf(ctx context.Context, reg *registry.Registry) []string {
	aliases, err := reg.Aliases(ctx)
	if err != nil {
		return nil // Current says what is wrong with the one that is asked for
	}
	return aliases
}

// openVersion opens the predictions that the registry keeps, or else the ones
// that the run left here.
func (c Compare) openVersion(ctx context.Context, reg *registry.Registry, v result.Version) (io.ReadCloser, error) {
	in, err := reg.OpenPredictions(ctx, v)
	if !errors.Is(err, registry.ErrNoPredictions) {
		return in, err
	}
	if in, err := c.openKept(v.Run.Evaluation.Predictions.SHA256); err == nil {
		return in, nil
	}
	return nil, unkept(v.Version)
}

func unkept(version string) error {
	return &CompareError{
		fmt.Sprintf("the registry does not keep what %s answered: it was promoted by a muster that did not keep predictions", version),
		"let its own evaluate stage write them again (at its commit: muster run), and name that run or the file; versions that are promoted from now on keep theirs",
	}
}

// openKept opens an object of the project's own store, and makes no store.
func (c Compare) openKept(digest string) (io.ReadCloser, error) {
	kept, err := c.Project.kept()
	if err != nil {
		return nil, err
	}
	store, err := kept.Store()
	if err != nil {
		return nil, err
	}
	return store.Open(digest)
}

// kept opens the folder beside muster.yaml, if it is there.
func (p *Project) kept() (*stages.Folder, error) {
	if p.Folder != nil {
		return p.Folder, nil
	}
	if _, err := os.Stat(filepath.Join(p.Dir, ".muster", "runs")); err != nil {
		return nil, err
	}
	return stages.OpenFolder(p.Dir)
}

// run is the run that the name stands for.
func (c Compare) run(_ context.Context, name string) (source, bool, error) {
	if strings.HasPrefix(name, versionPrefix) {
		return source{}, false, nil
	}
	kept, err := c.Project.kept()
	if errors.Is(err, fs.ErrNotExist) {
		return source{}, false, nil
	}
	if err != nil {
		return source{}, false, err
	}
	run, err := kept.LoadRun(strings.TrimPrefix(name, runPrefix), c.Project.Config.Name)
	if ambiguous, ok := errors.AsType[*stages.RefError](err); ok && len(ambiguous.Matches) > 0 && strings.HasPrefix(name, runPrefix) {
		return source{}, false, err
	}
	if errors.Is(err, stages.ErrNoRun) {
		return source{}, false, nil
	}
	if err != nil {
		return source{}, false, err
	}
	if run.Evaluation == nil || run.Evaluation.Predictions == nil {
		return source{}, false, &CompareError{fmt.Sprintf("run %s has no predictions: its evaluate stage did not write any", run.ID), "name a run that came to its evaluate stage; muster runs list shows them"}
	}
	file := *run.Evaluation.Predictions
	s := source{what: "a run", files: []content{{name: file.Path + " of run " + run.ID, digest: file.SHA256, open: func() (io.ReadCloser, error) {
		in, err := c.openKept(file.SHA256)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, &CompareError{fmt.Sprintf("the predictions of run %s are no longer in the cache", run.ID), "run it again: muster run"}
		}
		return in, err
	}}}}
	if run.Candidate != nil {
		s.side.Model = run.Candidate.Digest
	}
	return s, true, nil
}

// sideOf completes the side by what was read.
func (s source) sideOf(a answers) result.Side {
	side := s.side
	side.Predictions, side.Rows = a.digests, a.sets[0].Len()
	return side
}
