package policies

import (
	"bytes"
	"cmp"
	_ "embed"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/muster-ci/muster/internal/result"
)

// InputSchema names the document that policies see as `input`.
const InputSchema = "muster.gate-input/v1"

// The schema is generated from [Document]; run `go test ./policies -update`
// after changing it.
//
//go:embed input.schema.json
var inputSchema []byte

// Input is what a decision is made from.
type Input struct {
	Pipeline string
	// Alias is what names the champion in the registry.
	Alias string
	Gate  Gate
	// Candidate is nil if the run made none; a problem says why.
	Candidate *result.Model
	// Champion is nil if nothing was promoted yet, or if it is not known which; then a problem says so.
	Champion   *result.Model
	Run        *result.Run
	Comparison []result.Compared
	// Candidates and Champions are the metrics over all rows as muster computed them.
	Candidates map[string]float64
	Champions  map[string]float64
	// Reported are numbers that the evaluate stage wrote itself.
	Reported map[string]float64
	Problems []Problem
	// Base is nil if the ruler is the working copy's own.
	Base *Base
	// Changes are what differs between what made the champion and what made the candidate.
	Changes []result.Difference
	// Model is nil if there is no candidate.
	Model      *ModelFacts
	Evaluation Evaluations
	Tests      Tests
	// History are the last promotions, the latest last.
	History []Promoted
	Ledger  Ledger
	// Waivers are applied after the rules, at the time Now: policies see neither.
	Waivers []result.Waiver
	Now     time.Time
}

// Gate is the gate section of muster.yaml with its defaults filled in.
type Gate struct {
	Champion   string  `json:"champion"`
	Confidence float64 `json:"confidence"`
	// Blind is what a metric brings that cannot show a drop of five margins: "warn", the default, or "deny".
	Blind   string                `json:"blind,omitempty" jsonschema:"enum=warn,enum=deny"`
	Metrics map[string]GateMetric `json:"metrics"`
	Slices  GateSlices            `json:"slices"`
	// Policies is the folder with the team's own policies, as muster.yaml names it.
	Policies string `json:"policies,omitempty"`
	// Require names what must be there besides.
	Require []string    `json:"require"`
	Budgets GateBudgets `json:"budgets"`
	// Drift is absent if nothing is said.
	Drift   *GateDrift  `json:"drift,omitempty"`
	Data    GateData    `json:"data"`
	Holdout GateHoldout `json:"holdout"`
}

// GateMetric says what one metric must show.
type GateMetric struct {
	Better  result.Direction `json:"better,omitempty" jsonschema:"enum=higher,enum=lower"`
	Min     *float64         `json:"min,omitempty"`
	Max     *float64         `json:"max,omitempty"`
	Margin  *Margin          `json:"margin,omitempty"`
	Require result.Require   `json:"require,omitempty" jsonschema:"enum=non-inferior,enum=not-worse,enum=better"`
	// Text has what a message needs; muster fills it in.
	Text GateMetricText `json:"text"`
}

// GateMetricText is a metric and its limits as a person reads them, rounded
// so that two numbers that differ look different.
type GateMetricText struct {
	Label string `json:"label"`
	Value string `json:"value"`
	Min   string `json:"min"`
	Max   string `json:"max"`
}

// Margin is the drop that is allowed, as it is declared: in the metric's unit, or in
// percent of the champion's value. Each comparison has it in the metric's unit.
type Margin struct {
	Value   float64 `json:"value"`
	Percent bool    `json:"percent,omitempty"`
}

// GateSlices says which subsets of the rows are looked at.
type GateSlices struct {
	MinSize  int      `json:"minSize"`
	Margin   *Margin  `json:"margin,omitempty"`
	Required []string `json:"required,omitempty"`
	Metrics  []string `json:"metrics,omitempty"`
	// Gap is how far the worst slice of a column may lie from the best one; absent if nothing is said.
	Gap *Margin `json:"gap,omitempty"`
}

// Problem is something that made a comparison impossible or doubtful. Its code
// becomes that of a finding.
type Problem struct {
	Code    string `json:"code"`
	Metric  string `json:"metric,omitempty"`
	Slice   string `json:"slice,omitempty"`
	Message string `json:"message"`
}

