package result

import "time"

// EventKind says what an event tells.
type EventKind string

// The kinds of events, in the order in which a run sends them.
const (
	EventPlan     EventKind = "plan"     // a run begins; Stages are its stages
	EventStart    EventKind = "start"    // a stage is executed; what is restored never starts
	EventLog      EventKind = "log"      // a line of its log
	EventProgress EventKind = "progress" // how far a download or an upload of the stage has come
	EventEnd      EventKind = "end"      // a stage's outcome is known
	EventDone     EventKind = "done"     // the run has ended; Status says how
)

// Streams that a line of a log comes from.
const (
	Stdout  = "stdout"
	Stderr  = "stderr"
	Remarks = "muster" // what muster itself says of the stage
)

// Event is one thing that happened in a run: the one stream that every view of
// it renders. As JSON lines it is what `muster run --format jsonl` prints while
// the run goes on.
type Event struct {
	Kind EventKind `json:"event" jsonschema:"enum=plan,enum=start,enum=log,enum=progress,enum=end,enum=done"`
	Time time.Time `json:"time"`
	Run  string    `json:"run,omitempty"`
	// Stages are all that the plan holds, in its order; needs say what each waits for.
	Stages []PlannedStage `json:"stages,omitempty"`
	Stage  string         `json:"stage,omitempty"`
	// Reason says why a stage starts.
	Reason string `json:"reason,omitempty"`
	Stream string `json:"stream,omitempty" jsonschema:"enum=stdout,enum=stderr,enum=muster"`
	Line   string `json:"line,omitempty"`
	// Open is true for a line that has no end yet. It comes again when it has;
	// until then it is of use only to who draws it.
	Open bool `json:"-"`
	// What is progressing, and how many bytes of how many; Total is 0 if nobody knows.
	What   string    `json:"what,omitempty"`
	Done   int64     `json:"done,omitempty"`
	Total  int64     `json:"total,omitempty"`
	Result *Stage    `json:"result,omitempty"`
	Status RunStatus `json:"status,omitempty"`
}

// PlannedStage is a stage before it is known what becomes of it.
type PlannedStage struct {
	Name  string   `json:"name"`
	Needs []string `json:"needs,omitempty"`
}
