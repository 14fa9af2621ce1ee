package reach

import (
	"path"
	"slices"
	"strings"

	"github.com/muster-ci/muster/maturity/ci"
	"github.com/muster-ci/muster/maturity/shell"
)

// spawn is a command that starts a pipeline of this repository.
type spawn struct {
	entry string
	file  string
}

// maxSpawns bounds the commands that start pipelines, maxRounds how often one
// of these starts another.
const (
	maxSpawns = 500
	maxRounds = 4
)

// spawning notes the pipelines that a command names: those that nothing starts
// by itself.
func (g *graph) spawning(p place, args []string) {
	if len(g.spawns) >= maxSpawns {
		return
	}
	for _, a := range args[1:] {
		if _, value, ok := strings.Cut(a, "="); ok {
			a = value
		}
		if ext := path.Ext(a); ext != ".yml" && ext != ".yaml" && ext != ".json" {
			continue
		}
		if f := g.resolve(p.dirs, a); f != "" && slices.ContainsFunc(g.pipelines[f], waits) {
			g.spawns = append(g.spawns, spawn{p.entry, f})
		}
	}
	if f := g.submitted(p, args); f != "" {
		g.spawns = append(g.spawns, spawn{p.entry, f})
	}
}

// submitted is the file that "gcloud builds submit" and "buildkite-agent
// pipeline upload" take without being told.
func (g *graph) submitted(p place, args []string) string {
	line := strings.Join(args, " ")
	switch {
	case strings.Contains(line, "builds submit") && shell.Flag(args, "--config", "--tag", "-t") == "":
		return g.find(p.dirs, "cloudbuild.yaml", "cloudbuild.yml")
	case strings.HasSuffix(line, "pipeline upload"):
		return g.find([]string{"."}, ".buildkite/pipeline.yml", ".buildkite/pipeline.yaml")
	}
	return ""
}

// waits reports whether nothing in the files starts a pipeline.
func waits(pl *ci.Pipeline) bool {
	return !slices.ContainsFunc(pl.Triggers, func(t ci.Trigger) bool { return t != ci.Call && t != ci.Elsewhere && t != ci.Manual })
}

// spawned makes entries of the pipelines that commands start: they have the
// triggers of whoever starts them, and lie on the same chain.
func (g *graph) spawned() {
	done := 0
	for range maxRounds {
		list := g.spawns[done:]
		if len(list) == 0 {
			return
		}
		done = len(g.spawns)
		for _, pl := range g.opts.Pipelines {
			var triggers []ci.Trigger
			off := ""
			for _, s := range list {
				if e, ok := g.result.Entry(s.entry); ok && s.file == pl.Path && s.entry != pl.Path {
					off = e.Off
					triggers = append(triggers, e.Triggers...)
				}
			}
			if len(triggers) > 0 && off == "" {
				g.startPipeline(pl, unique(triggers))
			}
		}
	}
}

func unique(list []ci.Trigger) []ci.Trigger {
	var out []ci.Trigger
	for _, t := range list {
		if !slices.Contains(out, t) {
			out = append(out, t)
		}
	}
	return out
}

// startPipeline gives the jobs of a pipeline the triggers of what starts it.
func (g *graph) startPipeline(pl *ci.Pipeline, triggers []ci.Trigger) {
	known := false
	for i := range g.result.Entries {
		if e := &g.result.Entries[i]; e.Kind == KindJob && e.Path == pl.Path {
			e.Triggers, known = unique(append(e.Triggers, triggers...)), true
		}
	}
	if !known {
		g.pipeline(pl, func(ci.Job) []ci.Trigger { return triggers })
	}
}

// joinSpawned gives whoever starts a pipeline and its jobs one chain.
func (g *graph) joinSpawned(joined *chains) {
	for _, s := range g.spawns {
		if e, ok := g.result.Entry(s.entry); ok && e.Kind == KindJob && e.Off == "" {
			joined.join(e.Chain, s.file)
		}
	}
}
