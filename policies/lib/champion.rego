# METADATA
# title: Who the champion is
# description: A first model has none; an unchanged one is its own.
package muster.gate.champion

import data.muster.lib

# METADATA
# title: No champion yet
# description: |
#   The registry was made and nothing was promoted in it so far. Only absolute
#   thresholds apply to a first model.
# custom:
#   code: first-model
#   waiver: false
info contains finding if {
	input.champion == null
	count(lib.overall) == 0
	not lib.blocked
	not lib.bootstrapping
	finding := {
		"code": "first-model",
		"message": "There is no champion yet: only absolute thresholds apply.",
	}
}

# METADATA
# title: The same model
# description: Candidate and champion have the same bytes. There is nothing to promote.
# custom:
#   code: same-model
#   waiver: false
info contains finding if {
	lib.same_model
	finding := {
		"code": "same-model",
		"message": sprintf("The candidate is the champion%s: the same model.", [version(input.champion)]),
	}
}

version(model) := sprintf(" %s", [model.version]) if object.get(model, "version", "") != ""

version(model) := "" if object.get(model, "version", "") == ""
