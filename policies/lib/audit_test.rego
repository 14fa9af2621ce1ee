package muster.gate.audit_test

import data.muster.gate.audit

row := {
	"metric": "auc", "data": "audit", "gated": true, "verdict": "worse", "require": "non-inferior",
	"text": {"change": "AUC fell", "passes": "AUC of at least 0.9"},
}

denied(changes) := found if {
	found := audit.deny with input as {"comparison": [object.union(row, changes)]}
}

warned(changes) := {f.code | some f in found} if {
	found := audit.warn with input as {"comparison": [object.union(row, changes)]}
}

test_worse_is_denied if {
	denied({}) == {{"code": "audit-worse", "metric": "auc", "passes": "AUC of at least 0.9", "message": "On the audit data, AUC fell."}}
}

test_worse_on_a_slice_says_which if {
	some finding in denied({"slice": "age=70+"})
	finding.slice == "age=70+"
}

test_inconclusive_is_as_required if {
	{f.code | some f in denied({"verdict": "inconclusive"})} == {"audit-inconclusive"}
	denied({"verdict": "inconclusive", "require": "not-worse"}) == set()
	warned({"verdict": "inconclusive", "require": "not-worse"}) == {"audit-inconclusive"}
}

test_what_is_only_shown_is_not_denied if denied({"gated": false}) == set()

test_other_rows_are_not_audited if denied({"data": ""}) == set()

test_the_anchor_is_not_asked_here if denied({"against": "anchor"}) == set()
