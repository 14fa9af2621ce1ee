package report

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/muster-ci/muster/internal/result"
)

// newReceipt says how a decision came about. What is not known is left out.
func newReceipt(d result.Decision) []fact {
	r := d.Receipt
	var facts []fact
	add := func(label string, value phrase, full string) {
		if len(value) > 0 && value.String() != "" {
			facts = append(facts, fact{Label: label, Value: value, Full: clean(full)})
		}
	}
	text := func(label, value string) { add(label, phrase{said(value)}, "") }
	digest := func(label, value string) {
		if value != "" {
			add(label, phrase{name(short(value))}, value)
		}
	}
	model := func(label string, m *result.Model) {
		if m == nil {
			text(label, "none")
			return
		}
		add(label, modelName(*m), m.Digest)
		digest(label+": training key", m.TrainingKey)
	}

	text("Decided", moment(d.Created))
	model("Candidate", d.Candidate)
	model("Champion", d.Champion)
	text("Champion evaluated", r.ChampionRun)
	digest("Evaluation data", r.EvaluationData)
	text("Rows", rowsFact(r))
	text("Anchor", r.Anchor)
	text("Baseline", r.Baseline)
	digest("Audit data", r.AuditData)
	text("Attempt", looks(r))
	text("Ruler", r.Ruler)
	if r.BaseCommit != "" {
		add("Base commit", phrase{name(commit7(r.BaseCommit))}, r.BaseCommit)
	}
	if len(r.Untracked) > 0 {
		text("In no commit", strings.Join(r.Untracked, ", ")+": taken from the working copy")
	}
	text("Question", question(r.Question))
	digest("Gate section", r.Gate)
	if r.Confidence > 0 {
		text("Confidence", percent(r.Confidence))
	}
	for i, method := range methods(d.Comparison) {
		text([]string{"Methods", ""}[min(i, 1)], method)
	}
	text("Adjustment", r.Adjustment)
	if r.Resamples > 0 {
		text("Resamples", strconv.Itoa(r.Resamples)+", seed "+strconv.FormatUint(r.Seed, 10))
	}
	if r.Alias != "" {
		add("Champion alias", phrase{name(r.Alias)}, "")
	}
	if r.Registry != "" {
		add("Registry", phrase{name(r.Registry)}, "")
	}
	if r.Move > 0 {
		text("Promoted by", "move "+strconv.Itoa(r.Move)+" of the alias")
	}
	text("Signatures", r.Signed)
	for i, w := range waiversUsed(d) {
		add([]string{"Waivers used", ""}[min(i, 1)], waiverPhrase(w), "")
	}
	for _, path := range slices.Sorted(maps.Keys(r.Policies)) {
		add("Policy "+clip(clean(path), nameLimit), phrase{name(short(r.Policies[path]))}, r.Policies[path])
	}
	digest("Policies saw", r.Input)
	text("muster", r.Muster)
	text("OPA", r.OPA)
	text(labelAnew, r.Anew)
	text(labelLimits, limitsOf(r))
	return facts
}

// What a reader must know of how far a decision reaches.
const labelAnew, labelLimits = "Evaluated anew", "Limits"

func isLimit(f fact) bool { return f.Label == labelAnew || f.Label == labelLimits }

// limits is what nobody may take a pass for.
const limits = "this gate guards against mistakes, not malice: see docs/security.md"

// anewLimits is what a pass may be taken for where another job than the one that made
// the model decided about it.
const anewLimits = "that its training made this model is the other job's word; that the change cannot edit this job, its workflow's: see docs/security.md"

func limitsOf(r result.Receipt) string {
	if r.Anew != "" {
		return anewLimits
	}
	return limits
}

// briefReceipt is what of the receipt a terminal shows: the rest is in the document.
func briefReceipt(d result.Decision) []fact {
	brief := []string{"Champion evaluated", "Rows", "Anchor", "Baseline", "Attempt", "Ruler", labelAnew, labelLimits}
	return slices.DeleteFunc(newReceipt(d), func(f fact) bool { return !slices.Contains(brief, f.Label) })
}

func question(q string) string {
	switch q {
	case "artefact":
		return "is this model good"
	case "recipe":
		return "does this way of training make good models"
	default:
		return q
	}
}

func modelName(m result.Model) phrase {
	var out phrase
	if m.Version != "" {
		out = append(out, name(m.Version), own(", "))
	}
	out = append(out, own("digest "), name(short(m.Digest)))
	if m.Commit != "" {
		out = append(out, own(", commit "), name(commit7(m.Commit)))
	}
	return out
}

// looks says how often the data was looked at, and by this change.
func looks(r result.Receipt) string {
	if r.Attempt == 0 || r.Decisions == 0 {
		return ""
	}
	text := fmt.Sprintf("attempt %d of %s; decision %d on this data", r.Attempt, cmp.Or(r.Change, "this change"), r.Decisions)
	if r.Budget > 0 {
		text += fmt.Sprintf(" (budget %d)", r.Budget)
	}
	return text
}

func rowsFact(r result.Receipt) string {
	switch {
	case r.Rows == 0:
		return ""
	case r.Independence == "":
		return strconv.Itoa(r.Rows)
	default:
		return strconv.Itoa(r.Rows) + "; " + r.Independence
	}
}

// estimated says whether there is an interval, or at least a p.
func estimated(c result.Compared) bool { return c.Interval != nil || c.P != nil }

// methods lists how intervals were computed, each once, with the metrics that used it.
func methods(rows []result.Compared) []string {
	var order []string
	users := map[string][]string{}
	for _, c := range rows {
		if c.Method == "" || !estimated(c) {
			continue
		}
		if users[c.Method] == nil {
			order = append(order, c.Method)
		}
		if !slices.Contains(users[c.Method], c.Metric) {
			users[c.Method] = append(users[c.Method], c.Metric)
		}
	}
	var out []string
	for _, method := range order {
		out = append(out, strings.Join(users[method], ", ")+": "+method)
	}
	return out
}
