package result

// StageKind says what a stage does.
type StageKind string

// The kinds of stages.
const (
	KindRun      StageKind = "run"      // runs a command
	KindNotebook StageKind = "notebook" // runs a notebook
	KindBuild    StageKind = "build"    // builds an image
	KindFetch    StageKind = "fetch"    // fetches a file
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
	Kind StageKind `json:"kind" jsonschema:"enum=run,enum=notebook,enum=build,enum=fetch"`
	// Level is 1 for a stage that waits for none, and else one more than the
	// highest of those that it waits for: stages of one level can run at once.
	Level int `json:"level" jsonschema:"minimum=1"`
	// Command is what it runs, for people: a command, a notebook, the URL that it
	// fetches, or the Dockerfile that it builds.
	Command string `json:"command,omitempty"`
	Image   string `json:"image,omitempty"`
	// When lists the events for which it runs in CI; it is empty for all.
	When []string `json:"when,omitempty"`
	// Reads and Writes are what it declares: paths with slashes, and addresses of what lies elsewhere.
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
