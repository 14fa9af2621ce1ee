package result

// CheckStatus says what a check came to.
type CheckStatus string

// The outcomes of a check.
const (
	CheckOK            CheckStatus = "ok"
	CheckWarn          CheckStatus = "warn" // it will do, but something may surprise
	CheckFail          CheckStatus = "fail" // something will not work
	CheckNotApplicable CheckStatus = "na"   // there was nothing to look at
)

// Diagnosis is what muster found of the surroundings that it would run in.
type Diagnosis struct {
	Schema   string `json:"schema"`
	Pipeline string `json:"pipeline,omitempty"`
	// Status is the worst of the checks'.
	Status CheckStatus `json:"status" jsonschema:"enum=ok,enum=warn,enum=fail"`
	Checks []Check     `json:"checks"`
}

// Check is one thing that was looked at.
type Check struct {
	// Name is what was looked at, such as "engine" or "image python:3.12-slim".
	Name   string      `json:"name"`
	Status CheckStatus `json:"status" jsonschema:"enum=ok,enum=warn,enum=fail,enum=na"`
	// Message is what was found.
	Message string `json:"message"`
	// Hint is what to do about it.
	Hint string `json:"hint,omitempty"`
}