// Document is the input as policies see it.
type Document struct {
	Schema   string `json:"schema"`
	Pipeline string `json:"pipeline"`
	// Alias is what names the champion in the registry.
	Alias string `json:"alias"`
	Gate  Gate   `json:"gate"`
	// Candidate is null if the run made none.
	Candidate *result.Model `json:"candidate" jsonschema:"nullable"`
	// Champion is null if there is none yet, or if it is not known which.
	Champion   *result.Model `json:"champion" jsonschema:"nullable"`
	Run        *result.Run   `json:"run" jsonschema:"nullable"`
	Comparison []Comparison  `json:"comparison"`
	// Metrics are values over all rows as muster computed them.
	Metrics DocumentMetrics `json:"metrics"`
	// Reported are numbers that the evaluate stage wrote itself; nested keys are dotted.
	Reported map[string]float64 `json:"reported"`
	// Problems are what made a comparison impossible or doubtful.
	Problems []Problem `json:"problems"`
	// Base is where the ruler comes from; null if it is the working copy's own.
	Base *Base `json:"base" jsonschema:"nullable"`
	// Changes are what differs between what made the champion and what made the candidate.
	Changes []result.Difference `json:"changes"`
	// Model is what is known of the candidate besides its numbers; null if there is none.
	Model      *ModelFacts `json:"model" jsonschema:"nullable"`
	Evaluation Evaluations `json:"evaluation"`
	Tests      Tests       `json:"tests"`
	// History are the last promotions, the latest last.
	History []Promoted `json:"history"`
	Ledger  Ledger     `json:"ledger"`
	// Gaps are how far the values of slices lie apart, for each metric and column.
	Gaps []Gap `json:"gaps"`
}

// DocumentMetrics are the metrics of both models by name. Champion is empty if there is none.
type DocumentMetrics struct {
	Candidate map[string]float64 `json:"candidate"`
	Champion  map[string]float64 `json:"champion"`
}

// Comparison is a comparison and what a message about it needs.
type Comparison struct {
	result.Compared
	Text ComparisonText `json:"text"`
}

// Document returns the input as policies see it: nothing is absent that a
// policy may iterate over, and numbers come with texts.
func (in Input) Document() Document {
	doc := Document{
		Schema: InputSchema, Pipeline: in.Pipeline, Alias: in.Alias, Gate: in.Gate,
		Candidate: listed(in.Candidate), Champion: listed(in.Champion), Run: in.Run,
		Comparison: []Comparison{},
		Metrics:    DocumentMetrics{Candidate: orEmpty(in.Candidates), Champion: orEmpty(in.Champions)},
		Reported:   orEmpty(in.Reported),
		Problems:   []Problem{},
		Base:       in.Base, Changes: orNone(in.Changes), Model: in.Model.withLists(), Evaluation: in.Evaluation.withLists(),
		Tests: in.Tests.withLists(), History: historyWithLists(in.History), Ledger: in.Ledger,
		Gaps: gapsOf(in),
	}
	for _, problem := range in.Problems {
		// A cause may have several lines (mistakes of a compiler); a finding is one sentence.
		problem.Message = strings.ReplaceAll(strings.TrimSpace(problem.Message), "\n", "; ")
		doc.Problems = append(doc.Problems, problem)
	}
	for _, c := range in.Comparison {
		doc.Comparison = append(doc.Comparison, Comparison{c, Describe(c, in.Gate.Confidence)})
	}
	doc.Gate.Require = orNone(in.Gate.Require)
	doc.Gate.Data.Schema = cmp.Or(in.Gate.Data.Schema, "warn")
	doc.Gate.Metrics = make(map[string]GateMetric, len(in.Gate.Metrics))
	for name, metric := range in.Gate.Metrics {
		value, ok := in.Candidates[name]
		if !ok {
			value, ok = in.Reported[name]
		}
		metric.Text = gateMetricText(name, metric, value, ok)
		doc.Gate.Metrics[name] = metric
	}
	return doc
}

// Encode returns the document as JSON that people can read: a value has a line of
// its own, so that an explanation can name it. The same input gives the same bytes.
func (in Input) Encode() (json.RawMessage, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(in.Document()); err != nil {
		return nil, fmt.Errorf("encode input of policies: %w", err)
	}
	return text.Bytes(), nil
}

// listed makes a model's files a list also where there are none.
func listed(model *result.Model) *result.Model {
	if model == nil || model.Files != nil {
		return model
	}
	with := *model
	with.Files = []result.File{}
	return &with
}

func orEmpty(m map[string]float64) map[string]float64 {
	if m == nil {
		return map[string]float64{}
	}
	return m
}

// schemaValue decodes the schema for the Rego compiler.
func schemaValue() (any, error) {
	var schema any
	if err := json.Unmarshal(inputSchema, &schema); err != nil {
		return nil, fmt.Errorf("read schema of %s: %w", InputSchema, err)
	}
	return schema, nil
}

// CheckInput says why data is no document as policies see it; empty if it is one.
func CheckInput(data []byte) string {
	var head struct {
		Schema string `json:"schema"`
	}
	switch err := json.Unmarshal(data, &head); {
	case err != nil:
		return "this is no JSON object: " + err.Error()
	case head.Schema == "":
		return "it does not say what it is: there is no schema"
	case head.Schema != InputSchema:
		return fmt.Sprintf("it is %.100q, and not %s", head.Schema, InputSchema)
	}
	return ""
}
