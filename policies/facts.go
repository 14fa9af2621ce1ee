package policies

import "time"

// Base is where the ruler comes from: the tip of the branch that a change goes into.
type Base struct {
	Commit string `json:"commit"`
	// Branch is the base's name, if the host gave one.
	Branch string `json:"branch,omitempty"`
}

// ModelFacts are what is known of the candidate besides its numbers.
type ModelFacts struct {
	// Size is that of all files together, in bytes; Files is how many they are.
	Size       int64      `json:"size"`
	Files      int        `json:"files"`
	License    License    `json:"license"`
	Provenance Provenance `json:"provenance"`
}

// License is the licence that was found, in the order model's files, front
// matter of a model card, repository. Path is empty if there is none.
type License struct {
	// Name is what a model card calls it ("apache-2.0"); a licence's text has none.
	Name string `json:"name,omitempty"`
	Path string `json:"path,omitempty"`
}

// Provenance is what the run's record says of where the model comes from.
type Provenance struct {
	// Commit is empty if the run was in no repository.
	Commit string `json:"commit,omitempty"`
	// Dirty is true if tracked files differed from the commit.
	Dirty bool `json:"dirty"`
	// Unpinned are the stages of which it is not recorded in which image they ran.
	Unpinned []string `json:"unpinned"`
}

// Evaluations is how both models were measured.
type Evaluations struct {
	// Candidate is null if the run measured none.
	Candidate *Evaluated `json:"candidate" jsonschema:"nullable"`
	// Champion is as its record has it, when it was promoted; null if there is none.
	Champion *Evaluated `json:"champion" jsonschema:"nullable"`
	// Changed names what evaluates and is not as it was for the champion: files, and parts of the stage.
	Changed []string `json:"changed"`
}

// Evaluated is one evaluation.
type Evaluated struct {
	Stage string `json:"stage"`
	// Data is the digest of ids, labels and slices; Rows is how many there are. Both are absent where they are not known.
	Data string `json:"data,omitempty"`
	Rows int    `json:"rows,omitempty"`
	// Columns are those of the predictions and of the tables that evaluate reads, by path;
	// it is absent where it is not known.
	Columns map[string][]string `json:"columns,omitempty"`
	// Seconds is how long the stage took, PeakMemory the most memory that it took, in bytes;
	// 0 where nobody knows.
	Seconds    float64 `json:"seconds"`
	PeakMemory int64   `json:"peakMemory"`
}

// Tests counts the test cases of all stages.
type Tests struct {
	Passed  int `json:"passed"`
	Failed  int `json:"failed"`
	Skipped int `json:"skipped"`
	// Stages are those that had tests.
	Stages []string `json:"stages"`
	// Failures are the names of the first that failed.
	Failures []string `json:"failures"`
}

// Promoted is one move of the champion's alias.
type Promoted struct {
	Version string    `json:"version"`
	At      time.Time `json:"at"`
	// Metrics are those that muster computed when the gate let it pass.
	Metrics map[string]float64 `json:"metrics"`
	// Data is the digest of the evaluation data then, absent if it is not known.
	Data string `json:"data,omitempty"`
	// Override is true if a person promoted what the gate had not let pass.
	Override bool `json:"override"`
}

// Ledger counts decisions on this evaluation data; all are 0 where none is kept.
type Ledger struct {
	// Attempt counts those about this change, this one included.
	Attempt int `json:"attempt"`
	// Decisions counts all of them.
	Decisions int `json:"decisions"`
	// Budget is how many the data may take before reports warn.
	Budget int `json:"budget"`
}

// GateBudgets are the most that a model may take; 0 means that nothing is said.
type GateBudgets struct {
	// Size is that of the model's files, in bytes.
	Size int64 `json:"size"`
	// Time is that of the evaluate stage, in seconds.
	Time float64 `json:"time"`
	// Memory is the peak of the evaluate stage, in bytes.
	Memory int64 `json:"memory"`
}

// GateDrift bounds what the last promotions may have lost together.
type GateDrift struct {
	Last int    `json:"last"`
	Max  Margin `json:"max"`
}

// GateData says what change of the evaluation data is noticed.
type GateData struct {
	// Rows is by how much their number may change; absent if nothing is said.
	Rows *Margin `json:"rows,omitempty"`
	// Schema is what a change of columns brings.
	Schema string `json:"schema" jsonschema:"enum=warn,enum=deny"`
}

// GateHoldout says how the evaluation data is kept from wearing out.
type GateHoldout struct {
	Budget int `json:"budget"`
	// Audit is the file that is opened for promotion only, if there is one.
	Audit string `json:"audit,omitempty"`
}

// withLists returns the facts with every list and map a policy may iterate over.
func (e Evaluations) withLists() Evaluations {
	e.Changed = orNone(e.Changed)
	return e
}

func (t Tests) withLists() Tests {
	t.Stages, t.Failures = orNone(t.Stages), orNone(t.Failures)
	return t
}

func (m *ModelFacts) withLists() *ModelFacts {
	if m == nil {
		return nil
	}
	with := *m
	with.Provenance.Unpinned = orNone(m.Provenance.Unpinned)
	return &with
}

func historyWithLists(history []Promoted) []Promoted {
	out := make([]Promoted, 0, len(history))
	for _, promoted := range history {
		promoted.Metrics = orEmpty(promoted.Metrics)
		out = append(out, promoted)
	}
	return out
}

// orNone makes a list a list in JSON, also where there is nothing in it.
func orNone[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
