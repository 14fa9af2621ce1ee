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
	var facts receiptFacts
	facts.models(d)
	facts.rulers(d.Receipt)
	facts.numbers(d)
	facts.grounds(d)
	return facts
}

// receiptFacts are the lines of a receipt, in their order.
type receiptFacts []fact

func (f *receiptFacts) add(label string, value phrase, full string) {
	if len(value) > 0 && value.String() != "" {
		*f = append(*f, fact{Label: label, Value: value, Full: clean(full)})
	}
}

func (f *receiptFacts) text(label, value string) { f.add(label, phrase{said(value)}, "") }

func (f *receiptFacts) digest(label, value string) {
	if value != "" {
		f.add(label, phrase{name(short(value))}, value)
	}
}

func (f *receiptFacts) name(label, value string) {
	if value != "" {
		f.add(label, phrase{name(value)}, "")
	}
}

func (f *receiptFacts) model(label string, m *result.Model) {
	if m == nil {
		f.text(label, "none")
		return
	}
	f.add(label, modelName(*m), m.Digest)
	f.digest(label+": training key", m.TrainingKey)
}

// models says what was compared, and on what.
func (f *receiptFacts) models(d result.Decision) {
	r := d.Receipt
	f.text("Decided", moment(d.Created))
	f.model("Candidate", d.Candidate)
	f.model("Champion", d.Champion)
	f.text("Champion evaluated", r.ChampionRun)
	f.digest("Evaluation data", r.EvaluationData)
	f.text("Rows", rowsFact(r))
	f.text("Anchor", r.Anchor)
	f.text("Baseline", r.Baseline)
	f.digest("Audit data", r.AuditData)
	f.text("Attempt", looks(r))
}

// rulers says what measured.
func (f *receiptFacts) rulers(r result.Receipt) {
	f.text("Ruler", r.Ruler)
	if r.BaseCommit != "" {
		f.add("Base commit", phrase{name(commit7(r.BaseCommit))}, r.BaseCommit)
	}
	if len(r.Untracked) > 0 {
		f.text("In no commit", strings.Join(r.Untracked, ", ")+": taken from the working copy")
	}
	f.text("Question", question(r.Question))
	f.digest("Gate section", r.Gate)
}

// numbers says how the numbers came about.
func (f *receiptFacts) numbers(d result.Decision) {
	r := d.Receipt
	if r.Confidence > 0 {
		f.text("Confidence", percent(r.Confidence))
	}
	for i, method := range methods(d.Comparison) {
		f.text([]string{"Methods", ""}[min(i, 1)], method)
	}
	f.text("Adjustment", r.Adjustment)
	if r.Resamples > 0 {
		f.text("Resamples", strconv.Itoa(r.Resamples)+", seed "+strconv.FormatUint(r.Seed, 10))
	}
}

// grounds says what the decision stands on beside the numbers.
func (f *receiptFacts) grounds(d result.Decision) {
	r := d.Receipt
	f.name("Champion alias", r.Alias)
	f.name("Registry", r.Registry)
	if r.Move > 0 {
		f.text("Promoted by", "move "+strconv.Itoa(r.Move)+" of the alias")
	}
	f.text("Signatures", r.Signed)
	for i, w := range waiversUsed(d) {
		f.add([]string{"Waivers used", ""}[min(i, 1)], waiverPhrase(w), "")
	}
	for _, path := range slices.Sorted(maps.Keys(r.Policies)) {
		f.add("Policy "+clip(clean(path), nameLimit), phrase{name(short(r.Policies[path]))}, r.Policies[path])
	}
	f.digest("Policies saw", r.Input)
	f.text("muster", r.Muster)
	f.text("OPA", r.OPA)
	f.text(labelAnew, r.Anew)
	f.text(labelLimits, limitsOf(r))
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
