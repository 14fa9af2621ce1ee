package muster.gate.slices_test

import data.muster.gate.slices

comparison := {
	"metric": "auc", "slice": "age=70+", "gated": true, "verdict": "worse",
	"text": {"change": "AUC fell for age=70+", "label": "AUC", "where": " for age=70+", "rows": "9 rows", "allowed": "0.01 allowed", "passes": "AUC of at least 0.9"},
}

document(changes) := {"champion": {}, "gaps": [], "comparison": [object.union(comparison, changes)]}

deny(changes) := found if found := slices.deny with input as document(changes)

info(changes) := found if found := slices.info with input as document(changes)

test_worse_is_denied if {
	deny({}) == {{"code": "slice-worse", "metric": "auc", "slice": "age=70+", "passes": "AUC of at least 0.9", "message": "AUC fell for age=70+."}}
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

test_inconclusive_is_told if {
	some finding in info({"verdict": "inconclusive", "note": "cannot tell; about 900 rows would"})
	finding.code == "slice-inconclusive"
	finding.slice == "age=70+"
	finding.message == "The data cannot show that the model is not worse: AUC fell for age=70+; cannot tell; about 900 rows would."
}

test_inconclusive_and_blind_is_blind if {
	{f.code | some f in info({"verdict": "inconclusive", "blind": true})} == {"slice-blind"}
}

test_inconclusive_and_only_shown_is_not_told if info({"verdict": "inconclusive", "gated": false}) == set()

several := [object.union(comparison, {"slice": sprintf("age=%d", [i]), "verdict": verdict}) |
	some i in numbers.range(1, 6)
	verdict := {true: "inconclusive", false: "equivalent"}[i > 1]
]

test_many_that_cannot_tell_are_one_sentence if {
	informed := slices.info with input as {"champion": {}, "gaps": [], "comparison": several}
	{f.message | some f in informed} == {"On 5 of 6 gated slices the data cannot show that the model is not worse: age=2, age=3, age=4 and 2 more."}
}

gap(difference) := {
	"metric": "auc", "column": "age", "worst": {"slice": "age=70+"}, "difference": difference, "allowed": 0.05,
	"text": {"gap": "They lie apart", "noise": "as measured", "passes": "AUC for age=70+ of at least 0.9"},
}

gap_denied(difference) := found if found := slices.deny with input as {"champion": null, "comparison": [], "gaps": [gap(difference)]}

test_gap if {
	gap_denied(0.05 + 0.0000000000001) == set()
	gap_denied(0.06) == {{
		"code": "slice-gap", "metric": "auc", "slice": "age=70+", "passes": "AUC for age=70+ of at least 0.9",
		"message": "They lie apart; as measured.",
	}}
}
