package stages

import (
	"context"
	"errors"
	"fmt"
	gopath "path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/muster-ci/muster/internal/config"
	"github.com/muster-ci/muster/internal/objects"
	"github.com/muster-ci/muster/internal/result"
)

// build makes the stage's image, unless one made from the same files is there.
// Two builds of one Dockerfile differ in their ids, so what counts for the
// stages that run in it is the key of what it was built from.
func (s *session) build(ctx context.Context, stage config.Stage, outcome *result.Stage) error {
	task, err := s.buildTask(ctx, stage, outcome, s.image)
	if err != nil {
		return err
	}
	outcome.Image = task.Tag
	found, err := s.Executor.Find(ctx, task.Tag)
	if err == nil && !s.forced(stage) {
		outcome.Status, outcome.ImageID = result.StageCached, found.ID
		return nil
	}
	if err != nil && !errors.Is(err, ErrNoImage) {
		return err
	}
	if reason := s.notDue(stage); reason != "" {
		outcome.Status, outcome.Postponed, outcome.Reason = result.StageSkipped, true, reason
		return nil
	}
	image, err := s.makeImage(ctx, stage, task, outcome)
	if err != nil {
		return err
	}
	// The files were sent after they were hashed: what was built must be what the key says.
	var after result.Stage
	if _, err := s.buildTask(ctx, stage, &after, s.image); err != nil {
		return err
	}
	if after.Key != outcome.Key {
		return &stageError{errors.Join(errors.New("the build's context changed while the image was built; run again"), s.Executor.Untag(ctx, task.Tag))}
	}
	outcome.Status, outcome.ImageID = result.StageRan, image.ID
	return nil
}

// makeImage has the executor build the image.
func (s *session) makeImage(ctx context.Context, stage config.Stage, task BuildTask, outcome *result.Stage) (Image, error) {
	s.send(result.Event{Kind: result.EventStart, Stage: stage.Name, Reason: outcome.Reason})
	log, closeLog, err := s.openLog(stage.Name, stage.Name, outcome)
	if err != nil {
		return Image{}, err
	}
	defer closeLog()
	started := time.Now()
	image, tries, err := retry(ctx, stage.Retries, log, func() (Image, error) {
		return limited(ctx, stage, func(ctx context.Context) (Image, error) {
			return s.Executor.Build(ctx, task, log.stream(result.Stdout))
		})
	})
	log.end()
	outcome.Seconds = seconds(time.Since(started))
	if tries > 1 {
		outcome.Attempts = tries
	}
	if failed, ok := errors.AsType[*BuildError](err); ok {
		return image, &stageError{fmt.Errorf("%w\n%s", failed, log.lastLines())}
	}
	return image, err
}

// buildTask hashes the build's context; key and files go to the outcome.
func (s *session) buildTask(ctx context.Context, stage config.Stage, outcome *result.Stage, find imageFinder) (BuildTask, error) {
	at := "/stages/" + stage.Name + "/build"
	if err := checkParents(s.Dir, gopath.Clean(stage.Build.Context)+"/."); err != nil {
		return BuildTask{}, s.Config.ProblemAt(at, "the build's context: "+err.Error(), "use a folder of the repository")
	}
	files, err := contextFiles(s.Config, s.Dir, *stage.Build)
	if unusable(err) {
		return BuildTask{}, s.Config.ProblemAt(at, "the build's context: "+err.Error(), "list it in .dockerignore if the build does not need it")
	}
	if err != nil {
		return BuildTask{}, fmt.Errorf("read build context: %w", err)
	}
	if !slices.Contains(files, gopath.Clean(stage.Build.Dockerfile)) {
		return BuildTask{}, s.Config.ProblemAt(at, fmt.Sprintf("there is no %s in the build's context %s", stage.Build.Dockerfile, stage.Build.Context), "dockerfile: is relative to context:")
	}
	root := filepath.Join(s.Dir, filepath.FromSlash(stage.Build.Context))
	snap, err := takeSnapshot(ctx, s.cache.index, root, files, nil)
	if err != nil {
		return BuildTask{}, fmt.Errorf("read build context: %w", err)
	}
	if outcome.Inputs, err = s.brief(ctx, []string{"."}, snap.files); err != nil {
		return BuildTask{}, err
	}
	bases, err := s.baseImages(stage)
	if err != nil {
		return BuildTask{}, err
	}
	doc := document(stage, "", nil, nil, snap.files)
	if doc.Bases, err = s.identities(ctx, stage, bases, find); err != nil {
		return BuildTask{}, err
	}
	if outcome.Key, err = doc.key(); err != nil {
		return BuildTask{}, err
	}
	task := BuildTask{
		Project: s.Folder.Project(), Run: s.id, Stage: stage.Name, Tag: s.imageTag(stage.Name, outcome.Key),
		Context: root, Files: files, Dockerfile: stage.Build.Dockerfile,
	}
	for _, base := range bases {
		name, err := s.pinnedName(base.ref)
		if err != nil {
			return task, err
		}
		task.Bases = append(task.Bases, name)
	}
	task.Pinned, err = s.pinnedDockerfile(stage, bases)
	return task, err
}

// builtImage finds the image that a build stage of this pipeline has made. Its
// context is read once a run, however many stages run in the image.
func (s *session) builtImage(ctx context.Context, maker config.Stage) (Image, error) {
	s.builtLock.Lock()
	defer s.builtLock.Unlock()
	if image, ok := s.built[maker.Name]; ok {
		return image, nil
	}
	image, err := s.findBuilt(ctx, maker)
	if err == nil {
		s.built[maker.Name] = image
	}
	return image, err
}

func (s *session) findBuilt(ctx context.Context, maker config.Stage) (Image, error) {
	var outcome result.Stage
	task, err := s.buildTask(ctx, maker, &outcome, s.lookUp)
	if err != nil {
		return Image{}, err
	}
	image, err := s.Executor.Find(ctx, task.Tag)
	if err != nil {
		return Image{}, fmt.Errorf("image of stage %s: %w", maker.Name, err)
	}
	image.Identity = outcome.Key
	return image, nil
}

var notInTag = regexp.MustCompile(`[^a-z0-9]+`)

// imageTag names an image after all of what it was built from: half a key could
// be met on purpose. What a change request builds has a name of its own, which
// no other run looks for.
func (s *session) imageTag(stage, key string) string {
	name := strings.Trim(notInTag.ReplaceAllString(strings.ToLower(s.Config.Name+"-"+stage), "-"), "-")
	if s.Scope == result.ScopeChange {
		key = "change-" + key
	}
	return "muster/" + name + ":" + key
}

// newModel is the model that a training stage's outcome holds at the path.
func newModel(path string, training result.Stage) result.Model {
	model := result.Model{Path: path, TrainingKey: training.Key}
	for _, file := range training.Outputs {
		if config.Within(file.Path, path) {
			model.Files = append(model.Files, file)
			model.Tree = model.Tree || file.Path != gopath.Clean(path)
		}
	}
	model.Digest = objects.TreeDigest(model.Files)
	return model
}
