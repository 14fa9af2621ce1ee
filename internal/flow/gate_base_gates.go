package flow

import (
	"context"
	"errors"
	"path"
	"path/filepath"
	"slices"

	"github.com/muster-ci/muster/internal/config"
	"github.com/muster-ci/muster/internal/git"
)

// holdGates looks for every gate that the base has: one that the change drops,
// moves or renames guards nothing any more. It reports whether this pipeline's
// own is among them; then there is nothing to measure.
func (g Gate) holdGates(ctx context.Context, t *trial) (own bool, err error) {
	if g.Base.Commit == "" || g.Base.repo == nil {
		return false, nil
	}
	before, err := g.Base.gates(ctx)
	if err != nil {
		return false, err
	}
	for _, was := range before {
		now := g.gateNow(was)
		if now.state == gateKept && !g.doubles(was) {
			continue
		}
		if now.state == gateKept {
			now = gateNow{state: gateMoved, file: g.Base.own}
		}
		if now.state == gateGone {
			if now, err = g.movedTo(ctx, was, before); err != nil {
				return false, err
			}
		}
		now.say(t, g.Base, was)
		own = own || was.file == g.Base.own || now.file == g.Base.own
	}
	return own, nil
}

// gateNow is what became of a gate.
type gateNow struct {
	state gateState
	file  string // where it is now, if it moved
	name  string // what it is called now, if it was renamed
	why   string
}

type gateState int

const (
	gateKept gateState = iota
	gateGone
	gateMoved
	gateRenamed
)

func (n gateNow) say(t *trial, base *Base, was gateAt) {
	switch at := base.place(was.file); n.state {
	case gateGone:
		t.note("gate-dropped", "the gate of %s is in %s, and this change drops it: %s", was.name, at, n.why)
	case gateMoved:
		t.note("gate-moved", "the gate of %s is in %s, and this change moves it to %s, where no check of the base looks", was.name, at, n.file)
	case gateRenamed:
		t.note("gate-renamed", "the pipeline is called %s in %s, and this change calls it %s: champion, history and reports go by the name", was.name, at, n.name)
	}
}

// gateNow looks at the file where the base has the gate.
func (g Gate) gateNow(was gateAt) gateNow {
	cfg, err := g.configNow(was.file)
	switch {
	case errors.Is(err, config.ErrNotFound):
		return gateNow{state: gateGone, why: "the file is gone"}
	case err != nil:
		return gateNow{state: gateGone, why: "the file is not valid any more"}
	case cfg.Gate == nil:
		return gateNow{state: gateGone, why: "the file has no gate section"}
	case cfg.Name != was.name:
		return gateNow{state: gateRenamed, name: cfg.Name}
	}
	return gateNow{}
}

// doubles reports whether what is run is a pipeline of the base from a file that the
// base does not have: it has the name, the champion and the reports of the other one,
// and would be judged by a gate of its own.
func (g Gate) doubles(was gateAt) bool {
	return g.Base.New && was.file != g.Base.own && was.name == g.Project.Config.Name
}

// configNow reads a configuration of the working copy.
func (g Gate) configNow(file string) (*config.Config, error) {
	if file == g.Base.own && !g.Project.gone {
		return g.Project.Config, nil
	}
	return config.Load(filepath.Join(g.Base.top, filepath.FromSlash(file)))
}

// movedTo looks for the gate in another file of the change: one of that name, or
// the same text in a folder by which it is called otherwise.
func (g Gate) movedTo(ctx context.Context, was gateAt, before []gateAt) (gateNow, error) {
	gone := g.gateNow(was)
	files, err := g.configsNow(ctx)
	if err != nil {
		return gone, err
	}
	for _, file := range files {
		if slices.ContainsFunc(before, func(other gateAt) bool { return other.file == file }) {
			continue
		}
		if cfg, err := g.configNow(file); err == nil && cfg.Gate != nil && (cfg.Name == was.name || cfg.Text() == was.text) {
			return gateNow{state: gateMoved, file: file}, nil
		}
	}
	return gone, nil
}

// configsNow lists the change's configurations: the one that is run, and all that are called like one.
func (g Gate) configsNow(ctx context.Context) ([]string, error) {
	repo, err := git.Open(ctx, g.Base.top)
	if err != nil {
		return nil, err
	}
	files, err := repo.Files(ctx)
	if err != nil {
		return nil, err
	}
	files = slices.DeleteFunc(files, func(file string) bool { return path.Base(file) != config.FileName || file == g.Base.own })
	if !g.Project.gone {
		files = append(files, g.Base.own)
	}
	return files, nil
}
