package muster.gate.values_test

import data.muster.gate.values

base := {
	"candidate": {"digest": "a"}, "champion": {"digest": "b"}, "problems": [],
	"gate": {"metrics": {"auc": {"text": {"label": "AUC"}}}},
	"metrics": {"candidate": {"auc": 0.912345}}, "reported": {},
	"comparison": [{"metric": "auc", "gated": true, "verdict": "better"}],
}

codes(changes) := {f.code | some f in denied} if {
	denied := values.deny with input as object.union(base, changes)
}

test_complete if codes({}) == set()

test_no_value if {
	denied := values.deny with input as json.patch(base, [{"op": "remove", "path": "metrics/candidate/auc"}])
	{[f.code, f.undecided] | some f in denied} == {["metric-missing", true]}
}

test_not_compared if codes({"comparison": []}) == {"metric-missing"}

test_not_compared_with_no_champion if codes({"comparison": [], "champion": null}) == set()

test_not_compared_with_itself if codes({"comparison": [], "champion": {"digest": "a"}}) == set()

# Then the problem itself is the finding.
test_not_compared_for_a_reason if codes({"comparison": [], "problems": [{"code": "rows-differ"}]}) == set()

test_a_doubt_is_no_reason if codes({"comparison": [], "problems": [{"code": "slice-suspect"}]}) == {"metric-missing"}

test_reported_agrees if {
	every value in [0.912345, 0.9123450001, 0.91235, 0.9123, 0.912] {
		codes({"reported": {"auc": value}}) == set()
	}
}

test_reported_differs if {
	every value in [0.91, 0.9, 1, 0, -0.912345, 0.9124, 0.913, 91.2345, 0.00001] {
		codes({"reported": {"auc": value}}) == {"reported-differs"}
	}
}

test_no_metrics_warns if {
	warned := values.warn with input as {"gate": {"metrics": {}}}
	{f.code | some f in warned} == {"no-metrics"}
}
