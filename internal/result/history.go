package result

import "time"

// Runs are runs of one pipeline side by side, the newest first.
type Runs struct {
	Schema   string `json:"schema"`
	Pipeline string `json:"pipeline"`
	// Params are the names of the parameters that are not the same in all of the runs.
	Params []string `json:"params,omitempty"`
	// Metrics are the metrics that any of the runs has, the gate's first.
	Metrics []MetricInfo `json:"metrics,omitempty"`
	Runs    []Summary    `json:"runs"`
	// Left is how many further runs there are that fit what was asked for.
	Left int `json:"left,omitempty"`
	// Unread lists records that could not be read, and why.
	Unread []string `json:"unread,omitempty"`
}

// MetricInfo says of a metric which way it improves; Better is empty if nobody knows.
type MetricInfo struct {
	Name   string    `json:"name"`
	Better Direction `json:"better,omitempty"`
}

// Summary is one run as it stands in a list.
type Summary struct {
	ID      string    `json:"id"`
	Status  RunStatus `json:"status" jsonschema:"enum=passed,enum=failed,enum=interrupted"`
	Scope   Scope     `json:"scope,omitempty"`
	Started time.Time `json:"started"`
	Seconds float64   `json:"seconds"`
	Git     *Git      `json:"git,omitempty"`
	// Ran and Cached count stages.
	Ran    int `json:"ran"`
	Cached int `json:"cached"`
	// Failed names the stages that failed, Error is what the first of them said.
	Failed []string `json:"failed,omitempty"`
	Error  string   `json:"error,omitempty"`
	// Params are those of all stages, by dotted name, as they are written.
	Params map[string]string `json:"params,omitempty"`
	// Metrics are by name; one of the cells of a matrix has them after an @.
	Metrics map[string]Metric `json:"metrics,omitempty"`
	Tests   *Tests            `json:"tests,omitempty"`
	// Model is the digest of the model that was made.
	Model string `json:"model,omitempty"`
}

// Metric is a number of a run, or the mean of several that differ by a seed.
type Metric struct {
	Value float64 `json:"value"`
	// N is how many values Value is the mean of, SD their sample standard deviation.
	N  int      `json:"n,omitempty"`
	SD *float64 `json:"sd,omitempty"`
	// Cells are the values by the stage that they come from.
	Cells map[string]float64 `json:"cells,omitempty"`
}

// Diff is what differs between two runs, and nothing else.
type Diff struct {
	Schema   string  `json:"schema"`
	Pipeline string  `json:"pipeline"`
	A        Summary `json:"a"`
	B        Summary `json:"b"`
	// Summary is the one sentence that matters: what became better or worse, and what changed.
	Summary  string         `json:"summary"`
	Metrics  []MetricChange `json:"metrics"`
	Params   []Change       `json:"params"`
	Code     []FileChange   `json:"code"`
	Data     []FileChange   `json:"data"`
	Commands []StageChange  `json:"commands"`
	Images   []StageChange  `json:"images"`
	Env      []StageChange  `json:"env"`
	// Stages are those that only one of the runs has, or that ended otherwise.
	Stages []StageChange `json:"stages"`
	// Outputs are files that the stages made and that differ.
	Outputs []FileChange `json:"outputs"`
	Tests   []Change     `json:"tests"`
	// Surroundings are what differs around the stages: commit, machine, executor, muster.
	Surroundings []Change `json:"surroundings"`
}

// Change is a value in two runs; a side that has none is nil.
type Change struct {
	Name string  `json:"name"`
	A    *string `json:"a,omitempty"`
	B    *string `json:"b,omitempty"`
}

// StageChange is what differs in the same way in one or several stages.
type StageChange struct {
	Stages []string `json:"stages"`
	Change
}

// FileChange is a file by content in two runs; a side that has none is empty.
type FileChange struct {
	Path string `json:"path"`
	// Stages are those that read it, or that made it.
	Stages []string `json:"stages"`
	A      string   `json:"a,omitempty"`
	B      string   `json:"b,omitempty"`
}

// MetricChange is a metric in two runs; Difference is B − A.
type MetricChange struct {
	MetricInfo
	A          *Metric  `json:"a,omitempty"`
	B          *Metric  `json:"b,omitempty"`
	Difference *float64 `json:"difference,omitempty"`
	// Outcome is better, worse or equivalent (which here means: the same number);
	// it is inconclusive where a side or the direction is not known.
	Outcome Outcome `json:"outcome" jsonschema:"enum=better,enum=equivalent,enum=worse,enum=inconclusive"`
}

// Best ranks runs by one metric.
type Best struct {
	Schema   string    `json:"schema"`
	Pipeline string    `json:"pipeline"`
	Metric   string    `json:"metric"`
	Better   Direction `json:"better" jsonschema:"enum=higher,enum=lower"`
	// Runs are the passed runs that have the metric, the best first; of equal ones the newest.
	Runs []Summary `json:"runs"`
	// Tied is how many of the runs share the best value.
	Tied int `json:"tied"`
	// Left is how many further runs have the metric, Without how many passed ones do not.
	Left    int `json:"left,omitempty"`
	Without int `json:"without,omitempty"`
	// NotPassed is how many runs were left out because they did not pass.
	NotPassed int `json:"notPassed,omitempty"`
	// Params are the names of the parameters that are not the same in all of the runs.
	Params []string `json:"params,omitempty"`
}
