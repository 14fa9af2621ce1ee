package stages

import (
	"maps"
	"os"
	"runtime"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/config"
	"github.com/muster-ci/muster/internal/metrics"
	"github.com/muster-ci/muster/internal/result"
)

// The limits of a record: it is read whole each time runs are listed.
const (
	maxParams     = 1000 // of one stage
	maxParamValue = 1000 // in bytes
	// cheapPredictions is the size up to which a file of predictions is read
	// again each time, in place of the last record.
	cheapPredictions = 100 << 10
	truncated        = "…"
)

// finishRecord adds to a record what is known only at the end of a run, and keeps it small.
func (s *session) finishRecord(run *result.Run, targets []string) {
	run.Muster, run.Machine, run.Targets = s.Version, thisMachine(), targets
	for i := range run.Stages {
		outcome := &run.Stages[i]
		stage := s.stageNamed(outcome.Name)
		s.completeRecord(outcome, stage)
	}
	if run.Evaluation != nil {
		run.Computed = s.computed(*run)
	}
	hideSecrets(run, s.hide)
}

// completeRecord adds to a stage's record what the files say that it wrote.
func (s *session) completeRecord(outcome *result.Stage, stage config.Stage) {
	if outcome.Status != result.StageSkipped {
		define(outcome, stage)
	}
	if outcome.Status == result.StageCached {
		s.cachedTests(stage, outcome)
	}
	if outcome.Made() {
		s.stageMetrics(stage, outcome)
	}
}

// define notes what the stage is by its definition, and bounds what comes from files.
func define(outcome *result.Stage, stage config.Stage) {
	outcome.Env = stage.Env
	for _, ref := range stage.Refs {
		if outcome.Refs == nil {
			outcome.Refs = map[string]string{}
		}
		outcome.Refs[ref.Ref] = ref.Version
	}
	for i, name := range slices.Sorted(maps.Keys(outcome.Params)) {
		if i >= maxParams {
			delete(outcome.Params, name)
		} else if value := outcome.Params[name]; len(value) > maxParamValue {
			outcome.Params[name] = strings.ToValidUTF8(value[:maxParamValue], "") + truncated
		}
	}
}

// hideSecrets masks every text of the record that a stage, or a file that it
// read or wrote, may have put there: a test may print a secret in its message.
func hideSecrets(run *result.Run, hide func(string) string) {
	run.Metrics = hiddenNames(run.Metrics, hide)
	for i := range run.Stages {
		hideInStage(&run.Stages[i], hide)
	}
}

// hideInStage masks in copies what the stage shares with others.
func hideInStage(stage *result.Stage, hide func(string) string) {
	for _, text := range []*string{&stage.Command, &stage.Error, &stage.Reason} {
		*text = hide(*text)
	}
	stage.Params, stage.Env, stage.Cell = hiddenIn(stage.Params, hide), hiddenIn(stage.Env, hide), hiddenIn(stage.Cell, hide)
	stage.Metrics = hiddenNames(stage.Metrics, hide)
	if stage.Tests == nil {
		return
	}
	tests := *stage.Tests
	tests.Failures = slices.Clone(tests.Failures)
	for i := range tests.Failures {
		failure := &tests.Failures[i]
		failure.Name, failure.Message = hide(failure.Name), hide(failure.Message)
	}
	stage.Tests = &tests
}

// hiddenNames masks the names of metrics, which come from a file that the stage wrote.
func hiddenNames(numbers map[string]float64, hide func(string) string) map[string]float64 {
	out := maps.Clone(numbers)
	for name, value := range numbers {
		if hidden := hide(name); hidden != name {
			delete(out, name)
			out[hidden] = value
		}
	}
	return out
}

// hiddenIn masks the values in a copy: the map may be the configuration's own.
func hiddenIn(values map[string]string, hide func(string) string) map[string]string {
	out := maps.Clone(values)
	for name, value := range out {
		out[name] = hide(value)
	}
	return out
}

func thisMachine() *result.Machine {
	host, _ := os.Hostname() // a record without it is still one
	return &result.Machine{Host: host, Platform: runtime.GOOS + "/" + runtime.GOARCH, CPUs: runtime.NumCPU()}
}

// stageMetrics reads the numbers that a stage wrote. The evaluate stage's must
// be readable, which describe sees to; another's are left out if they are not.
func (s *session) stageMetrics(stage config.Stage, outcome *result.Stage) {
	if len(stage.Metrics) == 0 {
		return
	}
	numbers, err := s.readMetrics(stage, newEvaluation(stage, *outcome))
	if err != nil {
		s.remark(outcome, "its metrics are not read: %v", err)
		return
	}
	outcome.Metrics = numbers
}

// computed returns the gate's metrics over the run's predictions. Those that
// cannot be computed are left out: the gate says why.
func (s *session) computed(run result.Run) map[string]float64 {
	file := run.Evaluation.Predictions
	if s.Config.Gate == nil || file == nil {
		return nil
	}
	if file.Size > cheapPredictions {
		if known := s.computedBefore(run); known != nil {
			return known
		}
	}
	predictions, err := s.ReadPredictions(*run.Evaluation)
	if err != nil {
		return nil
	}
	out := map[string]float64{}
	for _, metric := range s.Config.Gate.Metrics {
		if value, err := metrics.Compute(metric.Name, predictions); err == nil {
			out[metric.Name] = value
		}
	}
	return out
}

// computedBefore takes the numbers from the last record, if it is about the
// same predictions, read in the same way.
func (s *session) computedBefore(run result.Run) map[string]float64 {
	last, err := s.Folder.LoadRun("last", run.Pipeline)
	if err != nil || last.Evaluation == nil || last.Evaluation.Predictions == nil || last.Candidate == nil || run.Candidate == nil {
		return nil
	}
	if last.Evaluation.Predictions.SHA256 != run.Evaluation.Predictions.SHA256 || last.Candidate.EvaluationKey != run.Candidate.EvaluationKey {
		return nil
	}
	for _, metric := range s.Config.Gate.Metrics {
		if _, ok := last.Computed[metric.Name]; !ok {
			return nil
		}
	}
	return last.Computed
}
