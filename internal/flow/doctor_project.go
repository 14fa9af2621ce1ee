package flow

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/muster-ci/muster/actions"
	"github.com/muster-ci/muster/internal/config"
	"github.com/muster-ci/muster/internal/git"
	"github.com/muster-ci/muster/internal/registry"
	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/stages"
)

func (e *examination) configuration(context.Context) result.Check {
	err := e.cfgErr
	if err == nil {
		_, err = stages.NewPlan(e.cfg, nil)
	}
	if invalid, is := errors.AsType[*config.Error](err); is && len(invalid.Problems) > 0 {
		first := invalid.Problems[0]
		text := fmt.Sprintf("%s:%d:%d: %s", first.Path, first.Line, first.Column, first.Message)
		if more := len(invalid.Problems) - 1; more > 0 {
			text += fmt.Sprintf(", and %d more; muster graph shows them", more)
		}
		return fail(first.Hint, "%s", text)
	}
	if errors.Is(err, config.ErrNotFound) {
		return warn("go to the folder that has one, name it with --file, or write a first one with muster init", "%v", err)
	}
	if err != nil {
		return fail("check the file", "%v", err)
	}
	count := fmt.Sprintf("%d stages", len(e.cfg.Stages))
	if len(e.cfg.Stages) == 1 {
		count = "1 stage"
	}
	text := fmt.Sprintf("%s is valid: pipeline %s, %s", e.File, e.cfg.Name, count)
	if e.cfg.Gate == nil {
		return ok("%s, no gate", text)
	}
	return ok("%s, a gate", text)
}

func (e *examination) git(ctx context.Context) result.Check {
	version, err := git.Version(ctx)
	if err != nil {
		return fail("install git; runs, gate and score read the commit from it", "git does not answer: %v", err)
	}
	repo, err := git.Open(ctx, e.dir)
	switch {
	case err != nil && hasGit(e.dir):
		return fail("it may belong to another user: git config --global --add safe.directory '*' in a CI job, or change its owner",
			"git %s does not take this folder for a working copy, although it has a .git", version)
	case err != nil:
		return warn("git init, and commit: records then say which code made a model", "git %s, but this folder is no working copy", version)
	case repo.Head(ctx) == "":
		return warn("commit: records then say which code made a model", "git %s; there is no commit yet", version)
	}
	if shallow, err := repo.Shallow(ctx); err == nil && shallow && actions.DetectHost(e.Env) != actions.Plain {
		return warn("let the checkout fetch all: fetch-depth: 0 (GitHub), GIT_DEPTH: 0 (GitLab)",
			"git %s; older commits are missing here, so that nothing can be compared with them", version)
	}
	text := fmt.Sprintf("git %s, commit %.7s", version, repo.Head(ctx))
	if branch := repo.Branch(ctx); branch != "" {
		text += " on " + branch
	}
	if dirty, err := repo.Dirty(ctx); err == nil && dirty {
		text += ", with changes that are not committed"
	}
	return ok("%s", text)
}

// hasGit reports whether the folder or one around it looks like a working copy.
func hasGit(dir string) bool {
	dir, err := filepath.Abs(dir)
	for err == nil {
		if _, err := os.Lstat(filepath.Join(dir, ".git")); err == nil {
			return true
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			break
		}
		dir = parent
	}
	return false
}

func (e *examination) host(context.Context) result.Check {
	host := actions.DetectHost(e.Env)
	if ci, _ := e.Env("CI"); host == actions.Plain && ci != "" && ci != "false" {
		return warn("muster ci works there, but publishes nothing to the host", "a CI job, but of no host that muster knows (GitHub Actions, GitLab CI)")
	}
	if host == actions.Plain {
		return ok("none: this is no CI job")
	}
	if missing := actions.Missing(host, e.Env); len(missing) > 0 {
		return fail("pass the job's variables on to where muster runs, for example into its container", "%s, but %s not set", host, list(missing))
	}
	event, err := actions.Detect(host, e.Env, "", "")
	if err != nil {
		return fail("the event's file must be readable where muster runs", "%v", err)
	}
	text := "a change, or a branch that is trusted no more than one"
	if event.DefaultBranch {
		text = "the default branch " + event.Branch
	}
	return ok("%s: the job runs for %s", host, text)
}

// secrets looks for the variables that stages are to get; what is in them is nobody's business.
func (e *examination) secrets(context.Context) result.Check {
	var names, missing []string
	if e.cfg != nil {
		for _, stage := range e.cfg.Stages {
			names = append(names, stage.Secrets...)
		}
	}
	slices.Sort(names)
	names = slices.Compact(names)
	for _, name := range names {
		if value, _ := e.Env(name); value == "" {
			missing = append(missing, name)
		}
	}
	switch {
	case len(names) == 0:
		return notApplicable("no stage asks for any")
	case len(missing) > 0:
		return warn("set them where muster runs; in a job, as the host's secrets (a change request may not get them)", "not set: %s", list(missing))
	default:
		return ok("set: %s", list(names))
	}
}

func (e *examination) registry(ctx context.Context) result.Check {
	switch {
	case e.cfg == nil:
		return notApplicable(noFile)
	case e.cfg.Gate == nil:
		return notApplicable("there is no gate")
	}
	project, err := newProject(e.cfg, e.File, e.RegistryPath)
	if err != nil {
		return fail("check the folder", "%v", err)
	}
	if actions.DetectHost(e.Env) != actions.Plain && project.insideCheckout(ctx) {
		return fail("set MUSTER_REGISTRY to a folder that outlives the job", "%s lies in the checkout, and is gone when the job ends", project.RegistryPath)
	}
	reg, err := project.Registry(ctx)
	if errors.Is(err, registry.ErrMissing) {
		return warn("make it once: muster models init; until then the gate cannot decide", "there is none at %s", project.RegistryPlace())
	}
	if err != nil {
		return fail("check registry: in "+e.File+", and MUSTER_REGISTRY", "%v", err)
	}
	version, _, err := reg.Current(ctx, e.cfg.Gate.Champion)
	switch {
	case errors.Is(err, registry.ErrNoAlias):
		return ok("%s; no model was promoted yet", project.RegistryPlace())
	case err != nil:
		return fail("see muster models list", "%v", err)
	default:
		return ok("%s; %s is %s", project.RegistryPlace(), e.cfg.Gate.Champion, strings.TrimSpace(version.Version))
	}
}
