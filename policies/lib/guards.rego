# METADATA
# title: What guards in the long run
# description: |
#   Many small losses, each within its margin, add up; and data that every decision
#   looks at wears out. The anchor and the audit data see what the champion does not.
package muster.gate.guards

import data.muster.lib

# METADATA
# title: Crept away from the anchor
# description: |
#   The metric is worse than the anchor's by more than its `creep` (twice the margin
#   unless muster.yaml says otherwise), and that is no chance. Each of the changes since
#   was within its margin; together they are not. Win the loss back, or accept it with a
#   reason: muster promote --anchor --reason REASON makes the champion the anchor. Where
#   the candidate is the champion itself this only warns: no change of it made it worse.
# custom:
#   code: creep
deny contains crept(c) if {
	some c in input.comparison
	c.against == "anchor"
	c.gated
	c.verdict == "worse"
	not lib.same_model
}

warn contains crept(c) if {
	some c in input.comparison
	c.against == "anchor"
	c.gated
	c.verdict == "worse"
	lib.same_model
}

crept(c) := {
	"code": "creep",
	"metric": c.metric,
	"passes": c.text.passes,
	"message": sprintf("%s.", [c.text.change]),
}

# METADATA
# title: Worse on the audit data
# description: |
#   On the data that is opened for promotion only the metric is worse than the
#   champion's by more than its margin, and that is no chance. What looked good on the
#   data of every day was fitted to it: tune on other data than the gate's.
# custom:
#   code: audit-worse
deny contains finding if {
	some c in input.comparison
	c.data == "audit"
	c.gated
	c.verdict == "worse"
	object.get(c, "slice", "") == ""
	finding := {
		"code": "audit-worse",
		"metric": c.metric,
		"passes": c.text.passes,
		"message": sprintf("%s.", [c.text.change]),
	}
}

# METADATA
# title: Held against a baseline
# description: |
#   The baseline's numbers stood in for the champion's. Without rows there is no
#   interval: the margin alone decides, and nobody knows how much of a difference is
#   chance.
# custom:
#   code: baseline-only
#   waiver: false
info contains finding if {
	count([c | some c in lib.overall; object.get(c, "against", "") == "baseline"]) > 0
	finding := {
		"code": "baseline-only",
		"message": "Numbers without rows stand in for the champion: there is no interval, and the margin alone decides.",
	}
}
