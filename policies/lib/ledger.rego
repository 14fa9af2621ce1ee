# METADATA
# title: How often the data was looked at
# description: Who asks often enough gets the answer that was hoped for.
package muster.gate.ledger

# METADATA
# title: The evaluation data is worn out
# description: |
#   More decisions were made on this evaluation data than `gate.holdout.budget` allows. Each
#   tells something about these rows, so that what passes now may be what happens to suit
#   them. Collect new rows; `gate.holdout.audit` names some that are opened for promotion only.
# custom:
#   code: holdout-spent
warn contains finding if {
	input.ledger.budget > 0
	input.ledger.decisions > input.ledger.budget
	not said
	finding := {
		"code": "holdout-spent",
		"message": sprintf("This is decision %d on this evaluation data, and its budget is %d: use new rows.", [
			input.ledger.decisions, input.ledger.budget,
		]),
	}
}

said if {
	some problem in input.problems
	problem.code == "holdout-spent"
}
