package flow

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/config"
	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/stages"
)

const (
	noEngineNeeded = "stages run on this machine, without an engine"
	noEngine       = "there is no engine to ask"
	noFile         = "there is no configuration to go by"
)

func (e *examination) engineItself(context.Context) result.Check {
	switch {
	case !e.needsEngine():
		return notApplicable(noEngineNeeded)
	case e.engineErr != nil:
		return fail(engineHint(e.engineErr), "%v", e.engineErr)
	}
	text := fmt.Sprintf("Docker %s at %s, API %s, storage %s, on %s", e.info.Version, e.info.Host, e.info.API, e.info.Storage, e.info.System)
	if e.info.Rootless {
		text += ", rootless"
	}
	if e.info.Storage == "vfs" {
		return warn("use the overlay2 storage driver where the kernel can: with vfs each layer of an image is a whole copy", "%s", text)
	}
	for _, warning := range e.info.Warnings {
		// Of all that engines warn of, this is what stages rely on.
		if strings.Contains(warning, "memory limit") || strings.Contains(warning, "pids limit") {
			return warn("what muster.yaml says under resources will not bind stages here; the engine's manual says what the kernel lacks",
				"%s; it warns: %s", text, strings.TrimPrefix(warning, "WARNING: "))
		}
	}
	return ok("%s", text)
}

// engineHint knows the commonest cause better than the engine's client does.
func engineHint(err error) string {
	var hinted interface{ Hint() string }
	switch {
	case errors.Is(err, fs.ErrPermission) || strings.Contains(err.Error(), "permission denied"):
		return "you may not use the engine's socket: join the group docker (sudo usermod -aG docker $USER, then log in again), or run a rootless engine"
	case errors.As(err, &hinted):
		return hinted.Hint()
	default:
		return "see whether docker version answers"
	}
}

func (e *examination) sharedFiles(ctx context.Context) result.Check {
	if e.engine == nil {
		return e.withoutEngine()
	}
	dir, err := filepath.Abs(e.dir)
	if err == nil {
		dir, err = filepath.EvalSymlinks(dir)
	}
	if err != nil {
		return fail("check the folder", "%v", err)
	}
	shares, err := e.engine.Shares(ctx, dir)
	switch {
	case err != nil:
		return warn("pull or build an image first: asking takes one", "whether the engine sees %s could not be found out: %v", dir, err)
	case !shares:
		return warn("nothing need be done, but files are copied to the engine and back; an engine on this machine is faster",
			"the engine does not see this machine's files")
	default:
		return ok("the engine sees %s", dir)
	}
}

func (e *examination) withoutEngine() result.Check {
	if !e.needsEngine() {
		return notApplicable(noEngineNeeded)
	}
	return notApplicable(noEngine)
}

// images makes a check for each image that stages and their services run in.
func (e *examination) images() []check {
	if e.cfg == nil {
		return []check{{"image", func(context.Context) result.Check { return notApplicable(noFile) }}}
	}
	if !e.needsEngine() {
		return nil
	}
	var checks []check
	var refs, without []string
	for _, stage := range e.cfg.Stages {
		switch {
		case stage.Build != nil:
			checks = append(checks, check{"image", func(context.Context) result.Check { return e.dockerfile(stage.Name, *stage.Build) }})
		case stage.Fetch != nil:
		case stage.Image == "":
			without = append(without, stage.Name)
		default:
			refs = append(refs, stage.Image)
		}
		for _, service := range stage.Services {
			refs = append(refs, service.Image)
		}
	}
	slices.Sort(refs)
	for _, ref := range slices.Compact(refs) {
		if !strings.HasPrefix(ref, "stage:") {
			checks = append(checks, check{"image", func(ctx context.Context) result.Check { return e.image(ctx, ref) }})
		}
	}
	if len(without) > 0 {
		checks = append(checks, check{"image", func(context.Context) result.Check {
			return fail("name one for all at the top of the file: image: python:3.12-slim", "no image is named for %s", list(without))
		}})
	}
	return checks
}

// image wants one image to be there, or to be had.
func (e *examination) image(ctx context.Context, ref string) result.Check {
	if e.engine == nil {
		return e.withoutEngine()
	}
	_, err := e.engine.Find(ctx, ref)
	switch {
	case err == nil:
		return ok("%s is there", ref)
	case !errors.Is(err, stages.ErrNoImage):
		return fail("see whether docker images answers", "%v", err)
	}
	if err := e.engine.Offers(ctx, ref); err != nil {
		return fail("check the name and the network, log in to its registry, or make the image here with docker build", "%s is not there, and cannot be had: %v", ref, err)
	}
	return ok("%s is not there; the first run pulls it", ref)
}

func (e *examination) dockerfile(stage string, build config.Build) result.Check {
	name := filepath.Join(filepath.FromSlash(build.Context), filepath.FromSlash(build.Dockerfile))
	if info, err := os.Stat(filepath.Join(e.dir, name)); err != nil || !info.Mode().IsRegular() {
		return fail("write it, or name another with build: {context: …, dockerfile: …}", "stage %s is to build from %s, which is not there", stage, name)
	}
	return ok("stage %s builds it from %s", stage, name)
}
