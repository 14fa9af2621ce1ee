package muster.gate.slices_test

import data.muster.gate.slices

comparison := {
	"metric": "auc", "slice": "age=70+", "gated": true, "verdict": "worse",
	"text": {"change": "AUC fell for age=70+", "label": "AUC", "where": " for age=70+", "rows": "9 rows", "allowed": "0.01 allowed"},
}

document(changes) := {"champion": {}, "comparison": [object.union(comparison, changes)]}

deny(changes) := found if found := slices.deny with input as document(changes)

info(changes) := found if found := slices.info with input as document(changes)

test_worse_is_denied if {
	deny({}) == {{"code": "slice-worse", "metric": "auc", "slice": "age=70+", "message": "AUC fell for age=70+."}}
}

test_what_is_only_shown_is_not_denied if deny({"gated": false}) == set()

test_all_rows_are_no_slice if deny({"slice": ""}) == set()

test_inconclusive_is_not_denied if deny({"verdict": "inconclusive"}) == set()

test_blind_says_why if {
	some finding in info({"blind": true, "gated": false, "note": "too small"})
	finding.message == "The gate is blind to AUC for age=70+: too small."
}

test_blind_without_a_note if {
	some finding in info({"blind": true, "gated": false})
	finding.message == "The gate is blind to AUC for age=70+: 9 rows."
}

test_seen_is_not_listed if info({"blind": false}) == set()
