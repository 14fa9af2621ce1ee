package result

// Verification is what a check of a whole registry found.
type Verification struct {
	Schema   string `json:"schema"`
	Pipeline string `json:"pipeline"`
	// Registry says where it lies.
	Registry string `json:"registry"`
	// These were checked: Decisions are those of the ledger, Bytes those of the objects.
	Versions  int   `json:"versions"`
	Moves     int   `json:"moves"`
	Decisions int   `json:"decisions"`
	Objects   int   `json:"objects"`
	Bytes     int64 `json:"bytes"`
	// Damages is empty if all is as it was made.
	Damages []Damage `json:"damages"`
	// Unused is what is whole, and named by nothing: a promotion was cut short, or a version waits for one.
	Unused []Damage `json:"unused,omitempty"`
}

// Damage is one thing in a registry that is not as it was made.
type Damage struct {
	Path    string `json:"path"` // where it lies
	Message string `json:"message"`
	Remedy  string `json:"remedy,omitempty"` // what to do about it
}
