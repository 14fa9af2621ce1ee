package flow

import (
	"context"
	"fmt"
	"io"
	"path"
	"slices"

	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/policies"
)

// findLabels looks for the gate's labels in what training reads, also under another
// name: evaluate does not see them, but a model that learned them needs no more.
func (l *leakage) findLabels(ctx context.Context, t *trial) (*policies.Problem, error) {
	if t.ruler.config.Gate.Labels == nil || t.labels == nil {
		return nil, nil
	}
	file, err := l.gate.labelsFile(ctx, t)
	if err != nil {
		return nil, err
	}
	if file == nil {
		return unchecked("the labels take more than %d MB, so they are not looked for in the training data", maxSearched>>20), nil
	}
	own := *l
	own.asked = []result.File{*file}
	return own.find(ctx)
}

// labelsFile is the file of labels by its content, which the store then holds: as
// the ruler has it, whatever lies under that name in the working copy. It is nil
// for one that is too large to be searched.
func (g Gate) labelsFile(ctx context.Context, t *trial) (*result.File, error) {
	name := path.Clean(t.ruler.config.Gate.Labels.Path)
	for _, stage := range t.measuredBy() {
		i := slices.IndexFunc(stage.Outputs, func(file result.File) bool { return file.Path == name })
		if i >= 0 && stage.Name == makerOf(t.ruler.config, name) {
			return &stage.Outputs[i], nil
		}
	}
	content, err := g.openLabels(t, name)
	if err != nil {
		return nil, fmt.Errorf("read labels: %w", err)
	}
	defer content.Close()
	data, err := io.ReadAll(io.LimitReader(content, maxSearched+1))
	if err != nil {
		return nil, fmt.Errorf("read labels: %w", err)
	}
	if len(data) > maxSearched {
		return nil, nil
	}
	store, err := g.Project.Folder.Store()
	if err != nil {
		return nil, err
	}
	digest, err := store.Keep(ctx, data)
	if err != nil {
		return nil, fmt.Errorf("keep labels: %w", err)
	}
	return &result.File{Path: name, SHA256: digest, Size: int64(len(data))}, nil
}
