# METADATA
# title: Comparison on the audit data
# description: Rows that nobody looks at until a model is promoted.
package muster.gate.audit

import data.muster.lib

# METADATA
# title: Worse on the audit data
# description: |
#   On the rows that are opened only for promotion the model is worse by more than is
#   allowed, and that is no chance. What the other rows show may come of having been looked
#   at too often: do not tune to these as well. Take new rows for `gate.holdout.audit` once
#   their answer has become known.
# custom:
#   code: audit-worse
deny contains finding if {
	some c in lib.audited
	c.verdict == "worse"
	finding := about(c, "audit-worse", "On the audit data, ")
}

# METADATA
# title: The audit data cannot tell
# description: |
#   The rows that are opened only for promotion do not show that the model is not worse.
#   They are too few for the margin: add some. With `require: not-worse`, and on slices,
#   this only warns.
# custom:
#   code: audit-inconclusive
deny contains inconclusive(c) if {
	some c in lib.audited
	c.verdict == "inconclusive"
	c.require != "not-worse"
}

warn contains inconclusive(c) if {
	some c in lib.audited
	c.verdict == "inconclusive"
	c.require == "not-worse"
}

inconclusive(c) := about(c, "audit-inconclusive", "The audit data cannot show that the model is not worse: ")

about(c, code, words) := object.union(slice(c), {
	"code": code,
	"metric": c.metric,
	"passes": c.text.passes,
	"message": sprintf("%s%s%s.", [words, c.text.change, lib.note(c)]),
})

slice(c) := {"slice": c.slice} if object.get(c, "slice", "") != ""

slice(c) := {} if object.get(c, "slice", "") == ""
