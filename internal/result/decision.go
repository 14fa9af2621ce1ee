package result

import "time"

// Verdict is the gate's answer.
type Verdict string

// The gate's answers. Undecided is treated as a denial: the gate fails closed.
const (
	Pass      Verdict = "pass"
	Deny      Verdict = "deny"
	Undecided Verdict = "undecided"
)

// Severity says what a finding does to the verdict.
type Severity string

// The severities of findings.
const (
	SeverityDeny Severity = "deny"
	SeverityWarn Severity = "warn"
	SeverityInfo Severity = "info"
)

// Outcome is what a comparison showed about one metric.
type Outcome string

// The outcomes of a comparison. Inconclusive means that the data cannot tell.
const (
	Better       Outcome = "better"
	Equivalent   Outcome = "equivalent"
	Worse        Outcome = "worse"
	Inconclusive Outcome = "inconclusive"
)

// Direction says which way a metric improves.
type Direction string

// The directions of metrics.
const (
	Higher Direction = "higher"
	Lower  Direction = "lower"
)

// Decision is the gate's decision about one candidate, with all that led to it.
type Decision struct {
	Schema   string    `json:"schema"`
	Pipeline string    `json:"pipeline"`
	Created  time.Time `json:"created"`
	Verdict  Verdict   `json:"verdict" jsonschema:"enum=pass,enum=deny,enum=undecided"`
	// Reason is the one sentence that a reviewer needs.
	Reason     string     `json:"reason"`
	Candidate  *Model     `json:"candidate,omitempty"`
	Champion   *Model     `json:"champion,omitempty"`
	Findings   []Finding  `json:"findings"`
	Comparison []Compared `json:"comparison"`
	// Changes are what differs between what made the champion and what made the candidate.
	Changes []Difference `json:"changes,omitempty"`
	// Proposed is what a change's own ruler says, where it is not the base's: it is shown, and binds nobody.
	Proposed *Judgement `json:"proposed,omitempty"`
	Receipt  Receipt    `json:"receipt"`
	// Signature is over the decision without it, by whoever ran the gate.
	Signature *Signature `json:"signature,omitempty"`
}

// Judgement is what one ruler says of a candidate.
type Judgement struct {
	Verdict    Verdict    `json:"verdict" jsonschema:"enum=pass,enum=deny,enum=undecided"`
	Reason     string     `json:"reason"`
	Findings   []Finding  `json:"findings"`
	Comparison []Compared `json:"comparison"`
}

// Difference is one thing that is not as it was for the champion.
type Difference struct {
	// Kind is param, code, data, command, image, env or ruler.
	Kind string `json:"kind" jsonschema:"enum=param,enum=code,enum=data,enum=command,enum=image,enum=env,enum=ruler"`
	// Path is the file in which it stands, if it is one; Line is 0 where it has none.
	Path string `json:"path,omitempty"`
	Line int    `json:"line,omitempty"`
	// Name is that of the parameter, the variable or the stage.
	Name string `json:"name,omitempty"`
	// From is the champion's, To the candidate's; a side that has none is nil.
	From *string `json:"from,omitempty"`
	To   *string `json:"to,omitempty"`
}

// Waiver lets one finding pass, for a reason and for a time.
type Waiver struct {
	// Finding is the code of what is waived; Metric and Slice narrow it, if they are there.
	Finding string `json:"finding"`
	Metric  string `json:"metric,omitempty"`
	Slice   string `json:"slice,omitempty"`
	Reason  string `json:"reason"`
	Owner   string `json:"owner"`
	// Expires is the day after which it does nothing, as 2006-01-02 in UTC.
	Expires string `json:"expires" jsonschema:"pattern=^[0-9]{4}-[0-9]{2}-[0-9]{2}$"`
	// Source says where it stands: a file and a line at the base.
	Source string `json:"source,omitempty"`
	// Review is the address of the approving review that asks for it, if it stands in none of the base's files.
	Review string `json:"review,omitempty"`
}

