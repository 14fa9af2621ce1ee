package result

import (
	"encoding/json"
	"fmt"
)

// Skim reads a record without its schema and without the lists of files in it,
// which takes a tenth of the time. It is for lists of many runs, which decide
// nothing: a field that is missing is empty. The kind of the document and the
// status of the run are looked at.
func Skim(data []byte, path string) (Run, error) {
	var skimmed struct {
		Run
		Stages    []skimmedStage `json:"stages"`
		Candidate *struct {
			Model
			Files skipped `json:"files"`
		} `json:"candidate"`
	}
	if err := json.Unmarshal(data, &skimmed); err != nil {
		return Run{}, invalid[Run](path, err.Error())
	}
	run := skimmed.Run
	for _, stage := range skimmed.Stages {
		run.Stages = append(run.Stages, stage.Stage)
	}
	if skimmed.Candidate != nil {
		run.Candidate = &skimmed.Candidate.Model
	}
	switch {
	case run.Schema != SchemaOf[Run]():
		return run, invalid[Run](path, fmt.Sprintf("its schema is %q", run.Schema))
	case run.Status != RunPassed && run.Status != RunFailed && run.Status != RunInterrupted:
		return run, invalid[Run](path, fmt.Sprintf("its status is %q", run.Status))
	default:
		return run, nil
	}
}

// skimmedStage is a stage whose files are passed over.
type skimmedStage struct {
	Stage
	Inputs  skipped `json:"inputs"`
	Outputs skipped `json:"outputs"`
}

// skipped is a value that nobody wants.
type skipped struct{}

// UnmarshalJSON takes anything.
func (*skipped) UnmarshalJSON([]byte) error { return nil }
