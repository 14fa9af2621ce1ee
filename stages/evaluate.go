package stages

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/config"
	"github.com/muster-ci/muster/internal/metrics"
	"github.com/muster-ci/muster/internal/metrics/input"
	"github.com/muster-ci/muster/internal/metrics/metricfile"
	"github.com/muster-ci/muster/internal/metrics/predictions"
	"github.com/muster-ci/muster/internal/objects"
	"github.com/muster-ci/muster/internal/result"
)

// ChampionError says that the champion could not be evaluated as it is, which
// leaves the gate undecided; it is no fault of the surroundings.
type ChampionError struct{ Message string }

func (e *ChampionError) Error() string { return e.Message }

// Evaluate runs the evaluate stage of a finished run once more with another
// model in the place of the run's own, on the same rows. The working copy is
// not touched. The model's files must be in the folder's store.
func (r *Runner) Evaluate(ctx context.Context, run result.Run, model result.Model) (result.Evaluation, error) {
	stage := r.stageNamed(r.Config.Model.Evaluate)
	if err := r.refuse([]config.Stage{stage}); err != nil {
		return result.Evaluation{}, err
	}
	s, end, err := r.begin(ctx)
	if err != nil {
		return result.Evaluation{}, err
	}
	defer end()
	own := r.Config.Model.Path
	if model.Tree != run.Candidate.Tree {
		return result.Evaluation{}, &ChampionError{fmt.Sprintf("the champion's %s and the candidate's %s are not both files or both folders", model.Path, own)}
	}
	place, err := s.placeModel(ctx, model)
	if err != nil {
		return result.Evaluation{}, err
	}
	elsewhere, err := s.placeMade(ctx, run)
	if err != nil {
		return result.Evaluation{}, err
	}
	elsewhere[path.Clean(own)] = place
	s.named = []string{stage.Name} // whoever gates wants it run, due or not
	s.announce(&Plan{Stages: []config.Stage{stage}})
	const what = "with the champion's model, on the candidate's rows"
	s.send(result.Event{Kind: result.EventLog, Stage: stage.Name, Stream: result.Remarks, Line: what})
	outcome, err := s.withImages(ctx, stage, options{over: elsewhere, label: "champion"})
	if outcome.Status == result.StageCached {
		outcome.Reason = what
	}
	s.send(result.Event{Kind: result.EventEnd, Stage: stage.Name, Result: &outcome})
	s.send(result.Event{Kind: result.EventDone, Run: s.id, Status: statusOf(ctx, outcome.Status != result.StageFailed)})
	switch {
	case err != nil:
		return result.Evaluation{}, fmt.Errorf("evaluate the champion: %w", err)
	case ctx.Err() != nil:
		return result.Evaluation{}, ctx.Err()
	case outcome.Status == result.StageFailed:
		return result.Evaluation{}, &ChampionError{fmt.Sprintf("stage %s fails with the champion: %s", stage.Name, outcome.Error)}
	case s.rulerKey != run.Candidate.RulerKey:
		return result.Evaluation{}, &ChampionError{"what evaluates has changed since the candidate was run: run again, then gate"}
	}
	return *newEvaluation(stage, outcome), nil
}

// statusOf is how a run ended that did, or did not, come to what was hoped for.
func statusOf(ctx context.Context, good bool) result.RunStatus {
	switch {
	case ctx.Err() != nil:
		return result.RunInterrupted
	case !good:
		return result.RunFailed
	default:
		return result.RunPassed
	}
}

// Where what a stage reads is put down, if it is not what lies in the working
// copy. No stage has such a name, so no workspace lies there.
const (
	placedModel = ".model"
	placedMade  = ".made"
)

// placeModel writes the model's files into the session's own space.
func (s *session) placeModel(ctx context.Context, model result.Model) (string, error) {
	for _, file := range model.Files { // a record of a registry says where they go
		if !filepath.IsLocal(filepath.FromSlash(file.Path)) || !config.Within(file.Path, model.Path) {
			return "", &ChampionError{fmt.Sprintf("its file %s does not lie at %s", file.Path, model.Path)}
		}
	}
	if err := materialise(ctx, s.store, s.workPath(placedModel), model.Files); err != nil {
		return "", fmt.Errorf("take the champion from the store: %w", err)
	}
	return s.workPath(placedModel, filepath.FromSlash(path.Clean(model.Path))), nil
}

// newEvaluation picks the files that muster reads out of the evaluate stage's outputs.
func newEvaluation(stage config.Stage, outcome result.Stage) *result.Evaluation {
	evaluation := &result.Evaluation{Stage: stage.Name}
	for _, file := range outcome.Outputs {
		if stage.Predictions != nil && file.Path == path.Clean(stage.Predictions.Path) {
			evaluation.Predictions = &file
		}
		if slices.ContainsFunc(stage.Metrics, func(name string) bool { return isAtOrBelow(file.Path, path.Clean(name)) }) {
			evaluation.Metrics = append(evaluation.Metrics, file)
		}
	}
	return evaluation
}

