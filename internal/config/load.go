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

	"go.yaml.in/yaml/v3"
)

// maxSize bounds the file: a muster.yaml is written by people.
const maxSize = 1 << 20

// ErrNotFound says that there is no muster.yaml.
var ErrNotFound = errors.New("no " + FileName)

// Load reads the file at path. All mistakes come back together as an [Error];
// a file that is not there is [ErrNotFound].
func Load(path string) (*Config, error) {
	file, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("%w at %s", ErrNotFound, path)
	}
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, maxSize+1))
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	if len(data) > maxSize {
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
	cfg, err := decode(src, defaultName)
	if err != nil {
		return nil, err
	}
	if problems := cfg.check(); len(problems) > 0 {
		return nil, inOrder(problems)
	}
	return cfg, nil
}

// inOrder lists the problems as a reader of the file meets them.
func inOrder(problems []Problem) *Error {
	slices.SortFunc(problems, func(a, b Problem) int {
		return cmp.Or(a.Line-b.Line, a.Column-b.Column, strings.Compare(a.Message, b.Message))
	})
	return &Error{problems}
}

// decode fills the types. The schema has been checked, so what fails here is a
// difference between schema and types.
func decode(src *source, defaultName string) (*Config, error) {
	var plain struct {
		Name     string   `yaml:"name"`
		Image    string   `yaml:"image"`
		Params   string   `yaml:"params"`
		Model    *Model   `yaml:"model"`
		Gate     *Gate    `yaml:"gate"`
		Registry Registry `yaml:"registry"`
	}
	if err := src.root.Decode(&plain); err != nil {
		return nil, fmt.Errorf("read %s: %w", src.path, err)
	}
	cfg := &Config{
		Name: plain.Name, Image: plain.Image, Params: plain.Params,
		Model: plain.Model, Gate: plain.Gate, Registry: plain.Registry, source: src,
	}
	err := src.mapping("/stages", func(name string, node *yaml.Node) error {
		stage := Stage{Name: name}
		if err := node.Decode(&stage); err != nil {
			return fmt.Errorf("read %s: stage %s: %w", src.path, name, err)
		}
		cfg.Stages = append(cfg.Stages, stage)
		return nil
	})
	if err != nil {
		return nil, err
	}
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
	return cfg, err
}

// notInName is what a folder's name may have and a pipeline's may not.
var notInName = regexp.MustCompile(`[^A-Za-z0-9._-]+`)

func (c *Config) setDefaults(name string) {
	if c.Name == "" {
		c.Name = notInName.ReplaceAllString(name, "-")
	}
	if c.Registry.Type == "" {
		c.Registry.Type = "dir"
	}
	if c.Registry.Path == "" {
		c.Registry.Path = ".muster/registry"
	}
	for i := range c.Stages {
		c.Stages[i].setDefaults(c.Image)
	}
	if c.Gate != nil {
		c.Gate.setDefaults()
	}
}

func (s *Stage) setDefaults(image string) {
	if s.Image == "" && s.Build == nil {
		s.Image = image
	}
	if s.Build != nil {
		if s.Build.Context == "" {
			s.Build.Context = "."
		}
		if s.Build.Dockerfile == "" {
			s.Build.Dockerfile = "Dockerfile"
		}
	}
	if p := s.Predictions; p != nil {
		for column, name := range map[*string]string{&p.ID: "id", &p.Label: "label", &p.Score: "score"} {
			if *column == "" {
				*column = name
			}
		}
	}
}

func (g *Gate) setDefaults() {
	if g.Champion == "" {
		g.Champion = "production"
	}
	if g.Confidence == 0 {
		g.Confidence = 0.95
	}
	if g.Slices.MinSize == 0 {
		g.Slices.MinSize = 50
	}
	for i := range g.Metrics {
		if g.Metrics[i].Require == "" {
			g.Metrics[i].Require = "non-inferior"
		}
	}
}
