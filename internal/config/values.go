package config

import (
	"fmt"
	"math"
	"time"

	"github.com/docker/go-units"
	"go.yaml.in/yaml/v3"
)

// Bytes is a size, written as a number of bytes or with one of the suffixes
// k, m, g and t, which are powers of 1024 as they are for docker run.
type Bytes int64

// UnmarshalYAML takes "512m" or 536870912.
func (b *Bytes) UnmarshalYAML(node *yaml.Node) error {
	size, err := units.RAMInBytes(node.Value)
	switch {
	case err != nil:
		return err
	case size == 0:
		return &outOfRange{node, "this is no size", "write more than nothing, or leave the key out"}
	case size < 0 || size == math.MaxInt64: // what a number that is too large becomes
		return &outOfRange{node, node.Value + " is too large", "write less than 8 EiB"}
	}
	*b = Bytes(size)
	return nil
}

// Duration is a time span, written as Go does: 90s, 1h30m.
type Duration time.Duration

// UnmarshalYAML takes what time.ParseDuration takes.
func (d *Duration) UnmarshalYAML(node *yaml.Node) error {
	span, err := time.ParseDuration(node.Value)
	switch {
	case err != nil: // the schema has seen to its form
		return &outOfRange{node, node.Value + " is too long", "write at most 2000000h"}
	case span == 0:
		return &outOfRange{node, "this is no time", "write more than nothing, or leave the key out"}
	}
	*d = Duration(span)
	return nil
}

// outOfRange is a value of the right form that cannot be what is meant.
type outOfRange struct {
	node          *yaml.Node
	message, hint string
}

func (e *outOfRange) Error() string { return e.message }

// StringList is a list of words; one word stands for a list of one.
type StringList []string

// UnmarshalYAML takes a word or a list.
func (l *StringList) UnmarshalYAML(node *yaml.Node) error {
	if node.Kind == yaml.ScalarNode {
		*l = StringList{node.Value}
		return nil
	}
	return node.Decode((*[]string)(l))
}

// Resources are what a stage takes of a machine; 0 means that it does not say.
type Resources struct {
	CPUs   float64 `yaml:"cpus"`
	Memory Bytes   `yaml:"memory"`
	GPUs   int     `yaml:"gpus"`
	SHM    Bytes   `yaml:"shm"` // of /dev/shm
}

// Ref is an input that lies elsewhere: it is keyed by its version and not copied.
type Ref struct {
	Ref     string `yaml:"ref"`
	Version string `yaml:"version"`
}

// Fetch is where a stage's one output comes from.
type Fetch struct {
	URL    string `yaml:"url"`
	SHA256 string `yaml:"sha256"` // empty if the source is trusted to stay the same
}

// Service is a program that runs beside a stage, for example a database. The
// stage reaches it under its name.
type Service struct {
	Name    string            `yaml:"-"`
	Image   string            `yaml:"image"`
	Command Command           `yaml:"command"` // empty for the image's own
	Env     map[string]string `yaml:"env"`
	Health  *Health           `yaml:"health"` // nil for the image's own check, if it has one
}

// Health says how to find out that a service is ready.
type Health struct {
	Command  Command  `yaml:"command"`
	Interval Duration `yaml:"interval"`
	Timeout  Duration `yaml:"timeout"` // until it must be ready
}

// Notebook is a notebook that is run from its first cell to its last.
type Notebook struct {
	Path   string `yaml:"path"`
	Tool   string `yaml:"tool"`   // papermill or nbconvert
	Kernel string `yaml:"kernel"` // empty for the notebook's own
	Output string `yaml:"output"` // where the executed notebook goes; empty if nobody wants it
	// Params is the file of parameters that the notebook gets, if its stage names any.
	Params string `yaml:"-"`
}

// UnmarshalYAML takes a path alone or a mapping.
func (n *Notebook) UnmarshalYAML(node *yaml.Node) error {
	if node.Kind == yaml.ScalarNode {
		return node.Decode(&n.Path)
	}
	type plain Notebook
	return node.Decode((*plain)(n))
}

// UnmarshalYAML reads a stage, whose inputs and services have shapes of their own.
func (s *Stage) UnmarshalYAML(node *yaml.Node) error {
	type plain Stage
	if err := node.Decode((*plain)(s)); err != nil {
		return err
	}
	var mixed struct {
		Inputs   []yaml.Node `yaml:"inputs"`
		Services yaml.Node   `yaml:"services"`
	}
	if err := node.Decode(&mixed); err != nil {
		return err
	}
	for _, input := range mixed.Inputs {
		if input.Kind == yaml.ScalarNode {
			s.Inputs = append(s.Inputs, input.Value)
			continue
		}
		var ref Ref
		if err := input.Decode(&ref); err != nil {
			return err
		}
		s.Refs = append(s.Refs, ref)
	}
	return eachEntry(&mixed.Services, func(name string, value *yaml.Node) error {
		service := Service{Name: name}
		if err := value.Decode(&service); err != nil {
			return fmt.Errorf("service %s: %w", name, err)
		}
		s.Services = append(s.Services, service)
		return nil
	})
}
