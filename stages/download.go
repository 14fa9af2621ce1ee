package stages

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"time"

	"github.com/muster-ci/muster/internal/config"
	"github.com/muster-ci/muster/internal/objects"
	"github.com/muster-ci/muster/internal/result"
)

// download brings a fetch stage up to date. What its key holds is the content,
// not the place that it comes from: a mirror makes no difference.
func (s *session) download(ctx context.Context, stage config.Stage, opt options, outcome *result.Stage) error {
	source, err := s.source(stage)
	if err != nil {
		return err
	}
	outcome.Image, outcome.Command = "", "fetch "+source
	if stage.Fetch.SHA256 != "" {
		hit, err := s.fetchedBefore(ctx, stage, opt, outcome)
		if hit || err != nil {
			return err
		}
	}
	if reason := s.notDue(stage); reason != "" {
		outcome.Status, outcome.Postponed, outcome.Reason = result.StageSkipped, true, reason
		return nil
	}
	err = s.fetchAndInstall(ctx, stage, source, opt, s.store.Has, outcome)
	if errors.Is(err, objects.ErrCorrupt) { // what the store had is not what it is called
		err = s.fetchAndInstall(ctx, stage, source, opt, nil, outcome)
	}
	return err
}

func (s *session) fetchAndInstall(ctx context.Context, stage config.Stage, source string, opt options, have func(string) bool, outcome *result.Stage) error {
	if err := s.fetch(ctx, stage, source, have, outcome); err != nil {
		return err
	}
	return s.install(ctx, stage, opt, outcome.Outputs)
}

// wrongSources finds URLs that nothing can be fetched from, before anything runs.
func (r *Runner) wrongSources(stages []config.Stage) error {
	var problems []config.Problem
	for _, stage := range stages {
		if _, own := fromRegistry(stage); own || stage.Fetch == nil {
			continue
		}
		if _, err := r.source(stage); err != nil {
			wrong, ok := errors.AsType[*config.Error](err)
			if !ok {
				return err
			}
			problems = append(problems, wrong.Problems...)
		}
	}
	if len(problems) > 0 {
		return &config.Error{Problems: problems}
	}
	return nil
}

// source is what the URL may be called in public.
func (r *Runner) source(stage config.Stage) (string, error) {
	if r.Fetcher == nil {
		return "", errors.New("there is nothing to fetch with")
	}
	source, err := r.Fetcher.Source(stage.Fetch.URL)
	if err != nil {
		return "", r.Config.ProblemAt(sourceOf(stage), err.Error(), hintOf(err))
	}
	return source, nil
}

// sourceOf is where muster.yaml names what the stage fetches.
func sourceOf(stage config.Stage) string {
	if stage.Name == config.FromStage {
		return "/model/from"
	}
	return "/stages/" + stage.Name + "/fetch/url"
}

// hintOf is what an error knows to do about itself.
func hintOf(err error) string {
	var hinted interface{ Hint() string }
	if errors.As(err, &hinted) {
		return hinted.Hint()
	}
	return ""
}

// fetchedBefore restores a file whose checksum is in muster.yaml, if it was fetched already.
func (s *session) fetchedBefore(ctx context.Context, stage config.Stage, opt options, outcome *result.Stage) (bool, error) {
	var err error
	if outcome.Key, err = fetchKey(stage, stage.Fetch.SHA256); err != nil {
		return false, err
	}
	known, hit, err := s.cache.load(outcome.Key)
	if err != nil || !hit || s.forced(stage) {
		return false, err
	}
	outcome.Status, outcome.Seconds, outcome.Outputs = result.StageCached, known.Seconds, known.Outputs
	err = s.install(ctx, stage, opt, known.Outputs)
	return !errors.Is(err, objects.ErrCorrupt), ignore(err, objects.ErrCorrupt)
}

// ignore returns the error, unless it is that one.
func ignore(err, one error) error {
	if errors.Is(err, one) {
		return nil
	}
	return err
}

func fetchKey(stage config.Stage, sha256 string) (string, error) {
	doc := document(stage, "", nil, nil, nil)
	doc.Fetched = sha256
	return doc.key()
}

