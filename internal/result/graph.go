package result

// StageKind says what a stage does.
type StageKind string

// The kinds of stages.
const (
	KindRun   StageKind = "run"   // runs a command
	KindBuild StageKind = "build" // builds an image
)

// Graph is a pipeline as it is planned: its stages, in an order in which they
// can run, and what passes between them.
type Graph struct {
	Schema   string       `json:"schema"`
	Pipeline string       `json:"pipeline"`
	Stages   []GraphStage `json:"stages"`
}

// GraphStage is one stage of a plan.
type GraphStage struct {
	Name string    `json:"name"`
	Kind StageKind `json:"kind" jsonschema:"enum=run,enum=build"`
	// Level is 1 for a stage that waits for none, and else one more than the
	// highest of those that it waits for: stages of one level can run at once.
	Level int `json:"level" jsonschema:"minimum=1"`
	// Command is what it runs, for people; a build stage has none.
	Command string `json:"command,omitempty"`
	Image   string `json:"image,omitempty"`
	// Reads and Writes are what it declares. Paths are relative, with slashes.
	Reads  []string `json:"reads,omitempty"`
	Writes []string `json:"writes,omitempty"`
	// Needs are the stages that must succeed before it, and why.
	Needs []GraphNeed `json:"needs,omitempty"`
}

// GraphNeed is an edge of the graph.
type GraphNeed struct {
	Stage string `json:"stage"`
	// Files are the inputs that come from that stage. Without files and image,
	// the edge is there because muster.yaml says needs.
	Files []string `json:"files,omitempty"`
	// Image is true if the stage runs in the image that the other one builds.
	Image bool `json:"image,omitempty"`
}
