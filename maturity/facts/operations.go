package facts

import (
	"regexp"
	"strings"

	"github.com/muster-ci/muster/internal/python"
	"github.com/muster-ci/muster/maturity/source"
)

// operations makes the facts that the criteria of level 4 need: what decides on
// drift, alerts and who receives them, outcomes that are joined with
// predictions, rollbacks that start themselves, how serving is kept up, runbooks.
func (b *builder) operations() {
	g := newCallGraph(b)
	b.handings(g)
	b.drifts(g)
	b.choices(g)
	b.driftBranches(g)
	b.decidedCalls(g)
	b.notifies(g)
	b.alertFiles()
	b.alertsThatTrain()
	b.cloud()
	b.monitoring(g)
	b.homeMade(g)
	b.rollbacks(g)
	b.uptime()
	b.runbooks()
}

var (
	driftName = regexp.MustCompile(`(?i)drift|\bpsi\b|psi_|_psi\b|p_?val|\bks_|ks_stat|wasserstein|jensen|divergence|stability_index`)
	driftFlag = regexp.MustCompile(`(?i)drift(ed)?(_|\b| )*(detected|found|flag|exceed|alert|status|present|warning|critical|report|result|features|columns|cols|count|share)?\b|(is|has|any|dataset|data|concept|model|feature|prediction)_drift|needs?_retrain|should_retrain|retrain(ing)?_(needed|required)`)
	verdict   = regexp.MustCompile(`(?i)all_passed|failed_tests|threshold|alarm|alert|share|score|stat\b`)
)

// drifts makes facts of what decides on drift (a threshold, a comparison, a
// branch on the result), and of measures that compare a file with itself.
func (b *builder) drifts(g *callGraph) {
	measured := map[string]bool{}
	for _, category := range []string{"drift", "cue.drift"} {
		for _, f := range b.set.Facts[category] {
			measured[f.Path] = true
		}
	}
	for _, m := range b.ownModules() {
		file, mod := m.file, m.mod
		decide := func(c python.Condition, what string) {
			b.add(Fact{
				Category: "drift.decision", Subject: what + " " + shorten(c.Names), Path: file, Line: c.Line, Context: string(source.Source),
				Function: mod.FuncName(c.Func), Entries: b.links(file),
			})
		}
		for _, c := range mod.Thresholds {
			if driftName.MatchString(c.Names) || measured[file] && verdict.MatchString(c.Names) {
				decide(c, "a threshold for")
			}
		}
		for _, c := range mod.Compares {
			if names := c.Left + " " + c.Right; driftName.MatchString(names) || measured[file] && verdict.MatchString(names) {
				decide(python.Condition{Names: names, Line: c.Line, Func: c.Func}, "a comparison of")
			}
		}
		for _, c := range mod.Branches {
			if driftFlag.MatchString(c.Names) || measured[file] && verdict.MatchString(c.Names) {
				decide(c, "a branch on")
			}
		}
	}
	b.selfCompared(g)
	b.stepsOnDrift()
}

// stepsOnDrift makes decisions of steps and jobs of CI whose condition asks for drift.
func (b *builder) stepsOnDrift() {
	asked := map[string]bool{} // conditions of jobs, which all their steps have
	for _, h := range b.reach.Hits {
		e := b.set.Entries[h.Entry]
		ask, known := asked[h.Entry]
		if !known {
			ask = driftFlag.MatchString(e.If)
			asked[h.Entry] = ask
		}
		if ask || h.If != "" && driftFlag.MatchString(h.If) {
			b.add(Fact{
				Category: "drift.decision", Subject: "a condition on " + shorten(h.If+e.If), Path: h.Path, Line: h.Line, Context: "command",
				Entries: []Link{{ID: h.Entry}},
			})
		}
	}
}

var (
	referenceFlag = regexp.MustCompile(`(?i)^--?(ref|base|train|hist|old|expected)`)
	currentFlag   = regexp.MustCompile(`(?i)^--?(cur|live|prod|new|recent|actual|target|data|input|batch)`)
	reads         = regexp.MustCompile(`^(read_|load_|scan_)(csv|parquet|table|feather|json|excel|sql|delta|dataframe|data)`)
)

// selfCompared makes facts of drift checks whose reference is what they check:
// a command that is given the same file twice, a function that reads one twice.
func (b *builder) selfCompared(g *callGraph) {
	for _, h := range b.reach.Hits {
		ref, cur := valueOf(h.Args, referenceFlag), valueOf(h.Args, currentFlag)
		if ref != "" && ref == cur {
			b.add(Fact{
				Category: "drift.self", Subject: shorten(ref), Path: h.Path, Line: h.Line, Context: "command", Entries: []Link{{ID: h.Entry}},
			})
		}
	}
	for s := range b.sitesOf("drift", "cue.drift") {
		b.selfMeasured(s, g.calls(s))
	}
}

// valueOf returns the value of the first flag that matches.
func valueOf(args []string, flag *regexp.Regexp) string {
	for i, a := range args {
		name, value, given := strings.Cut(a, "=")
		if !flag.MatchString(name) {
			continue
		}
		if given {
			return value
		}
		if i+1 < len(args) {
			return args[i+1]
		}
	}
	return ""
}
