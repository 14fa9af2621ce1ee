package report

import (
	"maps"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/result"
)

// runView is what became of the pipeline.
type runView struct {
	ID      string
	Tone    tone
	Status  string
	Summary phrase
	Stages  []stageView
	// Remarks are what must be said of stages besides how they ended.
	Remarks []phrase
	// Metrics are the numbers that the evaluate stage wrote itself.
	Metrics []fact
	Facts   []fact
}

// stageView is what became of one stage.
type stageView struct {
	Tone          tone
	Name          string
	Status        string
	Time          string
	Image         string
	ImageID, Full string
	Key, FullKey  string
	Log           string
	Error         string
	Cached        bool
}

func newRun(run result.Run) *runView {
	v := &runView{ID: clip(clean(run.ID), nameLimit), Status: string(run.Status)}
	switch run.Status {
	case result.RunPassed:
		v.Tone = good
	case result.RunInterrupted:
		v.Tone = unsure
	default:
		v.Tone = bad
	}
	for _, stage := range run.Stages {
		v.Stages = append(v.Stages, newStage(stage))
		if stage.Postponed {
			v.Remarks = append(v.Remarks, phrase{name(stage.Name), own(" was not run: "), said(stage.Reason)})
		}
		for _, remark := range stage.Remarks {
			v.Remarks = append(v.Remarks, phrase{name(stage.Name), own(": "), said(remark)})
		}
	}
	v.Summary = runSummary(run)
	for _, metric := range slices.Sorted(maps.Keys(run.Metrics)) {
		v.Metrics = append(v.Metrics, fact{Label: clip(clean(metric), nameLimit), Value: phrase{own(significant(run.Metrics[metric], 4))}})
	}
	v.Facts = runFacts(run)
	return v
}

func newStage(stage result.Stage) stageView {
	v := stageView{
		Name: clip(clean(stage.Name), nameLimit), Status: string(stage.Status), Time: duration(stage.Seconds),
		Image: clip(clean(stage.Image), nameLimit), Log: clip(clean(stage.Log), lineLimit),
		ImageID: short(strings.TrimPrefix(stage.ImageID, "sha256:")), Full: clean(stage.ImageID),
		Key: short(stage.Key), FullKey: clean(stage.Key),
	}
	first, _, _ := strings.Cut(strings.TrimSpace(stage.Error), "\n")
	v.Error = clip(clean(strings.TrimSuffix(first, ":")), messageLimit)
	switch stage.Status {
	case result.StageRan:
		v.Tone = good
	case result.StageCached:
		v.Tone, v.Cached = good, true
		v.Time = "saved " + v.Time
		if stage.Seconds == 0 {
			v.Time = absent
		}
	case result.StageFailed:
		v.Tone = bad
	default:
		v.Tone, v.Time = neutral, absent
	}
	return v
}

// runSummary is the run in a clause: "5 stages in 41 s, 3 of them cached".
func runSummary(run result.Run) phrase {
	count := map[result.StageStatus]int{}
	for _, stage := range run.Stages {
		count[stage.Status]++
	}
	text := plural(len(run.Stages), "stage", "stages") + " in " + duration(run.Seconds)
	switch {
	case len(run.Stages) > 0 && count[result.StageCached] == len(run.Stages):
		text += ", all cached: nothing ran"
	case count[result.StageCached] > 0:
		text += ", " + plural(count[result.StageCached], "cached", "cached")
	}
	if n := count[result.StageFailed]; n > 0 {
		text += ", " + plural(n, "failed", "failed")
	}
	if n := count[result.StageSkipped]; n > 0 {
		text += ", " + plural(n, "not run", "not run")
	}
	return phrase{own(text)}
}

func runFacts(run result.Run) []fact {
	facts := []fact{{Label: "Run", Value: phrase{name(run.ID)}}}
	if !run.Started.IsZero() {
		facts = append(facts, fact{Label: "Started", Value: phrase{own(moment(run.Started))}})
	}
	if run.Executor != "" {
		facts = append(facts, fact{Label: "Executor", Value: phrase{name(run.Executor)}})
	}
	if run.Git != nil {
		value := phrase{name(commit7(run.Git.Commit))}
		if run.Git.Branch != "" {
			value = append(value, own(" on "), name(run.Git.Branch))
		}
		if run.Git.Dirty {
			value = append(value, own(", with changes that were not committed"))
		}
		facts = append(facts, fact{Label: "Commit", Value: value, Full: clean(run.Git.Commit)})
	}
	if run.Candidate != nil {
		facts = append(facts, fact{
			Label: "Model", Value: phrase{name(run.Candidate.Path), own(", digest "), name(short(run.Candidate.Digest))}, Full: clean(run.Candidate.Digest),
		})
	}
	return facts
}
