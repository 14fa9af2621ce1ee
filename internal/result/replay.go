package result

import "time"

// Replay says what policies would have decided about decisions of the past.
type Replay struct {
	Schema string `json:"schema"`
	// Summary is the one sentence that matters.
	Summary string       `json:"summary"`
	Counts  ReplayCounts `json:"counts"`
	// Decisions are those that were judged again, the oldest first.
	Decisions []Replayed `json:"decisions"`
	// Unread are records that could not be judged, and why.
	Unread []Unread `json:"unread"`
	// Policies are the SHA-256 of all modules by path.
	Policies map[string]string `json:"policies"`
	// OPA is the version that evaluated them.
	OPA string `json:"opa"`
}

// ReplayCounts count decisions.
type ReplayCounts struct {
	// Passed and Stopped are those that let pass and that did not, as recorded.
	Passed  int `json:"passed"`
	Stopped int `json:"stopped"`
	// WouldStop are of those that passed, WouldPass of those that did not.
	WouldStop int `json:"wouldStop"`
	WouldPass int `json:"wouldPass"`
	// Unread are records that could not be judged.
	Unread int `json:"unread"`
}

// Replayed is one decision as it was, and as it would be.
type Replayed struct {
	At     time.Time `json:"at"`
	Change string    `json:"change,omitempty"`
	Commit string    `json:"commit,omitempty"`
	// Source is where it is recorded: a file and a line, or the ledger.
	Source string `json:"source"`
	// Input is the SHA-256 of the recorded document.
	Input   string  `json:"input"`
	Was     Verdict `json:"was" jsonschema:"enum=pass,enum=deny,enum=undecided"`
	WouldBe Verdict `json:"wouldBe" jsonschema:"enum=pass,enum=deny,enum=undecided"`
	// Reason is why it would be so.
	Reason string `json:"reason"`
	// New are the codes that would stop it and did not, Gone those that did and would not.
	New  []string `json:"new,omitempty"`
	Gone []string `json:"gone,omitempty"`
	// Waived counts findings that waivers of then would let pass.
	Waived int `json:"waived,omitempty"`
}

// Unread is a record that could not be judged.
type Unread struct {
	Source string    `json:"source"`
	At     time.Time `json:"at,omitzero"`
	Why    string    `json:"why"`
}
