package tracking

import (
	"cmp"
	"maps"
	"math"
	"slices"

	"github.com/muster-ci/muster/internal/config"
	"github.com/muster-ci/muster/internal/result"
)

// Lister returns the files that one entry stands for; see the field Files of [result.File].
type Lister func(result.File) ([]result.File, error)

// Diff says what differs between two runs of a pipeline.
func Diff(a, b result.Run, directions Directions, files Lister) result.Diff {
	d := result.Diff{
		Schema: result.SchemaOf[result.Diff](), Pipeline: b.Pipeline, A: Summarise(a), B: Summarise(b),
		Metrics: []result.MetricChange{}, Params: changes(Params(a), Params(b)), Code: []result.FileChange{}, Data: []result.FileChange{},
		Commands: []result.StageChange{}, Images: []result.StageChange{}, Env: []result.StageChange{}, Stages: []result.StageChange{},
		Tests: []result.Change{}, Surroundings: surroundings(a, b),
	}
	for _, info := range directions.infos([]result.Summary{d.A, d.B}) {
		if change := metricChange(info, d.A.Metrics, d.B.Metrics); change.Outcome != result.Equivalent {
			d.Metrics = append(d.Metrics, change)
		}
	}
	pairs := paired(a, b)
	d.Outputs = diffFiles(pairs, files, outputs, nil)
	made := madeBy(a, b)
	for _, file := range diffFiles(pairs, files, inputs, made) {
		if config.IsCode(file.Path) {
			d.Code = append(d.Code, file)
		} else {
			d.Data = append(d.Data, file)
		}
	}
	for _, pair := range pairs {
		pair.diff(&d)
	}
	d.Data = append(d.Data, diffRefs(pairs)...)
	d.Summary = summary(d, a, b)
	return d
}

// metricChange compares one metric. The numbers are taken as they are: whether
// a difference is more than noise is the gate's question, not this one's.
func metricChange(info result.MetricInfo, a, b map[string]result.Metric) result.MetricChange {
	change := result.MetricChange{MetricInfo: info, Outcome: result.Inconclusive}
	before, inA := a[info.Name]
	after, inB := b[info.Name]
	if inA {
		change.A = &before
	}
	if inB {
		change.B = &after
	}
	if !inA || !inB {
		return change
	}
	difference := after.Value - before.Value
	if !math.IsNaN(difference) && !math.IsInf(difference, 0) { // JSON has no such numbers
		change.Difference = &difference
	}
	switch {
	case after.Value == before.Value:
		change.Outcome = result.Equivalent
	case info.Better == "":
	case compare(after.Value, before.Value, info.Better) < 0:
		change.Outcome = result.Better
	default:
		change.Outcome = result.Worse
	}
	return change
}

// changes lists the names whose values differ.
func changes(a, b map[string]string) []result.Change {
	out := []result.Change{}
	names := maps.Clone(a)
	if names == nil {
		names = map[string]string{}
	}
	maps.Copy(names, b)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		before, inA := a[name]
		after, inB := b[name]
		if inA == inB && before == after {
			continue
		}
		out = append(out, result.Change{Name: name, A: optional(before, inA), B: optional(after, inB)})
	}
	return out
}

func optional(value string, there bool) *string {
	if !there {
		return nil
	}
	return &value
}

// change is a difference between two texts of which an empty one is none.
func change(name, a, b string) []result.Change {
	if a == b {
		return nil
	}
	return []result.Change{{Name: name, A: optional(a, a != ""), B: optional(b, b != "")}}
}

// pair is a stage in both runs; one of the sides may be nil.
type pair struct {
	name string
	a, b *result.Stage
}

// paired brings the stages together, in the order of the later run.
func paired(a, b result.Run) []pair {
	var out []pair
	for i := range b.Stages {
		out = append(out, pair{name: b.Stages[i].Name, b: &b.Stages[i]})
	}
	for i := range a.Stages {
		stage := &a.Stages[i]
		if at := slices.IndexFunc(out, func(p pair) bool { return p.name == stage.Name }); at >= 0 {
			out[at].a = stage
		} else {
			out = append(out, pair{name: stage.Name, a: stage})
		}
	}
	return out
}

// known reports whether the run came to the stage in both runs.
func (p pair) known() bool {
	return p.a != nil && p.b != nil && p.a.Status != result.StageSkipped && p.b.Status != result.StageSkipped
}

// diff adds what differs in one stage.
func (p pair) diff(d *result.Diff) {
	d.Stages = p.add(d.Stages, change("status", ended(p.a), ended(p.b)))
	if !p.known() {
		return
	}
	d.Commands = p.add(d.Commands, change("command", p.a.Command, p.b.Command))
	d.Env = p.add(d.Env, changes(p.a.Env, p.b.Env))
	d.Images = p.add(d.Images, change("image", image(p.a, p.b), image(p.b, p.a)))
	if p.a.Tests != nil || p.b.Tests != nil {
		d.Tests = append(d.Tests, change(p.name, counted(p.a.Tests), counted(p.b.Tests))...)
	}
}

// add adds changes of this stage; the same change of several stages is one.
func (p pair) add(list []result.StageChange, changes []result.Change) []result.StageChange {
	for _, c := range changes {
		same := func(other result.StageChange) bool {
			return c.Name != "status" && other.Name == c.Name && equal(other.A, c.A) && equal(other.B, c.B)
		}
		if at := slices.IndexFunc(list, same); at >= 0 {
			list[at].Stages = append(list[at].Stages, p.name)
		} else {
			list = append(list, result.StageChange{Stages: []string{p.name}, Change: c})
		}
	}
	return list
}

func equal(a, b *string) bool {
	return (a == nil) == (b == nil) && (a == nil || *a == *b)
}

// ended says how a stage ended; restored is as good as executed.
func ended(stage *result.Stage) string {
	switch {
	case stage == nil:
		return ""
	case stage.Status == result.StageCached || stage.Status == result.StageRan:
		return "passed"
	default:
		return string(stage.Status)
	}
}

// image names what a stage ran in as another does not: by its name, or by its
// id where the name is the same.
func image(stage, other *result.Stage) string {
	if stage.ImageID == other.ImageID {
		return "" // whatever it is called
	}
	if stage.Image != other.Image || stage.ImageID == "" {
		return stage.Image
	}
	return stage.Image + " (" + shortDigest(stage.ImageID) + ")"
}

// surroundings lists what differs around the stages.
func surroundings(a, b result.Run) []result.Change {
	out := []result.Change{}
	add := func(name, a, b string) { out = append(out, change(name, a, b)...) }
	add("commit", commit(a.Git), commit(b.Git))
	add("branch", branch(a.Git), branch(b.Git))
	add("executor", a.Executor, b.Executor)
	add("muster", a.Muster, b.Muster)
	machineA, machineB := cmp.Or(a.Machine, &result.Machine{}), cmp.Or(b.Machine, &result.Machine{})
	add("platform", machineA.Platform, machineB.Platform)
	add("host", machineA.Host, machineB.Host)
	return out
}

func commit(git *result.Git) string {
	switch {
	case git == nil:
		return ""
	case git.Dirty:
		return git.Commit + ", changed"
	default:
		return git.Commit
	}
}

func branch(git *result.Git) string {
	if git == nil {
		return ""
	}
	return git.Branch
}