// Finding is one thing that a policy, or muster itself, has to say about the candidate.
type Finding struct {
	Code     string   `json:"code"`
	Severity Severity `json:"severity" jsonschema:"enum=deny,enum=warn,enum=info"`
	Metric   string   `json:"metric,omitempty"`
	Slice    string   `json:"slice,omitempty"`
	Message  string   `json:"message"`
	// Policy is the file that the finding comes from, or "muster".
	Policy string `json:"policy,omitempty"`
	// Location is the line of a file that asks for what the finding is about, if there is one.
	Location *Location `json:"location,omitempty"`
	// Rule is the rule that gave it, as a policy's package and rule: "muster.gate.slices.deny".
	Rule string `json:"rule,omitempty"`
	// Passes is the nearest value that would have passed, in words: "ROC AUC of at least 0.921".
	Passes string `json:"passes,omitempty"`
	Waived bool   `json:"waived,omitempty"`
	// Waiver is what lets it pass, if Waived.
	Waiver *Waiver `json:"waiver,omitempty"`
	// Undecided marks a denial because something could not be known.
	Undecided bool `json:"undecided,omitempty"`
}

// Location is a line of a file of the repository. Line is 0 where it has none.
type Location struct {
	Path string `json:"path"` // relative to the repository, with slashes
	Line int    `json:"line,omitempty"`
}

// Compared is one metric of the candidate against the champion's, overall
// or on one slice. Difference and Interval are candidate − champion in the
// metric's own unit; a field is absent where it cannot be known.
type Compared struct {
	Metric string `json:"metric"`
	// Slice is "column=value", or empty for all rows.
	Slice string `json:"slice,omitempty"`
	// Against is what the candidate is held against if that is not the champion: anchor or baseline.
	Against string `json:"against,omitempty" jsonschema:"enum=anchor,enum=baseline"`
	// Data is audit where the rows are those that are opened for promotion only.
	Data   string    `json:"data,omitempty" jsonschema:"enum=audit"`
	Better Direction `json:"better" jsonschema:"enum=higher,enum=lower"`
	// Unit says what the values count.
	Unit      string      `json:"unit,omitempty"`
	Candidate *float64    `json:"candidate,omitempty"`
	Champion  *float64    `json:"champion,omitempty"`
	Diff      *float64    `json:"difference,omitempty"`
	Interval  *[2]float64 `json:"interval,omitempty"`
	// P is one-sided, of the hypothesis that the candidate is not worse; PAdjusted is P after Holm's procedure.
	P         *float64 `json:"p,omitempty"`
	PAdjusted *float64 `json:"pAdjusted,omitempty"`
	// N is the number of evaluation rows; Groups is the number of independent
	// units (users, documents, blocks of time, items) where that is not the rows.
	N      int `json:"n"`
	Groups int `json:"groups,omitempty"`
	// Margin is the drop that is allowed, absolute, in the metric's own unit.
	Margin float64 `json:"margin"`
	// Method names how interval and p were computed.
	Method string `json:"method"`
	// Detectable is the smallest drop that this data would show with 80 % power.
	Detectable *float64 `json:"detectable,omitempty"`
	// Blind is true where the data cannot show drops of five margins.
	Blind bool `json:"blind,omitempty"`
	// Gated is false for a comparison that is only shown.
	Gated   bool    `json:"gated"`
	Require Require `json:"require" jsonschema:"enum=non-inferior,enum=not-worse,enum=better"`
	Verdict Outcome `json:"verdict" jsonschema:"enum=better,enum=equivalent,enum=worse,enum=inconclusive"`
	// Note says why a value is missing, or what else a reader must know.
	Note string `json:"note,omitempty"`
}

// Require says which outcomes pass.
type Require string

// What can be required of a metric.
const (
	// NonInferior passes what is shown not to be worse by more than the margin.
	NonInferior Require = "non-inferior"
	// NotWorse passes whatever is not shown to be worse.
	NotWorse Require = "not-worse"
	// RequireBetter passes only what is shown to be better.
	RequireBetter Require = "better"
)

