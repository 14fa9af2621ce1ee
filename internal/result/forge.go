package result

import "time"

// ForgeFacts is what a forge tells of a repository: what ran there, what was
// released and deployed, and what its rules are. It is read once, and the same
// facts give the same assessment. A nil pointer says that it could not be read,
// and Missing why.
type ForgeFacts struct {
	// Host is github or gitlab.
	Host string `json:"host"`
	// Repository is its address on the web: "https://github.com/acme/tumours".
	Repository string `json:"repository"`
	// Branch is the default branch.
	Branch string `json:"branch"`
	// Requests is how many were sent.
	Requests int `json:"requests"`
	// Missing says what could not be read, and what that may hide.
	Missing   []string        `json:"missing,omitempty"`
	Workflows []ForgeWorkflow `json:"workflows,omitempty"`
	// Runs are those that ended, of the default branch, a tag or a release; the newest first.
	Runs []ForgeRun `json:"runs,omitempty"`
	// Schedules is how many timers are active, where they are kept on the forge.
	Schedules    *int               `json:"schedules,omitempty"`
	Releases     []ForgeRelease     `json:"releases,omitempty"`
	Tags         []string           `json:"tags,omitempty"`
	Deployments  []ForgeDeployment  `json:"deployments,omitempty"`
	Environments []ForgeEnvironment `json:"environments,omitempty"`
	Protection   *ForgeProtection   `json:"protection,omitempty"`
	Review       *ForgeReview       `json:"review,omitempty"`
	// SecretScanning is true if the forge looks for secrets in what is pushed.
	SecretScanning *bool `json:"secretScanning,omitempty"`
	// Issues are those that a program opened, and closed ones about incidents.
	Issues []ForgeIssue `json:"issues,omitempty"`
}

// ForgeWorkflow is a pipeline file as the forge knows it.
type ForgeWorkflow struct {
	Path string `json:"path"`
	// State is "active", or why it does not run: "disabled_inactivity", "disabled_manually".
	State string `json:"state"`
	URL   string `json:"url,omitempty"`
}

// ForgeRun is a run of a pipeline that ended.
type ForgeRun struct {
	Path   string `json:"path"`
	Number int64  `json:"number"`
	// Event started it, in the words of workflow files: push, tag, release, schedule,
	// event (a dispatch through the API), after (another run's end), manual, change, other.
	Event  string    `json:"event"`
	Passed bool      `json:"passed"`
	At     time.Time `json:"at"`
	// Bot is true if no person started it.
	Bot bool   `json:"bot,omitempty"`
	URL string `json:"url,omitempty"`
	// Jobs are its jobs; nil if they were not asked for.
	Jobs []ForgeJob `json:"jobs,omitempty"`
}

// ForgeJob is how a job of a run ended. Ran is false for one that was skipped.
type ForgeJob struct {
	Name   string `json:"name"`
	Ran    bool   `json:"ran"`
	Passed bool   `json:"passed"`
}

// ForgeRelease is a release that was published.
type ForgeRelease struct {
	Tag string    `json:"tag"`
	At  time.Time `json:"at"`
	// Bot is true if a program published it.
	Bot    bool     `json:"bot,omitempty"`
	URL    string   `json:"url,omitempty"`
	Assets []string `json:"assets,omitempty"`
}

// ForgeDeployment is a deployment and how it ended.
type ForgeDeployment struct {
	Environment string    `json:"environment"`
	Passed      bool      `json:"passed"`
	At          time.Time `json:"at"`
	Bot         bool      `json:"bot,omitempty"`
	URL         string    `json:"url,omitempty"`
}

// ForgeEnvironment is a place that the repository deploys to.
type ForgeEnvironment struct {
	Name string `json:"name"`
	// Protected is true if rules guard it; Reviewed if somebody must approve.
	Protected bool   `json:"protected,omitempty"`
	Reviewed  bool   `json:"reviewed,omitempty"`
	URL       string `json:"url,omitempty"`
}

// ForgeProtection is what the default branch refuses.
type ForgeProtection struct {
	// Checks are the names of checks that must have passed; AnyPipeline is true where
	// the forge asks for a pipeline that passed, without naming its jobs.
	Checks      []string `json:"checks,omitempty"`
	AnyPipeline bool     `json:"anyPipeline,omitempty"`
	// Approvals is how many a change needs.
	Approvals int `json:"approvals,omitempty"`
	// ForcePush is true if its history may be rewritten.
	ForcePush bool   `json:"forcePush,omitempty"`
	URL       string `json:"url,omitempty"`
}

// ForgeReview is how the newest changes came to the default branch.
type ForgeReview struct {
	// Changes is how many were looked at; Approved, how many of them somebody approved
	// who is neither their author nor a program; Direct, how many came without a change request.
	Changes  int    `json:"changes"`
	Approved int    `json:"approved"`
	Direct   int    `json:"direct"`
	URL      string `json:"url,omitempty"`
}

// ForgeIssue is an issue that says that something was noticed.
type ForgeIssue struct {
	Title  string    `json:"title"`
	Labels []string  `json:"labels,omitempty"`
	Bot    bool      `json:"bot,omitempty"`
	Closed bool      `json:"closed,omitempty"`
	At     time.Time `json:"at"`
	URL    string    `json:"url,omitempty"`
}
