package muster.gate.creep_test

import data.muster.gate.creep

document(verdict, champion) := {
	"candidate": {"digest": "a"}, "champion": {"digest": champion}, "problems": [],
	"comparison": [
		{"metric": "auc", "against": "anchor", "gated": true, "verdict": verdict, "text": {"change": "AUC fell", "passes": "AUC of at least 0.9"}},
		{"metric": "auc", "gated": true, "verdict": "worse", "text": {"change": "AUC rose", "passes": ""}},
	],
}

denied(verdict, champion) := found if found := creep.deny with input as document(verdict, champion)

warned(verdict, champion) := found if found := creep.warn with input as document(verdict, champion)

finding := {"code": "creep", "metric": "auc", "passes": "AUC of at least 0.9", "message": "Against the anchor, AUC fell."}

test_worse_than_the_anchor_is_denied if denied("worse", "b") == {finding}

test_the_champion_itself_only_warns if {
	denied("worse", "a") == set()
	warned("worse", "a") == {finding}
}

test_what_is_not_shown_to_be_worse_passes if {
	every verdict in ["better", "equivalent", "inconclusive"] {
		denied(verdict, "b") == set()
		warned(verdict, "b") == set()
	}
}