// Receipt says how a decision came about, so that it can be made again.
type Receipt struct {
	// EvaluationData is the SHA-256 of the candidate's predictions file without its scores: ids, labels and slices.
	EvaluationData string `json:"evaluationData,omitempty"`
	Rows           int    `json:"rows,omitempty"`
	// Columns are those of the predictions and of the tables that evaluate reads, by path.
	Columns      map[string][]string `json:"columns,omitempty"`
	Independence string              `json:"independence,omitempty"`
	// ChampionRun says how and when the champion was evaluated.
	ChampionRun string `json:"championRun,omitempty"`
	// Anchor is the version that guards against creep, or why nothing was held against one.
	Anchor string `json:"anchor,omitempty"`
	// Baseline says what stood in for the champion, if numbers did.
	Baseline   string  `json:"baseline,omitempty"`
	Alias      string  `json:"alias,omitempty"`
	Registry   string  `json:"registry,omitempty"`
	Confidence float64 `json:"confidence,omitempty"`
	Resamples  int     `json:"resamples,omitempty"`
	Seed       uint64  `json:"seed,omitempty"`
	Adjustment string  `json:"adjustment,omitempty"`
	// Question is artefact (is this model good) or recipe (does this way of training make good ones).
	Question string `json:"question,omitempty"`
	// Ruler says where what measures comes from: the base's tip, or the working copy.
	Ruler string `json:"ruler,omitempty"`
	// Anew says what was measured anew, in a job that executed nothing of the change; empty
	// where the job that made the model also decided about it.
	Anew string `json:"anew,omitempty"`
	// BaseCommit is the tip of the branch that the change goes into, if the ruler is its.
	BaseCommit string `json:"baseCommit,omitempty"`
	// Untracked are inputs of the base's ruler that are in no commit: they came from the working copy.
	Untracked []string `json:"untracked,omitempty"`
	// Change identifies the change request, or the branch, for the count of attempts.
	Change string `json:"change,omitempty"`
	// Attempt counts the decisions about this change on this evaluation data, this one
	// included; Decisions counts all on this data. Both are 0 where no ledger is kept.
	Attempt   int `json:"attempt,omitempty"`
	Decisions int `json:"decisions,omitempty"`
	// Budget is how many decisions the data may take before reports warn.
	Budget int `json:"budget,omitempty"`
	// AuditData is the SHA-256 of the data that was opened for promotion.
	AuditData string `json:"auditData,omitempty"`
	// Waivers are those that let a finding of this decision pass.
	Waivers []Waiver `json:"waivers,omitempty"`
	// Input is the SHA-256 of the document that the policies saw.
	Input string `json:"input,omitempty"`
	// Move is the serial of the alias's move that made the champion so; 0 if there was none.
	Move int `json:"move,omitempty"`
	// Signed says who signed that move, or that promotions are not signed.
	Signed string `json:"signed,omitempty"`
	// Gate is the SHA-256 of the gate section that was applied.
	Gate     string            `json:"gate,omitempty"`
	Policies map[string]string `json:"policies,omitempty"`
	Muster   string            `json:"muster,omitempty"`
	OPA      string            `json:"opa,omitempty"`
}

// Waivable reports whether a waiver may let a finding of this code pass. What these
// say denies in any case: with them, whoever wants to get past the gate would not
// need a waiver to look like one.
func Waivable(code string) bool {
	switch code {
	case "gate-dropped", "gate-moved", "gate-renamed", "rows-lost", "slice-lost":
		return false
	}
	return true
}

// MaybeChance reports whether all that differs from the champion may be chance: something
// does, and every interval contains 0. Slices with too few rows for one say nothing.
func MaybeChance(rows []Compared) bool {
	intervals, moved := 0, false
	for _, c := range rows {
		switch {
		case c.Against != "" || c.Data != "" || c.Interval == nil && (!c.Gated || c.Slice != ""):
			continue
		case c.Interval == nil || c.Verdict == Better || c.Verdict == Worse:
			return false
		case c.Interval[0] > 0 || c.Interval[1] < 0:
			return false
		}
		intervals++
		moved = moved || c.Diff != nil && *c.Diff != 0
	}
	return intervals > 0 && moved
}
