# METADATA
# title: What a model may take
# description: What `gate.budgets` allows.
package muster.gate.budgets

import data.muster.lib

# METADATA
# title: The model is too large
# description: |
#   The model's files together are larger than `gate.budgets.size`. Prune, quantise or
#   compress it; or, if there is room, raise the limit in a change of its own.
# custom:
#   code: budget-size
deny contains finding if {
	limit := input.gate.budgets.size
	limit > 0
	input.model.size > limit
	finding := {
		"code": "budget-size",
		"passes": sprintf("a model of at most %s", [bytes(limit)]),
		"message": sprintf("The model takes %s (%d bytes), and %s are allowed.", [bytes(input.model.size), input.model.size, bytes(limit)]),
	}
}

# METADATA
# title: Evaluation takes too long
# description: |
#   The stage that evaluates took longer than `gate.budgets.time`: most likely the model is
#   slower to answer. It is the wall time of the whole stage on the machine where it ran, so
#   leave room for a busy one.
# custom:
#   code: budget-time
deny contains finding if {
	limit := input.gate.budgets.time
	limit > 0
	lib.evaluation.seconds > limit
	finding := {
		"code": "budget-time",
		"passes": sprintf("at most %v s", [limit]),
		"message": sprintf("Stage %s took %v s with this model, and %v s are allowed%s.", [
			lib.evaluation.stage, lib.number(lib.evaluation.seconds), limit, took,
		]),
	}
}

took := sprintf("; it took %v s with the champion", [lib.number(input.evaluation.champion.seconds)]) if {
	input.evaluation.champion.seconds > 0
} else := ""

# METADATA
# title: Evaluation takes too much memory
# description: |
#   The stage that evaluates took more memory at its peak than `gate.budgets.memory`. Where
#   nobody measured it the gate cannot decide: run the stage once more (muster run --force),
#   in an image; the process executor does not see less than muster itself takes.
# custom:
#   code: budget-memory
deny contains finding if {
	limit := input.gate.budgets.memory
	limit > 0
	lib.evaluation.peakMemory > limit
	finding := {
		"code": "budget-memory",
		"passes": sprintf("at most %s", [bytes(limit)]),
		"message": sprintf("Stage %s took %s (%d bytes) with this model, and %s are allowed.", [
			lib.evaluation.stage, bytes(lib.evaluation.peakMemory), lib.evaluation.peakMemory, bytes(limit),
		]),
	}
}

deny contains finding if {
	input.gate.budgets.memory > 0
	lib.evaluation.peakMemory == 0
	finding := {
		"code": "budget-memory",
		"undecided": true,
		"message": sprintf("It is not known how much memory stage %s took, and %s are allowed.", [
			lib.evaluation.stage, bytes(input.gate.budgets.memory),
		]),
	}
}

# In the units in which muster.yaml has sizes: powers of 1024.
bytes(n) := sprintf("%v GiB", [lib.number(n / 1073741824)]) if n >= 1073741824

bytes(n) := sprintf("%v MiB", [lib.number(n / 1048576)]) if {
	n >= 1048576
	n < 1073741824
}

bytes(n) := sprintf("%v KiB", [lib.number(n / 1024)]) if {
	n >= 1024
	n < 1048576
}

bytes(n) := lib.counted(n, "byte") if n < 1024
