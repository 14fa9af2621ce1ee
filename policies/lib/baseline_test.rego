package muster.gate.baseline_test

import data.muster.gate.baseline

document(verdict, require) := {"champion": null, "problems": [], "comparison": [{
	"metric": "auc", "against": "baseline", "gated": true, "verdict": verdict, "require": require,
	"text": {"change": "AUC fell", "passes": ""},
}]}

judged(verdict, require) := {"deny": {f.code | some f in denials}, "warn": {f.code | some f in warnings}} if {
	denials := baseline.deny with input as document(verdict, require)
	warnings := baseline.warn with input as document(verdict, require)
}

nothing := {"deny": set(), "warn": set()}

denied(code) := {"deny": {code}, "warn": set()}

test_worse if {
	every require in ["non-inferior", "not-worse", "better"] {
		judged("worse", require) == denied("baseline-worse")
	}
}

test_inconclusive if {
	judged("inconclusive", "non-inferior") == denied("baseline-inconclusive")
	judged("inconclusive", "not-worse") == {"deny": set(), "warn": {"baseline-inconclusive"}}
}

test_equivalent if {
	judged("equivalent", "non-inferior") == nothing
	judged("equivalent", "better") == denied("baseline-not-better")
}

test_better if judged("better", "better") == nothing

test_rows_against_the_champion_are_no_baseline if {
	denied := baseline.deny with input as {"champion": {}, "problems": [], "comparison": [{"metric": "auc", "gated": true, "verdict": "worse"}]}
	denied == set()
}
