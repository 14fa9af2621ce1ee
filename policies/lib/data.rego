# METADATA
# title: What evaluates, and on which data
# description: A model may look better because it was asked something else.
package muster.gate.data

import data.muster.lib

# METADATA
# title: The number of evaluation rows changed
# description: |
#   There are more or fewer evaluation rows than when the champion was promoted, by more
#   than `gate.data.rows` allows. If that is meant, change the data on its own, without the
#   model, and widen the limit or have this waived for as long as that takes.
# custom:
#   code: data-rows
deny contains finding if {
	allowed := input.gate.data.rows
	before := input.evaluation.champion.rows
	now := lib.evaluation.rows
	changed := (100 * abs(now - before)) / before
	changed > allowed.value
	finding := {
		"code": "data-rows",
		"passes": sprintf("%d to %d evaluation rows", [
			ceil(before * (1 - (allowed.value / 100))), floor(before * (1 + (allowed.value / 100))),
		]),
		"message": sprintf("There are %d evaluation rows, and there were %d when the champion was promoted: %v %% more or fewer, and %v %% are allowed.", [
			now, before, lib.number(changed), allowed.value,
		]),
	}
}

deny contains finding if {
	input.gate.data.rows
	compares
	not known_rows
	finding := {
		"code": "data-rows",
		"undecided": true,
		"message": "It is not recorded on how many rows the champion was measured, and gate.data.rows says by how many they may change.",
	}
}

known_rows if {
	input.evaluation.champion.rows > 0
	lib.evaluation.rows >= 0
}

# METADATA
# title: Columns changed
# description: |
#   The predictions, or a table that evaluate reads, have other columns than when the
#   champion was promoted. A column that is gone may have been a feature, or a slice that
#   nobody looks at any more. `gate.data.schema: deny` makes this deny.
# custom:
#   code: data-schema
deny contains finding if {
	input.gate.data.schema == "deny"
	some finding in schema_changes
}

warn contains finding if {
	input.gate.data.schema != "deny"
	some finding in schema_changes
}

deny contains finding if {
	input.gate.data.schema == "deny"
	compares
	not known_columns
	finding := {
		"code": "data-schema",
		"undecided": true,
		"message": "It is not recorded which columns there were when the champion was promoted, and gate.data.schema says that they may not change.",
	}
}

known_columns if {
	count(input.evaluation.champion.columns) > 0
	count(lib.evaluation.columns) > 0
}

schema_changes contains finding if {
	known_columns
	before := input.evaluation.champion.columns
	now := lib.evaluation.columns
	some path in (object.keys(before) | object.keys(now))
	old := {c | some c in object.get(before, path, [])}
	new := {c | some c in object.get(now, path, [])}
	old != new
	finding := {
		"code": "data-schema",
		"message": sprintf("%s has other columns than when the champion was promoted: %s.", [path, told(old, new)]),
	}
}

told(old, new) := concat("; ", [part |
	some part in [columns("gone", old - new), columns("new", new - old)]
	part != ""
])

columns(word, set) := sprintf("%s: %s", [word, lib.names(sort(set))]) if count(set) > 0

columns(_, set) := "" if count(set) == 0

# There is a champion that another model is compared with.
compares if {
	input.champion != null
	input.candidate != null
	not lib.same_model
	not lib.blocked
	not lib.bootstrapping
}

# METADATA
# title: What evaluates has changed
# description: |
#   Files, the command, the image, parameters or variables of the stage that evaluates are
#   not what they were when the champion was promoted. Read them: the numbers of the two
#   models are only as comparable as these are alike.
# custom:
#   code: evaluation-changed
#   waiver: false
warn contains evaluation_changed if {
	count(input.evaluation.changed) > 0
	not said
}

info contains evaluation_changed if {
	count(input.evaluation.changed) > 0
	said
}

evaluation_changed := {
	"code": "evaluation-changed",
	"message": sprintf("What evaluates is not what it was when the champion was promoted: %s.", [lib.names(input.evaluation.changed)]),
}

# The same model is measured anew, or another finding denies it already.
said if lib.same_model

said if {
	some problem in input.problems
	problem.code == "ruler-changed"
}
