package flow

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/muster-ci/muster/actions"
	"github.com/muster-ci/muster/internal/config"
	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/stages"
)

// Doctor looks at what muster needs to work, and says what to do where
// something is missing. It changes nothing and runs no stage.
type Doctor struct {
	File, RegistryPath string
	Env                actions.Lookup
	// Executor is where stages are to run; empty for what the configuration says.
	Executor string
	// Connect finds the engine that stages run on; it is not called if they need none.
	Connect func(context.Context) (Engine, func(), error)
	// Timeout bounds each check: what does not answer is a finding too.
	Timeout time.Duration
}

// Engine is a container engine as a doctor sees it.
type Engine interface {
	Info(ctx context.Context) (stages.EngineInfo, error)
	// Shares reports whether the engine sees a folder of this machine.
	Shares(ctx context.Context, dir string) (bool, error)
	// Find returns an image that is there, or stages.ErrNoImage.
	Find(ctx context.Context, ref string) (stages.Image, error)
	// Offers returns nil if the image's registry has it.
	Offers(ctx context.Context, ref string) error
}

// examination is a doctor with what the checks have in common.
type examination struct {
	Doctor
	dir       string
	cfg       *config.Config // nil if it cannot be read
	cfgErr    error
	engine    Engine // nil if there is none
	engineErr error
	info      stages.EngineInfo
}

// check is one thing to look at.
type check struct {
	name string
	look func(context.Context) result.Check
}

// Examine makes all checks, at the same time, whatever becomes of each.
func (d Doctor) Examine(ctx context.Context) result.Diagnosis {
	e := &examination{Doctor: d, dir: filepath.Dir(d.File)}
	e.cfg, e.cfgErr = config.Load(d.File)
	if e.Executor == "" && e.cfg != nil {
		e.Executor = e.cfg.Executor
	}
	defer e.connect(ctx)()
	checks := e.checks()
	diagnosis := result.Diagnosis{
		Schema: result.SchemaOf[result.Diagnosis](), Status: result.CheckOK, Checks: make([]result.Check, len(checks)),
	}
	if e.cfg != nil {
		diagnosis.Pipeline = e.cfg.Name
	}
	var all sync.WaitGroup
	for i, c := range checks {
		all.Go(func() { diagnosis.Checks[i] = d.bounded(ctx, c) })
	}
	all.Wait()
	for _, found := range diagnosis.Checks {
		diagnosis.Status = worse(diagnosis.Status, found.Status)
	}
	return diagnosis
}

// checks lists what is looked at, in the order in which a reader wants to know it.
func (e *examination) checks() []check {
	list := []check{
		{"configuration", e.configuration},
		{"engine", e.engineItself},
		{"shared files", e.sharedFiles},
		{"resources", e.resources},
	}
	list = append(list, e.images()...)
	return append(list,
		check{"disk", e.disk},
		check{"engine's disk", e.engineDisk},
		check{"git", e.git},
		check{"host", e.host},
		check{"secrets", e.secrets},
		check{"registry", e.registry},
		check{"user", e.user},
		check{"clock", e.clock},
	)
}

// bounded makes one check. One that hangs, as a dead network mount does, is left behind.
func (d Doctor) bounded(ctx context.Context, c check) result.Check {
	ctx, cancel := context.WithTimeout(ctx, d.Timeout)
	defer cancel()
	done := make(chan result.Check, 1)
	go func() { done <- c.look(ctx) }()
	var found result.Check
	select {
	case found = <-done:
	case <-ctx.Done():
		if errors.Is(ctx.Err(), context.Canceled) {
			found = notApplicable("interrupted")
			break
		}
		found = fail("see whether what it asks for answers at all: a network mount, an engine, a proxy", "no answer within %s", d.Timeout)
	}
	found.Name = c.name
	return found
}

func (e *examination) needsEngine() bool { return e.Executor != "process" }

// connect finds the engine; the function that it returns closes the connection.
func (e *examination) connect(ctx context.Context) func() {
	if !e.needsEngine() {
		return func() {}
	}
	ctx, cancel := context.WithTimeout(ctx, e.Timeout)
	defer cancel()
	engine, done, err := e.Connect(ctx)
	if err != nil {
		e.engineErr = err
		return func() {}
	}
	if e.info, e.engineErr = engine.Info(ctx); e.engineErr == nil {
		e.engine = engine
	}
	return done
}

// worse returns the one of two outcomes that matters more.
func worse(a, b result.CheckStatus) result.CheckStatus {
	for _, status := range []result.CheckStatus{result.CheckFail, result.CheckWarn} {
		if a == status || b == status {
			return status
		}
	}
	return result.CheckOK
}

func ok(format string, args ...any) result.Check {
	return result.Check{Status: result.CheckOK, Message: fmt.Sprintf(format, args...)}
}

func notApplicable(why string) result.Check {
	return result.Check{Status: result.CheckNotApplicable, Message: why}
}

func warn(hint, format string, args ...any) result.Check {
	return result.Check{Status: result.CheckWarn, Message: fmt.Sprintf(format, args...), Hint: hint}
}

func fail(hint, format string, args ...any) result.Check {
	return result.Check{Status: result.CheckFail, Message: fmt.Sprintf(format, args...), Hint: hint}
}

// list joins names for people; of many the first.
func list(names []string) string {
	const most = 5
	if len(names) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
	}
	return strings.Join(names, ", ")
}
