package config

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// MaxSize bounds the file: a muster.yaml is written by people.
const MaxSize = 1 << 20

// ErrNotFound says that there is no muster.yaml.
var ErrNotFound = errors.New("no " + FileName)

// Load reads the file at path. All mistakes come back together as an [Error];
// a file that is not there is [ErrNotFound].
func Load(path string) (*Config, error) {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() { // a pipe would never end
		return nil, &Error{[]Problem{{Path: path, Message: "this is no file", Hint: "name a " + FileName + " with --file"}}}
	}
	file, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("%w at %s", ErrNotFound, path)
	}
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, MaxSize+1))
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	if len(data) > MaxSize {
		return nil, &Error{[]Problem{{Path: path, Message: "the file is larger than 1 MiB"}}}
	}
	dir, err := filepath.Abs(filepath.Dir(path))
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	return Parse(path, filepath.Base(dir), data)
}

// Parse reads a configuration from data. Path is used in messages, and
// defaultName is the pipeline's name if the file gives none.
func Parse(path, defaultName string, data []byte) (*Config, error) {
	src, value, err := readSource(path, data)
	if err != nil {
		return nil, err
	}
	problems, err := src.checkSchema(value)
	if err != nil {
		return nil, err
	}
	if len(problems) > 0 {
		return nil, inOrder(problems)
	}
	cfg, problems, err := decode(src, defaultName)
	if wrong, ok := errors.AsType[*outOfRange](err); ok {
		return nil, src.errorAt(wrong.node, wrong.message, wrong.hint)
	}
	if err != nil {
		return nil, err
	}
	if len(problems) == 0 {
		problems = cfg.check()
	}
	if len(problems) > 0 {
		return nil, inOrder(problems)
	}
	return cfg, nil
}

// inOrder lists the problems as a reader of the file meets them.
func inOrder(problems []Problem) *Error {
	slices.SortFunc(problems, func(a, b Problem) int {
		return cmp.Or(a.Line-b.Line, a.Column-b.Column, strings.Compare(a.Message, b.Message))
	})
	return &Error{slices.Compact(problems)} // a matrix repeats the mistakes of its stage
}

// decode fills the types. The schema has been checked, so what fails here is a
// difference between schema and types; problems are those of matrices.
func decode(src *source, defaultName string) (cfg *Config, problems []Problem, err error) {
	var plain struct {
		Name     string   `yaml:"name"`
		Image    string   `yaml:"image"`
		Params   string   `yaml:"params"`
		Executor string   `yaml:"executor"`
		Tracking Tracking `yaml:"tracking"`
		Model    *Model   `yaml:"model"`
		Gate     *Gate    `yaml:"gate"`
		Registry Registry `yaml:"registry"`
		Promote  Promote  `yaml:"promote"`
		CI       CI       `yaml:"ci"`
	}
	plain.CI = DefaultCI()
	if err := src.root.Decode(&plain); err != nil {
		return nil, nil, fmt.Errorf("read %s: %w", src.path, err)
	}
	cfg = &Config{
		Name: plain.Name, Image: plain.Image, Params: plain.Params, Executor: plain.Executor,
		Model: plain.Model, Gate: plain.Gate, Registry: plain.Registry, Promote: plain.Promote, CI: plain.CI, Tracking: plain.Tracking, source: src,
	}
	err = src.mapping("/stages", func(name string, node *yaml.Node) error {
		stages, wrong, err := expand(src, name, node)
		cfg.Stages, problems = append(cfg.Stages, stages...), append(problems, wrong...)
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	resolveNeeds(cfg.Stages)
	if cfg.Gate != nil {
		err = src.mapping("/gate/metrics", func(name string, node *yaml.Node) error {
			metric := GateMetric{Name: name}
			if err := node.Decode(&metric); err != nil {
				return fmt.Errorf("read %s: metric %s: %w", src.path, name, err)
			}
			cfg.Gate.Metrics = append(cfg.Gate.Metrics, metric)
			return nil
		})
	}
	cfg.setDefaults(defaultName)
	return cfg, problems, err
}

// notInName is what a folder's name may have and a pipeline's may not.
var notInName = regexp.MustCompile(`[^A-Za-z0-9._-]+`)

func (c *Config) setDefaults(name string) {
	if c.Name == "" {
		c.Name = notInName.ReplaceAllString(name, "-")
	}
	if c.Registry.Git == nil && c.source.has("/registry/git") { // git: with nothing behind it
		c.Registry.Git = &GitRegistry{}
	}
	c.Registry.setDefaults()
	c.Promote.From = cmp.Or(c.Promote.From, "retrain")
	for i := range c.Stages {
		c.Stages[i].setDefaults(c.Image, c.Params)
	}
	if c.Gate != nil {
		c.Gate.setDefaults()
	}
}

func (s *Stage) setDefaults(image, params string) {
	if s.Image == "" && s.Build == nil && s.Fetch == nil {
		s.Image = image
	}
	if s.Notebook != nil {
		s.Notebook.Tool = cmp.Or(s.Notebook.Tool, "papermill")
		if len(s.Params) > 0 {
			s.Notebook.Params = params
		}
	}
	for i := range s.Services {
		if health := s.Services[i].Health; health != nil {
			health.Interval = cmp.Or(health.Interval, Duration(time.Second))
			health.Timeout = cmp.Or(health.Timeout, Duration(time.Minute))
		}
	}
	if s.Build != nil {
		if s.Build.Context == "" {
			s.Build.Context = "."
		}
		if s.Build.Dockerfile == "" {
			s.Build.Dockerfile = "Dockerfile"
		}
	}
}

func (r *Registry) setDefaults() {
	if r.Git != nil {
		r.Type = "git"
	}
	r.Type = cmp.Or(r.Type, "dir")
	r.Path = cmp.Or(r.Path, ".muster/registry")
	if r.Type != "git" {
		return
	}
	if r.Git == nil {
		r.Git = &GitRegistry{}
	}
	r.Git.Branch = cmp.Or(r.Git.Branch, "muster/models")
	r.Git.Remote = cmp.Or(r.Git.Remote, "origin")
}

func (g *Gate) setDefaults() {
	g.Champion = cmp.Or(g.Champion, "production")
	g.Anchor = cmp.Or(g.Anchor, g.Champion+"-anchor")
	g.Confidence = cmp.Or(g.Confidence, 0.95)
	g.Slices.MinSize = cmp.Or(g.Slices.MinSize, 50)
	g.Holdout.Budget = cmp.Or(g.Holdout.Budget, 100)
	if g.Drift != nil {
		g.Drift.Last = cmp.Or(g.Drift.Last, 5)
	}
	for i := range g.Metrics {
		if g.Metrics[i].Require == "" {
			g.Metrics[i].Require = "non-inferior"
		}
	}
}