// fetch gets the file, keeps it in the store, and pins what came if nothing else says what must come.
func (s *session) fetch(ctx context.Context, stage config.Stage, source string, have func(string) bool, outcome *result.Stage) error {
	outcome.Reason = "it was not fetched here before"
	pinned, recorded := s.lock.fetched(source)
	if stage.Fetch.SHA256 == "" && recorded {
		outcome.Reason = "has the source changed?"
	}
	s.send(result.Event{Kind: result.EventStart, Stage: stage.Name, Reason: outcome.Reason})
	log, closeLog, err := s.openLog(stage.Name, stage.Name, outcome)
	if err != nil {
		return err
	}
	defer closeLog()
	defer log.end()
	task := FetchTask{
		URL: stage.Fetch.URL, SHA256: stage.Fetch.SHA256, Project: s.Dir, Partials: s.Folder.Path("cache", "fetch"),
		Note: func(message string) { fmt.Fprintln(log.stream(result.Remarks), message) },
		Have: have, Progress: s.progress(stage.Name, "fetching "+path.Base(source)),
	}
	if recorded {
		task.Recorded = &pinned
	}
	started := time.Now()
	got, tries, err := retry(ctx, stage.Retries, log, func() (*FetchResult, error) {
		return limited(ctx, stage, func(ctx context.Context) (*FetchResult, error) { return s.Fetcher.Fetch(ctx, task) })
	})
	outcome.Seconds = seconds(time.Since(started))
	if tries > 1 {
		outcome.Attempts = tries
	}
	if errors.Is(err, ErrChecksum) {
		return &stageError{fmt.Errorf("%w; %s", err, hintOf(err))}
	}
	if err != nil {
		return err
	}
	if got.Warning != "" {
		fmt.Fprintln(log.stream(result.Remarks), got.Warning)
		outcome.Remarks = append(outcome.Remarks, got.Warning)
	}
	return s.keepFetched(ctx, stage, source, recorded, got, outcome)
}

// keepFetched puts what came into the store, the cache and the lock file.
func (s *session) keepFetched(ctx context.Context, stage config.Stage, source string, recorded bool, got *FetchResult, outcome *result.Stage) (err error) {
	defer func() { err = errors.Join(err, got.Release()) }()
	outcome.Status = result.StageCached // it was asked for, and has not changed
	if outcome.Key, err = fetchKey(stage, got.SHA256); err != nil {
		return err
	}
	if got.Path == "" {
		known, hit, err := s.cache.load(outcome.Key)
		if err != nil || hit {
			outcome.Outputs = known.Outputs
			return err
		}
		return s.saveFetched(stage, got.SHA256, outcome)
	}
	outcome.Status = result.StageRan
	digest, _, err := s.store.Add(ctx, got.Path)
	if err != nil {
		return err
	}
	if digest != got.SHA256 {
		return fmt.Errorf("keep what was fetched from %s: it changed while it was stored", source)
	}
	if stage.Fetch.SHA256 == "" && !recorded {
		err := s.lock.add(ctx, func(pins *pinSet) {
			if _, known := pins.Fetched[source]; !known { // else another process has just pinned it; the next run follows
				pins.Fetched[source] = got.Fetched
			}
		})
		if err != nil {
			return err
		}
	}
	return s.saveFetched(stage, got.SHA256, outcome)
}

// saveFetched remembers that an object of the store is what the stage gives.
func (s *session) saveFetched(stage config.Stage, digest string, outcome *result.Stage) error {
	size, err := s.sizeOf(digest)
	if err != nil {
		return err
	}
	outcome.Outputs = []result.File{{Path: path.Clean(stage.Outputs[0]), SHA256: digest, Size: size}}
	return s.cache.save(entry{
		Fetched: true, Key: outcome.Key, Stage: stage.Name, Run: s.id, Scope: s.Scope, Created: time.Now().UTC(),
		Seconds: outcome.Seconds, Outputs: outcome.Outputs,
	})
}

// sizeOf reads an object to its end, which also checks that it is what it is called.
func (s *session) sizeOf(digest string) (int64, error) {
	content, err := s.store.Open(digest)
	if err != nil {
		return 0, fmt.Errorf("read what was fetched: %w", err)
	}
	defer content.Close()
	return io.Copy(io.Discard, content)
}

// progress makes a function that tells how far something has come.
func (s *session) progress(stage, what string) func(done, total int64) {
	return func(done, total int64) {
		s.send(result.Event{Kind: result.EventProgress, Stage: stage, What: what, Done: done, Total: max(total, 0)})
	}
}

// lookAtDownload says what a run would do with a fetch stage, without asking its source.
func (f *foresight) lookAtDownload(stage config.Stage) (result.PreviewStage, error) {
	seen := result.PreviewStage{Name: stage.Name, Action: result.ActionRun, Reason: "it was not fetched here before"}
	if _, own := fromRegistry(stage); own {
		seen.Reason = "what the registry names is asked for"
		return seen, nil
	}
	source, err := f.source(stage)
	if err != nil {
		return seen, err
	}
	want := stage.Fetch.SHA256
	if pinned, ok := f.lock.fetched(source); ok && want == "" {
		want = pinned.SHA256
	}
	if why := f.notDue(stage); why != "" {
		return f.skip(seen, why), nil
	}
	if want == "" {
		return seen, nil
	}
	if seen.Key, err = fetchKey(stage, want); err != nil {
		return seen, err
	}
	known, hit, err := f.cache.load(seen.Key)
	if err != nil || !hit || f.forced(stage) {
		return seen, err
	}
	f.made[stage.Name] = known.Outputs
	seen.Action, seen.Reason = result.ActionRestore, "it was fetched in run "+known.Run
	return seen, nil
}
