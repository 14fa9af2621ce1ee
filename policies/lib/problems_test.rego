package muster.gate.problems_test

import data.muster.gate.problems

input_with(problem) := {
	"problems": [problem],
	"comparison": [{"metric": "auc", "slice": "age=70+", "text": {"change": "AUC fell for age=70+"}}],
}

test_a_problem_leaves_the_gate_undecided if {
	denied := problems.deny with input as input_with({"code": "rows-differ", "message": "rows differ"})
	denied == {{"code": "rows-differ", "message": "Rows differ.", "undecided": true}}
	warned := problems.warn with input as input_with({"code": "rows-differ", "message": "rows differ"})
	warned == set()
}

test_a_doubt_warns_with_the_numbers if {
	problem := {"code": "slice-suspect", "metric": "auc", "slice": "age=70+", "message": "perhaps"}
	warned := problems.warn with input as input_with(problem)
	{f.message | some f in warned} == {"AUC fell for age=70+: perhaps."}
	denied := problems.deny with input as input_with(problem)
	denied == set()
}

test_a_doubt_about_nothing_that_was_compared if {
	every problem in [
		{"code": "ruler-renewed", "message": "changed"},
		{"code": "slice-suspect", "metric": "auc", "slice": "age=80+", "message": "changed"},
	] {
		warned := problems.warn with input as input_with(problem)
		{f.message | some f in warned} == {"Changed."}
	}
}
