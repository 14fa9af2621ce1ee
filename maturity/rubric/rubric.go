// Package rubric asks the questions of the maturity rubric of a set of facts.
//
// A criterion is an entry in a YAML file of this folder (level, weight,
// question, remedy) and a Rego package beside it whose rule "answer" turns
// facts into a verdict, its strength, a reason and evidence. [Load] reads both,
// [Rubric.Compile] compiles the rules, [Rubric.Answer] evaluates every one once. What level the
// answers make is none of this package's business.
package rubric

import (
	"cmp"
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/muster-ci/muster/internal/rego"
	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/maturity/claims"
	"github.com/muster-ci/muster/maturity/facts"
)

//go:embed *.yaml *.rego
var bundled embed.FS

// Criterion is one question of the rubric.
type Criterion struct {
	ID    string `yaml:"id"`
	Level int    `yaml:"level"`
	// Dimension is P people, C code and CI, D data, M model creation, R model
	// release, O operations.
	Dimension string `yaml:"dim"`
	// Core criteria must all be met for their level.
	Core bool `yaml:"core"`
	// Weight is its weight in the level.
	Weight float64 `yaml:"w"`
	// Applies are the kinds of repositories that it is asked of.
	Applies []result.Kind `yaml:"applies"`
	// Attest is true if people may attest what files cannot show; Forge if its
	// proof needs facts of the forge.
	Attest bool `yaml:"attest"`
	Forge  bool `yaml:"forge"`
	// NotApplicable is the only condition under which it does not apply.
	NotApplicable string `yaml:"na"`
	Question      string `yaml:"question"`
	// Why is why it matters, in one sentence.
	Why string `yaml:"why"`
	// Counts are examples of what meets it, LookAlikes of what does not; Proof is
	// what shows that it happened.
	Counts     []string `yaml:"counts"`
	LookAlikes []string `yaml:"lookalikes"`
	Proof      string   `yaml:"proof"`
	// Fix says how to get there, Effort how much work it is: low, med or high.
	Fix    string `yaml:"fix"`
	Effort string `yaml:"effort"`
	// Source names where the criterion comes from, References where to read on.
	Source     string   `yaml:"source"`
	References []string `yaml:"references"`
}

// Rubric is a set of criteria with their rules.
type Rubric struct {
	Version  string
	Criteria []Criterion
	// Claims are the words that documentation has for each criterion.
	Claims  claims.Phrases
	modules []rego.Module
	// compiled gives the rules, which are compiled when they are needed first.
	compiled func() (*rego.Policy, error)
	library  *rego.Library
	bundled  map[string]bool // criteria that have a rule of ours
	// Shares are of a level's weight that must be met: its own, and each one's below.
	Shares Shares
	// team are the rules of a team, asked the package of each criterion that has one.
	team  *rego.Policy
	asked map[string]string
}

// Shares are shares of weight, from 0 to 1.
type Shares struct{ Own, Below float64 }

// DefaultShares are those that a level needs unless a team says otherwise.
func DefaultShares() Shares { return Shares{Own: 0.60, Below: 0.50} }

// Answer is what a rule says of one criterion.
type Answer struct {
	Verdict  result.CriterionVerdict `json:"verdict"`
	Strength result.Strength         `json:"strength"`
	Reason   string                  `json:"reason"`
	Evidence []result.Evidence       `json:"evidence"`
	// Provable is true if a record could show that it happened.
	Provable bool `json:"provable"`
	// Accepted says who accepts that it is not met, if somebody does.
	Accepted string `json:"-"`
}

// Bundled returns the rubric that comes with the program.
func Bundled() (*Rubric, error) { return Load(bundled) }

