package flow

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"

	"github.com/muster-ci/muster/internal/report"
	"github.com/muster-ci/muster/internal/result"
)

// essence stands for what is published of a report, apart from when it was decided, how
// long the stages took and what came from the cache: a job that runs again changes
// nothing on the host. It is empty if the report has no form.
func essence(doc result.Report, notes report.Notes) string {
	doc.Created, doc.Published, doc.Run = time.Time{}, nil, endsOf(doc.Run)
	if doc.Decision != nil {
		decision := *doc.Decision
		decision.Created, decision.Signature = time.Time{}, nil
		decision.Receipt.Input, decision.Receipt.ChampionRun = "", "" // hold times
		if decision.Candidate != nil {
			candidate := *decision.Candidate
			candidate.Run, decision.Candidate = "", &candidate
		}
		doc.Decision = &decision
	}
	data, err := json.Marshal(struct {
		Report result.Report
		Notes  report.Notes
	}{doc, report.Notes{Commit: notes.Commit, Failed: notes.Failed, Owners: notes.Owners}})
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// endsOf is how a run and its stages ended.
func endsOf(run *result.Run) *result.Run {
	if run == nil {
		return nil
	}
	ends := &result.Run{Status: run.Status, NoModel: run.NoModel, Metrics: run.Metrics}
	for _, stage := range run.Stages {
		end := result.Stage{Name: stage.Name, Error: stage.Error, Remarks: stage.Remarks}
		if stage.Status == result.StageFailed || stage.Status == result.StageSkipped {
			end.Status = stage.Status
		}
		ends.Stages = append(ends.Stages, end)
	}
	return ends
}
