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
		"passes": c.text.passes,
		"message": sprintf("%s.", [c.text.change]),
	}
}

# METADATA
# title: Cannot tell on slices
# description: |
#   On these slices the data neither shows that the metric is worse, nor that it is not
#   worse by more than the margin for slices. Slices are small, so that this is usual and
#   denies nothing: only a drop that is no chance does. More rows of the slice would tell.
# custom:
#   code: slice-inconclusive
#   waiver: false
info contains finding if {
	count(unclear) == 1
	some c in unclear
	finding := {
		"code": "slice-inconclusive",
		"metric": c.metric,
		"slice": c.slice,
		"message": sprintf("The data cannot show that the model is not worse: %s%s.", [c.text.change, lib.note(c)]),
	}
}

info contains finding if {
	count(unclear) > 1
	finding := {
		"code": "slice-inconclusive",
		"message": sprintf("On %d of %d gated slices the data cannot show that the model is not worse: %s.", [
			count(unclear), count([c | some c in lib.sliced; c.gated]), lib.names(sort({c.slice | some c in unclear})),
		]),
	}
}

unclear contains c if {
	some c in lib.sliced
	c.gated
	c.verdict == "inconclusive"
	not c.blind
}

# METADATA
# title: Slices lie too far apart
# description: |
#   The model does worse for one value of a slice column than for another by more than
#   `slices.gap` allows. Only slices of at least `slices.min_size` rows count. The values are
#   taken as they were measured: with few rows, some of the gap is chance, and the worst of
#   many slices is worse by chance alone. Get more rows of the worst slice, or have training
#   weigh it more; where the champion's gap is as large, the message says so.
# custom:
#   code: slice-gap
deny contains finding if {
	some gap in input.gaps
	gap.difference - gap.allowed > 0.000000001
	finding := {
		"code": "slice-gap",
		"metric": gap.metric,
		"slice": gap.worst.slice,
		"passes": gap.text.passes,
		"message": sprintf("%s; %s.", [gap.text.gap, gap.text.noise]),
	}
}

# METADATA
# title: The gate is blind on a slice
# description: |
#   The slice has too few rows to show a drop of five margins, or fewer than
#   `slices.min_size`: it is listed, and says nothing about the model.
# custom:
#   code: slice-blind
#   waiver: false
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
