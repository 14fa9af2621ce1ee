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
	Anchored   PromotionStatus = "anchored"  // a person moved the anchor to the champion
	Staged     PromotionStatus = "staged"    // it is a version, and no alias names it yet
	Signed     PromotionStatus = "signed"    // what the alias names was signed, and is the same
)

// Promotion is a move of an alias, or why there was none.
type Promotion struct {
	Schema   string          `json:"schema"`
	Pipeline string          `json:"pipeline"`
	Status   PromotionStatus `json:"status" jsonschema:"enum=promoted,enum=unchanged,enum=rolled-back,enum=not-tried,enum=anchored,enum=signed,enum=staged"`
	Alias    string          `json:"alias"`
	// From and To are versions; From is empty for the first.
	From string `json:"from,omitempty"`
	To   string `json:"to,omitempty"`
	// Digest is that of the model that To names.
	Digest string `json:"digest,omitempty"`
	Reason string `json:"reason,omitempty"`
	// By is who asked for it.
	By string `json:"by,omitempty"`
	// Override is true if a person promoted what the gate had not let pass.
	Override bool `json:"override,omitempty"`
	// Anchor is the version that the anchor was moved to, if it was.
	Anchor string `json:"anchor,omitempty"`
	// KeyID is that of the key that the move was signed with; empty if it was not.
	KeyID string `json:"keyid,omitempty"`
	// Remarks are what else whoever did it must know.
	Remarks []string `json:"remarks,omitempty"`
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
	// Attachments are what the registry keeps beside the model's files, by digest:
	// the statement of provenance and the model card.
	Attachments []File `json:"attachments,omitempty"`
	// Staged says what the version waits for, if it was taken in before its change was merged.
	Staged *Staging `json:"staged,omitempty"`
}

// Staging is what a version was taken in for while its change was open.
type Staging struct {
	Change string    `json:"change"`
	Commit string    `json:"commit,omitempty"`
	At     time.Time `json:"at"`
	By     string    `json:"by,omitempty"`
}

// The names of a version's attachments.
const (
	ProvenanceFile = "provenance.json" // an in-toto statement, in a DSSE envelope if it is signed
	CardFile       = "model-card.md"
)

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
	// Override is true if a person promoted what the gate had not let pass; a move back
	// to such a version keeps it.
	Override bool `json:"override,omitempty"`
	// VersionSHA256 is the digest of the document of To: what an alias names cannot change behind it.
	VersionSHA256 string `json:"versionSha256" jsonschema:"pattern=^[0-9a-f]{64}$"`
	// Previous is the digest of the move before, so that the history is one chain; the first has none.
	Previous string `json:"previous,omitempty" jsonschema:"pattern=^[0-9a-f]{64}$"`
	// Signature is over the move without it; see docs/security.md.
	Signature *Signature `json:"signature,omitempty"`
}

// Signature is one signature of a DSSE envelope (https://github.com/secure-systems-lab/dsse).
type Signature struct {
	KeyID string `json:"keyid"`
	Sig   string `json:"sig"` // base64
}

// Attempt is one decision in the registry's ledger: what was tried on which
// evaluation data. The ledger counts how often data has been looked at.
type Attempt struct {
	Schema string `json:"schema"`
	// Data is the digest of the evaluation data, Serial counts its decisions from 1.
	Data   string    `json:"data" jsonschema:"pattern=^[0-9a-f]{64}$"`
	Serial int       `json:"serial"`
	At     time.Time `json:"at"`
	// Change identifies the change request, or the branch.
	Change string `json:"change"`
	Commit string `json:"commit,omitempty"`
	// Candidate is the model's digest. TrainingKey is what made it; Recipe is the same without seeds.
	Candidate   string `json:"candidate"`
	TrainingKey string `json:"trainingKey,omitempty"`
	Recipe      string `json:"recipe,omitempty"`
	// Champion is the digest of what it was held against; a first model has none.
	Champion string `json:"champion,omitempty"`
	// RulerKey and Gate are what it was measured with.
	RulerKey string   `json:"rulerKey,omitempty"`
	Gate     string   `json:"gate,omitempty"`
	Verdict  Verdict  `json:"verdict" jsonschema:"enum=pass,enum=deny,enum=undecided"`
	Codes    []string `json:"codes,omitempty"`
	// Waivers are those that let a finding pass, for replays.
	Waivers []Waiver `json:"waivers,omitempty"`
	// Input is the digest of the document that the policies saw, which the registry keeps for replays.
	Input string `json:"input,omitempty"`
	// Previous is the digest of the entry before on the same data, so that they are one chain; the first has none.
	Previous string `json:"previous,omitempty" jsonschema:"pattern=^[0-9a-f]{64}$"`
}
