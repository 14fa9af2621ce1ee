# METADATA
# title: Values that must be there and agree
# description: Whatever is gated must be known, and known once.
package muster.gate.values

import data.muster.lib

# METADATA
# title: A gated metric has no value
# description: |
#   muster.yaml gates a metric that muster could not compute from the
#   predictions, that the evaluate stage did not write itself, or that was not
#   compared with the champion's. What is not known is never a pass.
# custom:
#   code: metric-missing
#   waiver: false
deny contains missing(name, "has no value for the candidate") if {
	some name, _ in input.gate.metrics
	not lib.blocked
	not lib.value(name)
}

deny contains missing(name, "was not compared with the champion's") if {
	some name, _ in input.gate.metrics
	not lib.blocked
	not lib.same_model
	not lib.bootstrapping
	input.champion != null
	lib.value(name)
	not name in compared
}

missing(name, what) := {
	"code": "metric-missing",
	"metric": name,
	"undecided": true,
	"message": sprintf("%s is gated, and %s.", [input.gate.metrics[name].text.label, what]),
}

# A set, and no rule that looks through all comparisons for each metric.
compared contains c.metric if {
	some c in lib.overall
	c.verdict in {"better", "equivalent", "worse", "inconclusive"}
}

# METADATA
# title: Two values for one metric
# description: |
#   The evaluate stage wrote a number that differs from the one that muster
#   computes from the predictions under the same name. One of them measures
#   something else: use another name, or mend the stage. A number that was
#   rounded to three decimals or more agrees if it is muster's value rounded.
# custom:
#   code: reported-differs
deny contains finding if {
	some name, computed in input.metrics.candidate
	reported := input.reported[name]
	not agree(reported, computed)
	finding := {
		"code": "reported-differs",
		"metric": name,
		"message": sprintf(
			"The evaluate stage says that %s is %v, and muster computes %v from its predictions.",
			[name, reported, computed],
		),
	}
}

agree(a, b) if abs(a - b) <= 0.000001 * max({abs(a), abs(b)})

agree(reported, computed) if {
	decimals := count(split(sprintf("%v", [reported]), ".")[1])
	decimals >= 3
	scale := product([10 | some _ in numbers.range(1, decimals)])
	abs(reported - computed) * scale <= 0.500001
}

# METADATA
# title: The gate names no metric
# description: Nothing is compared and nothing has a limit. Add metrics under `gate` in muster.yaml.
# custom:
#   code: no-metrics
#   waiver: false
warn contains {"code": "no-metrics", "message": "The gate names no metric: it lets every model pass."} if {
	count(input.gate.metrics) == 0
	not lib.blocked
}
