# METADATA
# title: Absolute limits
# description: A metric's min and max hold for the candidate whatever the champion does.
package muster.gate.thresholds

import data.muster.lib

# METADATA
# title: Below the minimum
# description: |
#   The candidate's value over all rows is below the `min` that muster.yaml
#   gives for the metric. Improve the model, or lower the limit in a change of
#   its own, with the reason.
# custom:
#   code: threshold-min
deny contains finding if {
	some name, metric in input.gate.metrics
	lib.value(name) < metric.min
	finding := {
		"code": "threshold-min",
		"metric": name,
		"passes": sprintf("%s of at least %s", [metric.text.label, metric.text.min]),
		"message": sprintf("%s is %s, below the minimum %s.", [metric.text.label, metric.text.value, metric.text.min]),
	}
}

# METADATA
# title: Above the maximum
# description: |
#   The candidate's value over all rows is above the `max` that muster.yaml
#   gives for the metric. Improve the model, or raise the limit in a change of
#   its own, with the reason.
# custom:
#   code: threshold-max
deny contains finding if {
	some name, metric in input.gate.metrics
	lib.value(name) > metric.max
	finding := {
		"code": "threshold-max",
		"metric": name,
		"passes": sprintf("%s of at most %s", [metric.text.label, metric.text.max]),
		"message": sprintf("%s is %s, above the maximum %s.", [metric.text.label, metric.text.value, metric.text.max]),
	}
}
