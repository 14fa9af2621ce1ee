package flow

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"

	"github.com/muster-ci/muster/internal/metrics/predictions"
	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/stages"
)

// labelError says that predictions have no labels, with the code of the finding.
type labelError struct {
	code string
	err  error
}

func (e *labelError) Error() string { return e.err.Error() }
func (e *labelError) Unwrap() error { return e.err }

// withLabels joins the labels that the gate names to what a model answered. They
// are the ruler's own, and no stage that a model has to do with has seen them.
func (g Gate) withLabels(t *trial, set *predictions.Set) (*predictions.Set, error) {
	wanted := t.ruler.config.Gate.Labels
	if wanted == nil {
		return set, nil
	}
	if t.labels == nil {
		labels, err := g.readLabels(t)
		if err != nil {
			return nil, &labelError{"labels-invalid", fmt.Errorf("the labels in %s cannot be used: %w", wanted.Path, err)}
		}
		t.labels = labels
	}
	joined, err := set.WithLabels(t.labels)
	if err != nil {
		return nil, &labelError{"labels-missing", err}
	}
	return joined, nil
}

// readLabelled reads what a model answered, with the labels.
func (g Gate) readLabelled(t *trial, runner *stages.Runner, evaluation result.Evaluation) (*predictions.Set, error) {
	set, err := runner.ReadPredictions(evaluation)
	if err != nil {
		return nil, err
	}
	return g.withLabels(t, set)
}

func (g Gate) readLabels(t *trial) (*predictions.Set, error) {
	wanted := t.ruler.config.Gate.Labels
	content, err := g.openLabels(t, path.Clean(wanted.Path))
	if err != nil {
		return nil, err
	}
	defer content.Close()
	return predictions.Read(content, wanted.Path, predictions.Columns{ID: wanted.ID, Label: wanted.Label, Unanswered: true})
}

// openLabels opens the labels: what a stage of the ruler made, or a file of the
// ruler. A working copy does not stand in for a base that has none.
func (g Gate) openLabels(t *trial, name string) (io.ReadCloser, error) {
	if maker := makerOf(t.ruler.config, name); maker != "" {
		for _, stage := range t.measuredBy() { // the ruler's come first
			if i := slices.IndexFunc(stage.Outputs, func(file result.File) bool { return file.Path == name }); i >= 0 {
				return g.openMade(stage.Outputs[i])
			}
		}
		return nil, fmt.Errorf("stage %s was to make them, and did not", maker)
	}
	file, err := t.ruler.open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errors.New("there is no such file, and no stage makes it")
	}
	return file, err
}
