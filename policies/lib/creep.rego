# METADATA
# title: Comparison with the anchor
# description: What ten merges may lose together.
package muster.gate.creep

import data.muster.lib

# METADATA
# title: Worse than the anchor
# description: |
#   Each change may be worse than the one before by a margin, and ten of them by ten
#   margins. So the model is also held against an older one, the anchor: worse than that by
#   more than the metric's `creep` (twice the margin, unless muster.yaml says otherwise), and
#   no chance, denies. Win back what was lost; or, if the loss is meant, move the anchor:
#   `muster promote --anchor --reason '…'`.
# custom:
#   code: creep
deny contains crept(c) if {
	some c in lib.anchored
	c.verdict == "worse"
	not lib.same_model
}

# The candidate is the champion: it is no worse for this change.
warn contains crept(c) if {
	some c in lib.anchored
	c.verdict == "worse"
	lib.same_model
}

crept(c) := {
	"code": "creep",
	"metric": c.metric,
	"passes": c.text.passes,
	"message": sprintf("Against the anchor, %s.", [c.text.change]),
}
