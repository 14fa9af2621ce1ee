package muster.gate.requirements_test

import data.muster.gate.requirements

base := {
	"run": {}, "gate": {"require": ["tests", "license", "provenance"]},
	"tests": {"passed": 3, "failed": 0, "skipped": 0, "stages": ["test"], "failures": []},
	"model": {"license": {"path": "LICENSE"}, "provenance": {"commit": "c", "dirty": false, "unpinned": []}},
}

codes(changes) := {f.code | some f in denied(changes)}

denied(changes) := found if found := requirements.deny with input as object.union(base, changes)

warned(changes) := found if found := requirements.warn with input as object.union(base, changes)

nothing_required := {"gate": {"require": []}}

test_all_there if codes({}) == set()

test_no_tests if {
	codes({"tests": {"passed": 0}}) == {"tests-missing"}
	some finding in denied({"tests": {"passed": 0, "skipped": 2}})
	finding.message == "The gate requires tests, and none ran: 2 tests skipped."
}

test_failed_tests if {
	some finding in denied({"tests": {"failed": 1, "failures": ["test_a"]}})
	finding.code == "tests-failed"
	finding.message == "1 test failed: test_a."
	codes({"tests": {"failed": 1, "passed": 0}}) == {"tests-failed"}
}

test_failed_tests_warn_where_none_are_required if {
	warned(object.union(nothing_required, {"tests": {"failed": 5}})) == {{
		"code": "tests-failed", "passes": "no test that failed", "message": "5 tests failed.",
	}}
}

test_no_licence if codes({"model": {"license": {"path": ""}}}) == {"license-missing"}

test_no_licence_known if {
	bare := json.patch(base, [{"op": "remove", "path": "model/license/path"}])
	found := requirements.deny with input as bare
	{f.code | some f in found} == {"license-missing"}
}

test_no_provenance if {
	every changes in [{"commit": ""}, {"dirty": true}, {"unpinned": ["train"]}] {
		codes({"model": {"provenance": changes}}) == {"provenance-missing"}
	}
}

test_provenance_says_what_is_missing if {
	some finding in denied({"model": {"provenance": {"dirty": true, "unpinned": ["a", "b", "c", "d"]}}})
	finding.message == "The gate requires provenance, and files were changed that are not committed; it is not recorded in which image a, b, c and 1 more ran."
}

test_nothing_required if {
	codes({
		"gate": {"require": []}, "tests": {"passed": 0},
		"model": {"license": {"path": ""}, "provenance": {"commit": "", "dirty": true}},
	}) == set()
}

# Then there is another finding.
test_no_model if codes({"model": null}) == set()
