package muster.gate.regressions_test

import data.muster.gate.regressions

comparison(verdict, require) := {
	"metric": "auc", "gated": true, "verdict": verdict, "require": require,
	"text": {"change": "AUC fell", "label": "AUC", "allowed": "0.01 allowed", "rows": "9 rows", "detectable": "0.2", "passes": "AUC of at least 0.9"},
}

document(verdict, require) := {
	"candidate": {"digest": "a"}, "champion": {"digest": "b"}, "gate": {},
	"comparison": [comparison(verdict, require)],
}

judged(verdict, require) := {"deny": {f.code | some f in denials}, "warn": {f.code | some f in warnings}} if {
	denials := regressions.deny with input as document(verdict, require)
	warnings := regressions.warn with input as document(verdict, require)
}

nothing := {"deny": set(), "warn": set()}

denied(code) := {"deny": {code}, "warn": set()}

test_better_passes if {
	every require in ["non-inferior", "not-worse", "better"] {
		judged("better", require) == nothing
	}
}

test_worse_is_denied if {
	every require in ["non-inferior", "not-worse", "better"] {
		judged("worse", require) == denied("metric-worse")
	}
}

test_equivalent if {
	judged("equivalent", "non-inferior") == nothing
	judged("equivalent", "not-worse") == nothing
	judged("equivalent", "better") == denied("metric-not-better")
}

test_inconclusive if {
	judged("inconclusive", "non-inferior") == denied("metric-inconclusive")
	judged("inconclusive", "better") == denied("metric-inconclusive")
	judged("inconclusive", "not-worse") == {"deny": set(), "warn": {"metric-inconclusive"}}
}

# A requirement that these rules do not know is no reason to let a model pass.
test_unknown_requirement_is_strict if {
	judged("inconclusive", "perfect") == denied("metric-inconclusive")
}

blind := object.union(comparison("better", "non-inferior"), {"blind": true})

test_blind_warns if {
	warned := regressions.warn with input as {"champion": {}, "gate": {}, "comparison": [blind]}
	{f.code | some f in warned} == {"metric-blind"}
}

test_blind_may_leave_the_gate_undecided if {
	denied := regressions.deny with input as {"champion": {}, "gate": {"blind": "deny"}, "comparison": [blind]}
	{[f.code, f.undecided] | some f in denied} == {["metric-blind", true]}
}
