# METADATA
# title: What the last promotions lost together
# description: What `gate.drift` allows.
package muster.gate.history

import data.muster.lib

# METADATA
# title: The metric has drifted
# description: |
#   The candidate's value is worse than the best of the last promotions by more than
#   `gate.drift.max`, although each was not worse than the one before. Where the best was
#   measured on other data the two numbers are not of the same rows: then this only warns.
#   Win back what was lost; or, if the loss is meant, have it waived for a time.
# custom:
#   code: metric-drift
deny contains drifted(name, best) if {
	some name, _ in input.gate.metrics
	not lib.same_model
	best := best_of(name, promotions_on_these_rows)
	lost(name, best.value) > allowed(best.value)
}

warn contains drifted(name, best) if {
	some name, _ in input.gate.metrics
	lib.same_model
	best := best_of(name, promotions_on_these_rows)
	lost(name, best.value) > allowed(best.value)
}

warn contains finding if {
	some name, _ in input.gate.metrics
	best := best_of(name, promotions_on_other_rows)
	lost(name, best.value) > allowed(best.value)
	finding := object.union(drifted(name, best), {"message": sprintf(
		"%s (measured on other data).",
		[trim_suffix(drifted(name, best).message, ".")],
	)})
}

deny contains finding if {
	input.gate.drift
	some name, metric in input.gate.metrics
	lib.value(name)
	count(promotions) > 0
	not better(name)
	finding := {
		"code": "metric-drift",
		"metric": name,
		"undecided": true,
		"message": sprintf("It is not known which way %s gets better, and gate.drift says how far it may get worse.", [metric.text.label]),
	}
}

promotions := array.slice(input.history, max({0, count(input.history) - input.gate.drift.last}), count(input.history))

promotions_on_these_rows := [p | some p in promotions; object.get(p, "data", "") == lib.evaluation.data]

promotions_on_other_rows := [p | some p in promotions; object.get(p, "data", "") != object.get(lib.evaluation, "data", "-")]

# The latest of those that have the best value.
best_of(name, list) := best if {
	values := [p.metrics[name] | some p in list]
	top := extreme(better(name), values)
	versions := [p.version | some p in list; p.metrics[name] == top]
	best := {"value": top, "version": versions[count(versions) - 1]}
}

extreme("higher", values) := max(values)

extreme("lower", values) := min(values)

better(name) := input.gate.metrics[name].better

better(name) := [c.better | some c in input.comparison; c.metric == name][0] if not input.gate.metrics[name].better

lost(name, best) := best - lib.value(name) if better(name) == "higher"

lost(name, best) := lib.value(name) - best if better(name) == "lower"

allowed(_) := input.gate.drift.max.value if not percentage

allowed(best) := (abs(best) * input.gate.drift.max.value) / 100 if percentage

percentage if input.gate.drift.max.percent

drifted(name, best) := {
	"code": "metric-drift",
	"metric": name,
	"passes": sprintf("%s of %s", [input.gate.metrics[name].text.label, limit(name, best.value)]),
	"message": sprintf("%s is %v, and was %v with %s, the best of the last %s: %v worse, and %v may be lost.", [
		input.gate.metrics[name].text.label, lib.number(lib.value(name)), lib.number(best.value), best.version,
		lib.counted(count(promotions), "promotion"), lib.number(lost(name, best.value)), lib.number(allowed(best.value)),
	]),
}

# Rounded to the side on which it passes.
limit(name, best) := sprintf("at least %v", [ceil((best - allowed(best)) * 1000000) / 1000000]) if better(name) == "higher"

limit(name, best) := sprintf("at most %v", [floor((best + allowed(best)) * 1000000) / 1000000]) if better(name) == "lower"
