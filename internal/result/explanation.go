package result

// Explanation says how each finding of a decision came about: which rule gave it,
// what that rule read, and what would have passed.
type Explanation struct {
	Schema  string  `json:"schema"`
	Verdict Verdict `json:"verdict" jsonschema:"enum=pass,enum=deny,enum=undecided"`
	// Reason is the one sentence that a reviewer needs.
	Reason   string             `json:"reason"`
	Input    ExplainedInput     `json:"input"`
	Findings []ExplainedFinding `json:"findings"`
}

// ExplainedInput is the document that the policies saw; lines are lines of it.
type ExplainedInput struct {
	// Path is the file, as it can be named from where muster was started.
	Path   string `json:"path"`
	SHA256 string `json:"sha256" jsonschema:"pattern=^[0-9a-f]{64}$"`
}

// ExplainedFinding is a finding and what led to it.
type ExplainedFinding struct {
	Finding Finding `json:"finding"`
	// Title is what the METADATA comment of the rule says that the code means.
	Title string `json:"title,omitempty"`
	// Origin says who found it: a policy; muster itself while it measured, which a
	// policy only passes on; or muster while it looked at waivers and policies.
	Origin string `json:"origin" jsonschema:"enum=policy,enum=measuring,enum=muster"`
	// Rule is where the rule stands that gave it; absent if none did.
	Rule *Location `json:"rule,omitempty"`
	// Reads are the places of the input that the rule read for this finding, what
	// its conditions depend on first.
	Reads []InputRead `json:"reads"`
	// Note says why there are no reads, if something prevented it.
	Note string `json:"note,omitempty"`
}

// InputRead is one place of the input.
type InputRead struct {
	// Ref is as Rego writes it: "input.comparison[3].verdict".
	Ref string `json:"ref"`
	// Line is that of the input's file; 0 if the input has nothing there.
	Line int `json:"line,omitempty"`
	// Value is what stands there as JSON, cut if it is long; empty if nothing does.
	Value string `json:"value,omitempty"`
	// Aside is true for what no condition depends on: it is only part of the message.
	Aside bool `json:"aside,omitempty"`
}
