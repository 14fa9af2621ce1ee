# METADATA
# title: Where the answers come from
# description: |
#   What a model answers is worth nothing if it has seen the questions, and a
#   comparison must say how each side came to its answers.
package muster.gate.origin

import data.muster.lib

# METADATA
# title: The model has seen the evaluation data
# description: |
#   Evaluation data is among what training reads, as it is or as a copy. What the
#   model scores there says nothing about new data. Take it out of training, or
#   evaluate on data that training does not get.
# custom:
#   code: leakage
deny contains finding if {
	some problem in input.problems
	problem.code == "leakage"
	finding := object.union(problem, {"message": lib.sentence(problem.message)})
}

# METADATA
# title: Some evaluation rows are in the training data
# description: |
#   Lines of the evaluation data stand in the training data, too. A few may be honest
#   duplicates; many make the model look better than it is.
# custom:
#   code: leakage-rows
warn contains finding if {
	some problem in input.problems
	problem.code == "leakage-rows"
	finding := object.union(problem, {"message": lib.sentence(problem.message)})
}

# METADATA
# title: How the answers came about
# description: Nothing is wrong with that; a reader should know.
# custom:
#   codes:
#     champion-stored: |
#       The champion cannot run any more. What it answered when it was promoted is
#       compared, since that was about the same data.
#     leakage-unchecked: |
#       The training data is too large, or of a kind, to be searched for rows of the
#       evaluation data.
info contains finding if {
	some problem in input.problems
	problem.code in {"champion-stored", "leakage-unchecked"}
	finding := object.union(problem, {"message": lib.sentence(problem.message)})
}
