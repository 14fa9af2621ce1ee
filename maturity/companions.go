package maturity

import (
	"context"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/config"
	"github.com/muster-ci/muster/internal/git"
	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/maturity/catalogue"
	"github.com/muster-ci/muster/maturity/facts"
	"github.com/muster-ci/muster/maturity/forge"
	"github.com/muster-ci/muster/maturity/source"
)

// companion is another repository that belongs to this one: the one that deploys it.
type companion struct {
	// name is how paths in it begin: "../churn-deploy".
	name string
	set  *facts.Set
}

// companions reads the clones that the team names, of which the schema of its settings
// lets five through. A clone that is not there, or is at
// another commit, supplies nothing, and that is said.
func (t *team) companions(ctx context.Context, dir string, tools *catalogue.Catalogue) ([]companion, error) {
	var out []companion
	for i, text := range t.score.Companions {
		line := t.score.Line(fmt.Sprintf("/companions/%d", i))
		place, commit := t.split(text)
		c, at, err := readCompanion(ctx, dir, place, tools)
		switch {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case err != nil:
			t.note(config.ScoreFile, line, fmt.Sprintf("the companion %s supplies nothing: %v", place, err))
		case commit != "" && !strings.HasPrefix(at, commit):
			t.note(config.ScoreFile, line, fmt.Sprintf("the companion %s supplies nothing: it is at %.12s, and %.12s is meant", place, at, commit))
		default:
			t.note(config.ScoreFile, line, fmt.Sprintf("the companion %s at %.12s supplies facts", place, at))
			out = append(out, c)
		}
	}
	return out, nil
}

// split takes the commit from the end of a companion's place; an address may have a
// user before its own @.
func (t *team) split(text string) (place, commit string) {
	i := strings.LastIndexByte(text, '@')
	if i < 0 || strings.ContainsAny(text[i:], "/:") {
		return text, ""
	}
	return text[:i], text[i+1:]
}

// readCompanion reads the facts of a clone beside the directory, or in it.
func readCompanion(ctx context.Context, dir, place string, tools *catalogue.Catalogue) (companion, string, error) {
	name := path.Clean(place)
	if strings.Contains(place, "://") {
		name = "../" + strings.TrimSuffix(path.Base(place), ".git")
	}
	at, err := beside(dir, filepath.FromSlash(name))
	if err != nil {
		return companion{}, "", fmt.Errorf("there is no clone in %s", name)
	}
	repo, err := git.OpenUntrusted(ctx, at)
	if err != nil {
		return companion{}, "", fmt.Errorf("there is no clone in %s", name)
	}
	where := repo.Place(ctx)
	switch {
	case where.Prefix != "": // a folder of some other clone, which nobody named
		return companion{}, "", fmt.Errorf("%s is no clone of its own", name)
	case name != place && forge.Web(where.Origin) != forge.Web(place):
		return companion{}, "", fmt.Errorf("the clone in %s is of another repository", name)
	}
	checkout, err := look(ctx, at, Options{})
	if err != nil {
		return companion{}, "", err
	}
	fsys, done, err := files(at, Options{})
	if err != nil {
		return companion{}, "", err
	}
	defer done()
	tree, err := source.Read(ctx, fsys, checkout.files)
	if err != nil {
		return companion{}, "", err
	}
	pipelines, _ := pipelines(tree, checkout.branch)
	view := facts.Look(facts.Input{Tree: tree, Catalogue: tools, Pipelines: pipelines})
	return companion{name: name, set: view.Project(".", nil)}, checkout.commit, nil
}

// beside is the place of a folder that lies in another one, or right beside it, all links
// followed: a change request must not have any clone on the machine read.
func beside(dir, name string) (string, error) {
	home, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return "", fmt.Errorf("look for companion: %w", err)
	}
	at, err := filepath.EvalSymlinks(filepath.Join(home, name))
	if err != nil {
		return "", fmt.Errorf("look for companion: %w", err)
	}
	home, err = filepath.Abs(home)
	if err != nil {
		return "", fmt.Errorf("look for companion: %w", err)
	}
	if at, err = filepath.Abs(at); err != nil {
		return "", fmt.Errorf("look for companion: %w", err)
	}
	rel, err := filepath.Rel(home, at)
	if err != nil || rel == "." || !filepath.IsLocal(rel) && filepath.Dir(at) != filepath.Dir(home) {
		return "", fmt.Errorf("look for companion: %s lies elsewhere", name)
	}
	return at, nil
}

// add puts the companion's facts into a project's: of what runs there, and of what it is
// told to run, not of its documents and tests.
func (c companion) add(set *facts.Set) {
	id := func(id string) string { return c.name + "/" + id }
	for key, e := range c.set.Entries {
		e.ID, e.Path, e.Chain = id(e.ID), c.name+"/"+e.Path, id(e.Chain)
		e.Needs = slices.Clone(e.Needs)
		for i := range e.Needs {
			e.Needs[i] = id(e.Needs[i])
		}
		set.Entries[id(key)] = e
	}
	for category, list := range c.set.Facts {
		for _, f := range list {
			if strings.HasPrefix(category, "claim.") || f.Context != string(source.Source) && f.Context != "command" {
				continue
			}
			f.Path, f.Entries = c.name+"/"+f.Path, slices.Clone(f.Entries)
			for i := range f.Entries {
				f.Entries[i].ID = id(f.Entries[i].ID)
			}
			set.Facts[category] = append(set.Facts[category], f)
		}
	}
}

// elsewhere reports whether evidence lies in a companion.
func elsewhere(e result.Evidence) bool { return strings.HasPrefix(e.Path, "../") }
