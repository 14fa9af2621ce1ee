package result

// Action is what a run would do with a stage.
type Action string

// The actions.
const (
	ActionRun     Action = "run"     // it would be executed
	ActionRestore Action = "restore" // its outputs are known
	ActionDepends Action = "depends" // on what comes out of a stage that would be executed
	ActionSkip    Action = "skip"    // it is not due
)

// Preview is what a run would do, without doing it.
type Preview struct {
	Schema   string         `json:"schema"`
	Pipeline string         `json:"pipeline"`
	Stages   []PreviewStage `json:"stages"`
}

// PreviewStage is what a run would do with one stage, and why.
type PreviewStage struct {
	Name   string   `json:"name"`
	Action Action   `json:"action" jsonschema:"enum=run,enum=restore,enum=depends,enum=skip"`
	Reason string   `json:"reason"`
	Key    string   `json:"key,omitempty"`
	Needs  []string `json:"needs,omitempty"`
}

// Reproduction says which stages give the same outputs, bit by bit, when they
// are executed again from nothing.
type Reproduction struct {
	Schema   string              `json:"schema"`
	Pipeline string              `json:"pipeline"`
	Run      string              `json:"run"`
	Same     bool                `json:"same"`
	Stages   []ReproductionStage `json:"stages"`
}

// ReproductionStage compares the outputs of two executions of one stage.
type ReproductionStage struct {
	Name string `json:"name"`
	Same bool   `json:"same"`
	// Error says why the second execution failed, if it did.
	Error     string            `json:"error,omitempty"`
	Different []DifferentOutput `json:"different,omitempty"`
	// Outputs is how many files were compared.
	Outputs int `json:"outputs"`
}

// DifferentOutput is a file that came out differently; a digest is empty where the file was not made.
type DifferentOutput struct {
	Path  string `json:"path"`
	First string `json:"first,omitempty"`
	Again string `json:"again,omitempty"`
}
