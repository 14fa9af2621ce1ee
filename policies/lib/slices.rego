# METADATA
# title: Comparison with the champion on slices
# description: A model may be no worse on average and worse for some.
package muster.gate.slices

import data.muster.lib

# METADATA
# title: Worse on a slice
# description: |
#   On this subset of the evaluation rows the metric is worse by more than the
#   margin for slices, and that is no chance, also after adjustment for the
#   number of slices that were looked at.
# custom:
#   code: slice-worse
deny contains finding if {
	some c in lib.sliced
	c.gated
	c.verdict == "worse"
	finding := {
		"code": "slice-worse",
		"metric": c.metric,
		"slice": c.slice,
		"message": sprintf("%s.", [c.text.change]),
	}
}

# METADATA
# title: The gate is blind on a slice
# description: |
#   The slice has too few rows to show a drop of five margins, or fewer than
#   `slices.min_size`: it is listed, and says nothing about the model.
# custom:
#   code: slice-blind
info contains finding if {
	some c in lib.sliced
	c.blind
	finding := {
		"code": "slice-blind",
		"metric": c.metric,
		"slice": c.slice,
		"message": sprintf("The gate is blind to %s%s: %s.", [c.text.label, c.text.where, why(c)]),
	}
}

why(c) := c.note if {
	not c.gated
	c.note != ""
}

why(c) := c.text.rows if {
	not c.gated
	object.get(c, "note", "") == ""
}

why(c) := sprintf("a drop of five margins would not show (%s; %s)", [c.text.allowed, c.text.rows]) if c.gated
