package config

import (
	"fmt"
	"maps"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
)

// A stage with a matrix stands for one stage for each combination of its
// values. The nodes of the file are copied and filled in before they are
// decoded, so that a value can stand wherever text can.

// maxCells bounds how many stages one matrix makes.
const maxCells = 256

// cell is one combination of a matrix's values.
type cell struct {
	suffix string // "" without a matrix, else "@seed=1,model=rf"
	values map[string]string
}

var (
	placeholder = regexp.MustCompile(`\$\{\{\s*(.*?)\s*\}\}`)
	inCellName  = regexp.MustCompile(`[^A-Za-z0-9._-]+`)
)

// cells lists the combinations, the last axis turning fastest.
func cells(stage *yaml.Node) []cell {
	all := []cell{{}}
	var matrix *yaml.Node
	_ = eachEntry(stage, func(key string, value *yaml.Node) error { // no visit returns an error here
		if key == "matrix" {
			matrix = value
		}
		return nil
	})
	if matrix == nil {
		return all
	}
	// The schema has been checked: it is a mapping of lists of scalars.
	_ = eachEntry(matrix, func(axis string, list *yaml.Node) error {
		var next []cell
		for _, before := range all {
			for _, value := range follow(list).Content {
				next = append(next, before.with(axis, follow(value).Value))
				if len(next) > maxCells {
					break
				}
			}
		}
		all = next
		return nil
	})
	return all
}

func (c cell) with(axis, value string) cell {
	out := cell{suffix: c.suffix + ",", values: map[string]string{axis: value}}
	if c.suffix == "" {
		out.suffix = "@"
	}
	// The name becomes that of a file and of a label, whatever the value is.
	out.suffix += axis + "=" + inCellName.ReplaceAllString(value, "-")
	maps.Copy(out.values, c.values)
	return out
}

// fill copies a node with the cell's values in place of ${{ matrix.AXIS }}, and
// calls unknown for what is in such braces and is no axis.
func (c cell) fill(node *yaml.Node, unknown func(at *yaml.Node, name string)) *yaml.Node {
	node = follow(node)
	out := *node
	out.Content = nil
	for _, child := range node.Content {
		out.Content = append(out.Content, c.fill(child, unknown))
	}
	if node.Kind != yaml.ScalarNode {
		return &out
	}
	out.Value = placeholder.ReplaceAllStringFunc(node.Value, func(found string) string {
		name := placeholder.FindStringSubmatch(found)[1]
		axis, isMatrix := strings.CutPrefix(name, "matrix.")
		value, known := c.values[axis]
		if !isMatrix || !known {
			unknown(node, name)
			return found
		}
		return value
	})
	if out.Value != node.Value { // text stays text: "${{ matrix.seed }}" is not a number
		out.Tag, out.Style = "!!str", yaml.DoubleQuotedStyle
	}
	return &out
}

// expand decodes a stage of the file into one stage for each cell.
func expand(src *source, name string, node *yaml.Node) (stages []Stage, problems []Problem, err error) {
	at := "/stages/" + escape(name)
	all := cells(node)
	if len(all) > maxCells {
		return nil, []Problem{src.problem(at+"/matrix", fmt.Sprintf("the matrix makes more than %d stages", maxCells), "leave some values out")}, nil
	}
	seen, complained := map[string]bool{}, map[*yaml.Node]bool{}
	for _, cell := range all {
		unknown := func(at *yaml.Node, what string) {
			if !complained[at] {
				complained[at] = true
				problems = append(problems, Problem{
					Path: src.path, Line: at.Line, Column: at.Column, Source: src.line(at.Line),
					Message: fmt.Sprintf("${{ %s }} is not known", what), Hint: "only ${{ matrix.AXIS }} is, with an axis of this stage's matrix",
				})
			}
		}
		stage := Stage{Name: name + cell.suffix, Cell: cell.values}
		if err := cell.fill(node, unknown).Decode(&stage); err != nil {
			return nil, nil, fmt.Errorf("read %s: stage %s: %w", src.path, name, err)
		}
		if seen[stage.Name] {
			problems = append(problems, src.problem(at+"/matrix", fmt.Sprintf("two values of the matrix make the same name %s", stage.Name), "let the values differ in letters or digits"))
		}
		seen[stage.Name] = true
		stages = append(stages, stage)
	}
	return stages, problems, nil
}

// resolveNeeds lets the name of a stage with a matrix stand for all that it made.
func resolveNeeds(stages []Stage) {
	cells := map[string][]string{}
	for _, stage := range stages {
		if base, _, made := strings.Cut(stage.Name, "@"); made {
			cells[base] = append(cells[base], stage.Name)
		}
	}
	for i := range stages {
		var needs []string
		for _, need := range stages[i].Needs {
			if made, ok := cells[need]; ok {
				needs = append(needs, made...)
			} else {
				needs = append(needs, need)
			}
		}
		stages[i].Needs = needs
	}
}
