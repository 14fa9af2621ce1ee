package muster.gate.thresholds_test

import data.muster.gate.thresholds

limits := {"text": {"label": "AUC", "value": "v", "min": "0.5", "max": "0.9"}, "min": 0.5, "max": 0.9}

codes(value) := {f.code | some f in found(value)}

found(value) := denied if {
	denied := thresholds.deny with input as {
		"gate": {"metrics": {"auc": limits, "f1": {"text": {}}}},
		"metrics": {"candidate": {"auc": value, "f1": -1}},
		"reported": {},
	}
}

test_inside if codes(0.7) == set()

test_on_the_limits if {
	codes(0.5) == set()
	codes(0.9) == set()
}

test_below if {
	codes(0.4999) == {"threshold-min"}
	some f in found(0.4999)
	f.message == "AUC is v, below the minimum 0.5."
}

test_above if codes(0.9001) == {"threshold-max"}

test_a_limit_of_zero_is_a_limit if {
	denied := thresholds.deny with input as {
		"gate": {"metrics": {"bias": {"max": 0, "text": {"label": "", "value": "", "max": ""}}}},
		"metrics": {"candidate": {"bias": 0.1}},
		"reported": {},
	}
	count(denied) == 1
}
