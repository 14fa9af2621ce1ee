package result

import "time"

// Strength is how well a criterion's evidence holds, from none to proven.
type Strength string

// The strengths of evidence. A level counts wired evidence or better.
const (
	StrengthNone     Strength = "none"
	StrengthDeclared Strength = "declared"
	StrengthAttested Strength = "attested"
	StrengthWired    Strength = "wired"
	StrengthProven   Strength = "proven"
)

// CriterionVerdict is the answer to one criterion.
type CriterionVerdict string

// The answers to a criterion. Unknown means that files cannot tell.
const (
	CriterionMet           CriterionVerdict = "met"
	CriterionPartial       CriterionVerdict = "partial"
	CriterionUnmet         CriterionVerdict = "unmet"
	CriterionNotApplicable CriterionVerdict = "na"
	CriterionUnknown       CriterionVerdict = "unknown"
)

// Kind is what sort of repository, or project root in it, was scored.
type Kind string

// The kinds of repositories; see the scoring rules in docs.
const (
	KindTraining   Kind = "training"
	KindConsumer   Kind = "consumer"
	KindLibrary    Kind = "library"
	KindTemplate   Kind = "template"
	KindCollection Kind = "collection"
	KindNotML      Kind = "not-ml"
)

// Highest is the level that a repository of the kind can have at most: one that trains
// nothing is asked for its engineering alone. It is 0 for kinds that have no level.
func (k Kind) Highest() int {
	switch k {
	case KindTraining:
		return 4
	case KindConsumer, KindLibrary:
		return 1
	default:
		return 0
	}
}

// Assessment is a repository's maturity: its level, and the evidence for it.
type Assessment struct {
	Schema string `json:"schema"`
	Kind   Kind   `json:"kind" jsonschema:"enum=training,enum=consumer,enum=library,enum=template,enum=collection,enum=not-ml"`
	// Level is 0–4, absent where the repository has none (no machine learning, a template, a collection).
	Level *int `json:"level,omitempty"`
	// ProvenLevel is the level by records alone.
	ProvenLevel *int `json:"provenLevel,omitempty"`
	// MostLevel is the level if all that files cannot tell were met; absent where that is Level itself.
	MostLevel *int `json:"mostLevel,omitempty"`
	// Root is the path of the project whose level the repository has, and Chosen why that one, where there are several.
	Root   string `json:"root,omitempty"`
	Chosen string `json:"chosen,omitempty"`
	// Rubric is the version of the rubric and how many of its criteria were applied.
	Rubric string `json:"rubric"`
	// Summary is the one sentence that matters: where there is a level, that it is, then
	// what else must be known of it, in clauses divided by "; ".
	Summary string `json:"summary"`
	Commit  string `json:"commit,omitempty"`
	Roots   []Root `json:"roots"`
	// Unread lists files that could not be read or parsed, and why.
	Unread []Evidence `json:"unread,omitempty"`
	// Overrides lists what the team itself says of how its repository is scored, and
	// what people attest, and what became of it.
	Overrides []Evidence `json:"overrides,omitempty"`
	// Forge says what was asked of the forge, if it was.
	Forge *ForgeReport `json:"forge,omitempty"`
	// Files are ready to be written by muster score --fix.
	Files []ReadyFile `json:"files,omitempty"`
}

// ForgeReport says what a forge was asked and could not tell.
type ForgeReport struct {
	// Repository is the repository's address on the forge.
	Repository string `json:"repository"`
	// Requests is how many were sent.
	Requests int `json:"requests"`
	// Missing says what it did not answer, and what that may hide.
	Missing []string `json:"missing,omitempty"`
}

// Root is one project in the repository.
type Root struct {
	Path  string `json:"path"`
	Kind  Kind   `json:"kind"`
	Level *int   `json:"level,omitempty"`
	// ProvenLevel and MostLevel are as for the assessment.
	ProvenLevel *int `json:"provenLevel,omitempty"`
	MostLevel   *int `json:"mostLevel,omitempty"`
	// Dimensions has the level that each dimension's criteria alone reach: P
	// people, C code and CI, D data, M model creation, R model release, O operations.
	Dimensions map[string]int `json:"dimensions,omitempty"`
	// Shape is the share of each level's weight that is met, by level.
	Shape map[string]float64 `json:"shape"`
	// Needed is the share of its weight that a level needs.
	Needed float64 `json:"needed,omitempty"`
	// Debts are criteria of reached levels that are not met.
	Debts []string `json:"debts,omitempty"`
	// Steps are the criteria that the next level needs, the cheapest first. Up are those that alone would raise the
	// level, Down those that alone would lower it.
	Steps []string `json:"steps,omitempty"`
	Up    []string `json:"up,omitempty"`
	Down  []string `json:"down,omitempty"`
	// Claims are what the documentation says of the project and nothing backs.
	Claims   []Evidence  `json:"claims,omitempty"`
	Criteria []Criterion `json:"criteria"`
}

// Criterion is the answer to one question of the rubric.
type Criterion struct {
	ID        string           `json:"id"`
	Level     int              `json:"level"`
	Dimension string           `json:"dimension,omitempty"`
	Question  string           `json:"question"`
	Core      bool             `json:"core,omitempty"`
	Weight    float64          `json:"weight,omitempty"`
	Verdict   CriterionVerdict `json:"verdict" jsonschema:"enum=met,enum=partial,enum=unmet,enum=na,enum=unknown"`
	Strength  Strength         `json:"strength" jsonschema:"enum=none,enum=declared,enum=attested,enum=wired,enum=proven"`
	// Reason is one sentence why.
	Reason   string     `json:"reason"`
	Evidence []Evidence `json:"evidence,omitempty"`
	// Remedy says how to meet it; Effort is low, med or high.
	Remedy string `json:"remedy,omitempty"`
	Effort string `json:"effort,omitempty"`
}

// Evidence is a place where something was seen. Line counts from 1; 0 means the whole file.
type Evidence struct {
	Path string `json:"path"`
	Line int    `json:"line,omitempty"`
	URL  string `json:"url,omitempty"`
	// Note says what was seen there.
	Note string `json:"note,omitempty"`
	// Time is when it happened, for a record.
	Time *time.Time `json:"time,omitempty"`
}
