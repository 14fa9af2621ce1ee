package result

import "time"

// PromotionStatus says what a promotion did.
type PromotionStatus string

// The outcomes of a promotion.
const (
	Promoted   PromotionStatus = "promoted"
	Unchanged  PromotionStatus = "unchanged" // the candidate is the champion
	RolledBack PromotionStatus = "rolled-back"
	NotTried   PromotionStatus = "not-tried" // the run was not one that promotes; Reason says why
)

// Promotion is a move of an alias, or why there was none.
type Promotion struct {
	Schema   string          `json:"schema"`
	Pipeline string          `json:"pipeline"`
	Status   PromotionStatus `json:"status" jsonschema:"enum=promoted,enum=unchanged,enum=rolled-back,enum=not-tried"`
	Alias    string          `json:"alias"`
	// From and To are versions; From is empty for the first.
	From string `json:"from,omitempty"`
	To   string `json:"to,omitempty"`
	// Digest is that of the model that To names.
	Digest string `json:"digest,omitempty"`
	Reason string `json:"reason,omitempty"`
}

// Version is one immutable entry of a model registry.
type Version struct {
	Schema string `json:"schema"`
	// Version is "v1", "v2", …
	Version string    `json:"version"`
	Created time.Time `json:"created"`
	Model   Model     `json:"model"`
	// Run is the record of the run that made the model.
	Run *Run `json:"run"`
	// Metrics are those that muster computed when the gate let it pass.
	Metrics map[string]float64 `json:"metrics,omitempty"`
	// Decision is the decision that let it in.
	Decision *Decision `json:"decision,omitempty"`
}

// Move is one entry of an alias's history.
type Move struct {
	Schema string `json:"schema"`
	Alias  string `json:"alias"`
	// Serial counts the moves of an alias from 1; the highest is the current one.
	Serial int       `json:"serial"`
	From   string    `json:"from,omitempty"`
	To     string    `json:"to"`
	At     time.Time `json:"at"`
	By     string    `json:"by,omitempty"`
	Reason string    `json:"reason,omitempty"`
}
