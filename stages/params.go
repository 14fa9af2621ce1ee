package stages

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/muster-ci/muster/internal/config"
)

// maxParamNodes bounds how much a params file may grow by its aliases.
const maxParamNodes = 100_000

// wrongParams looks for mistakes in the parameters before anything runs. A file
// that a stage makes is looked at when it is there.
func wrongParams(cfg *config.Config, dir string, stages []config.Stage) error {
	params := config.Stage{Inputs: []string{cfg.Params}}
	for _, stage := range stages {
		if slices.ContainsFunc(cfg.Stages, func(other config.Stage) bool { return feeds(other, params) }) {
			return nil
		}
		if _, err := selectParams(cfg, dir, stage); err != nil {
			return err
		}
	}
	return nil
}

// selectParams reads the params file and returns the part of it that the stage
// names, as the YAML that the stage will see: a parameter that it did not
// declare is not there. The same bytes are in the stage's key. Values stay as
// they were written: 1.0 is not 1, and a date is not a time.
func selectParams(cfg *config.Config, dir string, stage config.Stage) ([]byte, error) {
	if len(stage.Params) == 0 {
		return nil, nil
	}
	if err := checkParents(dir, filepath.ToSlash(filepath.Clean(cfg.Params))); err != nil {
		return nil, cfg.ProblemAt("/params", err.Error(), "use a file of the repository")
	}
	data, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(cfg.Params)))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, cfg.ProblemAt("/params", "params file "+cfg.Params+" is not there", "write it, or take params: out of the stages")
	}
	if err != nil {
		return nil, fmt.Errorf("read params file: %w", err)
	}
	invalid := func(message string) error {
		return &config.Error{Problems: []config.Problem{{Path: cfg.Params, Message: message}}}
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		return nil, invalid(strings.TrimPrefix(err.Error(), "yaml: "))
	}
	all := &yaml.Node{Kind: yaml.MappingNode}
	if len(doc.Content) > 0 {
		budget := maxParamNodes
		if all = literal(doc.Content[0], &budget); budget < 0 {
			return nil, invalid("the file is too large once its aliases are followed")
		}
	}
	chosen := &yaml.Node{Kind: yaml.MappingNode}
	for i, name := range stage.Params {
		if !pick(all, chosen, strings.Split(name, ".")) {
			return nil, cfg.ProblemAt(fmt.Sprintf("/stages/%s/params/%d", stage.Name, i),
				fmt.Sprintf("%s has no parameter %q", cfg.Params, name), "add it there, or take it out here")
		}
	}
	out, err := yaml.Marshal(chosen)
	if err != nil {
		return nil, fmt.Errorf("select params: %w", err)
	}
	return out, nil
}

// literal copies a node as it was written, without comments, with aliases and
// merge keys followed. Budget counts down by node.
func literal(node *yaml.Node, budget *int) *yaml.Node {
	if *budget--; *budget < 0 {
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null"}
	}
	if node.Kind == yaml.AliasNode {
		return literal(node.Alias, budget)
	}
	out := &yaml.Node{Kind: node.Kind, Tag: node.Tag, Value: node.Value, Style: node.Style}
	if node.Kind != yaml.MappingNode {
		for _, child := range node.Content {
			out.Content = append(out.Content, literal(child, budget))
		}
		return out
	}
	for i := 0; i+1 < len(node.Content); i += 2 {
		if node.Content[i].Tag != "!!merge" {
			out.Content = append(out.Content, literal(node.Content[i], budget), literal(node.Content[i+1], budget))
		}
	}
	// What is merged in comes last, and gives way to what is there.
	for i := 0; i+1 < len(node.Content); i += 2 {
		if node.Content[i].Tag == "!!merge" {
			merge(out, literal(node.Content[i+1], budget))
		}
	}
	return out
}

// merge adds the entries of a mapping, or of a list of mappings, that are not there yet.
func merge(to, from *yaml.Node) {
	if from.Kind == yaml.SequenceNode {
		for _, each := range from.Content {
			merge(to, each)
		}
		return
	}
	for i := 0; i+1 < len(from.Content); i += 2 {
		if valueOf(to, from.Content[i].Value) == nil {
			to.Content = append(to.Content, from.Content[i], from.Content[i+1])
		}
	}
}

// valueOf returns the value under a key of a mapping, or nil.
func valueOf(mapping *yaml.Node, key string) *yaml.Node {
	if mapping.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		if mapping.Content[i].Value == key {
			return mapping.Content[i+1]
		}
	}
	return nil
}

// pick copies the value at the dotted path from one mapping to another.
func pick(from, to *yaml.Node, path []string) bool {
	value := valueOf(from, path[0])
	if value == nil {
		return false
	}
	key := &yaml.Node{Kind: yaml.ScalarNode, Value: path[0]}
	if len(path) == 1 {
		if at := slices.IndexFunc(to.Content, func(n *yaml.Node) bool { return n == valueOf(to, path[0]) }); at >= 0 {
			to.Content[at] = value
		} else {
			to.Content = append(to.Content, key, value)
		}
		return true
	}
	next := valueOf(to, path[0])
	if next == nil {
		next = &yaml.Node{Kind: yaml.MappingNode}
		if !pick(value, next, path[1:]) {
			return false
		}
		to.Content = append(to.Content, key, next)
		return true
	}
	// All of it may have been picked already, by a shorter name.
	return next == value || pick(value, next, path[1:])
}
