package mlflow

import (
	"fmt"
	"maps"
	"math"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/internal/tracking"
)

// The limits that every MLflow server keeps.
const (
	maxMetrics = 1000
	maxParams  = 100
	maxKey     = 250
	maxTag     = 5000
	// maxBody stays well below the 1 MB that a request may have.
	maxBody = 700_000
)

// paramLimits are the lengths that values of parameters may have: today's, and
// what servers before 2.x and before 1.28 took.
func paramLimits() []int { return []int{6000, 500, 250} }

type param struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

type metric struct {
	Key       string  `json:"key"`
	Value     float64 `json:"value"`
	Timestamp int64   `json:"timestamp"`
	Step      int64   `json:"step"`
}

// tagRun is the tag by which a run is found again.
const tagRun = "muster.run"

// notInName is what MLflow takes in no name.
var notInName = regexp.MustCompile(`[^/A-Za-z0-9_.\- ]+`)

// names gives each name of muster's one that MLflow takes, and no two the same.
type names map[string]bool

func (n names) key(name string) string {
	key := strings.Trim(path.Clean("/"+notInName.ReplaceAllString(name, "_")), "/")
	if key == "" {
		key = "_"
	}
	key = cut(key, maxKey-5) // room for a number
	key = strings.Trim(key, "/")
	unique := key
	for i := 2; n[unique]; i++ {
		unique = key + "_" + strconv.Itoa(i)
	}
	n[unique] = true
	return unique
}

// cut shortens a text to so many bytes, between two characters.
func cut(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	text = text[:limit]
	for len(text) > 0 && !utf8.ValidString(text) {
		text = text[:len(text)-1]
	}
	return text
}

func params(run result.Run) []param {
	var out []param
	taken, all := names{}, tracking.Params(run)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		out = append(out, param{Key: taken.key(name), Value: strings.ToValidUTF8(all[name], "?")})
	}
	return out
}

// metrics lists the run's numbers, of a mean also its spread and what it is of.
func metrics(run result.Run) []metric {
	var out []metric
	taken, all := names{}, tracking.Metrics(run)
	at := run.Started.UnixMilli() + int64(run.Seconds*1000)
	add := func(name string, value float64) {
		if !math.IsNaN(value) && !math.IsInf(value, 0) { // JSON has no such numbers
			out = append(out, metric{Key: taken.key(name), Value: value, Timestamp: at})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		m := all[name]
		add(name, m.Value)
		if m.SD != nil {
			add(name+"/sd", *m.SD)
		}
		if m.N > 0 {
			for _, cell := range slices.Sorted(maps.Keys(m.Cells)) {
				add(name+"/"+strings.ReplaceAll(cell, "/", "_"), m.Cells[cell])
			}
		}
	}
	add("muster.seconds", run.Seconds)
	return out
}

// tags say where a run came from, with MLflow's own names where it has them.
func tags(run result.Run, user string) []param {
	out := []param{
		{tagRun, run.ID},
		{"mlflow.runName", runName(run)},
		{"mlflow.source.name", "muster: " + run.Pipeline},
		{"mlflow.source.type", sourceType(run)},
		{"muster.status", string(run.Status)},
		{"muster.executor", run.Executor},
		{"muster.scope", string(run.Scope)},
		{"muster.version", run.Muster},
		{"mlflow.user", user},
	}
	if run.Git != nil {
		out = append(out,
			param{"mlflow.source.git.commit", run.Git.Commit}, param{"mlflow.source.git.branch", run.Git.Branch},
			param{"muster.git.dirty", strconv.FormatBool(run.Git.Dirty)})
	}
	if run.Candidate != nil {
		out = append(out, param{"muster.model", run.Candidate.Digest}, param{"muster.trainingKey", run.Candidate.TrainingKey})
	}
	if run.Machine != nil {
		out = append(out, param{"muster.host", run.Machine.Host}, param{"muster.platform", run.Machine.Platform})
	}
	for _, stage := range run.Stages {
		if stage.Status == result.StageFailed {
			first, _, _ := strings.Cut(stage.Error, "\n")
			out = append(out, param{"muster.failed", stage.Name + ": " + first})
			break
		}
	}
	out = slices.DeleteFunc(out, func(p param) bool { return p.Value == "" })
	for i := range out {
		out[i].Value = cut(strings.ToValidUTF8(out[i].Value, "?"), maxTag)
	}
	return out
}

// runName is what people see in MLflow's list: when, and the part of the id that muster's lists show.
func runName(run result.Run) string {
	id := run.ID
	if _, short, ok := strings.Cut(id, "-"); ok {
		id = short
	}
	return fmt.Sprintf("%s %s", run.Started.UTC().Format("2006-01-02 15:04"), id)
}

func sourceType(run result.Run) string {
	if run.Scope == result.ScopeLocal {
		return "LOCAL"
	}
	return "JOB"
}

// status is how MLflow calls the end of a run.
func status(run result.Run) string {
	switch run.Status {
	case result.RunPassed:
		return "FINISHED"
	case result.RunInterrupted:
		return "KILLED"
	default:
		return "FAILED"
	}
}
