package result

import "time"

// RunStatus says how a run ended.
type RunStatus string

// The ways in which a run ends.
const (
	RunPassed      RunStatus = "passed"
	RunFailed      RunStatus = "failed"
	RunInterrupted RunStatus = "interrupted"
)

// StageStatus says what became of one stage in a run.
type StageStatus string

// The outcomes of a stage.
const (
	StageRan     StageStatus = "ran"     // it was executed and succeeded
	StageCached  StageStatus = "cached"  // its key was known, its outputs were restored
	StageFailed  StageStatus = "failed"  // it was executed and did not succeed
	StageSkipped StageStatus = "skipped" // something that it needs did not succeed
)

// Scope is the trust under which outputs were made. A run on the default
// branch never restores what a change request made.
type Scope string

// The scopes of trust.
const (
	ScopeLocal         Scope = "local"
	ScopeChange        Scope = "change"
	ScopeDefaultBranch Scope = "default-branch"
)

// Trigger says what made a run start.
type Trigger string

// What starts runs in CI; a run that a person starts has no trigger.
const (
	TriggerChange        Trigger = "change" // a change request, or a push to a branch of its own
	TriggerDefaultBranch Trigger = "default-branch"
	TriggerSchedule      Trigger = "schedule"
	TriggerDispatch      Trigger = "dispatch"
	TriggerOther         Trigger = "other"
)

// Phrase names the trigger in a sentence: "this is …".
func (t Trigger) Phrase() string {
	switch t {
	case TriggerChange:
		return "a change"
	case TriggerDefaultBranch:
		return "a push to the default branch"
	case TriggerSchedule:
		return "a schedule"
	case TriggerDispatch:
		return "a dispatch"
	default:
		return "another event"
	}
}

// Run is the record of one run of a pipeline.
type Run struct {
	Schema   string    `json:"schema"`
	ID       string    `json:"id"`
	Pipeline string    `json:"pipeline"`
	Status   RunStatus `json:"status" jsonschema:"enum=passed,enum=failed,enum=interrupted"`
	Scope    Scope     `json:"scope" jsonschema:"enum=local,enum=change,enum=default-branch"`
	// Trigger is what started the run in CI; empty for a person.
	Trigger Trigger `json:"trigger,omitempty" jsonschema:"enum=change,enum=default-branch,enum=schedule,enum=dispatch,enum=other"`
	// Bundle is the id of the run of another machine whose model this run took over and measured.
	Bundle   string `json:"bundle,omitempty"`
	Executor string `json:"executor"`
	// Muster is the version of muster that ran it, Machine where.
	Muster  string    `json:"muster,omitempty"`
	Machine *Machine  `json:"machine,omitempty"`
	Started time.Time `json:"started"`
	// Seconds is the wall time of the whole run.
	Seconds float64 `json:"seconds"`
	Git     *Git    `json:"git,omitempty"`
	// Targets are the stages that were asked for; empty for all.
	Targets []string `json:"targets,omitempty"`
	Stages  []Stage  `json:"stages"`
	// Metrics are the numbers that the evaluate stage wrote itself; nested keys are dotted.
	Metrics map[string]float64 `json:"metrics,omitempty"`
	// Computed are the gate's metrics as muster computed them from the evaluate stage's predictions.
	Computed map[string]float64 `json:"computed,omitempty"`
	// Candidate is the model that this run made, if its pipeline makes one and the run passed.
	Candidate *Model `json:"candidate,omitempty"`
	// NoModel says why there is no new model to decide about, if stages were not due.
	NoModel string `json:"noModel,omitempty"`
	// Evaluation says where the evaluate stage's results lie, if the pipeline has one.
	Evaluation *Evaluation `json:"evaluation,omitempty"`
}

// Machine is where muster itself ran. Stages run on it, or on the engine that it talks to.
type Machine struct {
	Host     string `json:"host,omitempty"`
	Platform string `json:"platform"` // as Go names it: linux/amd64
	CPUs     int    `json:"cpus"`
}

// Git is the state of the working copy that was read.
type Git struct {
	Commit string `json:"commit"`
	Branch string `json:"branch,omitempty"`
	// Dirty is true if tracked files differ from the commit.
	Dirty bool `json:"dirty"`
}

