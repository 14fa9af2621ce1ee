package result

import "time"

// Published says what a CI job told its host, and what it cost.
type Published struct {
	// Host is where: github, gitlab, gitea or plain.
	Host string `json:"host"`
	// Comment and Check are the addresses of what was written; empty if there is none.
	Comment string `json:"comment,omitempty"`
	Check   string `json:"check,omitempty"`
	Alert   string `json:"alert,omitempty"`
	// Reads and Writes count the requests that were sent, repeated ones too.
	Reads   int     `json:"reads"`
	Writes  int     `json:"writes"`
	Seconds float64 `json:"seconds"`
	// Missing are the parts that could not be published, and why.
	Missing []string `json:"missing,omitempty"`
}

// PastVerdict is an earlier verdict about the same change, kept in its comment.
type PastVerdict struct {
	At      time.Time `json:"at"`
	Commit  string    `json:"commit" jsonschema:"maxLength=64"`
	Verdict Verdict   `json:"verdict" jsonschema:"enum=pass,enum=deny,enum=undecided"`
	// Said is the headline, as it was decided.
	Said string `json:"said" jsonschema:"maxLength=200"`
}

// Verdicts is what a comment keeps for the next job about the same change: the
// earlier verdicts and its own, the oldest first.
type Verdicts struct {
	Schema   string        `json:"schema"`
	Verdicts []PastVerdict `json:"verdicts" jsonschema:"maxItems=20"`
	// Digest is over what the comment says and what it was made of; see report.Notes.Key.
	Digest string `json:"digest,omitempty" jsonschema:"pattern=^[0-9a-f]{64}$"`
}

// Remark is what is to be said about a line of a file of the repository.
type Remark struct {
	Location
	// Severity is deny for what the change must not keep as it is.
	Severity Severity
	Title    string
	Message  string
}