func isAtOrBelow(file, declared string) bool {
	return file == declared || strings.HasPrefix(file, declared+"/")
}

// readMetrics reads the numbers that a stage wrote itself. The same name in two
// of its files is refused: which of them would count?
func (s *session) readMetrics(stage config.Stage, evaluation *result.Evaluation) (map[string]float64, error) {
	return readMetrics(s.store, stage, evaluation)
}

func readMetrics(store *objects.Store, stage config.Stage, evaluation *result.Evaluation) (map[string]float64, error) {
	all := map[string]float64{}
	for _, declared := range stage.Metrics {
		numbers, err := metricsAt(store, path.Clean(declared), evaluation.Metrics)
		if err != nil {
			return nil, err
		}
		for _, n := range numbers {
			if _, twice := all[n.Name]; twice {
				return nil, &input.FileError{Path: declared, Column: n.Name, Msg: input.Quote(n.Name) + " is in another file, too", Hint: "name the one file that counts under metrics"}
			}
			all[n.Name] = n.Value
		}
	}
	return all, nil
}

// metricsAt reads what a declared path stands for: a file, or a folder that a
// tool such as MLflow filled.
func metricsAt(store *objects.Store, declared string, files []result.File) ([]metricfile.Number, error) {
	inside := map[string]result.File{}
	for _, file := range files {
		if file.Path == declared {
			return readObject(store, file, metricfile.Read)
		}
		if isAtOrBelow(file.Path, declared) {
			inside[file.Path] = file
		}
	}
	if len(inside) == 0 {
		return nil, nil
	}
	return metricfile.ReadFolder(declared, slices.Sorted(maps.Keys(inside)), func(name string) (io.ReadCloser, error) {
		return store.Open(inside[name].SHA256)
	})
}

func readObject[T any](store *objects.Store, file result.File, read func(io.Reader, string) (T, error)) (T, error) {
	var none T
	content, err := store.Open(file.SHA256)
	if err != nil {
		return none, fmt.Errorf("read %s: %w", file.Path, err)
	}
	defer content.Close()
	return read(content, file.Path)
}

// ReadPredictions reads an evaluation's predictions from the folder's store.
func (r *Runner) ReadPredictions(evaluation result.Evaluation) (*predictions.Set, error) {
	if evaluation.Predictions == nil {
		return nil, errors.New("read predictions: the evaluate stage has none")
	}
	store, err := r.Folder.Store()
	if err != nil {
		return nil, err
	}
	columns, err := r.columns(store, evaluation)
	if err != nil {
		return nil, err
	}
	return readObject(store, *evaluation.Predictions, func(in io.Reader, name string) (*predictions.Set, error) {
		return predictions.Read(in, name, columns)
	})
}

// ReadMetrics reads the numbers that the evaluate stage wrote itself from the folder's store.
func (r *Runner) ReadMetrics(evaluation result.Evaluation) (map[string]float64, error) {
	store, err := r.Folder.Store()
	if err != nil {
		return nil, err
	}
	return readMetrics(store, r.stageNamed(evaluation.Stage), &evaluation)
}

// columns are those of the predictions of one evaluation. A metric that the gate
// names and the stage wrote as a number need not be a column as well.
func (r *Runner) columns(store *objects.Store, evaluation result.Evaluation) (predictions.Columns, error) {
	columns := PredictionColumns(r.Config)
	numbers, err := readMetrics(store, r.stageNamed(evaluation.Stage), &evaluation)
	if err != nil || len(columns.Values) == 0 {
		return columns, err
	}
	isNumber := func(name string) bool { _, ok := numbers[name]; return ok }
	for _, name := range columns.Values {
		if isNumber(name) {
			columns.Maybe = append(columns.Maybe, name)
		}
	}
	columns.Values = slices.DeleteFunc(columns.Values, isNumber)
	return columns, nil
}

// PredictionColumns says how the columns of a pipeline's predictions are named.
func PredictionColumns(cfg *config.Config) predictions.Columns {
	var columns predictions.Columns
	for _, stage := range cfg.Stages {
		if p := stage.Predictions; p != nil {
			columns = predictions.Columns{
				ID: p.ID, Label: p.Label, Score: p.Score, Prediction: p.Prediction, Threshold: p.Threshold, Slices: p.Slices,
				Group: p.Group, Time: p.Time, Weight: p.Weight, Repeat: p.Repeat, Values: gatedColumns(cfg.Gate),
				Unlabelled: cfg.Gate != nil && cfg.Gate.Labels != nil,
			}
		}
	}
	return columns
}

// gatedColumns are what the gate names beside the metrics that muster computes:
// columns of numbers, each a metric of its own.
func gatedColumns(gate *config.Gate) []string {
	if gate == nil {
		return nil
	}
	var columns []string
	for _, m := range gate.Metrics {
		if _, computed := metrics.Lookup(m.Name); !computed {
			columns = append(columns, m.Name)
		}
	}
	return columns
}
