package muster.gate.ledger_test

import data.muster.gate.ledger

warned(decisions, budget, problems) := {f.message | some f in found} if {
	found := ledger.warn with input as {"ledger": {"decisions": decisions, "budget": budget}, "problems": problems}
}

test_within_the_budget if warned(100, 100, []) == set()

test_beyond_the_budget if {
	warned(101, 100, []) == {"This is decision 101 on this evaluation data, and its budget is 100: use new rows."}
}

test_no_ledger_no_finding if warned(0, 0, []) == set()

test_said_once if warned(101, 100, [{"code": "holdout-spent"}]) == set()
