// Package config reads muster.yaml: it checks the file against its JSON Schema
// and against what no schema can say, reports every mistake at once with its
// line and column, and returns plain values with all defaults filled in.
package config

import (
	_ "embed"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// FileName is the name of the file that [Load] reads in a repository.
const FileName = "muster.yaml"

// Schema is the JSON Schema of muster.yaml.
//
//go:embed muster.schema.json
var Schema []byte

// Config is one pipeline with its gate and registry.
type Config struct {
	Name     string
	Image    string
	Params   string
	Executor string  // where stages run unless the command line says otherwise; empty for docker
	Stages   []Stage // in the order of the file, a stage with a matrix as one for each cell
	Model    *Model  // nil if the pipeline makes none
	Gate     *Gate   // nil if there is no gate
	Registry Registry
	Promote  Promote
	CI       CI
	Tracking Tracking

	source *source
}

// Stage is one step of the pipeline. It builds an image, fetches a file, or
// runs a command or a notebook: one of these.
type Stage struct {
	Name string `yaml:"-"`
	// Cell holds the values of the matrix that this stage was made for, if there is one.
	Cell     map[string]string `yaml:"-"`
	Image    string            `yaml:"image"`
	Build    *Build            `yaml:"build"`
	Fetch    *Fetch            `yaml:"fetch"`
	Run      Command           `yaml:"run"`
	Notebook *Notebook         `yaml:"notebook"`
	// Inputs are files, folders and patterns of the repository; Refs lie elsewhere.
	Inputs  []string          `yaml:"-"`
	Refs    []Ref             `yaml:"-"`
	Outputs []string          `yaml:"outputs"`
	Params  []string          `yaml:"params"`
	Needs   []string          `yaml:"needs"`
	Env     map[string]string `yaml:"env"`
	// Secrets names variables of the caller's environment; their values are in no key.
	Secrets   []string   `yaml:"secrets"`
	Network   bool       `yaml:"network"`
	User      string     `yaml:"user"`    // uid or uid:gid; empty for the caller's
	Workdir   string     `yaml:"workdir"` // below the workspace; empty for the workspace itself
	Timeout   Duration   `yaml:"timeout"` // 0 for none
	Retries   int        `yaml:"retries"` // of failures of the surroundings, not of the command
	Resources Resources  `yaml:"resources"`
	Services  []Service  `yaml:"-"`
	When      StringList `yaml:"when"` // empty for always
	// Metrics, JUnit and Predictions are outputs that muster reads as well.
	Metrics     []string     `yaml:"metrics"`
	JUnit       string       `yaml:"junit"`
	Predictions *Predictions `yaml:"predictions"`
}

// AllOutputs lists everything that the stage must leave behind: its outputs,
// and the files that muster reads from it.
func (s Stage) AllOutputs() []string {
	out := append([]string(nil), s.Outputs...)
	out = append(out, s.Metrics...)
	if s.JUnit != "" {
		out = append(out, s.JUnit)
	}
	if s.Notebook != nil && s.Notebook.Output != "" {
		out = append(out, s.Notebook.Output)
	}
	if s.Predictions != nil {
		out = append(out, s.Predictions.Path)
	}
	return out
}

// Build says how a stage makes an image.
type Build struct {
	Context    string `yaml:"context"`
	Dockerfile string `yaml:"dockerfile"`
}

// Command is what a stage runs: a line for a shell, or words for no shell.
type Command struct {
	Shell string
	Words []string
}

// UnmarshalYAML takes a string or a list.
func (c *Command) UnmarshalYAML(node *yaml.Node) error {
	if node.Kind == yaml.ScalarNode {
		return node.Decode(&c.Shell)
	}
	return node.Decode(&c.Words)
}

// Argv returns the words to execute.
func (c Command) Argv() []string {
	if c.Shell != "" {
		return []string{"/bin/sh", "-c", c.Shell}
	}
	return c.Words
}

// String returns the command as a person would type it.
func (c Command) String() string {
	if c.Shell != "" {
		return c.Shell
	}
	return strings.Join(c.Words, " ")
}

// Predictions names the file of predictions and its columns. What is empty has
// its conventional name, if the file has such a column: only what is named must be there.
type Predictions struct {
	Path       string   `yaml:"path"`
	ID         string   `yaml:"id"`
	Label      string   `yaml:"label"`
	Score      string   `yaml:"score"`
	Prediction string   `yaml:"prediction"`
	Threshold  *float64 `yaml:"threshold"` // the score from which the decision is 1; nil for 0.5
	Slices     []string `yaml:"slices"`
	Group      string   `yaml:"group"`
	Time       string   `yaml:"time"`
	Weight     string   `yaml:"weight"`
	Repeat     string   `yaml:"repeat"`
}

// UnmarshalYAML takes a path alone or a mapping.
func (p *Predictions) UnmarshalYAML(node *yaml.Node) error {
	if node.Kind == yaml.ScalarNode {
		return node.Decode(&p.Path)
	}
	type plain Predictions
	return node.Decode((*plain)(p))
}

// Model says which output is the model. Evaluate is the stage that measures it.
type Model struct {
	Path  string `yaml:"path"`
	Stage string `yaml:"stage"`
	// From is where a model lies that was trained elsewhere: a URL to fetch, or
	// models:/NAME@ALIAS of the registry. Stage is then [FromStage].
	From     string `yaml:"from"`
	SHA256   string `yaml:"sha256"` // of what From names; empty if that is trusted to stay the same
	Evaluate string `yaml:"-"`
}

// Gate says what a model must show before it is promoted.
type Gate struct {
	Champion   string       `yaml:"champion"`
	Anchor     string       `yaml:"anchor"` // the alias that guards against creep
	Confidence float64      `yaml:"confidence"`
	Metrics    []GateMetric `yaml:"-"` // in the order of the file
	Slices     Slices       `yaml:"slices"`
	Baseline   *Baseline    `yaml:"baseline"` // nil: the champion is
	Labels     *Labels      `yaml:"labels"`   // nil: they are in the predictions
	Holdout    Holdout      `yaml:"holdout"`
	Policies   Policies     `yaml:"policies"`
	Waivers    string       `yaml:"waivers"`
	Budgets    Budgets      `yaml:"budgets"`
	Require    []string     `yaml:"require"` // tests, license, provenance
	Drift      *Drift       `yaml:"drift"`
	Data       Data         `yaml:"data"`
	// Blind is what a metric brings that cannot show a drop of five margins: warn, the default, or deny.
	Blind string `yaml:"blind"`
}

// GateMetric says what one metric must show. Better and Require may be empty:
// the metric's own direction, and non-inferior.
type GateMetric struct {
	Name    string   `yaml:"-"`
	Better  string   `yaml:"better"`
	Min     *float64 `yaml:"min"`
	Max     *float64 `yaml:"max"`
	Margin  *Margin  `yaml:"margin"`
	Creep   *Margin  `yaml:"creep"` // nil for twice the margin
	Require string   `yaml:"require"`
	// Baseline is a number that stands in for the champion's.
	Baseline *float64 `yaml:"baseline"`
}

// Baseline names numbers that stand in for the champion's: a file of metrics, in
// the working copy or at a commit.
type Baseline struct {
	Path string `yaml:"path"`
	Ref  string `yaml:"ref"` // a branch, tag or commit; empty for the file as it lies there
}

// UnmarshalYAML takes a path alone or a mapping.
func (b *Baseline) UnmarshalYAML(node *yaml.Node) error {
	if node.Kind == yaml.ScalarNode {
		return node.Decode(&b.Path)
	}
	type plain Baseline
	return node.Decode((*plain)(b))
}

// Labels names the file with the truth that evaluate does not get to see.
type Labels struct {
	Path  string `yaml:"path"`
	ID    string `yaml:"id"`
	Label string `yaml:"label"`
}

// UnmarshalYAML takes a path alone or a mapping.
func (l *Labels) UnmarshalYAML(node *yaml.Node) error {
	if node.Kind == yaml.ScalarNode {
		return node.Decode(&l.Path)
	}
	type plain Labels
	return node.Decode((*plain)(l))
}

// Holdout says how often evaluation data may be looked at, and which data is
// looked at only for promotion.
type Holdout struct {
	Budget int    `yaml:"budget"`
	Audit  string `yaml:"audit"` // a file that stands in for evaluate's data; empty for none
	// Replaces is the input of evaluate that Audit stands in for: once the configuration
	// is loaded, it is known if Audit is.
	Replaces string `yaml:"replaces"`
}

// Policies names a team's own Rego: a folder, or a bundle in OPA's format.
type Policies struct {
	Path   string `yaml:"path"`
	Bundle string `yaml:"bundle"` // a .tar.gz, or oci://…
	Key    string `yaml:"key"`    // the public key (PEM) of the bundle's signature
}

// UnmarshalYAML takes a folder alone or a mapping.
func (p *Policies) UnmarshalYAML(node *yaml.Node) error {
	if node.Kind == yaml.ScalarNode {
		return node.Decode(&p.Path)
	}
	type plain Policies
	return node.Decode((*plain)(p))
}

// Budgets are the most that a model may take; 0 means that nothing is said.
type Budgets struct {
	Size   Bytes    `yaml:"size"`   // of the model's files
	Time   Duration `yaml:"time"`   // of the evaluate stage
	Memory Bytes    `yaml:"memory"` // of the evaluate stage, at its peak
}

// Drift bounds what the last promotions may have lost together.
type Drift struct {
	Last int     `yaml:"last"` // how many promotions
	Max  *Margin `yaml:"max"`
}

// Data says what change of the evaluation data is noticed.
type Data struct {
	Rows   *Margin `yaml:"rows"`   // by how many percent their number may change
	Schema string  `yaml:"schema"` // what a change of columns brings: warn, the default, or deny
}

// Slices says which subsets of the evaluation rows are looked at, and how.
type Slices struct {
	MinSize  int      `yaml:"min_size"`
	Margin   *Margin  `yaml:"margin"`
	Required []string `yaml:"required"`
	Metrics  []string `yaml:"metrics"`
	// Gap is how far the worst slice of a column may lie from the best one.
	Gap *Margin `yaml:"gap"`
}

// Margin is the drop that is allowed, in the metric's unit, or as a percentage
// of the champion's value.
type Margin struct {
	Value   float64
	Percent bool
}

// UnmarshalYAML takes a number or a percentage such as "2%".
func (m *Margin) UnmarshalYAML(node *yaml.Node) error {
	number, percent := strings.CutSuffix(node.Value, "%")
	value, err := strconv.ParseFloat(number, 64)
	m.Value, m.Percent = value, percent
	return err
}

// Registry says where versions of the model are kept.
type Registry struct {
	Type string       `yaml:"type"`
	Path string       `yaml:"path"`
	Git  *GitRegistry `yaml:"git"` // nil unless Type is git
	// Keys are files with public keys (PEM): with them, a promotion must be signed by one.
	Keys []string `yaml:"keys"`
}

// GitRegistry is a branch of the repository itself.
type GitRegistry struct {
	Branch string `yaml:"branch"`
	Remote string `yaml:"remote"` // a name or a URL
	// Objects is a folder for files that are too large for a branch; empty for none.
	Objects string `yaml:"objects"`
}

// Tracking says where runs are logged besides their records.
type Tracking struct {
	MLflow     string `yaml:"mlflow"`     // the server's URL; empty for none
	Experiment string `yaml:"experiment"` // empty for the pipeline's name
}

// Promote says what is promoted on the default branch: what is trained there
// (retrain), or what a change's trusted job staged before it was merged (candidate).
type Promote struct {
	From string `yaml:"from"`
}
