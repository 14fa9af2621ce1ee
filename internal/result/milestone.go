package result

import "time"

// Milestone is a line of a pipeline's history: what a job on the default branch came to.
type Milestone struct {
	Commit string    `json:"commit"`
	Time   time.Time `json:"time"`
	// Verdict is pass, deny or undecided; pending or none where there was nothing to
	// decide about; failed where it did not come to that.
	Verdict string `json:"verdict"`
	// Level is the maturity level, if the repository has one.
	Level *int `json:"level,omitempty"`
	// Metrics are the candidate's on all rows, by name.
	Metrics map[string]float64 `json:"metrics,omitempty"`
	// Version is what the champion is by then, if the job asked for it to be moved.
	Version string `json:"version,omitempty"`
}
