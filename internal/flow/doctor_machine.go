package flow

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/muster-ci/muster/internal/config"
	"github.com/muster-ci/muster/internal/git"
	"github.com/muster-ci/muster/internal/objects"
	"github.com/muster-ci/muster/internal/result"
)

const (
	mib = 1 << 20
	gib = 1 << 30
)

// disk looks at the room for .muster, and whether it can be written at all.
func (e *examination) disk(context.Context) result.Check {
	dir := e.folder()
	probe, err := os.CreateTemp(dir, ".muster-probe-*")
	if err != nil {
		return fail("check who owns the folder, and whether the disk is mounted read-only", "muster cannot write here: %v", err)
	}
	defer os.Remove(probe.Name())
	if err := probe.Close(); err != nil {
		return fail("make room on the disk", "muster cannot write here: %v", err)
	}
	return room(dir, 256*mib, 2*gib, "make room: the cache holds each output once, and a run its workspaces")
}

// folder is where muster keeps what it makes, or will.
func (e *examination) folder() string {
	own := filepath.Join(e.dir, ".muster")
	if info, err := os.Stat(own); err == nil && info.IsDir() {
		return own
	}
	return e.dir
}

func (e *examination) engineDisk(context.Context) result.Check {
	if e.engine == nil {
		return e.withoutEngine()
	}
	if _, err := os.Stat(e.info.Root); err != nil || !strings.HasPrefix(e.info.Host, "unix:") {
		return notApplicable("it is not on this machine")
	}
	return room(e.info.Root, gib, 5*gib, "make room: docker system prune removes what nothing uses")
}

// room fails below least, and warns below enough.
func room(dir string, least, enough int64, hint string) result.Check {
	disk, err := objects.DiskOf(dir)
	if err != nil {
		return warn("see whether df shows it", "%v", err)
	}
	if whole, err := filepath.Abs(dir); err == nil {
		dir = whole
	}
	text := fmt.Sprintf("%s free of %s at %s", inGiB(disk.Free), inGiB(disk.Size), dir)
	const fewFiles = 10_000
	switch {
	case disk.Free < least:
		return fail(hint, "%s", text)
	case disk.Free < enough:
		return warn(hint, "%s", text)
	case disk.Files > 0 && disk.FreeFiles < fewFiles:
		return warn(hint, "%s, but it takes only %d more files", text, disk.FreeFiles)
	}
	return ok("%s", text)
}

func inGiB(bytes int64) string { return fmt.Sprintf("%.1f GiB", float64(bytes)/gib) }

// resources says what stages can have, and which of them asks for more.
func (e *examination) resources(context.Context) result.Check {
	if e.engine == nil {
		return ok("%d processors", runtime.NumCPU())
	}
	text := fmt.Sprintf("%d processors, %s memory", e.info.CPUs, inGiB(e.info.Memory))
	if len(e.info.GPUs) > 0 {
		text += ", GPUs by " + list(e.info.GPUs)
	} else {
		text += ", no GPUs"
	}
	if e.cfg != nil {
		for _, stage := range e.cfg.Stages {
			if lacks := e.lacks(stage.Resources); lacks != "" {
				return fail("run it on a larger machine, or let it ask for less under resources", "%s; stage %s asks for %s", text, stage.Name, lacks)
			}
		}
	}
	const little = 2 * gib
	if e.info.Memory > 0 && e.info.Memory < little {
		return warn("give the engine more memory if training is killed", "%s", text)
	}
	return ok("%s", text)
}

// lacks names what a stage asks for and the engine does not have.
func (e *examination) lacks(want config.Resources) string {
	switch {
	case want.CPUs > float64(e.info.CPUs):
		return fmt.Sprintf("%g processors", want.CPUs)
	case e.info.Memory > 0 && int64(want.Memory) > e.info.Memory:
		return inGiB(int64(want.Memory)) + " memory"
	case want.GPUs > 0 && len(e.info.GPUs) == 0:
		return fmt.Sprintf("GPUs (%d); their runtime is not set up", want.GPUs)
	default:
		return ""
	}
}

func (e *examination) user(context.Context) result.Check {
	uid, gid := os.Getuid(), os.Getgid()
	switch {
	case e.engine != nil && e.info.Rootless && uid != 0:
		return warn(`let stages run as the engine's root, which is you: user: "0"`,
			"uid %d in a rootless engine is another user outside it, who may not write to the workspace", uid)
	case uid == 0:
		return ok("root; so are stages in their containers, without its capabilities, and their outputs are root's")
	default:
		return ok("uid %d, gid %d; stages run as the same", uid, gid)
	}
}

// clock compares this machine's clock with those of what it works with: the
// file system, by which changes of files are noticed, the engine, and git.
func (e *examination) clock(ctx context.Context) result.Check {
	const hint = "set the clock, and let it be kept: timedatectl set-ntp true"
	now := time.Now()
	if stamp, err := e.stamp(); err == nil && apart(now, stamp) > 2*time.Second {
		return warn(hint+"; on a network mount, set the server's too", "the file system's clock differs by %s: changes of files may go unnoticed", apart(now, stamp).Round(time.Second))
	}
	if !e.info.Time.IsZero() && apart(now, e.info.Time) > e.Timeout+30*time.Second {
		return warn(hint, "the engine's clock differs by %s", apart(now, e.info.Time).Round(time.Second))
	}
	if repo, err := git.Open(ctx, e.dir); err == nil {
		if made := repo.CommitTime(ctx); made.Sub(now) > time.Minute {
			return warn(hint, "it is %s, but the commit is of %s", now.UTC().Format(time.RFC3339), made.UTC().Format(time.RFC3339))
		}
	}
	return ok("%s", now.UTC().Format(time.RFC3339))
}

// stamp is the time that the file system gives to a file that is written now.
func (e *examination) stamp() (time.Time, error) {
	probe, err := os.CreateTemp(e.folder(), ".muster-probe-*")
	if err != nil {
		return time.Time{}, err
	}
	defer os.Remove(probe.Name())
	defer probe.Close()
	info, err := probe.Stat()
	if err != nil {
		return time.Time{}, err
	}
	return info.ModTime(), nil
}

func apart(a, b time.Time) time.Duration { return a.Sub(b).Abs() }
