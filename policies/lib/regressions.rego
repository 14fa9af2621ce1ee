# METADATA
# title: Comparison with the champion over all rows
# description: Each gated metric must show what its `require` asks for.
package muster.gate.regressions

import data.muster.lib

# METADATA
# title: Worse than the champion
# description: |
#   The metric is worse by more than its margin, and that is no chance: the
#   interval of the paired difference excludes no change at the gate's
#   confidence, also after adjustment for the number of comparisons.
# custom:
#   code: metric-worse
deny contains finding if {
	some c in lib.overall
	c.verdict == "worse"
	finding := {
		"code": "metric-worse",
		"metric": c.metric,
		"passes": c.text.passes,
		"message": sprintf("%s.", [c.text.change]),
	}
}

# METADATA
# title: Cannot tell
# description: |
#   The data neither shows that the metric is worse, nor that it is not worse by
#   more than its margin. More evaluation rows, or a margin that this data can
#   support, would decide it. With `require: not-worse` this only warns: real
#   regressions of that size then pass.
# custom:
#   code: metric-inconclusive
deny contains inconclusive(c) if {
	some c in lib.overall
	c.verdict == "inconclusive"
	c.require != "not-worse"
}

warn contains inconclusive(c) if {
	some c in lib.overall
	c.verdict == "inconclusive"
	c.require == "not-worse"
}

inconclusive(c) := {
	"code": "metric-inconclusive",
	"metric": c.metric,
	"passes": c.text.passes,
	"message": sprintf("The data cannot show that the model is not worse: %s%s.", [c.text.change, lib.note(c)]),
}

# METADATA
# title: Not shown to be better
# description: |
#   The metric's `require: better` asks for an improvement, and the data does not
#   show one: the interval of the difference includes no change.
# custom:
#   code: metric-not-better
deny contains finding if {
	some c in lib.overall
	c.require == "better"
	c.verdict == "equivalent"
	not lib.same_model
	finding := {
		"code": "metric-not-better",
		"metric": c.metric,
		"passes": c.text.passes,
		"message": sprintf("The gate requires an improvement, and the data shows none: %s.", [c.text.change]),
	}
}

# METADATA
# title: The gate is blind
# description: |
#   The smallest drop that this data would show, with a power of 80 %, is more
#   than five margins: a regression that matters passes unseen, or a good model
#   is held up as inconclusive. More evaluation rows help, or a wider margin.
# custom:
#   code: metric-blind
#   waiver: false
warn contains blind(c) if {
	some c in lib.overall
	c.blind
	object.get(input.gate, "blind", "warn") != "deny"
}

deny contains object.union(blind(c), {"undecided": true}) if {
	some c in lib.overall
	c.blind
	input.gate.blind == "deny"
}

blind(c) := {
	"code": "metric-blind",
	"metric": c.metric,
	"message": sprintf("This gate cannot see a change of %s for the worse%s (%s; %s).", [
		c.text.label, limit(c), c.text.allowed, c.text.rows,
	]),
}

limit(c) := sprintf(" that is smaller than %s", [c.text.detectable]) if c.text.detectable != ""

limit(c) := "" if c.text.detectable == ""
