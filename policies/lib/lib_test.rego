package muster.lib_test

import data.muster.lib

overall := {"metric": "auc", "gated": true, "verdict": "worse"}

shown := {"metric": "f1", "gated": false, "verdict": "worse"}

slice := {"metric": "auc", "gated": true, "verdict": "worse", "slice": "age=70+"}

test_overall_are_gated_and_over_all_rows if {
	lib.overall == {overall} with input as {"champion": {}, "comparison": [overall, shown, slice]}
}

test_sliced_are_those_of_slices if {
	lib.sliced == {slice} with input as {"champion": {}, "comparison": [overall, shown, slice]}
}

test_no_champion_no_comparison if {
	count(lib.overall) == 0 with input as {"champion": null, "comparison": [overall]}
}

test_value_is_what_muster_computed if {
	lib.value("auc") == 0 with input as {"metrics": {"candidate": {"auc": 0}}, "reported": {"auc": 1}}
}

test_value_may_be_what_was_reported if {
	lib.value("auc") == 1 with input as {"metrics": {"candidate": {}}, "reported": {"auc": 1}}
}

test_value_may_be_unknown if {
	not lib.value("auc") with input as {"metrics": {"candidate": {}}, "reported": {"f1": 1}}
}

test_same_model_by_digest if {
	lib.same_model with input as {"candidate": {"digest": "a"}, "champion": {"digest": "a"}}
	not lib.same_model with input as {"candidate": {"digest": "a"}, "champion": {"digest": "b"}}
	not lib.same_model with input as {"candidate": {"digest": "a"}, "champion": null}
	not lib.same_model with input as {"candidate": null, "champion": null}
}

test_blocked_by_what_is_not_known if {
	lib.blocked with input as {"problems": [{"code": "slice-suspect"}, {"code": "rows-differ"}]}
	not lib.blocked with input as {"problems": [{"code": "slice-suspect"}, {"code": "ruler-renewed"}]}
	not lib.blocked with input as {"problems": []}
}

test_sentence if {
	lib.sentence("no registry") == "No registry."
	lib.sentence("No registry.") == "No registry."
	lib.sentence("übel") == "Übel."
}
