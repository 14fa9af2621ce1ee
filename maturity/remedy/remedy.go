// Package remedy makes files that close gaps of a score and fit the repository: a
// workflow that runs its tests with its package manager, a Dockerfile, owners.
//
// files.yaml says which file helps with which criterion and when it fits; the
// templates are in files/. [Look] finds out what they need to know of the
// repository, [Repo.Files] fills them in. Only values that match a strict pattern
// get into a file: a name in the repository can add nothing to a workflow.
package remedy

import (
	"bytes"
	"embed"
	"fmt"
	"path"
	"slices"
	"strings"
	"text/template"

	"go.yaml.in/yaml/v3"

	"github.com/muster-ci/muster/internal/result"
)

//go:embed files.yaml files
var embedded embed.FS

// spec is an entry of files.yaml.
type spec struct {
	Path string   `yaml:"path"`
	Dir  bool     `yaml:"dir"`
	From string   `yaml:"from"`
	For  []string `yaml:"for"`
	When []string `yaml:"when"`
	// After says what is left to do by hand.
	After string `yaml:"after"`
}

// parts are what several templates share: where commands run.
const parts = `[[define "dir"]][[if ne .Dir "."]]
    defaults:
      run: {working-directory: "[[.Dir]]"}[[end]][[end]][[define "cd"]][[if ne .Dir "."]]
    - cd "[[.Dir]]"[[end]][[end]]`

// Files returns the files that help to meet any of the criteria, in the order of
// files.yaml. One that is there already is marked so, and left to people.
func (r *Repo) Files(criteria []string) ([]result.ReadyFile, error) {
	specs, err := load()
	if err != nil {
		return nil, err
	}
	var out []result.ReadyFile
	for _, s := range specs {
		helps := slices.DeleteFunc(slices.Clone(s.For), func(id string) bool { return !slices.Contains(criteria, id) })
		if len(helps) == 0 || !r.fits(s.When) {
			continue
		}
		text, err := r.fill(s.From, helps)
		if err != nil {
			return nil, err
		}
		file := result.ReadyFile{Path: s.Path, Text: text, Criteria: helps, After: s.After}
		if s.Dir {
			file.Path = path.Join(r.Dir, s.Path)
		}
		file.Edit = r.has(file.Path)
		out = append(out, file)
	}
	return out, nil
}

func load() ([]spec, error) {
	data, err := embedded.ReadFile("files.yaml")
	if err != nil {
		return nil, fmt.Errorf("read remedies: %w", err)
	}
	var doc struct {
		Files []spec `yaml:"files"`
	}
	dec := yaml.NewDecoder(bytes.NewReader(data))
	dec.KnownFields(true)
	if err := dec.Decode(&doc); err != nil {
		return nil, fmt.Errorf("read remedies: %w", err)
	}
	return doc.Files, nil
}

// fits reports whether all conditions hold.
func (r *Repo) fits(when []string) bool {
	is := map[string]bool{
		"github": r.Host == hostGitHub, "gitlab": r.Host == hostGitLab, "python": r.Python != "", "tests": r.Test != "",
		"owner": r.Owner != "", "train": r.Train != "" && r.Python != "", "no-image": !r.Image, "image-or-python": r.Image || r.Python != "",
	}
	return !slices.ContainsFunc(when, func(condition string) bool { return !is[condition] })
}

// fill makes the text of a file that is for some criteria.
func (r *Repo) fill(name string, criteria []string) (string, error) {
	text, err := embedded.ReadFile("files/" + name)
	if err != nil {
		return "", fmt.Errorf("read remedy: %w", err)
	}
	t, err := template.New(name).Delims("[[", "]]").Parse(parts + string(text))
	if err != nil {
		return "", fmt.Errorf("read remedy %s: %w", name, err)
	}
	about := *r
	about.Attest = criteria
	var out strings.Builder
	if err := t.Execute(&out, &about); err != nil {
		return "", fmt.Errorf("fill in remedy %s: %w", name, err)
	}
	return out.String(), nil
}
