package report

import (
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
	text("Ruler", r.Ruler)
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
	text("Signatures", r.Signed)
	for _, path := range slices.Sorted(maps.Keys(r.Policies)) {
		add("Policy "+clip(clean(path), nameLimit), phrase{name(short(r.Policies[path]))}, r.Policies[path])
	}
	text("muster", r.Muster)
	text("OPA", r.OPA)
	return facts
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
