package flow

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/internal/starter"
	"github.com/muster-ci/muster/maturity"
	ready "github.com/muster-ci/muster/maturity/remedy"
)

// byMuster are the criteria that a muster.yaml with a gate, and a job that runs it, help to meet.
var byMuster = []string{"experiment-tracking", "training-pipeline", "model-registry", "model-evaluation", "run-lineage", "model-quality-gate", "automated-promotion"}

// ScoreReady assesses what lies in the folder, and adds the files that would close
// its gaps.
func (s *Scoring) ScoreReady(ctx context.Context) (result.Assessment, error) {
	src := ready.Source{Name: filepath.Base(absolute(s.Dir))}
	opts := s.Options
	opts.Listed = func(l maturity.Listing) {
		src.Files, src.Branch, src.Remote = l.Files, l.Branch, l.Remote
		if s.Options.Listed != nil {
			s.Options.Listed(l)
		}
	}
	a, err := s.load().Score(ctx, s.Dir, opts)
	if err != nil || a.Level == nil {
		return a, err
	}
	var open []string
	for _, c := range headline(a).Criteria {
		if c.Verdict == result.CriterionUnmet || c.Verdict == result.CriterionPartial {
			open = append(open, c.ID)
		}
	}
	src.Dir = headline(a).Path
	a.Files, err = s.ready(ctx, src, open)
	return a, err
}

// ready makes the files that help a project to meet criteria. The same files are in
// the report, and written by muster score --fix.
func (s *Scoring) ready(ctx context.Context, src ready.Source, criteria []string) ([]result.ReadyFile, error) {
	root, err := os.OpenRoot(s.Dir)
	if err != nil {
		return nil, fmt.Errorf("make ready files: %w", err)
	}
	defer root.Close()
	src.Tree = root.FS()
	files, err := ready.Look(src).Files(criteria)
	if err != nil {
		return nil, err
	}
	return append(s.pipelineFiles(ctx, src, criteria), files...), nil
}

// pipelineFiles are a first muster.yaml and the job that runs it, where the project
// shows a pipeline and has neither.
func (s *Scoring) pipelineFiles(ctx context.Context, src ready.Source, criteria []string) []result.ReadyFile {
	helps := slices.DeleteFunc(slices.Clone(byMuster), func(id string) bool { return !slices.Contains(criteria, id) })
	if len(helps) == 0 || slices.Contains(src.Files, filepath.ToSlash(filepath.Join(src.Dir, "muster.yaml"))) {
		return nil
	}
	proposal, err := starter.Look(ctx, filepath.Join(s.Dir, filepath.FromSlash(src.Dir)))
	if err != nil {
		return nil // nothing looks like a pipeline
	}
	name := func(file string) string { return filepath.ToSlash(filepath.Join(src.Dir, file)) }
	files := []result.ReadyFile{{
		Path: name("muster.yaml"), Criteria: helps,
		Text:  string(starter.InJobs(proposal.Config, filepath.Base(absolute(s.Dir)))),
		After: "Look it over, then: muster run; muster models init; muster gate.",
	}}
	for _, f := range proposal.Files {
		files = append(files, result.ReadyFile{Path: name(f.Path), Text: string(f.Text), Criteria: helps})
	}
	if !slices.Contains(src.Files, ".gitlab-ci.yml") {
		files = append(files, result.ReadyFile{
			Path: starter.WorkflowPath, Text: string(starter.Workflow(cmp.Or(src.Dir, "."), starter.By{})), Criteria: helps,
		})
	}
	for i := range files {
		files[i].Edit = slices.Contains(src.Files, files[i].Path)
	}
	return files
}

func absolute(dir string) string {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return dir
	}
	return abs
}
