package flow

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/muster-ci/muster/internal/config"
	"github.com/muster-ci/muster/internal/git"
	"github.com/muster-ci/muster/internal/result"
)

// findWaivers reads the ruler's waivers. A file of the working copy's own with a
// mistake is an error. The base's lets nothing pass and says so: the change that
// mends it must be able to come through.
func (g Gate) findWaivers(_ context.Context, t *trial) error {
	file := t.ruler.config.Gate.Waivers
	if file == "" || t.bootstrap { // what a change brings along itself waives nothing of it
		return nil
	}
	waivers, err := readWaivers(t.ruler, file)
	invalid, isInvalid := errors.AsType[*config.Error](err)
	switch {
	case err == nil:
		t.waivers = waivers
		return nil
	case t.ruler.commit == "" || !isInvalid:
		return err
	default:
		t.undecided("waivers-invalid", "the waivers of %s hold nothing: %v", t.ruler.from, invalid)
		return nil
	}
}

func readWaivers(r ruler, file string) ([]result.Waiver, error) {
	data, err := r.read(file, config.MaxSize)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, r.config.ProblemAt("/gate/waivers", fmt.Sprintf("there is no file %s", file), "make it, or take the line out")
	case err != nil:
		return nil, r.config.ProblemAt("/gate/waivers", fmt.Sprintf("%s cannot be read: %v", file, err), "name a file of waivers")
	}
	parsed, err := config.ParseWaivers(file, data, time.Now())
	if err != nil {
		return nil, err
	}
	waivers := make([]result.Waiver, len(parsed))
	for i, w := range parsed {
		waivers[i] = result.Waiver{
			Finding: w.Finding, Metric: w.Metric, Slice: w.Slice, Reason: w.Reason, Owner: w.Owner, Expires: w.Expires,
			Source: fmt.Sprintf("%s:%d", file, w.Line),
		}
	}
	return waivers, nil
}

// tellTime says when this decision is made, once for all waivers: the latest of
// what the clock says and of what happened before. So a clock that was set back
// revives no waiver; one that runs ahead ends some early, which is the safe side.
func (g Gate) tellTime(ctx context.Context, t *trial) error {
	t.now = time.Now()
	later := func(at time.Time) {
		if at.After(t.now) {
			t.now = at
		}
	}
	later(t.run.Started)
	if len(t.waivers) == 0 {
		return nil
	}
	for _, at := range g.commitTimes(ctx, t) {
		later(at)
	}
	for _, at := range g.registryTimes(ctx, t) {
		later(at)
	}
	return ctx.Err()
}

// commitTimes are when the base's tip and the commit that was run were made.
func (g Gate) commitTimes(ctx context.Context, t *trial) []time.Time {
	repo, err := git.Open(ctx, g.Project.Dir)
	if err != nil {
		return nil
	}
	var times []time.Time
	for _, commit := range []string{t.ruler.commit, "HEAD"} {
		if commit != "" {
			times = append(times, repo.TimeOf(ctx, commit))
		}
	}
	return times
}

// registryTimes are those of the last move of the champion's alias and of the
// decisions on this data. A registry that does not open has been noted before.
func (g Gate) registryTimes(ctx context.Context, t *trial) []time.Time {
	var tried []result.Attempt
	if t.ledger != nil {
		tried = t.ledger.before
	}
	var times []time.Time
	if reg, err := g.registry(ctx, t); err == nil {
		last, err := lastMove(ctx, reg, t.ruler.config.Gate.Champion)
		times = append(times, last)
		if err == nil && t.ledger == nil && t.mine != nil {
			tried, err = reg.Attempts(ctx, t.mine.Digest())
		}
		if err != nil {
			t.undecided("registry-failed", "the registry does not say how late it is at least, by which waivers end: %v", err)
		}
	}
	for _, attempt := range tried {
		times = append(times, attempt.At)
	}
	return times
}

// lastMove is when an alias was moved last; zero if it never was.
func lastMove(ctx context.Context, reg promotions, alias string) (time.Time, error) {
	moves, err := reg.Recent(ctx, alias, 1)
	if err != nil || len(moves) == 0 {
		return time.Time{}, err
	}
	return moves[len(moves)-1].At, nil
}
