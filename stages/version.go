package stages

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strings"
	"time"

	"github.com/muster-ci/muster/internal/config"
	"github.com/muster-ci/muster/internal/objects"
	"github.com/muster-ci/muster/internal/result"
)

// Models gives the models of the pipeline's registry, for a model that was
// trained elsewhere and is there already.
type Models interface {
	// Take puts the files of a model into the store. The reference is NAME@ALIAS
	// or NAME/VERSION; an error says what is wrong with it.
	Take(ctx context.Context, reference string, store *objects.Store) (result.Model, error)
}

// fromRegistry returns the reference of a stage that brings a model of the registry.
func fromRegistry(stage config.Stage) (reference string, is bool) {
	if stage.Fetch == nil {
		return "", false
	}
	return strings.CutPrefix(stage.Fetch.URL, config.ModelScheme)
}

// takeVersion brings a model of the registry to its place. What its key holds is
// the content, as with a file that is fetched.
func (s *session) takeVersion(ctx context.Context, stage config.Stage, reference string, opt options, outcome *result.Stage) error {
	outcome.Image, outcome.Command = "", "fetch "+stage.Fetch.URL
	if s.Models == nil {
		return errors.New("there is no registry to take a model from")
	}
	model, err := s.Models.Take(ctx, reference, s.store)
	if err != nil {
		return &stageError{fmt.Errorf("take %s: %w", stage.Fetch.URL, err)}
	}
	target := path.Clean(stage.Outputs[0])
	for _, file := range model.Files {
		if !config.Within(file.Path, model.Path) {
			return &stageError{fmt.Errorf("take %s: its file %s does not lie at %s", stage.Fetch.URL, file.Path, model.Path)}
		}
		file.Path = path.Join(target, strings.TrimPrefix(path.Clean(file.Path), path.Clean(model.Path)))
		outcome.Outputs = append(outcome.Outputs, file)
	}
	sortFiles(outcome.Outputs)
	if outcome.Key, err = fetchKey(stage, objects.TreeDigest(outcome.Outputs)); err != nil {
		return err
	}
	outcome.Reason = "the registry has it as " + model.Version
	outcome.Status = result.StageCached
	if _, hit, err := s.cache.load(outcome.Key); err != nil {
		return err
	} else if !hit {
		outcome.Status = result.StageRan
		err := s.cache.save(entry{Fetched: true, Key: outcome.Key, Stage: stage.Name, Run: s.id, Scope: s.Scope, Created: time.Now().UTC(), Outputs: outcome.Outputs})
		if err != nil {
			return err
		}
	}
	return s.install(ctx, stage, opt, outcome.Outputs)
}
