package flow

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/muster-ci/muster/actions"
	"github.com/muster-ci/muster/internal/config"
	"github.com/muster-ci/muster/internal/result"
)

// OpenBroken stands in for a pipeline whose configuration cannot be read, so that its
// host can be told. The project's configuration is the base's; if that cannot be read
// either, there is only a name: the folder's. It is nil if the base knows nothing of the
// pipeline, so that nobody waits for it.
func OpenBroken(ctx context.Context, file, registryPath string, base actions.Base) (*Project, *Base, error) {
	abs, err := filepath.Abs(file)
	if err != nil {
		return nil, nil, fmt.Errorf("open project: %w", err)
	}
	dir, there := baseOfFile(ctx, abs, base)
	if _, err := config.Load(abs); there.New && errors.Is(err, config.ErrNotFound) {
		return nil, there, nil
	}
	cfg := there.Config
	if cfg == nil {
		cfg = &config.Config{Name: there.called, CI: config.DefaultCI()}
	}
	project, err := standIn(cfg, dir, abs, registryPath)
	return project, there, err
}

// Broken says on the host that there is nothing to run, and why: nothing that could let
// the change pass. The cause is the outcome's error.
func (c CI) Broken(ctx context.Context, cause error) Outcome {
	out := Outcome{Errors: []error{cause}, broken: "its configuration could not be read"}
	out.Report = result.Report{
		Schema: result.SchemaOf[result.Report](), Pipeline: c.name(), Created: time.Now().UTC().Truncate(time.Second), Commit: c.Event.Commit,
	}
	say := func(what string) { out.Report.Problems = append(out.Report.Problems, "configuration: "+what) }
	invalid, ok := errors.AsType[*config.Error](cause)
	switch {
	case ok:
		out.broken = c.Project.File + " is not valid"
		for _, problem := range invalid.Problems {
			say(problem.String())
		}
	case errors.Is(cause, config.ErrNotFound):
		out.broken = c.Project.File + " is not there"
		say(cause.Error())
	default:
		say(cause.Error())
	}
	out.notes = c.notes(ctx, out)
	out.note("report", errors.Join(WriteReport(c.Project, out.Report), c.writeSummary(out)))
	c.publish(ctx, &out)
	return out
}
