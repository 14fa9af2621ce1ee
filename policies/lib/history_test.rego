package muster.gate.history_test

import data.muster.gate.history

base := {
	"candidate": {"digest": "a"}, "champion": {"digest": "b"}, "comparison": [], "reported": {},
	"gate": {
		"metrics": {"auc": {"better": "higher", "text": {"label": "AUC"}}},
		"drift": {"last": 3, "max": {"value": 0.02}},
	},
	"metrics": {"candidate": {"auc": 0.93}},
	"evaluation": {"candidate": {"data": "d"}},
	"history": [
		{"version": "v1", "data": "d", "metrics": {"auc": 0.99}},
		{"version": "v2", "data": "d", "metrics": {"auc": 0.955}},
		{"version": "v3", "data": "d", "metrics": {"auc": 0.945}},
		{"version": "v4", "data": "d", "metrics": {}},
	],
}

denied(changes) := found if found := history.deny with input as object.union(base, changes)

warned(changes) := found if found := history.warn with input as object.union(base, changes)

# v1 is older than the last three.
test_drift_is_denied if {
	denied({}) == {{
		"code": "metric-drift", "metric": "auc", "passes": "AUC of at least 0.935",
		"message": "AUC is 0.93, and was 0.955 with v2, the best of the last 3 promotions: 0.025 worse, and 0.02 may be lost.",
	}}
	warned({}) == set()
}

test_within_the_limit if denied({"metrics": {"candidate": {"auc": 0.936}}}) == set()

test_more_promotions_are_looked_at if {
	some finding in denied({"gate": {"drift": {"last": 4}}})
	contains(finding.message, "0.99 with v1")
}

percent(value) := {"gate": {"drift": {"max": {"value": value, "percent": true}}}}

test_in_percent_of_the_best if {
	count(denied(percent(2))) == 1
	count(denied(percent(3))) == 0
}

lower(value) := {
	"gate": {"metrics": {"auc": {"better": "lower"}}},
	"metrics": {"candidate": {"auc": value}},
}

test_lower_is_better if {
	count(denied(lower(0.96))) == 0
	some finding in denied(lower(0.97))
	finding.passes == "AUC of at most 0.965"
}

test_other_data_only_warns if {
	changes := {"evaluation": {"candidate": {"data": "e"}}}
	denied(changes) == set()
	some finding in warned(changes)
	endswith(finding.message, "0.02 may be lost (measured on other data).")
}

test_data_that_nobody_knows_is_other_data if {
	unknown := json.patch(base, [{"op": "remove", "path": "evaluation/candidate/data"}])
	found := history.warn with input as unknown
	count(found) == 1
}

test_the_champion_itself_only_warns if {
	denied({"champion": {"digest": "a"}}) == set()
	count(warned({"champion": {"digest": "a"}})) == 1
}

test_a_direction_that_nobody_knows if {
	unknown := json.patch(base, [{"op": "remove", "path": "gate/metrics/auc/better"}])
	found := history.deny with input as unknown
	{[f.code, f.undecided] | some f in found} == {["metric-drift", true]}
	compared := history.deny with input as object.union(unknown, {"comparison": [{"metric": "auc", "better": "higher"}]})
	{object.get(f, "undecided", false) | some f in compared} == {false}
}

test_no_limit_no_finding if {
	free := json.patch(base, [{"op": "remove", "path": "gate/drift"}])
	found := history.deny with input as free
	found == set()
	also := history.warn with input as free
	also == set()
}

test_no_history_no_finding if denied({"history": []}) == set()
