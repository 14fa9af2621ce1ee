package flow

import (
	"io"

	"github.com/muster-ci/muster/internal/rego"
	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/policies"
)

// DecisionLogFile is the log of all decisions, in OPA's format, in the project's folder.
const DecisionLogFile = "decision-log.jsonl"

// DecisionLog says where decisions are logged: the zero value to [DecisionLogFile].
type DecisionLog struct {
	// Path is another file.
	Path string
	// Writer takes the lines instead of a file.
	Writer io.Writer
}

// judged is what the policies said, and which they were.
type judged struct {
	set     *policies.Set
	verdict policies.Result
}

// logDecision adds the decision to the log: what the policies saw, and what
// came of it.
func (g Gate) logDecision(t *trial, decision result.Decision) error {
	labels := map[string]string{"id": decision.Pipeline, "version": rego.Version(), "app": "muster", "muster": g.Version}
	if t.receipt.Change != "" {
		labels["change"] = t.receipt.Change
	}
	said := result.Judgement{Verdict: decision.Verdict, Reason: decision.Reason, Findings: decision.Findings, Comparison: []result.Compared{}}
	event, err := rego.NewEvent(labels, t.judged.set.Revisions(), t.judged.verdict.Document, said, t.judged.verdict.Took)
	if err != nil {
		return err
	}
	if g.Log.Writer == nil {
		path := g.Log.Path
		if path == "" {
			path = g.Project.Folder.Path(DecisionLogFile)
		}
		return rego.AppendLog(path, event)
	}
	line, err := event.Line()
	if err != nil {
		return err
	}
	_, err = g.Log.Writer.Write(line)
	return err
}