// Stage is what became of one stage.
type Stage struct {
	Name   string      `json:"name"`
	Status StageStatus `json:"status" jsonschema:"enum=ran,enum=cached,enum=failed,enum=skipped"`
	// Key is the SHA-256 over everything that the stage's outputs depend on; it is empty for a skipped stage.
	Key string `json:"key,omitempty"`
	// Definition is the SHA-256 over how the stage is defined: its key without image,
	// inputs and versions of what lies elsewhere. Services, network, user and folder are in it.
	Definition string `json:"definition,omitempty"`
	// Seconds is the time that the stage took, or that it took when its outputs were made if it was restored.
	Seconds float64 `json:"seconds"`
	// Image is the image as muster.yaml names it; ImageID is what really ran.
	Image    string `json:"image,omitempty"`
	ImageID  string `json:"imageId,omitempty"`
	ExitCode *int   `json:"exitCode,omitempty"`
	// Reason says why the stage was executed, or why it was not.
	Reason string `json:"reason,omitempty"`
	// Postponed is true if the stage was skipped because it, or one that it needs, is not due for this event.
	Postponed bool `json:"postponed,omitempty"`
	// Remarks are what muster has to say of the stage besides: a secret that was withheld, for example.
	Remarks []string `json:"remarks,omitempty"`
	// Attempts is how often it was tried, if more than once.
	Attempts int `json:"attempts,omitempty"`
	// PeakMemory is the most memory that it took, in bytes.
	PeakMemory int64 `json:"peakMemory,omitempty"`
	// Command is what ran, as a person would type it.
	Command string `json:"command,omitempty"`
	// Params are the parameters that the stage named, by dotted name, as they are written.
	Params map[string]string `json:"params,omitempty"`
	// Cell holds the values of the matrix that the stage was made for.
	Cell map[string]string `json:"cell,omitempty"`
	// Env holds the variables that the file sets; those of secrets are not among them.
	Env map[string]string `json:"env,omitempty"`
	// Refs are inputs that lie elsewhere, each with its version.
	Refs map[string]string `json:"refs,omitempty"`
	// Metrics are the numbers of the stage's metric files; nested keys are dotted.
	Metrics map[string]float64 `json:"metrics,omitempty"`
	// Tests is what the stage's JUnit file says.
	Tests *Tests `json:"tests,omitempty"`
	Error string `json:"error,omitempty"`
	Log   string `json:"log,omitempty"`
	// Inputs and Outputs are files by content. Inputs that are more than a record
	// should hold are one entry for each path that was declared; see File.Files.
	Inputs  []File   `json:"inputs,omitempty"`
	Outputs []File   `json:"outputs,omitempty"`
	Needs   []string `json:"needs,omitempty"`
}

// Made reports whether the stage's outputs are there, from this run or an earlier one.
func (s Stage) Made() bool { return s.Status == StageRan || s.Status == StageCached }

// Tests counts test cases by how they ended.
type Tests struct {
	Passed  int `json:"passed"`
	Failed  int `json:"failed"`
	Skipped int `json:"skipped"`
	// Failures are the first of the failed ones.
	Failures []TestFailure `json:"failures,omitempty"`
}

// TestFailure is a test case that failed, or that ended in an error.
type TestFailure struct {
	Name    string `json:"name"`
	Message string `json:"message"`
}

// File is a regular file by content. Path is relative, with slashes.
type File struct {
	Path       string `json:"path"`
	SHA256     string `json:"sha256" jsonschema:"pattern=^[0-9a-f]{64}$"`
	Size       int64  `json:"size"`
	Executable bool   `json:"executable,omitempty"`
	// Files is set where a record does not list many files one by one: Path is the
	// folder or pattern that was declared, Files how many they are, Size what they
	// take together, and SHA256 that of their list, which the cache keeps.
	Files int `json:"files,omitempty"`
}

// Model identifies a model by what it is and by what made it, never by a
// commit: the same bytes made the same way are the same model.
type Model struct {
	// Version is the registry's name for it ("v17"), once it has one.
	Version string `json:"version,omitempty"`
	// Digest is the SHA-256 over the canonical list of the model's files.
	Digest string `json:"digest" jsonschema:"pattern=^[0-9a-f]{64}$"`
	// Path is where the pipeline puts the model: a file, or a directory if Tree is true.
	Path string `json:"path"`
	Tree bool   `json:"tree,omitempty"`
	// Files lists the model's files; paths are relative to the repository.
	Files []File `json:"files"`
	// TrainingKey is the key of the stage that made it.
	TrainingKey string `json:"trainingKey"`
	// EvaluationKey is the key of the evaluate stage that read it.
	EvaluationKey string `json:"evaluationKey,omitempty"`
	// RulerKey is the evaluate stage's key without the model: what it was measured with.
	RulerKey string `json:"rulerKey,omitempty"`
	Run      string `json:"run,omitempty"`
	Commit   string `json:"commit,omitempty"`
}

// Evaluation names the outputs of the evaluate stage by content.
type Evaluation struct {
	Stage       string `json:"stage"`
	Predictions *File  `json:"predictions,omitempty"`
	Metrics     []File `json:"metrics,omitempty"`
}
