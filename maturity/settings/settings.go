// Package settings reads what files of Kubernetes, Helm, Terraform, CloudFormation
// and of platforms set: which infrastructure they describe, how they divide requests
// among versions, how they keep or watch predictions, whom they alert, and what they
// ask for before a change is merged.
package settings

import (
	"bytes"
	"slices"
	"strconv"
	"strings"

	"github.com/muster-ci/muster/maturity/terraform"
	"github.com/muster-ci/muster/maturity/yamldoc"
)

// File is a file of configuration, read.
type File struct {
	// Name is its path.
	Name string
	Text []byte
	// Documents are those of a file of YAML, Blocks those of one of Terraform.
	Documents []yamldoc.Value
	Blocks    []terraform.Block
}

// Setting is what a line of such a file sets.
type Setting struct {
	// Category is that of the fact for what watches a model: monitor.setting,
	// monitor.schedule or monitor.capture.
	Category string
	Tool     string
	// What stands there.
	What string
	Line int
}

// Number is the whole number that a text is, 0 where it is none.
func Number(text string) int {
	n, err := strconv.Atoi(strings.TrimSpace(text))
	if err != nil {
		return 0
	}
	return n
}

// holdsOne reports whether one of the words stands in a text.
func holdsOne(text []byte, words []string) bool {
	return slices.ContainsFunc(words, func(word string) bool { return bytes.Contains(text, []byte(word)) })
}

func newSetting(tool, what string, line int) Setting {
	return Setting{Tool: tool, What: what, Line: line}
}

func watch(category, tool, what string, line int) Setting {
	return Setting{Category: category, Tool: tool, What: what, Line: line}
}
