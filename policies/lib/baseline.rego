# METADATA
# title: Comparison with a baseline
# description: Numbers of a file, or of muster.yaml itself, that stand in for the champion's.
package muster.gate.baseline

import data.muster.lib

# METADATA
# title: Worse than the baseline
# description: |
#   The metric is worse than the baseline's number by more than its margin. A number has
#   no rows, so that the two cannot be paired: the interval, if there is one, is that of
#   the candidate alone, and wider than one against a champion would be.
# custom:
#   code: baseline-worse
deny contains finding if {
	some c in lib.baselined
	c.verdict == "worse"
	finding := about(c, "baseline-worse", "Against the baseline, ")
}

# METADATA
# title: Cannot tell against the baseline
# description: |
#   The data neither shows that the metric is worse than the baseline's number, nor that it
#   is not. More evaluation rows would decide it, or a champion to compare with, row by
#   row. With `require: not-worse` this only warns.
# custom:
#   code: baseline-inconclusive
deny contains inconclusive(c) if {
	some c in lib.baselined
	c.verdict == "inconclusive"
	c.require != "not-worse"
}

warn contains inconclusive(c) if {
	some c in lib.baselined
	c.verdict == "inconclusive"
	c.require == "not-worse"
}

inconclusive(c) := about(c, "baseline-inconclusive", "The data cannot show that the model is not worse than the baseline: ")

# METADATA
# title: Not shown to be better than the baseline
# description: The metric's `require` asks for an improvement, and the data does not show one.
# custom:
#   code: baseline-not-better
deny contains finding if {
	some c in lib.baselined
	c.require == "better"
	c.verdict == "equivalent"
	finding := about(c, "baseline-not-better", "The gate requires an improvement on the baseline, and the data shows none: ")
}

about(c, code, words) := {
	"code": code,
	"metric": c.metric,
	"passes": c.text.passes,
	"message": sprintf("%s%s%s.", [words, c.text.change, lib.note(c)]),
}
