package muster.gate.guards_test

import data.muster.gate.champion
import data.muster.gate.guards
import data.muster.gate.regressions
import data.muster.gate.values

comparison := {
	"metric": "auc", "gated": true, "verdict": "worse", "require": "not-worse",
	"text": {"change": "AUC fell", "label": "AUC", "passes": ""},
}

document(changes) := {
	"candidate": {"digest": "a"}, "champion": {"digest": "b"}, "problems": [], "reported": {},
	"gate": {"metrics": {"auc": {"text": {"label": "AUC"}}}}, "metrics": {"candidate": {"auc": 0.9}},
	"comparison": [object.union(comparison, changes)],
}

denied(changes) := {f.code | some f in found} if {
	found := guards.deny with input as document(changes)
}

test_creep if denied({"against": "anchor"}) == {"creep"}

test_the_champion_itself_only_warns_of_creep if {
	same := object.union(document({"against": "anchor"}), {"champion": {"digest": "a"}})
	denied_same := guards.deny with input as same
	denied_same == set()
	warned := guards.warn with input as same
	{f.code | some f in warned} == {"creep"}
}

test_audit if denied({"data": "audit"}) == {"audit-worse"}

test_a_slice_of_the_audit_data_is_only_shown if denied({"data": "audit", "slice": "age=70+"}) == set()

test_what_is_not_gated if {
	denied({"against": "anchor", "gated": false}) == set()
	denied({"data": "audit", "gated": false}) == set()
}

test_anything_but_worse_is_let_through if {
	every verdict in ["better", "equivalent", "inconclusive"] {
		denied({"against": "anchor", "verdict": verdict}) == set()
		denied({"data": "audit", "verdict": verdict}) == set()
	}
}

# A row against the anchor is none against the champion: neither does it deny twice,
# nor can it stand in for the one that must be there.
test_guards_are_no_comparison_with_the_champion if {
	every changes in [{"against": "anchor"}, {"data": "audit"}] {
		regressions.deny == set() with input as document(changes)
		missing := values.deny with input as document(changes)
		{f.code | some f in missing} == {"metric-missing"}
	}
}

test_a_baseline_stands_in_for_the_champion if {
	without_champion := object.union(document({"against": "baseline"}), {"champion": null})
	denials := regressions.deny with input as without_champion
	{f.code | some f in denials} == {"metric-worse"}
	told := guards.info with input as without_champion
	{f.code | some f in told} == {"baseline-only"}
	champion.info == set() with input as without_champion
}

test_nothing_to_tell_of_a_champion if guards.info == set() with input as document({})
