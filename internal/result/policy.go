package result

// PolicyEvaluation is what policies say of an input that somebody gives them. It
// binds nobody: a [Decision] is made from what muster measured itself.
type PolicyEvaluation struct {
	Schema   string    `json:"schema"`
	Verdict  Verdict   `json:"verdict" jsonschema:"enum=pass,enum=deny,enum=undecided"`
	Reason   string    `json:"reason"`
	Findings []Finding `json:"findings"`
	// Policies are the SHA-256 of all modules by path.
	Policies map[string]string `json:"policies"`
	// OPA is the version that evaluated them.
	OPA string `json:"opa"`
}

// PolicyTests is the outcome of the policies' own tests.
type PolicyTests struct {
	Schema string       `json:"schema"`
	Tests  []PolicyTest `json:"tests"`
	// Coverage is absent unless it was asked for.
	Coverage *PolicyCoverage `json:"coverage,omitempty"`
}

// PolicyTest is one rule whose name begins with test_.
type PolicyTest struct {
	Path    string `json:"path"`
	Line    int    `json:"line"`
	Package string `json:"package"`
	Name    string `json:"name"`
	Status  string `json:"status" jsonschema:"enum=passed,enum=failed,enum=error,enum=skipped"`
	// Message says what went wrong; Output is what the test printed.
	Message string  `json:"message,omitempty"`
	Output  string  `json:"output,omitempty"`
	Seconds float64 `json:"seconds"`
}

// PolicyCoverage says which lines of policies the tests reach.
type PolicyCoverage struct {
	// Percent is of all lines that can be reached, tests left out.
	Percent float64       `json:"percent"`
	Files   []CoveredFile `json:"files"`
}

// CoveredFile is the coverage of one file.
type CoveredFile struct {
	Path    string  `json:"path"`
	Percent float64 `json:"percent"`
	Lines   int     `json:"lines"` // that can be reached
	// Uncovered are ranges of lines, first and last, that no test reaches.
	Uncovered [][2]int `json:"uncovered"`
}

// PolicyCheck is what there is to say of policies before they decide anything.
type PolicyCheck struct {
	Schema string `json:"schema"`
	// Files are those that were looked at.
	Files    []string        `json:"files"`
	Problems []PolicyProblem `json:"problems"`
}

// PolicyProblem is one thing in a policy that should be mended. Errors make
// the gate undecided; warnings are about what nobody could mean.
type PolicyProblem struct {
	Severity string `json:"severity" jsonschema:"enum=error,enum=warning"`
	Path     string `json:"path"`
	Line     int    `json:"line,omitempty"`
	Column   int    `json:"column,omitempty"`
	Message  string `json:"message"`
	// Fix says what mends it.
	Fix string `json:"fix,omitempty"`
}

// PolicyCodes are the codes that findings can have, with what they mean.
type PolicyCodes struct {
	Schema string       `json:"schema"`
	Codes  []PolicyCode `json:"codes"`
}

// PolicyCode is what a policy's METADATA comment says about a code.
type PolicyCode struct {
	Code        string `json:"code"`
	Title       string `json:"title"`
	Description string `json:"description"`
	// Path and Line say where; a path that begins with muster: is a bundled policy's.
	Path string `json:"path"`
	Line int    `json:"line"`
	// Package is the one whose rule it is.
	Package string `json:"package"`
	// Waivable reports whether a waiver can let such a finding pass.
	Waivable bool `json:"waivable"`
}
