package maturity

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/muster-ci/muster/internal/config"
	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/maturity/catalogue"
	"github.com/muster-ci/muster/maturity/facts"
	"github.com/muster-ci/muster/maturity/forge"
	"github.com/muster-ci/muster/maturity/reach"
	"github.com/muster-ci/muster/maturity/rubric"
	"github.com/muster-ci/muster/maturity/source"
)

// Options change what is scored. The zero value scores the whole directory.
type Options struct {
	// Project is the folder in the repository that is scored, with slashes, "."
	// for all of it as one project. If it is "", the repository's projects are
	// found, and each is scored. CI files of the repository's root belong to a
	// project where their commands work on it.
	Project string
	// Production are the projects that serve users: the lowest of them gives the
	// repository its level.
	Production []string
	// Files are the paths to read, relative to the directory. If nil, they are
	// the files that git tracks, or all files where there is no git.
	Files []string
	// Records holds run records as <id>/run.json. If nil, they are read from
	// .muster/runs in the directory.
	Records fs.FS
	// Kind overrides what kind of repository it is taken for.
	Kind result.Kind
	// NoOverrides leaves out what the repository itself says of how it is scored, and
	// what people attest in it: for whoever scores somebody else's.
	NoOverrides bool
	// Forge is what the forge told; nil if it was not asked.
	Forge *result.ForgeFacts
	// Web is the repository's address on the web, which evidence is linked to; ""
	// is that of the remote "origin", if it has one.
	Web string
	// Now is what the ages of records are counted from; zero is the present. The
	// same tree, facts and Now give the same assessment.
	Now time.Time
	// Tree is read in place of the directory if it is given: the tree of the
	// commit Commit. Files must name what is in it, and run records do not count.
	Tree   fs.FS
	Commit string
	// Cache keeps what was found in the files of the directory; the zero value
	// keeps nothing. Its Repository is set to the directory.
	Cache Cache
	// Seen is given the facts of a project, "." for the whole repository, and the
	// rubric that is asked of them; it must change neither.
	Seen func(project string, set *facts.Set, asked *rubric.Rubric)
	// Listed is given what is known of the directory before it is read.
	Listed func(Listing)
}

// Listing is a directory before it is read: its files, the default branch and the address
// of the remote "origin", "" if that is not known.
type Listing struct {
	Files          []string
	Branch, Remote string
}

// Cache keeps on disk what was found in files.
type Cache = source.Cache

// Scorer has a rubric and a catalogue, ready to score any number of repositories.
type Scorer struct {
	rubric *rubric.Rubric
	tools  *catalogue.Catalogue
	loaded func() error // waits for both
}

// New begins to load the rubric and the catalogue that come with the program. What fails,
// [Scorer.Score] says.
func New() *Scorer {
	s := new(Scorer)
	s.loaded = sync.OnceValue(s.load)
	go func() { _ = s.loaded() }() // whoever scores is told
	return s
}

func (s *Scorer) load() error {
	var group errgroup.Group
	group.Go(func() (err error) {
		if s.rubric, err = rubric.Bundled(); err != nil {
			return fmt.Errorf("load rubric: %w", err)
		}
		return nil
	})
	group.Go(func() (err error) {
		if s.tools, err = catalogue.Bundled(); err != nil {
			return fmt.Errorf("load catalogue: %w", err)
		}
		return nil
	})
	return group.Wait()
}

// Score reads the repository in a directory and assesses it. Where nothing changed
// that an earlier score rests on, that one's answers hold.
func (s *Scorer) Score(ctx context.Context, dir string, opts Options) (result.Assessment, error) {
	var none result.Assessment
	open := opts.cache(dir).Open() // while git is asked
	checkout, err := look(ctx, dir, opts)
	if err != nil {
		return none, fmt.Errorf("list files: %w", err)
	}
	if opts.Listed != nil {
		opts.Listed(Listing{checkout.files, checkout.branch, checkout.place.Origin})
	}
	fsys, done, err := files(dir, opts)
	if err != nil {
		return none, fmt.Errorf("open directory: %w", err)
	}
	defer done()
	var remembering sync.WaitGroup
	remembering.Go(func() { checkout.remember(ctx, dir, opts) })
	glance := open(fsys, checkout.files)
	_, _ = glance.Sum(ctx) // now, while git is asked once more
	remembering.Wait()
	if err := s.loaded(); err != nil {
		return none, err
	}
	r := reading{scorer: s, dir: dir, opts: opts, checkout: checkout, fsys: fsys, glance: glance}
	if opts.Tree == nil { // what lies beside the working copy says nothing of an older tree
		r.runs = readRuns(dir, checkout.commit, opts.Records)
	}
	a, err := r.remembered(ctx)
	if err != nil {
		return none, err
	}
	a.Commit, a.Forge = checkout.commit, reportOf(opts.Forge)
	linked(&a, cmp.Or(opts.Web, forge.Web(checkout.place.Origin)), checkout.place.Prefix)
	return a, nil
}

