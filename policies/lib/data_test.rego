package muster.gate.data_test

import data.muster.gate.data as rules

base := {
	"candidate": {"digest": "a"}, "champion": {"digest": "b"}, "problems": [],
	"gate": {"data": {"rows": {"value": 10, "percent": true}, "schema": "warn"}},
	"evaluation": {
		"candidate": {"rows": 100, "columns": {"predictions.csv": ["id", "score"]}},
		"champion": {"rows": 100, "columns": {"predictions.csv": ["score", "id"]}},
		"changed": [],
	},
}

found(changes) := {"deny": denied, "warn": warned, "info": informed} if {
	document := object.union(base, changes)
	denied := rules.deny with input as document
	warned := rules.warn with input as document
	informed := rules.info with input as document
}

codes(changes) := {severity: {f.code | some f in findings} | some severity, findings in found(changes)}

nothing := {"deny": set(), "warn": set(), "info": set()}

test_nothing_changed if codes({}) == nothing

test_rows_within_the_limit if {
	every n in [90, 100, 110] {
		codes({"evaluation": {"candidate": {"rows": n}}}) == nothing
	}
}

test_rows_beyond_the_limit if {
	every n in [0, 89, 111] {
		codes({"evaluation": {"candidate": {"rows": n}}}) == {"deny": {"data-rows"}, "warn": set(), "info": set()}
	}
}

test_rows_say_what_would_pass if {
	some finding in found({"evaluation": {"candidate": {"rows": 300}}}).deny
	finding.passes == "90 to 110 evaluation rows"
	contains(finding.message, "200 %")
}

test_rows_that_nobody_knows if {
	unknown := json.patch(base, [{"op": "remove", "path": "evaluation/champion/rows"}])
	denied := rules.deny with input as unknown
	{[f.code, f.undecided] | some f in denied} == {["data-rows", true]}
	same := rules.deny with input as object.union(unknown, {"champion": {"digest": "a"}})
	same == set()
	first := rules.deny with input as object.union(unknown, {"champion": null})
	first == set()
}

test_no_limit_no_finding if {
	free := json.patch(base, [
		{"op": "remove", "path": "gate/data/rows"},
		{"op": "replace", "path": "evaluation/candidate/rows", "value": 5},
	])
	denied := rules.deny with input as free
	denied == set()
}

other := {"evaluation": {"candidate": {"columns": {"predictions.csv": ["id", "age"], "test.csv": ["id"]}}}}

test_columns_warn if {
	codes(other) == {"deny": set(), "warn": {"data-schema"}, "info": set()}
	messages := {f.message | some f in found(other).warn}
	"predictions.csv has other columns than when the champion was promoted: gone: score; new: age." in messages
	"test.csv has other columns than when the champion was promoted: new: id." in messages
}

test_columns_may_deny if {
	codes(object.union(other, {"gate": {"data": {"schema": "deny"}}})) == {"deny": {"data-schema"}, "warn": set(), "info": set()}
}

test_columns_that_nobody_knows if {
	unknown := json.patch(base, [
		{"op": "remove", "path": "evaluation/champion/columns"},
		{"op": "replace", "path": "gate/data/schema", "value": "deny"},
	])
	denied := rules.deny with input as unknown
	{[f.code, f.undecided] | some f in denied} == {["data-schema", true]}
}

changed := {"evaluation": {"changed": ["src/evaluate.py", "the command of evaluate"]}}

test_evaluation_changed if {
	codes(changed) == {"deny": set(), "warn": {"evaluation-changed"}, "info": set()}
	some finding in found(changed).warn
	finding.message == "What evaluates is not what it was when the champion was promoted: src/evaluate.py, the command of evaluate."
}

test_evaluation_changed_is_told_where_it_is_said if {
	informed := {"deny": set(), "warn": set(), "info": {"evaluation-changed"}}
	codes(object.union(changed, {"champion": {"digest": "a"}})) == informed
	codes(object.union(changed, {"problems": [{"code": "ruler-changed"}]})) == informed
}
