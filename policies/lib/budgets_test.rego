package muster.gate.budgets_test

import data.muster.gate.budgets

base := {
	"gate": {"budgets": {"size": 0, "time": 0, "memory": 0}},
	"model": {"size": 20971520},
	"evaluation": {"candidate": {"stage": "evaluate", "seconds": 12.5, "peakMemory": 2048}, "champion": null},
}

found(changes) := denied if denied := budgets.deny with input as object.union(base, changes)

with_budgets(limits) := found({"gate": {"budgets": limits}})

test_no_budget_no_finding if found({}) == set()

test_within if with_budgets({"size": 20971520, "time": 12.5, "memory": 2048}) == set()

test_too_large if {
	some finding in with_budgets({"size": 10485760})
	finding == {
		"code": "budget-size", "passes": "a model of at most 10 MiB",
		"message": "The model takes 20 MiB (20971520 bytes), and 10 MiB are allowed.",
	}
}

test_too_slow if {
	some finding in with_budgets({"time": 12})
	finding.code == "budget-time"
	finding.message == "Stage evaluate took 12.5 s with this model, and 12 s are allowed."
}

test_too_slow_with_a_champion if {
	some finding in found({"gate": {"budgets": {"time": 12}}, "evaluation": {"champion": {"seconds": 3}}})
	finding.message == "Stage evaluate took 12.5 s with this model, and 12 s are allowed; it took 3 s with the champion."
}

test_too_much_memory if {
	some finding in with_budgets({"memory": 1023})
	finding.message == "Stage evaluate took 2 KiB (2048 bytes) with this model, and 1023 bytes are allowed."
}

test_memory_that_nobody_measured if {
	some finding in found({"gate": {"budgets": {"memory": 1073741824}}, "evaluation": {"candidate": {"peakMemory": 0}}})
	finding.undecided
	contains(finding.message, "1 GiB")
}

# Then there is another finding.
test_no_evaluation if {
	nothing := budgets.deny with input as {
		"gate": {"budgets": {"size": 1, "time": 1, "memory": 1}}, "model": null,
		"evaluation": {"candidate": null, "champion": null},
	}
	nothing == set()
}
