package result

// Comparison is what two sets of predictions say about two models. It holds no
// time and no path of this machine: the same files give the same bytes.
type Comparison struct {
	Schema string `json:"schema"`
	// Reason is the one sentence that matters.
	Reason string `json:"reason"`
	// Verdict is worse if a gated row is, slices among them; else it is the weakest of
	// the gated overall rows': inconclusive, equivalent, better. Where nothing is gated
	// it is that of the overall rows: worse or better if one is, worse before better.
	// Where the models could not be compared it is inconclusive.
	Verdict    Outcome    `json:"verdict" jsonschema:"enum=better,enum=equivalent,enum=worse,enum=inconclusive"`
	Candidate  Side       `json:"candidate"`
	Champion   Side       `json:"champion"`
	Comparison []Compared `json:"comparison"`
	// Problems are what kept models from being compared (deny), or what a reviewer should look at (warn).
	Problems []Problem `json:"problems,omitempty"`
	// Plots are the files that were drawn, in the folder that was asked for.
	Plots   []string `json:"plots,omitempty"`
	Receipt Receipt  `json:"receipt"`
}

// Side is one of the two that are compared.
type Side struct {
	// Name is what the caller called it: a file, a version, an alias, a run.
	Name string `json:"name"`
	// Version is the registry's name for the model, if it has one.
	Version string `json:"version,omitempty"`
	// Model is the model's digest, if it is known.
	Model string `json:"model,omitempty"`
	// Predictions are the SHA-256 of the files that were read: several if there is one for each seed.
	Predictions []string `json:"predictions"`
	Rows        int      `json:"rows"`
}

// Problem is something that keeps models from being compared, or that a
// reviewer should look at.
type Problem struct {
	Code string `json:"code"`
	// Severity is SeverityDeny where the comparison, or this part of it, was
	// impossible: a gate must not pass then. It is SeverityWarn for the rest.
	Severity Severity `json:"severity" jsonschema:"enum=deny,enum=warn"`
	Metric   string   `json:"metric,omitempty"`
	Slice    string   `json:"slice,omitempty"`
	Message  string   `json:"message"`
}
