package result

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

// Assessment is a repository's maturity: its level, and the evidence for it.
type Assessment struct {
	Schema string `json:"schema"`
	Kind   Kind   `json:"kind" jsonschema:"enum=training,enum=consumer,enum=library,enum=template,enum=collection,enum=not-ml"`
	// Level is 0–4, absent where the repository has none (no machine learning, a template, a collection).
	Level *int `json:"level,omitempty"`
	// ProvenLevel is the level by records alone.
	ProvenLevel *int `json:"provenLevel,omitempty"`
	// Rubric is the version of the rubric and how many of its criteria were applied.
	Rubric string `json:"rubric"`
	// Summary is the one sentence that matters.
	Summary string `json:"summary"`
	Commit  string `json:"commit,omitempty"`
	Roots   []Root `json:"roots"`
	// Unread lists files that could not be read or parsed, and why.
	Unread []Evidence `json:"unread,omitempty"`
}

// Root is one project in the repository.
type Root struct {
	Path  string `json:"path"`
	Kind  Kind   `json:"kind"`
	Level *int   `json:"level,omitempty"`
	// Shape is the share of each level's weight that is met, by level.
	Shape map[string]float64 `json:"shape"`
	// Debts are criteria of reached levels that are not met.
	Debts    []string    `json:"debts,omitempty"`
	Criteria []Criterion `json:"criteria"`
}

// Criterion is the answer to one question of the rubric.
type Criterion struct {
	ID       string           `json:"id"`
	Level    int              `json:"level"`
	Question string           `json:"question"`
	Core     bool             `json:"core,omitempty"`
	Verdict  CriterionVerdict `json:"verdict" jsonschema:"enum=met,enum=partial,enum=unmet,enum=na,enum=unknown"`
	Strength Strength         `json:"strength" jsonschema:"enum=none,enum=declared,enum=attested,enum=wired,enum=proven"`
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
}
