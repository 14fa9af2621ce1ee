package flow

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/muster-ci/muster/internal/config"
	"github.com/muster-ci/muster/internal/metrics/predictions"
)

// labels are those that the gate joins, unless the caller names a column of them.
func (c Compare) labels() *config.Labels {
	if c.Project == nil || c.Project.Config.Gate == nil || c.Columns.Label != "" {
		return nil
	}
	return c.Project.Config.Gate.Labels
}

// joinLabels joins the labels that the gate names, as they lie in the working copy,
// to what the sides answered. The gate takes the base's; here nothing is decided.
func (c Compare) joinLabels(sides ...*answers) error {
	wanted := c.labels()
	if wanted == nil {
		return nil
	}
	hint := "run the pipeline if a stage makes them; or name the column of the predictions that has the truth: --label COLUMN"
	file, err := os.Open(filepath.Join(c.Project.Dir, filepath.FromSlash(wanted.Path)))
	if errors.Is(err, fs.ErrNotExist) {
		return &CompareError{fmt.Sprintf("the labels that the gate joins are not there: %s", wanted.Path), hint}
	}
	if err != nil {
		return fmt.Errorf("open labels: %w", err)
	}
	defer file.Close()
	labels, err := predictions.Read(file, wanted.Path, predictions.Columns{ID: wanted.ID, Label: wanted.Label, Unanswered: true})
	if err != nil {
		return err
	}
	for _, side := range sides {
		for i, set := range side.sets {
			if side.sets[i], err = set.WithLabels(labels); err != nil {
				return &CompareError{err.Error(), hint}
			}
		}
	}
	return nil
}