// Load reads a rubric: its criteria from YAML files, its rules from Rego files. Those
// are compiled when they are needed first, since that takes most of the time: who only
// asks which criteria there are does not wait for it. [Rubric.Compile] does it before.
func Load(fsys fs.FS) (*Rubric, error) {
	r := &Rubric{Claims: claims.Phrases{}, Shares: DefaultShares(), bundled: map[string]bool{}}
	names, err := fs.Glob(fsys, "*.yaml")
	if err != nil {
		return nil, fmt.Errorf("list rubric: %w", err)
	}
	for _, name := range names {
		if err := r.read(fsys, name); err != nil {
			return nil, fmt.Errorf("read rubric %s: %w", name, err)
		}
	}
	modules, err := rego.Modules(fsys)
	if err != nil {
		return nil, fmt.Errorf("read rubric: %w", err)
	}
	r.modules = modules
	r.compiled = sync.OnceValues(func() (*rego.Policy, error) {
		policy, err := rego.Compile(modules, nil, rego.Within(ownLimits()))
		if err != nil {
			return nil, fmt.Errorf("compile rubric: %w", err)
		}
		return policy, nil
	})
	r.library = rego.NewLibrary("maturity", modules)
	for _, c := range r.Criteria {
		r.bundled[c.ID] = true
	}
	return r, nil
}

// ownLimits are those of the bundled rules, which nobody wrote to harm. Memory is counted
// of the whole process, which reads a repository meanwhile: it bounds nothing.
func ownLimits() rego.Limits { return rego.Limits{Time: 2 * time.Minute, Memory: 1 << 50} }

// Compile compiles the rules, if nobody has yet. It may be called beside anything else.
func (r *Rubric) Compile() error {
	_, err := r.compiled()
	return err
}

func (r *Rubric) read(fsys fs.FS, name string) error {
	data, err := fs.ReadFile(fsys, name)
	if err != nil {
		return err
	}
	var file struct {
		Version  string         `yaml:"version"`
		Criteria []Criterion    `yaml:"criteria"`
		Claims   claims.Phrases `yaml:"claims"`
	}
	dec := yaml.NewDecoder(strings.NewReader(string(data)))
	dec.KnownFields(true)
	if err := dec.Decode(&file); err != nil {
		return err
	}
	r.Version = cmp.Or(file.Version, r.Version)
	r.Criteria = append(r.Criteria, file.Criteria...)
	maps.Copy(r.Claims, file.Claims)
	return nil
}

// Answer asks every criterion of the facts. One that is not asked of that kind
// of repository is not applicable.
func (r *Rubric) Answer(ctx context.Context, kind result.Kind, set *facts.Set) (map[string]Answer, error) {
	text, err := json.Marshal(struct {
		*facts.Set
		Kind result.Kind `json:"kind"`
	}{set, kind})
	if err != nil {
		return nil, fmt.Errorf("encode facts: %w", err)
	}
	input, err := rego.ParseInput(json.RawMessage(text))
	if err != nil {
		return nil, err
	}
	policy, err := r.compiled()
	if err != nil {
		return nil, err
	}
	value, defined, err := policy.Eval(ctx, "maturity.answers", "by_name", input)
	if err != nil {
		return nil, fmt.Errorf("evaluate rubric: %w", err)
	}
	if !defined {
		return nil, fmt.Errorf("evaluate rubric: it has no rules")
	}
	given, ok := value.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("evaluate rubric: its answers are no object")
	}
	out := map[string]Answer{}
	for _, c := range r.Criteria {
		if !slices.Contains(c.Applies, kind) {
			out[c.ID] = Answer{
				Verdict: result.CriterionNotApplicable, Strength: result.StrengthNone,
				Reason: fmt.Sprintf("not asked of a repository of kind %q", kind),
			}
			continue
		}
		if r.asked[c.ID] != "" {
			continue
		}
		if out[c.ID], err = answer(given, c.ID); err != nil {
			return nil, fmt.Errorf("evaluate rubric: criterion %s: %w", c.ID, err)
		}
	}
	return out, r.ask(ctx, input, out)
}

// answer takes a criterion's answer out of what was evaluated.
func answer(given map[string]any, id string) (Answer, error) {
	value, ok := given[strings.ReplaceAll(id, "-", "_")]
	if !ok {
		return Answer{}, errors.New("its rule gives no answer")
	}
	return decode(value)
}

// decode reads the value of a rule.
func decode(value any) (Answer, error) {
	var a Answer
	data, err := json.Marshal(value)
	if err != nil {
		return a, fmt.Errorf("encode answer: %w", err)
	}
	if err := json.Unmarshal(data, &a); err != nil {
		return a, fmt.Errorf("decode answer: %w", err)
	}
	return a, nil
}
