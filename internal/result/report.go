package result

import "time"

// Report is all that muster has to say about one state of a repository: what
// the terminal, the Markdown and the HTML page are rendered from. Parts that
// were not done are nil.
type Report struct {
	Schema     string      `json:"schema"`
	Pipeline   string      `json:"pipeline"`
	Created    time.Time   `json:"created"`
	Commit     string      `json:"commit,omitempty"`
	Run        *Run        `json:"run,omitempty"`
	Decision   *Decision   `json:"decision,omitempty"`
	Promotion  *Promotion  `json:"promotion,omitempty"`
	Assessment *Assessment `json:"assessment,omitempty"`
	// ScoreChange is what a change request does to the score, where its base could be scored, too.
	ScoreChange *ScoreChange `json:"scoreChange,omitempty"`
	// Curves are what the answers of champion and candidate look like, to be drawn.
	Curves *CurvePair `json:"curves,omitempty"`
	// History is what was promoted before the decision, the oldest first.
	History []PastChampion `json:"history,omitempty"`
	// Published is what the host was told of all this; only the printed report has it.
	Published *Published `json:"published,omitempty"`
	// Problems are steps that could not be done, and why.
	Problems []string `json:"problems,omitempty"`
}
