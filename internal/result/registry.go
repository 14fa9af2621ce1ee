package result

// Moves is the history of an alias, the oldest move first, with what is known of
// each version that it came to.
type Moves struct {
	Schema   string `json:"schema"`
	Pipeline string `json:"pipeline"`
	Alias    string `json:"alias"`
	// Current is what the alias names now; empty if nothing was promoted yet.
	Current string `json:"current,omitempty"`
	Moves   []Step `json:"moves"`
}

// Step is one move of an alias.
type Step struct {
	Move
	// Model is the digest of what the alias came to.
	Model string `json:"model,omitempty"`
	// Verdict and Because are those of the decision that the version was taken in with.
	Verdict Verdict `json:"verdict,omitempty" jsonschema:"enum=pass,enum=deny,enum=undecided"`
	Because string  `json:"because,omitempty"`
	// Metrics are the version's, over all rows, as they were when it was taken in.
	Metrics map[string]float64 `json:"metrics,omitempty"`
	// Key is the file of the key that the move was signed with, if that was checked and holds.
	Key string `json:"key,omitempty"`
}

// Versions is what differs between two versions of a model, and nothing else.
type Versions struct {
	Schema   string `json:"schema"`
	Pipeline string `json:"pipeline"`
	A        Model  `json:"a"`
	B        Model  `json:"b"`
	// Summary is the one sentence that matters.
	Summary string `json:"summary"`
	// Metrics are the gate's, over all rows, as they were when each was taken in: on
	// other rows than each other's, if the evaluation data has changed.
	Metrics []MetricChange `json:"metrics"`
	// SameData is true if both were measured on the same evaluation data.
	SameData bool `json:"sameData"`
	// Files are the model's files that differ.
	Files []FileChange `json:"files"`
	// Runs is what differs between the runs that made them.
	Runs *Diff `json:"runs,omitempty"`
}
