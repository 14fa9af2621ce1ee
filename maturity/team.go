package maturity

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/config"
	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/maturity/catalogue"
	"github.com/muster-ci/muster/maturity/rubric"
	"github.com/muster-ci/muster/maturity/source"
)

// team is what a team says of how its repository is scored.
type team struct {
	score    *config.Score
	attested []config.Attestation
	// in lists what is in force.
	in []result.Evidence
	// tree and files are the repository's.
	tree  *source.Tree
	files fs.FS
}

// maxTeamFiles is how many files a team's folder of criteria or of tools may have.
const maxTeamFiles = 200

// forTeam returns what scores for the team: its own rubric and catalogue, and what it says of the repository. The
// files may be anybody's: they are bounded, and their rules can neither reach
// anything nor take long.
func (s *Scorer) forTeam(fsys fs.FS) (*Scorer, *team, error) {
	t := &team{score: &config.Score{}}
	core := map[string]bool{}
	tools, rules, err := folders(fsys)
	if err != nil {
		return nil, nil, err
	}
	own := &Scorer{}
	var named map[string][]string
	if own.tools, named, err = s.tools.With(tools); err != nil {
		return nil, nil, err
	}
	for _, file := range slices.Sorted(maps.Keys(named)) {
		t.note(file, 0, "tools of the team's own: "+strings.Join(named[file], ", "))
	}
	withRules, _, err := s.rubric.With(rules, nil)
	if err != nil {
		return nil, nil, err
	}
	for _, c := range withRules.Criteria {
		core[c.ID] = c.Core
	}
	if data, ok, err := small(fsys, config.ScoreFile); err != nil {
		return nil, nil, err
	} else if ok {
		if t.score, err = config.ParseScore(config.ScoreFile, data, core); err != nil {
			return nil, nil, err
		}
	}
	var changes []rubric.Change
	if own.rubric, changes, err = s.rubric.With(rules, t.score.Off); err != nil {
		return nil, nil, err
	}
	for _, c := range changes {
		t.note(c.Path, c.Line, c.What)
	}
	t.shares(own.rubric)
	t.describe()
	return own, t, t.attest(fsys, withRules)
}

// note says what is in force, and where it stands.
func (t *team) note(file string, line int, what string) {
	t.in = append(t.in, result.Evidence{Path: file, Line: line, Note: what})
}

func (t *team) shares(r *rubric.Rubric) {
	if own := t.score.Shares.Own; own > 0 {
		r.Shares.Own = float64(own) / 100
	}
	if below := t.score.Shares.Below; below > 0 {
		r.Shares.Below = float64(below) / 100
	}
	if r.Shares != rubric.DefaultShares() {
		t.note(config.ScoreFile, t.score.Line("/shares"), fmt.Sprintf("a level needs %.0f %% of its weight, and %.0f %% of each below", 100*r.Shares.Own, 100*r.Shares.Below))
	}
}

// describe lists what the score file has in force.
func (t *team) describe() {
	if t.score.Kind != "" {
		t.note(config.ScoreFile, t.score.Line("/kind"), "the repository is taken for: "+t.score.Kind)
	}
	for i, r := range t.score.Roots {
		what := "a project is in " + r.Path
		if r.Production {
			what += ", and serves users"
		}
		t.note(config.ScoreFile, t.score.Line(fmt.Sprintf("/roots/%d", i)), what)
	}
	for i, id := range t.score.Off {
		t.note(config.ScoreFile, t.score.Line(fmt.Sprintf("/off/%d", i)), "criterion "+id+" is not asked")
	}
}

// attest reads what people say.
func (t *team) attest(fsys fs.FS, r *rubric.Rubric) error {
	data, ok, err := small(fsys, config.AttestFile)
	if err != nil || !ok {
		return err
	}
	may := map[string]config.Attestable{}
	for _, c := range r.Criteria {
		may[c.ID] = config.Attestable{Met: c.Attest, Not: c.NotApplicable != ""}
	}
	t.attested, err = config.ParseAttestations(config.AttestFile, data, may)
	return err
}

// options are the caller's, with the team's where the caller says nothing.
func (t *team) options(opts Options) Options {
	opts.Kind = cmp.Or(opts.Kind, result.Kind(t.score.Kind))
	if opts.Production == nil {
		for _, r := range t.score.Roots {
			if r.Production {
				opts.Production = append(opts.Production, r.Path)
			}
		}
	}
	return opts
}

// roots are the projects that the team names; nil if it names none.
func (t *team) roots() ([]string, error) {
	var all []string
	for i, r := range t.score.Roots {
		if !slices.ContainsFunc(t.tree.Files, func(f string) bool { return source.Under(f, r.Path) }) {
			return nil, t.score.ProblemAt(fmt.Sprintf("/roots/%d/path", i), "there is no file below "+r.Path, "name a folder of the repository")
		}
		all = append(all, r.Path)
	}
	return all, nil
}

// folders opens the team's folders, after a look at how much is in them.
func folders(fsys fs.FS) (tools, rules fs.FS, err error) {
	if tools, err = folder(fsys, catalogue.Folder); err != nil {
		return nil, nil, err
	}
	rules, err = folder(fsys, rubric.Folder)
	return tools, rules, err
}

// folder is nil if there is none.
func folder(fsys fs.FS, dir string) (fs.FS, error) {
	count := 0
	if _, err := fs.Stat(fsys, dir); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	err := fs.WalkDir(fsys, dir, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		if count++; count > maxTeamFiles {
			return tooMuch(dir, fmt.Sprintf("there are more than %d files", maxTeamFiles))
		}
		_, err = regular(fsys, name)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", dir, err)
	}
	return fs.Sub(fsys, dir)
}

// regular refuses what is no file, and what is too large to be written by people.
func regular(fsys fs.FS, name string) (ok bool, err error) {
	info, err := fs.Stat(fsys, name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("read %s: %w", name, err)
	case !info.Mode().IsRegular():
		return false, tooMuch(name, "this is no file")
	case info.Size() > config.MaxSize:
		return false, tooMuch(name, "the file is larger than 1 MiB")
	}
	return true, nil
}

// small reads a file that people write; ok is false if there is none.
func small(fsys fs.FS, name string) (data []byte, ok bool, err error) {
	if ok, err = regular(fsys, name); err != nil || !ok {
		return nil, false, err
	}
	file, err := fsys.Open(name)
	if err != nil {
		return nil, false, fmt.Errorf("read %s: %w", name, err)
	}
	defer file.Close()
	if data, err = io.ReadAll(io.LimitReader(file, config.MaxSize)); err != nil {
		return nil, false, fmt.Errorf("read %s: %w", name, err)
	}
	return data, true, nil
}

func tooMuch(name, what string) error {
	return &config.Error{Problems: []config.Problem{{Path: name, Message: what, Hint: "score with --no-overrides to leave the repository's own settings out"}}}
}