// reading is a repository that is about to be read.
type reading struct {
	scorer   *Scorer
	dir      string
	opts     Options
	checkout checkout
	fsys     fs.FS
	glance   *source.Glance
	runs     []facts.Fact
}

// assess reads all of it, and answers the questions.
func (r reading) assess(ctx context.Context) (result.Assessment, error) {
	var none result.Assessment
	own, team := r.scorer, &team{score: &config.Score{}}
	sum, known := r.beside(source.Sum{})
	if !r.opts.NoOverrides {
		var err error
		if own, team, err = r.scorer.forTeam(r.fsys); err != nil {
			return none, fmt.Errorf("read the team's settings: %w", err)
		}
	}
	tree, err := r.glance.Read(ctx)
	if err != nil {
		return none, fmt.Errorf("read tree: %w", err)
	}
	team.tree, team.files = tree, r.fsys
	in := facts.Input{Tree: tree, Catalogue: own.tools, Phrases: own.rubric.Claims, Pages: reach.NewPages(tree)}
	unread, keepUses := r.prepare(&in)
	var meanwhile sync.WaitGroup
	meanwhile.Go(func() { r.settle(in.Pages, own.rubric) })
	defer meanwhile.Wait()
	view := facts.Look(in)
	meanwhile.Go(keepUses)
	if own.rubric.Watched() { // what a rule takes is told by what the process takes
		meanwhile.Wait()
	}
	beside := outside{opts: r.opts, checkout: r.checkout, pipelines: in.Pipelines, runs: r.runs}
	if r.opts.Tree == nil {
		if beside.beside, err = team.companions(ctx, r.dir, own.tools); err != nil {
			return none, fmt.Errorf("read companions: %w", err)
		}
	}
	p := projects{scorer: own, tree: tree, view: view, opts: team.options(r.opts), beside: beside, team: team, answered: r.answered(team, sum, known)}
	a, err := p.assess(ctx)
	if err != nil {
		return none, err
	}
	r.keep(p.answered)
	a.Overrides = team.in
	a.Unread = slices.Concat(a.Unread, r.checkout.unread, unreadFiles(tree, unread), unreadScripts(view.Walk), r.checkout.past.unseen())
	return a, nil
}

// settle does what is not waited for, one thing after the other, so that one processor is
// enough for it: what is needed first comes first.
func (r reading) settle(pages *reach.Pages, asked *rubric.Rubric) {
	pages.Read()
	r.glance.Keep()
	_ = asked.Compile() // whoever asks is told what failed
}

// prepare adds the pipelines, and what is remembered of the files' uses. It returns which
// CI files could not be read, and what keeps the uses that become known.
func (r reading) prepare(in *facts.Input) (unread []result.Evidence, keep func()) {
	var parsing sync.WaitGroup
	parsing.Go(func() { in.Pipelines, unread = pipelines(in.Tree, r.checkout.branch) })
	in.Uses, keep = r.uses(in.Catalogue)
	parsing.Wait()
	return unread, keep
}

// cache is what is remembered of a directory. What is read from the tree of a
// commit is scored once.
func (o Options) cache(dir string) Cache {
	full, err := filepath.Abs(dir)
	if err != nil || o.Tree != nil {
		return Cache{}
	}
	o.Cache.Repository = full
	return o.Cache
}

// files opens what is scored: a directory out of which no link leads, or the tree
// of another commit.
func files(dir string, opts Options) (fsys fs.FS, done func(), err error) {
	if opts.Tree != nil {
		return opts.Tree, func() {}, nil
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, nil, err
	}
	return source.Dir(root), func() { root.Close() }, nil
}

// unreadFiles lists what could not be read.
func unreadFiles(tree *source.Tree, more []result.Evidence) []result.Evidence {
	var out []result.Evidence
	for _, u := range tree.Unread {
		out = append(out, result.Evidence{Path: u.Path, Note: u.Why})
	}
	return append(out, more...)
}

func unreadScripts(walk *reach.Result) []result.Evidence {
	var out []result.Evidence
	for _, u := range walk.Unread {
		e := result.Evidence{Path: u.Path, Line: u.Line, Note: u.What}
		if len(out) == 0 || out[len(out)-1] != e {
			out = append(out, e)
		}
	}
	return out
}
