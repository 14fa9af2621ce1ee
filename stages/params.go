package stages

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/muster-ci/muster/internal/config"
)

// selectParams reads the params file and returns the part of it that the stage
// names. That part alone is in the stage's key, and that part alone is what the
// stage sees of the file: a parameter that it did not declare is not there.
func selectParams(cfg *config.Config, dir string, stage config.Stage) (map[string]any, error) {
	if len(stage.Params) == 0 {
		return nil, nil
	}
	data, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(cfg.Params)))
	if err != nil {
		return nil, fmt.Errorf("read params file: %w", err)
	}
	var all map[string]any
	if err := yaml.Unmarshal(data, &all); err != nil {
		return nil, &config.Error{Problems: []config.Problem{{Path: cfg.Params, Message: strings.TrimPrefix(err.Error(), "yaml: ")}}}
	}
	chosen := map[string]any{}
	for i, name := range stage.Params {
		if !pick(all, chosen, strings.Split(name, ".")) {
			return nil, cfg.ProblemAt(fmt.Sprintf("/stages/%s/params/%d", stage.Name, i),
				fmt.Sprintf("%s has no parameter %q", cfg.Params, name), "add it there, or take it out here")
		}
	}
	return chosen, nil
}

// pick copies the value at the dotted path from one tree to another.
func pick(from, to map[string]any, path []string) bool {
	value, ok := from[path[0]]
	if !ok {
		return false
	}
	if len(path) == 1 {
		to[path[0]] = value
		return true
	}
	inner, ok := value.(map[string]any)
	if !ok {
		return false
	}
	next, ok := to[path[0]].(map[string]any)
	if !ok {
		next = map[string]any{}
	}
	if !pick(inner, next, path[1:]) {
		return false
	}
	to[path[0]] = next
	return true
}
