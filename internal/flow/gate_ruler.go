package flow

import "context"

// findRuler says what the candidate is measured and judged by.
func (g Gate) findRuler(_ context.Context, t *trial) error {
	t.ruler = ruler{config: g.Project.Config, dir: g.Project.Dir, from: "the working copy's own"}
	specs, err := gateSpecs(t.ruler.config)
	t.specs = specs
	return err
}
